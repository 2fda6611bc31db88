/* set: ConfigMaps that are policies -> compiled policies, rebuilt when one changes.  A
 * policy that no longer compiles (a library of it changed) keeps its last good version in
 * force; without one, as after a restart, it fails whatever it is asked (status.c says so). */
#include "governance/rego/set.h"

#include <pthread.h>
#include <string.h>

#include "base/heap.h"
#include "base/log.h"
#include "base/map.h"
#include "base/str.h"
#include "governance/rego/rego.h"

#define MEMOS_MOST 500000

struct memo { /* findings about one object */
	int64_t rev;
	uint64_t generation;
	const pv_val *findings; /* frozen */
};

struct set {
	pthread_mutex_t lock;
	pv_api *api;
	pv_store *store;
	pv_watch *watch;
	uint64_t bundles; /* the number of those that the policies were compiled with */
	pv_map *policies; /* "ns/name" -> policy */
	pv_map *memos;    /* "type ns name" -> struct memo */
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
	void *p;
	while (pv_map_each(policies, &pos, NULL, &p))
		policy_unref(p);
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

static void
compile_one(pv_ctx *cx, struct set *set, const pv_val *map, const pv_vec *libraries,
	    const rego_bundles *bundles, pv_map *next)
{
	char *name = pv_printf(cx->arena, "%s/%s", pv_text_at(map, "metadata.namespace", ""),
			       pv_text_at(map, "metadata.name", ""));
	policy *p = NULL, *before = pv_map_finds(set->policies, name);
	if (policy_compile(cx, map, libraries, bundles, &p) < 0) {
		const char *error;
		policy_shorten_error(cx, name);
		error = pv_strdup(cx->arena, pv_error_text(cx));
		pv_recover(cx);
		pv_log(PV_WARN, "rego",
		       before ? "a policy does not load; its last good version stays in force"
			      : "a policy does not load; in deny mode it refuses what it is asked",
		       "policy", name, "error", error, NULL);
		p = before ? policy_ref(before) : policy_unloaded(cx, map, error);
	}
	pv_map_puts(next, name, p);
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
	policy_libraries(cx, &maps, &libraries);
	for (size_t i = 0; i < maps.len; i++)
		compile_one(cx, set, *PV_AT(const pv_val *, &maps, i), &libraries, bundles, next);
	drop_policies(set->policies);
	set->policies = next;
	set->bundles = bundles->number;
	set->generation++;
	set->stale = false;
	forget_memos(set);
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
	return r < 0 ? r : set->stale ? rebuild(cx, set, &bundles) : 0;
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
	void *p;
	int r;
	pv_vec_init(ret, cx->arena, sizeof(const policy *));
	pthread_mutex_lock(&set->lock);
	r = freshen(cx, set);
	*ret_generation = set->generation;
	while (r == 0 && pv_map_each(set->policies, &pos, NULL, &p)) {
		pv_arena_defer(cx->arena, let_go, policy_ref(p));
		pv_vec_push(ret, &p);
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
	if (m && m->rev == pv_rec_rev(rec) && m->generation == generation)
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
	*m = (struct memo){pv_rec_rev(rec), generation, pv_freeze(findings)};
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
