/* report: who violates what, computed when asked: PolicyReports (wgpolicyk8s.io, the
 * shape that Kyverno and others write), one for each object that violates something.
 * Findings are remembered by object revision and policy generation. */
#include "base/str.h"
#include "core/policy/policy.h"
#include "governance/gatekeeper/gatekeeper.h"
#include "governance/rego/rego.h"
#include "governance/review/review.h"
#include "governance/rego/set.h"

#define GROUP "wgpolicyk8s.io"
#define VERSION "v1alpha2"
#define PAGE 500

struct asker {
	pv_api *api;
	pv_vec policies;
	uint64_t generation;
	pv_vec *out;
	bool namespaced;
	bool in_cel;                   /* there are policies in CEL */
	gatekeeper_audit *constraints; /* NULL: there are none */
};

/* One line of a report; members that are NULL do not stand in it. */
struct line {
	const char *source, *policy, *rule, *result, *message;
	const char *enforcement, *field, *binding; /* properties */
};

static pv_val
line_of(pv_ctx *cx, const struct line *l)
{
	pv_objb properties, b;
	pv_objb_init(&properties, cx->arena);
	pv_objb_puts(&properties, "enforcement", l->enforcement);
	pv_objb_puts(&properties, "field", l->field);
	pv_objb_puts(&properties, "binding", l->binding);
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "source", l->source);
	pv_objb_puts(&b, "policy", l->policy);
	pv_objb_puts(&b, "rule", l->rule);
	pv_objb_puts(&b, "result", l->result);
	pv_objb_puts(&b, "message", l->message);
	if (l->enforcement)
		pv_objb_put(&b, "properties", pv_objb_end(&properties));
	return pv_objb_end(&b);
}

static pv_val
result_of(pv_ctx *cx, const finding *f)
{
	bool warns = f->warning || policy_mode(f->policy) == MODE_WARN;
	return line_of(cx, &(struct line){.source = "pave-rego",
					  .policy = policy_name(f->policy),
					  .rule = f->warning ? "warn" : "deny",
					  .result = warns ? "warn" : "fail",
					  .message = f->message,
					  .enforcement = mode_name(policy_mode(f->policy)),
					  .field = f->field});
}

static pv_val
error_of(pv_ctx *cx, const policy *p)
{
	struct line l = {.source = "pave-rego",
			 .policy = policy_name(p),
			 .result = "error",
			 .message = pv_strdup(cx->arena, pv_error_text(cx))};
	pv_recover(cx);
	return line_of(cx, &l);
}

static pv_val
results_of(pv_ctx *cx, const struct asker *a, const pv_resource *res, const pv_rec *rec)
{
	pv_val review = review_of_object(cx, res, pv_rec_val(rec));
	pv_listb b;
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
	return pv_listb_end(&b);
}

static pv_val
cel_result(pv_ctx *cx, const pv_policy_finding *f)
{
	return line_of(cx, &(struct line){.source = "ValidatingAdmissionPolicy", /* as Kyverno calls it */
					  .policy = f->policy,
					  .rule = pv_printf(cx->arena, "validations[%zu]", f->rule),
					  .result = pv_streq(f->action, "warn") ? "warn" : "fail",
					  .message = f->message,
					  .enforcement = f->action,
					  .binding = f->binding});
}

static pv_val
constraint_result(pv_ctx *cx, const gatekeeper_finding *f)
{
	const char *result = f->failed ? "error" : pv_streq(f->action, "warn") ? "warn" : "fail";
	return line_of(cx, &(struct line){.source = "gatekeeper",
					  .policy = f->constraint,
					  .rule = f->kind,
					  .result = result,
					  .message = f->message,
					  .enforcement = f->action});
}

static void
add_cel(pv_ctx *cx, const struct asker *a, const pv_resource *res, const pv_rec *rec, pv_listb *list)
{
	pv_vec found;
	pv_vec_init(&found, cx->arena, sizeof(pv_policy_finding));
	if (pv_policy_find(cx, a->api, res, pv_rec_val(rec), &found) < 0)
		pv_recover(cx); /* it could not be asked: a write would be told */
	for (size_t i = 0; i < found.len; i++)
		pv_listb_add(list, cel_result(cx, PV_AT(pv_policy_finding, &found, i)));
}

static void
add_constraints(pv_ctx *cx, const struct asker *a, const pv_resource *res, const pv_rec *rec, pv_listb *list)
{
	pv_vec found;
	pv_vec_init(&found, cx->arena, sizeof(gatekeeper_finding));
	if (gatekeeper_audit_object(cx, a->constraints, res, pv_rec_val(rec), &found) < 0)
		pv_recover(cx);
	for (size_t i = 0; i < found.len; i++)
		pv_listb_add(list, constraint_result(cx, PV_AT(gatekeeper_finding, &found, i)));
}

/* Not remembered: params, namespaces and other objects decide, too, and it is soon found out. */
static pv_val
with_others(pv_ctx *cx, const struct asker *a, const pv_resource *res, const pv_rec *rec,
	    const pv_val *results)
{
	pv_listb b;
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(results); i++)
		pv_listb_add(&b, *pv_item(results, i));
	if (a->in_cel)
		add_cel(cx, a, res, rec, &b);
	if (a->constraints)
		add_constraints(cx, a, res, rec, &b);
	return pv_listb_end(&b);
}

static int64_t
count_of(const pv_val *results, const char *result)
{
	int64_t n = 0;
	for (size_t i = 0; i < pv_count(results); i++)
		n += pv_streq(pv_text_at(pv_item(results, i), "result", ""), result);
	return n;
}

/* Who passes is not reported, so it is not counted either. */
static pv_val
summary(pv_ctx *cx, const pv_val *results)
{
	static const char *const kinds[] = {"fail", "warn", "error"};
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	for (size_t i = 0; i < PV_LEN(kinds); i++)
		pv_objb_put(&b, kinds[i], pv_int(count_of(results, kinds[i])));
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
	pv_val whole;
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
	whole = pv_objb_end(&b);
	report = pv_box(cx->arena, pv_copy(cx->arena, &whole)); /* the object is let go with its page */
	pv_vec_push(a->out, &report);
}

/* What is found out about one object, in a scratch context that forgets the way there. */
static void
report_on(pv_ctx *cx, pv_ctx *scratch, const struct asker *a, const pv_resource *res, const pv_rec *rec)
{
	bool judged = a->policies.len && !review_exempt(res, "", pv_rec_key(rec)->ns);
	const pv_val *results = judged ? set_recall(scratch, a->api, rec, a->generation) : NULL;
	pv_val found, all;
	if (judged && !results) {
		found = results_of(scratch, a, res, rec);
		set_remember(a->api, rec, a->generation, &found);
		results = &found;
	}
	if (a->in_cel || a->constraints) {
		all = with_others(scratch, a, res, rec, results);
		results = &all;
	}
	if (pv_count(results))
		add_report(cx, a, rec, results);
	pv_ctx_reset(scratch);
}

/* In pages: what was read for one is let go before the next. */
static int
list_type(pv_ctx *cx, const struct asker *a, const pv_resource *res, const char *ns)
{
	pv_list_query query = {.type = res->type, .ns = ns, .limit = PAGE};
	pv_listing listing = {.more = true};
	pv_ctx scratch, page;
	int r = 0;
	pv_ctx_init(&page, "report-page");
	pv_ctx_init(&scratch, "report");
	while (r == 0 && listing.more) {
		r = pv_store_list(&page, pv_api_store(a->api), &query, &listing);
		for (size_t i = 0; r == 0 && i < listing.len; i++)
			report_on(cx, &scratch, a, res, listing.recs[i]);
		if (r == 0 && listing.more) {
			const pv_key *last = pv_rec_key(listing.recs[listing.len - 1]);
			query.after_ns = pv_strdup(cx->arena, last->ns);
			query.after_name = pv_strdup(cx->arena, last->name);
		}
		if (r < 0)
			r = pv_fail(cx, PV_EUNAVAILABLE, "%s", pv_error_text(&page));
		pv_ctx_reset(&page);
	}
	pv_ctx_done(&scratch);
	pv_ctx_done(&page);
	return r;
}

static int
list(pv_ctx *cx, pv_api *api, const char *ns, bool namespaced, pv_vec *ret)
{
	struct asker a = {.api = api, .out = ret, .namespaced = namespaced};
	const pv_resource *res;
	size_t pos = 0;
	int r = set_policies(cx, api, &a.policies, &a.generation);
	if (r == 0)
		r = pv_policy_any(cx, api, &a.in_cel);
	if (r == 0)
		r = gatekeeper_audit_begin(cx, api, &a.constraints);
	while (r == 0 && (a.policies.len || a.in_cel || a.constraints) &&
	       pv_resource_each(cx, pv_api_registry(api), &pos, &res))
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
