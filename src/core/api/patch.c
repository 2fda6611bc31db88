/* patch: the four kinds of patch as ways to make the wished object. */
#include <string.h>

#include "core/api/impl.h"
#include "core/fields/fields.h"
#include "lang/patch/patch.h"

typedef struct patch_args {
	enum pv_patch_kind kind;
	const pv_val *patch;
} patch_args;

static const pv_val *
taken_over(pv_ctx *cx, const write_op *w)
{
	const char *from = w->call->takes_over;

	return from && w->old ? pv_fields_take_over(cx, w->res, from, w->call->manager, w->old) : w->old;
}

/* ---- an intent that cannot be merged ---- */

/* Every fault of what the intent would be, were its lists the object's. */
static void
judge(pv_ctx *cx, const write_op *w, const pv_val *intent, pv_vec *causes)
{
	const pv_val *object = intent;

	if (w->old && pv_patch_merge(cx, w->old, intent, &object) < 0) {
		(void)pv_recover(cx);
		return;
	}
	object = pv_resource_give(cx, w->res, pv_resource_default(cx, w->res, object), w->old);
	(void)pv_resource_validate(cx, w->res, object, w->old, w->sub, causes);
}

static bool
is_told(const pv_error *e, const pv_cause *cause)
{
	for (const pv_cause *c = e->causes; c; c = c->next)
		if (pv_streq(c->field, cause->field) && pv_streq(c->reason, cause->reason))
			return true;
	return false;
}

/* Adds to the error what else is wrong, so that everything is told at once.  What an element of
 * a list lacks the object may have: that is no fault yet, if there is one. */
static void
add_faults(pv_ctx *cx, const write_op *w, const pv_val *intent)
{
	pv_error *e = pv_take_error(cx);
	const char *mark = "; beside it: ";
	pv_vec causes;
	pv_buf text;

	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	judge(cx, w, intent, &causes);
	cx->err = e;
	pv_buf_init(&text, cx->arena);
	pv_buf_adds(&text, e->message);
	for (size_t i = 0; i < causes.len; i++) {
		const pv_cause *one = PV_AT(pv_cause, &causes, i);

		if (is_told(e, one) ||
		    (w->old && pv_streq(one->reason, "FieldValueRequired") && strchr(one->field, '[')))
			continue;
		pv_add_cause(cx, one->reason, one->field, "%s", one->message);
		pv_buf_printf(&text, "%s%s: %s", mark, one->field, one->message);
		mark = ", ";
	}
	e->message = text.s;
}

static int
applied(pv_ctx *cx, const write_op *w, const pv_val *live, const pv_val *intent, const pv_val **ret)
{
	int r = write_merge(cx, w, live, intent, ret);

	if (r == -PV_EBADREQUEST)
		add_faults(cx, w, intent);
	return r;
}

static int
patched(pv_ctx *cx, write_op *w, void *arg, const pv_val **ret)
{
	const patch_args *args = arg;
	const pv_val *object = NULL;
	int r;

	switch (args->kind) {
	case PV_PATCH_JSON: r = pv_patch_json(cx, w->old, args->patch, &object); break;
	case PV_PATCH_MERGE: r = pv_patch_merge(cx, w->old, args->patch, &object); break;
	case PV_PATCH_STRATEGIC:
		r = pv_patch_strategic(cx, w->old, args->patch, w->res->schema, pv_schema_smp, &object);
		break;
	case PV_PATCH_APPLY:
	default:
		w->skip_fields = true;
		r = applied(cx, w, taken_over(cx, w), args->patch, &object);
		break;
	}
	if (r == 0)
		r = write_identify(cx, w, &object);
	if (r == 0 && args->kind != PV_PATCH_APPLY)
		object = change_managers(cx, w, object);
	*ret = object;
	return r;
}

/* ---- apply to what does not exist: create it ---- */

static int
apply_new(pv_ctx *cx, pv_api *api, const pv_call *call, const pv_val *patch, outcome *ret)
{
	const char *uid = meta_text(patch, "uid");
	const pv_val *object;
	write_op w;
	int r = write_begin(cx, api, call, PV_OP_CREATE, "create", PV_V_CREATE, &w);

	*ret = (outcome){0};
	if (r < 0)
		return r;
	if (w.sub[0])
		return api_not_found(cx, w.res, w.name);
	if (uid[0])
		return api_conflict(
			cx, w.res, w.name,
			pv_printf(cx->arena,
				  "uid mismatch: the provided object specified uid %s, and no existing "
				  "object was found",
				  uid));
	r = applied(cx, &w, NULL, patch, &object);
	if (r == 0)
		r = write_identify(cx, &w, &object);
	w.skip_fields = true;
	return r < 0 ? r : create_run(cx, &w, object, ret);
}

int
api_can_apply(pv_ctx *cx, const pv_call *call, const pv_val *patch)
{
	if (!call->manager || !call->manager[0])
		return api_bad_option(cx, "PatchOptions", "fieldManager", "FieldValueRequired",
				      "Required value: is required for apply patch");
	if (pv_is(meta_get(patch, "managedFields"), PV_LIST))
		return pv_fail(cx, PV_EBADREQUEST, "metadata.managedFields must be nil");
	return 0;
}

/* Nobody owns what the kind does not have. */
static int
without_unknown(pv_ctx *cx, const write_op *w, const pv_val **intent)
{
	pv_vec unknown;

	pv_vec_init(&unknown, cx->arena, sizeof(const char *));
	(void)pv_resource_prune(cx, w->res, *intent, &unknown);
	return unknown.len ? write_prune(cx, w, intent) : 0;
}

/* An intent is read on its own, so it says what it is; the URL says its name. */
static int
check_says_kind(pv_ctx *cx, const write_op *w, const pv_val *intent)
{
	const char *version = pv_text_at(intent, "apiVersion", ""), *kind = pv_text_at(intent, "kind", "");

	if (pv_streq(version, w->res->api_version) && pv_streq(kind, w->res->kind))
		return 0;
	return pv_fail(cx, PV_EBADREQUEST, "invalid object type: %s%.*s, Kind=%.*s",
		       strchr(version, '/') ? "" : "/", PV_CLIP(version), PV_CLIP(kind));
}

static int
apply(pv_ctx *cx, write_op *w, const pv_val *patch, outcome *ret)
{
	patch_args args = {PV_PATCH_APPLY, patch};
	pv_key key = {w->res->type, w->res->namespaced ? w->ns : "", w->name};
	int r = api_can_apply(cx, w->call, patch);

	w->skip_fields = true;
	if (r == 0)
		r = check_says_kind(cx, w, patch);
	if (r == 0)
		r = write_identify(cx, w, &args.patch);
	if (r == 0)
		r = without_unknown(cx, w, &args.patch);
	if (r < 0)
		return r;
	for (int tries = 0;; tries++) { /* it may come and go meanwhile */
		if (pv_store_find(cx, w->api->store, &key)) {
			r = op_change(cx, w, patched, &args, ret);
			if (r != -PV_ENOTFOUND || tries)
				return r;
		} else {
			r = apply_new(cx, w->api, w->call, args.patch, ret);
			if (r != -PV_EEXISTS || tries)
				return r;
		}
		(void)pv_recover(cx);
	}
}

int
op_patch(pv_ctx *cx, pv_api *api, const pv_call *call, enum pv_patch_kind kind, const pv_val *patch,
	 outcome *ret)
{
	patch_args args = {kind, patch};
	write_op w;
	int r = write_begin(cx, api, call, PV_OP_UPDATE, "patch", PV_V_PATCH, &w);

	*ret = (outcome){0};
	w.patches = true;
	if (r < 0)
		return r;
	if (kind != PV_PATCH_JSON && !pv_is(patch, PV_OBJECT))
		return pv_fail(cx, PV_EBADREQUEST, "error decoding patch: expected an object, found a %s",
			       pv_type_name(patch));
	if (kind == PV_PATCH_JSON && !pv_is(patch, PV_LIST))
		return pv_fail(cx, PV_EBADREQUEST,
			       "error decoding patch: expected a list of operations, found a %s",
			       pv_type_name(patch));
	if (kind == PV_PATCH_STRATEGIC && w.res->crd)
		return pv_fail(
			cx, PV_EMEDIA,
			"the body of the request was in an unknown format - accepted media types include: "
			"application/json-patch+json, application/merge-patch+json, "
			"application/apply-patch+yaml");
	if (kind == PV_PATCH_APPLY)
		return apply(cx, &w, patch, ret);
	return op_change(cx, &w, patched, &args, ret);
}

int
pv_api_patch(pv_ctx *cx, pv_api *api, const pv_call *call, enum pv_patch_kind kind, const pv_val *patch,
	     const pv_val **ret, bool *ret_created)
{
	write_op w = {.api = api, .res = call->resource};
	outcome out;
	int r = op_patch(cx, api, call, kind, patch, &out);

	if (r < 0)
		return r;
	*ret = outcome_val(cx, &w, &out);
	if (ret_created)
		*ret_created = out.created;
	return 0;
}
