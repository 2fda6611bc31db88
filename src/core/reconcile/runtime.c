/* runtime: turns.  A turn takes a key from the queue, brings the index up to what
 * the store has published, runs the controller on the newest version, notes what
 * it read, carries its plan out, and remembers it for `pave why`.
 *
 * One watch over all types feeds the index.  A turn drains it before it reads, so
 * it never sees less than what was published before it began: a controller that
 * created a child in its last turn finds it in this one. */
#include "core/reconcile/reconcile.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "core/module.h"
#include "core/reconcile/carry.h"
#include "core/reconcile/deed.h"
#include "core/reconcile/live.h"

#define BACKOFF_FIRST (250 * PV_MS)
#define BACKOFF_MOST (300 * PV_SEC)

struct failure {
	unsigned count;
	char text[]; /* of the last one */
};

/* ---- controllers of the build ---- */

static const pv_controller *
next_controller(const pv_module *const **m, size_t *i)
{
	for (; **m; ++*m, *i = 0)
		if ((**m)->controllers && (**m)->controllers[*i])
			return (**m)->controllers[(*i)++];
	return NULL;
}

static const pv_controller *
controller_named(const char *name, size_t len)
{
	const pv_module *const *m = pv_modules;
	const pv_controller *c;
	size_t i = 0;
	while ((c = next_controller(&m, &i)))
		if (pv_str_is((pv_str){name, len}, c->name))
			return c;
	return NULL;
}

char *
asker_key(pv_arena *arena, const char *controller, const char *ns, const char *name)
{
	return pv_printf(arena, "%s %s %s", controller, ns, name);
}

/* ---- from the store to the queue; the caller holds the lock ---- */

static void
requeue(void *arg, const char *asker)
{
	pv_runtime *rt = arg;
	pv_keyq_add(rt->queue, asker, 0);
}

static void
queue_own(pv_runtime *rt, pv_arena *arena, const pv_rec *is, const pv_rec *was)
{
	const pv_key *key = pv_rec_key(is);
	const pv_module *const *m = pv_modules;
	const pv_controller *c;
	size_t i = 0;
	while ((c = next_controller(&m, &i)))
		if (controller_wants(c, is, was))
			requeue(rt, asker_key(arena, c->name, key->ns, key->name));
}

static void
queue_owners(pv_runtime *rt, pv_arena *arena, const pv_rec *rec)
{
	pv_vec uids;
	index_owners_of(arena, rec, &uids);
	for (size_t i = 0; i < uids.len; i++)
		index_each_asker(rt->index,
				 dep_owned(arena, pv_rec_key(rec)->type, *PV_AT(const char *, &uids, i)),
				 requeue, rt);
}

static void
queue_indexed(pv_ctx *cx, pv_runtime *rt, const pv_rec *rec)
{
	const char *type = pv_rec_key(rec)->type;
	pv_vec keys;
	if (!index_covers(type, pv_rec_json(rec)))
		return;
	index_keys(cx, type, pv_rec_val(rec), &keys);
	for (size_t i = 0; i < keys.len; i++)
		index_each_asker(rt->index, *PV_AT(const char *, &keys, i), requeue, rt);
}

/* Askers of who is there: only when an object comes under a key, or goes (then true). */
static bool
queue_named(pv_ctx *cx, pv_runtime *rt, const pv_rec *was, const pv_rec *is)
{
	const pv_rec *recs[2] = {was, is};
	pv_map *in[2] = {pv_map_new(cx->arena), pv_map_new(cx->arena)};
	bool moved = false;
	for (int side = 0; side < 2; side++) {
		pv_vec keys;
		if (!recs[side] || !index_covers(pv_rec_key(recs[side])->type, pv_rec_json(recs[side])))
			continue;
		index_keys(cx, pv_rec_key(recs[side])->type, pv_rec_val(recs[side]), &keys);
		for (size_t i = 0; i < keys.len; i++)
			pv_map_puts(in[side], *PV_AT(const char *, &keys, i), rt);
	}
	for (int side = 0; side < 2; side++) {
		size_t pos = 0;
		pv_str key;
		while (pv_map_each(in[side], &pos, &key, NULL))
			if (!pv_map_find(in[!side], key.s, key.len)) {
				char *dep = pv_strndup(cx->arena, key.s, key.len);
				*dep = 'n'; /* dep_named of what dep_indexed made */
				index_each_asker(rt->index, dep, requeue, rt);
				moved = true;
			}
	}
	return moved;
}

/* Askers of what is in a namespace: when an object comes, goes, or is another's. */
static void
queue_within(pv_ctx *cx, pv_runtime *rt, const pv_event *event, bool moved)
{
	const pv_key *key = pv_rec_key(event->rec);
	pv_vec was, is;
	if (!*key->ns || !deed_counts(key->type))
		return;
	index_owners_of(cx->arena, event->prev, &was);
	index_owners_of(cx->arena, event->rec, &is);
	if (event->type != PV_MODIFIED || moved || was.len != is.len)
		index_each_asker(rt->index, dep_within(cx->arena, key->ns), requeue, rt);
}

static void
dispatch(pv_ctx *cx, pv_runtime *rt, const pv_event *event)
{
	const pv_key *key = pv_rec_key(event->rec);
	bool gone = event->type == PV_DELETED, moved;
	pv_arena *arena = cx->arena;
	if (gone && deed_counts(key->type))
		history_gone(rt->history, history_object(arena, key->type, key->ns, key->name));
	else if (event->type == PV_ADDED && deed_counts(key->type))
		history_back(rt->history, history_object(arena, key->type, key->ns, key->name));
	index_owner(rt->index, arena, event->prev, gone ? NULL : event->rec);
	index_rows(cx, rt->index, event->prev, gone ? NULL : event->rec);
	queue_indexed(cx, rt, event->rec);
	if (event->prev)
		queue_indexed(cx, rt, event->prev);
	moved = queue_named(cx, rt, gone && !event->prev ? event->rec : event->prev,
			    gone ? NULL : event->rec);
	queue_within(cx, rt, event, moved);
	queue_own(rt, arena, event->rec, event->prev);
	queue_owners(rt, arena, event->rec);
	if (event->prev)
		queue_owners(rt, arena, event->prev);
	index_each_asker(rt->index, dep_object(arena, key->type, key->ns, key->name), requeue, rt);
	index_each_asker(rt->index, dep_list(arena, key->type, key->ns), requeue, rt);
	index_each_asker(rt->index, dep_list(arena, key->type, NULL), requeue, rt);
	pv_facts_written(cx, rt->facts, gone && !event->prev ? event->rec : event->prev,
			 gone ? NULL : event->rec);
}

static void
on_wake(void *arg)
{
	pv_runtime *rt = arg;
	pthread_mutex_lock(&rt->wake_lock);
	rt->wake = true;
	pthread_cond_signal(&rt->woken);
	pthread_mutex_unlock(&rt->wake_lock);
}

static int
index_type(pv_ctx *cx, pv_runtime *rt, const char *type)
{
	pv_list_query query = {.type = type};
	pv_listing listing;
	int r = pv_store_list(cx, rt->store, &query, &listing);
	for (size_t i = 0; r == 0 && i < listing.len; i++) {
		index_owner(rt->index, cx->arena, NULL, listing.recs[i]);
		index_rows(cx, rt->index, NULL, listing.recs[i]);
		queue_own(rt, cx->arena, listing.recs[i], NULL);
	}
	return r;
}

static int
resync(pv_ctx *cx, pv_runtime *rt)
{
	const pv_resource *res;
	size_t pos = 0;
	int r;
	rt->watch = pv_watch_close(rt->watch);
	r = pv_watch_open(cx, rt->store, NULL, pv_store_rev(rt->store), on_wake, rt, &rt->watch);
	while (r == 0 && pv_resource_each(cx, pv_api_registry(rt->api), &pos, &res))
		if (res->storage && !res->view)
			r = index_type(cx, rt, res->type);
	return r;
}

/* Everything published so far goes through dispatch: until the watch runs dry, for only a dry
 * watch wakes anybody. */
static void
catch_up(pv_ctx *cx, pv_runtime *rt)
{
	pv_event event;
	for (;;) {
		int r = rt->watch ? 0 : -PV_EGONE;
		while (r >= 0 && (r = pv_watch_next(cx, rt->watch, &event)) == 1)
			dispatch(cx, rt, &event);
		if (r == 0)
			return;
		pv_recover(cx); /* at the start, or fell behind what is kept: look at everything */
		if (resync(cx, rt) < 0) {
			pv_log(PV_ERROR, "reconcile", "cannot watch the store", "error", pv_error_text(cx),
			       NULL);
			pv_recover(cx);
			return;
		}
	}
}

/* False when closing. */
static bool
await_wake(pv_runtime *rt)
{
	bool closing;
	pthread_mutex_lock(&rt->wake_lock);
	while (!rt->wake && !rt->closing)
		pthread_cond_wait(&rt->woken, &rt->wake_lock);
	rt->wake = false;
	closing = rt->closing;
	pthread_mutex_unlock(&rt->wake_lock);
	return !closing;
}

static void *
run_watcher(void *arg)
{
	pv_runtime *rt = arg;
	pv_ctx cx;
	pv_ctx_init(&cx, "watcher");
	do {
		pthread_mutex_lock(&rt->lock);
		catch_up(&cx, rt);
		pthread_mutex_unlock(&rt->lock);
		pv_ctx_reset(&cx);
	} while (await_wake(rt));
	pv_ctx_done(&cx);
	return NULL;
}

/* ---- facts ---- */

static void
on_fact(void *arg, const char *key)
{
	pv_runtime *rt = arg;
	pv_arena *arena = pv_arena_new("fact");
	pthread_mutex_lock(&rt->lock);
	index_each_asker(rt->index, dep_fact(arena, key), requeue, rt);
	pthread_mutex_unlock(&rt->lock);
	pv_arena_free(arena);
}

static void
forget_fact(void *arg, const char *key)
{
	pv_runtime *rt = arg;
	pv_facts_forget(rt->facts, key);
}

/* ---- turns ---- */

static void
drop_asker(pv_ctx *cx, pv_runtime *rt, const char *asker)
{
	pv_vec none;
	pv_vec_init(&none, cx->arena, sizeof(const char *));
	pthread_mutex_lock(&rt->lock);
	(void)index_asked(rt->index, asker, &none, forget_fact, rt);
	free(pv_map_del(rt->failures, asker, strlen(asker)));
	pthread_mutex_unlock(&rt->lock);
	history_drop(rt->history, asker);
}

/* Notes the failure; how long to wait before the next turn. */
static int64_t
backoff(pv_runtime *rt, const char *asker, const char *text)
{
	struct failure *old = pv_map_finds(rt->failures, asker), *f;
	unsigned n = old ? old->count : 0;
	int64_t wait = BACKOFF_FIRST << (n < 12 ? n : 12);
	size_t len = strlen(text);
	f = calloc(1, sizeof(*f) + len + 1);
	PV_ASSERT(f);
	f->count = n + 1;
	memcpy(f->text, text, len);
	free(pv_map_puts(rt->failures, asker, f));
	return wait < BACKOFF_MOST ? wait : BACKOFF_MOST;
}

static pv_val
show_facts(pv_ctx *cx, pv_runtime *rt, const pv_plan *plan)
{
	pv_listb b;
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < plan->facts.len; i++)
		pv_listb_add(&b,
			     pv_facts_describe(cx->arena, rt->facts, *PV_AT(const char *, &plan->facts, i)));
	return pv_listb_end(&b);
}

/* After the plan is carried out: when to come again, and what to remember. */
static void
settle(pv_ctx *cx, pv_runtime *rt, const char *asker, pv_plan *plan, pv_val changes)
{
	bool quiet = pv_count(&changes) == 0 && !plan->error, empty = plan_is_empty(plan);
	pv_val shown;
	pthread_mutex_lock(&rt->lock);
	if (plan->error)
		pv_plan_requeue(plan,
				plan->error_code == PV_ECONFLICT ? PV_MS : backoff(rt, asker, plan->error));
	else
		free(pv_map_del(rt->failures, asker, strlen(asker)));
	pthread_mutex_unlock(&rt->lock);
	shown = plan_show(cx, plan, changes, show_facts(cx, rt, plan));
	shown = pv_with(cx->arena, &shown, "uid",
			pv_string_ref(pv_text_at(plan->object, "metadata.uid", "")));
	if (empty)
		shown = pv_with(cx->arena, &shown, "unconcerned", pv_bool(true));
	history_add(cx, rt->history, asker, &shown, quiet);
	if (plan->requeue)
		pv_keyq_add(rt->queue, asker, pv_mono() + plan->requeue);
	if (pv_trace_on("reconcile"))
		pv_log(PV_INFO, "reconcile", "turn", "asker", asker, "changes",
		       pv_printf(cx->arena, "%zu", pv_count(&changes)), "because",
		       plan->reasons.len ? *PV_AT(const char *, &plan->reasons, 0) : "", NULL);
	if (plan->error && plan->error_code != PV_ECONFLICT)
		pv_log(PV_WARN, "reconcile", plan->error, "controller", plan->controller->name, "object",
		       asker, NULL);
}

/* A fact may be found out before the turn that asked for it is known to have asked. */
static void
requeue_if_news(pv_runtime *rt, const char *asker, const pv_plan *plan, int64_t began)
{
	for (size_t i = 0; i < plan->facts.len; i++)
		if (pv_facts_news(rt->facts, *PV_AT(const char *, &plan->facts, i), began)) {
			requeue(rt, asker);
			return;
		}
}

static void
turn(pv_ctx *cx, pv_runtime *rt, const char *asker)
{
	const struct world world = live_world(rt);
	const char *end = strchr(asker, ' ');
	const pv_controller *c = controller_named(asker, (size_t)(end - asker));
	char *ns = pv_strdup(cx->arena, end + 1), *name = strchr(ns, ' ');
	const struct failure *failure;
	const char *last_error;
	const pv_val *object;
	pv_val changes;
	int64_t began, rev;
	pv_plan plan;

	*name++ = '\0';
	rev = pv_store_rev(rt->store);
	pthread_mutex_lock(&rt->lock);
	catch_up(cx, rt);
	failure = pv_map_finds(rt->failures, asker);
	last_error = failure ? pv_strdup(cx->arena, failure->text) : NULL;
	pthread_mutex_unlock(&rt->lock);
	object = live_find(cx, rt, type_of_kind(cx->arena, c->kind), ns, name);
	if (!object) {
		drop_asker(cx, rt, asker);
		return;
	}
	pv_auth_internal(cx, pv_printf(cx->arena, "system:pave:%s", c->name));
	plan_init(cx, &plan, c, object, &world, pv_now());
	plan.last_error = last_error;
	began = pv_mono();
	plan_run(cx, &plan);
	pthread_mutex_lock(&rt->lock);
	if (index_asked(rt->index, asker, &plan.deps, forget_fact, rt) && pv_store_rev(rt->store) != rev)
		requeue(rt, asker);
	pthread_mutex_unlock(&rt->lock);
	requeue_if_news(rt, asker, &plan, began);
	carry_out(cx, rt->api, &plan, &changes);
	settle(cx, rt, asker, &plan, changes);
}

static void *
run_turns(void *arg)
{
	pv_runtime *rt = arg;
	const char *asker;
	pv_ctx cx;
	pv_ctx_init(&cx, "reconcile");
	while (pv_keyq_take(rt->queue, &asker)) {
		turn(&cx, rt, asker);
		pv_keyq_done(rt->queue, asker);
		pv_ctx_reset(&cx);
	}
	pv_ctx_done(&cx);
	return NULL;
}

/* ---- opening, closing, asking ---- */

int
pv_runtime_open(pv_ctx *cx PV_UNUSED, pv_api *api, pv_facts *facts, int threads, pv_runtime **ret)
{
	pv_runtime *rt = calloc(1, sizeof(*rt));
	PV_ASSERT(rt);
	rt->api = api;
	rt->store = pv_api_store(api);
	rt->facts = facts;
	rt->queue = pv_keyq_new();
	rt->index = index_new();
	rt->history = history_open(rt->store);
	rt->failures = pv_map_new(NULL);
	pthread_mutex_init(&rt->lock, NULL);
	pthread_mutex_init(&rt->wake_lock, NULL);
	pthread_cond_init(&rt->woken, NULL);
	pv_facts_listen(facts, on_fact, rt);
	rt->n_threads = threads < 1 ? 2 : threads > MAX_THREADS ? MAX_THREADS : threads;
	PV_ASSERT(pthread_create(&rt->watcher, NULL, run_watcher, rt) == 0);
	for (int i = 0; i < rt->n_threads; i++)
		PV_ASSERT(pthread_create(&rt->threads[i], NULL, run_turns, rt) == 0);
	*ret = rt;
	return 0;
}

static void
free_failures(pv_map *failures)
{
	size_t pos = 0;
	void *f;
	while (pv_map_each(failures, &pos, NULL, &f))
		free(f);
	pv_map_free(failures);
}

pv_runtime *
pv_runtime_close(pv_runtime *rt)
{
	if (!rt)
		return NULL;
	pv_keyq_close(rt->queue);
	pthread_mutex_lock(&rt->wake_lock);
	rt->closing = true;
	pthread_cond_signal(&rt->woken);
	pthread_mutex_unlock(&rt->wake_lock);
	pthread_join(rt->watcher, NULL);
	for (int i = 0; i < rt->n_threads; i++)
		pthread_join(rt->threads[i], NULL);
	pv_facts_listen(rt->facts, NULL, NULL);
	pv_watch_close(rt->watch);
	pv_keyq_free(rt->queue);
	index_free(rt->index);
	history_close(rt->history);
	free_failures(rt->failures);
	pthread_cond_destroy(&rt->woken);
	pthread_mutex_destroy(&rt->wake_lock);
	pthread_mutex_destroy(&rt->lock);
	free(rt);
	return NULL;
}

void
pv_runtime_poke(pv_runtime *rt, const char *controller, const char *ns, const char *name)
{
	pv_arena *arena = pv_arena_new("poke");
	pv_keyq_add(rt->queue, asker_key(arena, controller, ns, name), 0);
	pv_arena_free(arena);
}
