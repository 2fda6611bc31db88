/* delete: at once, or marked and left to finalizers, grace and controllers. */
#include "base/time.h"
#include "base/turn.h"
#include "core/api/builtin.h"
#include "core/fields/fields.h"

static int
check_preconditions(pv_ctx *cx, const write_op *w)
{
	const char *uid = meta_text(w->old, "uid"), *why;

	if (w->call->expect_uid && !pv_streq(w->call->expect_uid, uid) &&
	    !builtin_marks_grace(w->res)) /* what has a way of its own to end has its own words, too */
		return api_other_uid(cx, w, w->call->expect_uid, uid);
	if (w->call->expect_uid && !pv_streq(w->call->expect_uid, uid))
		why = pv_printf(cx->arena,
				"the UID in the precondition (%s) does not match the UID in record (%s). The "
				"object might have "
				"been deleted and then recreated",
				w->call->expect_uid, uid);
	else if (w->call->expect_rev && w->call->expect_rev != pv_rec_rev(w->current))
		why = pv_printf(cx->arena,
				"the ResourceVersion in the precondition (%s) does not match the "
				"ResourceVersion in record "
				"(%lld). The object might have been modified",
				w->call->expect_rev > 0
					? pv_printf(cx->arena, "%lld", (long long)w->call->expect_rev)
					: w->call->expect_text,
				(long long)pv_rec_rev(w->current));
	else
		return 0;
	return api_precondition(cx, w->res, w->name, why);
}

static bool
is_pod(const write_op *w)
{
	return pv_streq(w->res->type, "/Pod");
}

/* It ends, and is waited for: asking again changes nothing, but that a Pod may be given less time, and nobody is
 * asked. */
static bool
is_ending(const write_op *w)
{
	const pv_val *grace = meta_get(w->old, "deletionGracePeriodSeconds");

	if (is_pod(w) && meta_deleting(w->old) && grace)
		return w->call->grace_seconds < 0 || w->call->grace_seconds >= pv_i64(grace, 0);
	return pv_streq(w->res->type, "/Namespace") && meta_deleting(w->old) &&
	       pv_count(pv_at(w->old, "spec.finalizers"));
}

/* Seconds that a Pod on a node is given to end (the node deletes it with 0). */
static int64_t
grace_of(const write_op *w)
{
	const char *phase = pv_text_at(w->old, "status.phase", "");
	int64_t asked;

	if (!is_pod(w) || w->call->grace_seconds == 0)
		return 0;
	if (pv_text_at(w->old, "spec.nodeName", "")[0] == '\0' || pv_streq(phase, "Succeeded") ||
	    pv_streq(phase, "Failed"))
		return 0;
	if (w->call->grace_seconds > 0)
		return w->call->grace_seconds;
	asked = pv_i64_at(w->old, "spec.terminationGracePeriodSeconds", 30);
	return asked < 0 ? 1 : asked;
}

static const pv_val *
with_propagation(pv_ctx *cx, const write_op *w)
{
	const char *how = w->call->propagation;
	const pv_val *object = w->old;

	if (w->call->unsaid && builtin_orphans(w->res) && !meta_has_finalizer(object, "foregroundDeletion"))
		how = "Orphan";
	if (!how || !how[0] || pv_streq(w->res->type, "/Event"))
		return object; /* what the finalizers already say; an Event owns nothing */
	object = meta_with_finalizer(cx, object, "foregroundDeletion", pv_streq(how, "Foreground"));
	return meta_with_finalizer(cx, object, "orphan", pv_streq(how, "Orphan"));
}

static const pv_val *
marked(pv_ctx *cx, const write_op *w, const pv_val *object, int64_t grace)
{
	bool again = meta_deleting(object);
	int64_t before = pv_i64(meta_get(object, "deletionGracePeriodSeconds"), 0);
	pv_val v = *object;

	if (again && grace >= before)
		return object;
	v = meta_with(cx, &v, "deletionTimestamp",
		      pv_string_ref(pv_time_format(cx->arena, w->now + pv_seconds(grace))));
	if (builtin_marks_grace(w->res))
		v = meta_with(cx, &v, "deletionGracePeriodSeconds", pv_int(grace));
	if (!again && builtin_counts_deletion(w->res))
		v = meta_with(cx, &v, "generation", pv_int(pv_i64(meta_get(object, "generation"), 0) + 1));
	return pv_box(cx->arena, v);
}

/* Whoever changes objects may refuse, too; there is nothing to change. */
static int
may_go(pv_ctx *cx, const write_op *w)
{
	pv_admit admit = write_admission(cx, w, NULL);
	int r = w->call->past_admission ? 0 : pv_admission_mutate(cx, &admit);

	if (r == 0)
		r = pv_ctx_check(cx);
	return r < 0 ? r : write_judge(cx, w, &admit, w->old);
}

static int
delete_once(pv_ctx *cx, write_op *w, outcome *ret)
{
	const pv_val *object;
	int64_t grace;
	int r = write_load(cx, w);

	if (r == 0)
		r = check_preconditions(cx, w);
	if (r == 0)
		r = builtin_deletable(cx, w);
	if (r < 0)
		return r;
	if (is_ending(w)) {
		*ret = (outcome){.rec = w->current, .val = api_converts(w->res) ? w->old : NULL};
		return 0;
	}
	r = may_go(cx, w);
	if (r < 0)
		return r;
	object = definition_keep(cx, w, with_propagation(cx, w));
	grace = grace_of(w);
	if (meta_finalized(object) && grace == 0) {
		const pv_val *last = is_pod(w) ? marked(cx, w, object, grace) : w->old;

		r = write_delete(cx, w, ret);
		ret->val = last;
		return r;
	}
	object = marked(cx, w, object, grace);
	r = builtin_marked(cx, w, &object);
	if (r < 0)
		return r;
	if (pv_eq(object, w->old))
		*ret = (outcome){.rec = w->current, .val = api_converts(w->res) ? w->old : NULL};
	else
		r = write_commit(cx, w, object, pv_rec_rev(w->current), ret);
	return r < 0 ? r : definition_empty(cx, w);
}

int
op_delete(pv_ctx *cx, pv_api *api, const pv_call *call, outcome *ret)
{
	write_op w;
	int r = write_begin(cx, api, call, PV_OP_DELETE, "delete", PV_V_DELETE, &w);

	*ret = (outcome){0};
	if (r < 0)
		return r;
	for (;;) {
		w.raced = false;
		r = delete_once(cx, &w, ret);
		if (r == 0 || !write_again(cx, &w))
			return r;
		(void)pv_recover(cx);
	}
}

int
pv_api_delete(pv_ctx *cx, pv_api *api, const pv_call *call, const pv_val **ret)
{
	write_op w = {.api = api, .res = call->resource};
	outcome out;
	int r = op_delete(cx, api, call, &out);

	if (r == 0 && ret)
		*ret = outcome_val(cx, &w, &out);
	return r;
}

int
pv_api_get(pv_ctx *cx, pv_api *api, const pv_call *call, const pv_val **ret)
{
	write_op w;
	int r = write_begin(cx, api, call, PV_OP_CONNECT, "get", PV_V_GET, &w);

	if (r == 0)
		r = write_load(cx, &w);
	if (r == 0)
		*ret = w.old;
	return r;
}
