/* gc: Kubernetes' garbage collector for one object at a time.
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/ */
#include "base/map.h"
#include "base/str.h"
#include "base/time.h"
#include "core/lifecycle/inside.h"

#define FOREGROUND "foregroundDeletion"
#define ORPHAN "orphan"

static bool
has_finalizer(const pv_val *object, const char *name)
{
	return pv_list_has_text(pv_at(object, "metadata.finalizers"), name);
}

/* {"metadata":{field: list, "resourceVersion": rv}}: only if nobody else wrote meanwhile. */
static pv_val
metadata_patch(pv_ctx *cx, const pv_val *object, const char *field, pv_val list)
{
	pv_objb meta, b;
	pv_objb_init(&meta, cx->arena);
	pv_objb_put(&meta, field, list);
	pv_objb_puts(&meta, "resourceVersion", pv_text_at(object, "metadata.resourceVersion", NULL));
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	return pv_objb_end(&b);
}

static int
drop_finalizer(pv_ctx *cx, const lifecycle_turn *t, const char *place, const pv_val *object, const char *name)
{
	const pv_val *list = pv_at(object, "metadata.finalizers"), *left;
	pv_call call = place_call(cx, t->api, place);
	pv_listb b;
	pv_val patch;
	bool created;
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(list); i++)
		if (!pv_streq(pv_text(pv_item(list, i), NULL), name))
			pv_listb_add(&b, *pv_item(list, i));
	patch = metadata_patch(cx, object, "finalizers", pv_listb_end(&b));
	return pv_api_patch(cx, t->api, &call, PV_PATCH_MERGE, &patch, &left, &created);
}

/* The object without the owners for which keep() is false. */
static int
keep_owners(pv_ctx *cx, const lifecycle_turn *t, const char *place, const pv_val *object,
	    bool (*keep)(pv_ctx *cx, const lifecycle_turn *t, const pv_val *object, const pv_val *ref,
			 const char *uid),
	    const char *uid)
{
	const pv_val *refs = pv_at(object, "metadata.ownerReferences"), *left;
	pv_call call = place_call(cx, t->api, place);
	pv_listb b;
	pv_val patch;
	bool created;
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(refs); i++)
		if (keep(cx, t, object, pv_item(refs, i), uid))
			pv_listb_add(&b, *pv_item(refs, i));
	patch = metadata_patch(cx, object, "ownerReferences", pv_listb_end(&b));
	return pv_api_patch(cx, t->api, &call, PV_PATCH_MERGE, &patch, &left, &created);
}

enum standing {
	OWNER_THERE,   /* or of a kind that is not served, which may come back with its CRD */
	OWNER_WAITING, /* being deleted, for its dependents to go first */
	OWNER_GONE,
	OWNER_ASTRAY, /* of another namespace: as good as gone, and worth a warning */
	OWNER_BARRED, /* of a namespace, for a dependent of none: it cannot be told whether it is there */
};

static const pv_val *
find_owner(pv_ctx *cx, const lifecycle_turn *t, const pv_resource *res, const char *ns, const pv_val *ref)
{
	pv_key key = {res->type, ns, pv_text_at(ref, "name", "")};
	const pv_rec *rec = pv_store_find(cx, pv_api_store(t->api), &key);

	if (!rec || !pv_streq(pv_text_at(pv_rec_val(rec), "metadata.uid", ""), pv_text_at(ref, "uid", "")))
		return NULL;
	return pv_rec_val(rec);
}

static bool
is_elsewhere(pv_ctx *cx, const lifecycle_turn *t, const pv_resource *res, const pv_val *ref)
{
	pv_list_query query = {.type = "/Namespace"};
	pv_listing all;

	if (pv_store_list(cx, pv_api_store(t->api), &query, &all) < 0) {
		pv_recover(cx); /* only the warning depends on it */
		return false;
	}
	for (size_t i = 0; i < all.len; i++)
		if (find_owner(cx, t, res, pv_rec_key(all.recs[i])->name, ref))
			return true;
	return false;
}

/* Owners live in the object's namespace, or in none.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/ */
static enum standing
standing_of(pv_ctx *cx, const lifecycle_turn *t, const pv_val *object, const pv_val *ref)
{
	const pv_resource *res = pv_resource_of_kind(
		cx, pv_api_registry(t->api), pv_text_at(ref, "apiVersion", ""), pv_text_at(ref, "kind", ""));
	const char *ns = pv_text_at(object, "metadata.namespace", "");
	const pv_val *owner;

	if (!res)
		return OWNER_THERE;
	if (res->namespaced && !*ns)
		return OWNER_BARRED;
	owner = find_owner(cx, t, res, res->namespaced ? ns : "", ref);
	if (!owner)
		return res->namespaced && is_elsewhere(cx, t, res, ref) ? OWNER_ASTRAY : OWNER_GONE;
	return pv_at(owner, "metadata.deletionTimestamp") && has_finalizer(owner, FOREGROUND) ? OWNER_WAITING
											      : OWNER_THERE;
}

static bool
owner_is_there(pv_ctx *cx, const lifecycle_turn *t, const pv_val *object, const pv_val *ref,
	       const char *uid PV_UNUSED)
{
	return standing_of(cx, t, object, ref) == OWNER_THERE;
}

static bool
not_this_owner(pv_ctx *cx PV_UNUSED, const lifecycle_turn *t PV_UNUSED, const pv_val *object PV_UNUSED,
	       const pv_val *ref, const char *uid)
{
	return !pv_streq(pv_text_at(ref, "uid", NULL), uid);
}

static int
delete_object(pv_ctx *cx, const lifecycle_turn *t, const char *place, const pv_val *object, const char *how,
	      const char *reason)
{
	pv_call call = place_call(cx, t->api, place);
	const pv_val *left;
	call.propagation = how;
	call.expect_uid = pv_text_at(object, "metadata.uid", NULL);
	call.manager = "garbage-collector";
	call.reason = reason;
	return pv_api_delete(cx, t->api, &call, &left);
}

/* In upstream's words (garbagecollector/graph_builder.go). */
static void
warn_of(pv_ctx *cx, const lifecycle_turn *t, const pv_val *object, const pv_val *ref)
{
	const char *ns = pv_text_at(object, "metadata.namespace", "");
	const pv_news news = {
		.about = object,
		.component = "garbage-collector-controller",
		.type = "Warning",
		.reason = "OwnerRefInvalidNamespace",
		.message = pv_printf(cx->arena,
				     "ownerRef [%s/%s, namespace: %s, name: %s, uid: %s] does not exist in "
				     "namespace \"%s\"",
				     pv_text_at(ref, "apiVersion", ""), pv_text_at(ref, "kind", ""), ns,
				     pv_text_at(ref, "name", ""), pv_text_at(ref, "uid", ""), ns),
		.at = pv_now(),
	};

	if (pv_api_report(cx, t->api, &news) < 0)
		pv_recover(cx); /* news that cannot be kept must hold up nothing */
}

static const char *
why_it_goes(pv_ctx *cx, const pv_val *ref, enum standing standing)
{
	const char *kind = pv_text_at(ref, "kind", ""), *name = pv_text_at(ref, "name", "");

	return pv_printf(cx->arena, "its owner %s/%s %s", kind, name,
			 standing == OWNER_WAITING  ? "is being deleted and waits for it"
			 : standing == OWNER_ASTRAY ? "is in another namespace, where owners do not count"
						    : "is gone");
}

/* ---- cycles: each waits for the other to go first ---- */

#define CYCLE_MOST 1000 /* objects looked at */

/* Is the owner, by uid, among what the object owns, or what that owns, and so on? */
static bool
owns_its_owner(pv_ctx *cx, const lifecycle_turn *t, const pv_val *object, const char *owner)
{
	pv_vec uids;
	const char *uid = pv_text_at(object, "metadata.uid", "");
	pv_map *seen = pv_map_new(cx->arena);

	pv_vec_init(&uids, cx->arena, sizeof(const char *));
	pv_vec_push(&uids, &uid);
	for (size_t i = 0; i < uids.len && uids.len < CYCLE_MOST; i++) {
		pv_vec places;

		pv_sets_list(t->owners, cx->arena, *PV_AT(const char *, &uids, i), &places);
		for (size_t k = 0; k < places.len && uids.len < CYCLE_MOST; k++) {
			const pv_val *one = place_find(cx, t->api, *PV_AT(const char *, &places, k));

			uid = pv_text_at(one, "metadata.uid", "");
			if (*owner && pv_streq(uid, owner))
				return true;
			if (one && !pv_map_puts(seen, uid, seen))
				pv_vec_push(&uids, &uid);
		}
	}
	return false;
}

/* Its owners have a look at what it has let go of. */
static void
tell_owners(pv_ctx *cx, const lifecycle_turn *t, const pv_val *object)
{
	const pv_val *refs = pv_at(object, "metadata.ownerReferences");

	for (size_t i = 0; i < pv_count(refs); i++) {
		const pv_val *ref = pv_item(refs, i);
		const pv_resource *res =
			pv_resource_of_kind(cx, pv_api_registry(t->api), pv_text_at(ref, "apiVersion", ""),
					    pv_text_at(ref, "kind", ""));
		pv_key key = {.name = pv_text_at(ref, "name", "")};

		if (!res)
			continue;
		key.type = res->type;
		key.ns = res->namespaced ? pv_text_at(object, "metadata.namespace", "") : "";
		pv_keyq_add(t->queue, owners_place(cx->arena, &key), 0);
	}
}

/* It holds up no owner any more, as upstream lets one go that would wait for itself. */
static int
unblock(pv_ctx *cx, const lifecycle_turn *t, const char *place, const pv_val *object)
{
	const pv_val *refs = pv_at(object, "metadata.ownerReferences"), *left;
	pv_call call = place_call(cx, t->api, place);
	pv_listb b;
	pv_val patch;
	bool created;
	int r;

	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(refs); i++)
		pv_listb_add(&b, pv_with(cx->arena, pv_item(refs, i), "blockOwnerDeletion", pv_bool(false)));
	patch = metadata_patch(cx, object, "ownerReferences", pv_listb_end(&b));
	r = pv_api_patch(cx, t->api, &call, PV_PATCH_MERGE, &patch, &left, &created);
	if (r == 0)
		tell_owners(cx, t, object);
	return r;
}

static bool
blocks_its_owner(pv_ctx *cx, const lifecycle_turn *t, const pv_val *object)
{
	const pv_val *refs = pv_at(object, "metadata.ownerReferences");

	for (size_t i = 0; i < pv_count(refs); i++) {
		const pv_val *ref = pv_item(refs, i);

		if (pv_truth_at(ref, "blockOwnerDeletion", false) &&
		    standing_of(cx, t, object, ref) == OWNER_WAITING &&
		    owns_its_owner(cx, t, object, pv_text_at(ref, "uid", "")))
			return true;
	}
	return false;
}

/* ---- owners ---- */

static int
check_owners(pv_ctx *cx, const lifecycle_turn *t, const char *place, const pv_val *object)
{
	const pv_val *refs = pv_at(object, "metadata.ownerReferences");
	bool deleting = pv_at(object, "metadata.deletionTimestamp") != NULL;
	size_t n[] = {[OWNER_THERE] = 0,
		      [OWNER_WAITING] = 0,
		      [OWNER_GONE] = 0,
		      [OWNER_ASTRAY] = 0,
		      [OWNER_BARRED] = 0};
	const char *last = NULL;
	size_t gone;

	for (size_t i = 0; i < pv_count(refs); i++) {
		const pv_val *ref = pv_item(refs, i);
		enum standing standing = standing_of(cx, t, object, ref);

		n[standing]++;
		last = why_it_goes(cx, ref, standing);
		if (standing == OWNER_ASTRAY || standing == OWNER_BARRED)
			warn_of(cx, t, object, ref);
	}
	gone = n[OWNER_GONE] + n[OWNER_ASTRAY];
	if (n[OWNER_WAITING] > 0 && blocks_its_owner(cx, t, object))
		return unblock(cx, t, place, object); /* and looks again, for it changed */
	if (n[OWNER_BARRED])
		return 0; /* never collected, whatever its other owners do */
	if (n[OWNER_THERE] > 0 && gone + n[OWNER_WAITING] > 0) { /* who waits need not wait for this one */
		int r = keep_owners(cx, t, place, object, owner_is_there, NULL);

		if (r == 0)
			tell_owners(cx, t, object);
		return r;
	}
	if (n[OWNER_THERE] > 0 || deleting)
		return 0;
	if (n[OWNER_WAITING] > 0)
		return delete_object(cx, t, place, object, "Foreground", last);
	return gone ? delete_object(cx, t, place, object, "Background", last) : 0;
}

/* What is elsewhere is not collected with its owner, so nobody waits for it. */
static bool
blocks(const pv_val *dependent, const pv_val *owner)
{
	const pv_val *refs = pv_at(dependent, "metadata.ownerReferences");
	const char *uid = pv_text_at(owner, "metadata.uid", ""),
		   *ns = pv_text_at(owner, "metadata.namespace", "");
	if (*ns && !pv_streq(ns, pv_text_at(dependent, "metadata.namespace", "")))
		return false;
	for (size_t i = 0; i < pv_count(refs); i++)
		if (pv_streq(pv_text_at(pv_item(refs, i), "uid", NULL), uid))
			return pv_truth_at(pv_item(refs, i), "blockOwnerDeletion", false);
	return false;
}

/* Foreground: the owner goes when nothing is left that blocks it. */
static int
finish_foreground(pv_ctx *cx, const lifecycle_turn *t, const char *place, const pv_val *object)
{
	const char *uid = pv_text_at(object, "metadata.uid", "");
	pv_vec dependents;
	size_t blocking = 0;
	pv_sets_list(t->owners, cx->arena, uid, &dependents);
	for (size_t i = 0; i < dependents.len; i++) {
		const char *where = *PV_AT(const char *, &dependents, i);
		const pv_val *dependent = place_find(cx, t->api, where);
		if (!dependent)
			continue;
		blocking += blocks(dependent, object);
		if (!has_finalizer(dependent, FOREGROUND)) /* that one goes its own way, and tells */
			pv_keyq_add(t->queue, where, 0);
	}
	return blocking ? 0 : drop_finalizer(cx, t, place, object, FOREGROUND);
}

static int
finish_orphan(pv_ctx *cx, const lifecycle_turn *t, const char *place, const pv_val *object)
{
	const char *uid = pv_text_at(object, "metadata.uid", "");
	pv_vec dependents;
	pv_sets_list(t->owners, cx->arena, uid, &dependents);
	for (size_t i = 0; i < dependents.len; i++) {
		const char *where = *PV_AT(const char *, &dependents, i);
		const pv_val *dependent = place_find(cx, t->api, where);
		int r = dependent ? keep_owners(cx, t, where, dependent, not_this_owner, uid) : 0;
		if (r == -PV_ENOTFOUND)
			pv_recover(cx);
		else if (r < 0)
			return r;
	}
	return drop_finalizer(cx, t, place, object, ORPHAN);
}

int
gc_object(pv_ctx *cx, const lifecycle_turn *t, const char *place, const pv_val *object)
{
	int r = check_owners(cx, t, place, object);
	if (r == 0 && pv_at(object, "metadata.deletionTimestamp")) {
		if (has_finalizer(object, ORPHAN))
			r = finish_orphan(cx, t, place, object);
		else if (has_finalizer(object, FOREGROUND))
			r = finish_foreground(cx, t, place, object);
	}
	if (r == -PV_ENOTFOUND) {
		pv_recover(cx); /* somebody else was quicker */
		r = 0;
	}
	return r;
}
