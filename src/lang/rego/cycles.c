/* cycles: groups in the order of what they read, and rules that read themselves (Tarjan's strongly
 * connected components).  Of a group with parts the parts count: one may read another. */
#include "base/arena.h"
#include "lang/rego/compile.h"

#define CHAIN 5000 /* rules that depend on each other: the walk goes as deep */

typedef struct walk {
	rg_program *program;
	rg_errors *errors;
	rg_group *from;
	pv_vec open; /* rg_group *: whose cycle is not known yet */
	uint32_t visited, depth;
	bool cyclic, too_deep;
} walk;

/* Each group that the path may lead to. */
static void
each_group(const rg_node *node, rg_term *const *rest, uint32_t n, void (*take)(void *, rg_group *), void *arg)
{
	if (node->group) {
		take(arg, node->group);
		return;
	}
	for (uint32_t i = 0; i < node->n; i++) {
		const rg_node *kid = node->kids[i];
		if (n == 0 || rest[0]->kind != RG_CONST || pv_eq(&rest[0]->val, &kid->key))
			each_group(kid, n ? rest + 1 : NULL, n ? n - 1 : 0, take, arg);
	}
}

/* What a rule may read lies before a variable in its name, or below. */
static void
each_part(const rg_node *node, rg_term *const *rest, uint32_t n, void (*take)(void *, rg_group *), void *arg)
{
	if (node->group)
		take(arg, node->group);
	for (uint32_t i = 0; i < node->n; i++) {
		const rg_node *kid = node->kids[i];
		if (n == 0 || rest[0]->kind != RG_CONST || pv_eq(&rest[0]->val, &kid->key))
			each_part(kid, n ? rest + 1 : NULL, n ? n - 1 : 0, take, arg);
	}
}

static void
each_read(const pv_vec *deps, size_t i, void (*take)(void *, rg_group *), void *arg)
{
	const rg_dep *d = PV_AT(rg_dep, deps, i);
	each_part(d->node, d->rest, d->n, take, arg);
}

/* ---- the order, and which groups read each other ---- */

static void visit(walk *w, rg_group *g);

static void
take_read(void *arg, rg_group *g)
{
	walk *w = arg;
	rg_group *from = w->from;
	if (w->too_deep)
		return;
	if (!g->visited) {
		visit(w, g);
		w->from = from;
		from->cycle = g->cycle < from->cycle ? g->cycle : from->cycle;
	} else if (g->open) {
		w->cyclic = true;
		from->cycle = g->visited < from->cycle ? g->visited : from->cycle;
	}
}

static void
too_deep(walk *w, const rg_group *g)
{
	const rg_rule *r = *PV_AT(const rg_rule *, &g->rules, 0);
	w->too_deep = true;
	rg_error_add(w->errors, r->module->name, &r->loc, "rego_compile_error",
		     "rules depend on each other more than %d deep", CHAIN);
}

static void
visit_reads(walk *w, rg_group *g, const pv_vec *deps)
{
	for (size_t i = 0; i < deps->len; i++) {
		const rg_dep *d = PV_AT(rg_dep, deps, i);
		w->from = g;
		each_group(d->node, d->rest, d->n, take_read, w);
	}
}

/* The first that was visited of those that read each other names their cycle. */
static void
visit(walk *w, rg_group *g)
{
	rg_group *last;
	if (++w->depth > CHAIN)
		too_deep(w, g);
	g->visited = g->cycle = ++w->visited;
	g->open = true;
	pv_vec_push(&w->open, &g);
	visit_reads(w, g, &g->deps);
	for (size_t i = 0; i < g->parts.len; i++)
		visit_reads(w, g, &(*PV_AT(rg_group *, &g->parts, i))->deps);
	w->depth--;
	pv_vec_push(&w->program->order, &g);
	if (g->cycle != g->visited)
		return;
	do {
		last = *PV_AT(rg_group *, &w->open, w->open.len - 1);
		pv_vec_pop(&w->open);
		last->open = false;
		last->cycle = g->cycle;
	} while (last != g);
}

/* ---- telling ---- */

typedef struct way { /* from a rule back to its group, breadth first */
	rg_group *to, *at;
	rg_group **before; /* by id */
	pv_vec queue;      /* rg_group * */
	bool found;
} way;

static uint32_t
cycle_of(const rg_group *g)
{
	return g->into ? g->into->cycle : g->cycle;
}

static void
step(void *arg, rg_group *g)
{
	way *y = arg;
	if (y->found || cycle_of(g) != cycle_of(y->to))
		return;
	y->found = g == y->to;
	if (y->found || y->before[g->id])
		return;
	y->before[g->id] = y->at;
	pv_vec_push(&y->queue, &g);
}

static void
tell(walk *w, const rg_rule *r, const way *y)
{
	pv_arena *arena = w->errors->cx->arena;
	const char *name = rg_node_name(arena, y->to->node);
	pv_vec back; /* const rg_group *: the way between, last first */
	pv_buf b;
	pv_vec_init(&back, arena, sizeof(const rg_group *));
	for (const rg_group *g = y->at; g != y->to; g = y->before[g->id])
		pv_vec_push(&back, &g);
	pv_buf_init(&b, arena);
	for (size_t i = back.len; i-- > 0;) {
		const rg_group *g = *PV_AT(const rg_group *, &back, i);
		pv_buf_printf(&b, "%s -> ", b.len < RG_LISTED ? rg_node_name(arena, g->node) : "...");
		i = b.len < RG_LISTED ? i : 0;
	}
	rg_error_add(w->errors, r->module->name, &r->loc, "rego_recursion_error",
		     "rule %s is recursive: %s -> %s%s", name, name, b.len ? b.s : "", name);
}

/* Of the rule whose the first-th dependency is; those of one rule stand together.  Returns what is behind them. */
static size_t
check_rule(walk *w, rg_group *g, size_t first, rg_group **before)
{
	const rg_rule *r = PV_AT(rg_dep, &g->deps, first)->rule;
	way y = {.to = g, .at = g, .before = before};
	size_t end = first;
	pv_vec_init(&y.queue, w->errors->cx->arena, sizeof(rg_group *));
	for (; end < g->deps.len && PV_AT(rg_dep, &g->deps, end)->rule == r; end++)
		if (!y.found)
			each_read(&g->deps, end, step, &y);
	for (size_t k = 0; k < y.queue.len && !y.found; k++) {
		y.at = *PV_AT(rg_group *, &y.queue, k);
		for (size_t i = 0; i < y.at->deps.len && !y.found; i++)
			each_read(&y.at->deps, i, step, &y);
	}
	if (y.found)
		tell(w, r, &y);
	for (size_t k = 0; k < y.queue.len; k++)
		before[(*PV_AT(rg_group *, &y.queue, k))->id] = NULL;
	return end;
}

static void
tell_cycles(walk *w)
{
	const pv_vec *groups = &w->program->groups;
	rg_group **before = pv_new_array(w->errors->cx->arena, rg_group *, groups->len);
	for (size_t i = 0; i < groups->len; i++) {
		rg_group *g = *PV_AT(rg_group *, groups, i);
		for (size_t k = 0; k < g->deps.len && !rg_errors_full(w->errors);)
			k = check_rule(w, g, k, before);
	}
}

void
rg_tree_check(rg_program *p, rg_errors *e)
{
	walk w = {.program = p, .errors = e};
	pv_vec_init(&w.open, e->cx->arena, sizeof(rg_group *));
	for (size_t i = 0; i < p->groups.len && !w.too_deep; i++) {
		rg_group *g = *PV_AT(rg_group *, &p->groups, i);
		if (!g->visited && !g->into)
			visit(&w, g);
	}
	if (w.cyclic && !w.too_deep)
		tell_cycles(&w);
	for (size_t i = 0; w.cyclic && i < p->groups.len; i++) {
		rg_group *g = *PV_AT(rg_group *, &p->groups, i);
		g->inner = g->parts.len > 0;
	}
}
