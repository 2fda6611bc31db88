/* order: puts the goals of a body into an order in which every variable is bound
 * before it is used, keeping the author's order where that is possible (OPA's
 * rule: sweep over the body, taking each goal that is ready).  What can never
 * be ready is unsafe. */
#include <string.h>

#include "base/arena.h"
#include "lang/rego/compile.h"

rg_bits
rg_bits_new(rg_unit *u)
{
	return pv_alloc0_array(u->scratch, u->words + 1, sizeof(uint64_t));
}

static void
set(rg_bits b, int32_t slot)
{
	b[slot / 64] |= UINT64_C(1) << (slot % 64);
}

static bool
has(const uint64_t *b, int32_t slot)
{
	return (b[slot / 64] >> (slot % 64)) & 1;
}

static void
join(rg_unit *u, rg_bits to, const uint64_t *from)
{
	for (uint32_t i = 0; i < u->words; i++)
		to[i] |= from[i];
}

static rg_bits
copy(rg_unit *u, const uint64_t *from)
{
	rg_bits b = rg_bits_new(u);
	memcpy(b, from, u->words * sizeof *b);
	return b;
}

static void
add_pat(rg_bits b, const rg_pat *p)
{
	if (!p)
		return;
	if (p->kind == PAT_VAR)
		set(b, p->slot);
	for (uint32_t i = 0; i < p->n; i++)
		add_pat(b, p->args[i]);
}

static rg_goal *
goal_at(const rg_goals *goals, size_t i)
{
	return *PV_AT(rg_goal *, &goals->list, i);
}

/* Deep terms were refused while lowering, so this recursion is bounded. */
void
rg_analyse(rg_unit *u, rg_goals *goals)
{
	for (size_t i = 0; i < goals->list.len; i++) {
		rg_goal *g = goal_at(goals, i);
		bool closure =
			g->kind == GOAL_COMPR || g->kind == GOAL_EVERY || (g->kind == GOAL_NOT && g->closed);
		g->vars = pv_alloc0_array(u->arena, 2 * ((size_t)u->words + 1), sizeof *g->vars);
		g->inner = g->vars + u->words + 1;
		rg_analyse(u, &g->body);
		for (size_t k = 0; k < g->body.list.len; k++) {
			const rg_goal *b = goal_at(&g->body, k);
			join(u, closure ? g->inner : g->vars, b->vars);
			join(u, g->inner, b->inner);
		}
		rg_bits heads = g->kind == GOAL_COMPR ? g->inner : g->vars;
		add_pat(heads, g->a);
		add_pat(heads, g->b);
		add_pat(g->vars, g->out);
		for (uint32_t k = 0; k < g->npath; k++)
			add_pat(g->kind == GOAL_EVERY ? g->inner : g->vars, g->path[k]);
		for (uint32_t k = 0; k < g->nmocks; k++)
			add_pat(g->vars, g->values[k]);
	}
}

bool
rg_pat_ground(const rg_pat *p, rg_bits bound)
{
	if (p->kind == PAT_VAR)
		return has(bound, p->slot);
	for (uint32_t i = 0; i < p->n; i++)
		if (!rg_pat_ground(p->args[i], bound))
			return false;
	return true;
}

void
rg_pat_bind(const rg_pat *p, rg_bits bound)
{
	add_pat(bound, p);
}

bool
rg_pat_matchable(const rg_pat *p, rg_bits bound)
{
	if (p->kind == PAT_SET)
		return rg_pat_ground(p, bound);
	for (uint32_t i = 0; i < p->n; i++)
		if (p->kind == PAT_OBJECT && i % 2 == 0 ? !rg_pat_ground(p->args[i], bound)
							: !rg_pat_matchable(p->args[i], bound))
			return false;
	return true;
}

static bool
subset(rg_unit *u, const uint64_t *a, const uint64_t *mask, const uint64_t *b)
{
	for (uint32_t i = 0; i < u->words; i++)
		if (a[i] & mask[i] & ~b[i])
			return false;
	return true;
}

/* The compiler's own variables that the goals of a negation make. */
static rg_bits
made_inside(rg_unit *u, const rg_goals *goals)
{
	rg_bits b = rg_bits_new(u);
	for (size_t i = 0; i < goals->list.len; i++) {
		const rg_goal *g = goal_at(goals, i);
		const rg_pat *p = g->out;
		if (g->kind == GOAL_NOT && !g->closed)
			join(u, b, made_inside(u, &g->body));
		if (p && p->kind == PAT_VAR && !PV_AT(rg_var, &u->vars, (size_t)p->slot)->name)
			set(b, p->slot);
	}
	return b;
}

static bool order(rg_unit *u, rg_goals *goals, rg_bits bound, const uint64_t *outer, bool report);

static bool
ready_path(const rg_goal *g, rg_bits bound)
{
	rg_pat *const *path = g->path;
	for (uint32_t i = 0; i < g->npath; i++)
		if (g->kind == GOAL_CALL ? !rg_pat_ground(path[i], bound) : !rg_pat_matchable(path[i], bound))
			return false;
	return true;
}

static bool
ready(rg_unit *u, rg_goal *g, rg_bits bound, const uint64_t *scope)
{
	if (!subset(u, g->inner, scope, bound))
		return false;
	switch ((enum rg_goal_kind)g->kind) {
	case GOAL_UNIFY:
		if (g->compares)
			return rg_pat_ground(g->a, bound) && rg_pat_ground(g->b, bound);
		return (rg_pat_ground(g->a, bound) && rg_pat_matchable(g->b, bound)) ||
		       (rg_pat_ground(g->b, bound) && rg_pat_matchable(g->a, bound));
	case GOAL_REF: {
		if (g->base == BASE_PAT && !rg_pat_ground(g->a, bound))
			return false;
		rg_bits b = copy(u, bound);
		for (uint32_t i = 0; i < g->npath; i++) {
			if (!rg_pat_matchable(g->path[i], b))
				return false;
			rg_pat_bind(g->path[i], b);
		}
		return rg_pat_matchable(g->out, b);
	}
	case GOAL_CALL: return ready_path(g, bound) && rg_pat_matchable(g->out, bound);
	case GOAL_TRUE: return rg_pat_ground(g->a, bound);
	case GOAL_NOT: {
		if (g->closed)
			return true;
		rg_bits b = copy(u, bound);
		join(u, b, made_inside(u, &g->body));
		for (uint32_t i = 0; i < u->words; i++)
			if (g->vars[i] & ~b[i])
				return false;
		return true;
	}
	case GOAL_EVERY: return rg_pat_ground(g->a, bound);
	case GOAL_COMPR: return rg_pat_matchable(g->out, bound);
	case GOAL_WITH:
		for (uint32_t i = 0; i < g->nmocks; i++)
			if (g->values[i] && !rg_pat_ground(g->values[i], bound))
				return false;
		return order(u, &g->body, copy(u, bound), scope, false);
	case GOAL_FAIL: return true;
	}
	return false;
}

/* Orders the bodies inside a goal that was taken, and notes what it binds. */
static bool
take(rg_unit *u, rg_goal *g, rg_bits bound, const uint64_t *scope, bool report)
{
	rg_bits b;
	bool ok = true;
	if (g->kind == GOAL_NOT || g->kind == GOAL_COMPR) {
		b = copy(u, bound);
		ok = order(u, &g->body, b, scope, report);
		if (g->kind == GOAL_COMPR && ok && report &&
		    !(rg_pat_ground(g->a, b) && (!g->b || rg_pat_ground(g->b, b)))) {
			rg_bits v = rg_bits_new(u);
			add_pat(v, g->a);
			add_pat(v, g->b);
			for (size_t s = 0; s < u->vars.len; s++) {
				const rg_var *var = PV_AT(rg_var, &u->vars, s);
				if (has(v, (int32_t)s) && !has(b, (int32_t)s) && var->name)
					rg_unit_error(u, g->loc, "rego_unsafe_var_error", "var %s is unsafe",
						      var->wildcard ? "_" : var->name);
			}
			ok = false;
		}
	} else if (g->kind == GOAL_EVERY) {
		b = copy(u, bound);
		rg_pat_bind(g->path[0], b);
		rg_pat_bind(g->path[1], b);
		ok = order(u, &g->body, b, scope, report);
	} else if (g->kind == GOAL_WITH) {
		ok = order(u, &g->body, bound, scope, report);
	}
	if (g->kind == GOAL_UNIFY) {
		rg_pat_bind(g->a, bound);
		rg_pat_bind(g->b, bound);
	}
	if (g->kind == GOAL_REF)
		for (uint32_t i = 0; i < g->npath; i++)
			rg_pat_bind(g->path[i], bound);
	if (g->out)
		rg_pat_bind(g->out, bound);
	return ok;
}

static void
report_unsafe(rg_unit *u, rg_goal *const *stuck, size_t n, const uint64_t *bound)
{
	bool named = false;
	rg_bits told = rg_bits_new(u);
	for (size_t i = 0; i < n; i++)
		for (size_t s = 0; s < u->vars.len; s++) {
			const rg_var *v = PV_AT(rg_var, &u->vars, s);
			if (!has(stuck[i]->vars, (int32_t)s) || has(bound, (int32_t)s) || !v->name ||
			    has(told, (int32_t)s))
				continue;
			told[s / 64] |= UINT64_C(1) << (s % 64);
			const rg_loc *loc =
				u->step < u->steps.len && stuck[i]->step < u->steps.len
					? &(*PV_AT(const rg_expr *, &u->steps, stuck[i]->step))->loc
					: stuck[i]->loc;
			rg_unit_error(u, loc, "rego_unsafe_var_error", "var %s is unsafe",
				      v->wildcard ? "_" : v->name);
			named = true;
		}
	if (!named && n)
		rg_unit_error(u, stuck[0]->loc, "rego_unsafe_var_error", "expression is unsafe");
}

static bool
order(rg_unit *u, rg_goals *goals, rg_bits bound, const uint64_t *outer, bool report)
{
	size_t n = goals->list.len, left = n, done = 0;
	rg_goal **in = pv_new_array(u->scratch, rg_goal *, n + 1);
	rg_goal **out = pv_new_array(u->scratch, rg_goal *, n + 1);
	rg_bits scope = copy(u, outer);
	bool ok = true;
	for (size_t i = 0; i < n; i++) {
		in[i] = *PV_AT(rg_goal *, &goals->list, i);
		join(u, scope, in[i]->vars);
	}
	for (bool progress = true; left && progress;) {
		progress = false;
		size_t kept = 0;
		for (size_t i = 0; i < left; i++) {
			if (!ready(u, in[i], bound, scope)) {
				in[kept++] = in[i];
				continue;
			}
			ok = take(u, in[i], bound, scope, report) && ok;
			out[done++] = in[i];
			progress = true;
		}
		left = kept;
	}
	if (left && report)
		report_unsafe(u, in, left, bound);
	for (size_t i = 0; i < left; i++)
		out[done++] = in[i];
	if (n)
		memcpy(goals->list.data, out, n * sizeof *out);
	return ok && left == 0;
}

bool
rg_order(rg_unit *u, rg_goals *goals, rg_bits bound, bool report)
{
	return order(u, goals, bound, rg_bits_new(u), report);
}
