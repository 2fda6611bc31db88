/* What an expression costs at most: sizes come from the shapes' limits, literals and what functions
 * give (cel-go's checker/cost.go, with Kubernetes' sizes). */
#include "lang/cel/cost.h"
#include <math.h>

#define DEPTH 600

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
	size_t runes = 0;
	if (n->kind == N_LIST || n->kind == N_MAP) {
		*ret = exactly(n->kind == N_MAP ? n->n / 2 : n->n);
		return true;
	}
	if (n->kind != N_LITERAL)
		return false;
	for (size_t i = 0; n->value.kind == PV_CEL_STRING && i < n->value.len; i++)
		runes += ((unsigned char)n->value.s[i] & 0xc0) != 0x80;
	*ret = exactly(n->value.kind == PV_CEL_STRING  ? runes
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

static bool
is_scalar(const type *t)
{
	switch ((enum type_kind)t->kind) {
	case T_BOOL:
	case T_INT:
	case T_UINT:
	case T_DOUBLE:
	case T_DURATION:
	case T_TIMESTAMP: return true;
	case T_OPAQUE: return type_is_optional(t) && is_scalar(t->args[0]);
	default: return false;
	}
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
	if (is_scalar(n->type))
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
	bool list = n->args[0]->type->kind == T_LIST;
	guess key = list ? (guess){.path = range->path == PATH_NONE ? PATH_AT : PATH_LOST, .node = c->root}
			 : keys(c, range),
	      item = cost_items(c, range);
	if (key.path == PATH_AT && !key.node)
		key.path = PATH_LOST;
	key.sized = item.sized = range->held;
	key.fallback = item.fallback = true;
	key.size = range->key;
	item.size = range->item;
	c->locals[n->slot] = n->var2.s || !list ? key : item;
	if (n->var2.s)
		c->locals[n->slot + 1] = item;
}

/* Bound names stand for one value; of what is inside an optional only the type is known. */
static guess
bind(costs *c, const node *n)
{
	guess value = cost_of(c, n->args[0]), local = {0}, body;
	uint64_t cost;
	if (n->fold == FOLD_BIND) {
		local = value;
		local.sized = cost_is_sized(c, n->args[0], &value, &local.size);
		local.fallback = true;
	}
	c->locals[n->slot] = local;
	body = cost_of(c, n->args[1]);
	if (n->fold == FOLD_BIND) {
		guess g = {.cost = cost_plus(cost_plus(10, value.cost), body.cost),
			   .held = body.held,
			   .key = body.key,
			   .item = body.item};
		g.sized = cost_is_sized(c, n->args[1], &body, &g.size);
		return g;
	}
	/* hasValue(), value(), an empty list to bind with, and optional.of() */
	cost = cost_plus(cost_plus(cost_times(value.cost, 2), body.cost),
			 12 + (n->fold == FOLD_OPT_MAP ? 1 : 0));
	return (guess){.cost = cost};
}

/* The cost of an iteration beside that of the bodies, and what is before and behind all of them. */
static uint64_t
turn(const node *n, uint64_t body, uint64_t filter, uint64_t *ret_around)
{
	uint64_t step;
	*ret_around = 1;
	switch ((enum fold)n->fold) {
	case FOLD_ALL: return cost_plus(body, 3);
	case FOLD_EXISTS: return cost_plus(body, 4);
	case FOLD_ONE: *ret_around = 2; return cost_plus(body, 2);
	case FOLD_FILTER: *ret_around = 11; return cost_plus(body, 13);
	case FOLD_TO_MAP:
		*ret_around = 31;
		step = cost_plus(body, 3);
		break;
	case FOLD_TO_ENTRY:
		*ret_around = 31;
		step = cost_plus(body, 2);
		break;
	default:
		*ret_around = 11;
		step = cost_plus(body, 12);
		break;
	}
	return n->n == 3 ? cost_plus(filter, step) : step;
}

static guess
fold(costs *c, const node *n)
{
	guess range, body, filter = {0}, g = {0};
	uint64_t around, each;
	cost_size size;
	if (n->fold >= FOLD_BIND)
		return bind(c, n);
	range = cost_of(c, n->args[0]);
	set_locals(c, n, &range);
	body = cost_of(c, n->args[1]);
	if (n->n == 3)
		filter = cost_of(c, n->args[2]);
	size = cost_size_of(c, n->args[0], &range);
	each = turn(n, body.cost, filter.cost, &around);
	g.cost = cost_plus(cost_plus(range.cost, around), cost_times(size.most, each));
	g.sized = true;
	g.size = n->fold <= FOLD_ONE ? exactly(1) : size;
	if (n->fold == FOLD_MAP || n->fold == FOLD_TO_LIST || n->fold == FOLD_FILTER) {
		node x = {.kind = N_LOCAL, .type = &type_dyn};
		const guess *local = &c->locals[n->slot];
		if (n->fold == FOLD_FILTER && range.held)
			x.type = n->args[0]->type->n ? n->args[0]->type->args[0] : &type_dyn;
		g.held = true;
		g.key = exactly(1);
		g.item = n->fold == FOLD_FILTER ? cost_size_of(c, &x, local)
						: cost_size_of(c, n->args[1], &body);
		g.item.least = 0;
	}
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
	guess g = {.cost = map ? 30 : 10, .held = true, .key = exactly(map ? 0 : 1)};
	for (size_t i = 0; i < n->n; i++) {
		guess a = cost_of(c, n->args[i]);
		cost_size size = cost_size_of(c, n->args[i], &a);
		g.cost = cost_plus(g.cost, a.cost);
		if (map && i % 2 == 0)
			g.key = i ? cost_union(g.key, size) : size;
		else
			g.item = i > (map ? 1 : 0) ? cost_union(g.item, size) : size;
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
		       .held = a.held && b.held,
		       .key = cost_union(a.key, b.key),
		       .item = cost_union(a.item, b.item)};
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
	if (of.held) {
		g.sized = true;
		g.size = of.item;
	}
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
	case N_STRUCT: g = (guess){.cost = all_costs(c, n, 40)}; break;
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
