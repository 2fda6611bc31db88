/* rollout: the controller of a PolicyRollout: its environments, one behind another.  It writes nothing but
 * its status and events: core/enforcement reads the stages there. */
#include "base/str.h"
#include "base/time.h"
#include "governance/rego/rego.h"
#include "governance/rollout/inside.h"
#include "governance/rollout/rollout.h"

/* ---- the status ---- */

static const char *
phase(const rollout_turn *t, const pv_val *environments)
{
	if (pv_at(t->rollout, "spec.rollback"))
		return "RolledBack";
	for (size_t i = 0; i < pv_count(environments); i++)
		if (!pv_streq(pv_text_at(pv_item(environments, i), "stage", ""), "Enforce"))
			return t->paused ? "Paused" : "Progressing";
	return "Enforced";
}

static int64_t
sum(const pv_val *environments, const char *member)
{
	int64_t n = 0;

	for (size_t i = 0; i < pv_count(environments); i++)
		n += pv_i64_at(pv_item(environments, i), member, 0);
	return n;
}

static const char *
stages(pv_ctx *cx, const pv_val *environments)
{
	const char *text = "";

	for (size_t i = 0; i < pv_count(environments); i++)
		text = pv_printf(cx->arena, "%s%s%s %s", text, i ? ", " : "",
				 pv_text_at(pv_item(environments, i), "name", ""),
				 pv_text_at(pv_item(environments, i), "stage", ""));
	return text;
}

/* A policy that came to be such after it was enforced: who is in charge must know, and nothing is let in
 * for it. */
static pv_val
conditions(rollout_turn *t, int64_t errors)
{
	const char *strangers = rollout_strangers(t->cx, pv_get(t->rollout, "spec")),
		   *broken = t->broken ? t->broken
			     : errors  ? "a policy cannot be evaluated"
				       : NULL,
		   *why = broken && strangers ? pv_printf(t->cx->arena, "%s; %s", broken, strangers)
			  : broken            ? broken
			  : strangers         ? strangers
					      : "";

	return pv_condition_set(t->cx, pv_at(t->rollout, "status.conditions"), "Degraded",
				*why ? "True" : "False", *why ? "PolicyError" : "AsExpected", why,
				pv_plan_now(t->plan));
}

#define HISTORY_MOST 30

void
rollout_note(rollout_turn *t, const char *environment, const char *stage, const char *by, const char *why)
{
	pv_objb b;

	pv_objb_init(&b, t->cx->arena);
	pv_objb_puts(&b, "at", pv_time_format(t->cx->arena, pv_plan_now(t->plan)));
	pv_objb_puts(&b, "environment", environment);
	pv_objb_puts(&b, "stage", stage);
	pv_objb_puts(&b, "by", by);
	pv_objb_puts(&b, "why", why);
	pv_listb_add(&t->history, pv_objb_end(&b));
}

/* Events are gone after an hour; who let what into force when is asked much later. */
static pv_val
history(rollout_turn *t)
{
	const pv_val *old = pv_at(t->rollout, "status.history");
	size_t all = pv_count(old) + t->history.len;
	pv_listb list;

	pv_listb_init(&list, t->cx->arena);
	for (size_t i = all > HISTORY_MOST ? all - HISTORY_MOST : 0; i < all; i++)
		pv_listb_add(&list,
			     i < pv_count(old) ? *pv_item(old, i) : t->history.items[i - pv_count(old)]);
	return pv_listb_end(&list);
}

static void
tell_status(rollout_turn *t, const pv_val *policies, const pv_val *environments, const char *waits)
{
	const char *text = stages(t->cx, environments);
	int64_t errors = sum(environments, "errors");
	pv_objb b;

	pv_objb_init(&b, t->cx->arena);
	pv_objb_put(&b, "observedGeneration", pv_int(pv_i64_at(t->rollout, "metadata.generation", 0)));
	pv_objb_puts(&b, "phase", phase(t, environments));
	pv_objb_puts(&b, "stages", text);
	pv_objb_puts(&b, "waits", waits);
	pv_objb_put(&b, "refused", pv_int(sum(environments, "violations")));
	pv_objb_put(&b, "errors", pv_int(errors));
	pv_objb_put(&b, "policies", *policies);
	pv_objb_put(&b, "environments", *environments);
	pv_objb_put(&b, "history", history(t));
	pv_objb_put(&b, "conditions", conditions(t, errors));
	pv_plan_reason(t->cx, t->plan, "%s%s%s", text, waits ? "; " : "", waits ? waits : "");
	pv_plan_summary(t->cx, t->plan, "%s%s%s", text, waits ? "; " : "", waits ? waits : "");
	pv_plan_status(t->cx, t->plan, pv_objb_end(&b));
}

/* ---- the turn ---- */

/* Told once: what stands in status.policies then is what is so. */
static void
tell_changes(rollout_turn *t)
{
	if (!t->news.text.len)
		return;
	pv_plan_event(t->cx, t->plan, "Warning", "PolicyChanged", "%s", t->news.text.s);
	rollout_note(t, NULL, NULL, NULL, t->news.text.s);
}

static int
find_out(rollout_turn *t)
{
	const pv_val *found = NULL;
	pv_val args;
	pv_objb b;
	int r;

	pv_objb_init(&b, t->cx->arena);
	pv_objb_put(&b, "policies", *pv_at(t->rollout, "spec.policies"));
	pv_objb_put(&b, "environments", *pv_at(t->rollout, "spec.environments"));
	args = pv_objb_end(&b);
	r = pv_plan_fact(t->cx, t->plan, ROLLOUT_FACT, &args, &found);
	if (r == 1 && pv_truth_at(found, "known", false))
		t->found = found;
	return r < 0 ? r : 0;
}

static int
reconcile(pv_ctx *cx, const pv_val *rollout, pv_plan *plan)
{
	const pv_val none = pv_object_of(cx->arena, NULL, 0, NULL, NULL), *bundles, *before,
		     *list = pv_at(rollout, "spec.environments");
	rollout_turn t = {.cx = cx,
			  .plan = plan,
			  .rollout = rollout,
			  .paused = pv_truth_at(rollout, "spec.paused", false),
			  .before = PV_EFFECT_DENY};
	const char *waits = NULL, *one;
	pv_listb states;
	pv_val all, policies;
	int r;

	if (pv_at(rollout, "metadata.deletionTimestamp"))
		return 0;
	if (find_out(&t) < 0 || (r = pv_plan_fact(cx, plan, REGO_BUNDLES_FACT, &none, &bundles)) < 0)
		return pv_plan_fail(cx, plan, "RolloutError");
	t.broken = rollout_faults(cx, plan, pv_at(rollout, "spec.policies"), false);
	pv_listb_init(&t.history, cx->arena);
	before = pv_at(rollout, "status.policies");
	if (r == 0 && !before)
		return 0;
	if (r ==
	    0) { /* without bundles it would look as if policies had changed, and nothing may come to Enforce */
		policies = *before;
		t.found = NULL;
	} else {
		policies = rollout_versions(cx, plan, rollout, bundles, &t.news);
	}
	tell_changes(&t);
	pv_listb_init(&states, cx->arena);
	for (size_t i = 0; i < pv_count(list); i++) {
		pv_listb_add(&states, rollout_environment(&t, pv_item(list, i), &one));
		waits = waits ? waits : one;
	}
	all = pv_listb_end(&states);
	tell_status(&t, &policies, &all, waits);
	return 0;
}

const pv_controller rollout_controller = {
	.name = "policy-rollout",
	.kind = "governance.pave.dev/v1alpha1/PolicyRollout",
	.reconcile = reconcile,
	.resync_ns = ROLLOUT_RESYNC,
};
