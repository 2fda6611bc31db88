/* parse: expressions, by the precedence of operators.
 * https://expr-lang.org/docs/language-definition */
#include "base/arena.h"
#include "base/str.h"
#include "lang/expr/inside.h"

#define DEPTH_MOST 100
#define TEXT_MOST 65536
#define COMES_LAST 500 /* ?? binds closest */

static const struct rank {
	const char *sign;
	int precedence;
	uint8_t op, two;
	bool right;
} operators[] = {
	{"or", 10, X_OR, 0, false},
	{"||", 10, X_OR, 0, false},
	{"and", 15, X_AND, 0, false},
	{"&&", 15, X_AND, 0, false},
	{"==", 20, X_BINARY, TWO_EQ, false},
	{"!=", 20, X_BINARY, TWO_NE, false},
	{"<", 20, X_BINARY, TWO_LT, false},
	{">", 20, X_BINARY, TWO_GT, false},
	{">=", 20, X_BINARY, TWO_GE, false},
	{"<=", 20, X_BINARY, TWO_LE, false},
	{"in", 20, X_BINARY, TWO_IN, false},
	{"matches", 20, X_BINARY, TWO_MATCHES, false},
	{"contains", 20, X_BINARY, TWO_CONTAINS, false},
	{"startsWith", 20, X_BINARY, TWO_STARTS, false},
	{"endsWith", 20, X_BINARY, TWO_ENDS, false},
	{"..", 25, X_BINARY, TWO_RANGE, false},
	{"+", 30, X_BINARY, TWO_ADD, false},
	{"-", 30, X_BINARY, TWO_SUB, false},
	{"*", 60, X_BINARY, TWO_MUL, false},
	{"/", 60, X_BINARY, TWO_DIV, false},
	{"%", 60, X_BINARY, TWO_MOD, false},
	{"**", 100, X_BINARY, TWO_POW, true},
	{"^", 100, X_BINARY, TWO_POW, true},
	{"??", COMES_LAST, X_COALESCE, 0, false},
};

static int
unary(ex_parser *p, const pv_ex **ret)
{
	bool not = ex_is(p, "not") || ex_is(p, "!"), minus = ex_is(p, "-");
	const pv_ex *of;
	pv_ex *e;
	int r;
	if (not || minus || ex_is(p, "+")) {
		e = ex_node(p, not ? X_NOT : minus ? X_MINUS : X_PLUS, 1);
		r = ex_step(p);
		r = r < 0 ? r : ex_expression(p, not ? 50 : 90, &e->kids[0]);
		*ret = e;
		return r;
	}
	r = ex_primary(p, &of);
	return r < 0 ? r : ex_postfix(p, of, ret);
}

static const struct rank *
operator_at(const ex_parser *p)
{
	for (size_t i = 0; i < PV_LEN(operators); i++)
		if (ex_is(p, operators[i].sign))
			return &operators[i];
	return NULL;
}

bool
ex_is_operator(const ex_parser *p)
{
	return operator_at(p) != NULL;
}

/* a | upper() */
static int
piped(ex_parser *p, const pv_ex *left, const pv_ex **ret)
{
	const ex_builtin *fn;
	pv_ex *e;
	int r = ex_step(p);
	if (r < 0)
		return r;
	fn = p->l.type == T_WORD ? ex_builtin_find(p->l.token) : NULL;
	e = ex_node(p, X_NAME, 0);
	e->name = p->l.token;
	if (!fn)
		return ex_unexpected(p, "a built-in function");
	r = ex_step(p);
	r = r < 0 ? r : ex_builtin_call(p, e, fn, left, ret);
	return r < 0 ? r : ex_postfix(p, *ret, ret);
}

/* One operator and what is right of it; *ret_more false: there is none that binds as close. */
static int
binary(ex_parser *p, int least, const pv_ex **left, bool *ret_more)
{
	bool not = ex_is(p, "not");
	ex_lex before = p->l;
	const struct rank *op;
	pv_ex *e, *negated = NULL;
	int r = 0;
	*ret_more = false;
	if (least == 0 && ex_is(p, "|")) {
		*ret_more = true;
		return piped(p, *left, left);
	}
	if (not &&(r = ex_step(p)) < 0)
		return r;
	op = operator_at(p);
	if (!op || op->precedence < least || (not &&(op->two < TWO_IN || op->op != X_BINARY))) {
		p->l = before;
		return 0;
	}
	*ret_more = true;
	e = ex_node(p, op->op, 2);
	e->two = op->two;
	e->kids[0] = *left;
	r = ex_step(p);
	r = r < 0 ? r : ex_expression(p, op->right ? op->precedence : op->precedence + 1, &e->kids[1]);
	if (not ) {
		negated = ex_node(p, X_NOT, 1);
		negated->kids[0] = e;
	}
	*left = not ? negated : e;
	return r;
}

/* a ? b : c, a ?: c */
static int
choice(ex_parser *p, const pv_ex **ret)
{
	pv_ex *e = ex_node(p, X_CHOICE, 3);
	bool brief = ex_is(p, "?:");
	int r = ex_step(p);
	e->kids[0] = *ret;
	e->kids[1] = *ret;
	if (r == 0 && !brief) {
		r = ex_expression(p, 0, &e->kids[1]);
		r = r < 0 ? r : ex_expect(p, ":");
	}
	*ret = e;
	return r < 0 ? r : ex_expression(p, 0, &e->kids[2]);
}

static int
let(ex_parser *p, const pv_ex **ret)
{
	pv_ex *e = ex_node(p, X_LET, 2);
	int r = ex_step(p);
	if (r == 0 && p->l.type != T_WORD)
		return ex_unexpected(p, "a name");
	e->name = p->l.token;
	r = r < 0 ? r : ex_step(p);
	r = r < 0 ? r : ex_expect(p, "=");
	r = r < 0 ? r : ex_expression(p, 0, &e->kids[0]);
	r = r < 0 ? r : ex_expect(p, ";");
	*ret = e;
	return r < 0 ? r : ex_expression(p, 0, &e->kids[1]);
}

int
ex_expression(ex_parser *p, int least, const pv_ex **ret)
{
	bool more = true;
	int r;
	if (++p->depth > DEPTH_MOST)
		return ex_fail(&p->l, "expressions more than %d within one another", DEPTH_MOST);
	if (least == 0 && ex_is(p, "let")) {
		r = let(p, ret);
		p->depth--;
		return r;
	}
	r = unary(p, ret);
	while (r == 0 && more)
		r = binary(p, least, ret, &more);
	while (r == 0 && least == 0 && (ex_is(p, "?") || ex_is(p, "?:")))
		r = choice(p, ret);
	p->depth--;
	return r;
}

int
pv_ex_parse(pv_ctx *cx, pv_arena *arena, pv_str text, const pv_ex **ret)
{
	ex_parser p = {.l = {.cx = cx, .arena = arena, .text = text, .line = 1, .column = 1}};
	int r;
	if (text.len > TEXT_MOST)
		return pv_fail(cx, PV_ETOOLARGE, "an expression of more than %d bytes", TEXT_MOST);
	r = ex_step(&p);
	r = r < 0 ? r : ex_expression(&p, 0, ret);
	return r == 0 && p.l.type != T_END ? ex_unexpected(&p, "the end") : r;
}
