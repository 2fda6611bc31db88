/* unparse: what partial evaluation leaves over, as Rego. */
#include "lang/rego/unparse.h"

#include <string.h>

#include "base/str.h"
#include "lang/rego/compile.h"

static void put_term(pv_buf *b, const rg_term *t, bool nested);
static void put_expr(pv_buf *b, const rg_expr *e);

/* ---- terms ---- */

static void
put_terms(pv_buf *b, const char *open, rg_term *const *args, uint32_t n, const char *close)
{
	pv_buf_adds(b, open);
	for (uint32_t i = 0; i < n; i++) {
		pv_buf_adds(b, i ? ", " : "");
		put_term(b, args[i], false);
	}
	pv_buf_adds(b, close);
}

static void
put_ref(pv_buf *b, rg_term *const *args, uint32_t n)
{
	put_term(b, args[0], true);
	for (uint32_t i = 1; i < n; i++)
		if (args[i]->kind == RG_CONST) {
			pv_rego_put_key(b, &args[i]->val);
		} else {
			pv_buf_addc(b, '[');
			put_term(b, args[i], false);
			pv_buf_addc(b, ']');
		}
}

static void
put_object(pv_buf *b, const rg_term *t)
{
	pv_buf_addc(b, '{');
	for (uint32_t i = 0; i < t->n; i += 2) {
		pv_buf_adds(b, i ? ", " : "");
		put_term(b, t->args[i], false);
		pv_buf_adds(b, ": ");
		put_term(b, t->args[i + 1], false);
	}
	pv_buf_addc(b, '}');
}

/* On one line. */
static void
put_statements(pv_buf *b, const rg_body *body)
{
	for (uint32_t i = 0; i < body->n; i++) {
		pv_buf_adds(b, i ? "; " : "");
		put_expr(b, body->exprs[i]);
	}
}

static void
put_comprehension(pv_buf *b, const rg_term *t)
{
	pv_buf_addc(b, t->kind == RG_ARRAYCOMP ? '[' : '{');
	put_term(b, t->args[0], false);
	if (t->kind == RG_OBJCOMP) {
		pv_buf_adds(b, ": ");
		put_term(b, t->args[1], false);
	}
	pv_buf_adds(b, " | ");
	put_statements(b, t->body);
	pv_buf_addc(b, t->kind == RG_ARRAYCOMP ? ']' : '}');
}

/* The text of a string, or {expr}: that is the other side of its only statement. */
static void
put_template(pv_buf *b, const rg_term *t)
{
	pv_buf_adds(b, "$\"");
	for (uint32_t i = 0; i < t->n; i++) {
		const rg_term *part = t->args[i];
		if (part->kind != RG_CONST) {
			pv_buf_addc(b, '{');
			put_term(b, part->body->exprs[0]->term->args[2], false);
			pv_buf_addc(b, '}');
			continue;
		}
		pv_buf text;
		pv_buf_init(&text, b->arena);
		pv_buf_add_json(&text, part->val.s, part->val.len);
		for (size_t k = 1; k + 1 < text.len; k++) {
			if (text.s[k] == '{')
				pv_buf_addc(b, '\\');
			pv_buf_addc(b, text.s[k]);
		}
	}
	pv_buf_addc(b, '"');
}

/* `in` and operators stand between what they take; in an operand of another they want parentheses. */
static void
put_call(pv_buf *b, const rg_term *t, bool statement, bool nested)
{
	const rg_term *op = t->args[0];
	const char *name = op->kind == RG_VAR ? op->name : rg_dotted_name(b->arena, op),
		   *infix = rg_infix(name);
	bool in = pv_streq(name, "internal.member_2") || pv_streq(name, "internal.member_3");
	if (infix && statement && t->n == 4) { /* what it comes to is a name of its own */
		rg_term value = *t;
		value.n = 3;
		put_term(b, t->args[3], false);
		pv_buf_adds(b, " = ");
		put_call(b, &value, false, false);
		return;
	}
	if (!in && (!infix || t->n != 3)) {
		put_term(b, op, true);
		put_terms(b, "(", t->args + 1, t->n - 1, ")");
		return;
	}
	pv_buf_adds(b, nested ? "(" : "");
	for (uint32_t i = 1; i < t->n; i++) {
		if (i > 1)
			pv_buf_printf(b, in && i + 1 < t->n ? ", " : " %s ", in ? "in" : infix);
		put_term(b, t->args[i], !statement);
	}
	pv_buf_adds(b, nested ? ")" : "");
}

static void
put_term(pv_buf *b, const rg_term *t, bool nested)
{
	switch ((enum rg_term_kind)t->kind) {
	case RG_CONST: pv_rego_write(b, &t->val, NULL, false); break;
	case RG_VAR: pv_buf_adds(b, pv_starts_with(t->name, "$") ? "_" : t->name); break;
	case RG_REF: put_ref(b, t->args, t->n); break;
	case RG_CALL: put_call(b, t, false, nested); break;
	case RG_ARRAY: put_terms(b, "[", t->args, t->n, "]"); break;
	case RG_SET: put_terms(b, t->n ? "{" : "set(", t->args, t->n, t->n ? "}" : ")"); break;
	case RG_OBJECT: put_object(b, t); break;
	case RG_ARRAYCOMP:
	case RG_SETCOMP:
	case RG_OBJCOMP: put_comprehension(b, t); break;
	case RG_TEMPLATE: put_template(b, t); break;
	}
}

/* ---- statements ---- */

static void
put_side(pv_buf *b, const rg_side *side)
{
	pv_buf_adds(b, side->braced ? "{ " : "");
	put_statements(b, &side->body);
	pv_buf_adds(b, side->braced ? " }" : "");
}

static void
put_every(pv_buf *b, const rg_expr *e)
{
	pv_buf_adds(b, "every ");
	for (uint32_t i = 0; i < 2; i++)
		if (e->vars[i]) {
			put_term(b, e->vars[i], false);
			pv_buf_adds(b, i ? " in " : ", ");
		}
	put_term(b, e->domain, false);
	pv_buf_adds(b, " { ");
	put_statements(b, &e->body);
	pv_buf_adds(b, " }");
}

static void
put_plain(pv_buf *b, const rg_expr *e)
{
	switch ((enum rg_expr_kind)e->kind) {
	case RG_E_TERM:
		if (e->term->kind == RG_CALL)
			put_call(b, e->term, true, false);
		else
			put_term(b, e->term, false);
		break;
	case RG_E_SOME:
		if (e->term) {
			pv_buf_adds(b, "some ");
			put_call(b, e->term, true, false);
		} else {
			put_terms(b, "some ", e->vars, e->nvars, "");
		}
		break;
	case RG_E_EVERY: put_every(b, e); break;
	case RG_E_BODY:
		pv_buf_adds(b, e->braced ? "{ " : "(");
		put_statements(b, &e->body);
		pv_buf_adds(b, e->braced ? " }" : ")");
		break;
	case RG_E_OR:
	case RG_E_AND:
		put_side(b, &e->sides[0]);
		pv_buf_adds(b, e->kind == RG_E_OR ? " or " : " and ");
		put_side(b, &e->sides[1]);
		break;
	}
}

static void
put_expr(pv_buf *b, const rg_expr *e)
{
	pv_buf_adds(b, e->negated ? "not " : "");
	put_plain(b, e);
	for (uint32_t i = 0; i < e->nwith; i++) {
		pv_buf_adds(b, " with ");
		put_term(b, e->with[i].target, false);
		pv_buf_adds(b, " as ");
		put_term(b, e->with[i].value, false);
	}
}

void
rg_unparse_body(pv_buf *b, const rg_body *body)
{
	for (uint32_t i = 0; i < body->n; i++) {
		put_expr(b, body->exprs[i]);
		pv_buf_addc(b, '\n');
	}
}

/* ---- modules ---- */

static void
put_rule_body(pv_buf *b, const rg_rule *r)
{
	if (!r->has_body)
		return;
	pv_buf_adds(b, r->body.n == 1 ? " if " : " if {\n");
	for (uint32_t i = 0; i < r->body.n; i++) {
		pv_buf_adds(b, r->body.n == 1 ? "" : "\t");
		put_expr(b, r->body.exprs[i]);
		pv_buf_adds(b, r->body.n == 1 ? "" : "\n");
	}
	pv_buf_adds(b, r->body.n == 1 ? "" : "}");
}

static void
put_rule(pv_buf *b, const rg_rule *r)
{
	bool yes = r->value && r->value->kind == RG_CONST && r->value->val.type == PV_BOOL && r->value->val.b;
	pv_buf_adds(b, r->is_default ? "default " : "");
	put_ref(b, r->ref->args, r->ref->n);
	if (r->is_func)
		put_terms(b, "(", r->args, r->nargs, ")");
	if (r->kind == RG_MULTI) {
		pv_buf_adds(b, " contains ");
		put_term(b, r->key, false);
	} else if (!yes || !r->has_body) {
		pv_buf_adds(b, " := ");
		put_term(b, r->value, false);
	}
	put_rule_body(b, r);
	for (r = r->orelse; r; r = r->orelse) {
		pv_buf_adds(b, " else := ");
		put_term(b, r->value, false);
		put_rule_body(b, r);
	}
	pv_buf_addc(b, '\n');
}

void
rg_unparse_module(pv_buf *b, const rg_module *m)
{
	pv_buf_adds(b, "package ");
	for (uint32_t i = 1; i < m->package->n; i++)
		if (i == 1)
			pv_buf_adds(b, m->package->args[i]->val.s);
		else
			pv_rego_put_key(b, &m->package->args[i]->val);
	pv_buf_addc(b, '\n');
	for (size_t i = 0; i < m->imports.len; i++) {
		pv_buf_adds(b, i ? "import " : "\nimport ");
		put_term(b, PV_AT(rg_import, &m->imports, i)->path, false);
		pv_buf_addc(b, '\n');
	}
	for (size_t i = 0; i < m->rules.len; i++) {
		pv_buf_addc(b, '\n');
		put_rule(b, *PV_AT(const rg_rule *, &m->rules, i));
	}
}
