/* typing_schema: reads `schemas:` of annotations and gives their types to documents: those of packages above,
 * of the package, of the document, of the rule; the later one wins at the same path, and what lies above it
 * gets a type with that member. */
#include "lang/rego/typing_schema.h"

#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "lang/json/json.h"

struct rg_over { /* data, or a document below */
	pv_val key;
	const rg_type *type; /* NULL: what is below is looked at, and else what rules say */
	rg_over *kids, *next;
};

typedef struct entry {    /* PATH: schema.a.b, or PATH: {...} */
	const char *root; /* of the path */
	const pv_val *path;
	uint32_t n;
	const char *fault; /* why the path leads to no member */
} entry;

typedef struct scheme {
	const rg_type *type;
	const char *fault;
} scheme;

/* ---- reading ---- */

/* A reference, or one of the two names that may stand alone; NULL: it is none. */
static const rg_term *
read_ref(pv_ctx *cx, pv_arena *arena, const char *text, const char *alone, const char * or)
{
	rg_body body;
	if (rg_parse_query(cx, arena, pv_str_of(text), false, &body) < 0) {
		pv_take_error(cx);
		return NULL;
	}
	const rg_term *t = body.n == 1 && body.exprs[0]->kind == RG_E_TERM && !body.exprs[0]->negated
				   ? body.exprs[0]->term
				   : NULL;
	if (t && t->kind == RG_VAR && (pv_streq(t->name, alone) || pv_streq(t->name, or)))
		return t;
	return t && t->kind == RG_REF && t->args[0]->kind == RG_VAR ? t : NULL;
}

bool
rg_is_reference(pv_ctx *cx, const char *text, const char *alone, const char * or)
{
	return read_ref(cx, cx->arena, text, alone, or) != NULL;
}

static const char *
root_of(const rg_term *ref)
{
	return ref->kind == RG_VAR ? ref->name : ref->args[0]->name;
}

static const rg_term *
read_schema_ref(pv_ctx *cx, pv_arena *arena, const char *text)
{
	const rg_term *t = read_ref(cx, arena, text, "schema", NULL);
	return t && pv_streq(root_of(t), "schema") ? t : NULL;
}

static const char *
member_fault(pv_ctx *cx, const pv_member *m)
{
	const char *path = pv_text(&m->key, "");
	if (!read_ref(cx, cx->arena, path, "input", "data"))
		return "invalid document reference";
	if (m->val.type == PV_STRING)
		return read_schema_ref(cx, cx->arena, m->val.s) ? NULL : "invalid schema reference";
	return m->val.type == PV_OBJECT ? NULL
					: pv_printf(cx->arena, "invalid schema declaration for path %s",
						    pv_json_text(cx->arena, &m->key));
}

const char *
rg_schemas_fault(pv_ctx *cx, const pv_val *schemas)
{
	const char *fault = NULL;
	for (uint32_t i = 0; i < pv_count(schemas) && !fault; i++) {
		const pv_val *one = pv_item(schemas, i);
		if (pv_member_count(one) == 0)
			return "invalid document reference";
		for (uint32_t k = 0; k < one->len && !fault; k++)
			fault = member_fault(cx, &one->members[k]);
	}
	return fault;
}

/* The constants behind the head; NULL: one of them is none, and *ret_var says which kind. */
static const pv_val *
names_of(pv_arena *arena, const rg_term *ref, uint32_t *ret_n, bool *ret_var)
{
	uint32_t n = ref->kind == RG_VAR ? 0 : ref->n - 1;
	pv_val *names = pv_new_array(arena, pv_val, n + 1);
	for (uint32_t i = 0; i < n; i++) {
		const rg_term *t = ref->args[i + 1];
		*ret_var = t->kind == RG_VAR;
		if (t->kind != RG_CONST)
			return NULL;
		names[i] = t->val;
	}
	*ret_n = n;
	return names;
}

static const entry *
read_entry(rg_schemas *s, pv_ctx *cx, const pv_member *m)
{
	pv_arena *arena = s->program->arena;
	entry *e = pv_map_find(s->read, (const char *)&m, sizeof m);
	bool var = false;
	if (e)
		return e;
	e = pv_new(arena, entry);
	const rg_term *ref = read_ref(cx, arena, pv_text(&m->key, ""), "input", "data");
	if (ref) { /* as rg_schemas_fault() made sure */
		e->root = root_of(ref);
		e->path = names_of(arena, ref, &e->n, &var);
	}
	if (ref && !e->path)
		e->fault = var ? "error getting key from value: var requires evaluation"
			       : "error getting key from value: illegal value";
	else if (e->n > RG_TYPE_DEPTH)
		e->fault = pv_printf(arena, "schemas: a path of %u names: expected at most %d", e->n,
				     RG_TYPE_DEPTH);
	pv_map_put(s->read, (const char *)&m, sizeof m, e);
	return e;
}

static const scheme *
read_scheme(rg_schemas *s, pv_ctx *cx, const pv_val *v)
{
	scheme *e = pv_map_find(s->read, (const char *)&v, sizeof v);
	if (e)
		return e;
	e = pv_new(s->program->arena, scheme);
	e->fault = rg_schema_fault(cx, v);
	e->type = e->fault ? NULL : rg_type_of_schema(s->program->arena, v);
	pv_map_put(s->read, (const char *)&v, sizeof v, e);
	return e;
}

/* What the set has under that name; NULL: nothing. */
static const pv_val *
find_schema(rg_schemas *s, pv_ctx *cx, const char *name)
{
	const rg_term *ref = read_schema_ref(cx, s->program->arena, name);
	uint32_t n = 0;
	bool var;
	const pv_val *names = ref ? names_of(s->program->arena, ref, &n, &var) : NULL;
	pv_val path = {.type = PV_LIST, .len = n, .items = names};
	return names ? pv_getv(s->program->schemas, &path) : NULL;
}

/* NULL: none, and the error is noted if it is one. */
static const rg_type *
type_of(rg_schemas *s, rg_unit *u, const rg_rule *rule, const pv_val *v)
{
	const char *name = pv_text(v, NULL);
	if (name && s->program->schemas->type != PV_OBJECT)
		return NULL;
	v = name ? find_schema(s, u->errors->cx, name) : v;
	if (!v) {
		rg_unit_error(u, &rule->loc, "rego_type_error", "undefined schema: %s", name);
		return NULL;
	}
	const scheme *found = read_scheme(s, u->errors->cx, v);
	if (found->fault)
		rg_unit_error(u, &rule->loc, "rego_type_error", "unable to compile the schema: %s%s%s",
			      name ? name : "", name ? ": " : "", found->fault);
	return found->type;
}

/* ---- giving ---- */

/* An object with one member, that path's. */
static const rg_type *
nested(pv_arena *arena, const pv_val *path, uint32_t n, const rg_type *type, const rg_type *key,
       const rg_type *of)
{
	for (uint32_t i = n; i-- > 0;) {
		const rg_type **args = pv_new(arena, const rg_type *);
		*args = type;
		type = rg_type_object(arena, path + i, args, 1, key, of);
	}
	return type;
}

/* The type with that one below it, whatever it had there. */
static const rg_type *
with_member(pv_arena *arena, const rg_type *of, const pv_val *path, uint32_t n, const rg_type *type)
{
	if (n == 0)
		return type;
	if (!of || of->kind != TYPE_OBJECT)
		return nested(arena, path, n, type, &rg_type_any, &rg_type_any);
	pv_val *keys = pv_new_array(arena, pv_val, of->n + 1);
	const rg_type **args = pv_new_array(arena, const rg_type *, of->n + 1);
	uint32_t at = 0;
	while (at < of->n && pv_cmp(&of->keys[at], path) < 0)
		at++;
	bool found = at < of->n && pv_eq(&of->keys[at], path);
	for (uint32_t i = 0; i < of->n; i++) {
		uint32_t to = i + (i >= at && !found);
		keys[to] = of->keys[i];
		args[to] = of->args[i];
	}
	keys[at] = *path;
	args[at] = found ? with_member(arena, of->args[at], path + 1, n - 1, type)
			 : nested(arena, path + 1, n - 1, type, of->key, of->of);
	return rg_type_object(arena, keys, args, of->n + !found, of->key, of->of);
}

static rg_over *
kid_of(const rg_over *at, const pv_val *key)
{
	rg_over *kid = at->kids;
	while (kid && !pv_eq(&kid->key, key))
		kid = kid->next;
	return kid;
}

/* What rules say of the document above it, or METADATA said before, is where it starts from. */
static void
give_data(pv_arena *arena, const rg_node *node, rg_over *at, const entry *e, const rg_type *type)
{
	uint32_t i = 0;
	for (; i < e->n; i++) {
		const rg_group *g = node ? node->group : NULL;
		if (!at->type && g && g->kind != RG_G_FUNC)
			at->type = g->type;
		if (at->type)
			break;
		rg_over *kid = kid_of(at, &e->path[i]);
		if (!kid) {
			kid = pv_new(arena, rg_over);
			*kid = (rg_over){.key = e->path[i], .next = at->kids};
			at->kids = kid;
		}
		at = kid;
		node = node ? rg_node_child(node, &e->path[i]) : NULL;
	}
	at->type = with_member(arena, at->type, e->path + i, e->n - i, type);
}

static void
give(rg_schemas *s, rg_unit *u, const rg_rule *rule, const pv_member *m, rg_docs *ret)
{
	pv_arena *arena = s->program->arena;
	const rg_type *type = type_of(s, u, rule, &m->val);
	const entry *e = type ? read_entry(s, u->errors->cx, m) : NULL;
	if (!e)
		return;
	bool input = pv_streq(e->root, "input"), data = pv_streq(e->root, "data");
	if (e->fault && (input || data))
		rg_unit_error(u, &rule->loc, "rego_type_error", "%s", e->fault);
	else if (input)
		ret->input = with_member(arena, ret->input, e->path, e->n, type);
	else if (data) {
		ret->data = ret->data ? ret->data : pv_new(arena, rg_over);
		give_data(arena, s->program->root, ret->data, e, type);
	}
}

static void
give_all(rg_schemas *s, rg_unit *u, const rg_rule *rule, const rg_note *note, rg_docs *ret)
{
	const pv_val *list = pv_get(note->says, "schemas");
	for (size_t i = 0; i < pv_count(list); i++)
		for (size_t k = 0; k < pv_member_count(pv_item(list, i)); k++)
			give(s, u, rule, &pv_item(list, i)->members[k], ret);
}

/* ---- which ---- */

static void
give_package(rg_schemas *s, rg_unit *u, const rg_rule *rule, const rg_node *node, bool below, rg_docs *ret)
{
	const pv_vec *all = pv_map_find(s->packages, (const char *)&node, sizeof node);
	for (size_t i = 0; all && i < all->len; i++) {
		const rg_note *n = *PV_AT(const rg_note *, all, i);
		if (pv_streq(n->scope, "subpackages") == below)
			give_all(s, u, rule, n, ret);
	}
}

/* From the top down. */
static void
give_packages(rg_schemas *s, rg_unit *u, const rg_rule *rule, const rg_node *node, rg_docs *ret)
{
	if (node->parent)
		give_packages(s, u, rule, node->parent, ret);
	give_package(s, u, rule, node, true, ret);
}

typedef struct document {
	const rg_rule *rule;
	const rg_note *note;
} document;

static uint32_t
path_length(const rg_rule *r)
{
	uint32_t n = 1;
	while (n < r->ref->n && r->ref->args[n]->kind == RG_CONST)
		n++;
	return n + r->module->package->n - 1;
}

static pv_val
path_name(const rg_rule *r, uint32_t i)
{
	uint32_t package = r->module->package->n - 1;
	if (i < package)
		return r->module->package->args[i + 1]->val;
	return i == package ? pv_string_ref(r->ref->args[0]->name) : r->ref->args[i - package]->val;
}

/* Up to what is no constant. */
static bool
same_document(const rg_rule *a, const rg_rule *b)
{
	uint32_t n = path_length(a);
	if (n != path_length(b))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		pv_val x = path_name(a, i), y = path_name(b, i);
		if (!pv_eq(&x, &y))
			return false;
	}
	return true;
}

/* Those of the rules' documents in the group that have schemas are kept for its next rule. */
static void
give_document(rg_schemas *s, rg_unit *u, const rg_rule *of, const rg_rule *rule, rg_docs *ret)
{
	const rg_group *g = u->group;
	if (s->group != g) {
		s->group = g;
		s->documents.len = 0;
		for (size_t i = 0; i < g->rules.len; i++) {
			const rg_rule *r = *PV_AT(const rg_rule *, &g->rules, i);
			for (const rg_note *n = r->notes; n; n = n->next)
				if (pv_streq(n->scope, "document") && pv_get(n->says, "schemas"))
					*(document *)pv_vec_add(&s->documents) = (document){r, n};
		}
	}
	for (size_t i = 0; i < s->documents.len; i++) {
		const document *d = PV_AT(const document, &s->documents, i);
		if (same_document(d->rule, of)) {
			give_all(s, u, rule, d->note, ret);
			return;
		}
	}
}

void
rg_schemas_init(rg_schemas *s, rg_program *p)
{
	*s = (rg_schemas){.program = p};
	if (!p->schemas)
		return;
	s->packages = pv_map_new(p->arena);
	s->read = pv_map_new(p->arena);
	pv_vec_init(&s->documents, p->arena, sizeof(document));
	for (size_t i = 0; i < p->modules.len; i++) {
		const rg_module *m = *PV_AT(const rg_module *, &p->modules, i);
		for (size_t k = 0; k < m->notes.len; k++) {
			const rg_note *n = PV_AT(const rg_note, &m->notes, k);
			const rg_node *node = rg_tree_package(p, m);
			pv_vec *all = pv_map_find(s->packages, (const char *)&node, sizeof node);
			if (!pv_get(n->says, "schemas"))
				continue;
			if (!all) {
				all = pv_new(p->arena, pv_vec);
				pv_vec_init(all, p->arena, sizeof(const rg_note *));
				pv_map_put(s->packages, (const char *)&node, sizeof node, all);
			}
			pv_vec_push(all, &n);
		}
	}
}

void
rg_schemas_rule(rg_schemas *s, rg_unit *u, const rg_rule *of, const rg_rule *rule, rg_docs *ret)
{
	*ret = (rg_docs){.input = s->program->input};
	if (!s->program->schemas)
		return;
	if (pv_map_len(s->packages)) {
		give_packages(s, u, rule, u->package, ret);
		give_package(s, u, rule, u->package, false, ret);
	}
	give_document(s, u, of, rule, ret);
	for (const rg_note *n = of == rule ? rule->notes : NULL; n; n = n->next)
		if (pv_streq(n->scope, "rule"))
			give_all(s, u, rule, n, ret);
}

const rg_type *
rg_schemas_at(pv_arena *arena, const rg_docs *docs, const rg_goal *ref, rg_pat *const **path, uint32_t *n)
{
	const rg_over *at = docs->data;
	const rg_node *node = ref->base == BASE_NODE || ref->base == BASE_GROUP ? ref->node : NULL;
	uint32_t depth = node ? node->depth : 0, i = 0, all = depth + ref->npath;
	if (!at || ref->base == BASE_PAT || ref->base == BASE_INPUT)
		return NULL;
	rg_pat **whole = pv_new_array(arena, rg_pat *, all);
	for (; node && node->parent; node = node->parent) {
		rg_pat *p = pv_new(arena, rg_pat);
		*p = (rg_pat){.kind = PAT_CONST, .val = node->key};
		whole[node->depth - 1] = p;
	}
	if (ref->npath)
		memcpy(whole + depth, ref->path, ref->npath * sizeof *whole);
	for (; at && !at->type && i < all; i++)
		at = whole[i]->kind == PAT_CONST ? kid_of(at, &whole[i]->val) : NULL;
	if (!at || !at->type)
		return NULL;
	*path = whole + i;
	*n = all - i;
	return at->type;
}
