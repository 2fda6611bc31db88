/* set: ConfigMaps that are policies -> compiled policies; one that changes is compiled anew, and all are when what
 * serves all changes.  Base documents stand beside them, and compile nothing when they change.  A policy that no longer compiles (a library of it changed) keeps
 * its last good version in force, with the documents of then; without one, as after a restart, it fails whatever it
 * is asked (status.c says so). */
#include "governance/rego/set.h"

#include <pthread.h>
#include <string.h>

#include "base/heap.h"
#include "base/log.h"
#include "base/map.h"
#include "base/str.h"
#include "base/time.h"
#include "core/outside/outside.h"
#include "governance/rego/rego.h"

#define MEMOS_MOST 500000
#define MEMO_LASTS (10 * 60 * PV_SEC) /* where policies may ask: another may be said then */

struct memo { /* findings about one object */
	int64_t rev;
	uint64_t generation;
	int64_t end;            /* pv_mono() */
	const pv_val *findings; /* frozen */
};

struct entry {
	policy *policy;
	const pv_val *map;  /* what it was made of */
	bool serves;        /* has modules that serve the others, too */
	bool past;          /* its last good version, which sees `data` and not the set's */
	const pv_val *data; /* NULL: there are none */
};

struct set {
	pthread_mutex_t lock;
	pv_api *api;
	pv_store *store;
	pv_watch *watch;
	uint64_t bundles;   /* the number of those that the policies were compiled with */
	const pv_val *data; /* that they see; NULL: there are none */
	pv_map *policies;   /* "ns/name" -> struct entry */
	pv_map *memos;      /* "type ns name" -> struct memo */
	uint64_t generation;
	bool stale;
};

static const char owner; /* its address is this module's key with the API */

static struct set *
set_of(pv_api *api)
{
	return pv_api_kept(api, &owner);
}

static void
drop_policies(pv_map *policies)
{
	size_t pos = 0;
	void *e;
	while (pv_map_each(policies, &pos, NULL, &e)) {
		policy_unref(((struct entry *)e)->policy);
		pv_unref(((struct entry *)e)->map);
		pv_unref(((struct entry *)e)->data);
		pv_heap_free(e);
	}
	pv_map_free(policies);
}

static void
forget_memos(struct set *set)
{
	size_t pos = 0;
	void *m;
	while (pv_map_each(set->memos, &pos, NULL, &m)) {
		pv_unref(((struct memo *)m)->findings);
		pv_heap_free(m);
	}
	pv_map_free(set->memos);
	set->memos = pv_map_new(NULL);
}

static void
set_close(void *arg)
{
	struct set *set = arg;
	set->watch = pv_watch_close(set->watch);
	drop_policies(set->policies);
	pv_unref(set->data);
	forget_memos(set);
	pv_map_free(set->memos);
	pthread_mutex_destroy(&set->lock);
	pv_heap_free(set);
}

static void
on_wake(void *arg PV_UNUSED)
{
	/* Nothing to do: whoever asks next drains the watch. */
}

struct place {
	const char *ns, *name;
};

static bool
keep_policies(const pv_rec *rec, void *arg)
{
	pv_str json = pv_rec_json(rec);
	const struct place *except = arg;
	if (!memmem(json.s, json.len, POLICY_LABEL, sizeof(POLICY_LABEL) - 1) || !policy_is(pv_rec_val(rec)))
		return false;
	return !pv_streq(pv_rec_key(rec)->name, except->name) || !pv_streq(pv_rec_key(rec)->ns, except->ns);
}

int
set_maps(pv_ctx *cx, pv_store *store, const pv_val *except, pv_vec *ret)
{
	struct place place = {pv_text_at(except, "metadata.namespace", ""),
			      pv_text_at(except, "metadata.name", "")};
	pv_list_query query = {.type = "/ConfigMap", .keep = keep_policies, .arg = &place};
	pv_listing listing;
	int r = pv_store_list(cx, store, &query, &listing);
	pv_vec_init(ret, cx->arena, sizeof(const pv_val *));
	for (size_t i = 0; r == 0 && i < listing.len; i++) {
		const pv_val *map = pv_rec_val(listing.recs[i]);
		pv_vec_push(ret, &map);
	}
	return r;
}

/* ---- rebuilding; the caller holds the lock ---- */

static const pv_val *
ref(const pv_val *data)
{
	return data ? pv_ref(data) : NULL;
}

static char *
name_of(pv_arena *arena, const pv_val *map)
{
	return pv_printf(arena, "%s/%s", pv_text_at(map, "metadata.namespace", ""),
			 pv_text_at(map, "metadata.name", ""));
}

/* Is one that serves all another, new, or gone? */
static bool
libraries_differ(pv_ctx *cx, const struct set *set, const pv_vec *maps)
{
	size_t before = 0, now = 0, pos = 0;
	void *e;
	for (size_t i = 0; i < maps->len; i++) {
		const pv_val *map = *PV_AT(const pv_val *, maps, i);
		const struct entry *was = pv_map_finds(set->policies, name_of(cx->arena, map));
		bool same = was && policy_same(map, was->map);
		if (!same && ((was && was->serves) || policy_serves(cx, map)))
			return true;
		now += same && was->serves;
	}
	while (pv_map_each(set->policies, &pos, NULL, &e))
		before += ((const struct entry *)e)->serves;
	return now != before;
}

static void
compile_one(pv_ctx *cx, const struct set *set, const struct entry *before, const pv_vec *libraries,
	    const rego_bundles *bundles, struct entry *e)
{
	const char *error, *name = name_of(cx->arena, e->map);
	e->serves = policy_serves(cx, e->map);
	if (policy_compile(cx, e->map, libraries, bundles, &e->policy) == 0)
		return;
	policy_shorten_error(cx, name);
	error = pv_strdup(cx->arena, pv_error_text(cx));
	pv_recover(cx);
	if (before && !policy_is_loaded(before->policy)) /* then it is told why it does not load now */
		before = NULL;
	pv_log(PV_WARN, "rego",
	       before ? "a policy does not load; its last good version stays in force"
		      : "a policy does not load; in deny mode it refuses what it is asked",
	       "policy", name, "error", error, NULL);
	e->past = before != NULL;
	e->policy = before ? policy_ref(before->policy) : policy_unloaded(cx, e->map, error);
	if (e->past)
		e->data = ref(before->past ? before->data : set->data);
}

static int
rebuild(pv_ctx *cx, struct set *set, const rego_bundles *bundles)
{
	pv_map *next;
	pv_vec maps, libraries;
	int r = set_maps(cx, set->store, NULL, &maps);
	if (r < 0)
		return r;
	next = pv_map_new(NULL);
	bool all = bundles->number != set->bundles || libraries_differ(cx, set, &maps);
	policy_libraries(cx, &maps, &libraries);
	for (size_t i = 0; i < maps.len; i++) {
		const pv_val *map = *PV_AT(const pv_val *, &maps, i);
		const char *name = name_of(cx->arena, map);
		const struct entry *before = pv_map_finds(set->policies, name);
		struct entry *e = pv_heap_new(sizeof(*e));
		bool kept = !all && before && policy_same(map, before->map);
		if (kept) {
			*e = *before;
			policy_ref(e->policy);
			e->data = ref(e->data);
		}
		e->map = pv_ref(map);
		if (!kept)
			compile_one(cx, set, before, &libraries, bundles, e);
		pv_map_puts(next, name, e);
	}
	drop_policies(set->policies);
	set->policies = next;
	set->bundles = bundles->number;
	set->stale = false;
	return 0;
}

static int
freshen(pv_ctx *cx, struct set *set)
{
	const rego_bundles bundles = bundles_now(cx, set->api);
	pv_event event;
	int r;
	while ((r = pv_watch_next(cx, set->watch, &event)) == 1)
		set->stale =
			set->stale || !policy_same(event.type == PV_DELETED ? NULL : pv_rec_val(event.rec),
						   event.prev ? pv_rec_val(event.prev) : NULL);
	if (r == -PV_EGONE) { /* fell behind: start over from now */
		pv_recover(cx);
		set->watch = pv_watch_close(set->watch);
		r = pv_watch_open(cx, set->store, "/ConfigMap", pv_store_rev(set->store), on_wake, set,
				  &set->watch);
		set->stale = true;
	}
	set->stale = set->stale || bundles.number != set->bundles;
	if (r < 0 || (!set->stale && bundles.data == set->data))
		return r;
	if (set->stale)
		r = rebuild(cx, set, &bundles);
	if (r < 0)
		return r;
	pv_unref(set->data);
	set->data = ref(bundles.data);
	set->generation++;
	forget_memos(set);
	return 0;
}

int
set_start(pv_ctx *cx, pv_api *api)
{
	struct set *set = pv_heap_new(sizeof(*set));
	int r;
	pthread_mutex_init(&set->lock, NULL);
	set->api = api;
	set->store = pv_api_store(api);
	set->policies = pv_map_new(NULL);
	set->memos = pv_map_new(NULL);
	set->stale = true;
	r = pv_watch_open(cx, set->store, "/ConfigMap", pv_store_rev(set->store), on_wake, set, &set->watch);
	if (r < 0) {
		set_close(set);
		return r;
	}
	pv_api_keep(api, &owner, set, set_close);
	return 0;
}

static void
let_go(void *p)
{
	policy_unref(p);
}

int
set_policies(pv_ctx *cx, pv_api *api, pv_vec *ret, uint64_t *ret_generation)
{
	struct set *set = set_of(api);
	size_t pos = 0;
	void *each;
	int r;
	pv_vec_init(ret, cx->arena, sizeof(in_force));
	pthread_mutex_lock(&set->lock);
	r = freshen(cx, set);
	*ret_generation = set->generation;
	while (r == 0 && pv_map_each(set->policies, &pos, NULL, &each)) {
		const struct entry *e = each;
		const pv_val *data = e->past ? e->data : set->data;
		in_force *one = pv_vec_add(ret);
		*one = (in_force){e->policy, data ? pv_hold(cx, data) : NULL, pv_outside_of(api)};
		pv_arena_defer(cx->arena, let_go, policy_ref(e->policy));
	}
	pthread_mutex_unlock(&set->lock);
	return r;
}

static char *
place(pv_arena *arena, const pv_rec *rec)
{
	const pv_key *key = pv_rec_key(rec);
	return pv_printf(arena, "%s %s %s", key->type, key->ns, key->name);
}

const pv_val *
set_recall(pv_ctx *cx, pv_api *api, const pv_rec *rec, uint64_t generation)
{
	struct set *set = set_of(api);
	char *key = place(cx->arena, rec);
	const pv_val *findings = NULL;
	const struct memo *m;
	pthread_mutex_lock(&set->lock);
	m = pv_map_finds(set->memos, key);
	if (m && m->rev == pv_rec_rev(rec) && m->generation == generation && m->end > pv_mono())
		findings = pv_hold(cx, m->findings);
	pthread_mutex_unlock(&set->lock);
	return findings;
}

void
set_remember(pv_api *api, const pv_rec *rec, uint64_t generation, const pv_val *findings)
{
	struct set *set = set_of(api);
	pv_arena *arena = pv_arena_new("memo");
	struct memo *m = pv_heap_new(sizeof(*m)), *old;
	*m = (struct memo){pv_rec_rev(rec), generation,
			   pv_outside_of(api) ? pv_mono() + MEMO_LASTS : INT64_MAX, pv_freeze(findings)};
	pthread_mutex_lock(&set->lock);
	if (pv_map_len(set->memos) >= MEMOS_MOST) /* of objects that are gone, most likely */
		forget_memos(set);
	old = pv_map_puts(set->memos, place(arena, rec), m);
	pthread_mutex_unlock(&set->lock);
	if (old)
		pv_unref(old->findings);
	pv_heap_free(old);
	pv_arena_free(arena);
}
