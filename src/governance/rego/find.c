/* find: what exists, held against the policies, for reports.  Findings are remembered by the object's
 * revision and the policies' generation, and where policies may ask the network for some minutes. */
#include "base/str.h"
#include "core/admission/request.h"
#include "governance/rego/rego.h"
#include "governance/rego/set.h"
#include "governance/review/review.h"

struct rego_audit {
	pv_api *api;
	pv_vec policies;
	uint64_t generation;
};

int
rego_audit_begin(pv_ctx *cx, pv_api *api, rego_audit **ret, uint64_t *ret_generation)
{
	rego_audit *a = pv_new(cx->arena, rego_audit);
	int r = set_policies(cx, api, &a->policies, &a->generation);

	a->api = api;
	*ret_generation = a->generation;
	*ret = r == 0 && a->policies.len ? a : NULL;
	return r;
}

static pv_val
row(pv_ctx *cx, const policy *p, const finding *f, const char *error)
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "policy", policy_name(p));
	pv_objb_puts(&b, "mode", mode_name(policy_mode(p)));
	pv_objb_puts(&b, "message", error ? error : f->message);
	if (f)
		pv_objb_puts(&b, "field", f->field);
	pv_objb_put(&b, "warning", pv_bool(f && f->warning));
	pv_objb_put(&b, "failed", pv_bool(error != NULL));
	if (f && f->basis)
		pv_objb_put(&b, "basis", *f->basis);
	return pv_objb_end(&b);
}

static pv_val
judge(pv_ctx *cx, const rego_audit *a, const pv_resource *res, const pv_val *object, bool explains)
{
	const pv_admit admit = pv_admission_of(NULL, res, object);
	pv_val review = review_of(cx, &admit);
	pv_listb b;

	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < a->policies.len; i++) {
		const in_force *at_work = PV_AT(in_force, &a->policies, i);
		const policy *p = at_work->policy;
		pv_vec findings;

		pv_vec_init(&findings, cx->arena, sizeof(finding));
		if (policy_eval(cx, at_work, &review, explains, &findings) < 0) {
			const char *error = pv_strdup(cx->arena, pv_error_text(cx));

			pv_recover(cx);
			pv_listb_add(&b, row(cx, p, NULL, error));
		}
		for (size_t k = 0; k < findings.len; k++)
			pv_listb_add(&b, row(cx, p, PV_AT(finding, &findings, k), NULL));
	}
	return pv_listb_end(&b);
}

static void
add(pv_ctx *cx, const pv_val *row, pv_vec *ret)
{
	rego_finding *f = pv_vec_add(ret);
	const char *mode = pv_text_at(row, "mode", "");
	bool warns = pv_truth_at(row, "warning", false), failed = pv_truth_at(row, "failed", false);

	*f = (rego_finding){.policy = pv_strdup(cx->arena, pv_text_at(row, "policy", "")),
			    .message = pv_strdup(cx->arena, pv_text_at(row, "message", "")),
			    .mode = pv_strdup(cx->arena, mode),
			    .field = pv_text_at(row, "field", NULL),
			    .warning = warns,
			    .failed = failed};
	if (f->field)
		f->field = pv_strdup(cx->arena, f->field);
	f->basis = pv_get(row, "basis"); /* of what is found anew only */
}

void
rego_audit_explain(pv_ctx *cx, const rego_audit *a, const pv_resource *res, const pv_rec *rec, pv_vec *ret)
{
	const pv_val *rows;

	if (review_exempt(res, "", pv_rec_key(rec)->ns))
		return;
	rows = pv_box(cx->arena, judge(cx, a, res, pv_rec_val(rec), true));
	for (size_t i = 0; i < pv_count(rows); i++)
		add(cx, pv_item(rows, i), ret);
}

void
rego_audit_object(pv_ctx *cx, const rego_audit *a, const pv_resource *res, const pv_rec *rec, pv_vec *ret)
{
	const pv_val *rows;
	pv_val found;

	if (review_exempt(res, "", pv_rec_key(rec)->ns))
		return;
	rows = set_recall(cx, a->api, rec, a->generation);
	if (!rows) {
		found = judge(cx, a, res, pv_rec_val(rec), false);
		set_remember(a->api, rec, a->generation, &found);
		rows = &found;
	}
	for (size_t i = 0; i < pv_count(rows); i++)
		add(cx, pv_item(rows, i), ret);
}
