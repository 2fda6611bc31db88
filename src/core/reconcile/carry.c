/* carry: one API call a wish. */
#include "core/reconcile/carry.h"

#include "base/str.h"
#include "base/time.h"
#include "lang/diff/diff.h"

size_t pv_turn_room = (size_t)1 << 30;

static const pv_val *
now_of(pv_ctx *cx, pv_api *api, const pv_resource *res, const pv_val *object)
{
	pv_key key = {res->type, pv_text_at(object, "metadata.namespace", ""),
		      pv_text_at(object, "metadata.name", "")};
	const pv_rec *rec = pv_store_find(cx, pv_api_store(api), &key);
	return rec ? pv_rec_val(rec) : NULL;
}

static bool
same_rev(const pv_val *a, const pv_val *b)
{
	return a && b &&
	       pv_streq(pv_text_at(a, "metadata.resourceVersion", ""),
			pv_text_at(b, "metadata.resourceVersion", ""));
}

static int
delete_wish(pv_ctx *cx, pv_api *api, pv_call *call, const struct wish *w)
{
	const pv_val *gone;
	call->propagation = w->propagation;
	call->expect_uid = pv_text_at(w->object, "metadata.uid", NULL);
	/* Deleting what is ending already is the end of it: so a node finishes a Pod. */
	call->grace_seconds = pv_at(w->object, "metadata.deletionTimestamp") ? 0 : -1;
	return pv_api_delete(cx, api, call, &gone);
}

static int
call_wish(pv_ctx *cx, pv_api *api, const pv_plan *plan, const struct wish *w, pv_call *call,
	  const pv_val **ret)
{
	bool created;
	switch (w->kind) {
	case WISH_APPLY:
		call->force = true;
		return pv_api_patch(cx, api, call, PV_PATCH_APPLY, w->object, ret, &created);
	case WISH_CREATE: return pv_api_create(cx, api, call, w->object, ret);
	case WISH_PATCH:
		call->subresource = w->subresource;
		return pv_api_patch(cx, api, call, PV_PATCH_MERGE, &w->patch, ret, &created);
	case WISH_DELETE: return delete_wish(cx, api, call, w);
	}
	return pv_fail(cx, PV_EINTERNAL, "%s: unknown wish", plan->controller->name);
}

/* What a wish came to, for the list of changes. */
static const char *
action_of(const struct wish *w, const pv_val *before, const pv_val *after)
{
	if (w->kind == WISH_DELETE)
		return "delete";
	if (!before)
		return "create";
	if (same_rev(before, after))
		return NULL;
	return pv_streq(w->subresource, "status") ? "status" : "update";
}

static void
tell(pv_ctx *cx, pv_plan *plan, enum wish_kind kind, const pv_val *object)
{
	bool deleted = kind == WISH_DELETE;
	const char *message = NULL;

	if (plan->controller->tells && (deleted || kind == WISH_CREATE))
		message = plan->controller->tells(cx, plan->object, object, deleted);
	if (message)
		pv_plan_event(cx, plan, "Normal", deleted ? "SuccessfulDelete" : "SuccessfulCreate", "%s",
			      message);
}

static int
grant(pv_ctx *cx, pv_api *api, pv_plan *plan, const struct wish *w, pv_listb *changes)
{
	const char *version = pv_text_at(w->object, "apiVersion", "");
	const char *kind = pv_text_at(w->object, "kind", "");
	const pv_resource *res = pv_resource_of_kind(cx, pv_api_registry(api), version, kind);
	const pv_val *before, *after = NULL, by = object_ref(cx->arena, plan->object);
	const char *action;
	pv_call call = {.resource = res,
			.ns = pv_text_at(w->object, "metadata.namespace", ""),
			.name = pv_text_at(w->object, "metadata.name", ""),
			.subresource = "",
			.manager = plan->controller->name,
			.by = &by,
			.reason = plan_reason(cx, plan),
			.planned = true,
			.grace_seconds = -1};
	int r;
	if (!res)
		return pv_fail(cx, PV_ENOTFOUND, "no matches for kind \"%s\" in version \"%s\"", kind,
			       version);
	before = *call.name ? now_of(cx, api, res, w->object) : NULL;
	r = call_wish(cx, api, plan, w, &call, &after);
	if (r == -PV_ENOTFOUND && w->kind != WISH_APPLY && w->kind != WISH_CREATE) {
		pv_recover(cx); /* it is gone already: nothing to delete or patch */
		return 0;
	}
	if (r < 0)
		return pv_wrap(cx, r, "%s %s", kind,
			       *call.name ? call.name : pv_text_at(w->object, "metadata.generateName", ""));
	action = action_of(w, before, after);
	if (!action)
		return 0;
	tell(cx, plan, w->kind, after ? after : w->object);
	pv_listb_add(changes, change_val(cx, action, after ? after : before, before, after));
	return 0;
}

/* By the reasons that Kubernetes' controllers give, where they have one. */
static void
note_failure(pv_ctx *cx, pv_plan *plan, enum wish_kind kind)
{
	if (plan->error)
		pv_recover(cx);
	else
		(void)pv_plan_fail(cx, plan,
				   kind == WISH_CREATE   ? "FailedCreate"
				   : kind == WISH_DELETE ? "FailedDelete"
							 : "ApplyFailed");
}

static int
write_status(pv_ctx *cx, pv_api *api, pv_plan *plan, pv_listb *changes)
{
	const pv_val *object = plan->object, *old = pv_get(object, "status");
	const pv_resource *res =
		pv_resource_of_kind(cx, pv_api_registry(api), pv_text_at(object, "apiVersion", ""),
				    pv_text_at(object, "kind", ""));
	pv_val empty = pv_null(), patch;
	pv_objb b;
	struct wish w = {.kind = WISH_PATCH, .object = object};
	if (!old) {
		pv_objb_init(&b, cx->arena);
		empty = pv_objb_end(&b);
		old = &empty;
	}
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "status", pv_diff_merge(cx->arena, old, plan->status));
	patch = pv_objb_end(&b);
	w.patch = patch;
	w.subresource = res && res->has_status ? "status" : "";
	return grant(cx, api, plan, &w, changes);
}

static int
report(pv_ctx *cx, pv_api *api, const pv_plan *plan, const struct note *n)
{
	const pv_controller *c = plan->controller;
	const char *own = c->component ? c->component : c->name;
	const pv_news news = {.about = plan->object,
			      .component = n->by.component ? n->by.component : own,
			      .type = n->type,
			      .reason = n->reason,
			      .message = n->message,
			      .at = plan->now,
			      .field = n->by.field,
			      .node = n->by.node};

	return pv_api_report(cx, api, &news);
}

void
carry_out(pv_ctx *cx, pv_api *api, pv_plan *plan, pv_val *ret_changes)
{
	size_t done = 0, all = plan->wishes.len;
	pv_listb changes;
	pv_listb_init(&changes, cx->arena);
	while (done < all && (done == 0 || pv_arena_used(cx->arena) < pv_turn_room)) {
		const struct wish *w = PV_AT(struct wish, &plan->wishes, done++);
		if (grant(cx, api, plan, w, &changes) < 0)
			note_failure(cx, plan, w->kind);
	}
	if (done < all)
		pv_plan_requeue(plan, PV_MS);
	else if (plan->status && write_status(cx, api, plan, &changes) < 0)
		note_failure(cx, plan, WISH_PATCH);
	for (size_t i = 0; i < plan->notes.len; i++)
		if (report(cx, api, plan, PV_AT(struct note, &plan->notes, i)) < 0)
			pv_recover(cx); /* an event that cannot be kept must not fail the turn */
	*ret_changes = pv_listb_end(&changes);
}
