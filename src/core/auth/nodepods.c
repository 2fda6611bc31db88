/* The index.  A Pod is read when its node asks, the first time after it changed: of nodes that never ask, only
 * names are kept. */
#include "core/auth/nodepods.h"

#include <pthread.h>
#include <string.h>

#include "base/buf.h"
#include "base/heap.h"
#include "base/sets.h"
#include "base/str.h"

enum { PODS, VOLUMES, TYPES };
static const char *const types[TYPES] = {"/Pod", "/PersistentVolume"};

typedef struct bound { /* a Pod on a node */
	char *node;
	char *uses; /* its keys in the map of that name, each with its NUL, then ""; NULL: it is not read yet */
} bound;

struct node_pods {
	pv_store *store;
	pthread_mutex_t lock;
	int64_t seen; /* the store's revision that this speaks of; 0: there is nothing yet */
	pv_watch *watches[TYPES];
	pv_map *pods;    /* "ns name" -> bound */
	pv_sets *unread; /* node -> Pods "ns name" */
	pv_map *uses;    /* "node thing ns name" -> by how many Pods */
	pv_sets *claims; /* node -> "ns claim pod" */
	pv_map *volumes; /* name -> its keys in `mounts`, as a Pod's */
	pv_map *mounts;  /* "ns claim ns secret" -> by how many volumes */
};

/* Keys are words between spaces. */
static bool
is_word(const char *text)
{
	return *text && !strchr(text, ' ');
}

static char *
use_key(pv_arena *arena, const char *node, enum node_thing thing, const char *ns, const char *name)
{
	return pv_printf(arena, "%s %d %s %s", node, (int)thing, ns, name);
}

/* What stands behind the node of its key, if it is a claim: "ns claim"; else NULL. */
static const char *
claim_of(const char *key, const char *node)
{
	const char *thing = key + strlen(node) + 1;

	return *thing == '0' + NODE_CLAIM ? thing + 2 : NULL;
}

/* ---- counted keys ---- */

static void
count_key(pv_map *counts, const char *key)
{
	pv_map_puts(counts, key, (void *)((uintptr_t)pv_map_finds(counts, key) + 1));
}

static void
uncount_key(pv_map *counts, const char *key)
{
	uintptr_t left = (uintptr_t)pv_map_finds(counts, key) - 1;

	if (left)
		pv_map_puts(counts, key, (void *)left);
	else
		pv_map_del(counts, key, strlen(key));
}

/* Keys that stand one behind the other, each with its NUL, on the heap. */
static char *
keep_keys(const pv_buf *keys)
{
	char *kept = pv_heap_new(keys->len + 1);

	if (keys->len)
		memcpy(kept, keys->s, keys->len);
	return kept;
}

/* ---- Pods ---- */

static bound *
bound_free(bound *b)
{
	pv_heap_free(b->uses);
	pv_heap_free(b->node);
	pv_heap_free(b);
	return NULL;
}

static void
forget_pod(node_pods *p, pv_ctx *cx, const pv_key *key, const char *place)
{
	bound *b = pv_map_del(p->pods, place, strlen(place));

	if (!b)
		return;
	if (!b->uses)
		pv_sets_remove(p->unread, b->node, place);
	for (const char *use = b->uses; use && *use; use += strlen(use) + 1) {
		const char *claim = claim_of(use, b->node);

		uncount_key(p->uses, use);
		if (claim)
			pv_sets_remove(p->claims, b->node, pv_printf(cx->arena, "%s %s", claim, key->name));
	}
	bound_free(b);
}

/* The node that a Pod is bound to, or NULL.  Of the bytes: a quote within a text has a backslash before it, so this
 * is a key.  Where it may be another's (a label's), read_pod() sees that. */
static const char *
node_of(pv_ctx *cx, const pv_rec *rec)
{
	static const char word[] = "\"nodeName\":\"";
	const size_t len = sizeof word - 1;
	pv_str json = pv_rec_json(rec);
	const char *at = memmem(json.s, json.len, word, len), *rest, *end;
	const pv_val *pod;

	if (!at)
		return NULL;
	rest = at + len;
	if (memmem(rest, json.len - (size_t)(rest - json.s), word, len)) {
		if (pv_rec_parse(cx, rec, &pod) == 0)
			return pv_text_at(pod, "spec.nodeName", "");
		(void)pv_recover(cx);
		return NULL;
	}
	end = memchr(rest, '"', json.len - (size_t)(rest - json.s));
	return end ? pv_strndup(cx->arena, rest, (size_t)(end - rest)) : NULL;
}

static void
put_pod(node_pods *p, pv_ctx *cx, const pv_key *key, const pv_rec *rec)
{
	const char *place = pv_printf(cx->arena, "%s %s", key->ns, key->name);
	const char *node = rec ? node_of(cx, rec) : NULL;
	bound *b;

	forget_pod(p, cx, key, place);
	if (!node || !is_word(node))
		return;
	b = pv_heap_new(sizeof *b);
	b->node = pv_heap_printf("%s", node);
	pv_map_puts(p->pods, place, b);
	pv_sets_add(p->unread, node, place);
}

static void
read_pod(node_pods *p, pv_ctx *cx, const char *node, const char *place)
{
	const char *space = strchr(place, ' '), *ns = pv_strndup(cx->arena, place, (size_t)(space - place));
	const pv_rec *rec = pv_store_find(cx, p->store, &(pv_key){types[PODS], ns, space + 1});
	bound *b = pv_map_finds(p->pods, place);
	const pv_val *pod = NULL;
	pv_buf keys;
	pv_vec uses;

	if (rec && pv_rec_parse(cx, rec, &pod) < 0)
		(void)pv_recover(cx);
	pv_buf_init(&keys, cx->arena);
	pv_vec_init(&uses, cx->arena, sizeof(node_use));
	if (pod && pv_streq(pv_text_at(pod, "spec.nodeName", ""), node))
		node_pod_uses(cx, pod, &uses);
	for (size_t i = 0; i < uses.len; i++) {
		const node_use *use = PV_AT(node_use, &uses, i);
		const char *key = use_key(cx->arena, node, use->thing, ns, use->name);

		if (!is_word(use->name))
			continue;
		pv_buf_add(&keys, key, strlen(key) + 1);
		count_key(p->uses, key);
		if (use->thing == NODE_CLAIM)
			pv_sets_add(p->claims, node,
				    pv_printf(cx->arena, "%s %s %s", ns, use->name, space + 1));
	}
	b->uses = keep_keys(&keys);
}

static void
read_pods(node_pods *p, const char *node)
{
	pv_map *unread = pv_sets_take(p->unread, node);
	size_t pos = 0;
	pv_str place;
	void *unused;
	pv_ctx cx;

	if (!unread)
		return;
	pv_ctx_init(&cx, "node pods");
	while (pv_map_each(unread, &pos, &place, &unused)) {
		read_pod(p, &cx, node, place.s);
		pv_ctx_reset(&cx);
	}
	pv_ctx_done(&cx);
	pv_map_free(unread);
}

/* ---- volumes ---- */

static void
forget_volume(node_pods *p, const char *name)
{
	char *own = pv_map_del(p->volumes, name, strlen(name));

	for (const char *mount = own; mount && *mount; mount += strlen(mount) + 1)
		uncount_key(p->mounts, mount);
	pv_heap_free(own);
}

static void
put_volume(node_pods *p, pv_ctx *cx, const pv_key *key, const pv_rec *rec)
{
	pv_str json = rec ? pv_rec_json(rec) : (pv_str){NULL, 0};
	const pv_val *volume;
	const char *ns, *claim;
	pv_vec secrets;
	pv_buf keys;

	forget_volume(p, key->name);
	if (!json.len ||
	    !memmem(json.s, json.len, "ecret", 5)) /* secretRef, nodeStageSecretRef, secretName */
		return;
	if (pv_rec_parse(cx, rec, &volume) < 0) {
		(void)pv_recover(cx);
		return;
	}
	ns = pv_text_at(volume, "spec.claimRef.namespace", "");
	claim = pv_text_at(volume, "spec.claimRef.name", "");
	pv_buf_init(&keys, cx->arena);
	pv_vec_init(&secrets, cx->arena, sizeof(node_secret));
	if (is_word(ns) && is_word(claim))
		node_volume_secrets(volume, &secrets);
	for (size_t i = 0; i < secrets.len; i++) {
		const node_secret *one = PV_AT(node_secret, &secrets, i);
		const char *mount = pv_printf(cx->arena, "%s %s %s %s", ns, claim, one->ns, one->name);

		if (!is_word(one->ns) || !is_word(one->name))
			continue;
		pv_buf_add(&keys, mount, strlen(mount) + 1);
		count_key(p->mounts, mount);
	}
	if (keys.len)
		pv_map_puts(p->volumes, key->name, keep_keys(&keys));
}

/* ---- up to date ---- */

static void (*const put[TYPES])(node_pods *p, pv_ctx *cx, const pv_key *key, const pv_rec *rec) = {
	put_pod,
	put_volume,
};

static void
woken(void *arg)
{
	(void)arg; /* who asks looks at the store's revision */
}

static void
clear(node_pods *p)
{
	size_t pos = 0;
	pv_str key;
	void *value;

	for (int i = 0; i < TYPES; i++)
		p->watches[i] = p->watches[i] ? pv_watch_close(p->watches[i]) : NULL;
	while (p->pods && pv_map_each(p->pods, &pos, &key, &value))
		bound_free(value);
	for (pos = 0; p->volumes && pv_map_each(p->volumes, &pos, &key, &value);)
		pv_heap_free(value);
	p->pods = pv_map_free(p->pods);
	p->volumes = pv_map_free(p->volumes);
	p->unread = pv_sets_free(p->unread);
	p->uses = pv_map_free(p->uses);
	p->claims = pv_sets_free(p->claims);
	p->mounts = pv_map_free(p->mounts);
	p->seen = 0;
}

/* One type as it is, and a watch of what comes. */
static int
fill(node_pods *p, pv_ctx *cx, int type)
{
	const pv_list_query query = {.type = types[type]};
	pv_listing all;
	pv_ctx each;
	int r = pv_store_list(cx, p->store, &query, &all);

	if (r < 0)
		return r;
	pv_ctx_init(&each, "node pods");
	for (size_t i = 0; i < all.len; i++) {
		put[type](p, &each, pv_rec_key(all.recs[i]), all.recs[i]);
		pv_ctx_reset(&each);
	}
	pv_ctx_done(&each);
	return pv_watch_open(cx, p->store, types[type], all.rev, woken, p, &p->watches[type]);
}

static int
build(node_pods *p, pv_ctx *cx)
{
	int r = 0;

	clear(p);
	p->pods = pv_map_new(NULL);
	p->volumes = pv_map_new(NULL);
	p->unread = pv_sets_new();
	p->uses = pv_map_new(NULL);
	p->claims = pv_sets_new();
	p->mounts = pv_map_new(NULL);
	for (int type = 0; r == 0 && type < TYPES; type++)
		r = fill(p, cx, type);
	return r;
}

/* -PV_EGONE: it fell behind what the store keeps. */
static int
drain(node_pods *p, pv_ctx *cx)
{
	int got = 0;

	for (int type = 0; got >= 0 && type < TYPES; type++) {
		pv_event event;

		while ((got = pv_watch_next(cx, p->watches[type], &event)) > 0) {
			put[type](p, cx, pv_rec_key(event.rec), event.type == PV_DELETED ? NULL : event.rec);
			pv_ctx_reset(cx);
		}
	}
	return got;
}

static void
refresh(node_pods *p)
{
	int64_t newest = pv_store_rev(p->store);
	pv_ctx cx;
	int r = -1;

	if (p->seen == newest)
		return;
	pv_ctx_init(&cx, "node pods");
	if (p->seen)
		r = drain(p, &cx);
	if (r < 0) {
		pv_ctx_reset(&cx);
		r = build(p, &cx);
	}
	p->seen = r < 0 ? 0 : newest; /* 0: it is made again for the next question */
	pv_ctx_done(&cx);
}

/* ---- questions ---- */

/* Of volumes that are claimed by what the node's Pods claim. */
static bool
mounts_with(pv_ctx *cx, const node_pods *p, const char *node, const char *ns, const char *name)
{
	const pv_map *claims = pv_sets_find(p->claims, node);
	size_t pos = 0;
	pv_str one;
	void *unused;

	while (claims && pv_map_each(claims, &pos, &one, &unused)) {
		int len = (int)(strrchr(one.s, ' ') - one.s); /* without the Pod */

		if (pv_map_finds(p->mounts, pv_printf(cx->arena, "%.*s %s %s", len, one.s, ns, name)))
			return true;
	}
	return false;
}

static bool
has_use(pv_ctx *cx, node_pods *p, const char *node, enum node_thing thing, const char *ns, const char *name)
{
	bool found;

	if (!is_word(node) || !is_word(ns) || !is_word(name))
		return false;
	pthread_mutex_lock(&p->lock);
	refresh(p);
	read_pods(p, node);
	found = pv_map_finds(p->uses, use_key(cx->arena, node, thing, ns, name)) ||
		(thing == NODE_SECRET && mounts_with(cx, p, node, ns, name));
	pthread_mutex_unlock(&p->lock);
	return found;
}

bool
node_uses(pv_ctx *cx, node_pods *p, const char *node, enum node_thing thing, const char *ns, const char *name)
{
	const pv_rec *rec;

	if (thing != NODE_POD && thing != NODE_VOLUME)
		return has_use(cx, p, node, thing, ns, name);
	rec = pv_store_find(
		cx, p->store,
		&(pv_key){types[thing == NODE_POD ? PODS : VOLUMES], thing == NODE_POD ? ns : "", name});
	if (!rec)
		return false;
	if (thing == NODE_POD)
		return pv_streq(pv_text_at(pv_rec_val(rec), "spec.nodeName", ""), node);
	return has_use(cx, p, node, NODE_CLAIM, pv_text_at(pv_rec_val(rec), "spec.claimRef.namespace", ""),
		       pv_text_at(pv_rec_val(rec), "spec.claimRef.name", ""));
}

node_pods *
node_pods_open(pv_store *store)
{
	node_pods *p = pv_heap_new(sizeof *p);

	p->store = store;
	pthread_mutex_init(&p->lock, NULL);
	return p;
}

node_pods *
node_pods_close(node_pods *p)
{
	if (p) {
		clear(p);
		pthread_mutex_destroy(&p->lock);
	}
	pv_heap_free(p);
	return NULL;
}
