/* parse_term: terms: literals, references, calls, comprehensions, operators. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/rego/parse.h"
#include "lang/value/literal.h"

/* ---- operators ---- */

static const struct {
	const char *name;
	int level; /* the loosest: 1 */
} operators[] = {
	[RG_T_EQ] = {"equal", 1}, [RG_T_NE] = {"neq", 1},    [RG_T_LT] = {"lt", 1},   [RG_T_LE] = {"lte", 1},
	[RG_T_GT] = {"gt", 1},    [RG_T_GE] = {"gte", 1},    [RG_T_OR] = {"or", 2},   [RG_T_AND] = {"and", 3},
	[RG_T_ADD] = {"plus", 4}, [RG_T_SUB] = {"minus", 4}, [RG_T_MUL] = {"mul", 5}, [RG_T_DIV] = {"div", 5},
	[RG_T_MOD] = {"rem", 5},
};

static int
level_of(enum rg_tok tok)
{
	return (size_t)tok < PV_LEN(operators) ? operators[tok].level : 0;
}

/* Operators that bind as tightly as `level` or more.  left: already read, or NULL. */
static rg_term *
parse_level(rg_parser *p, int level, rg_term *left)
{
	int found;
	left = left ? left : rg_parse_primary(p);
	while (left && !p->failed && (found = level_of(p->lex.tok)) >= level) {
		const char *op = operators[p->lex.tok].name;
		rg_advance(p);
		rg_term *right = parse_level(p, found + 1, NULL);
		left = right ? rg_term_call(p, op, left, right, NULL) : NULL;
	}
	return p->failed ? NULL : left;
}

rg_term *
rg_parse_relation(rg_parser *p)
{
	return parse_level(p, 1, NULL);
}

static rg_term *
parse_in(rg_parser *p, rg_term *left, bool key_value)
{
	bool in_word = (p->keywords & RG_KW_IN) != 0;
	while (left && in_word && !p->failed) {
		if (key_value && p->lex.tok == RG_T_COMMA) {
			rg_parser saved = *p;
			p->trying++;
			rg_advance(p);
			rg_term *value = rg_parse_relation(p);
			if (!value || !rg_at_word(p, RG_WORD_IN))
				return rg_go_back(p, &saved) ? left : NULL;
			p->trying = saved.trying;
			rg_advance(p);
			rg_term *domain = rg_parse_relation(p);
			left = domain ? rg_term_call(p, "internal.member_3", left, value, domain) : NULL;
		} else if (rg_at_word(p, RG_WORD_IN)) {
			rg_advance(p);
			rg_term *domain = rg_parse_relation(p);
			left = domain ? rg_term_call(p, "internal.member_2", left, domain, NULL) : NULL;
		} else {
			break;
		}
	}
	return p->failed ? NULL : left;
}

rg_term *
rg_parse_infix(rg_parser *p, bool key_value)
{
	return parse_in(p, rg_parse_relation(p), key_value);
}

/* ---- lists ---- */

bool
rg_parse_list(rg_parser *p, enum rg_tok end, pv_vec *args)
{
	while (!p->failed && p->lex.tok != end) {
		rg_term *t = rg_parse_infix(p, false);
		if (!t)
			return false;
		pv_vec_push(args, &t);
		if (p->lex.tok != RG_T_COMMA)
			break;
		rg_advance(p);
		if (p->lex.tok == RG_T_COMMA)
			return rg_unexpected(p, "a term between commas");
	}
	if (!p->failed && p->lex.tok != end)
		return rg_unexpected(p, "\",\" or \"%s\"", rg_tok_text(end));
	rg_advance(p);
	return !p->failed;
}

/* Behind "[head" or "{head" or "{key: value" at a `|`: a comprehension's body and
 * its end; false (and the position put back) if it is a union instead. */
static bool
try_body(rg_parser *p, enum rg_tok end, rg_term *of)
{
	rg_body *body = of->body = pv_new(p->arena, rg_body);
	rg_parser saved = *p;
	p->trying++;
	rg_advance(p);
	bool ok = rg_parse_body(p, end, body);
	if (ok) {
		p->trying = saved.trying;
		rg_advance(p);
		return !p->failed;
	}
	/* Was it a union (`,` or the end behind a term)?  Then read it again as such.
	 * If not, read the body once more for its error. */
	bool list = p->lex.tok == RG_T_COMMA;
	if (!rg_go_back(p, &saved) || list)
		return false;
	rg_advance(p);
	return rg_parse_body(p, end, body);
}

static rg_term *
parse_array(rg_parser *p)
{
	rg_loc loc = p->lex.loc;
	pv_vec args;
	rg_term *room[RG_ROOM];
	pv_vec_init_in(&args, p->arena, sizeof *room, room, RG_ROOM);
	rg_advance(p);
	if (p->lex.tok != RG_T_RBRACK) {
		rg_term *head = rg_parse_primary(p); /* a comprehension's head is one term */
		if (!head)
			return NULL;
		if (p->lex.tok == RG_T_OR) {
			rg_term *t = rg_term_new(p, RG_ARRAYCOMP, &loc);
			if (try_body(p, RG_T_RBRACK, t)) {
				pv_vec_push(&args, &head);
				return rg_term_args(p, t, &args);
			}
		}
		head = p->failed ? NULL : parse_in(p, parse_level(p, 1, head), false);
		if (!head)
			return NULL;
		pv_vec_push(&args, &head);
		if (p->lex.tok == RG_T_COMMA)
			rg_advance(p);
		else if (p->lex.tok != RG_T_RBRACK)
			return rg_unexpected(p, "\",\" or \"]\"");
	}
	if (!rg_parse_list(p, RG_T_RBRACK, &args))
		return NULL;
	return rg_term_args(p, rg_term_new(p, RG_ARRAY, &loc), &args);
}

/* Behind "{key": ": value ..." */
static rg_term *
parse_object(rg_parser *p, const rg_loc *loc, rg_term *key)
{
	pv_vec args;
	rg_term *room[RG_ROOM];
	pv_vec_init_in(&args, p->arena, sizeof *room, room, RG_ROOM);
	for (bool first = true;; first = false) {
		if (!first)
			key = rg_parse_infix(p, false);
		if (!key || !rg_expect(p, RG_T_COLON, "\":\" behind the object's key"))
			return NULL;
		pv_vec_push(&args, &key);
		rg_term *val = first ? rg_parse_primary(p) : rg_parse_infix(p, false);
		if (first && val && p->lex.tok == RG_T_OR) {
			rg_term *t = rg_term_new(p, RG_OBJCOMP, loc);
			if (try_body(p, RG_T_RBRACE, t)) {
				pv_vec_push(&args, &val);
				return rg_term_args(p, t, &args);
			}
		}
		if (first && val && !p->failed)
			val = parse_in(p, parse_level(p, 1, val), false);
		if (!val || p->failed)
			return NULL;
		pv_vec_push(&args, &val);
		if (p->lex.tok == RG_T_COMMA)
			rg_advance(p);
		else if (p->lex.tok != RG_T_RBRACE)
			return rg_unexpected(p, "\",\" or \"}\"");
		if (p->lex.tok == RG_T_RBRACE)
			break;
	}
	rg_advance(p);
	return rg_term_args(p, rg_term_new(p, RG_OBJECT, loc), &args);
}

static rg_term *
parse_braces(rg_parser *p)
{
	rg_loc loc = p->lex.loc;
	pv_vec args;
	rg_term *room[RG_ROOM];
	pv_vec_init_in(&args, p->arena, sizeof *room, room, RG_ROOM);
	rg_advance(p);
	if (p->lex.tok == RG_T_RBRACE) {
		rg_advance(p);
		return rg_term_new(p, RG_OBJECT, &loc);
	}
	rg_term *head = rg_parse_primary(p);
	if (!head)
		return NULL;
	if (p->lex.tok == RG_T_OR) {
		rg_term *t = rg_term_new(p, RG_SETCOMP, &loc);
		if (try_body(p, RG_T_RBRACE, t)) {
			pv_vec_push(&args, &head);
			return rg_term_args(p, t, &args);
		}
	}
	head = p->failed ? NULL : parse_in(p, parse_level(p, 1, head), false);
	if (!head)
		return NULL;
	if (p->lex.tok == RG_T_COLON)
		return parse_object(p, &loc, head);
	pv_vec_push(&args, &head);
	if (p->lex.tok == RG_T_COMMA)
		rg_advance(p);
	else if (p->lex.tok != RG_T_RBRACE)
		return rg_unexpected(p, "\",\", \":\" or \"}\"");
	if (!rg_parse_list(p, RG_T_RBRACE, &args))
		return NULL;
	return rg_term_args(p, rg_term_new(p, RG_SET, &loc), &args);
}

/* ---- primaries ---- */

static rg_term *
parse_number(rg_parser *p, bool negative)
{
	rg_loc loc = p->lex.loc;
	rg_term *t = rg_term_new(p, RG_CONST, &loc);
	size_t len = loc.end - loc.off;
	const char *s = p->lex.s + loc.off;
	char *text = pv_printf(p->arena, "%s%.*s", negative ? "-" : "", (int)len, s);
	if (!pv_literal(p->arena, text, strlen(text), &t->val))
		return rg_syntax(p, &loc, "illegal number format");
	rg_advance(p);
	return t;
}

static rg_term *
parse_string(rg_parser *p)
{
	rg_loc loc = p->lex.loc;
	const char *error;
	size_t len;
	const char *s = rg_unquote(p->arena, p->lex.s + loc.off + 1, loc.end - loc.off - 2,
				   p->lex.tok == RG_T_RAW, &len, &error);
	if (!s)
		return rg_syntax(p, &loc, "%s", error);
	rg_advance(p);
	return rg_term_string(p, &loc, s, len);
}

static rg_term *
parse_identifier(rg_parser *p)
{
	rg_loc loc = p->lex.loc;
	const char *s = p->lex.s + loc.off;
	size_t len = loc.end - loc.off;
	rg_term *t;
	if (rg_at_word(p, RG_WORD_NULL) || rg_at_word(p, RG_WORD_TRUE) || rg_at_word(p, RG_WORD_FALSE)) {
		t = rg_term_new(p, RG_CONST, &loc);
		t->val = *s == 'n' ? pv_null() : pv_bool(*s == 't');
		rg_advance(p);
		return t;
	}
	if (rg_is_keyword(p))
		return rg_unexpected_here(p);
	if (len == 1 && *s == '_') {
		rg_advance(p);
		return rg_term_wildcard(p, &loc);
	}
	t = rg_term_new(p, RG_VAR, &loc);
	t->name = pv_strndup(p->arena, s, len);
	rg_advance(p);
	if (pv_streq(t->name, "set") && p->lex.tok == RG_T_LPAREN && !p->lex.space) {
		rg_advance(p);
		t->kind = RG_SET;
		if (!rg_expect(p, RG_T_RPAREN, "\")\": set() takes no arguments"))
			return NULL;
	}
	return t;
}

/* Of a number that is written out a part of it; before a name, a reference or a call 0 - x. */
static rg_term *
parse_minus(rg_parser *p)
{
	rg_loc sign = p->lex.loc;
	rg_advance(p);
	if (p->lex.tok == RG_T_NUMBER)
		return parse_number(p, true);
	if (p->lex.tok != RG_T_IDENT || rg_is_keyword(p))
		return rg_unexpected(p, "a number, a name or a call behind the sign");
	rg_term *of = rg_parse_primary(p), *zero = rg_term_new(p, RG_CONST, &sign);
	zero->val = pv_int(0);
	zero->generated = true;
	return of ? rg_term_call(p, "minus", zero, of, NULL) : NULL;
}

static rg_term *
parse_head(rg_parser *p)
{
	rg_term *t;
	switch ((int)p->lex.tok) {
	case RG_T_IDENT: return parse_identifier(p);
	case RG_T_NUMBER: return parse_number(p, false);
	case RG_T_SUB: return parse_minus(p);
	case RG_T_STRING:
	case RG_T_RAW: return parse_string(p);
	case RG_T_TEMPLATE:
	case RG_T_RAWTEMPLATE: return rg_parse_template(p);
	case RG_T_LBRACK: return parse_array(p);
	case RG_T_LBRACE: return parse_braces(p);
	case RG_T_LPAREN:
		rg_advance(p);
		t = rg_parse_infix(p, true);
		return t && rg_expect(p, RG_T_RPAREN, ")") ? t : NULL;
	default: return rg_unexpected(p, "a term");
	}
}

rg_term *
rg_parse_primary(rg_parser *p)
{
	if (!rg_enter(p))
		return NULL;
	rg_loc loc = p->lex.loc;
	rg_term *t = parse_head(p);
	if (t)
		t->loc = (rg_loc){loc.row, loc.col, loc.off, p->last_end};
	if (t && !p->failed)
		t = rg_parse_path(p, t, true);
	rg_leave(p);
	return p->failed ? NULL : t;
}

/* ---- references and calls ---- */

static rg_term *
finish_ref(rg_parser *p, rg_term *head, pv_vec *path)
{
	if (path->len == 0)
		return head;
	rg_term *ref = rg_term_new(p, RG_REF, &head->loc);
	ref->loc.end = p->last_end;
	ref->n = (uint32_t)path->len + 1;
	ref->args = pv_new_array(p->arena, rg_term *, ref->n);
	ref->args[0] = head;
	memcpy(ref->args + 1, path->data, path->len * sizeof *ref->args);
	path->len = 0;
	return rg_term_grown(p, ref);
}

static rg_term *
parse_dotted(rg_parser *p)
{
	rg_advance(p);
	if (p->lex.tok != RG_T_IDENT || p->lex.space)
		return rg_unexpected(p, "a name behind the dot");
	rg_term *t =
		rg_term_string(p, &p->lex.loc, p->lex.s + p->lex.loc.off, p->lex.loc.end - p->lex.loc.off);
	t->dotted = true;
	rg_advance(p);
	return t;
}

static rg_term *
parse_arguments(rg_parser *p, rg_term *function)
{
	rg_term *call = rg_term_new(p, RG_CALL, &function->loc), *room[RG_ROOM];
	pv_vec args;
	if (function->kind != RG_VAR && function->kind != RG_REF)
		return rg_syntax(p, &function->loc, "expected a function's name before \"(\"");
	pv_vec_init_in(&args, p->arena, sizeof *room, room, RG_ROOM);
	pv_vec_push(&args, &function);
	rg_advance(p);
	if (!rg_parse_list(p, RG_T_RPAREN, &args))
		return NULL;
	call->loc.end = p->last_end;
	return rg_term_args(p, call, &args);
}

rg_term *
rg_parse_path(rg_parser *p, rg_term *head, bool calls)
{
	rg_term *room[RG_ROOM];
	pv_vec path; /* what follows the head */
	pv_vec_init_in(&path, p->arena, sizeof *room, room, RG_ROOM);
	while (!p->failed && !p->lex.space) {
		rg_term *t = NULL;
		if (p->lex.tok == RG_T_DOT) {
			t = parse_dotted(p);
		} else if (p->lex.tok == RG_T_LBRACK) {
			rg_advance(p);
			t = rg_parse_infix(p, false);
			if (!t || !rg_expect(p, RG_T_RBRACK, "\"]\""))
				return NULL;
		} else if (p->lex.tok == RG_T_LPAREN && calls) {
			head = finish_ref(p, head, &path);
			head = head ? parse_arguments(p, head) : NULL;
			if (!head)
				return NULL;
			continue;
		} else {
			break;
		}
		if (t)
			pv_vec_push(&path, &t);
	}
	return p->failed ? NULL : finish_ref(p, head, &path);
}
