/* The index of FlowSchemas, and which of them a request falls under. */
#include "core/flow/flow.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "core/flow/impl.h"

static const char *const types[] = {FLOW_SCHEMA, FLOW_LEVEL};

static void
woken(void *arg)
{
	atomic_store(&((pv_flow *)arg)->changed, true);
}

/* ---- the index ---- */

static void
index_free(flow_index *index)
{
	if (index) {
		pv_ctx_done(&index->cx);
		free(index);
	}
}

static const pv_val *
spec_of(const pv_rec *rec)
{
	return pv_get(pv_rec_val(rec), "spec");
}

static const char *
uid_of(const pv_rec *rec)
{
	return pv_text_at(pv_rec_val(rec), "metadata.uid", "");
}

static int
by_precedence(const void *a, const void *b)
{
	const struct schema *x = a, *y = b;

	if (x->precedence != y->precedence)
		return x->precedence < y->precedence ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Under flow->seats. */
static void
read_levels(pv_flow *flow, const pv_listing *all)
{
	for (pv_flow_level *l = flow->levels; l; l = l->next) {
		l->wanted = false;
		l->flows = 0;
	}
	for (size_t i = 0; i < all->len; i++)
		flow_level_put(flow, pv_rec_key(all->recs[i])->name, uid_of(all->recs[i]),
			       spec_of(all->recs[i]));
	if (!flow_level_find(flow, FLOW_CATCH_ALL) || !flow_level_find(flow, FLOW_CATCH_ALL)->wanted)
		flow_level_put(flow, FLOW_CATCH_ALL, "", NULL);
	flow_level_find(flow, FLOW_CATCH_ALL)->flows = 1; /* what no schema speaks of */
	flow_levels_share(flow);
}

static void
read_schemas(pv_flow *flow, flow_index *index, const pv_listing *all)
{
	index->schemas = pv_new_array(index->cx.arena, struct schema, all->len + 1);
	for (size_t i = 0; i < all->len; i++) {
		const pv_val *spec = spec_of(all->recs[i]);
		pv_flow_level *level =
			flow_level_find(flow, pv_text_at(spec, "priorityLevelConfiguration.name", ""));

		if (!level || !level->wanted)
			continue; /* its level is not there: nothing falls under it */
		struct schema *s = &index->schemas[index->n++];

		*s = (struct schema){
			.name = pv_rec_key(all->recs[i])->name,
			.uid = uid_of(all->recs[i]),
			.precedence = pv_i64_at(spec, "matchingPrecedence", 1000),
			.by = pv_text_at(spec, "distinguisherMethod.type", ""),
			.level = level,
		};
		level->flows += s->by[0] ? 2 : 1;
		s->tally = tally_of(flow, s->name, level->name);
		s->rules = flow_compile(index->cx.arena, pv_get(spec, "rules"), &s->n_rules);
	}
	qsort(index->schemas, index->n, sizeof *index->schemas, by_precedence);
}

/* Under flow->lock. */
static void
rebuild(pv_flow *flow)
{
	flow_index *index = calloc(1, sizeof *index);
	pv_listing schemas = {0}, levels = {0};

	PV_ASSERT(index);
	pv_ctx_init(&index->cx, "flow");
	if (pv_store_list(&index->cx, flow->store, &(pv_list_query){.type = FLOW_SCHEMA}, &schemas) < 0 ||
	    pv_store_list(&index->cx, flow->store, &(pv_list_query){.type = FLOW_LEVEL}, &levels) < 0) {
		(void)pv_recover(&index->cx);
		index_free(index);
		return;
	}
	pthread_mutex_lock(&flow->seats);
	read_levels(flow, &levels);
	read_schemas(flow, index, &schemas);
	pthread_mutex_unlock(&flow->seats);
	index_free(flow->index);
	flow->index = index;
}

/* A watch that fell behind starts again: what it missed is listed anyway. */
static void
drain(pv_ctx *cx, pv_flow *flow)
{
	for (size_t i = 0; i < PV_LEN(types); i++) {
		pv_event event;
		int got = 0;

		while (flow->watches[i] && (got = pv_watch_next(cx, flow->watches[i], &event)) > 0)
			;
		if (got < 0) {
			(void)pv_recover(cx);
			flow->watches[i] = pv_watch_close(flow->watches[i]);
		}
		if (!flow->watches[i] && pv_watch_open(cx, flow->store, types[i], pv_store_rev(flow->store),
						       woken, flow, &flow->watches[i]) < 0)
			(void)pv_recover(cx);
	}
}

void
flow_refresh(pv_flow *flow)
{
	pv_ctx cx;

	if (!atomic_load_explicit(&flow->changed, memory_order_relaxed))
		return;
	pv_ctx_init(&cx, "flow");
	pthread_rwlock_wrlock(&flow->lock);
	if (atomic_exchange(&flow->changed, false)) {
		drain(&cx, flow);
		rebuild(flow);
	}
	pthread_rwlock_unlock(&flow->lock);
	pv_ctx_done(&cx);
}

/* ---- opening ---- */

int
pv_flow_open(pv_ctx *cx, pv_store *store, pv_metrics *metrics, int seats, int most, pv_flow **ret)
{
	pv_flow *flow = calloc(1, sizeof *flow);

	(void)cx;
	PV_ASSERT(flow);
	flow->store = store;
	flow->metrics = metrics;
	flow->total = seats;
	flow->most = most;
	pthread_rwlock_init(&flow->lock, NULL);
	pthread_mutex_init(&flow->seats, NULL);
	atomic_store(&flow->changed, true);
	*ret = flow;
	return 0;
}

pv_flow *
pv_flow_close(pv_flow *flow)
{
	if (!flow)
		return NULL;
	for (size_t i = 0; i < PV_LEN(types); i++)
		if (flow->watches[i])
			pv_watch_close(flow->watches[i]);
	index_free(flow->index);
	flow_levels_free(flow);
	tally_free(flow);
	pthread_mutex_destroy(&flow->seats);
	pthread_rwlock_destroy(&flow->lock);
	free(flow);
	return NULL;
}

/* ---- classifying ---- */

static uint64_t
hash_more(uint64_t h, const char *text) /* FNV-1a, the text's end included */
{
	do
		h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
	while (*text++);
	return h;
}

static uint64_t
hash_of(const struct schema *s, const char *by)
{
	uint64_t h = hash_more(UINT64_C(14695981039346656037), s->name);

	if (s->by[0])
		h = hash_more(h, by);
	return h ^ h >> 32;
}

static void
fall_under(pv_ctx *cx, const struct schema *s, pv_flow_ticket *t)
{
	t->schema_uid = pv_strdup(cx->arena, s->uid);
	t->level_uid = pv_strdup(cx->arena, s->level->uid);
	if (pv_streq(s->by, "ByUser"))
		t->by = t->who->user;
	if (pv_streq(s->by, "ByNamespace"))
		t->by = t->what->ns;
	t->hash = hash_of(s, t->by);
	t->level = s->level;
	t->tally = s->tally;
}

void
pv_flow_classify(pv_ctx *cx, pv_flow *flow, const pv_identity *who, const pv_attributes *what, bool hold,
		 pv_flow_ticket *ret)
{
	const struct schema *s = NULL;

	*ret = (pv_flow_ticket){
		.schema_uid = "", .level_uid = "", .by = "", .who = who, .what = what, .width = 1};
	flow_refresh(flow);
	pthread_rwlock_rdlock(&flow->lock);
	for (size_t i = 0; flow->index && i < flow->index->n && !s; i++) {
		const struct schema *one = &flow->index->schemas[i];

		if (flow_matches(one->rules, one->n_rules, who, what))
			s = one;
	}
	if (s)
		fall_under(cx, s, ret);
	if (!hold && ret->tally)
		pv_metric_add(ret->tally->served, 1);
	if (hold) {
		pthread_mutex_lock(&flow->seats);
		if (!ret->level)
			ret->level = flow_level_find(flow, FLOW_CATCH_ALL);
		ret->level->refs++;
		pthread_mutex_unlock(&flow->seats);
	}
	pthread_rwlock_unlock(&flow->lock);
}
