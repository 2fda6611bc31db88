/* find: what exists, held against the constraints: for reports and for the audit. */
#include "base/str.h"
#include "governance/gatekeeper/gatekeeper.h"
#include "governance/gatekeeper/set.h"
#include "governance/review/review.h"

struct gatekeeper_audit {
	pv_api *api;
	gk_book book;
	const gk_expander *expander;
};

int
gatekeeper_audit_begin(pv_ctx *cx, pv_api *api, gatekeeper_audit **ret)
{
	gatekeeper_audit *a = pv_new(cx->arena, gatekeeper_audit);
	int r;

	a->api = api;
	r = gk_set_book(cx, api, &a->book);
	if (r == 0)
		r = gk_set_expander(cx, api, &a->expander);
	*ret = r == 0 && a->book.rules.len ? a : NULL;
	return r;
}

static const pv_val *
space_of(pv_ctx *cx, const gatekeeper_audit *a, const char *ns)
{
	pv_key key = {"/Namespace", "", ns};
	const pv_rec *rec = *ns ? pv_store_find(cx, pv_api_store(a->api), &key) : NULL;

	return rec ? pv_rec_val(rec) : NULL;
}

static void
add(pv_ctx *cx, const gk_finding *f, pv_vec *ret)
{
	gatekeeper_finding *out = pv_vec_add(ret);
	const char *action = f->action;

	if (pv_streq(action, "scoped"))
		action = gk_finding_does(f, "deny") ? "deny" : gk_finding_does(f, "warn") ? "warn" : "dryrun";
	*out = (gatekeeper_finding){.kind = pv_strdup(cx->arena, f->constraint->kind),
				    .constraint = pv_strdup(cx->arena, f->constraint->name),
				    .message = pv_strdup(cx->arena, f->message),
				    .action = pv_strdup(cx->arena, action),
				    .failed = f->failed};
}

int
gatekeeper_audit_object(pv_ctx *cx, const gatekeeper_audit *a, const pv_resource *res, const pv_val *object,
			pv_vec *ret)
{
	const char *ns = pv_text_at(object, "metadata.namespace", "");
	const gk_expansion how = {.book = &a->book, .point = GK_AT_AUDIT};
	const pv_val *space = space_of(cx, a, ns);
	gk_review review;
	pv_vec findings;
	bool excluded = false;
	int r;

	if (pv_ends_with(res->group, ".gatekeeper.sh") || review_exempt(res, "", ns))
		return 0;
	r = gk_set_excludes(cx, a->api, "audit", ns, &excluded);
	if (r < 0 || excluded)
		return r;
	review = gk_review_of(cx, object, "Original", space);
	pv_vec_init(&findings, cx->arena, sizeof(gk_finding));
	gk_judge(cx, &a->book, &review, GK_AT_AUDIT, &findings);
	if (a->expander->templates.len)
		r = gk_expand_judge(cx, a->expander, &how, object, space, &findings);
	gk_findings_sort(&findings);
	for (size_t i = 0; i < findings.len; i++)
		add(cx, PV_AT(gk_finding, &findings, i), ret);
	return r;
}
