/* Label selectors as text: the grammar of apimachinery's labels.Parse. */
#include <string.h>
#include "lang/selector/requirement.h"

enum token {
	T_END,
	T_WORD,
	T_BANG,
	T_NOT_EQUAL,
	T_EQUAL,
	T_EQUAL2,
	T_GREATER,
	T_LESS,
	T_OPEN,
	T_CLOSE,
	T_COMMA
};

struct lexer {
	pv_ctx *cx;
	const char *p;    /* behind the token */
	enum token token; /* looked at, not yet taken */
	pv_str text;
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
is_special(char c)
{
	return strchr("=!(),><", c) != NULL; /* and the NUL at the end */
}

/* Takes the token in sight and looks at the next. */
static void
advance(struct lexer *in)
{
	const char *start;

	while (is_space(*in->p))
		in->p++;
	start = in->p;
	switch (*in->p) {
	case '\0': in->token = T_END; break;
	case '!':
		in->token = in->p[1] == '=' ? T_NOT_EQUAL : T_BANG;
		in->p += in->token == T_NOT_EQUAL ? 2 : 1;
		break;
	case '=':
		in->token = in->p[1] == '=' ? T_EQUAL2 : T_EQUAL;
		in->p += in->token == T_EQUAL2 ? 2 : 1;
		break;
	case '(':
	case ')':
	case ',':
	case '>':
	case '<':
		in->token = *in->p == '('   ? T_OPEN
			    : *in->p == ')' ? T_CLOSE
			    : *in->p == ',' ? T_COMMA
			    : *in->p == '>' ? T_GREATER
					    : T_LESS;
		in->p++;
		break;
	default:
		in->token = T_WORD;
		while (!is_special(*in->p) && !is_space(*in->p))
			in->p++;
	}
	in->text = (pv_str){start, (size_t)(in->p - start)};
}

/* Between requirements. */
static int
misplaced(struct lexer *in, const char *wanted)
{
	return pv_fail(in->cx, PV_EBADREQUEST, "found '%.*s', expected: %s", (int)in->text.len, in->text.s,
		       wanted);
}

/* Inside one. */
static int
unexpected(struct lexer *in, const char *wanted)
{
	return pv_wrap(in->cx, misplaced(in, wanted), "unable to parse requirement");
}

static const char *
taken(struct lexer *in)
{
	const char *word = pv_strndup(in->cx->arena, in->text.s, in->text.len);

	advance(in);
	return word;
}

static bool
word_is(const struct lexer *in, const char *word)
{
	return in->token == T_WORD && pv_str_is(in->text, word);
}

static int
operator(struct lexer *in, struct requirement *q)
{
	static const struct {
		enum token token;
		enum op op;
	} signs[] = {
		{T_EQUAL, OP_EQUAL},     {T_EQUAL2, OP_EQUAL2}, {T_NOT_EQUAL, OP_NOT_EQUAL},
		{T_GREATER, OP_GREATER}, {T_LESS, OP_LESS},
	};

	for (size_t i = 0; i < PV_LEN(signs); i++)
		if (in->token == signs[i].token) {
			q->op = signs[i].op;
			advance(in);
			return 0;
		}
	if (!word_is(in, "in") && !word_is(in, "notin"))
		return unexpected(in, "in, notin, =, ==, !=, gt, lt");
	q->op = word_is(in, "in") ? OP_IN : OP_NOT_IN;
	advance(in);
	return 0;
}

/* "(a,b)"; what is left out between commas is the empty value, as upstream. */
static int
list(struct lexer *in, pv_vec *values)
{
	const char *value;

	if (in->token != T_OPEN)
		return unexpected(in, "'('");
	advance(in);
	for (;;) {
		value = in->token == T_WORD ? taken(in) : "";
		pv_vec_push(values, &value);
		if (in->token == T_CLOSE)
			break;
		if (in->token != T_COMMA)
			return unexpected(in, "',' or ')'");
		advance(in);
	}
	advance(in);
	return 0;
}

static int
values(struct lexer *in, struct requirement *q)
{
	pv_vec list_of;
	const char *value = "";
	int r = 0;

	pv_vec_init(&list_of, in->cx->arena, sizeof(value));
	if (q->op == OP_IN || q->op == OP_NOT_IN) {
		r = list(in, &list_of);
	} else if (in->token == T_WORD) {
		value = taken(in);
		pv_vec_push(&list_of, &value);
	} else if (in->token == T_END || in->token == T_COMMA) {
		pv_vec_push(&list_of, &value);
	} else {
		r = unexpected(in, "identifier");
	}
	if (r == 0)
		requirement_set_values(q, &list_of);
	return r;
}

static int
requirement(struct lexer *in, struct requirement *q)
{
	bool absent = in->token == T_BANG;
	int r;

	*q = (struct requirement){.op = absent ? OP_ABSENT : OP_EXISTS};
	if (absent)
		advance(in);
	if (in->token != T_WORD)
		return unexpected(in, "identifier");
	q->key = taken(in);
	r = requirement_check_key(in->cx, pv_str_of(q->key));
	if (r < 0 || absent || in->token == T_END || in->token == T_COMMA)
		return r;
	r = operator(in, q);
	if (r == 0)
		r = values(in, q);
	return r < 0 ? r : requirement_check(in->cx, q);
}

int
pv_selector_parse(pv_ctx *cx, const char *text, pv_selector **ret)
{
	struct lexer in = {.cx = cx, .p = text};
	struct requirement q;
	pv_vec requirements;
	int r = 0;

	pv_vec_init(&requirements, cx->arena, sizeof(q));
	advance(&in);
	while (in.token != T_END) {
		if (in.token != T_WORD && in.token != T_BANG)
			return misplaced(&in, "!, identifier, or 'end of string'");
		r = requirement(&in, &q);
		if (r < 0)
			return r;
		pv_vec_push(&requirements, &q);
		if (in.token == T_END)
			break;
		if (in.token != T_COMMA)
			return misplaced(&in, "',' or 'end of string'");
		advance(&in);
		if (in.token != T_WORD && in.token != T_BANG)
			return misplaced(&in, "identifier after ','");
	}
	*ret = selector_new(cx->arena, &requirements);
	return 0;
}
