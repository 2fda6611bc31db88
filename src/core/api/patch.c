/* patch: the four kinds of patch as ways to make the wished object. */
#include <string.h>

#include "core/api/impl.h"
#include "core/fields/fields.h"
#include "lang/json/go.h"
#include "lang/patch/patch.h"

typedef struct patch_args {
	enum pv_patch_kind kind;
	const pv_val *patch;
	pv_error *unread; /* why an intent is no object of the kind: told when its fields are nobody else's */
} patch_args;

static const pv_val *
taken_over(pv_ctx *cx, const write_op *w)
{
	const char *from = w->call->takes_over;

	return from && w->old ? pv_fields_take_over(cx, w->res, from, w->call->manager, w->old) : w->old;
}

/* What decodes into no object of the kind: upstream merges it first, and finds it then. */
static int
identified(pv_ctx *cx, const write_op *w, const pv_val **object)
{
	pv_val sent = **object;
	int r = write_identify(cx, w, object);
	pv_error *e;

	if (r == 0 || !w->call->exact || !cx->err->causes ||
	    !pv_streq(cx->err->causes->reason, "FieldValueTypeInvalid"))
		return r;
	e = pv_take_error(cx);
	(void)pv_fail(
		cx, PV_EINTERNAL,
		"failed to convert new object %s to proper version: unable to convert unstructured object "
		"to %s%s, Kind=%s: %s",
		pv_fields_label(cx->arena, w->res, &sent), w->res->group[0] ? "" : "/", w->res->api_version,
		w->res->kind, e->message);
	cx->err->reason = "";
	return -PV_EINTERNAL;
}

/* Upstream's answer does not say what is wrong with it: that is a warning beside it. */
int
patch_json(pv_ctx *cx, const write_op *w, const pv_val *object, const pv_val *patch, const pv_val **ret)
{
	int r = pv_patch_json(cx, object, patch, ret);

	if (r != -PV_EINVALID && r != -PV_EBADREQUEST)
		return r;
	api_warn(cx, w->warnings, "%s", cx->err->message);
	(void)pv_recover(cx);
	return pv_fail(cx, PV_EINVALID, "the server rejected our request due to an error in our request");
}

/* Upstream knows no reason of such an error and answers 500. */
static int
patch_strategic(pv_ctx *cx, const write_op *w, const pv_val *patch, const pv_val **ret)
{
	int r = pv_patch_strategic(cx, w->old, patch, w->res->schema, pv_schema_smp, ret);

	if (r != -PV_EINVALID)
		return r;
	cx->err->code = PV_EINTERNAL;
	cx->err->reason = "";
	return -PV_EINTERNAL;
}

/* Does it still say that it is this object, as far as that can be read? */
static bool
is_here(const write_op *w, const pv_val *object)
{
	const pv_val *name = meta_get(object, "name"), *ns = meta_get(object, "namespace");

	return object && pv_streq(pv_text(name, ""), w->name) && pv_streq(pv_text(ns, w->ns), w->ns);
}

/* Of a custom kind only the metadata has Go's types. */
static bool
is_unread(const write_op *w, const pv_val *object)
{
	const pv_val *meta = pv_get(object, "metadata"), *name = pv_get(meta, "name"),
		     *ns = pv_get(meta, "namespace");

	return w->res->crd && meta &&
	       (!pv_is(meta, PV_OBJECT) || (name && !pv_is(name, PV_STRING)) ||
		(ns && !pv_is(ns, PV_STRING)));
}

/* What a patch makes is read like a body; upstream calls the patch invalid if it cannot be, and shows all that it
 * made, which may be a Secret. */
int
patch_read(pv_ctx *cx, const write_op *w, const pv_val *made, int r)
{
	const pv_error *e;

	if (r != -PV_EBADREQUEST || (!is_here(w, made) && !is_unread(w, made)))
		return r;
	e = pv_take_error(cx);
	r = pv_fail(cx, PV_EINVALID, " \"\" is invalid: patch: Invalid value: %s", e->message);

	pv_add_cause(cx, "FieldValueInvalid", "patch", "Invalid value: %s", e->message);
	return r;
}

/* Without its version upstream cannot read it; of a JSON patch it then misses the name first. */
static int
check_versioned(pv_ctx *cx, const write_op *w, enum pv_patch_kind kind, const pv_val *object)
{
	if (pv_get(object, "apiVersion"))
		return 0;
	if (kind == PV_PATCH_JSON || !is_here(w, object))
		return write_unnamed(cx, w);
	return pv_fail(cx, PV_EBADREQUEST, "apiVersion is missing in what the patch makes of it");
}

/* A write of the object says nothing of its status, and one of its status nothing else. */
static void
drop_unwritten(const write_op *w, pv_vec *causes)
{
	bool of_status = pv_streq(w->sub, "status");
	size_t n = 0;

	for (size_t i = 0; i < causes->len; i++) {
		const pv_cause *one = PV_AT(pv_cause, causes, i);
		bool in_status = pv_str_is((pv_str){one->field, strcspn(one->field, ".[")}, "status");

		if (!w->res->has_status || in_status == of_status)
			*PV_AT(pv_cause, causes, n++) = *one;
	}
	causes->len = n;
}

/* No field of a custom kind is null that may not be. */
static int
merge_intent(pv_ctx *cx, const write_op *w, const pv_val *live, const pv_val *intent, const pv_val **ret)
{
	pv_vec nulls;
	int r = write_merge(cx, w, live, intent, ret);

	if (r < 0 || !w->call->exact)
		return r;
	pv_fields_nulls(cx, w->res, intent, *ret, &nulls);
	drop_unwritten(w, &nulls);
	return nulls.len ? api_invalid(cx, w->res, w->name, &nulls) : 0;
}

static int
fail_again(pv_ctx *cx, pv_error *e)
{
	cx->err = e;
	return -e->code;
}

static int
patched(pv_ctx *cx, write_op *w, void *arg, const pv_val **ret)
{
	const patch_args *args = arg;
	const pv_val *object = NULL;
	int r;

	switch (args->kind) {
	case PV_PATCH_JSON: r = patch_json(cx, w, w->old, args->patch, &object); break;
	case PV_PATCH_MERGE: r = pv_patch_merge(cx, w->old, args->patch, &object); break;
	case PV_PATCH_STRATEGIC: r = patch_strategic(cx, w, args->patch, &object); break;
	case PV_PATCH_APPLY:
	default:
		w->skip_fields = true;
		r = merge_intent(cx, w, taken_over(cx, w), args->patch, &object);
		if (r == 0 && args->unread)
			return fail_again(cx, args->unread);
		break;
	}
	if (r == 0 && args->kind != PV_PATCH_APPLY && w->res->kind_facts)
		r = check_versioned(cx, w, args->kind, object);
	if (r == 0)
		r = identified(cx, w, &object);
	if (args->kind != PV_PATCH_APPLY && (w->res->kind_facts || w->res->crd) &&
	    (args->kind != PV_PATCH_JSON || pv_get(object, "apiVersion")))
		r = patch_read(cx, w, object, r);
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
	r = merge_intent(cx, &w, NULL, patch, &object);
	if (r == 0)
		r = identified(cx, &w, &object);
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

/* What its text repeats: refused, told, or nothing, as the query wants it. */
static int
check_repeats(pv_ctx *cx, const write_op *w)
{
	const pv_vec *repeats = w->call->duplicates;
	const char *mode = w->call->validation && w->call->validation[0] ? w->call->validation : "Warn";
	pv_buf text;

	if (!repeats || !repeats->len || pv_streq(mode, "Ignore"))
		return 0;
	pv_buf_init(&text, cx->arena);
	for (size_t i = 0; i < repeats->len; i++) {
		const char *one = *PV_AT(const char *, repeats, i);

		if (pv_streq(mode, "Strict"))
			pv_buf_printf(&text, "\n  %s", one);
		else
			api_warn(cx, w->warnings, "%s", one);
	}
	if (!text.len)
		return 0;
	return pv_fail(cx, PV_EBADREQUEST,
		       "error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:%s",
		       text.s);
}

int
api_check_intent(pv_ctx *cx, const write_op *w, const pv_resource *kind, const pv_val **intent)
{
	int r = w->call->exact ? 0 : write_prune(cx, w, intent);

	if (r == 0)
		r = pv_fields_check(cx, kind, *intent);
	if (r == -PV_EINTERNAL)
		return pv_wrap(cx, r, "failed to create typed patch object %s",
			       pv_fields_label(cx->arena, kind, *intent));
	return r < 0 || !w->call->exact ? r : check_repeats(cx, w);
}

/* What it says of its name; *ret_named: it has one. */
static int
check_named(pv_ctx *cx, const write_op *w, const pv_val **intent, bool *ret_named)
{
	const pv_val *name;

	if (pv_is(pv_get(*intent, "metadata"), PV_NULL))
		*intent = pv_box(cx->arena, pv_without(cx->arena, *intent, "metadata"));
	name = meta_get(*intent, "name");
	*ret_named = name != NULL;
	return name && !pv_text(name, "")[0] ? write_unnamed(cx, w) : 0;
}

static int
apply(pv_ctx *cx, write_op *w, const pv_val *patch, outcome *ret)
{
	patch_args args = {PV_PATCH_APPLY, patch, NULL};
	pv_key key = {w->res->type, w->res->namespaced ? w->ns : "", w->name};
	bool named = false;
	int r = api_can_apply(cx, w->call, patch);

	w->skip_fields = true;
	if (r == 0)
		r = check_says_kind(cx, w, patch);
	if (r == 0)
		r = api_check_intent(cx, w, w->res, &args.patch);
	if (r == 0)
		r = check_named(cx, w, &args.patch, &named);
	if (r < 0)
		return r;
	r = identified(cx, w, &args.patch);
	if (r == -PV_EINTERNAL && pv_store_find(cx, w->api->store, &key))
		args.unread = pv_take_error(cx);
	else if (r < 0)
		return r;
	for (int tries = 0;; tries++) { /* it may come and go meanwhile */
		if (pv_store_find(cx, w->api->store, &key)) {
			r = op_change(cx, w, patched, &args, ret);
			if (r != -PV_ENOTFOUND || tries)
				return r;
		} else {
			r = named ? apply_new(cx, w->api, w->call, args.patch, ret) : write_unnamed(cx, w);
			if (r != -PV_EEXISTS || tries)
				return r;
		}
		(void)pv_recover(cx);
	}
}

/* A JSON patch is a list of objects; none at all changes nothing. */
static int
check_operations(pv_ctx *cx, const pv_val **patch)
{
	if (pv_is(*patch, PV_NULL))
		*patch = pv_box(cx->arena, pv_list_of(cx->arena, NULL, 0));
	if (!pv_is(*patch, PV_LIST))
		return pv_fail(cx, PV_EBADREQUEST,
			       "error decoding patch: json: cannot unmarshal %s into Go value of type "
			       "[]handlers.jsonPatchOp",
			       pv_json_go_kind(*patch));
	for (size_t i = 0; i < pv_count(*patch); i++)
		if (!pv_is(pv_item(*patch, i), PV_OBJECT) && !pv_is(pv_item(*patch, i), PV_NULL))
			return pv_fail(
				cx, PV_EBADREQUEST,
				"error decoding patch: json: cannot unmarshal %s into Go value of type "
				"handlers.jsonPatchOp",
				pv_json_go_kind(pv_item(*patch, i)));
	return 0;
}

int
op_patch(pv_ctx *cx, pv_api *api, const pv_call *call, enum pv_patch_kind kind, const pv_val *patch,
	 outcome *ret)
{
	patch_args args = {kind, patch, NULL};
	write_op w;
	int r = write_begin(cx, api, call, PV_OP_UPDATE, "patch", PV_V_PATCH, &w);

	*ret = (outcome){0};
	w.patches = true;
	if (r < 0)
		return r;
	if (kind != PV_PATCH_JSON && !pv_is(patch, PV_OBJECT))
		return pv_fail(cx, PV_EBADREQUEST,
			       "error decoding patch: json: cannot unmarshal %s into Go value of type "
			       "map[string]interface {}",
			       pv_json_go_kind(patch));
	if (kind == PV_PATCH_JSON)
		r = check_operations(cx, &args.patch);
	if (r < 0)
		return r;
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
