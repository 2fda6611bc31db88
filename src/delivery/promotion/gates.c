/* gates: what keeps a candidate: the time that it has been Healthy, sync windows, policies that come into force, and
 * people. */
#include "base/str.h"
#include "base/time.h"
#include "delivery/application/application.h"
#include "delivery/promotion/inside.h"

#define POLICY_ROLLOUT "governance.pave.dev/v1alpha1/PolicyRollout"

static void
look_at_time(turn *t, int64_t since)
{
	const char *text = pv_text_at(t->spec, "gates.healthyFor", NULL);
	int64_t least, now = pv_plan_now(t->plan), end;
	if (!text || !since || !pv_duration_parse(pv_str_of(text), &least))
		return;
	end = since + least;
	if (end <= now)
		return;
	turn_waits(t, "it must be Healthy in application %s for %s: until %s",
		   pv_text_at(t->from, "metadata.name", ""), text, pv_time_format(t->cx->arena, end));
	pv_plan_requeue(t->plan, end - now);
}

static size_t
refused_in(const pv_val *rollout, const char *ns)
{
	const pv_val *all = pv_at(rollout, "status.environments");
	size_t n = 0;
	for (size_t i = 0; i < pv_count(all); i++) {
		const pv_val *refused = pv_get(pv_item(all, i), "refused");
		for (size_t k = 0; k < pv_count(refused); k++)
			n += pv_streq(pv_text_at(pv_item(refused, k), "namespace", ""), ns);
	}
	return n;
}

/* What lies there and would be refused tomorrow is no place for something new.  The rollouts are another layer's:
 * without it there are none. */
static void
look_at_policies(turn *t)
{
	const char *ns = pv_text_at(t->to, "spec.destination.namespace", "");
	pv_vec all;
	if (!pv_truth_at(t->spec, "gates.policies", false))
		return;
	pv_plan_list(t->cx, t->plan, POLICY_ROLLOUT, NULL, NULL, &all);
	for (size_t i = 0; i < all.len; i++) {
		const pv_val *rollout = *PV_AT(const pv_val *, &all, i);
		size_t n = refused_in(rollout, ns);
		if (n)
			turn_waits(t, "policies of PolicyRollout %s would refuse %s in namespace %s",
				   pv_text_at(rollout, "metadata.name", ""),
				   pv_counted(t->cx->arena, n, "object"), ns);
	}
}

size_t
gates_count(const turn *t, const char *id)
{
	const pv_val *list = pv_get(t->spec, "approvals");
	size_t n = 0;
	for (size_t i = 0; i < pv_count(list); i++)
		n += pv_streq(pv_text_at(pv_item(list, i), "candidate", ""), id);
	return n;
}

const char *
gates_approval(turn *t)
{
	const pv_val *list = pv_get(t->spec, "approvals");
	for (size_t i = pv_count(list); i-- > 0;)
		if (pv_streq(pv_text_at(pv_item(list, i), "candidate", ""), t->id))
			return pv_text_at(pv_item(list, i), "by", "");
	return pv_streq(pv_text_at(t->spec, "approval", ""), "Manual") ? NULL : "";
}

void
gates_look(turn *t, int64_t since)
{
	const char *window = application_prevented(t->cx, t->plan, t->to);
	look_at_time(t, since);
	if (window)
		turn_waits(t, "application %s cannot be synced now: %s",
			   pv_text_at(t->to, "metadata.name", ""), window);
	look_at_policies(t);
	if (!gates_approval(t))
		turn_waits(t, "an approval: `pave promotion approve %s -n %s`", t->name, t->ns);
}
