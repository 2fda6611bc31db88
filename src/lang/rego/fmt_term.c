/* fmt_term: terms, references, calls, collections, comprehensions. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/go/fmt.h"
#include "lang/rego/fmt.h"
#include "lang/rego/lex.h"

static bool term_in(fmt *f, const rg_term *t, bool parens);

/* ---- names ---- */

const char *
rg_infix(const char *name)
{
	static const char *const names[][2] = {
		{"eq", "="},   {"assign", ":="}, {"equal", "=="}, {"neq", "!="}, {"lt", "<"},
		{"lte", "<="}, {"gt", ">"},      {"gte", ">="},   {"plus", "+"}, {"minus", "-"},
		{"mul", "*"},  {"div", "/"},     {"rem", "%"},    {"and", "&"},  {"or", "|"},
	};
	for (size_t i = 0; i < PV_LEN(names); i++)
		if (pv_streq(names[i][0], name))
			return names[i][1];
	return NULL;
}

static const char *
infix_of(const rg_term *op)
{
	return op->kind == RG_VAR ? rg_infix(op->name) : NULL;
}

static bool
is_member(const rg_term *t)
{
	const char *name = t->kind == RG_CALL && t->args[0]->kind == RG_VAR ? t->args[0]->name : "";
	return pv_streq(name, "internal.member_2") || pv_streq(name, "internal.member_3");
}

static bool
is_union(const rg_term *t)
{
	return t->kind == RG_CALL && t->args[0]->kind == RG_VAR && pv_streq(t->args[0]->name, "or");
}

/* -x, which is told as 0 - x. */
static bool
is_signed(const rg_term *t)
{
	return t->kind == RG_CALL && t->args[0]->generated && t->args[1]->generated;
}

static bool
in_parens(const fmt *f, const rg_term *t)
{
	pv_str s = fmt_source(f, &t->loc);
	return s.len && *s.s == '(';
}

/* In the module's version: `and` and `or` are words where they stand between terms only. */
bool
fmt_is_keyword(const fmt *f, const char *name)
{
	switch (rg_word_of(name, strlen(name))) {
	case RG_WORD_NONE:
	case RG_WORD_AND:
	case RG_WORD_OR: return false;
	case RG_WORD_IN:
	case RG_WORD_EVERY:
	case RG_WORD_CONTAINS:
	case RG_WORD_IF: return f->v1 || f->ifs;
	default: return true;
	}
}

/* ---- references ---- */

static bool
path_element(fmt *f, const rg_term *t)
{
	if (t->kind == RG_CONST && t->val.type == PV_STRING) {
		bool bare = rg_is_name(pv_strv(&t->val)) && (t->dotted || !fmt_is_keyword(f, t->val.s));
		fmt_add(f, bare ? "." : "[");
		if (bare)
			fmt_add(f, t->val.s);
		else
			pv_go_quote(&f->b, pv_strv(&t->val), false);
		fmt_add(f, bare ? "" : "]");
		return true;
	}
	fmt_add(f, "[");
	bool ok = true;
	if (t->kind == RG_VAR)
		fmt_add(f, t->name[0] == '$' ? "_" : t->name);
	else
		ok = fmt_term(f, t);
	fmt_add(f, ok ? "]" : "\n]"); /* the comment that was kept goes up to the end of its line */
	return true;
}

bool
fmt_ref(fmt *f, rg_term *const *args, uint32_t n)
{
	bool ok = term_in(f, args[0], args[0]->kind == RG_CALL && in_parens(f, args[0]));
	for (uint32_t i = 1; i < n && ok; i++)
		ok = path_element(f, args[i]);
	return ok;
}

/* ---- collections ---- */

typedef struct list {
	rg_term *const *args;
	uint32_t n, width; /* items; terms of one: 2 for the members of objects */
	bool literal;      /* of a literal: a union in it is read as a comprehension without parentheses */
} list;

static bool
one_in_list(fmt *f, const rg_term *t, bool always)
{
	bool parens = is_union(t) && (always || in_parens(f, t));
	fmt_add(f, parens ? "(" : "");
	bool ok = fmt_term(f, t);
	fmt_add(f, parens ? ")" : "");
	return ok;
}

static bool
item(fmt *f, const list *l, uint32_t i)
{
	rg_term *const *at = l->args + (size_t)i * l->width;
	if (l->width == 1)
		return one_in_list(f, at[0], l->literal);
	bool ok = one_in_list(f, at[0], true);
	fmt_add(f, ": ");
	return ok && one_in_list(f, at[1], true);
}

/* Does a line break stand before the first item? */
static bool
breaks_before(const fmt *f, const list *l, const rg_loc *loc)
{
	pv_str all = fmt_source(f, loc), first = fmt_source(f, &l->args[0]->loc);
	const char *at = first.len ? memmem(all.s, all.len, first.s, first.len) : NULL;
	const char *end = at ? memchr(all.s, '\n', (size_t)(at - all.s)) : NULL;
	return end && end > all.s;
}

static bool
starts_line(const list *l, uint32_t i)
{
	return i > 0 && l->args[(size_t)i * l->width]->loc.row > l->args[(size_t)(i - 1) * l->width]->loc.row;
}

static uint32_t
count_lines(const list *l)
{
	uint32_t lines = 1;
	for (uint32_t i = 1; i < l->n; i++)
		lines += starts_line(l, i);
	return lines;
}

/* loc NULL: nothing is known of where it begins and ends but the row. */
static bool
items(fmt *f, const list *l, const rg_loc *loc, int row, int close)
{
	bool broken = count_lines(l) > 1, ok = true;
	if (!broken) {
		for (size_t i = f->at; i < f->comments.len; i++) {
			int at = PV_AT(fmt_comment, &f->comments, i)->row;
			if (at > row && at < close)
				return false;
		}
		broken = l->n > 0 && loc && breaks_before(f, l, loc);
	}
	if (broken) {
		f->delay = true;
		fmt_end_line(f);
		f->level++;
		fmt_start_line(f);
	}
	for (uint32_t i = 0; i < l->n && ok; i++) {
		if (starts_line(l, i)) {
			fmt_add(f, ",");
			fmt_end_line(f);
			fmt_start_line(f);
		} else if (i > 0) {
			fmt_add(f, ", ");
		}
		ok = item(f, l, i);
	}
	if (broken && ok) {
		fmt_add(f, ",");
		fmt_end_line(f);
		ok = fmt_comments(f, close);
		f->level--;
		fmt_start_line(f);
	}
	return ok;
}

bool
fmt_list(fmt *f, rg_term *const *args, uint32_t n, const rg_loc *loc, int close)
{
	list l = {args, n, 1, false};
	return items(f, &l, close < 0 ? NULL : loc, loc->row, close);
}

static bool
collection(fmt *f, const rg_term *t, char open, char close)
{
	bool object = t->kind == RG_OBJECT;
	list l = {t->args, object ? t->n / 2 : t->n, object ? 2 : 1, true};
	if (t->kind == RG_SET && t->n == 0) {
		fmt_add(f, "set()");
		return fmt_comments(f, fmt_closing(f, &t->loc, 0, 0, '(', ')'));
	}
	pv_buf_addc(&f->b, open);
	bool ok = items(f, &l, &t->loc, t->loc.row, fmt_closing(f, &t->loc, 0, 0, open, close));
	pv_buf_addc(&f->b, close);
	return ok;
}

/* ---- comprehensions ---- */

static bool
comprehension(fmt *f, const rg_term *t, char open, char close)
{
	const rg_term *head = t->args[t->n - 1];
	int row = t->args[0]->loc.row;
	bool ok = true, parens;
	pv_buf_addc(&f->b, open);
	if (t->kind == RG_OBJCOMP) {
		ok = one_in_list(f, t->args[0], true);
		fmt_add(f, ": ");
	} else if (row > t->loc.row) {
		fmt_end_line(f);
		fmt_start_line(f);
	}
	parens = head->kind == RG_CALL && (is_union(head) || is_signed(head) || in_parens(f, head));
	ok = ok && term_in(f, head, parens);
	fmt_add(f, " |");
	ok = ok && fmt_closure(f, open, close, t->body, t->kind == RG_OBJCOMP ? t->loc.row : row, &t->loc);
	pv_buf_addc(&f->b, close);
	return ok;
}

/* ---- calls ---- */

/* An operand that is not the first one would be read as another's without parentheses. */
static bool
in_operand(fmt *f, const rg_term *t, const char *before)
{
	bool parens = t->n == 3 && is_member(t);
	fmt_add(f, before);
	fmt_add(f, parens ? "(" : "");
	bool ok = term_in(f, t, true);
	fmt_add(f, parens ? ")" : "");
	return ok;
}

bool
fmt_in(fmt *f, const rg_term *t, bool parens)
{
	bool keyed = t->n == 4;
	fmt_add(f, keyed && parens ? "(" : "");
	bool ok = term_in(f, t->args[1], true);
	if (keyed)
		ok = ok && in_operand(f, t->args[2], ", ");
	ok = ok && in_operand(f, t->args[t->n - 1], " in ");
	fmt_add(f, keyed && parens ? ")" : "");
	return ok;
}

static bool
plain_call(fmt *f, const rg_term *t)
{
	const rg_term *op = t->args[0];
	bool ok = true;
	if (op->kind == RG_REF)
		ok = fmt_ref(f, op->args, op->n);
	else
		fmt_add(f, op->name);
	fmt_add(f, "(");
	ok = ok && fmt_list(f, t->args + 1, t->n - 1, &op->loc, -1);
	fmt_add(f, ")");
	return ok;
}

/* nested: a term of another; its operands get parentheses where they are calls too. */
bool
fmt_call(fmt *f, const rg_term *t, bool nested, bool parens)
{
	const char *infix = infix_of(t->args[0]);
	if (is_member(t))
		return fmt_in(f, t, nested);
	if (!infix || t->n < 3 || t->n > 4 || (t->n == 4 && nested))
		return plain_call(f, t);
	fmt_add(f, parens ? "(" : "");
	bool ok = true;
	if (t->n == 4) { /* plus(x, y, z) */
		f->rewrote = true;
		ok = fmt_term(f, t->args[3]);
		fmt_add(f, " = ");
	}
	ok = ok && (nested ? term_in(f, t->args[1], true) : fmt_term(f, t->args[1]));
	fmt_add(f, " ");
	fmt_add(f, infix);
	fmt_add(f, " ");
	ok = ok && (nested ? term_in(f, t->args[2], true) : fmt_term(f, t->args[2]));
	fmt_add(f, parens ? ")" : "");
	return ok;
}

/* ---- terms ---- */

static void
constant(fmt *f, const rg_term *t)
{
	pv_str s = fmt_source(f, &t->loc);
	bool kept = !t->generated && s.len && *s.s != '(';
	if (t->val.type <= PV_BOOL) {
		fmt_add(f, t->val.type == PV_NULL ? "null" : t->val.b ? "true" : "false");
	} else if (!kept && t->val.type == PV_STRING) {
		pv_go_quote(&f->b, pv_strv(&t->val), false);
	} else if (!kept) {
		fmt_add(f, pv_scalar_text(f->arena, &t->val));
	} else if (*s.s == '-') {
		fmt_add(f, "-");
		fmt_addn(f, pv_str_trim((pv_str){s.s + 1, s.len - 1}));
	} else {
		fmt_addn(f, s);
	}
}

static bool
term_in(fmt *f, const rg_term *t, bool parens)
{
	bool ok = fmt_comments(f, t->loc.row);
	if (!ok)
		return false;
	if (!f->in_line)
		fmt_start_line(f);
	switch ((enum rg_term_kind)t->kind) {
	case RG_CONST: constant(f, t); break;
	case RG_VAR: fmt_add(f, t->name[0] == '$' ? "_" : t->name); break;
	case RG_REF: ok = fmt_ref(f, t->args, t->n); break;
	case RG_CALL: ok = fmt_call(f, t, true, parens); break;
	case RG_ARRAY: ok = collection(f, t, '[', ']'); break;
	case RG_SET:
	case RG_OBJECT: ok = collection(f, t, '{', '}'); break;
	case RG_ARRAYCOMP: ok = comprehension(f, t, '[', ']'); break;
	case RG_SETCOMP:
	case RG_OBJCOMP: ok = comprehension(f, t, '{', '}'); break;
	case RG_TEMPLATE: fmt_addn(f, fmt_source(f, &t->loc)); break;
	}
	if (ok && !f->in_line)
		fmt_start_line(f);
	return ok;
}

bool
fmt_term(fmt *f, const rg_term *t)
{
	size_t len = f->b.len, at = f->at;
	int level = f->level;
	if (term_in(f, t, false))
		return true;
	f->b.len = len;
	f->level = level;
	f->in_line = true;
	if (f->before_end && f->before_end->row >= t->loc.row &&
	    f->before_end->row <= fmt_last_row(f, &t->loc))
		f->before_end = NULL;
	fmt_unformatted(f, &t->loc, at);
	return false;
}
