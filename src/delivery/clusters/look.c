/* look: what a cluster holds of what an Application wants, and what an apply would make of it.  Asked is only what
 * is not known to be as it was: the mirror tells versions, the last answer has the objects. */
#include <string.h>

#include "base/digest.h"
#include "base/str.h"
#include "base/time.h"
#include "core/fact/touch.h"
#include "delivery/clusters/dropped.h"
#include "delivery/clusters/impl.h"
#include "lang/json/json.h"

#define ALL_MOST ((size_t)512 << 20) /* of an Application's objects together */

struct look {
	pv_ctx *cx;
	pv_ctx one; /* of what is asked about one object: answers are much larger than what is kept of them */
	spoke *s;
	kinds *k;
	const pv_val *args;
	pv_map *before; /* key -> the last answer about it */
	pv_map *marked; /* keys of what is the asker's */
};

struct thing {
	const pv_val *want; /* {object, takesOver, exists, mayRefuse}; NULL: it is the asker's all the same */
	const pv_resource *at; /* its kind there; NULL: not served */
	const char *ns, *name, *key;
	bool fed; /* the mirror knows of it */
};

static void
keep(struct look *l, const pv_val *answers)
{
	for (size_t i = 0; i < pv_count(answers); i++)
		if (pv_text_at(pv_item(answers, i), "key", NULL))
			pv_map_puts(l->before, pv_text_at(pv_item(answers, i), "key", ""),
				    (void *)(uintptr_t)pv_item(answers, i));
}

static const char *
group_of(pv_ctx *cx, const char *api_version)
{
	const char *slash = strchr(api_version, '/');
	return pv_strndup(cx->arena, api_version, slash ? (size_t)(slash - api_version) : 0);
}

static bool
is_listed(struct look *l, const kind *k, const char *ns)
{
	bool all = !k->namespaced || !l->s->says.namespaces.len, listed;
	const char *place = feed_place(l->cx->arena, k->type, all ? "" : ns);
	pthread_mutex_lock(&l->s->lock);
	listed = !pv_map_finds(l->s->unknown, place);
	pthread_mutex_unlock(&l->s->lock);
	return listed;
}

static bool
is_fed(struct look *l, const char *type, const char *ns)
{
	const kind *k = kinds_watched(l->s, l->k, type, ns);
	return k && is_listed(l, k, ns);
}

static const char *
version_of(struct look *l, const char *key)
{
	const char *version;
	pthread_mutex_lock(&l->s->lock);
	version = mirror_version(l->s->mirror, key);
	version = version ? pv_strdup(l->cx->arena, version) : NULL;
	pthread_mutex_unlock(&l->s->lock);
	return version;
}

static pv_call
call_of(const struct look *l, const struct thing *t)
{
	return (pv_call){.resource = t->at,
			 .ns = t->ns,
			 .name = t->name,
			 .manager = pv_text_at(l->args, "manager", ""),
			 .force = true,
			 .dry_run = true,
			 .takes_over = pv_text_at(t->want, "takesOver", NULL),
			 .grace_seconds = -1};
}

/* What the last answer has of it, if that is how it is. */
static const pv_val *
unchanged(struct look *l, const struct thing *t, const char *version)
{
	const pv_val *last = pv_map_finds(l->before, t->key);
	if (!t->fed || !last || pv_get(last, "problem") ||
	    !pv_streq(pv_text_at(last, "live.metadata.resourceVersion", ""), version))
		return NULL;
	return last;
}

/* ---- what an apply would change ---- */

static pv_val
essence(pv_ctx *cx, const pv_val *object)
{
	static const char *const counters[] = {"managedFields", "resourceVersion", "generation"};
	pv_val meta = *pv_get(object, "metadata");
	for (size_t i = 0; i < PV_LEN(counters); i++)
		meta = pv_without(cx->arena, &meta, counters[i]);
	return pv_with(cx->arena, object, "metadata", meta);
}

static bool
is_same(struct look *l, const struct thing *t, const char *version, const char *digest)
{
	bool same;
	pthread_mutex_lock(&l->s->lock);
	same = mirror_is_same(l->s->mirror, t->key, version, digest);
	pthread_mutex_unlock(&l->s->lock);
	return same;
}

/* Adds `ahead`, or `problem`; 1: an apply changes nothing.  -PV_E..: it could not be asked. */
static int
foresee(struct look *l, const struct thing *t, const pv_val *live, pv_objb *b)
{
	pv_ctx *cx = &l->one;
	const char *text = pv_json_text(cx->arena, t->want), *version;
	const char *digest = pv_sha256_hex(cx->arena, text, strlen(text));
	pv_call call = call_of(l, t);
	const pv_val *ahead;
	pv_val was, will;
	int r;
	version = pv_text_at(live, "metadata.resourceVersion", "");
	if (is_same(l, t, version, digest))
		return 1;
	r = spoke_apply(cx, l->s, &call, pv_get(t->want, "object"), &ahead);
	if (r < 0 && clusters_is_away(-r) && !spoke_is_there(l->s))
		return r;
	if (r < 0) {
		pv_objb_put(b, "problem", pv_string(cx->arena, pv_error_text(cx)));
		pv_recover(cx);
		return 0;
	}
	ahead = dropped_without(cx, &call, pv_get(t->want, "object"), live, ahead);
	was = essence(cx, live);
	will = essence(cx, ahead);
	if (!pv_eq(&was, &will)) {
		pv_objb_put(b, "ahead", will);
		return 0;
	}
	pthread_mutex_lock(&l->s->lock);
	mirror_note_same(l->s->mirror, t->key, version, digest);
	pthread_mutex_unlock(&l->s->lock);
	return 1;
}

/* ---- one object ---- */

static int
fetch(struct look *l, const struct thing *t, pv_objb *b, const pv_val **ret)
{
	pv_ctx *cx = &l->one;
	pv_call call = call_of(l, t);
	int r = spoke_find(cx, l->s, &call, ret);
	if (r == -PV_EFORBIDDEN && pv_truth_at(t->want, "mayRefuse", false)) {
		pv_objb_put(b, "problem", pv_string(cx->arena, pv_error_text(cx)));
		pv_recover(cx);
		return 0;
	}
	return r < 0 ? pv_wrap(cx, r, "%s %s", t->at->kind, t->name) : 0;
}

static int
find_out(struct look *l, const struct thing *t, const char *version, pv_objb *b)
{
	const pv_val *live = NULL;
	int r = 0;
	if (t->at && (version || !t->fed))
		r = fetch(l, t, b, &live);
	if (r < 0 || !live)
		return r;
	r = t->want && !pv_truth_at(t->want, "exists", false) ? foresee(l, t, live, b) : 1;
	if (r == 1) /* who manages what matters where something differs: it is half of an object */
		live = pv_box(l->one.arena, pv_without_at(l->one.arena, live, "metadata.managedFields"));
	pv_objb_put(b, "live", *live);
	return r < 0 ? r : 0;
}

static int
answer(struct look *l, const struct thing *t, pv_val *ret)
{
	const char *version = t->at && t->fed ? version_of(l, t->key) : NULL;
	const pv_val *last = version ? unchanged(l, t, version) : NULL;
	pv_val found;
	pv_objb b;
	int r;
	if (last) {
		*ret = *last;
		return 0;
	}
	pv_ctx_reset(&l->one);
	pv_objb_init(&b, l->one.arena);
	pv_objb_puts(&b, "key", t->key);
	r = find_out(l, t, version, &b);
	if (r < 0)
		return pv_fail(l->cx, -r, "%s", pv_error_text(&l->one));
	found = pv_objb_end(&b);
	*ret = pv_copy(l->cx->arena, &found);
	return pv_arena_used(l->cx->arena) <= ALL_MOST
		       ? 0
		       : pv_fail(l->cx, PV_ETOOLARGE,
				 "what the Application has there takes more than %zu MB of memory",
				 ALL_MOST >> 20);
}

static void
ask_to_be_told(struct look *l, const char *key)
{
	if (pv_map_finds(l->marked, key))
		return; /* by its mark */
	pthread_mutex_lock(&l->s->lock);
	mirror_ask_key(l->s->mirror, key, pv_text_at(l->args, "asker", ""));
	pthread_mutex_unlock(&l->s->lock);
}

static int
wanted(struct look *l, const pv_val *want, pv_val *ret)
{
	const pv_val *object = pv_get(want, "object");
	const char *api_version = pv_text_at(object, "apiVersion", ""),
		   *type = pv_text_at(object, "kind", ""), *group = group_of(l->cx, api_version);
	struct thing t = {.want = want,
			  .at = spoke_resource_known(l->cx, l->s, api_version, type),
			  .ns = pv_text_at(object, "metadata.namespace", ""),
			  .name = pv_text_at(object, "metadata.name", "")};
	t.ns = t.at && !t.at->namespaced ? "" : t.ns;
	t.key = mirror_key(l->cx->arena, group, type, t.ns, t.name);
	if (!*t.name || (t.at && t.at->namespaced && !*t.ns)) { /* nothing is there, or it is nowhere */
		*ret = pv_object_of(l->cx->arena, NULL, 0, NULL, NULL);
		return 0;
	}
	t.fed = t.at && is_fed(l, t.at->type, t.ns);
	ask_to_be_told(l, t.key);
	return answer(l, &t, ret);
}

/* ---- what else is of the asker ---- */

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
find_marked(struct look *l, pv_vec *ret)
{
	const char *mark = pv_printf(l->cx->arena, "%s %s", pv_text_at(l->args, "index", ""),
				     pv_text_at(l->args, "key", ""));
	pthread_mutex_lock(&l->s->lock);
	mirror_ask(l->s->mirror, mark, pv_text_at(l->args, "asker", ""));
	mirror_marked(l->s->mirror, l->cx->arena, mark, ret);
	pthread_mutex_unlock(&l->s->lock);
	pv_vec_sort(ret, by_text);
	for (size_t i = 0; i < ret->len; i++)
		pv_map_puts(l->marked, *PV_AT(const char *, ret, i), l);
}

/* "apps/Deployment/NS/NAME" */
static struct thing
thing_of(struct look *l, const char *key)
{
	struct thing t = {.key = key};
	pv_str rest = pv_str_of(key), parts[4] = {{0}};
	for (size_t i = 0; i < PV_LEN(parts); i++)
		(void)pv_str_next(&rest, '/', &parts[i]);
	t.ns = pv_strndup(l->cx->arena, parts[2].s, parts[2].len);
	t.name = strrchr(key, '/') + 1;
	for (size_t i = 0; i < l->k->n; i++) {
		const kind *k = &l->k->all[i];
		if (k->preferred && pv_starts_with(key, k->type) && key[strlen(k->type)] == '/')
			t.at = spoke_resource_known(l->cx, l->s, k->api_version, k->kind);
	}
	t.fed = t.at && is_fed(l, t.at->type, t.ns);
	return t;
}

static int
others(struct look *l, const pv_vec *marked, const pv_map *wants, pv_listb *ret)
{
	for (size_t i = 0; i < marked->len; i++) {
		const char *key = *PV_AT(const char *, marked, i);
		struct thing t = thing_of(l, key);
		pv_val one;
		int r;
		if (pv_map_finds(wants, key) || !t.at)
			continue;
		r = answer(l, &t, &one);
		if (r < 0)
			return r;
		if (pv_get(&one, "live"))
			pv_listb_add(ret, one);
	}
	return 0;
}

/* ---- the fact ---- */

static int
look_at(struct look *l, pv_val *ret)
{
	const pv_val *wants = pv_at(l->args, "payload.wants");
	pv_map *keys = pv_map_new(l->cx->arena);
	pv_listb objects, rest;
	pv_vec marked;
	pv_objb b;
	int r = 0;
	pv_listb_init(&objects, l->cx->arena);
	pv_listb_init(&rest, l->cx->arena);
	find_marked(l, &marked);
	for (size_t i = 0; r == 0 && i < pv_count(wants); i++) {
		pv_val one;
		r = wanted(l, pv_item(wants, i), &one);
		if (r == 0) {
			pv_map_puts(keys, pv_text_at(&one, "key", ""), l);
			pv_listb_add(&objects, one);
		}
	}
	if (r == 0)
		r = others(l, &marked, keys, &rest);
	pv_objb_init(&b, l->cx->arena);
	pv_objb_put(&b, "objects", pv_listb_end(&objects));
	pv_objb_put(&b, "tracked", pv_listb_end(&rest));
	*ret = pv_objb_end(&b);
	return r;
}

static int
find(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous, pv_val *ret)
{
	struct look l = {
		.cx = cx, .args = args, .before = pv_map_new(cx->arena), .marked = pv_map_new(cx->arena)};
	pv_val plain = pv_without(cx->arena, args, "payload");
	int r = spoke_hold(cx, pv_facts_api(facts), pv_text_at(args, "cluster", ""), &l.s);
	if (r < 0)
		return r;
	spoke_asks(l.s, pv_text_at(args, "asker", ""), pv_facts_key(cx->arena, LOOK_FACT, &plain));
	pv_ctx_init_small(&l.one, "look");
	l.k = kinds_ref(l.s);
	keep(&l, pv_get(previous, "objects"));
	keep(&l, pv_get(previous, "tracked"));
	r = look_at(&l, ret);
	kinds_unref(l.s, l.k);
	spoke_let_go(l.s);
	pv_ctx_done(&l.one);
	return r;
}

const pv_fact_kind look_fact = {.name = LOOK_FACT, .find = find, .lane = "cluster", .refresh_ns = RESYNC};
