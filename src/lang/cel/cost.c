/* What an expression costs at most: sizes come from the shapes' limits, literals and what functions
 * give (cel-go's checker/cost.go, with Kubernetes' sizes). */
#include "lang/cel/cost.h"
#include "base/utf8.h"
#include <math.h>

#define DEPTH 600
/* To make one. */
#define LIST 10
#define MAP 30
#define STRUCT 40

static guess cost_of(costs *c, const node *n);

uint64_t
cost_plus(uint64_t a, uint64_t b)
{
	uint64_t n;
	return __builtin_add_overflow(a, b, &n) ? COST_MOST : n;
}

uint64_t
cost_times(uint64_t a, uint64_t b)
{
	uint64_t n;
	return __builtin_mul_overflow(a, b, &n) ? COST_MOST : n;
}

uint64_t
cost_part(uint64_t size, double each)
{
	double d = ceil((double)size * each);
	return d >= 0x1p64 ? COST_MOST : (uint64_t)d;
}

cost_size
cost_add(cost_size a, cost_size b)
{
	return (cost_size){cost_plus(a.least, b.least), cost_plus(a.most, b.most)};
}

cost_size
cost_union(cost_size a, cost_size b)
{
	return (cost_size){a.least < b.least ? a.least : b.least, a.most > b.most ? a.most : b.most};
}

static uint64_t
larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* ---- sizes ---- */

static cost_size
exactly(uint64_t n)
{
	return (cost_size){n, n};
}

static bool
literal_size(const node *n, cost_size *ret)
{
	if (n->kind == N_LIST || n->kind == N_MAP) {
		*ret = exactly(n->kind == N_MAP ? n->n / 2 : n->n);
		return true;
	}
	if (n->kind != N_LITERAL)
		return false;
	*ret = exactly(n->value.kind == PV_CEL_STRING  ? pv_utf8_count(v_strv(&n->value))
		       : n->value.kind == PV_CEL_BYTES ? n->value.len
						       : 1);
	return true;
}

static bool
path_size(const costs *c, const guess *g, cost_size *ret)
{
	if (g->path != PATH_AT && g->path != PATH_KEY)
		return false;
	if (g->path == PATH_AT && (!c->shapes || !c->shapes->most))
		return false;
	*ret = (cost_size){0, g->path == PATH_AT ? c->shapes->most(g->node) : 0};
	return true;
}

/* One of these is as large as any other. */
static bool
is_of_one_size(const type *t)
{
	while (type_is_optional(t))
		t = t->args[0];
	return TYPE_BIT(t->kind) & (TYPE_BIT(T_BOOL) | TYPE_BIT(T_INT) | TYPE_BIT(T_UINT) |
				    TYPE_BIT(T_DOUBLE) | TYPE_BIT(T_DURATION) | TYPE_BIT(T_TIMESTAMP));
}

bool
cost_is_sized(const costs *c, const node *n, const guess *g, cost_size *ret)
{
	if (g->sized && !g->fallback) {
		*ret = g->size;
		return true;
	}
	if (literal_size(n, ret) || path_size(c, g, ret))
		return true;
	if (is_of_one_size(n->type))
		*ret = exactly(1);
	else if (g->sized)
		*ret = g->size;
	else
		return false;
	return true;
}

cost_size
cost_size_of(const costs *c, const node *n, const guess *g)
{
	cost_size size;
	return cost_is_sized(c, n, g, &size) ? size : (cost_size){0, COST_MOST};
}

guess
cost_same(const costs *c, const node *n, const guess *g)
{
	guess same = {.inside = g->inside};
	same.sized = cost_is_sized(c, n, g, &same.size);
	return same;
}

cost_inside
cost_either(const guess *a, const guess *b)
{
	return (cost_inside){.known = a->inside.known && b->inside.known,
			     .key = cost_union(a->inside.key, b->inside.key),
			     .item = cost_union(a->inside.item, b->inside.item)};
}

/* ---- paths ---- */

static guess
at(const void *shape)
{
	return (guess){.path = shape ? PATH_AT : PATH_LOST, .node = shape};
}

static enum pv_cel_kind
shape_kind(const costs *c, const guess *g)
{
	return g->path == PATH_AT && c->shapes ? c->shapes->of(g->node).kind : PV_CEL_ABSENT;
}

static guess
field(const costs *c, const guess *of, const node *n)
{
	pv_str name = n->plain.s ? n->plain : n->name;
	if (of->path == PATH_NONE)
		return at(c->root);
	return at(shape_kind(c, of) == PV_CEL_OBJECT ? c->shapes->field(of->node, name.s, name.len) : NULL);
}

guess
cost_items(const costs *c, const guess *list)
{
	enum pv_cel_kind kind = shape_kind(c, list);
	if (list->path == PATH_NONE)
		return at(c->root);
	return at(kind == PV_CEL_LIST || kind == PV_CEL_MAP ? c->shapes->items(list->node) : NULL);
}

static guess
keys(const costs *c, const guess *map)
{
	if (map->path == PATH_NONE)
		return at(c->root);
	return (guess){.path = shape_kind(c, map) == PV_CEL_MAP ? PATH_KEY : PATH_LOST};
}

/* ---- folds ---- */

/* What an iteration sees: an element by its place in the schema, else as large as those of the range are. */
static void
set_locals(costs *c, const node *n, const guess *range)
{
	guess key = keys(c, range), item = cost_items(c, range);
	key.sized = item.sized = range->inside.known;
	key.fallback = item.fallback = true;
	key.size = range->inside.key;
	item.size = range->inside.item;
	c->locals[n->slot] = n->var2.s || n->args[0]->type->kind != T_LIST ? key : item;
	if (n->var2.s)
		c->locals[n->slot + 1] = item;
}

/* A bound name stands for one value; of what is inside an optional only the type is known. */
static guess
bind(costs *c, const node *n)
{
	bool optional = n->fold != FOLD_BIND;
	guess value = cost_of(c, n->args[0]), local = {0}, body, g = {0};
	uint64_t own = LIST; /* to bind with, an empty one */
	if (!optional) {
		local = value;
		local.sized = cost_is_sized(c, n->args[0], &value, &local.size);
		local.fallback = true;
	}
	c->locals[n->slot] = local;
	body = cost_of(c, n->args[1]);
	if (!optional)
		g = cost_same(c, n->args[1], &body);
	else /* hasValue(), value(), each of the value, and optional.of() */
		own += n->fold == FOLD_OPT_MAP ? 3 : 2;
	g.cost = cost_plus(own, cost_plus(cost_times(value.cost, optional ? 2 : 1), body.cost));
	return g;
}

/* What a fold costs beside its bodies: with each element, and once. */
static const struct {
	uint8_t each, once;
} folds[] = {
	[FOLD_ALL] = {3, 1},
	[FOLD_EXISTS] = {4, 1},
	[FOLD_ONE] = {2, 2},
	[FOLD_MAP] = {LIST + 2, LIST + 1},
	[FOLD_FILTER] = {LIST + 3, LIST + 1},
	[FOLD_TO_LIST] = {LIST + 2, LIST + 1},
	[FOLD_TO_MAP] = {3, MAP + 1},
	[FOLD_TO_ENTRY] = {2, MAP + 1},
};

/* What is in the list that a fold makes; a filter's has elements of the range. */
static cost_inside
made(const costs *c, const node *n, const guess *range, const guess *body)
{
	const type *of = n->args[0]->type;
	node x = {.kind = N_LOCAL, .type = range->inside.known && of->n ? of->args[0] : &type_dyn};
	cost_inside in = {.known = true, .key = exactly(1)};
	in.item = n->fold == FOLD_FILTER ? cost_size_of(c, &x, &c->locals[n->slot])
					 : cost_size_of(c, n->args[1], body);
	in.item.least = 0;
	return in;
}

static guess
fold(costs *c, const node *n)
{
	guess range, body, g = {.sized = true};
	uint64_t each;
	if (n->fold >= FOLD_BIND)
		return bind(c, n);
	range = cost_of(c, n->args[0]);
	set_locals(c, n, &range);
	body = cost_of(c, n->args[1]);
	each = cost_plus(body.cost, folds[n->fold].each);
	if (n->n == 3)
		each = cost_plus(each, cost_of(c, n->args[2]).cost);
	g.size = cost_size_of(c, n->args[0], &range);
	g.cost = cost_plus(cost_plus(range.cost, folds[n->fold].once), cost_times(g.size.most, each));
	if (n->fold <= FOLD_ONE)
		g.size = exactly(1);
	else if (n->fold != FOLD_TO_MAP && n->fold != FOLD_TO_ENTRY)
		g.inside = made(c, n, &range, &body);
	return g;
}

/* ---- the rest ---- */

static uint64_t
all_costs(costs *c, const node *n, uint64_t own)
{
	for (size_t i = 0; i < n->n; i++)
		own = cost_plus(own, cost_of(c, n->args[i]).cost);
	return own;
}

/* A list or a map that is written out. */
static guess
written(costs *c, const node *n)
{
	bool map = n->kind == N_MAP;
	guess g = {.cost = map ? MAP : LIST, .inside = {.known = true, .key = exactly(map ? 0 : 1)}};
	for (size_t i = 0; i < n->n; i++) {
		guess a = cost_of(c, n->args[i]);
		cost_size size = cost_size_of(c, n->args[i], &a);
		g.cost = cost_plus(g.cost, a.cost);
		if (map && i % 2 == 0)
			g.inside.key = i ? cost_union(g.inside.key, size) : size;
		else
			g.inside.item = i > (map ? 1 : 0) ? cost_union(g.inside.item, size) : size;
	}
	return g;
}

static guess
cond(costs *c, const node *n)
{
	guess test = cost_of(c, n->args[0]), a = cost_of(c, n->args[1]), b = cost_of(c, n->args[2]);
	return (guess){.cost = cost_plus(test.cost, larger(a.cost, b.cost)),
		       .sized = true,
		       .size = cost_union(cost_size_of(c, n->args[1], &a), cost_size_of(c, n->args[2], &b)),
		       .inside = cost_either(&a, &b)};
}

/* A field costs something where there are fields by their types; whether there is one costs nothing. */
static guess
selection(costs *c, const node *n)
{
	guess of = cost_of(c, n->args[0]), g = field(c, &of, n);
	enum type_kind kind = n->args[0]->type->kind;
	bool paid = kind == T_MAP || kind == T_OBJECT || kind == T_STRUCT || kind == T_VAR;
	g.cost = n->kind == N_HAS ? of.cost : cost_plus(of.cost, paid);
	return g;
}

static guess
element(costs *c, const node *n)
{
	guess of = cost_of(c, n->args[0]), key = cost_of(c, n->args[1]), g = cost_items(c, &of);
	g.cost = cost_plus(cost_plus(of.cost, key.cost), 1);
	g.sized = of.inside.known;
	g.size = of.inside.item;
	return g;
}

static guess
call(costs *c, const node *n)
{
	guess a[8] = {{0}}, g = {0};
	uint64_t cost = 0;
	for (size_t i = 0; i < n->n && i < PV_LEN(a); i++) {
		a[i] = cost_of(c, n->args[i]);
		cost = cost_plus(cost, a[i].cost);
	}
	if (!n->fn) /* somebody else's */
		return (guess){.cost = COST_MOST};
	g.cost = cost_plus(cost, cost_call(c, n, a, &g));
	return g;
}

static guess
cost_of(costs *c, const node *n)
{
	guess g = {.cost = COST_MOST};
	if (++c->depth > DEPTH)
		return g;
	switch ((enum node_kind)n->kind) {
	case N_LITERAL: g = (guess){0}; break;
	case N_LOCAL:
		g = c->locals[n->slot];
		g.cost = 1;
		break;
	case N_IDENT: g = (guess){.cost = 1, .path = PATH_LOST}; break;
	case N_VAR:
		g = at(c->root ? c->root : c->program->vars[n->slot].node);
		g.cost = 1;
		break;
	case N_SELECT:
	case N_HAS: g = selection(c, n); break;
	case N_INDEX: g = element(c, n); break;
	case N_OPT_SELECT:
	case N_OPT_INDEX: g = (guess){.cost = all_costs(c, n, 1)}; break;
	case N_CALL: g = call(c, n); break;
	case N_LIST:
	case N_MAP: g = written(c, n); break;
	case N_STRUCT: g = (guess){.cost = all_costs(c, n, STRUCT)}; break;
	case N_AND:
	case N_OR: g = (guess){.cost = all_costs(c, n, 0)}; break;
	case N_COND: g = cond(c, n); break;
	case N_FOLD: g = fold(c, n); break;
	}
	c->depth--;
	return g;
}

uint64_t
cel_estimate(const pv_cel *program, pv_arena *scratch)
{
	costs c = {.program = program,
		   .shapes = program->shapes,
		   .locals = pv_new_array(scratch, guess, program->slots + 1)};
	for (size_t i = 0; i < program->n_vars; i++)
		if (pv_streq(program->vars[i].name, "self"))
			c.root = program->vars[i].node;
	return cost_of(&c, program->root).cost;
}

uint64_t
pv_cel_estimate(const pv_cel *program)
{
	return program->estimate;
}
