/* audit: the constraints' status: what of everything that exists violates them.  A fact for each
 * template asks the auditor every other second; its value changes with what was found, and once a minute,
 * so that the time in a status says that the audit goes on. */
#include "base/str.h"
#include "base/time.h"
#include "governance/gatekeeper/auditor.h"
#include "governance/gatekeeper/gatekeeper.h"
#include "governance/gatekeeper/template.h"

#define FACT "gatekeeper-audit"
#define INTERVAL (2 * PV_SEC)
#define STAMP_EVERY (60 * PV_SEC)

/* {at, constraints: {name: {total, violations}}}; without `at`: it is not known yet. */
static pv_val
outcome(pv_ctx *cx, const pv_val *found, const pv_val *previous)
{
	const pv_val *before = pv_get(previous, "constraints");
	bool recent = pv_now() - pv_time_at(previous, "at") < STAMP_EVERY;
	pv_val none = pv_object_of(cx->arena, NULL, 0, NULL, NULL);
	pv_objb b;

	if (!found)
		found = &none;
	if (before && recent && pv_eq(before, found))
		return *previous;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "at", pv_time_format(cx->arena, pv_now()));
	pv_objb_put(&b, "constraints", *found);
	return pv_objb_end(&b);
}

static int
find(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous, pv_val *ret)
{
	const pv_val *all;
	int r = gk_auditor_now(cx, pv_facts_api(facts), &all);

	if (r == 0 && all)
		*ret = outcome(cx, pv_get(all, pv_text_at(args, "kind", "")), previous);
	else if (r == 0)
		*ret = previous ? *previous : pv_object_of(cx->arena, NULL, 0, NULL, NULL);
	return r;
}

const pv_fact_kind gatekeeper_audit_fact = {
	.name = FACT,
	.find = find,
	.refresh_ns = INTERVAL,
};

/* ---- the status ---- */

/* What it was found out for: another answer is looked for when one of these is another. */
static pv_val
args_of(pv_ctx *cx, const pv_val *template, const pv_vec *constraints)
{
	pv_objb stamps, b;

	pv_objb_init(&stamps, cx->arena);
	for (size_t i = 0; i < constraints->len; i++) {
		const pv_val *c = *PV_AT(const pv_val *, constraints, i);

		pv_objb_put(&stamps, pv_text_at(c, "metadata.name", ""),
			    pv_int(pv_i64_at(c, "metadata.generation", 0)));
	}
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "kind", pv_text_at(template, "spec.crd.spec.names.kind", ""));
	pv_objb_put(&b, "template", pv_int(pv_i64_at(template, "metadata.generation", 0)));
	pv_objb_put(&b, "constraints", pv_objb_end(&stamps));
	return pv_objb_end(&b);
}

static pv_val
pod_of(pv_ctx *cx, const pv_val *c)
{
	pv_val one;
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "constraintUID", pv_text_at(c, "metadata.uid", NULL));
	pv_objb_put(&b, "enforced", pv_bool(true));
	pv_objb_puts(&b, "id", "pave");
	pv_objb_put(&b, "observedGeneration", pv_int(pv_i64_at(c, "metadata.generation", 0)));
	one = pv_objb_end(&b);
	return pv_list_of(cx->arena, &one, 1);
}

static void
tell(pv_ctx *cx, pv_plan *plan, const pv_val *c, const pv_val *found)
{
	const pv_val *mine = pv_get(pv_get(found, "constraints"), pv_text_at(c, "metadata.name", ""));
	pv_objb status, b;

	pv_objb_init(&status, cx->arena);
	pv_objb_puts(&status, "auditTimestamp", pv_text_at(found, "at", NULL));
	pv_objb_put(&status, "byPod", pod_of(cx, c));
	pv_objb_put(&status, "totalViolations", pv_int(pv_i64_at(mine, "total", 0)));
	pv_objb_put(&status, "violations", mine ? *pv_get(mine, "violations") : pv_null());
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "status", pv_objb_end(&status));
	pv_plan_patch(cx, plan, c, "status", pv_objb_end(&b));
}

static int
reconcile(pv_ctx *cx, const pv_val *template, pv_plan *plan)
{
	const char *kind = pv_text_at(template, "spec.crd.spec.names.kind", "");
	const pv_val *found = NULL;
	pv_vec constraints;
	pv_val args;
	int r;

	if (!*kind || pv_at(template, "metadata.deletionTimestamp"))
		return 0;
	pv_vec_init(&constraints, cx->arena, sizeof(const pv_val *));
	pv_plan_list(cx, plan, pv_printf(cx->arena, GK_CONSTRAINTS "/v1beta1/%s", kind), NULL, NULL,
		     &constraints);
	if (!constraints.len)
		return 0;
	args = args_of(cx, template, &constraints);
	r = pv_plan_fact(cx, plan, FACT, &args, &found);
	if (r < 0)
		return pv_plan_fail(cx, plan, "AuditError");
	if (r != 1 || !pv_get(found, "at"))
		return 0;
	pv_plan_reason(cx, plan, "what exists is held against %s of kind %s",
		       pv_counted(cx->arena, constraints.len, "constraint"), kind);
	for (size_t i = 0; i < constraints.len; i++)
		tell(cx, plan, *PV_AT(const pv_val *, &constraints, i), found);
	return 0;
}

const pv_controller gatekeeper_audit_controller = {
	.name = "gatekeeper-audit",
	.kind = GK_TEMPLATES "/v1/ConstraintTemplate",
	.reconcile = reconcile,
};
