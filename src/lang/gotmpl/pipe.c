/* pipe: pipelines, commands and their operands. */
#include <string.h>

#include "base/arena.h"
#include "lang/go/fmt.h"
#include "lang/gotmpl/parser.h"

/* The name as it was first declared: executions compare addresses. */
static const pv_str *
declared(const parser *p, pv_str name)
{
	for (size_t i = p->nvars; i > p->base; i--)
		if (pv_str_eq(p->vars[i - 1], name))
			return &p->vars[i - 1];
	return name.len == 1 ? &p->vars[0] : NULL;
}

pv_str
parser_declare(parser *p, pv_str name)
{
	const pv_str *known = p->nvars ? declared(p, name) : NULL;
	if (known != NULL)
		name = *known;
	if (p->nvars == p->cvars) {
		size_t cap = p->cvars ? p->cvars * 2 : 16;
		pv_str *vars = pv_new_array(p->arena, pv_str, cap);
		if (p->nvars)
			memcpy(vars, p->vars, p->nvars * sizeof *vars);
		p->vars = vars;
		p->cvars = cap;
	}
	p->vars[p->nvars++] = name;
	return name;
}

static const char *
quote(parser *p, pv_str s)
{
	pv_buf b;
	pv_buf_init(&b, p->arena);
	pv_go_quote(&b, s, false);
	return b.s;
}

/* The room doubles at each power of two. */
static void
names_add(parser *p, node *n, pv_str name)
{
	if ((n->nnames & (n->nnames - 1)) == 0) {
		pv_str *names = pv_alloc(p->arena, (n->nnames ? n->nnames * 2u : 1u) * sizeof(pv_str));
		if (n->nnames)
			memcpy(names, n->names, n->nnames * sizeof *names);
		n->names = names;
	}
	n->names[n->nnames++] = name;
}

static node *
field(parser *p, token t)
{
	node *n = parser_node(p, N_FIELD, t.pos);
	names_add(p, n, (pv_str){t.val.s + 1, t.val.len - 1});
	return n;
}

static node *
variable(parser *p, token t)
{
	const pv_str *known = declared(p, t.val);
	node *n = parser_node(p, N_VARIABLE, t.pos);
	if (known == NULL)
		return parser_fail(p, "undefined variable %s", quote(p, t.val));
	names_add(p, n, *known);
	return n;
}

static node *
number_node(parser *p, token t)
{
	node *n = parser_node(p, N_NUMBER, t.pos);
	number *num = pv_new(p->arena, number);
	const char *wrong = number_parse(p->arena, t.val, t.type == T_CHAR_CONST, num);
	n->text = t.val;
	n->num = num;
	return wrong ? parser_fail(p, "%s", wrong) : n;
}

static node *
string(parser *p, token t)
{
	node *n = parser_node(p, N_STRING, t.pos);
	n->quoted = t.val;
	n->value = (pv_str){t.val.s + 1, t.val.len - 2};
	if (memchr(n->value.s, '\\', n->value.len) || memchr(n->value.s, '\r', n->value.len))
		n->value.s = pv_go_unquote(p->arena, t.val, &n->value.len);
	return n->value.s ? n : parser_fail(p, "invalid syntax");
}

static node *
identifier(parser *p, token t)
{
	node *n = parser_node(p, N_IDENT, t.pos);
	n->text = t.val;
	n->fn = set_func(p->set, t.val);
	return n->fn ? n : parser_fail(p, "function %s not defined", quote(p, t.val));
}

static node *
parens(parser *p)
{
	if (p->parens >= PARSER_DEPTH)
		return parser_fail(p, "max expression depth exceeded");
	p->parens++;
	node *n = parse_pipe(p, "parenthesized pipeline", T_RIGHT_PAREN);
	p->parens--;
	return n;
}

/* NULL without an error: the next token is no term. */
static node *
term(parser *p)
{
	token t = parser_word(p);
	switch (t.type) {
	case T_IDENT: return identifier(p, t);
	case T_DOT: return parser_node(p, N_DOT, t.pos);
	case T_NIL: return parser_node(p, N_NIL, t.pos);
	case T_VARIABLE: return variable(p, t);
	case T_FIELD: return field(p, t);
	case T_BOOL: {
		node *n = parser_node(p, N_BOOL, t.pos);
		n->flag = t.val.len == 4;
		return n;
	}
	case T_CHAR_CONST:
	case T_COMPLEX:
	case T_NUMBER: return number_node(p, t);
	case T_LEFT_PAREN: return parens(p);
	case T_STRING:
	case T_RAW_STRING: return string(p, t);
	default: p->peeked++; return NULL;
	}
}

static bool
takes_fields(const node *n)
{
	return n->type == N_FIELD || n->type == N_VARIABLE || n->type == N_IDENT || n->type == N_PIPE;
}

static node *
operand(parser *p)
{
	node *n = term(p);
	if (n == NULL || parser_peek(p).type != T_FIELD)
		return n;
	uint32_t pos = parser_peek(p).pos;
	bool fits = takes_fields(n);
	if (n->type == N_IDENT || n->type == N_PIPE) {
		node *chain = parser_node(p, N_CHAIN, pos);
		chain->of = n;
		n = chain;
	} else if (fits) {
		n->pos = pos;
	}
	pv_buf b;
	pv_buf_init(&b, p->arena);
	if (!fits)
		node_print(&b, n);
	while (parser_peek(p).type == T_FIELD) {
		token t = parser_next(p);
		if (fits)
			names_add(p, n, (pv_str){t.val.s + 1, t.val.len - 1});
	}
	if (!fits)
		return parser_fail(p, "unexpected . after term %s", quote(p, (pv_str){b.s, b.len}));
	return n;
}

static node *
command(parser *p)
{
	node *cmd = parser_node(p, N_COMMAND, parser_peek_word(p).pos);
	size_t mark = p->stack.len;
	for (;;) {
		(void)parser_peek_word(p);
		node *arg = operand(p);
		if (p->error)
			return NULL;
		if (arg != NULL)
			pv_vec_push(&p->stack, &arg);
		token t = parser_next(p);
		if (t.type == T_SPACE)
			continue;
		if (t.type == T_RIGHT || t.type == T_RIGHT_PAREN)
			p->peeked++;
		else if (t.type != T_PIPE)
			return parser_unexpected(p, t, "operand");
		break;
	}
	if (p->stack.len == mark)
		return parser_fail(p, "empty command");
	return parser_adopt(p, cmd, mark);
}

/* $x := or $i, $x := in front of a pipeline; false after an error. */
static bool
declarations(parser *p, const char *context, node *pipe)
{
	for (;;) {
		token v = parser_peek_word(p);
		if (v.type != T_VARIABLE)
			return true;
		(void)parser_next(p);
		token after = parser_peek(p), next = parser_peek_word(p);
		bool comma = next.type == T_CHAR && pv_str_is(next.val, ",");
		if (next.type != T_ASSIGN && next.type != T_DECLARE && !comma) {
			if (after.type == T_SPACE) {
				p->tokens[1] = after;
				p->tokens[2] = v;
				p->peeked = 3;
			} else {
				p->tokens[1] = v;
				p->peeked = 2;
			}
			return true;
		}
		(void)parser_word(p);
		node *n = parser_node(p, N_VARIABLE, v.pos);
		names_add(p, n, parser_declare(p, v.val));
		pv_vec_push(&p->stack, &n);
		pipe->ndecl++;
		if (!comma) {
			pipe->flag = next.type == T_ASSIGN;
			return true;
		}
		if (!pv_streq(context, "range") || pipe->ndecl > 1)
			return parser_fail(p, "too many declarations in %s", context) != NULL;
		next = parser_peek_word(p);
		if (next.type != T_VARIABLE && next.type != T_RIGHT && next.type != T_RIGHT_PAREN)
			return parser_fail(p, "range can only initialize variables") != NULL;
	}
}

/* Only the first stage can be a value. */
static node *
checked(parser *p, const char *context, node *pipe)
{
	if (pipe->n == pipe->ndecl)
		return parser_fail(p, "missing value for %s", context);
	for (uint32_t i = pipe->ndecl + 1u; i < pipe->n; i++) {
		switch (pipe->kids[i]->kids[0]->type) {
		case N_BOOL:
		case N_DOT:
		case N_NIL:
		case N_NUMBER:
		case N_STRING:
			return parser_fail(p, "non executable command in pipeline stage %u",
					   i - pipe->ndecl + 1);
		default: break;
		}
	}
	return pipe;
}

node *
parse_pipe(parser *p, const char *context, enum token_type end)
{
	node *pipe = parser_node(p, N_PIPE, parser_peek_word(p).pos);
	size_t mark = p->stack.len;
	if (!declarations(p, context, pipe))
		return NULL;
	for (;;) {
		token t = parser_word(p);
		if (t.type == end)
			return checked(p, context, parser_adopt(p, pipe, mark));
		switch (t.type) {
		case T_BOOL:
		case T_CHAR_CONST:
		case T_COMPLEX:
		case T_DOT:
		case T_FIELD:
		case T_IDENT:
		case T_NUMBER:
		case T_NIL:
		case T_RAW_STRING:
		case T_STRING:
		case T_VARIABLE:
		case T_LEFT_PAREN: break;
		default: return parser_unexpected(p, t, context);
		}
		p->peeked++;
		node *cmd = command(p);
		if (cmd == NULL)
			return NULL;
		pv_vec_push(&p->stack, &cmd);
	}
}
