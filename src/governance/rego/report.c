/* report: who violates what, computed when asked: PolicyReports (wgpolicyk8s.io, the
 * shape that Kyverno and others write), one for each object that violates something.
 * Findings are remembered by object revision and policy generation. */
#include "base/str.h"
#include "governance/rego/rego.h"
#include "governance/rego/review.h"
#include "governance/rego/set.h"

#define GROUP "wgpolicyk8s.io"
#define VERSION "v1alpha2"

struct asker {
	pv_api *api;
	pv_vec policies;
	uint64_t generation;
	pv_vec *out;
	bool namespaced;
};

static pv_val
result_of(pv_ctx *cx, const finding *f)
{
	const char *mode = mode_name(policy_mode(f->policy));
	pv_objb properties, b;
	pv_objb_init(&properties, cx->arena);
	pv_objb_puts(&properties, "enforcement", mode);
	pv_objb_puts(&properties, "field", f->field);
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "source", "pave-rego");
	pv_objb_puts(&b, "policy", policy_name(f->policy));
	pv_objb_puts(&b, "rule", f->warning ? "warn" : "deny");
	pv_objb_puts(&b, "result", f->warning || policy_mode(f->policy) == MODE_WARN ? "warn" : "fail");
	pv_objb_puts(&b, "message", f->message);
	pv_objb_put(&b, "properties", pv_objb_end(&properties));
	return pv_objb_end(&b);
}

static pv_val
error_of(pv_ctx *cx, const policy *p)
{
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "source", "pave-rego");
	pv_objb_puts(&b, "policy", policy_name(p));
	pv_objb_puts(&b, "result", "error");
	pv_objb_puts(&b, "message", pv_error_text(cx));
	pv_recover(cx);
	return pv_objb_end(&b);
}

static const pv_val *
results_of(pv_ctx *cx, const struct asker *a, const pv_resource *res, const pv_rec *rec)
{
	const pv_val *known = set_recall(cx, a->api, rec, a->generation);
	pv_val review, results;
	pv_listb b;
	if (known)
		return known;
	review = review_of_object(cx, res, pv_rec_val(rec));
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < a->policies.len; i++) {
		const policy *p = *PV_AT(const policy *, &a->policies, i);
		pv_vec findings;
		pv_vec_init(&findings, cx->arena, sizeof(finding));
		if (policy_eval(cx, p, &review, &findings) < 0)
			pv_listb_add(&b, error_of(cx, p));
		for (size_t k = 0; k < findings.len; k++)
			pv_listb_add(&b, result_of(cx, PV_AT(finding, &findings, k)));
	}
	results = pv_listb_end(&b);
	set_remember(a->api, rec, a->generation, &results);
	return pv_box(cx->arena, results);
}

static int64_t
count_of(const pv_val *results, const char *result)
{
	int64_t n = 0;
	for (size_t i = 0; i < pv_count(results); i++)
		n += pv_streq(pv_text_at(pv_item(results, i), "result", ""), result);
	return n;
}

static pv_val
summary(pv_ctx *cx, const pv_val *results)
{
	static const char *const kinds[] = {"fail", "warn", "error"};
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "pass", pv_int(0));
	for (size_t i = 0; i < PV_LEN(kinds); i++)
		pv_objb_put(&b, kinds[i], pv_int(count_of(results, kinds[i])));
	pv_objb_put(&b, "skip", pv_int(0));
	return pv_objb_end(&b);
}

static pv_val
scope_of(pv_ctx *cx, const pv_val *object)
{
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", pv_text_at(object, "apiVersion", NULL));
	pv_objb_puts(&b, "kind", pv_text_at(object, "kind", NULL));
	pv_objb_puts(&b, "namespace", pv_text_at(object, "metadata.namespace", NULL));
	pv_objb_puts(&b, "name", pv_text_at(object, "metadata.name", NULL));
	pv_objb_puts(&b, "uid", pv_text_at(object, "metadata.uid", NULL));
	return pv_objb_end(&b);
}

static void
add_report(pv_ctx *cx, const struct asker *a, const pv_rec *rec, const pv_val *results)
{
	const pv_val *object = pv_rec_val(rec), *report;
	const char *uid = pv_text_at(object, "metadata.uid", "");
	pv_objb meta, b;
	pv_objb_init(&meta, cx->arena);
	pv_objb_puts(&meta, "name", uid); /* as Kyverno names them: one for each object */
	pv_objb_puts(&meta, "namespace", pv_text_at(object, "metadata.namespace", NULL));
	pv_objb_puts(&meta, "uid", uid);
	pv_objb_puts(&meta, "resourceVersion", pv_text_at(object, "metadata.resourceVersion", NULL));
	pv_objb_puts(&meta, "creationTimestamp", pv_text_at(object, "metadata.creationTimestamp", NULL));
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", GROUP "/" VERSION);
	pv_objb_puts(&b, "kind", a->namespaced ? "PolicyReport" : "ClusterPolicyReport");
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	pv_objb_put(&b, "scope", scope_of(cx, object));
	pv_objb_put(&b, "summary", summary(cx, results));
	pv_objb_put(&b, "results", *results);
	report = pv_box(cx->arena, pv_objb_end(&b));
	pv_vec_push(a->out, &report);
}

static int
list_type(pv_ctx *cx, const struct asker *a, const pv_resource *res, const char *ns)
{
	pv_list_query query = {.type = res->type, .ns = ns};
	pv_listing listing;
	int r = pv_store_list(cx, pv_api_store(a->api), &query, &listing);
	for (size_t i = 0; r == 0 && i < listing.len; i++) {
		const pv_rec *rec = listing.recs[i];
		const pv_val *results;
		if (review_exempt(res, "", pv_rec_key(rec)->ns))
			continue;
		results = results_of(cx, a, res, rec);
		if (pv_count(results))
			add_report(cx, a, rec, results);
	}
	return r;
}

static int
list(pv_ctx *cx, pv_api *api, const char *ns, bool namespaced, pv_vec *ret)
{
	struct asker a = {.api = api, .out = ret, .namespaced = namespaced};
	const pv_resource *res;
	size_t pos = 0;
	int r = set_policies(cx, api, &a.policies, &a.generation);
	while (r == 0 && a.policies.len && pv_resource_each(cx, pv_api_registry(api), &pos, &res))
		if (res->storage && !res->view && res->namespaced == namespaced)
			r = list_type(cx, &a, res, ns);
	return r;
}

static int
list_namespaced(pv_ctx *cx, pv_api *api, const char *ns, pv_vec *ret)
{
	return list(cx, api, ns, true, ret);
}

static int
list_cluster(pv_ctx *cx, pv_api *api, const char *ns PV_UNUSED, pv_vec *ret)
{
	return list(cx, api, NULL, false, ret);
}

static const pv_column columns[] = {
	{"Kind", "string", "", ".scope.kind", 0},      {"Object", "string", "", ".scope.name", 0},
	{"Fail", "integer", "", ".summary.fail", 0},   {"Warn", "integer", "", ".summary.warn", 0},
	{"Error", "integer", "", ".summary.error", 0}, {"Age", "date", "", ".metadata.creationTimestamp", 0},
};
static const char *const report_names[] = {"polr", NULL};
static const char *const cluster_names[] = {"cpolr", NULL};

const pv_view rego_reports = {
	.group = GROUP,
	.version = VERSION,
	.kind = "PolicyReport",
	.plural = "policyreports",
	.singular = "policyreport",
	.short_names = report_names,
	.namespaced = true,
	.columns = columns,
	.n_columns = PV_LEN(columns),
	.list = list_namespaced,
};
const pv_view rego_cluster_reports = {
	.group = GROUP,
	.version = VERSION,
	.kind = "ClusterPolicyReport",
	.plural = "clusterpolicyreports",
	.singular = "clusterpolicyreport",
	.short_names = cluster_names,
	.columns = columns,
	.n_columns = PV_LEN(columns),
	.list = list_cluster,
};
