/* fmt_expr: statements and bodies. */
#include <string.h>

#include "lang/rego/fmt.h"

bool
fmt_body(fmt *f, const rg_body *body)
{
	if (body->n && !fmt_comments(f, body->exprs[0]->loc.row))
		return false;
	for (uint32_t i = 0; i < body->n; i++) {
		const rg_expr *e = body->exprs[i];
		if (i > 0 && e->loc.row > fmt_last_row(f, &body->exprs[i - 1]->loc) + 1)
			fmt_blank_line(f);
		fmt_start_line(f);
		(void)fmt_expr(f, e); /* what could not be written anew was kept */
		fmt_end_line(f);
	}
	return true;
}

bool
fmt_closure(fmt *f, char open, char close, const rg_body *body, int row, const rg_loc *loc)
{
	bool broken = body->n && body->exprs[0]->loc.row > row, ok = true;
	for (uint32_t i = 1; i < body->n; i++)
		broken = broken || body->exprs[i]->loc.row > body->exprs[i - 1]->loc.row;
	if (broken) {
		fmt_end_line(f);
		f->level++;
		ok = fmt_body(f, body);
	}
	for (uint32_t i = 0; !broken && ok && i < body->n; i++) {
		fmt_add(f, i ? "; " : " ");
		ok = fmt_expr(f, body->exprs[i]);
	}
	ok = ok && fmt_comments(f, fmt_closing(f, loc, 0, 0, open, close));
	if (broken) {
		f->level--;
		fmt_start_line(f);
	}
	return ok;
}

static bool
some(fmt *f, const rg_expr *e)
{
	int row = e->loc.row;
	bool ok = true;
	fmt_add(f, "some ");
	if (e->term)
		return fmt_in(f, e->term, false);
	for (uint32_t i = 0; i < e->nvars && ok; i++) {
		const rg_term *v = e->vars[i];
		if (v->loc.row > row) {
			fmt_end_line(f);
			fmt_start_line(f);
			fmt_add(f, "\t");
			row = v->loc.row;
		} else if (i > 0) {
			fmt_add(f, " ");
		}
		ok = fmt_term(f, v);
		fmt_add(f, i + 1 < e->nvars ? "," : "");
	}
	return ok;
}

static bool
every(fmt *f, const rg_expr *e)
{
	bool ok = true;
	fmt_add(f, "every ");
	if (e->vars[0]) {
		ok = fmt_term(f, e->vars[0]);
		fmt_add(f, ", ");
	}
	ok = ok && fmt_term(f, e->vars[1]);
	fmt_add(f, " in ");
	ok = ok && fmt_term(f, e->domain);
	fmt_add(f, " {");
	ok = ok && fmt_closure(f, '{', '}', &e->body, e->loc.row, &e->loc);
	fmt_add(f, e->body.n == 1 && e->body.exprs[0]->loc.row == e->loc.row ? " }" : "}");
	return ok;
}

static bool plain(fmt *f, const rg_expr *e, bool is_operand);

static bool
not_body(fmt *f, const rg_expr *e)
{
	fmt_add(f, "not {");
	bool ok = fmt_closure(f, '{', '}', &e->body, e->loc.row, &e->loc);
	fmt_add(f, e->body.exprs[e->body.n - 1]->loc.row == e->loc.row ? " }" : "}");
	return ok;
}

static bool
not_group(fmt *f, const rg_expr *e)
{
	fmt_add(f, "not (");
	bool ok = plain(f, e->body.exprs[0], false);
	fmt_add(f, ")");
	return ok;
}

/* An operand of `and` or `or`: in parentheses where it would be read otherwise without. */
static bool
operand(fmt *f, const rg_expr *of, int i)
{
	const rg_side *s = &of->sides[i];
	const rg_expr *first = s->body.exprs[0], *last = s->body.exprs[s->body.n - 1];
	bool joined = first->kind == RG_E_OR || first->kind == RG_E_AND;
	bool group = !s->braced && joined && (first->kind == RG_E_OR || of->kind == RG_E_AND) &&
		     (first->kind != of->kind || i == 1);
	bool ok;
	if (s->braced) {
		fmt_add(f, "{");
		ok = fmt_closure(f, '{', '}', &s->body, s->loc.row, &s->loc);
		fmt_add(f, last->loc.row == s->loc.row ? " }" : "}");
		return ok;
	}
	fmt_add(f, group ? "(" : "");
	ok = plain(f, first, true);
	fmt_add(f, group ? ")" : "");
	return ok;
}

static bool
logical(fmt *f, const rg_expr *e)
{
	int row = e->sides[1].loc.row;
	bool below = row > fmt_last_row(f, &e->sides[0].loc);
	bool ok = operand(f, e, 0);
	fmt_add(f, e->kind == RG_E_OR ? " or" : " and");
	if (below) {
		fmt_end_line(f);
		f->level++;
		ok = ok && fmt_comments(f, row);
		fmt_start_line(f);
	} else {
		fmt_add(f, " ");
	}
	ok = ok && operand(f, e, 1);
	f->level -= below;
	return ok;
}

/* The value of a statement; body: where braces that it begins with would be read as one. */
static bool
value(fmt *f, const rg_term *t, bool body)
{
	size_t from = f->b.len;
	bool ok = t->kind == RG_CALL ? fmt_call(f, t, false, false) : fmt_term(f, t);
	if (ok && body && f->b.s[from] == '{') {
		fmt_add(f, "))");
		memmove(f->b.s + from + 1, f->b.s + from, f->b.len - from - 2);
		f->b.s[from] = '(';
	}
	return ok;
}

static bool
plain(fmt *f, const rg_expr *e, bool is_operand)
{
	switch ((enum rg_expr_kind)e->kind) {
	case RG_E_SOME: return some(f, e);
	case RG_E_EVERY: return every(f, e);
	case RG_E_BODY: return e->braced ? not_body(f, e) : not_group(f, e);
	case RG_E_AND:
	case RG_E_OR: return logical(f, e);
	case RG_E_TERM: break;
	}
	fmt_add(f, e->negated ? "not " : "");
	return value(f, e->term, e->negated ? e->closed : is_operand);
}

/* The row on which the statement's own terms end, before `with`. */
static int
terms_row(const fmt *f, const rg_expr *e)
{
	rg_loc loc = e->loc;
	if (e->nwith && e->with[0].loc.off > loc.off)
		loc.end = e->with[0].loc.off;
	while (loc.end > loc.off && strchr(" \t\r\n", f->source.s[loc.end - 1]))
		loc.end--;
	return fmt_last_row(f, &loc);
}

static void
with(fmt *f, const rg_with *w, bool indented)
{
	if (!fmt_comments(f, w->loc.row))
		return;
	if (!f->in_line)
		fmt_start_line(f);
	fmt_add(f, indented ? "with " : " with ");
	(void)fmt_term(f, w->target);
	fmt_add(f, " as ");
	(void)fmt_term(f, w->value);
}

bool
fmt_expr(fmt *f, const rg_expr *e)
{
	bool indented = false;
	int row = terms_row(f, e);
	if (!fmt_comments(f, e->loc.row))
		return false;
	if (!f->in_line)
		fmt_start_line(f);
	bool ok = plain(f, e, false);
	for (uint32_t i = 0; i < e->nwith; i++) {
		bool below = e->with[i].loc.row > row;
		if (below && !indented)
			f->level++;
		indented = indented || below;
		if (below) {
			fmt_end_line(f);
			fmt_start_line(f);
			row = e->with[i].loc.row;
		}
		with(f, &e->with[i], below);
	}
	f->level -= indented;
	return ok;
}
