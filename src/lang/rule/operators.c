/* operators: what stands between operands, weakest first. */
#include <ctype.h>

#include "lang/rule/inside.h"

#define DEPTH 40

/* What stands on the right of = : a bare word is a text. */
static int
wanted(pv_rule_reader *r, const pv_expr **ret)
{
	pv_str name;
	size_t at;
	rule_skip(r);
	if (!isalpha((unsigned char)rule_peek(r)))
		return rule_operand(r, ret);
	at = r->at;
	if (pv_rule_word(r, "-", "a value", &name) < 0)
		return -PV_EINVALID;
	if (rule_peek(r) == '(' || pv_str_is(name, "true") || pv_str_is(name, "false") ||
	    pv_str_is(name, "null")) {
		r->at = at;
		return rule_operand(r, ret);
	}
	*ret = rule_word(r, name);
	return 0;
}

static const pv_expr *
two(pv_rule_reader *r, enum op op, const pv_expr *a, const pv_expr *b)
{
	pv_expr *e = rule_node(r, op, 2);
	e->args[0] = a;
	e->args[1] = b;
	return e;
}

static int
sum(pv_rule_reader *r, const pv_expr **ret)
{
	const pv_expr *b;
	int result = rule_operand(r, ret);
	while (result == 0) {
		enum op op = pv_rule_accept(r, "+ ") ? PLUS : pv_rule_accept(r, "- ") ? MINUS : LITERAL;
		if (op == LITERAL)
			return 0;
		result = rule_operand(r, &b);
		if (result == 0)
			*ret = two(r, op, *ret, b);
	}
	return result;
}

static int
otherwise(pv_rule_reader *r, const pv_expr **ret)
{
	const pv_expr *b;
	int result = sum(r, ret);
	while (result == 0 && pv_rule_accept(r, "??")) {
		result = sum(r, &b);
		if (result == 0)
			*ret = two(r, OTHERWISE, *ret, b);
	}
	return result;
}

static int
alternatives(pv_rule_reader *r, enum op op, const pv_expr **ret)
{
	pv_vec args;
	pv_expr *e;
	pv_vec_init(&args, r->arena, sizeof(const pv_expr *));
	pv_vec_push(&args, ret);
	do {
		const pv_expr *b;
		int result = wanted(r, &b);
		if (result < 0)
			return result;
		pv_vec_push(&args, &b);
	} while (pv_rule_accept(r, "|"));
	e = rule_node(r, op, 0);
	e->n = args.len;
	e->args = pv_vec_copy(&args, r->arena);
	*ret = e;
	return 0;
}

static int
comparison(pv_rule_reader *r, const pv_expr **ret)
{
	static const struct {
		const char *sign;
		enum op op;
	} signs[] = {{"<=", LESS_EQUAL}, {">=", MORE_EQUAL}, {"<", LESS}, {">", MORE}, {"~", LIKE}};
	const pv_expr *b;
	int result = otherwise(r, ret);
	if (result < 0)
		return result;
	if (pv_rule_accept(r, "!="))
		return alternatives(r, UNEQUAL, ret);
	if (pv_rule_accept(r, "="))
		return alternatives(r, EQUAL, ret);
	for (size_t i = 0; i < PV_LEN(signs); i++)
		if (pv_rule_accept(r, signs[i].sign)) {
			result = otherwise(r, &b);
			if (result == 0)
				*ret = two(r, signs[i].op, *ret, b);
			return result;
		}
	return 0;
}

static int
not_expr(pv_rule_reader *r, const pv_expr **ret)
{
	pv_expr *e;
	int result;
	if (!pv_rule_accept(r, "not"))
		return comparison(r, ret);
	if (++r->depth > DEPTH)
		return pv_rule_fail(r, "nested deeper than %d", DEPTH);
	result = not_expr(r, ret);
	r->depth--;
	if (result == 0) {
		e = rule_node(r, NOT, 1);
		e->args[0] = *ret;
		*ret = e;
	}
	return result;
}

static int
and_expr(pv_rule_reader *r, const pv_expr **ret)
{
	const pv_expr *b;
	int result = not_expr(r, ret);
	while (result == 0 && pv_rule_accept(r, "and")) {
		result = not_expr(r, &b);
		if (result == 0)
			*ret = two(r, AND, *ret, b);
	}
	return result;
}

static int
or_expr(pv_rule_reader *r, const pv_expr **ret)
{
	const pv_expr *b;
	int result = and_expr(r, ret);
	while (result == 0 && pv_rule_accept(r, "or")) {
		result = and_expr(r, &b);
		if (result == 0)
			*ret = two(r, OR, *ret, b);
	}
	return result;
}

int
pv_rule_expr(pv_rule_reader *r, const pv_expr **ret)
{
	int result;
	if (++r->depth > DEPTH)
		return pv_rule_fail(r, "nested deeper than %d", DEPTH);
	result = or_expr(r, ret);
	r->depth--;
	return result;
}
