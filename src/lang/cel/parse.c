/* The grammar of the CEL specification, by recursive descent.  Positions are those
 * of cel-go: operators at their token, calls at their parenthesis. */
#include "lang/cel/parse.h"

#include <string.h>

#define DEPTH 250 /* cel-go's */

static node *expr(parser *p);

static node *
nothing(const parser *p)
{
	return cel_node(p->is->arena, N_LITERAL, p->t.pos, 0);
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

/* The expression begins there, and ends with the last token. */
static node *
spans(const parser *p, uint32_t from, node *x)
{
	x->from = from;
	x->to = p->end;
	return x;
}

/* An expression in front of one of these. */
static node *
inner(parser *p, kinds after)
{
	kinds was = p->after, around = p->follow;
	p->after = after;
	p->follow |= after;
	node *x = expr(p);
	p->after = was;
	p->follow = around;
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

static bool
more(parser *p, kinds starts)
{
	return p->t.kind == K_COMMA && starts >> p->ahead.kind & 1 && parser_take(p, K_COMMA);
}

/* A comma may stand behind the last part. */
static void
ends(parser *p, enum token_kind bracket)
{
	if (!p->recovering && !parser_sync(p, K(K_COMMA) | K(bracket), true))
		return;
	(void)parser_take(p, K_COMMA);
	(void)parser_need(p, bracket, parser_behind(p), true);
}

static bool
begins(parser *p, enum token_kind bracket, kinds starts)
{
	parser_step(p);
	return parser_sync(p, starts | K(K_COMMA) | K(bracket), true);
}

static node *
list(parser *p)
{
	const kinds starts = K_STARTS | K(K_QUESTION);
	uint32_t pos = p->t.pos;
	parts all;
	parts_init(p, &all);
	if (!begins(p, K_RBRACKET, starts))
		return nothing(p);
	if (parser_sees(p, starts))
		do {
			bool optional = parser_take(p, K_QUESTION);
			parts_add(&all, inner(p, K(K_COMMA) | K(K_RBRACKET)), optional);
		} while (more(p, starts));
	ends(p, K_RBRACKET);
	return parts_end(p, &all, N_LIST, pos);
}

/* ": value" of an entry. */
static bool
entry(parser *p, parts *all, node *key, bool optional)
{
	kinds around = p->follow;
	p->follow |= K(K_COMMA) | K(K_RBRACE);
	bool good = parser_need(p, K_COLON, K_STARTS, true);
	p->follow = around;
	if (!good)
		return false;
	parts_add(all, key, optional);
	parts_add(all, inner(p, K(K_COMMA) | K(K_RBRACE)), optional);
	return true;
}

static node *
map(parser *p)
{
	const kinds starts = K_STARTS | K(K_QUESTION);
	uint32_t pos = p->t.pos;
	bool good = true;
	parts all;
	parts_init(p, &all);
	if (!begins(p, K_RBRACE, starts))
		return nothing(p);
	if (parser_sees(p, starts))
		do {
			bool optional = parser_take(p, K_QUESTION);
			good = entry(p, &all, inner(p, K(K_COLON)), optional);
		} while (good && more(p, starts));
	ends(p, K_RBRACE);
	return parts_end(p, &all, N_MAP, pos);
}

/* The name of a field, which is there. */
static pv_str
field(parser *p)
{
	pv_str name = p->t.text;
	if (p->t.kind == K_QUOTED) {
		if (p->is->kubernetes)
			issue(p->is, p->t.pos, "unsupported syntax: '`'");
		name = (pv_str){name.s + 1, name.len - 2};
	}
	parser_step(p);
	return name;
}

/* Name{field: value}: the fields' names are literals in args. */
static node *
structure(parser *p, pv_str name)
{
	uint32_t pos = p->t.pos;
	bool good = true;
	parts all;
	parts_init(p, &all);
	if (!begins(p, K_RBRACE, K_ENTRIES))
		return nothing(p);
	if (parser_sees(p, K_ENTRIES))
		do {
			bool optional = parser_take(p, K_QUESTION);
			node *key = cel_node(p->is->arena, N_LITERAL, p->t.pos, 0);
			good = parser_sync(p, K_NAMES, true);
			if (good) {
				key->value = v_str(field(p));
				good = entry(p, &all, key, optional);
			}
		} while (good && more(p, K_ENTRIES));
	ends(p, K_RBRACE);
	node *x = parts_end(p, &all, N_STRUCT, pos);
	x->name = name;
	return x;
}

/* Arguments behind "("; the first stays free for a receiver. */
static node *
arguments(parser *p, node *receiver, pv_str name)
{
	const kinds starts = K_STARTS | K(K_RPAREN);
	uint32_t pos = p->t.pos;
	parts all;
	parts_init(p, &all);
	if (receiver)
		parts_add(&all, receiver, false);
	parser_step(p);
	if (!parser_sync(p, starts, !receiver))
		return nothing(p);
	if (p->t.kind != K_RPAREN)
		do
			parts_add(&all, inner(p, K(K_COMMA) | K(K_RPAREN)), false);
		while (parser_take(p, K_COMMA));
	(void)parser_need(p, K_RPAREN, parser_behind(p), !receiver);
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
literal(parser *p, uint32_t pos, val v)
{
	node *x = cel_node(p->is->arena, N_LITERAL, pos, 0);
	x->value = v;
	if (v.kind == PV_CEL_INT && v.i == INT64_MIN && pos == p->t.pos)
		issue(p->is, pos, "invalid int literal");
	if (v.kind == PV_CEL_ERROR)
		issue(p->is, pos, "%s", v.s);
	parser_step(p);
	return x;
}

/* A number behind a minus that is its own. */
static node *
negative(parser *p)
{
	uint32_t pos = p->t.pos;
	parser_step(p);
	val v = p->t.value;
	if (v.kind == PV_CEL_DOUBLE)
		v.d = -v.d;
	else if (v.kind == PV_CEL_INT)
		v.u = 0 - v.u;
	return literal(p, pos, v);
}

static node *
identifier(parser *p)
{
	bool rooted = p->t.kind == K_DOT;
	if (rooted && p->ahead.kind != K_IDENT) {
		parser_refuse_next(p);
		return nothing(p);
	}
	if (rooted)
		parser_step(p);
	uint32_t pos = p->t.pos;
	pv_str name = p->t.text;
	if (cel_reserved(name)) {
		issue(p->is, pos, "reserved identifier: %.*s", (int)name.len, name.s);
		p->failed = true;
	}
	parser_step(p);
	node *x = p->t.kind == K_LPAREN ? arguments(p, NULL, name) : cel_node(p->is->arena, N_IDENT, pos, 0);
	if (x->kind == N_IDENT)
		x->name = name;
	x->flags |= rooted ? F_ROOTED : 0;
	return x;
}

static node *
primary(parser *p)
{
	switch (p->t.kind) {
	case K_LPAREN: {
		parser_step(p);
		node *x = inner(p, K(K_RPAREN));
		(void)parser_need(p, K_RPAREN, parser_behind(p), true);
		return x;
	}
	case K_LBRACKET: return list(p);
	case K_LBRACE: return map(p);
	case K_DOT:
	case K_IDENT: return identifier(p);
	case K_MINUS: return negative(p);
	case K_NULL: return literal(p, p->t.pos, v_null());
	case K_TRUE:
	case K_FALSE: return literal(p, p->t.pos, v_bool(p->t.kind == K_TRUE));
	default: return literal(p, p->t.pos, p->t.value);
	}
}

/* NULL: the member expression is over. */
static node *
selection(parser *p, node *of)
{
	uint32_t pos = p->t.pos;
	if (!((K_NAMES | K(K_QUESTION)) >> p->ahead.kind & 1)) {
		parser_refuse_next(p);
		return NULL;
	}
	parser_step(p);
	bool optional = parser_take(p, K_QUESTION), quoted = p->t.kind == K_QUOTED;
	uint32_t at = p->t.pos;
	if (!parser_sync(p, K_NAMES, true)) {
		issue(p->is, at, "unsupported ident kind");
		return NULL;
	}
	pv_str name = field(p);
	if (!optional && !quoted && p->t.kind == K_LPAREN)
		return arguments(p, of, name);
	node *x = cel_node(p->is->arena, optional ? N_OPT_SELECT : N_SELECT, pos, 1);
	x->name = name;
	x->args[0] = of;
	return x;
}

static node *
subscript(parser *p, node *of)
{
	uint32_t pos = p->t.pos;
	parser_step(p);
	if (!parser_sync(p, K_STARTS | K(K_QUESTION), false))
		return NULL;
	bool optional = parser_take(p, K_QUESTION);
	node *x = cel_node(p->is->arena, optional ? N_OPT_INDEX : N_INDEX, pos, 2);
	x->args[0] = of;
	x->args[1] = inner(p, K(K_RBRACKET));
	return parser_need(p, K_RBRACKET, parser_behind(p), false) ? x : NULL;
}

static node *
member(parser *p)
{
	uint32_t from = p->t.pos;
	node *x = primary(p);
	bool path = x->kind == N_IDENT; /* names and dots: a type may be called so */
	while (x) {
		pv_str name;
		spans(p, from, x);
		if (p->t.kind == K_DOT) {
			path &= p->ahead.kind == K_IDENT;
			x = selection(p, x);
			path &= x && x->kind == N_SELECT;
		} else if (p->t.kind == K_LBRACKET) {
			path = false;
			x = subscript(p, x);
		} else if (p->t.kind == K_LBRACE && path && cel_path(p->is->arena, x, &name)) {
			path = false;
			x = structure(p, name);
		} else {
			return x;
		}
	}
	return nothing(p);
}

static bool
is_signed(const parser *p)
{
	return p->t.kind == K_MINUS && (p->ahead.kind == K_INT || p->ahead.kind == K_DOUBLE);
}

static node *
unary(parser *p)
{
	enum token_kind op = p->t.kind;
	uint32_t pos = p->t.pos;
	unsigned n = 0;
	if (!parser_sync(p, K_STARTS, false))
		return nothing(p);
	if (op != p->t.kind) { /* one was left out */
		op = p->t.kind;
		pos = p->t.pos;
	}
	for (; p->t.kind == op && (op == K_NOT || op == K_MINUS) && !is_signed(p); n++) {
		if (op == K_MINUS && !((K_MEMBERS | K(K_MINUS)) >> p->ahead.kind & 1))
			break;
		parser_step(p);
	}
	if (p->t.kind == K_MINUS && !is_signed(p)) {
		parser_refuse_next(p);
		return nothing(p);
	}
	if (!parser_sees(p, K_MEMBERS | K(K_MINUS))) {
		parser_refuse(p, K_STARTS);
		return nothing(p);
	}
	node *x = member(p);
	return n % 2 ? spans(p, pos, call(p, op == K_NOT ? "!_" : "-_", pos, x, NULL)) : x;
}

/* ---- operators ---- */

static const char *
binary_name(const parser *p, int level)
{
	static const struct {
		const char *name;
		int level;
	} ops[K_BAD] = {
		[K_LT] = {"_<_", 1},   [K_LE] = {"_<=_", 1},   [K_GT] = {"_>_", 1},
		[K_GE] = {"_>=_", 1},  [K_EQ] = {"_==_", 1},   [K_NE] = {"_!=_", 1},
		[K_IN] = {"@in", 1},   [K_PLUS] = {"_+_", 2},  [K_MINUS] = {"_-_", 2},
		[K_STAR] = {"_*_", 3}, [K_SLASH] = {"_/_", 3}, [K_PERCENT] = {"_%_", 3},
	};
	return ops[p->t.kind].level == level ? ops[p->t.kind].name : NULL;
}

static node *
binary(parser *p, int level)
{
	const char *name;
	uint32_t from = p->t.pos;
	node *x = level == 3 ? unary(p) : binary(p, level + 1);
	while ((name = binary_name(p, level)) != NULL) {
		uint32_t pos = p->t.pos;
		parser_step(p);
		x = call(p, name, pos, x, level == 3 ? unary(p) : binary(p, level + 1));
		spans(p, from, x);
	}
	return x;
}

/* One node for a whole chain of && or ||. */
static node *
chain(parser *p, bool either)
{
	enum token_kind op = either ? K_OR : K_AND;
	uint32_t from = p->t.pos;
	node *first = either ? chain(p, false) : binary(p, 1);
	uint32_t pos = p->t.pos;
	parts all;
	if (p->t.kind != op)
		return first;
	parts_init(p, &all);
	parts_add(&all, first, false);
	while (parser_take(p, op))
		parts_add(&all, either ? chain(p, false) : binary(p, 1), false);
	return spans(p, from, parts_end(p, &all, either ? N_OR : N_AND, pos));
}

/* Behind "?"; NULL: there is no ":". */
static node *
choice(parser *p, node *test, uint32_t pos)
{
	node *x = cel_node(p->is->arena, N_COND, pos, 3);
	kinds was = p->after, around = p->follow;
	x->args[0] = test;
	p->after = K(K_COLON);
	p->follow |= p->after;
	x->args[1] = chain(p, true);
	p->after = was;
	p->follow = around;
	if (!parser_need(p, K_COLON, K_STARTS, false))
		return nothing(p);
	x->args[2] = expr(p);
	return x;
}

static node *
expr(parser *p)
{
	if (++p->depth > DEPTH)
		parser_stop(p, "expression recursion limit exceeded", DEPTH);
	uint32_t from = p->t.pos;
	node *x = p->stopped ? nothing(p) : chain(p, true);
	uint32_t pos = p->t.pos;
	if (parser_take(p, K_QUESTION))
		x = spans(p, from, choice(p, x, pos));
	p->depth--;
	return x;
}

node *
cel_parse(issues *is, pv_str text)
{
	parser p;
	is->text = text;
	parser_init(&p, is);
	node *root = expr(&p);
	(void)parser_need(&p, K_END, 0, false);
	return is->n ? NULL : root;
}
