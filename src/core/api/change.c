/* HTTP faces of create, update, patch, delete and scale. */
#include "core/api/builtin.h"
#include "core/api/http.h"

static int
answer(request *q, const outcome *out, int status)
{
	if (out->val)
		return answer_val(q, status, out->val);
	return answer_rec(q, status, out->rec);
}

int
handle_create(request *q)
{
	const pv_val *object = NULL;
	pv_vec duplicates = {0};
	pv_call call = {0};
	outcome out = {0};
	int r = query_write(q, "CreateOptions", &call);

	if (r == 0)
		r = body_object(q, &object, &duplicates);
	call.duplicates = &duplicates;
	if (r == 0)
		r = op_create(q->cx, q->api, &call, object, &out);
	if (r < 0)
		return r;
	q->audit.made = out.val ? out.val : out.doc;
	return answer(q, &out, 201);
}

static bool
is_absent(request *q)
{
	pv_key key = {q->t.res->type, q->t.ns, q->t.name};

	return !pv_store_find(q->cx, q->api->store, &key);
}

int
handle_update(request *q)
{
	const pv_val *object = NULL;
	pv_vec duplicates = {0};
	pv_call call = {0};
	outcome out = {0};
	int r = query_write(q, "UpdateOptions", &call);

	if (r == 0)
		r = body_object(q, &object, &duplicates);
	call.duplicates = &duplicates;
	if (r < 0)
		return r;
	if (!q->t.sub[0] && builtin_made_by_update(q->t.res) && is_absent(q))
		r = op_create(q->cx, q->api, &call, /* who may not is told so; of no version */
			      pv_box(q->cx->arena, meta_without(q->cx, object, "resourceVersion")), &out);
	else
		r = op_update(q->cx, q->api, &call, object, &out);
	return r < 0 ? r : answer(q, &out, out.created ? 201 : 200);
}

static int
query_force(request *q, enum pv_patch_kind kind, pv_call *call)
{
	const char *force = pv_http_query(q->http, "force");

	if (force && kind != PV_PATCH_APPLY)
		return api_bad_option(q->cx, "PatchOptions", "force", "FieldValueForbidden",
				      "Forbidden: may not be specified for non-apply patch");
	call->force = query_flag(q, "force");
	call->exact = kind == PV_PATCH_APPLY;
	if (call->exact)
		call->manager = pv_http_query(q->http, "fieldManager");
	return 0;
}

int
handle_patch(request *q)
{
	enum pv_patch_kind kind = PV_PATCH_JSON;
	const pv_val *patch = NULL;
	pv_vec duplicates = {0};
	pv_call call = {0};
	outcome out = {0};
	int r = query_write(q, "PatchOptions", &call);

	if (r == 0)
		r = body_patch(q, &kind, &patch, &duplicates);
	if (r == 0)
		r = query_force(q, kind, &call);
	call.duplicates = &duplicates;
	if (r == 0)
		r = op_patch(q->cx, q->api, &call, kind, patch, &out);
	return r < 0 ? r : answer(q, &out, out.created ? 201 : 200);
}

/* What a DELETE answers when nothing is left. */
static pv_val
deleted_status(pv_ctx *cx, const pv_resource *res, const pv_val *object)
{
	pv_objb status, details;

	pv_objb_init(&details, cx->arena);
	pv_objb_puts(&details, "name", meta_text(object, "name"));
	pv_objb_puts(&details, "group", res->group[0] ? res->group : NULL);
	pv_objb_puts(&details, "kind", res->plural);
	pv_objb_puts(&details, "uid", meta_text(object, "uid"));
	pv_objb_init(&status, cx->arena);
	pv_objb_put(&status, "kind", pv_string_ref("Status"));
	pv_objb_put(&status, "apiVersion", pv_string_ref("v1"));
	pv_objb_put(&status, "metadata", pv_object_of(cx->arena, NULL, 0, NULL, NULL));
	pv_objb_put(&status, "status", pv_string_ref("Success"));
	pv_objb_put(&status, "details", pv_objb_end(&details));
	return pv_objb_end(&status);
}

void
warn_of_orphans(request *q, const pv_call *call)
{
	if (call->unsaid && pv_streq(q->t.res->type, "batch/Job"))
		api_warn(q->cx, &q->warnings,
			 "child pods are preserved by default when jobs are deleted; set "
			 "propagationPolicy=Background to remove them or set propagationPolicy=Orphan to "
			 "suppress this warning");
}

int
handle_delete(request *q)
{
	pv_call call = {0};
	outcome out = {0};
	pv_val status;
	int r = body_options(q, &call);

	if (r == 0)
		r = op_delete(q->cx, q->api, &call, &out);
	if (r < 0)
		return r;
	warn_of_orphans(q, &call);
	if (!out.deleted && pv_streq(call.orphans, "false"))
		return answer(q, &out, 202); /* what the oldest clients wait for */
	if (!out.deleted || builtin_returns_deleted(q->t.res))
		return answer(q, &out, 200);
	status = deleted_status(q->cx, q->t.res, out.val);
	return answer_val(q, 200, &status);
}

/* ---- scale ---- */

int
handle_scale(request *q)
{
	bool read = pv_streq(q->verb, "get");
	scale_args args = {.patch = pv_streq(q->verb, "patch")};
	pv_call call = {0};
	pv_vec duplicates = {0};
	pv_val scale;
	outcome out = {0};
	write_op w = {0};
	int r = query_write(q, args.patch ? "PatchOptions" : "UpdateOptions", &call);

	if (r == 0 && !q->t.res->has_scale)
		r = pv_fail(q->cx, PV_ENOTFOUND, "the server could not find the requested resource");
	if (r == 0 && args.patch)
		r = body_patch(q, &args.kind, &args.body, &duplicates);
	else if (r == 0 && !read)
		r = body_object(q, &args.body, &duplicates);
	if (r == 0 && args.patch)
		r = query_force(q, args.kind, &call);
	call.duplicates = &duplicates;
	if (r == 0)
		r = write_begin(q->cx, q->api, &call, PV_OP_UPDATE, q->verb, PV_V_UPDATE, &w);
	if (r == 0)
		r = read ? write_load(q->cx, &w) : op_change(q->cx, &w, scale_change, &args, &out);
	if (r < 0)
		return r;
	scale = scale_of(q->cx, q->t.res, read ? w.old : outcome_val(q->cx, &w, &out));
	q->form = form_whole(q->form);
	return answer_val(q, 200, &scale);
}
