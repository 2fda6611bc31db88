/* index: what spares an evaluation most of its work, found once when a policy is compiled:
 * which clauses of a group can succeed for this input or argument, and comprehensions
 * that are evaluated once for all values of the variables around them. */
#include <string.h>

#include "base/arena.h"
#include "lang/rego/compile.h"
#include "lang/rego/index.h"

/* ---- clauses: many that want different values of one place ---- */

#define GUARDS 4  /* a clause */
#define PLACES 16 /* a group: which of them parts its clauses best */
#define CLAUSES_MIN 8

static const rg_goal *
goal_at(const rg_goals *goals, size_t i)
{
	return *PV_AT(rg_goal *, &goals->list, i);
}

static bool
is_const(const rg_pat *p)
{
	return p && p->kind == PAT_CONST;
}

static bool
is_argument(const rg_unit *u, const rg_pat *p)
{
	return p && p->kind == PAT_VAR && u->rule && (uint32_t)p->slot < u->rule->nargs;
}

static bool
same_var(const rg_pat *a, const rg_pat *b)
{
	return a && a->kind == PAT_VAR && b->kind == PAT_VAR && a->slot == b->slot;
}

/* input.a.b, or argument.a.b, all of it constant. */
static bool
is_place(const rg_unit *u, const rg_goal *g)
{
	if (g->kind != GOAL_REF || !(g->base == BASE_INPUT || (g->base == BASE_PAT && is_argument(u, g->a))))
		return false;
	for (uint32_t i = 0; i < g->npath; i++)
		if (!is_const(g->path[i]))
			return false;
	return true;
}

static void
add_guard(rg_unit *u, rg_clause *c, const rg_goal *ref, int32_t arg, const rg_pat *equals)
{
	if (c->nguards == GUARDS)
		return;
	if (!c->guards)
		c->guards = pv_new_array(u->arena, rg_guard, GUARDS);
	rg_guard *guard = &c->guards[c->nguards++];
	pv_val *path = pv_new_array(u->arena, pv_val, ref ? ref->npath + 1 : 1);
	for (uint32_t i = 0; ref && i < ref->npath; i++)
		path[i] = ref->path[i]->val;
	*guard = (rg_guard){arg, ref ? ref->npath : 0, path, pv_box(u->arena, equals->val)};
}

/* The pattern that a unification holds against a constant. */
static const rg_pat *
against(const rg_goal *g, const rg_pat **ret_other)
{
	*ret_other = is_const(g->a) ? g->b : g->a;
	return g->kind != GOAL_UNIFY ? NULL : is_const(g->a) ? g->a : is_const(g->b) ? g->b : NULL;
}

/* A clause that holds input.a.b or an argument against a constant can be passed over by
 * one look-up.  What stands before that in the body is not evaluated then, nor are its errors
 * found: as in OPA. */
void
rg_find_guards(rg_unit *u, const rg_goals *goals, rg_clause *c)
{
	for (size_t i = 0; i < goals->list.len; i++) {
		const rg_goal *g = goal_at(goals, i), *ref = NULL;
		const rg_pat *other, *equals = against(g, &other);
		if (is_place(u, g) && is_const(g->out))
			add_guard(u, c, g, g->base == BASE_INPUT ? -1 : g->a->slot, g->out);
		if (!equals)
			continue;
		if (is_argument(u, other))
			add_guard(u, c, NULL, other->slot, equals);
		for (size_t k = 0; k < i && !ref; k++)
			if (same_var(goal_at(goals, k)->out, other) && is_place(u, goal_at(goals, k)))
				ref = goal_at(goals, k);
		if (ref)
			add_guard(u, c, ref, ref->base == BASE_INPUT ? -1 : ref->a->slot, equals);
	}
}

static bool
same_place(const rg_guard *a, const rg_guard *b)
{
	if (a->arg != b->arg || a->n != b->n)
		return false;
	for (uint32_t i = 0; i < a->n; i++)
		if (!pv_eq(&a->path[i], &b->path[i]))
			return false;
	return true;
}

static const rg_guard *
guard_at(const rg_clause *c, const rg_guard *place)
{
	for (uint32_t i = 0; i < c->nguards && !c->orelse; i++)
		if (same_place(&c->guards[i], place))
			return &c->guards[i];
	return NULL;
}

static int
by_value(const void *a, const void *b)
{
	const rg_row *x = a, *y = b;
	int r = pv_cmp(x->equals, y->equals);
	return r ? r : (x->clause->at > y->clause->at) - (x->clause->at < y->clause->at);
}

/* The group's clauses by what they want at the place. */
static pv_vec
rows_of(pv_arena *arena, const rg_group *g, const rg_guard *place)
{
	pv_vec rows;
	pv_vec_init(&rows, arena, sizeof(rg_row));
	for (uint32_t i = 0; i < g->n; i++) {
		const rg_guard *guard = guard_at(g->clauses[i], place);
		rg_row row = {guard ? guard->equals : NULL, g->clauses[i]};
		if (guard)
			pv_vec_push(&rows, &row);
	}
	pv_vec_sort(&rows, by_value);
	return rows;
}

static size_t
distinct(const pv_vec *rows)
{
	size_t n = rows->len > 0;
	for (size_t i = 1; i < rows->len; i++)
		n += !pv_eq(PV_AT(rg_row, rows, i - 1)->equals, PV_AT(rg_row, rows, i)->equals);
	return n;
}

static uint32_t
places_of(const rg_group *g, const rg_guard *places[PLACES])
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < g->n; i++)
		for (uint32_t k = 0; k < g->clauses[i]->nguards && n < PLACES; k++) {
			const rg_guard *guard = &g->clauses[i]->guards[k];
			uint32_t known = 0;
			while (known < n && !same_place(places[known], guard))
				known++;
			if (known == n)
				places[n++] = guard;
		}
	return n;
}

/* The place that parts the clauses into the most values is looked at. */
void
rg_index_clauses(pv_arena *arena, rg_group *g)
{
	const rg_guard *places[PLACES], *best = NULL;
	size_t most = CLAUSES_MIN - 1;
	if (g->n < CLAUSES_MIN)
		return;
	uint32_t n = places_of(g, places);
	for (uint32_t i = 0; i < n; i++) {
		pv_vec rows = rows_of(arena, g, places[i]);
		size_t parts = distinct(&rows);
		if (parts <= most)
			continue;
		most = parts;
		best = places[i];
		g->rows = rows.data;
		g->nrows = (uint32_t)rows.len;
	}
	if (!best)
		return;
	g->by = best;
	g->unguarded = pv_new_array(arena, rg_clause *, g->n - g->nrows + 1);
	for (uint32_t i = 0; i < g->n; i++)
		if (!guard_at(g->clauses[i], best))
			g->unguarded[g->n_unguarded++] = g->clauses[i];
}

/* ---- comprehensions ---- */

typedef struct bits {
	rg_unit *u;
	rg_bits keys, bound; /* the variables around; those that its own goals have bound so far */
} bits;

static bool
bit(const uint64_t *b, size_t slot)
{
	return (b[slot / 64] >> (slot % 64)) & 1;
}

/* Does the pattern have one of the variables around, before a goal gave it a value? */
static bool
is_open(const bits *s, const rg_pat *p)
{
	if (!p)
		return false;
	if (p->kind == PAT_VAR)
		return bit(s->keys, (size_t)p->slot) && !bit(s->bound, (size_t)p->slot);
	for (uint32_t i = 0; i < p->n; i++)
		if (is_open(s, p->args[i]))
			return true;
	return false;
}

static bool
uses_open(const bits *s, const rg_goal *g)
{
	for (uint32_t w = 0; w < s->u->words; w++)
		if ((g->vars[w] | g->inner[w]) & s->keys[w] & ~s->bound[w])
			return true;
	return false;
}

static bool
is_volatile(const rg_goals *goals)
{
	for (size_t i = 0; i < goals->list.len; i++) {
		const rg_goal *g = goal_at(goals, i);
		if (g->kind == GOAL_WITH || (g->builtin && (g->builtin->flags & RG_B_VOLATILE)) ||
		    is_volatile(&g->body))
			return true;
	}
	return false;
}

/* Can the goal run at its place without the variables around, and give the same solutions in the
 * same order?  A reference must not iterate over a key that it was to be looked up with. */
static bool
stands_alone(bits *s, const rg_goal *g)
{
	switch ((enum rg_goal_kind)g->kind) {
	case GOAL_UNIFY: {
		bool a = rg_pat_ground(g->a, s->bound), b = rg_pat_ground(g->b, s->bound);
		bool ok = (a && rg_pat_matchable(g->b, s->bound)) || (b && rg_pat_matchable(g->a, s->bound));
		rg_pat_bind(g->a, s->bound);
		rg_pat_bind(g->b, s->bound);
		return ok;
	}
	case GOAL_REF:
		if (g->base == BASE_PAT && !rg_pat_ground(g->a, s->bound))
			return false;
		for (uint32_t i = 0; i < g->npath; i++) {
			if (is_open(s, g->path[i]))
				return false;
			rg_pat_bind(g->path[i], s->bound);
		}
		break;
	case GOAL_CALL:
		for (uint32_t i = 0; i < g->npath; i++)
			if (is_open(s, g->path[i]))
				return false;
		if (g->builtin && (g->builtin->flags & RG_B_RELATION) && is_open(s, g->out))
			return false;
		break;
	default:
		if (uses_open(s, g))
			return false;
		break;
	}
	if (g->out && !rg_pat_matchable(g->out, s->bound))
		return false;
	if (g->out)
		rg_pat_bind(g->out, s->bound);
	return true;
}

static bool
iterates(rg_unit *u, const rg_goals *goals)
{
	rg_bits seen = rg_bits_new(u);
	for (size_t i = 0; i < goals->list.len; i++) {
		const rg_goal *g = goal_at(goals, i);
		if (g->kind == GOAL_CALL && g->builtin && (g->builtin->flags & RG_B_RELATION))
			return true;
		for (uint32_t k = 0; g->kind == GOAL_REF && k < g->npath; k++)
			if (!rg_pat_ground(g->path[k], seen))
				return true;
		if (g->out)
			rg_pat_bind(g->out, seen);
	}
	return false;
}

static uint32_t
keys_of(bits *s, const rg_goal *g, rg_bits bound, rg_pat **pats)
{
	uint32_t n = 0;
	for (size_t slot = 0; slot < s->u->vars.len; slot++) {
		if (!bit(g->inner, slot) || !bit(bound, slot))
			continue;
		s->keys[slot / 64] |= UINT64_C(1) << (slot % 64);
		pats[n++] = rg_pat_var(s->u, (int32_t)slot);
	}
	return n;
}

rg_index *
rg_index_comprehension(rg_unit *u, const rg_goal *g, rg_bits bound, rg_pat ***ret_keys)
{
	bits s = {u, rg_bits_new(u), rg_bits_new(u)};
	rg_pat **pats = pv_new_array(u->scratch, rg_pat *, u->vars.len + 2);
	if (!iterates(u, &g->body) || is_volatile(&g->body))
		return NULL;
	uint32_t n = keys_of(&s, g, bound, pats);
	if (n > RG_KEYS)
		return NULL;
	for (size_t i = 0; i < g->body.list.len; i++)
		if (!stands_alone(&s, goal_at(&g->body, i)))
			return NULL;
	for (uint32_t i = 0; i < n; i++)
		if (!rg_pat_ground(pats[i], s.bound))
			return NULL;
	if (!rg_pat_ground(g->a, s.bound) || (g->b && !rg_pat_ground(g->b, s.bound)))
		return NULL;
	rg_index *ix = pv_new(u->arena, rg_index);
	rg_head head = {.kind = OP_SOLUTION, .pats = pats, .n = n};
	ix->nkeys = n;
	ix->type = g->compr;
	*ret_keys = pats;
	pats[head.n++] = g->a;
	if (g->b)
		pats[head.n++] = g->b;
	rg_generate(u, &g->body, &head, &ix->code);
	return ix;
}
