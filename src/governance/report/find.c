/* find: one object against the policies in force, of all three sorts. */
#include "base/str.h"
#include "core/policy/policy.h"
#include "governance/gatekeeper/gatekeeper.h"
#include "governance/rego/rego.h"
#include "governance/report/report.h"

struct report_asker {
	pv_api *api;
	rego_audit *rego; /* NULL: there are none */
	bool in_cel;      /* there are policies in CEL */
	bool constraints; /* there are some, and the audit is up to date */
	bool explains;
};

int
report_begin(pv_ctx *cx, pv_api *api, report_asker **ret, uint64_t *ret_stamp)
{
	report_asker *a = pv_new(cx->arena, report_asker);
	gatekeeper_audit *all, *plain, *referential;
	uint64_t generation = 0, stamp = 0;
	int r = rego_audit_begin(cx, api, &a->rego, &generation);

	a->api = api;
	if (r == 0)
		r = pv_policy_any(cx, api, &a->in_cel);
	if (r == 0)
		r = gatekeeper_audit_begin(cx, api, &all);
	if (r == 0 && all) {
		a->constraints = true;
		r = gatekeeper_audit_current(cx, api);
	}
	if (r == 0 && ret_stamp) {
		r = gatekeeper_audit_split(cx, api, &plain, &referential, &stamp);
		*ret_stamp = generation * 31 + stamp;
	}
	*ret = r == 0 && (a->rego || a->in_cel || a->constraints) ? a : NULL;
	return r;
}

static void
add_rego(pv_ctx *cx, const report_asker *a, const pv_resource *res, const pv_rec *rec, pv_vec *ret)
{
	pv_vec found;

	pv_vec_init(&found, cx->arena, sizeof(rego_finding));
	if (a->explains)
		rego_audit_explain(cx, a->rego, res, rec, &found);
	else
		rego_audit_object(cx, a->rego, res, rec, &found);
	for (size_t i = 0; i < found.len; i++) {
		const rego_finding *f = PV_AT(rego_finding, &found, i);
		report_finding *out = pv_vec_add(ret);
		enum pv_effect own = pv_effect_of_action(f->mode);

		*out = (report_finding){.rule = rego_rule_name(cx, f->policy, f->warning),
					.source = "pave-rego",
					.message = f->message,
					.field = f->field,
					.own = f->warning && own == PV_EFFECT_DENY ? PV_EFFECT_WARN : own,
					.failed = f->failed,
					.basis = f->basis};
	}
}

static void
add_cel(pv_ctx *cx, const report_asker *a, const pv_resource *res, const pv_rec *rec, pv_vec *ret)
{
	pv_vec found;

	pv_vec_init(&found, cx->arena, sizeof(pv_policy_finding));
	if (pv_policy_find(cx, a->api, res, pv_rec_val(rec), a->explains, &found) < 0)
		(void)pv_recover(cx); /* it could not be asked: a write would be told */
	for (size_t i = 0; i < found.len; i++) {
		const pv_policy_finding *f = PV_AT(pv_policy_finding, &found, i);
		report_finding *out = pv_vec_add(ret);

		*out = (report_finding){.rule = {.kind = "ValidatingAdmissionPolicy",
						 .name = f->policy,
						 .rule = pv_printf(cx->arena, "validations[%zu]", f->rule)},
					.source = "ValidatingAdmissionPolicy", /* as Kyverno calls it */
					.message = f->message,
					.binding = f->binding,
					.own = pv_effect_of_action(f->action),
					.failed = f->failed,
					.basis = f->basis};
	}
}

/* Of what the audit remembers nobody kept why. */
static void
ask_anew(pv_ctx *cx, const report_asker *a, const pv_resource *res, const pv_rec *rec, pv_vec *found)
{
	gatekeeper_audit *audit;

	if (gatekeeper_audit_begin(cx, a->api, &audit) < 0 ||
	    (audit && gatekeeper_audit_object(cx, gatekeeper_audit_explaining(cx, audit), res,
					      pv_rec_val(rec), found) < 0))
		(void)pv_recover(cx);
}

static void
add_constraints(pv_ctx *cx, const report_asker *a, const pv_resource *res, const pv_rec *rec, pv_vec *ret)
{
	pv_vec found;

	pv_vec_init(&found, cx->arena, sizeof(gatekeeper_finding));
	if (a->explains)
		ask_anew(cx, a, res, rec, &found);
	else
		gatekeeper_audit_known(cx, a->api, pv_rec_key(rec), &found);
	for (size_t i = 0; i < found.len; i++) {
		const gatekeeper_finding *f = PV_AT(gatekeeper_finding, &found, i);
		report_finding *out = pv_vec_add(ret);

		*out = (report_finding){.rule = {.kind = f->kind, .name = f->constraint},
					.source = "gatekeeper",
					.message = f->message,
					.own = pv_effect_of_action(f->action),
					.failed = f->failed,
					.basis = f->basis};
	}
}

void
report_find(pv_ctx *cx, const report_asker *a, const pv_resource *res, const pv_rec *rec, pv_vec *ret)
{
	if (a->rego)
		add_rego(cx, a, res, rec, ret);
	if (a->in_cel)
		add_cel(cx, a, res, rec, ret);
	if (a->constraints)
		add_constraints(cx, a, res, rec, ret);
}

void
report_explain(pv_ctx *cx, const report_asker *asker, const pv_resource *res, const pv_rec *rec, pv_vec *ret)
{
	report_asker a = *asker;

	a.explains = true;
	report_find(cx, &a, res, rec, ret);
}
