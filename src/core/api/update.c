/* change: what PUT, PATCH and apply share: read, make the wished object, check it,
 * write it if it differs, and again if somebody was faster and the client had not
 * named a version. */
#include "base/map.h"
#include "core/api/builtin.h"
#include "core/api/change.h"

static const pv_val *
with_those(pv_ctx *cx, const pv_val *object, const pv_val *of, const char *const *keys, size_t n)
{
	pv_val v = *object;

	for (size_t i = 0; i < n; i++) {
		const pv_val *was = meta_get(of, keys[i]);

		v = was ? meta_with(cx, &v, keys[i], *was) : meta_without(cx, &v, keys[i]);
	}
	return pv_box(cx->arena, v);
}

const pv_val *
change_servers(pv_ctx *cx, const pv_val *object, const pv_val *of)
{
	static const char *const servers[] = {
		"uid",        "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
		"generation", "resourceVersion"};

	return with_those(cx, object, of, servers, PV_LEN(servers));
}

/* What clients cannot change comes from the stored object. */
static const pv_val *
with_kept_metadata(pv_ctx *cx, const write_op *w, const pv_val *object)
{
	static const char *const named[] = {"name", "namespace"};

	PV_ASSERT(object); /* a transform that succeeds makes one */
	return change_servers(cx, with_those(cx, object, w->old, named, PV_LEN(named)), w->old);
}

/* Kubernetes' own kinds are labelled and annotated by who writes their status. */
static pv_val
with_its_notes(pv_ctx *cx, const write_op *w, const pv_val *object, const pv_val *made)
{
	static const char *const notes[] = {"labels",          "annotations",  "finalizers",
					    "ownerReferences", "generateName", "selfLink"};
	const pv_val *v = made;

	for (size_t i = 0; i < PV_LEN(notes); i++)
		if (pv_resource_notes(w->res, notes[i]))
			v = with_those(cx, v, object, notes + i, 1);
	return *v;
}

/* The main resource cannot write .status, but of a node which tells of itself at once, and /status writes nothing
 * else. */
const pv_val *
write_part(pv_ctx *cx, const write_op *w, const pv_val *object, const pv_val *rest)
{
	const pv_val *status, *managed, *part = podpart_of(cx, w, object, rest);
	bool all = !w->res->has_status || (!w->old && pv_streq(w->res->type, "/Node"));
	pv_val v;

	if (part)
		return part;
	if (pv_streq(w->sub, "status") || pv_streq(w->sub, "approval")) {
		status = pv_get(object, "status");
		managed = meta_get(object, "managedFields");
		v = status ? pv_with(cx->arena, rest, "status", *status)
			   : pv_without(cx->arena, rest, "status");
		v = with_its_notes(cx, w, object, &v);
		if (managed)
			v = meta_with(cx, &v, "managedFields", *managed);
		return pv_box(cx->arena, v);
	}
	if ((w->sub[0] == '\0' && !all) || pv_streq(w->sub, "finalize")) {
		status = pv_get(rest, "status");
		v = status ? pv_with(cx->arena, object, "status", *status)
			   : pv_without(cx->arena, object, "status");
		return pv_box(cx->arena, v);
	}
	return object;
}

static int
check_version(pv_ctx *cx, const write_op *w, const pv_val *object)
{
	const char *uid = meta_text(object, "uid"), *stored = meta_text(w->old, "uid");
	const char *version = meta_text(object, "resourceVersion");
	int64_t rev = 0;

	if (uid[0] && !pv_streq(uid, stored) && !w->patches)
		return api_other_uid(cx, w, uid, stored);
	if (w->call->expect_uid && !pv_streq(w->call->expect_uid, stored))
		return api_other_uid(cx, w, w->call->expect_uid, stored);
	if (w->call->expect_rev && w->call->expect_rev != pv_rec_rev(w->current))
		return api_stale(cx, w->res, w->name);
	if (version[0] && (!pv_parse_int(pv_str_of(version), &rev) || rev < 0))
		return pv_fail(cx, PV_EBADREQUEST,
			       "metadata.resourceVersion: Invalid value: \"%s\": expected a number", version);
	if (rev == 0)
		return builtin_wants_version(w->res) ? api_unversioned(cx, w->res, w->name) : 0;
	return rev == pv_rec_rev(w->current) ? 0 : api_stale(cx, w->res, w->name);
}

/* Statuses that are written without their metadata: upstream takes the old one before it compares. */
static bool
is_passed_over(const pv_resource *res, const char *field)
{
	bool flow = pv_streq(res->group, "flowcontrol.apiserver.k8s.io");

	if (pv_streq(field, "deletionGracePeriodSeconds"))
		return flow;
	return pv_streq(field, "deletionTimestamp") &&
	       !pv_streq(res->type, "apiregistration.k8s.io/APIService") &&
	       (pv_streq(res->type, "/Pod") || !pv_resource_notes(res, "finalizers"));
}

/* What only a DELETE writes, and of a patch the uid, which in a PUT is a precondition. */
static int
check_servers(pv_ctx *cx, const write_op *w, const pv_val *object)
{
	static const char *const fixed[] = {"uid", "deletionTimestamp", "deletionGracePeriodSeconds"};
	pv_vec causes;

	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	for (size_t i = 0; i < PV_LEN(fixed); i++) {
		const pv_val *v = meta_get(object, fixed[i]), *was = meta_get(w->old, fixed[i]);

		if (pv_streq(w->sub, "status") && is_passed_over(w->res, fixed[i]))
			continue;
		if (!v || pv_is(v, PV_NULL) || pv_eq(v, was) || (i == 0 && !pv_text(v, "?")[0]) ||
		    (i == 1 && was))
			continue;
		api_cause(cx, &causes, "FieldValueInvalid", pv_printf(cx->arena, "metadata.%s", fixed[i]),
			  "Invalid value: %s: field is immutable", pv_json_text(cx->arena, v));
	}
	return causes.len ? api_invalid(cx, w->res, w->name, &causes) : 0;
}

/* A CSIDriver is counted once it was changed. */
static bool
counts_changes(const pv_resource *res)
{
	return builtin_has_generation(res) || pv_streq(res->type, "storage.k8s.io/CSIDriver");
}

static const pv_val *
with_generation(pv_ctx *cx, const write_op *w, const pv_val *object)
{
	int64_t generation = pv_i64(meta_get(w->old, "generation"), 0);

	if (!counts_changes(w->res) || !builtin_is_new(w, object) || pv_streq(w->sub, "binding"))
		return object; /* where a Pod is to run is written past what counts its wishes */
	return pv_box(cx->arena, meta_with(cx, object, "generation", pv_int(generation + 1)));
}

int
change_finalizers(pv_ctx *cx, const write_op *w, const pv_val *object)
{
	const pv_val *had = meta_get(w->old, "finalizers"), *has = meta_get(object, "finalizers");
	pv_map *known;
	pv_vec causes;
	pv_buf text;

	if (!meta_deleting(w->old))
		return 0;
	known = pv_map_new(cx->arena);
	for (size_t i = 0; i < pv_count(had); i++)
		pv_map_puts(known, pv_text(pv_item(had, i), ""), known);
	pv_buf_init(&text, cx->arena);
	for (size_t i = 0; i < pv_count(has); i++)
		if (!pv_map_finds(known, pv_text(pv_item(has, i), "")))
			pv_buf_printf(&text, "%s\"%s\"", text.len ? ", " : "", pv_text(pv_item(has, i), ""));
	if (!text.len)
		return 0;
	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	for (int i = 0; i < (w->res->crd ? 2 : 1); i++) /* upstream asks it twice of a custom object */
		api_cause(
			cx, &causes, "FieldValueForbidden", "metadata.finalizers",
			"Forbidden: no new finalizers can be added if the object is being deleted, found new "
			"finalizers []string{%s}",
			text.s);
	return api_invalid(cx, w->res, w->name, &causes);
}

int
change_mutated(pv_ctx *cx, const write_op *w, const pv_val *object)
{
	int r = check_version(cx, w, object);

	return r < 0 ? r : check_servers(cx, w, object);
}

/* Who writes what is there already is written down no later. */
static bool
is_unchanged(pv_ctx *cx, const pv_val *old, const pv_val *object)
{
	const pv_val *had = meta_get(old, "managedFields"), *has = meta_get(object, "managedFields");
	pv_val was, is;

	if (pv_eq(object, old))
		return true;
	if (!had || pv_count(had) != pv_count(has))
		return false;
	was = meta_without(cx, old, "managedFields");
	is = meta_without(cx, object, "managedFields");
	for (size_t i = 0; i < pv_count(had); i++) {
		pv_val one = pv_without(cx->arena, pv_item(had, i), "time"),
		       two = pv_without(cx->arena, pv_item(has, i), "time");

		if (!pv_eq(&one, &two))
			return false;
	}
	return pv_eq(&was, &is);
}

static int
store_change(pv_ctx *cx, write_op *w, const pv_val *object, outcome *ret)
{
	if (is_unchanged(cx, w->old, object)) {
		*ret = (outcome){.rec = w->current, .val = api_converts(w->res) ? w->old : NULL};
		return 0;
	}
	if (meta_deleting(object) && meta_finalized(object) &&
	    pv_i64(meta_get(object, "deletionGracePeriodSeconds"), 0) == 0) {
		int r = write_delete(cx, w, ret);

		ret->val = object;
		return r;
	}
	return write_commit(cx, w, object, pv_rec_rev(w->current), ret);
}

static int
change_once(pv_ctx *cx, write_op *w, const pv_val *object, outcome *ret)
{
	int r = check_version(cx, w, object);

	if (r == 0)
		r = check_servers(cx, w, object);
	if (r < 0)
		return r;
	object = with_kept_metadata(cx, w, object);
	r = write_shape(cx, w, &object);
	if (r < 0)
		return r;
	w->sent = object;
	object = write_part(cx, w, object, w->old);
	object = with_generation(cx, w, object);
	r = write_admit(cx, w, &object);
	if (r < 0)
		return r;
	object = with_generation(cx, w, with_kept_metadata(cx, w, object));
	return store_change(cx, w, object, ret);
}

int
op_change(pv_ctx *cx, write_op *w, transform make, void *arg, outcome *ret)
{
	size_t warned = w->warnings->len, noted = w->call->notes ? w->call->notes->len : 0;

	for (;;) {
		const pv_val *object = NULL;
		int r = write_load(cx, w);

		*ret = (outcome){0};
		w->raced = false;
		w->warnings->len = warned;
		if (w->call->notes)
			w->call->notes->len = noted;
		if (r == 0)
			r = make(cx, w, arg, &object);
		if (r == 0) {
			service_lock(w, true);
			r = change_once(cx, w, object, ret);
			service_lock(w, false);
		}
		if (r == 0 || !write_again(cx, w))
			return r;
		(void)pv_recover(cx);
	}
}

const pv_val *
change_managers(pv_ctx *cx, const write_op *w, const pv_val *object)
{
	const pv_val *sent = meta_get(object, "managedFields"), *had = meta_get(w->old, "managedFields");
	pv_val nobody = pv_object_of(cx->arena, NULL, 0, NULL, NULL);

	if (pv_is(sent, PV_LIST) && pv_count(sent) == 0 &&
	    !w->res->crd) /* the same in the form that no decoder takes for none; a custom kind's does */
		return pv_box(cx->arena,
			      meta_with(cx, object, "managedFields", pv_list_of(cx->arena, &nobody, 1)));
	if ((sent && !pv_is(sent, PV_NULL) && pv_count(sent)) || !had)
		return object;
	return pv_box(cx->arena, meta_with(cx, object, "managedFields", *had));
}

/* ---- PUT ---- */

static int
replaced(pv_ctx *cx, write_op *w, void *arg, const pv_val **ret)
{
	const pv_val *object = arg;

	*ret = write_owners(cx, w, change_managers(cx, w, object), "");
	return 0;
}

int
op_update(pv_ctx *cx, pv_api *api, const pv_call *call, const pv_val *object, outcome *ret)
{
	write_op w;
	int r = write_begin(cx, api, call, PV_OP_UPDATE, "update", PV_V_UPDATE, &w);

	if (r == 0)
		r = write_identify(cx, &w, &object);
	if (r < 0)
		return r;
	return op_change(cx, &w, replaced, (void *)(uintptr_t)object, ret);
}

int
pv_api_update(pv_ctx *cx, pv_api *api, const pv_call *call, const pv_val *object, const pv_val **ret)
{
	write_op w = {.api = api, .res = call->resource};
	outcome out;
	int r = op_update(cx, api, call, object, &out);

	if (r == 0)
		*ret = outcome_val(cx, &w, &out);
	return r;
}
