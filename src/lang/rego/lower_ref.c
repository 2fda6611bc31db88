/* lower_ref: references, calls and comprehensions: names are resolved here. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/rego/compile.h"
#include "lang/rego/types.h"

/* ---- names ---- */

static const rg_import *
find_import(const rg_unit *u, const char *name)
{
	for (size_t i = 0; u->imports && i < u->imports->len; i++) {
		rg_import *im = PV_AT(rg_import, u->imports, i);
		if (!im->is_switch && strcmp(im->alias, name) == 0) {
			im->used = true;
			return im;
		}
	}
	return NULL;
}

static rg_node *
find_rule(const rg_unit *u, const char *name)
{
	if (!u->package)
		return NULL;
	pv_val key = pv_string_ref(name);
	rg_node *kid = rg_node_child(u->package, &key);
	return kid && kid->rules ? kid : NULL;
}

static bool
is_root(const char *name)
{
	return strcmp(name, "input") == 0 || strcmp(name, "data") == 0;
}

bool
rg_resolves(rg_unit *u, const char *name)
{
	return is_root(name) || find_rule(u, name) || find_import(u, name);
}

static rg_term *
ref_of(rg_unit *u, const rg_loc *loc, uint32_t n)
{
	rg_term *ref = pv_new(u->arena, rg_term);
	ref->kind = RG_REF;
	ref->loc = *loc;
	ref->n = n;
	ref->args = pv_new_array(u->arena, rg_term *, n);
	return ref;
}

/* The path of a node, data first. */
static rg_term *
node_ref(rg_unit *u, const rg_loc *loc, const rg_node *node, uint32_t more)
{
	rg_term *ref = ref_of(u, loc, node->depth + 1 + more);
	for (; node->parent; node = node->parent) {
		rg_term *t = pv_new(u->arena, rg_term);
		t->kind = RG_CONST;
		t->loc = *loc;
		t->val = node->key;
		ref->args[node->depth] = t;
	}
	ref->args[0] = pv_new(u->arena, rg_term);
	ref->args[0]->kind = RG_VAR;
	ref->args[0]->name = "data";
	ref->args[0]->loc = *loc;
	return ref;
}

/* The reference with its head made absolute: input..., data..., or itself. */
const rg_term *
rg_resolve_ref(rg_unit *u, const rg_term *t)
{
	const rg_term *head = t->kind == RG_REF ? t->args[0] : t;
	uint32_t rest = t->kind == RG_REF ? t->n - 1 : 0;
	rg_term *ref;
	uint32_t at;
	const rg_import *im = NULL;
	const rg_node *rule = NULL;
	if (head->kind == RG_VAR && rg_var_find(u, head->name) < 0 && !is_root(head->name)) {
		im = find_import(u, head->name);
		rule = im ? NULL : find_rule(u, head->name);
	}
	if (!im && !rule && t->kind == RG_REF)
		return t;
	if (rule) {
		at = rule->depth + 1;
		ref = node_ref(u, &t->loc, rule, rest);
	} else if (im) {
		at = im->path->n;
		ref = ref_of(u, &t->loc, at + rest);
		memcpy(ref->args, im->path->args, at * sizeof *ref->args);
	} else {
		at = 1;
		ref = ref_of(u, &t->loc, 1);
		ref->args[0] = pv_new(u->arena, rg_term);
		*ref->args[0] = *head;
	}
	for (uint32_t i = 0; i < rest; i++)
		ref->args[at + i] = t->args[i + 1];
	return ref;
}

static bool
is_named(const rg_term *t, const char *name)
{
	return t->kind == RG_VAR && strcmp(t->name, name) == 0;
}

/* Walks a reference's elements behind its head as far as they are constant and known:
 * *ret_at of it are used then. */
static rg_node *
walk(rg_node *node, const rg_term *ref, uint32_t *ret_at)
{
	uint32_t i = 1;
	for (; i < ref->n && !node->group && ref->args[i]->kind == RG_CONST; i++) {
		rg_node *kid = rg_node_child(node, &ref->args[i]->val);
		if (!kid)
			break;
		node = kid;
	}
	*ret_at = i;
	return node;
}

static rg_node *
walk_tree(rg_unit *u, const rg_term *ref, uint32_t *ret_at)
{
	return walk(u->program->root, ref, ret_at);
}

/* Does it name something below `data`?  *ret_group: the rules that are just that, or NULL.
 * As rg_resolve_ref() and a walk, but nothing is made: of each call it is asked twice. */
static bool
names_document(rg_unit *u, const rg_term *t, rg_group **ret_group)
{
	const rg_term *head = t->kind == RG_REF ? t->args[0] : t;
	rg_node *node = u->program->root;
	const rg_import *im = NULL;
	uint32_t at = 1, n = t->kind == RG_REF ? t->n : 1;
	*ret_group = NULL;
	if (head->kind != RG_VAR)
		return false;
	if (!is_root(head->name) && rg_var_find(u, head->name) < 0) {
		im = find_import(u, head->name);
		node = im ? node : find_rule(u, head->name);
	}
	const rg_term *root = im ? im->path->args[0] : head;
	if (!node ||
	    (node == u->program->root && (!is_named(root, "data") || (im ? im->path->n : 1) + n < 3)))
		return false;
	if (im) {
		node = walk(node, im->path, &at);
		if (at < im->path->n)
			return true;
	}
	at = 1;
	if (n > 1)
		node = walk(node, t, &at);
	*ret_group = at == n ? node->group : NULL;
	return true;
}

const char *
rg_dotted_name(pv_arena *arena, const rg_term *t)
{
	pv_buf b;
	if (t->kind == RG_VAR)
		return t->name;
	pv_buf_init(&b, arena);
	pv_buf_adds(&b, t->args[0]->kind == RG_VAR ? t->args[0]->name : "?");
	for (uint32_t i = 1; i < t->n; i++) {
		pv_buf_addc(&b, '.');
		pv_buf_adds(&b, pv_text(&t->args[i]->val, "?"));
	}
	return b.s;
}

static bool
is_listed(const pv_val *builtins, const char *name)
{
	for (uint32_t i = 0; i < builtins->len; i++)
		if (pv_streq(pv_text(pv_get(&builtins->items[i], "name"), NULL), name))
			return true;
	return false;
}

/* Those that somebody lends are there where he does; of capabilities, those that they list. */
static const rg_builtin *
find_builtin(const rg_unit *u, const char *name)
{
	const rg_builtin *b = rg_builtin_find(name);
	if (b && u->program->builtins && !is_listed(u->program->builtins, name))
		return NULL;
	return b && (b->flags & RG_B_LENT) && !u->program->external ? NULL : b;
}

bool
rg_resolve_function(rg_unit *u, const rg_term *t, rg_group **ret_group, const rg_builtin **ret_builtin)
{
	*ret_group = NULL;
	*ret_builtin = NULL;
	const rg_term *head = t->kind == RG_REF ? t->args[0] : t;
	if (head->kind == RG_VAR && head->generated) {
		*ret_builtin = find_builtin(u, head->name);
		return *ret_builtin != NULL;
	}
	if (names_document(u, t, ret_group)) {
		if (*ret_group && (*ret_group)->kind != RG_G_FUNC)
			*ret_group = NULL;
		return *ret_group != NULL;
	}
	if (head->kind == RG_VAR && rg_var_find(u, head->name) < 0)
		*ret_builtin = find_builtin(u, rg_dotted_name(u->arena, t));
	return *ret_builtin != NULL;
}

/* ---- references ---- */

void
rg_note_dependency(rg_unit *u, rg_node *node, rg_term *const *rest, uint32_t n)
{
	rg_dep dep = {node, rest, n, u->rule};
	pv_vec_push(u->deps, &dep);
}

/* Of a query nothing is noted: several threads may compile them over one program. */
static void
note_input(rg_unit *u, const rg_term *ref)
{
	if (u->module && ref->n > 1 && ref->args[1]->kind == RG_CONST &&
	    ref->args[1]->val.type == PV_STRING) {
		rg_input_use use = {u->module, ref->args[1]->val.s, ref->loc.row};
		pv_vec_push(&u->program->inputs, &use);
	}
}

static void
settle_base(rg_unit *u, rg_goal *g, const rg_term *ref, uint32_t *ret_at)
{
	*ret_at = 1;
	if (is_named(ref->args[0], "input") && rg_var_find(u, "input") < 0) {
		g->base = BASE_INPUT;
		note_input(u, ref);
	} else if (is_named(ref->args[0], "data") && rg_var_find(u, "data") < 0) {
		g->node = walk_tree(u, ref, ret_at);
		g->group = g->node->group;
		if (!g->group && *ret_at < ref->n && ref->args[*ret_at]->kind == RG_CONST) {
			*ret_at = 1;
			g->base = BASE_DATA;
			return;
		}
		g->base = g->group ? BASE_GROUP : BASE_NODE;
		rg_note_dependency(u, g->node, ref->args + *ret_at, ref->n - *ret_at);
	} else {
		g->base = BASE_PAT;
	}
}

rg_pat *
rg_lower_ref(rg_unit *u, const rg_term *t, rg_pat *out)
{
	rg_goal probe = {0};
	uint32_t at;
	const rg_term *ref = rg_resolve_ref(u, t);
	settle_base(u, &probe, ref, &at);
	rg_pat *base = probe.base == BASE_PAT ? rg_lower_term(u, ref->args[0]) : NULL;
	uint32_t n = ref->n - at;
	rg_pat **path = pv_new_array(u->arena, rg_pat *, n);
	for (uint32_t i = 0; i < n; i++)
		path[i] = rg_lower_term(u, ref->args[at + i]);
	if (probe.base == BASE_PAT && n == 0 && !out)
		return base;
	rg_goal *g = rg_goal_new(u, GOAL_REF, &t->loc);
	g->base = probe.base;
	g->node = probe.node;
	g->group = probe.group;
	g->a = base;
	g->path = path;
	g->npath = n;
	g->out = out ? out : rg_pat_temp(u);
	return g->out;
}

/* ---- calls ---- */

/* What is known of an operand before types are: a constant's type, and that documents may be all. */
static const rg_type *
early_type(rg_unit *u, const rg_term *t)
{
	if (t->kind == RG_VAR)
		return rg_var_find(u, t->name) < 0 && rg_resolves(u, t->name) ? &rg_type_any : NULL;
	if (t->kind == RG_REF)
		return &rg_type_any;
	if (t->kind == RG_CALL)
		return NULL;
	const rg_pat *p = rg_lower_term(u, t);
	return p->kind == PAT_CONST ? rg_type_of(u->arena, &p->val) : NULL;
}

/* "(x: number, y: number)" of a signature that ends in the result. */
static const char *
operands_text(rg_unit *u, const char *signature)
{
	size_t end = 0;
	int depth = 0;
	for (size_t i = 0; signature[i]; i++) {
		depth += strchr("(<[", signature[i]) != NULL;
		depth -= strchr(")>]", signature[i]) != NULL;
		if (signature[i] == ',' && depth == 1)
			end = i;
	}
	return end ? pv_printf(u->arena, "%.*s)", (int)end, signature) : "()";
}

/* In OPA's words: what a builtin takes, and how many a rule's function does. */
static void
arity_error(rg_unit *u, const rg_term *t, const rg_goal *callee, bool statement)
{
	const char *signature = callee->builtin ? rg_signature(callee->builtin->name) : NULL;
	uint32_t n = t->n - 1;
	pv_buf have;
	if (!signature) {
		rg_unit_error(
			u, &t->loc, "rego_type_error", "function %s has arity %u, got %u argument%s",
			callee->group ? rg_node_name(u->arena, callee->group->node) : callee->builtin->name,
			callee->group ? callee->group->arity : callee->builtin->arity, n, n == 1 ? "" : "s");
		return;
	}
	pv_buf_init(&have, u->arena);
	for (uint32_t i = 0; i < n; i++) {
		pv_buf_adds(&have, i ? ", " : "");
		rg_type_write(&have, early_type(u, t->args[i + 1]));
	}
	if (!statement)
		pv_buf_adds(&have, n ? ", ???" : "???");
	rg_unit_error(u, &t->loc, "rego_type_error", "%s: arity mismatch\n\thave: (%s)\n\twant: %s",
		      callee->builtin->name, have.len ? have.s : "", operands_text(u, signature));
}

static bool
settle_callee(rg_unit *u, rg_goal *g, const rg_term *t)
{
	const rg_term *op = t->args[0];
	if (rg_resolve_function(u, op, &g->group, &g->builtin)) {
		if (g->group)
			rg_note_dependency(u, g->group->node, NULL, 0);
		if (g->builtin && (g->builtin->flags & RG_B_DEPRECATED) && u->module && u->module->v1)
			rg_unit_error(u, &t->loc, "rego_type_error",
				      "deprecated built-in function calls in expression: %s",
				      g->builtin->name);
		return true;
	}
	const char *name = rg_dotted_name(u->arena, rg_resolve_ref(u, op));
	const char *near = rg_builtin_find(name) ? NULL : rg_builtin_near(name);
	rg_unit_error(u, &t->loc, "rego_type_error", "undefined function %s%s%s%s", name,
		      near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
	return false;
}

static bool
is_print(rg_unit *u, const rg_term *op)
{
	return is_named(op, "print") && rg_var_find(u, "print") < 0 && !rg_resolves(u, "print");
}

static rg_term *
made(rg_unit *u, int kind, const rg_loc *loc, uint32_t n)
{
	rg_term *t = pv_new(u->arena, rg_term);
	*t = (rg_term){.kind = (uint8_t)kind, .generated = true, .loc = *loc, .n = n};
	t->args = n ? pv_new_array(u->arena, rg_term *, n) : NULL;
	return t;
}

/* {x | true} */
static rg_term *
set_of(rg_unit *u, rg_term *x)
{
	rg_term *set = made(u, RG_SETCOMP, &x->loc, 1), *yes = made(u, RG_CONST, &x->loc, 0);
	rg_expr *expr = pv_new(u->arena, rg_expr);
	yes->val = pv_bool(true);
	*expr = (rg_expr){.kind = RG_E_TERM, .loc = x->loc, .term = yes};
	set->args[0] = x;
	set->body = pv_new(u->arena, rg_body);
	set->body->exprs = pv_new(u->arena, rg_expr *);
	set->body->exprs[0] = expr;
	set->body->n = 1;
	return set;
}

/* print(a, b) is internal.print([{a | true}, {b | true}]): what is undefined is an empty set, and stops
 * nothing.  Without anybody who listens it is erased. */
static rg_pat *
lower_print(rg_unit *u, const rg_term *t)
{
	rg_term *name, *sets, *call;
	if (!u->program->prints)
		return rg_pat_const(u, pv_bool(true));
	sets = made(u, RG_ARRAY, &t->loc, t->n - 1);
	for (uint32_t i = 0; i + 1 < t->n; i++)
		sets->args[i] = set_of(u, t->args[i + 1]);
	name = made(u, RG_VAR, &t->loc, 0);
	name->name = "internal.print";
	call = made(u, RG_CALL, &t->loc, 2);
	call->args[0] = name;
	call->args[1] = sets;
	return rg_lower_call(u, call, NULL, false);
}

void
rg_check_network(rg_unit *u, const rg_loc *loc, const rg_builtin *b)
{
	if (!u->offline || !b || !(b->flags & RG_B_NETWORK))
		return;
	if (u->group || u->program->alone)
		rg_unit_error(u, loc, "rego_type_error",
			      "%s: opens network connections, which policies here may not", b->name);
	else if (pv_streq(b->name,
			  "http.send")) /* as OPA's server has it: a name is looked up all the same */
		rg_unit_error(u, loc, "rego_type_error", "unsafe built-in function calls in expression: %s",
			      b->name);
}

static bool
names_rule(rg_unit *u, const rg_term *op)
{
	rg_group *group;
	return !op->generated && names_document(u, op, &group) && group && group->kind != RG_G_FUNC;
}

rg_pat *
rg_lower_call(rg_unit *u, const rg_term *t, rg_pat *out, bool as_expr)
{
	rg_goal callee = {0};
	uint32_t n = t->n - 1;
	if (is_print(u, t->args[0]))
		return lower_print(u, t);
	rg_pat *meta = n == 0 && t->args[0]->kind == RG_REF
			       ? rg_lower_metadata(u, rg_dotted_name(u->arena, t->args[0]))
			       : NULL;
	if (meta)
		return meta;
	if (n == 0 && names_rule(u, t->args[0])) /* f() = v is a rule: so is its call */
		return rg_lower_ref(u, t->args[0], out);
	if (!settle_callee(u, &callee, t))
		return rg_pat_const(u, pv_null());
	uint32_t arity = callee.group ? callee.group->arity : callee.builtin->arity;
	bool has_out = as_expr && !out && n == arity + 1;
	if (n != arity && !has_out) {
		arity_error(u, t, &callee, as_expr);
		return rg_pat_const(u, pv_null());
	}
	rg_pat **args = pv_new_array(u->arena, rg_pat *, n);
	for (uint32_t i = 0; i < n; i++)
		args[i] = rg_lower_term(u, t->args[i + 1]);
	rg_check_network(u, &t->loc, callee.builtin);
	rg_goal *g = rg_goal_new(u, GOAL_CALL, &t->loc);
	g->group = callee.group;
	g->builtin = callee.builtin;
	g->path = args;
	g->npath = arity;
	g->statement = as_expr && !out && !has_out;
	g->out = has_out ? args[arity] : out ? out : rg_pat_temp(u);
	return has_out ? NULL : g->out;
}

/* ---- comprehensions ---- */

rg_pat *
rg_lower_comprehension(rg_unit *u, const rg_term *t)
{
	rg_goals body, *saved = u->out;
	rg_pat *key, *val = NULL;
	pv_vec_init(&body.list, u->arena, sizeof(rg_goal *));
	rg_scope_enter(u);
	rg_lower_body(u, t->body, &body, false);
	u->out = &body;
	key = rg_lower_term(u, t->args[0]);
	if (t->kind == RG_OBJCOMP)
		val = rg_lower_term(u, t->args[1]);
	u->out = saved;
	rg_scope_leave(u);
	rg_goal *g = rg_goal_new(u, GOAL_COMPR, &t->loc);
	g->compr = t->kind == RG_ARRAYCOMP ? PV_LIST : t->kind == RG_SETCOMP ? PV_SET : PV_OBJECT;
	g->a = key;
	g->b = val;
	g->body = body;
	g->out = rg_pat_temp(u);
	return g->out;
}
