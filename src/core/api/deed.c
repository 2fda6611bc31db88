/* deed: what a write did, told to the runtime for `pave why`. */
#include "core/api/impl.h"
#include "core/reconcile/reconcile.h"

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

void
write_tell(pv_ctx *cx, const write_op *w, const pv_val *after)
{
	const pv_identity *who = pv_auth_identity(cx);
	const char *action = action_of(w, after);
	pv_runtime *runtime;

	if (!who || !worth_telling(w, who, action))
		return;
	pthread_rwlock_rdlock(&w->api->deeds);
	runtime = (pv_runtime *)atomic_load(&w->api->runtime);
	if (runtime)
		pv_runtime_tell(cx, runtime, w->res->type,
				&(pv_deed){.action = action,
					   .user = who->internal ? NULL : who->user,
					   .manager = w->call->manager,
					   .by = w->call->by,
					   .reason = w->call->reason,
					   .planned = w->call->planned,
					   .at = w->now,
					   .before = w->old,
					   .after = pv_streq(action, "delete") ? NULL : after});
	pthread_rwlock_unlock(&w->api->deeds);
}
