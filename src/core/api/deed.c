/* deed: what a write did, told to the runtime for `pave why`. */
#include "core/api/impl.h"
#include "core/reconcile/reconcile.h"

#define REASONS_MOST 20 /* of a refusal */

static const char *
action_of(const write_op *w, const pv_val *after)
{
	if (w->operation == PV_OP_DELETE)
		return meta_deleting(w->old) ? NULL : "delete"; /* told when it was asked for first */
	if (!after)
		return NULL; /* the last finalizer went: the deletion was told */
	return w->old ? "update" : "create";
}

/* Who made an object stands in its managedFields; what Pave does for nobody's sake is not worth
 * telling, unless something is gone by it. */
static bool
worth_telling(const write_op *w, const pv_identity *who, const char *action)
{
	if (!action || w->call->dry_run || (w->sub[0] && !pv_streq(w->sub, "scale")))
		return false;
	if (w->call->by)
		return true;
	return who->internal ? pv_streq(action, "delete") : !pv_streq(action, "create");
}

static void
tell(pv_ctx *cx, const write_op *w, const char *type, const pv_deed *deed)
{
	pv_runtime *runtime;

	pthread_rwlock_rdlock(&w->api->deeds);
	runtime = (pv_runtime *)atomic_load(&w->api->runtime);
	if (runtime)
		pv_runtime_tell(cx, runtime, type, deed);
	pthread_rwlock_unlock(&w->api->deeds);
}

/* A Pod that a controller makes has another name each time: who owns it is told, by its Event. */
void
write_tell_refusal(pv_ctx *cx, const write_op *w, const pv_val *object, const pv_vec *reasons)
{
	const pv_identity *who = pv_auth_identity(cx);
	const pv_val *after = w->operation == PV_OP_DELETE ? NULL : object;
	pv_listb all;
	pv_val list;

	if (!who || !reasons->len || w->call->dry_run || pv_at(object, "metadata.generateName"))
		return;
	pv_listb_init(&all, cx->arena);
	for (size_t i = 0; i < reasons->len && i < REASONS_MOST; i++)
		pv_listb_add(&all, **PV_AT(const pv_val *, reasons, i));
	list = pv_listb_end(&all);
	tell(cx, w, w->res->type,
	     &(pv_deed){.action = after ? w->old ? "update" : "create" : "delete",
			.user = who->internal ? NULL : who->user,
			.manager = w->call->manager,
			.by = w->call->by,
			.reason = w->call->reason,
			.at = w->now,
			.before = w->old,
			.after = after,
			.refused = &list});
}

void
write_tell(pv_ctx *cx, const write_op *w, const pv_val *after)
{
	const pv_identity *who = pv_auth_identity(cx);
	const char *action = action_of(w, after);

	if (!who || !worth_telling(w, who, action))
		return;
	tell(cx, w, w->res->type,
	     &(pv_deed){.action = action,
			.user = who->internal ? NULL : who->user,
			.manager = w->call->manager,
			.by = w->call->by,
			.reason = w->call->reason,
			.planned = w->call->planned,
			.at = w->now,
			.before = w->old,
			.after = pv_streq(action, "delete") ? NULL : after});
}
