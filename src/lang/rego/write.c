/* write: the code of the rules that a query reaches, once for all queries. */
#include "base/arena.h"
#include "lang/rego/compile.h"

static void
write_body(pv_arena *scratch, const rg_draft *d, rg_code *to)
{
	if (!d->unit)
		return;
	pv_arena_reset(scratch);
	d->unit->scratch = scratch;
	rg_generate(d->unit, d->goals, d->head, to);
	d->unit->scratch = NULL;
}

static void
write_clauses(pv_arena *scratch, rg_clause *c)
{
	for (; c; c = c->orelse) {
		write_body(scratch, &c->draft, &c->code);
		write_body(scratch, &c->keyed_draft, &c->keyed);
	}
}

/* All rules at the node and below: which of them is asked for may be known only when it runs. */
static void
note_node(pv_vec *reached, rg_node *node)
{
	if (node->reached)
		return;
	node->reached = true;
	if (node->group)
		pv_vec_push(reached, &node->group);
	for (uint32_t i = 0; i < node->n; i++)
		note_node(reached, node->kids[i]);
}

static void
note_deps(pv_vec *reached, const pv_vec *deps)
{
	for (size_t i = 0; i < deps->len; i++)
		note_node(reached, PV_AT(rg_dep, deps, i)->node);
}

void
rg_write_reached(rg_program *p, const pv_vec *deps)
{
	pv_arena *found = pv_arena_new("rego-reached"), *scratch = pv_arena_new("rego-body");
	pv_vec reached; /* rg_group *: not written before */
	pv_vec_init(&reached, found, sizeof(rg_group *));
	pthread_mutex_lock(&p->writing);
	note_deps(&reached, deps);
	for (size_t i = 0; i < reached.len; i++) {
		rg_group *g = *PV_AT(rg_group *, &reached, i);
		for (uint32_t k = 0; k < g->n; k++)
			write_clauses(scratch, g->clauses[k]);
		write_clauses(scratch, g->otherwise);
		note_deps(&reached, &g->deps);
		for (size_t k = 0; k < g->parts.len; k++)
			note_deps(&reached, &(*PV_AT(rg_group *, &g->parts, k))->deps);
	}
	pthread_mutex_unlock(&p->writing);
	pv_arena_free(scratch);
	pv_arena_free(found);
}
