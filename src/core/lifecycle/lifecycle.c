/* lifecycle: one thread: drain the watch into the owners' index and the queue, then
 * look at what is due.  Every step can be repeated, so a failure is only tried again. */
#include "core/lifecycle/lifecycle.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "core/flow/flow.h"
#include "core/lifecycle/inside.h"

#define WAKE "\n"     /* a key of the queue that is no place: the watch has something */
#define SELF "\n/"    /* nor is this one: somebody wrote to what pv_self_keep() keeps */
#define GIVEN "\n//"  /* nor this: it is time for pv_given_keep() */
#define FLOWS "\n///" /* nor this: somebody wrote to what pv_flow_bootstrap() keeps */
#define FLOW_GROUP "flowcontrol.apiserver.k8s.io/"
#define CSR "certificates.k8s.io/CertificateSigningRequest"
#define RETRY (500 * PV_MS)
#define LETTING_GO (100 * PV_MS)
#define GIVEN_AFTER (LEASE_SECONDS / 2 * PV_SEC)

struct pv_lifecycle {
	pv_api *api;
	pv_store *store;
	pv_sets *owners;
	pv_keyq *queue;
	int64_t event_ttl;
	pv_self self;
	bool keeps_self;
	pv_watch *watch;
	pthread_t thread;
};

/* ---- places: "type ns name" ---- */

static pv_key
place_key(pv_ctx *cx, const char *place)
{
	char *type = pv_strdup(cx->arena, place), *ns = strchr(type, ' '), *name;
	*ns++ = '\0';
	name = strchr(ns, ' ');
	*name++ = '\0';
	return (pv_key){type, ns, name};
}

const pv_val *
place_find(pv_ctx *cx, pv_api *api, const char *place)
{
	pv_key key = place_key(cx, place);
	const pv_rec *rec = pv_store_find(cx, pv_api_store(api), &key);
	return rec ? pv_rec_val(rec) : NULL;
}

pv_val
object_named(pv_ctx *cx, const char *version, const char *kind, const char *ns, const char *name)
{
	pv_objb meta, b;

	pv_objb_init(&meta, cx->arena);
	pv_objb_puts(&meta, "name", name);
	pv_objb_puts(&meta, "namespace", *ns ? ns : NULL);
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", version);
	pv_objb_puts(&b, "kind", kind);
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	return pv_objb_end(&b);
}

pv_call
place_call(pv_ctx *cx, pv_api *api, const char *place)
{
	pv_key key = place_key(cx, place);
	return (pv_call){.resource = pv_resource_of_type(cx, pv_api_registry(api), key.type),
			 .ns = key.ns,
			 .name = key.name,
			 .subresource = "",
			 .manager = "garbage-collector",
			 .grace_seconds = -1};
}

/* ---- events ---- */

static void
queue_each(pv_lifecycle *lc, const pv_vec *places)
{
	for (size_t i = 0; i < places->len; i++)
		pv_keyq_add(lc->queue, *PV_AT(const char *, places, i), 0);
}

/* Owners that wait for this object to go. */
static void
queue_owners(pv_ctx *cx, pv_lifecycle *lc, const pv_rec *rec)
{
	const pv_val *refs = owners_any(rec) ? pv_at(pv_rec_val(rec), "metadata.ownerReferences") : NULL;
	for (size_t i = 0; i < pv_count(refs); i++) {
		const pv_val *ref = pv_item(refs, i);
		const pv_resource *res =
			pv_resource_of_kind(cx, pv_api_registry(lc->api), pv_text_at(ref, "apiVersion", ""),
					    pv_text_at(ref, "kind", ""));
		pv_key key;
		if (!res)
			continue;
		key = (pv_key){res->type, res->namespaced ? pv_rec_key(rec)->ns : "",
			       pv_text_at(ref, "name", "")};
		pv_keyq_add(lc->queue, owners_place(cx->arena, &key), 0);
	}
}

/* The namespace that is being deleted and may wait for this object.  Not at once: an operator lets go of
 * one after the other, and each look is at all of them. */
static void
queue_namespace(pv_ctx *cx, pv_lifecycle *lc, const char *ns)
{
	const pv_key key = {"/Namespace", "", ns};
	const pv_rec *rec = *ns ? pv_store_find(cx, lc->store, &key) : NULL;
	if (rec && pv_at(pv_rec_val(rec), "metadata.deletionTimestamp"))
		pv_keyq_add(lc->queue, owners_place(cx->arena, &key), pv_mono() + LETTING_GO);
}

static bool
is_marked(const pv_rec *rec)
{
	static const char word[] = "\"deletionTimestamp\"";
	return memmem(pv_rec_json(rec).s, pv_rec_json(rec).len, word, sizeof(word) - 1) != NULL;
}

static void
on_event(pv_ctx *cx, pv_lifecycle *lc, const pv_event *event)
{
	const pv_key *key = pv_rec_key(event->rec);
	bool gone = event->type == PV_DELETED;
	pv_vec dependents;
	owners_update(lc->owners, cx->arena, event->prev, gone ? NULL : event->rec);
	if (!gone && lc->event_ttl && pv_streq(key->type, "/Event"))
		pv_keyq_add(lc->queue, owners_place(cx->arena, key),
			    pv_mono() + expire_at(pv_rec_val(event->rec), lc->event_ttl) - pv_now());
	if (!gone && pv_streq(key->type, "/Secret") && credential_is(pv_rec_val(event->rec)))
		pv_keyq_add(lc->queue, owners_place(cx->arena, key), 0);
	if (gone && pv_streq(key->type, "/ServiceAccount"))
		credential_orphans(cx, lc->api, lc->queue, key);
	if (!gone && pv_streq(key->type, CSR) && signer_wants(pv_rec_val(event->rec)))
		pv_keyq_add(lc->queue, owners_place(cx->arena, key), 0);
	if (gone) {
		pv_sets_list(lc->owners, cx->arena, pv_text_at(pv_rec_val(event->rec), "metadata.uid", ""),
			     &dependents);
		queue_each(lc, &dependents);
		queue_owners(cx, lc, event->rec);
	} else if (owners_any(event->rec) || pv_streq(key->type, "/Namespace") || is_marked(event->rec)) {
		pv_keyq_add(lc->queue, owners_place(cx->arena, key), 0);
	}
	if (gone || is_marked(event->rec))
		queue_namespace(cx, lc, key->ns);
	if (namespace_furniture(key))
		pv_keyq_add(lc->queue, owners_place(cx->arena, &(pv_key){"/Namespace", "", key->ns}), 0);
	if (lc->keeps_self && self_is(key))
		pv_keyq_add(lc->queue, SELF, 0);
	if (pv_starts_with(key->type, FLOW_GROUP))
		pv_keyq_add(lc->queue, FLOWS, 0);
}

static void
on_wake(void *arg)
{
	pv_lifecycle *lc = arg;
	pv_keyq_add(lc->queue, WAKE, 0);
}

static int
look_at_all(pv_ctx *cx, pv_lifecycle *lc)
{
	const pv_resource *res;
	size_t pos = 0;
	int r;
	lc->watch = pv_watch_close(lc->watch);
	lc->owners = pv_sets_free(lc->owners);
	lc->owners = pv_sets_new();
	r = pv_watch_open(cx, lc->store, NULL, pv_store_rev(lc->store), on_wake, lc, &lc->watch);
	while (r == 0 && pv_resource_each(cx, pv_api_registry(lc->api), &pos, &res)) {
		pv_list_query query = {.type = res->type};
		pv_listing listing;
		if (!res->storage || res->view)
			continue;
		r = pv_store_list(cx, lc->store, &query, &listing);
		for (size_t i = 0; r == 0 && i < listing.len; i++) {
			pv_event event = {PV_ADDED, pv_rec_rev(listing.recs[i]), listing.recs[i], NULL};
			on_event(cx, lc, &event);
		}
	}
	return r;
}

static int
drain(pv_ctx *cx, pv_lifecycle *lc)
{
	pv_event event;
	int r;
	while ((r = pv_watch_next(cx, lc->watch, &event)) == 1)
		on_event(cx, lc, &event);
	if (r == -PV_EGONE) {
		pv_recover(cx);
		r = look_at_all(cx, lc);
	}
	return r;
}

/* ---- turns ---- */

static int
look_at(pv_ctx *cx, pv_lifecycle *lc, const char *place)
{
	lifecycle_turn t = {lc->api, lc->owners, lc->queue};
	const pv_val *object;
	int r = drain(cx, lc); /* so that the index knows every dependent made before now */
	if (r < 0 || pv_streq(place, WAKE))
		return r;
	if (pv_streq(place, SELF))
		return pv_self_keep(cx, lc->api, &lc->self);
	if (pv_streq(place, FLOWS))
		return pv_flow_bootstrap(cx, lc->store);
	if (pv_streq(place, GIVEN)) {
		pv_keyq_add(lc->queue, GIVEN, pv_mono() + GIVEN_AFTER);
		return pv_given_keep(cx, lc->api);
	}
	t.owners = lc->owners;
	object = place_find(cx, lc->api, place);
	if (!object)
		return 0;
	pv_auth_internal(cx, "system:pave:garbage-collector");
	if (pv_starts_with(place, "/Namespace "))
		r = namespace_object(cx, &t, object);
	if (lc->event_ttl && pv_starts_with(place, "/Event "))
		r = expire_event(cx, &t, place, object, lc->event_ttl);
	if (pv_starts_with(place, "/Secret "))
		r = credential_object(cx, &t, place, object);
	if (pv_starts_with(place, CSR " "))
		r = signer_object(cx, &t, place, object);
	return r < 0 ? r : gc_object(cx, &t, place, object);
}

static void *
run(void *arg)
{
	pv_lifecycle *lc = arg;
	const char *key;
	pv_ctx cx;
	pv_ctx_init(&cx, "lifecycle");
	while (pv_keyq_take(lc->queue, &key)) {
		int r = look_at(&cx, lc, key);
		if (r < 0) {
			if (r != -PV_ECONFLICT)
				pv_log(PV_WARN, "lifecycle", pv_error_text(&cx), "object", key, NULL);
			pv_recover(&cx);
			pv_keyq_add(lc->queue, key, r == -PV_ECONFLICT ? 0 : pv_mono() + RETRY);
		}
		pv_keyq_done(lc->queue, key);
		pv_ctx_reset(&cx);
	}
	pv_ctx_done(&cx);
	return NULL;
}

int
pv_lifecycle_open(pv_ctx *cx, pv_api *api, int64_t event_ttl, const pv_self *self, pv_lifecycle **ret)
{
	pv_lifecycle *lc = calloc(1, sizeof(*lc));
	int r;
	PV_ASSERT(lc);
	lc->api = api;
	lc->store = pv_api_store(api);
	lc->event_ttl = event_ttl;
	lc->keeps_self = self != NULL;
	if (self)
		lc->self = *self;
	lc->queue = pv_keyq_new();
	pv_keyq_add(lc->queue, GIVEN, pv_mono() + GIVEN_AFTER);
	r = look_at_all(cx, lc);
	if (r < 0) {
		pv_watch_close(lc->watch);
		pv_sets_free(lc->owners);
		pv_keyq_free(lc->queue);
		free(lc);
		return r;
	}
	PV_ASSERT(pthread_create(&lc->thread, NULL, run, lc) == 0);
	*ret = lc;
	return 0;
}

pv_lifecycle *
pv_lifecycle_close(pv_lifecycle *lc)
{
	if (!lc)
		return NULL;
	pv_keyq_close(lc->queue);
	pthread_join(lc->thread, NULL);
	pv_watch_close(lc->watch);
	pv_sets_free(lc->owners);
	pv_keyq_free(lc->queue);
	free(lc);
	return NULL;
}
