#include "governance/gatekeeper/auditor.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/heap.h"
#include "base/map.h"
#include "base/str.h"
#include "base/time.h"
#include "base/turn.h"
#include "core/enforcement/enforcement.h"
#include "governance/gatekeeper/gatekeeper.h"
#include "governance/gatekeeper/round.h"
#include "governance/gatekeeper/set.h"

#define THREADS_MOST 4
#define ASK_EACH (60 * PV_SEC)

static const char owner;

static void
on_wake(void *arg PV_UNUSED)
{
	/* Nothing to do: whoever asks next drains the watch. */
}

static void
forget(struct gk_auditor *a, int part)
{
	size_t pos = 0;
	void *v;

	while (pv_map_each(a->found[part], &pos, NULL, &v))
		pv_unref(v);
	pv_map_free(a->found[part]);
	a->found[part] = pv_map_new(NULL);
}

static void
auditor_close(void *arg)
{
	struct gk_auditor *a = arg;

	a->watch = pv_watch_close(a->watch);
	for (int i = 0; i < GK_PARTS; i++) {
		forget(a, i);
		pv_map_free(a->found[i]);
	}
	pv_pool_free(a->pool);
	gk_tallies_free(a->tallies);
	pv_unref(a->status);
	pthread_mutex_destroy(&a->lock);
	pv_heap_free(a);
}

static int
judge_everything(gk_round *t)
{
	int r = 0;

	t->a->asked = pv_mono();
	gk_tallies_clear(t->a->tallies);
	t->news = true;
	for (int part = 0; part < GK_PARTS; part++)
		forget(t->a, part);
	for (int part = 0; r == 0 && part < GK_PARTS; part++)
		r = gk_round_judge_each(t, part, t->rules[part], NULL);
	return r;
}

/* ---- what changed ---- */

/* But for what each write changes, and no rule is about. */
static bool
same_space(const pv_event *event)
{
	static const char *const parts[] = {"metadata.labels", "metadata.annotations", "spec", "status"};

	if (event->type == PV_DELETED || !event->prev)
		return false;
	for (size_t i = 0; i < PV_LEN(parts); i++) {
		const pv_val *a = pv_at(pv_rec_val(event->rec), parts[i]),
			     *b = pv_at(pv_rec_val(event->prev), parts[i]);

		if (a != b && (!a || !b || !pv_eq(a, b)))
			return false;
	}
	return true;
}

static void
note(gk_round *t, const pv_event *event)
{
	const pv_key *key = pv_rec_key(event->rec);
	const char *slash = strchr(key->type, '/'), *name = gk_round_key(t->cx->arena, key);
	gk_change *c = pv_map_finds(t->dirty, name);

	if (slash &&
	    pv_ends_with(pv_strndup(t->cx->arena, key->type, (size_t)(slash - key->type)), ".gatekeeper.sh"))
		return; /* the stamp tells of these */
	if (pv_streq(key->type, "/Namespace") && !same_space(event))
		pv_map_puts(t->spaces, key->name, t); /* selectors and rules read it */
	if (!c) {
		c = pv_new(t->cx->arena, gk_change);
		c->before = event->prev ? pv_rec_hold(t->cx, event->prev) : NULL;
		pv_map_puts(t->dirty, name, c);
	}
	c->now = event->type == PV_DELETED ? NULL : pv_rec_hold(t->cx, event->rec);
}

static int
drain(gk_round *t)
{
	struct gk_auditor *a = t->a;
	pv_store *store = pv_api_store(a->api);
	pv_event event;
	int r = 0;

	if (a->watch)
		while ((r = pv_watch_next(t->cx, a->watch, &event)) == 1)
			note(t, &event);
	if (r == -PV_EGONE) { /* fell behind: start over from now */
		(void)pv_recover(t->cx);
		a->watch = pv_watch_close(a->watch);
		r = 0;
	}
	if (r == 0 && !a->watch) {
		a->stale = true;
		r = pv_watch_open(t->cx, store, NULL, pv_store_rev(store), on_wake, a, &a->watch);
	}
	return r;
}

static int
judge_dirty(gk_round *t)
{
	pv_ctx scratch;
	size_t pos = 0;
	pv_str place;
	int r = 0;

	pv_ctx_init(&scratch, "audit");
	while (r == 0 && pv_map_each(t->dirty, &pos, &place, NULL)) {
		pv_str rest = place, type = {0}, ns = {0};
		const pv_resource *res;
		const pv_rec *rec;
		pv_key key;

		(void)pv_str_next(&rest, '\n', &type);
		(void)pv_str_next(&rest, '\n', &ns);
		key = (pv_key){pv_strndup(scratch.arena, type.s, type.len),
			       pv_strndup(scratch.arena, ns.s, ns.len),
			       pv_strndup(scratch.arena, rest.s, rest.len)};
		res = pv_resource_of_type(&scratch, pv_api_registry(t->a->api), key.type);
		rec = pv_store_find(&scratch, pv_api_store(t->a->api), &key);
		/* Of a kind that is gone nothing violates. */
		for (int part = 0; r == 0 && part < GK_PARTS; part++)
			r = gk_round_judge(t, &scratch, part, res, &key, res && rec ? pv_rec_val(rec) : NULL);
		pv_ctx_reset(&scratch);
		r = r < 0 ? r : pv_ctx_check(t->cx);
	}
	pv_ctx_done(&scratch);
	return r;
}

/* ---- bringing it up to date ---- */

static const pv_val *
rows_of(void *arg, const char *object, size_t i)
{
	const struct gk_auditor *a = arg;
	static const pv_val none = {.type = PV_LIST};
	const pv_val *rows = i < GK_PARTS ? pv_map_finds(a->found[i], object) : NULL;

	return i < GK_PARTS && !rows ? &none : rows;
}

static void
count(gk_round *t)
{
	pv_ctx scratch;
	pv_val all;

	pv_ctx_init(&scratch, "audit-tally");
	all = gk_tallies_value(&scratch, t->a->tallies, rows_of, t->a);
	pv_unref(t->a->status);
	t->a->status = pv_freeze(&all);
	pv_ctx_done(&scratch);
}

static void
open_pool(struct gk_auditor *a)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (a->pool)
		return;
	a->threads = cores > THREADS_MOST ? THREADS_MOST : cores < 1 ? 1 : (int)cores;
	a->pool = pv_pool_new("audit", a->threads, THREADS_MOST);
}

/* What a Provider says changes without a write. */
static int
judge_askers(gk_round *t)
{
	const gatekeeper_audit *askers = gatekeeper_audit_askers(t->cx, t->rules[GK_REFERENTIAL]);

	if (!askers || pv_mono() - t->a->asked < ASK_EACH)
		return 0;
	t->a->asked = pv_mono();
	return gk_round_judge_each(t, GK_REFERENTIAL, askers, NULL);
}

static int
bring_up(gk_round *t)
{
	struct gk_auditor *a = t->a;
	uint64_t stamp = 0, softened = 0;
	bool all;
	int r = drain(t);

	open_pool(a);
	if (r == 0)
		r = pv_enforcement_stamp(t->cx, a->api, &softened);
	if (r == 0)
		r = gatekeeper_audit_split(t->cx, a->api, &t->rules[GK_PLAIN], &t->rules[GK_REFERENTIAL],
					   &stamp);
	stamp = stamp * 31 + softened;
	all = a->stale || stamp != a->stamp;
	a->stale = true; /* until it is done: what was drained is not told again */
	if (r == 0 && all)
		r = judge_everything(t);
	if (r == 0 && !all)
		r = judge_dirty(t);
	if (r == 0 && !all)
		r = gk_round_judge_around(t);
	if (r == 0 && !all)
		r = judge_askers(t);
	if (r < 0)
		return r;
	if (t->news)
		count(t);
	a->stale = false;
	a->stamp = stamp;
	return 0;
}

int
gk_auditor_now(pv_ctx *cx, pv_api *api, const pv_val **ret)
{
	struct gk_auditor *a = pv_api_kept(api, &owner);
	gk_round t = {.cx = cx, .a = a, .dirty = pv_map_new(cx->arena), .spaces = pv_map_new(cx->arena)};
	int r;

	*ret = NULL;
	if (pthread_mutex_trylock(&a->lock) != 0)
		return 0;
	r = bring_up(&t);
	if (r == 0)
		*ret = pv_hold(cx, a->status);
	pthread_mutex_unlock(&a->lock);
	return r;
}

int
gatekeeper_audit_current(pv_ctx *cx, pv_api *api)
{
	struct gk_auditor *a = pv_api_kept(api, &owner);
	gk_round t = {.cx = cx, .a = a, .dirty = pv_map_new(cx->arena), .spaces = pv_map_new(cx->arena)};
	int r;

	pthread_mutex_lock(&a->lock);
	r = bring_up(&t);
	pthread_mutex_unlock(&a->lock);
	return r;
}

static void
add_found(pv_ctx *cx, const pv_val *row, pv_vec *ret)
{
	const gatekeeper_finding f = {.kind = pv_strdup(cx->arena, pv_text_at(row, "kind", "")),
				      .constraint = pv_strdup(cx->arena, pv_text_at(row, "constraint", "")),
				      .message = pv_strdup(cx->arena, pv_text_at(row, "message", "")),
				      .action = pv_strdup(cx->arena, pv_text_at(row, "action", "")),
				      .failed = pv_truth(pv_get(row, "failed"), false)};

	pv_vec_push(ret, &f);
}

void
gatekeeper_audit_known(pv_ctx *cx, pv_api *api, const pv_key *key, pv_vec *ret)
{
	struct gk_auditor *a = pv_api_kept(api, &owner);
	char name[1024];
	size_t len = (size_t)snprintf(name, sizeof name, "%s\n%s\n%s", key->type, key->ns, key->name);

	pthread_mutex_lock(&a->lock);
	for (int part = 0; part < GK_PARTS && len < sizeof name; part++) {
		const pv_val *rows = pv_map_find(a->found[part], name, len);

		for (size_t i = 0; i < pv_count(rows); i++)
			add_found(cx, pv_item(rows, i), ret);
	}
	pthread_mutex_unlock(&a->lock);
}

int
gk_auditor_open(pv_ctx *cx PV_UNUSED, pv_api *api)
{
	struct gk_auditor *a = pv_heap_new(sizeof *a);

	pthread_mutex_init(&a->lock, NULL);
	a->api = api;
	a->tallies = gk_tallies_new();
	for (int i = 0; i < GK_PARTS; i++)
		a->found[i] = pv_map_new(NULL);
	pv_api_keep(api, &owner, a, auditor_close);
	return 0;
}
