/* The grammar of the CEL specification, by recursive descent.  Positions are those
 * of cel-go: operators at their token, calls at their parenthesis. */
#include "lang/cel/lex.h"
#include <string.h>

#define DEPTH 250 /* cel-go's */

typedef struct parser {
	issues *is;
	token t;
	uint32_t next;
	unsigned depth;
	bool failed;
} parser;

static node *expr(parser *p);

static void
step(parser *p)
{
	p->t = cel_lex(p->is, &p->next);
	while (p->t.kind == K_BAD) {
		issue(p->is, p->t.pos, "Syntax error: token recognition error at: '%.*s'", (int)p->t.text.len,
		      p->t.text.s);
		p->failed = true;
		p->t = cel_lex(p->is, &p->next);
	}
}

static node *
fail(parser *p, const char *expecting)
{
	if (!p->failed)
		issue(p->is, p->t.pos, "Syntax error: mismatched input '%.*s' expecting %s",
		      (int)p->t.text.len, p->t.text.s, expecting);
	p->failed = true;
	return cel_node(p->is->arena, N_LITERAL, p->t.pos, 0);
}

static bool
is_op(const parser *p, const char *op)
{
	return p->t.kind == K_OP && pv_str_is(p->t.text, op);
}

static bool
take(parser *p, const char *op)
{
	if (!is_op(p, op))
		return false;
	step(p);
	return true;
}

static void
need(parser *p, const char *op)
{
	if (!take(p, op))
		fail(p, op[0] == ')' ? "')'" : op[0] == ']' ? "']'" : op[0] == '}' ? "'}'" : "':'");
}

node *
cel_node(pv_arena *arena, enum node_kind kind, uint32_t pos, size_t n)
{
	node *x = pv_new(arena, node);
	x->kind = (uint8_t)kind;
	x->pos = pos;
	x->n = (uint32_t)n;
	x->args = n ? pv_new_array(arena, node *, n) : NULL;
	return x;
}

bool
cel_path(pv_arena *arena, const node *n, pv_str *ret)
{
	size_t len = 0;
	const node *root = n;
	for (; root->kind == N_SELECT; root = root->args[0])
		len += root->name.len + 1;
	if (root->kind != N_IDENT)
		return false;
	len += root->name.len;
	char *text = pv_alloc(arena, len + 1), *at = text + len;
	*ret = (pv_str){text, len};
	for (*at = '\0';; n = n->args[0]) { /* a chain may be long: no recursion */
		at -= n->name.len;
		memcpy(at, n->name.s, n->name.len);
		if (n == root)
			return true;
		*--at = '.';
	}
}

static node *
call(parser *p, const char *name, uint32_t pos, node *a, node *b)
{
	node *x = cel_node(p->is->arena, N_CALL, pos, b ? 2 : 1);
	x->name = pv_str_of(name);
	x->args[0] = a;
	if (b)
		x->args[1] = b;
	return x;
}

/* ---- lists of things ---- */

typedef struct parts {
	pv_vec nodes, optional;
	bool any; /* one is optional */
} parts;

static void
parts_init(parser *p, parts *of)
{
	pv_vec_init(&of->nodes, p->is->cx->arena, sizeof(node *));
	pv_vec_init(&of->optional, p->is->cx->arena, sizeof(bool));
	of->any = false;
}

static void
parts_add(parts *of, node *x, bool optional)
{
	pv_vec_push(&of->nodes, &x);
	pv_vec_push(&of->optional, &optional);
	of->any |= optional;
}

static node *
parts_end(parser *p, const parts *of, enum node_kind kind, uint32_t pos)
{
	node *x = cel_node(p->is->arena, kind, pos, of->nodes.len);
	if (of->nodes.len)
		memcpy(x->args, of->nodes.data, of->nodes.len * sizeof(node *));
	if (of->any) {
		x->optional = pv_new_array(p->is->arena, bool, of->nodes.len);
		memcpy(x->optional, of->optional.data, of->nodes.len * sizeof(bool));
	}
	return x;
}

static node *
list(parser *p)
{
	uint32_t pos = p->t.pos;
	parts all;
	parts_init(p, &all);
	step(p);
	while (!is_op(p, "]") && !p->failed) {
		bool optional = take(p, "?");
		parts_add(&all, expr(p), optional);
		if (!take(p, ","))
			break;
	}
	need(p, "]");
	return parts_end(p, &all, N_LIST, pos);
}

static node *
map(parser *p)
{
	uint32_t pos = p->t.pos;
	parts all;
	parts_init(p, &all);
	step(p);
	while (!is_op(p, "}") && !p->failed) {
		bool optional = take(p, "?");
		parts_add(&all, expr(p), optional);
		need(p, ":");
		parts_add(&all, expr(p), optional);
		if (!take(p, ","))
			break;
	}
	need(p, "}");
	return parts_end(p, &all, N_MAP, pos);
}

/* Name{field: value}: the fields' names are literals in args. */
static node *
structure(parser *p, pv_str name)
{
	uint32_t pos = p->t.pos;
	parts all;
	parts_init(p, &all);
	step(p);
	while (!is_op(p, "}") && !p->failed) {
		bool optional = take(p, "?");
		node *key = cel_node(p->is->arena, N_LITERAL, p->t.pos, 0);
		key->value = v_str(p->t.text);
		if (p->t.kind != K_IDENT && p->t.kind != K_QUOTED && p->t.kind != K_WORD)
			fail(p, "{'}', IDENTIFIER}");
		step(p);
		parts_add(&all, key, optional);
		need(p, ":");
		parts_add(&all, expr(p), optional);
		if (!take(p, ","))
			break;
	}
	need(p, "}");
	node *x = parts_end(p, &all, N_STRUCT, pos);
	x->name = name;
	return x;
}

/* Arguments behind "("; the first stays free for a receiver. */
static node *
arguments(parser *p, node *receiver, pv_str name)
{
	uint32_t pos = p->t.pos;
	parts all;
	parts_init(p, &all);
	if (receiver)
		parts_add(&all, receiver, false);
	step(p);
	while (!is_op(p, ")") && !p->failed) {
		parts_add(&all, expr(p), false);
		if (!take(p, ","))
			break;
		if (is_op(p, ")"))
			fail(p,
			     "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}");
	}
	need(p, ")");
	node *x = parts_end(p, &all, N_CALL, pos);
	x->name = name;
	x->flags = receiver ? F_MEMBER : 0;
	if (p->failed)
		return x;
	node *macro = cel_macro(p->is, x);
	return macro ? macro : x;
}

/* ---- primary expressions ---- */

static node *
literal(parser *p, val v)
{
	node *x = cel_node(p->is->arena, N_LITERAL, p->t.pos, 0);
	x->value = v;
	if (v.kind == PV_CEL_INT && v.i == INT64_MIN)
		issue(p->is, p->t.pos, "invalid int literal");
	step(p);
	return x;
}

static node *
identifier(parser *p)
{
	uint32_t pos = p->t.pos;
	bool rooted = take(p, ".");
	pv_str name = p->t.text;
	if (p->t.kind != K_IDENT)
		return fail(p, "IDENTIFIER");
	if (cel_reserved(name)) {
		issue(p->is, p->t.pos, "reserved identifier: %.*s", (int)name.len, name.s);
		p->failed = true;
	}
	if (!rooted)
		pos = p->t.pos;
	step(p);
	if (is_op(p, "(")) {
		node *x = arguments(p, NULL, name);
		x->flags |= rooted ? F_ROOTED : 0;
		return x;
	}
	node *x = cel_node(p->is->arena, N_IDENT, pos, 0);
	x->name = name;
	x->flags = rooted ? F_ROOTED : 0;
	return x;
}

static node *
primary(parser *p)
{
	if (p->t.kind >= K_INT && p->t.kind <= K_BYTES)
		return literal(p, p->t.value);
	if (p->t.kind == K_WORD && pv_str_is(p->t.text, "null"))
		return literal(p, v_null());
	if (p->t.kind == K_WORD && !pv_str_is(p->t.text, "in"))
		return literal(p, v_bool(pv_str_is(p->t.text, "true")));
	if (take(p, "(")) {
		node *x = expr(p);
		need(p, ")");
		return x;
	}
	if (is_op(p, "["))
		return list(p);
	if (is_op(p, "{"))
		return map(p);
	if (is_op(p, ".") || p->t.kind == K_IDENT)
		return identifier(p);
	return fail(
		p,
		"{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}");
}

static node *
selection(parser *p, node *of)
{
	uint32_t pos = p->t.pos;
	step(p);
	bool optional = take(p, "?"), quoted = p->t.kind == K_QUOTED;
	pv_str name = p->t.text;
	if (p->t.kind != K_IDENT && !quoted)
		return fail(p, "{'?', IDENTIFIER, ESC_IDENTIFIER}");
	step(p);
	if (!optional && !quoted && is_op(p, "("))
		return arguments(p, of, name);
	node *x = cel_node(p->is->arena, optional ? N_OPT_SELECT : N_SELECT, pos, 1);
	x->name = name;
	x->args[0] = of;
	return x;
}

static node *
member(parser *p)
{
	node *x = primary(p);
	while (!p->failed) {
		pv_str name;
		if (is_op(p, ".")) {
			x = selection(p, x);
		} else if (is_op(p, "[")) {
			uint32_t pos = p->t.pos;
			step(p);
			bool optional = take(p, "?");
			node *of = x;
			x = cel_node(p->is->arena, optional ? N_OPT_INDEX : N_INDEX, pos, 2);
			x->args[0] = of;
			x->args[1] = expr(p);
			need(p, "]");
		} else if (is_op(p, "{")) {
			if (!cel_path(p->is->arena, x, &name))
				return x;
			x = structure(p, name);
		} else {
			return x;
		}
	}
	return x;
}

static node *
unary(parser *p)
{
	const char *op = is_op(p, "!") ? "!" : "-";
	uint32_t pos = p->t.pos;
	unsigned n = 0;
	while (take(p, op))
		n++;
	if (!n)
		return member(p);
	bool number = *op == '-' && (p->t.kind == K_INT || p->t.kind == K_DOUBLE);
	if (number) { /* the nearest minus belongs to the literal */
		n--;
		if (p->t.kind == K_DOUBLE)
			p->t.value.d = -p->t.value.d;
		else
			p->t.value.u = 0 - p->t.value.u;
		if (p->t.kind == K_INT && p->t.value.i == INT64_MIN) {
			node *x = cel_node(p->is->arena, N_LITERAL, pos, 0);
			x->value = p->t.value;
			step(p);
			return n % 2 ? call(p, "-_", pos, x, NULL) : x;
		}
	}
	node *x = member(p);
	return n % 2 ? call(p, *op == '!' ? "!_" : "-_", pos, x, NULL) : x;
}

/* ---- operators ---- */

static const char *
binary_name(const parser *p, int level)
{
	static const struct {
		const char *op, *name;
		int level;
	} ops[] = {
		{"<", "_<_", 0},   {"<=", "_<=_", 0}, {">", "_>_", 0},  {">=", "_>=_", 0},
		{"==", "_==_", 0}, {"!=", "_!=_", 0}, {"in", "@in", 0}, {"+", "_+_", 1},
		{"-", "_-_", 1},   {"*", "_*_", 2},   {"/", "_/_", 2},  {"%", "_%_", 2},
	};
	for (size_t i = 0; i < PV_LEN(ops); i++)
		if (ops[i].level == level && (p->t.kind == K_OP || p->t.kind == K_WORD) &&
		    pv_str_is(p->t.text, ops[i].op))
			return ops[i].name;
	return NULL;
}

static node *
binary(parser *p, int level)
{
	const char *name;
	node *x = level == 2 ? unary(p) : binary(p, level + 1);
	while (!p->failed && (name = binary_name(p, level)) != NULL) {
		uint32_t pos = p->t.pos;
		step(p);
		x = call(p, name, pos, x, level == 2 ? unary(p) : binary(p, level + 1));
	}
	return x;
}

/* One node for a whole chain of && or ||. */
static node *
chain(parser *p, bool either)
{
	const char *op = either ? "||" : "&&";
	node *first = either ? chain(p, false) : binary(p, 0);
	uint32_t pos = p->t.pos;
	parts all;
	if (!is_op(p, op))
		return first;
	parts_init(p, &all);
	parts_add(&all, first, false);
	while (!p->failed && take(p, op))
		parts_add(&all, either ? chain(p, false) : binary(p, 0), false);
	return parts_end(p, &all, either ? N_OR : N_AND, pos);
}

static node *
expr(parser *p)
{
	if (++p->depth > DEPTH) {
		if (!p->failed)
			issue(p->is, p->t.pos, "expression recursion limit exceeded: %d", DEPTH);
		p->failed = true;
		return cel_node(p->is->arena, N_LITERAL, p->t.pos, 0);
	}
	node *x = chain(p, true);
	uint32_t pos = p->t.pos;
	if (!p->failed && take(p, "?")) {
		node *test = x;
		x = cel_node(p->is->arena, N_COND, pos, 3);
		x->args[0] = test;
		x->args[1] = chain(p, true);
		need(p, ":");
		x->args[2] = expr(p);
	}
	p->depth--;
	return x;
}

node *
cel_parse(issues *is, pv_str text)
{
	parser p = {.is = is};
	is->text = text;
	step(&p);
	node *root = expr(&p);
	if (!p.failed && p.t.kind != K_END)
		fail(&p, "<EOF>");
	return is->n ? NULL : root;
}
