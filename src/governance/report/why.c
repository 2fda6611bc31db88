/* why: what policies have against an object, with what each finding stands on: for `pave why` and the portal. */
#include "core/admission/request.h"
#include "core/enforcement/why.h"
#include "governance/report/report.h"

static const char *
effect_of(const pv_ruling *ruling)
{
	static const char *const names[] = {"exempt", "audit", "warn", "deny"};

	return names[ruling->effect];
}

static pv_val
exemption_of(pv_ctx *cx, const pv_val *exemption)
{
	static const char *const fields[] = {"reason", "person", "approvedBy", "until"};
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "name", pv_text_at(exemption, "metadata.name", ""));
	for (size_t i = 0; i < PV_LEN(fields); i++)
		pv_objb_puts(&b, fields[i], pv_text_at(pv_get(exemption, "spec"), fields[i], NULL));
	return pv_objb_end(&b);
}

static pv_val
objection(pv_ctx *cx, const pv_admit *admit, const report_finding *f)
{
	const pv_ruling ruling = pv_enforcement_rule(cx, admit, &f->rule, f->own);
	const pv_val entry = pv_why_entry(cx, &f->rule, f->message, f->basis);
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "effect", effect_of(&ruling));
	for (size_t i = 0; i < pv_member_count(&entry); i++)
		pv_objb_putv(&b, entry.members[i].key, entry.members[i].val);
	pv_objb_puts(&b, "field", f->field);
	if (f->failed)
		pv_objb_put(&b, "failed", pv_bool(true));
	pv_objb_puts(&b, "rollout", pv_text_at(ruling.rollout, "metadata.name", NULL));
	pv_objb_puts(&b, "soon", pv_enforcement_soon(cx, &ruling));
	if (ruling.exemption)
		pv_objb_put(&b, "exemption", exemption_of(cx, ruling.exemption));
	return pv_objb_end(&b);
}

int
report_objections(pv_ctx *cx, pv_api *api, const pv_resource *res, const pv_rec *rec, pv_listb *ret)
{
	const pv_admit admit = pv_admission_of(api, res, pv_rec_val(rec));
	report_asker *asker;
	pv_vec found;
	int r = report_begin(cx, api, &asker, NULL);

	if (r < 0 || !asker)
		return r;
	pv_vec_init(&found, cx->arena, sizeof(report_finding));
	report_explain(cx, asker, res, rec, &found);
	for (size_t i = 0; i < found.len; i++)
		pv_listb_add(ret, objection(cx, &admit, PV_AT(report_finding, &found, i)));
	return 0;
}
