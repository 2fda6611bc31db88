/* ast_json: the tree of a module -> {package, imports, rules, annotations}. */
#include "lang/rego/ast_json.h"

#include "base/arena.h"
#include "base/str.h"

static pv_val term_json(pv_arena *arena, const rg_term *t);
static pv_val body_json(pv_arena *arena, const rg_body *body);

static pv_val
typed(pv_arena *arena, const char *type, pv_val value)
{
	pv_objb o;
	pv_objb_init(&o, arena);
	pv_objb_put(&o, "type", pv_string_ref(type));
	pv_objb_put(&o, "value", value);
	return pv_objb_end(&o);
}

static pv_val
terms_json(pv_arena *arena, rg_term *const *args, uint32_t n)
{
	pv_listb list;
	pv_listb_init(&list, arena);
	for (uint32_t i = 0; i < n; i++)
		pv_listb_add(&list, term_json(arena, args[i]));
	return pv_listb_end(&list);
}

/* A name that stands where a reference is wanted; an operator's may be internal.member_2. */
static pv_val
as_ref(pv_arena *arena, rg_term *const *t)
{
	pv_str rest, piece;
	pv_listb list;
	if ((*t)->kind == RG_REF)
		return term_json(arena, *t);
	if (!(*t)->generated)
		return typed(arena, "ref", terms_json(arena, t, 1));
	rest = pv_str_of((*t)->name);
	pv_listb_init(&list, arena);
	while (pv_str_next(&rest, '.', &piece))
		pv_listb_add(&list, typed(arena, list.len ? "string" : "var",
					  pv_stringn(arena, piece.s, piece.len)));
	return typed(arena, "ref", pv_listb_end(&list));
}

static pv_val
pairs_json(pv_arena *arena, const rg_term *t)
{
	pv_listb list;
	pv_listb_init(&list, arena);
	for (uint32_t i = 0; i + 1 < t->n; i += 2)
		pv_listb_add(&list, terms_json(arena, t->args + i, 2));
	return pv_listb_end(&list);
}

/* An operator by OPA's name: "plus", "net.cidr_contains". */
static pv_val
call_json(pv_arena *arena, const rg_term *t)
{
	pv_listb list;
	pv_listb_init(&list, arena);
	pv_listb_add(&list, as_ref(arena, &t->args[0]));
	for (uint32_t i = 1; i < t->n; i++)
		pv_listb_add(&list, term_json(arena, t->args[i]));
	return pv_listb_end(&list);
}

static pv_val
comprehension_json(pv_arena *arena, const rg_term *t)
{
	pv_objb o;
	pv_objb_init(&o, arena);
	if (t->kind == RG_OBJCOMP) {
		pv_objb_put(&o, "key", term_json(arena, t->args[0]));
		pv_objb_put(&o, "value", term_json(arena, t->args[1]));
	} else {
		pv_objb_put(&o, "term", term_json(arena, t->args[0]));
	}
	pv_objb_put(&o, "body", body_json(arena, t->body));
	return pv_objb_end(&o);
}

static pv_val
template_json(pv_arena *arena, const rg_term *t)
{
	pv_objb o;
	pv_objb_init(&o, arena);
	pv_objb_put(&o, "parts", terms_json(arena, t->args, t->n));
	return pv_objb_end(&o);
}

static pv_val
constant_json(pv_arena *arena, const pv_val *v)
{
	static const pv_val nothing = {.type = PV_OBJECT};
	return typed(arena, pv_type_name(v), v->type == PV_NULL ? nothing : *v);
}

static pv_val
term_json(pv_arena *arena, const rg_term *t)
{
	switch ((enum rg_term_kind)t->kind) {
	case RG_CONST: break;
	case RG_VAR: return typed(arena, "var", pv_string_ref(t->name));
	case RG_REF: return typed(arena, "ref", terms_json(arena, t->args, t->n));
	case RG_CALL: return typed(arena, "call", call_json(arena, t));
	case RG_ARRAY: return typed(arena, "array", terms_json(arena, t->args, t->n));
	case RG_SET: return typed(arena, "set", terms_json(arena, t->args, t->n));
	case RG_OBJECT: return typed(arena, "object", pairs_json(arena, t));
	case RG_ARRAYCOMP: return typed(arena, "arraycomprehension", comprehension_json(arena, t));
	case RG_SETCOMP: return typed(arena, "setcomprehension", comprehension_json(arena, t));
	case RG_OBJCOMP: return typed(arena, "objectcomprehension", comprehension_json(arena, t));
	case RG_TEMPLATE: return typed(arena, "templatestring", template_json(arena, t));
	}
	return constant_json(arena, &t->val);
}

/* ---- statements ---- */

static pv_val
with_json(pv_arena *arena, const rg_expr *e)
{
	pv_listb list;
	pv_listb_init(&list, arena);
	for (uint32_t i = 0; i < e->nwith; i++) {
		pv_objb o;
		pv_objb_init(&o, arena);
		pv_objb_put(&o, "target", as_ref(arena, &e->with[i].target));
		pv_objb_put(&o, "value", term_json(arena, e->with[i].value));
		pv_listb_add(&list, pv_objb_end(&o));
	}
	return pv_listb_end(&list);
}

static pv_val
not_json(pv_arena *arena, const rg_body *body, bool braced)
{
	pv_objb o;
	pv_objb_init(&o, arena);
	pv_objb_put(&o, "body", body_json(arena, body));
	pv_objb_put(&o, "explicit_body", pv_bool(braced));
	pv_objb_puts(&o, "type", "not");
	return pv_objb_end(&o);
}

static pv_val
logical_json(pv_arena *arena, const rg_expr *e)
{
	pv_objb o;
	pv_objb_init(&o, arena);
	if (e->sides[0].braced)
		pv_objb_put(&o, "explicit_lhs", pv_bool(true));
	if (e->sides[1].braced)
		pv_objb_put(&o, "explicit_rhs", pv_bool(true));
	pv_objb_put(&o, "lhs", body_json(arena, &e->sides[0].body));
	pv_objb_put(&o, "rhs", body_json(arena, &e->sides[1].body));
	pv_objb_puts(&o, "type", e->kind == RG_E_OR ? "or" : "and");
	return pv_objb_end(&o);
}

static pv_val
statement_json(pv_arena *arena, const rg_expr *e)
{
	pv_objb o;
	pv_val one;
	pv_objb_init(&o, arena);
	switch ((enum rg_expr_kind)e->kind) {
	case RG_E_SOME:
		one = e->term ? term_json(arena, e->term) : pv_null();
		pv_objb_put(&o, "symbols",
			    e->term ? pv_list_of(arena, &one, 1) : terms_json(arena, e->vars, e->nvars));
		return pv_objb_end(&o);
	case RG_E_EVERY:
		pv_objb_put(&o, "body", body_json(arena, &e->body));
		pv_objb_put(&o, "domain", term_json(arena, e->domain));
		pv_objb_put(&o, "key", e->vars[0] ? term_json(arena, e->vars[0]) : pv_null());
		pv_objb_put(&o, "value", term_json(arena, e->vars[1]));
		return pv_objb_end(&o);
	case RG_E_BODY: return not_json(arena, &e->body, e->braced);
	case RG_E_AND:
	case RG_E_OR: return logical_json(arena, e);
	case RG_E_TERM: break;
	}
	if (e->negated && e->closed) {
		rg_expr inner = {.kind = RG_E_TERM, .term = e->term}, *only[] = {&inner};
		rg_body body = {.exprs = only, .n = 1};
		return not_json(arena, &body, false);
	}
	return e->term->kind == RG_CALL ? call_json(arena, e->term) : term_json(arena, e->term);
}

static pv_val
body_json(pv_arena *arena, const rg_body *body)
{
	pv_listb list;
	pv_listb_init(&list, arena);
	for (uint32_t i = 0; i < body->n; i++) {
		const rg_expr *e = body->exprs[i];
		pv_objb o;
		pv_objb_init(&o, arena);
		pv_objb_put(&o, "index", pv_int(i));
		if (e->negated && !e->closed)
			pv_objb_put(&o, "negated", pv_bool(true));
		pv_objb_put(&o, "terms", statement_json(arena, e));
		if (e->nwith)
			pv_objb_put(&o, "with", with_json(arena, e));
		pv_listb_add(&list, pv_objb_end(&o));
	}
	return pv_listb_end(&list);
}

pv_val
rg_body_json(pv_arena *arena, const rg_body *body)
{
	return body_json(arena, body);
}

/* ---- rules ---- */

static pv_val
head_json(pv_arena *arena, const rg_rule *r)
{
	const rg_term *name = r->ref->kind == RG_REF ? r->ref->args[0] : r->ref;
	bool plain = r->ref->kind != RG_REF || r->ref->n == 1;
	pv_objb o;
	pv_objb_init(&o, arena);
	if (plain || r->kind == RG_MULTI)
		pv_objb_put(&o, "name", pv_string_ref(name->name));
	if (r->nargs)
		pv_objb_put(&o, "args", terms_json(arena, r->args, r->nargs));
	if (r->key)
		pv_objb_put(&o, "key", term_json(arena, r->key));
	if (r->value)
		pv_objb_put(&o, "value", term_json(arena, r->value));
	if (r->value && !r->implied_value)
		pv_objb_put(&o, "assign", pv_bool(true));
	pv_objb_put(&o, "ref",
		    r->ref->kind == RG_REF ? terms_json(arena, r->ref->args, r->ref->n)
					   : terms_json(arena, (rg_term *const *)&r->ref, 1));
	return pv_objb_end(&o);
}

static pv_val
rule_json(pv_arena *arena, const rg_rule *r)
{
	pv_objb o;
	rg_term yes = {.kind = RG_CONST, .val = pv_bool(true)};
	rg_expr always = {.kind = RG_E_TERM, .term = &yes};
	rg_expr *one[] = {&always};
	rg_body implied = {.exprs = one, .n = 1};
	pv_objb_init(&o, arena);
	if (r->is_default)
		pv_objb_put(&o, "default", pv_bool(true));
	pv_objb_put(&o, "head", head_json(arena, r));
	pv_objb_put(&o, "body", body_json(arena, r->has_body ? &r->body : &implied));
	if (r->orelse)
		pv_objb_put(&o, "else", rule_json(arena, r->orelse));
	return pv_objb_end(&o);
}

static pv_val
imports_json(pv_arena *arena, const rg_module *m)
{
	pv_listb list;
	pv_listb_init(&list, arena);
	for (size_t i = 0; i < m->imports.len; i++) {
		const rg_import *import = PV_AT(rg_import, &m->imports, i);
		pv_objb o;
		pv_objb_init(&o, arena);
		pv_objb_put(&o, "path", term_json(arena, import->path));
		if (import->renamed)
			pv_objb_puts(&o, "alias", import->alias);
		pv_listb_add(&list, pv_objb_end(&o));
	}
	return pv_listb_end(&list);
}

pv_val
rg_module_json(pv_arena *arena, const rg_module *m)
{
	pv_objb o, package;
	pv_listb rules, annotations;
	pv_objb_init(&package, arena);
	pv_objb_put(&package, "path", terms_json(arena, m->package->args, m->package->n));
	pv_objb_init(&o, arena);
	pv_objb_put(&o, "package", pv_objb_end(&package));
	if (m->imports.len)
		pv_objb_put(&o, "imports", imports_json(arena, m));
	pv_listb_init(&annotations, arena);
	for (size_t i = 0; i < m->notes.len; i++)
		pv_listb_add(&annotations, *PV_AT(const rg_note, &m->notes, i)->says);
	pv_listb_init(&rules, arena);
	for (size_t i = 0; i < m->rules.len; i++) {
		const rg_rule *r = *PV_AT(const rg_rule *, &m->rules, i);
		for (const rg_note *n = r->notes; n; n = n->next)
			pv_listb_add(&annotations, *n->says);
		pv_listb_add(&rules, rule_json(arena, r));
	}
	if (annotations.len)
		pv_objb_put(&o, "annotations", pv_listb_end(&annotations));
	if (rules.len)
		pv_objb_put(&o, "rules", pv_listb_end(&rules));
	return pv_objb_end(&o);
}
