#include "governance/opa/engine.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/heap.h"
#include "base/map.h"
#include "base/str.h"

#define QUERIES_MOST 1000 /* compiled and kept for one state */

struct opa_state {
	atomic_int refs;
	uint64_t number, brought;
	pv_rego *rego;
	const struct pv_rego_outside *outside;
	const pv_val *data, *policies, *bundles, *held; /* frozen */
	pthread_mutex_t lock;
	pv_map *queries; /* text -> pv_rego_query */
};

struct opa_engine {
	opa_engine_conf conf;
	pthread_mutex_t changes; /* held by who makes one */
	pthread_mutex_t lock;    /* of state */
	opa_state *state;
};

/* ---- states ---- */

static void
state_unref(void *arg)
{
	opa_state *s = arg;
	pv_str key;
	void *query;
	size_t pos = 0;
	if (!s || atomic_fetch_sub(&s->refs, 1) > 1)
		return;
	while (pv_map_each(s->queries, &pos, &key, &query))
		pv_rego_query_free(query);
	pv_map_free(s->queries);
	pv_rego_unref(s->rego);
	pv_unref(s->data);
	pv_unref(s->policies);
	pv_unref(s->bundles);
	pv_unref(s->held);
	pthread_mutex_destroy(&s->lock);
	pv_heap_free(s);
}

/* Takes over the reference of rego. */
static opa_state *
state_new(pv_rego *rego, const opa_draft *d, uint64_t number, uint64_t brought)
{
	opa_state *s = pv_heap_new(sizeof *s);
	atomic_init(&s->refs, 1);
	s->number = number;
	s->brought = brought;
	s->rego = rego;
	s->data = pv_freeze(d->data);
	s->policies = pv_freeze(d->policies);
	s->bundles = pv_freeze(d->bundles);
	s->held = pv_freeze(d->held);
	s->queries = pv_map_new(NULL);
	pthread_mutex_init(&s->lock, NULL);
	return s;
}

const struct pv_rego_outside *
opa_state_outside(const opa_state *s)
{
	return s->outside;
}

const pv_val *
opa_state_data(const opa_state *s)
{
	return s->data;
}

const pv_val *
opa_state_policies(const opa_state *s)
{
	return s->policies;
}

const pv_val *
opa_state_bundles(const opa_state *s)
{
	return s->bundles;
}

pv_rego *
opa_state_rego(const opa_state *s)
{
	return s->rego;
}

uint64_t
opa_state_number(const opa_state *s)
{
	return s->number;
}

uint64_t
opa_state_brought(const opa_state *s)
{
	return s->brought;
}

static void
query_free(void *query)
{
	pv_rego_query_free(query);
}

int
opa_state_query(pv_ctx *cx, opa_state *s, const char *text, bool kept, const pv_rego_query **ret,
		bool *ret_hit)
{
	pv_rego_query *q = NULL;
	int r = 0;
	*ret_hit = false;
	if (kept) {
		pthread_mutex_lock(&s->lock);
		q = pv_map_finds(s->queries, text);
		pthread_mutex_unlock(&s->lock);
		*ret_hit = q != NULL;
	}
	if (!q) {
		r = pv_rego_prepare(cx, s->rego, text, &q);
		if (r < 0)
			return r;
		pthread_mutex_lock(&s->lock);
		kept = kept && pv_map_len(s->queries) < QUERIES_MOST && !pv_map_finds(s->queries, text);
		if (kept)
			pv_map_puts(s->queries, text, q);
		pthread_mutex_unlock(&s->lock);
		if (!kept)
			pv_arena_defer(cx->arena, query_free, q);
	}
	*ret = q;
	return 0;
}

/* ---- the engine ---- */

opa_engine *
opa_engine_new(pv_ctx *cx, const opa_engine_conf *conf)
{
	static const pv_val nothing = {.type = PV_OBJECT};
	const pv_rego_opts opts = {
		.v0 = conf->v0, .prints = conf->prints, .offline = true, .max_errors = conf->max_errors};
	const opa_draft empty = {&nothing, &nothing, &nothing, &nothing};
	opa_engine *e = pv_heap_new(sizeof *e);
	pv_rego *rego = NULL;
	e->conf = *conf;
	pthread_mutex_init(&e->changes, NULL);
	pthread_mutex_init(&e->lock, NULL);
	PV_ASSERT(pv_rego_compile(cx, NULL, 0, &opts, &rego) == 0);
	e->state = state_new(rego, &empty, 1, 1);
	e->state->outside = conf->outside;
	return e;
}

opa_engine *
opa_engine_free(opa_engine *e)
{
	if (!e)
		return NULL;
	state_unref(e->state);
	pthread_mutex_destroy(&e->changes);
	pthread_mutex_destroy(&e->lock);
	pv_heap_free(e);
	return NULL;
}

bool
opa_engine_is_v0(const opa_engine *e)
{
	return e->conf.v0;
}

opa_state *
opa_engine_state(pv_ctx *cx, opa_engine *e)
{
	pthread_mutex_lock(&e->lock);
	opa_state *s = e->state;
	atomic_fetch_add(&s->refs, 1);
	pthread_mutex_unlock(&e->lock);
	pv_arena_defer(cx->arena, state_unref, s);
	return s;
}

/* ---- changes ---- */

static int
compile(pv_ctx *cx, const opa_engine *e, const pv_val *policies, pv_rego **ret)
{
	const pv_rego_opts opts = {
		.v0 = e->conf.v0,
		.prints = e->conf.prints,
		.offline = true, /* who may ask is not who may say what is asked of the network */
		.max_errors = e->conf.max_errors};
	pv_vec modules;
	pv_vec_init(&modules, cx->arena, sizeof(pv_rego_module));
	for (size_t i = 0; i < policies->len; i++) {
		const pv_member *m = pv_sorted(policies, i);
		const pv_val *v0 = pv_get(&m->val, "v0");
		pv_rego_module *module = pv_vec_add(&modules);
		module->name = m->key.s;
		module->text = pv_strv(pv_get(&m->val, "raw"));
		module->v0 = pv_truth(v0, false);
		module->v1 = !pv_truth(v0, true);
	}
	return pv_rego_compile(cx, modules.data, modules.len, &opts, ret);
}

/* Is there a base document at "a.b", or one on the way that is no object? */
static bool
is_taken(const pv_val *data, pv_str path)
{
	pv_str piece;
	while (data && pv_str_next(&path, '.', &piece)) {
		if (!pv_is(data, PV_OBJECT))
			return true;
		data = pv_getn(data, piece.s, piece.len);
	}
	return data != NULL;
}

static void
put_conflict(pv_buf *text, size_t n, const pv_rego_rule *rule, const char *message)
{
	pv_buf_printf(text, "%s%s:%d: rego_compile_error: %s", n ? "\n" : "", rule->file, rule->row, message);
}

static int
fail_conflicts(pv_ctx *cx, const pv_vec *rules, const pv_vec *messages)
{
	pv_buf text;
	pv_buf_init(&text, cx->arena);
	for (size_t i = 0; i < rules->len; i++)
		put_conflict(&text, i, *PV_AT(const pv_rego_rule *, rules, i),
			     *PV_AT(const char *, messages, i));
	int r = rules->len == 1 ? pv_fail(cx, PV_EINVALID, "1 error occurred: %s", text.s)
				: pv_fail(cx, PV_EINVALID, "%zu errors occurred:\n%s", rules->len, text.s);
	for (size_t i = 0; i < rules->len; i++) {
		const pv_rego_rule *rule = *PV_AT(const pv_rego_rule *, rules, i);
		pv_add_cause(cx, "rego_compile_error",
			     pv_printf(cx->arena, "%s:%d:%d", rule->file, rule->row, rule->column), "%s",
			     *PV_AT(const char *, messages, i));
	}
	return r;
}

/* A rule's document and a base document are not at one path: who reads it would not know which it is. */
static int
check_conflicts(pv_ctx *cx, const pv_rego *rego, const pv_val *data)
{
	pv_vec rules, found, messages;
	const char *last = NULL;
	if (data->len == 0)
		return 0;
	pv_vec_init(&rules, cx->arena, sizeof(pv_rego_rule));
	pv_vec_init(&found, cx->arena, sizeof(const pv_rego_rule *));
	pv_vec_init(&messages, cx->arena, sizeof(const char *));
	pv_rego_rules(rego, &rules);
	for (size_t i = 0; i < rules.len; i++) {
		const pv_rego_rule *rule = PV_AT(pv_rego_rule, &rules, i);
		const char *path =
			pv_printf(cx->arena, "%s.%s", rule->package, rule->name) + sizeof("data.") - 1;
		if (pv_streq(path, last) || !is_taken(data, pv_str_of(path)))
			continue;
		char *slashed = pv_strdup(cx->arena, path);
		for (char *c = slashed; *c; c++)
			*c = *c == '.' ? '/' : *c;
		const char *message =
			pv_printf(cx->arena, "conflicting rule for data path %s found", slashed);
		pv_vec_push(&found, &rule);
		pv_vec_push(&messages, &message);
		last = path;
	}
	return found.len ? fail_conflicts(cx, &found, &messages) : 0;
}

/* Is what bundles bring of a, names or policies, in b too? */
static bool
has_brought(const pv_val *a, const pv_val *b, bool names)
{
	for (size_t i = 0; i < a->len; i++) {
		const pv_member *one = &a->members[i];
		const pv_val *other = pv_getn(b, one->key.s, one->key.len);
		if (names ? !other : pv_get(&one->val, "bundle") && !pv_eq(&one->val, other))
			return false;
	}
	return true;
}

static bool
brings_the_same(const opa_draft *d, const opa_state *old)
{
	return has_brought(d->bundles, old->bundles, true) && has_brought(old->bundles, d->bundles, true) &&
	       has_brought(d->policies, old->policies, false) &&
	       has_brought(old->policies, d->policies, false);
}

/* What a change makes of a state: its parts, and its policies compiled. */
static int
draft(pv_ctx *cx, const opa_engine *e, const opa_state *old, opa_maker make, void *arg, opa_draft *d,
      pv_rego **ret)
{
	*d = (opa_draft){old->data, old->policies, old->bundles, old->held};
	*ret = NULL;
	int r = make(cx, d, arg);
	if (r == 0 && pv_eq(d->policies, old->policies)) {
		d->policies = old->policies;
		*ret = pv_rego_ref(old->rego);
	} else if (r == 0) {
		r = compile(cx, e, d->policies, ret);
	}
	if (r == 0)
		r = check_conflicts(cx, *ret, d->data);
	if (r < 0)
		*ret = pv_rego_unref(*ret);
	return r;
}

int
opa_engine_change(pv_ctx *cx, opa_engine *e, opa_maker make, void *arg)
{
	pthread_mutex_lock(&e->changes);
	opa_state *old = opa_engine_state(cx, e), *new;
	opa_draft d;
	pv_rego *rego;
	int r = draft(cx, e, old, make, arg, &d, &rego);
	if (r == 0) {
		uint64_t number = old->number + 1;
		new = state_new(rego, &d, number, brings_the_same(&d, old) ? old->brought : number);
		new->outside = old->outside;
		pthread_mutex_lock(&e->lock);
		e->state = new;
		pthread_mutex_unlock(&e->lock);
		state_unref(old); /* the engine's; cx still has its own */
	}
	pthread_mutex_unlock(&e->changes);
	return r;
}

int
opa_engine_try(pv_ctx *cx, opa_engine *e, opa_maker make, void *arg)
{
	opa_draft d;
	pv_rego *rego;
	int r = draft(cx, e, opa_engine_state(cx, e), make, arg, &d, &rego);
	pv_rego_unref(rego);
	return r;
}
