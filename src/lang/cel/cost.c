/* What an expression costs at most: sizes come from the shapes' limits, literals and
 * what functions give (cel-go's checker/cost.go, with Kubernetes' sizes). */
#include "lang/cel/ast.h"
#include "lang/cel/type.h"

#define WITHOUT UINT64_MAX
#define DEPTH 600

typedef struct guess {
	uint64_t cost;
	uint64_t size;  /* bytes or elements */
	uint64_t inner; /* of an element */
	bool lost;      /* it came through an optional: limits are not known any more */
	const type *of; /* of an element */
} guess;

typedef struct costs {
	const pv_cel_shapes *shapes;
	guess *locals;
	unsigned depth;
} costs;

static guess cost_of(costs *c, const node *n);

static uint64_t
plus(uint64_t a, uint64_t b)
{
	uint64_t n;
	return __builtin_add_overflow(a, b, &n) ? WITHOUT : n;
}

static uint64_t
times(uint64_t a, uint64_t b)
{
	uint64_t n;
	return __builtin_mul_overflow(a, b, &n) ? WITHOUT : n;
}

static uint64_t
tenth(uint64_t n)
{
	return n == WITHOUT ? WITHOUT : n / 10 + (n % 10 != 0);
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t
most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* How large values of a type are: by its shape, or a fixed size, or anything. */
static uint64_t
size_of(const costs *c, const type *t)
{
	if (t->node && c->shapes && c->shapes->most)
		return c->shapes->most(t->node);
	switch ((enum type_kind)t->kind) {
	case T_DYN:
	case T_ERROR:
	case T_VAR:
	case T_STRING:
	case T_BYTES:
	case T_LIST:
	case T_MAP: return WITHOUT;
	case T_OPAQUE: /* of what it may hold the limits are not known */
		return type_is_optional(t) && size_of(c, t->args[0]) > 1 ? WITHOUT : 1;
	default: return 1;
	}
}

static guess
of_type(const costs *c, const type *t, uint64_t cost)
{
	guess g = {.cost = cost, .size = size_of(c, t), .inner = WITHOUT};
	if (t->kind == T_LIST || t->kind == T_MAP) {
		g.of = t->args[t->n - 1];
		g.inner = size_of(c, g.of);
	}
	return g;
}

static guess
literal(const node *n)
{
	return (guess){.size = n->value.kind == PV_CEL_STRING || n->value.kind == PV_CEL_BYTES ? n->value.len
											       : 1,
		       .inner = 1};
}

/* Of what is known by its type alone. */
static guess
lost(const costs *c, const type *t, uint64_t cost)
{
	guess g = of_type(c, t, cost);
	bool sized = t->kind == T_STRING || t->kind == T_BYTES || t->kind == T_LIST || t->kind == T_MAP ||
		     type_is_dyn(t);
	g.lost = true;
	g.size = sized ? WITHOUT : g.size;
	g.inner = WITHOUT;
	return g;
}

/* ---- calls ---- */

/* The bytes that join() makes. */
static uint64_t
joined(const guess *a, size_t n)
{
	uint64_t size = times(a[0].size, a[0].inner);
	return n > 1 && a[0].size ? plus(size, times(a[1].size, a[0].size - 1)) : size;
}

static uint64_t
call_cost(const node *n, const guess *a)
{
	uint64_t first = n->n ? a[0].size : 1, second = n->n > 1 ? a[1].size : 1;
	switch ((enum cel_cost)n->fn->cost) {
	case COST_ONE: return 1;
	case COST_FIRST: return most(tenth(first), 1);
	case COST_BOTH: return times(tenth(first), tenth(second));
	case COST_REGEX: return times(tenth(plus(first, 1)), second / 4 + (second % 4 != 0));
	case COST_COPY: {
		enum type_kind kind = n->args[0]->type->kind;
		return kind == T_STRING || kind == T_BYTES || kind == T_DYN ? tenth(plus(first, second)) : 1;
	}
	case COST_ITEMS: return plus(first, 1);
	case COST_PAIRS: return plus(times(first, second), 1);
	case COST_SMALL: return most(tenth(least(first, second)), 1);
	case COST_LOOKUP: return n->args[1]->type->kind == T_LIST ? second : 1;
	case COST_SECOND: return tenth(second);
	case COST_JOIN: return tenth(joined(a, n->n));
	case COST_CHECK: return CEL_CHECK_COST;
	}
	return 1;
}

/* Texts that come out of a text are no longer than it, but for those that grow. */
static guess
result(const costs *c, const node *n, const guess *a)
{
	guess g = of_type(c, n->type, 0);
	bool text = n->n && (n->args[0]->type->kind == T_STRING || n->args[0]->type->kind == T_BYTES);
	if (n->fn->cost == COST_COPY && n->n == 2) {
		g.size = plus(a[0].size, a[1].size);
		g.inner = most(a[0].inner, a[1].inner);
	} else if (n->fn->cost == COST_JOIN) {
		g.size = joined(a, n->n);
	} else if (text && pv_streq(n->fn->name, "replace") && n->n > 2) {
		g.size = times(plus(a[0].size, 1), plus(a[2].size, 1));
	} else if (text && g.size == WITHOUT) {
		g.size =
			n->fn->cost == COST_FIRST || n->fn->cost == COST_REGEX ? plus(a[0].size, 2) : WITHOUT;
		g.inner = g.size;
	}
	return g;
}

static guess
call(costs *c, const node *n)
{
	guess a[8] = {{0}};
	uint64_t cost = 0;
	for (size_t i = 0; i < n->n && i < PV_LEN(a); i++) {
		a[i] = cost_of(c, n->args[i]);
		cost = plus(cost, a[i].cost);
	}
	if (!n->fn) /* somebody else's */
		return of_type(c, n->type, WITHOUT);
	guess g = result(c, n, a);
	g.cost = plus(cost, call_cost(n, a));
	return g;
}

/* ---- the rest ---- */

static guess
all_of(costs *c, const node *n, uint64_t own)
{
	guess g = {.cost = own, .size = n->n, .inner = 0};
	for (size_t i = 0; i < n->n; i++) {
		guess a = cost_of(c, n->args[i]);
		g.cost = plus(g.cost, a.cost);
		g.inner = most(g.inner, a.size);
	}
	if (n->kind == N_MAP)
		g.size /= 2;
	if (n->type->n)
		g.of = n->type->args[n->type->n - 1];
	return g;
}

static guess
cond(costs *c, const node *n)
{
	guess test = cost_of(c, n->args[0]), a = cost_of(c, n->args[1]), b = cost_of(c, n->args[2]);
	return (guess){.cost = plus(test.cost, most(a.cost, b.cost)),
		       .size = most(a.size, b.size),
		       .inner = most(a.inner, b.inner),
		       .of = a.of};
}

/* A selection or an index: what the type says, or what the literal's elements are. */
static guess
part(costs *c, const node *n)
{
	guess of = cost_of(c, n->args[0]), key = {0};
	if (n->n > 1)
		key = cost_of(c, n->args[1]);
	if (of.lost)
		return lost(c, n->type, plus(plus(of.cost, key.cost), n->kind != N_HAS));
	guess g = of_type(c, n->type, plus(plus(of.cost, key.cost), n->kind != N_HAS));
	g.size = least(g.size, n->args[0]->type->kind == T_LIST ? of.inner : WITHOUT);
	return g;
}

static guess
fold(costs *c, const node *n)
{
	guess range = cost_of(c, n->args[0]);
	const type *t = n->args[0]->type;
	if (n->fold >= FOLD_BIND) {
		c->locals[n->slot] = n->fold == FOLD_BIND ? range : lost(c, t->n ? t->args[0] : &type_dyn, 0);
		c->locals[n->slot].cost = 0;
		guess body = cost_of(c, n->args[1]);
		body.cost = plus(body.cost, range.cost);
		return body;
	}
	guess item = of_type(c, range.of ? range.of : t->n ? t->args[t->n - 1] : &type_dyn, 0);
	item.size = least(item.size, range.inner);
	if (range.lost)
		item = lost(c, range.of ? range.of : t->n ? t->args[t->n - 1] : &type_dyn, 0);
	/* Kubernetes counts a map's keys as nothing */
	guess key = {.size = t->kind == T_MAP ? 0 : 1, .inner = 1};
	c->locals[n->slot] = n->var2.s || t->kind == T_MAP ? key : item;
	if (n->var2.s)
		c->locals[n->slot + 1] = item;
	guess body = cost_of(c, n->args[1]), filter = {0};
	if (n->n == 3)
		filter = cost_of(c, n->args[2]);
	guess g = of_type(c, n->type,
			  plus(range.cost, times(range.size, plus(plus(body.cost, filter.cost), 3))));
	if (g.size == WITHOUT) {
		g.size = range.size;
		g.inner = n->fold == FOLD_FILTER ? c->locals[n->slot].size : body.size;
	}
	return g;
}

static guess
cost_of(costs *c, const node *n)
{
	guess g = {.cost = WITHOUT, .size = WITHOUT, .inner = WITHOUT};
	if (++c->depth > DEPTH)
		return g;
	switch ((enum node_kind)n->kind) {
	case N_LITERAL: g = literal(n); break;
	case N_LOCAL:
		g = c->locals[n->slot];
		g.cost = 1;
		break;
	case N_IDENT:
	case N_VAR: g = of_type(c, n->type, 1); break;
	case N_SELECT:
	case N_HAS:
	case N_OPT_SELECT:
	case N_INDEX:
	case N_OPT_INDEX: g = part(c, n); break;
	case N_CALL: g = call(c, n); break;
	case N_LIST: g = all_of(c, n, 10); break;
	case N_MAP: g = all_of(c, n, 30); break;
	case N_STRUCT: g = all_of(c, n, 40); break;
	case N_AND:
	case N_OR:
		g = all_of(c, n, 0);
		g.size = 1;
		break;
	case N_COND: g = cond(c, n); break;
	case N_FOLD: g = fold(c, n); break;
	}
	c->depth--;
	return g;
}

uint64_t
cel_estimate(const pv_cel *program, pv_arena *scratch)
{
	costs c = {.shapes = program->shapes, .locals = pv_new_array(scratch, guess, program->slots + 1)};
	return cost_of(&c, program->root).cost;
}

uint64_t
pv_cel_estimate(const pv_cel *program)
{
	return program->estimate;
}
