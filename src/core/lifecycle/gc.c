/* gc: Kubernetes' garbage collector for one object at a time.
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/ */
#include "base/str.h"
#include "base/time.h"
#include "core/lifecycle/inside.h"

#define FOREGROUND "foregroundDeletion"
#define ORPHAN "orphan"

static bool
has_finalizer(const pv_val *object, const char *name)
{
	const pv_val *list = pv_at(object, "metadata.finalizers");
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text(pv_item(list, i), NULL), name))
			return true;
	return false;
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

/* Owners live in the object's namespace, or in none. */
static const pv_val *
owner_of(pv_ctx *cx, const lifecycle_turn *t, const pv_val *object, const pv_val *ref, bool *ret_known)
{
	const pv_resource *res = pv_resource_of_kind(
		cx, pv_api_registry(t->api), pv_text_at(ref, "apiVersion", ""), pv_text_at(ref, "kind", ""));
	const char *ns = pv_text_at(object, "metadata.namespace", "");
	pv_key key;
	const pv_rec *rec;
	*ret_known = res != NULL;
	if (!res)
		return NULL;
	key = (pv_key){res->type, res->namespaced ? ns : "", pv_text_at(ref, "name", "")};
	rec = pv_store_find(cx, pv_api_store(t->api), &key);
	if (!rec || !pv_streq(pv_text_at(pv_rec_val(rec), "metadata.uid", ""), pv_text_at(ref, "uid", "")))
		return NULL;
	return pv_rec_val(rec);
}

static bool
owner_is_there(pv_ctx *cx, const lifecycle_turn *t, const pv_val *object, const pv_val *ref,
	       const char *uid PV_UNUSED)
{
	bool known;
	/* An owner of a kind that is not served may come back with its CRD: it holds. */
	return owner_of(cx, t, object, ref, &known) || !known;
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

/* Counts an object's owners: there, gone, and there but waiting for their dependents. */
static int
check_owners(pv_ctx *cx, const lifecycle_turn *t, const char *place, const pv_val *object)
{
	const pv_val *refs = pv_at(object, "metadata.ownerReferences");
	size_t there = 0, gone = 0, waiting = 0;
	const char *last = NULL;
	for (size_t i = 0; i < pv_count(refs); i++) {
		bool known;
		const pv_val *owner = owner_of(cx, t, object, pv_item(refs, i), &known);
		if (owner && pv_at(owner, "metadata.deletionTimestamp") && has_finalizer(owner, FOREGROUND))
			waiting++;
		else if (owner || !known)
			there++;
		else
			gone++;
		last = pv_printf(cx->arena, "%s/%s", pv_text_at(pv_item(refs, i), "kind", ""),
				 pv_text_at(pv_item(refs, i), "name", ""));
	}
	if (there == 0 && waiting > 0 && !pv_at(object, "metadata.deletionTimestamp"))
		return delete_object(
			cx, t, place, object, "Foreground",
			pv_printf(cx->arena, "its owner %s is being deleted and waits for it", last));
	if (there == 0 && waiting == 0 && gone > 0 && !pv_at(object, "metadata.deletionTimestamp"))
		return delete_object(cx, t, place, object, "Background",
				     pv_printf(cx->arena, "its owner %s is gone", last));
	if (there > 0 && gone > 0)
		return keep_owners(cx, t, place, object, owner_is_there, NULL);
	return 0;
}

static bool
blocks(const pv_val *dependent, const char *uid)
{
	const pv_val *refs = pv_at(dependent, "metadata.ownerReferences");
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
	owners_dependents(t->owners, cx->arena, uid, &dependents);
	for (size_t i = 0; i < dependents.len; i++) {
		const char *where = *PV_AT(const char *, &dependents, i);
		const pv_val *dependent = place_find(cx, t->api, where);
		if (!dependent)
			continue;
		blocking += blocks(dependent, uid);
		pv_keyq_add(t->queue, where, 0);
	}
	return blocking ? 0 : drop_finalizer(cx, t, place, object, FOREGROUND);
}

static int
finish_orphan(pv_ctx *cx, const lifecycle_turn *t, const char *place, const pv_val *object)
{
	const char *uid = pv_text_at(object, "metadata.uid", "");
	pv_vec dependents;
	owners_dependents(t->owners, cx->arena, uid, &dependents);
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
