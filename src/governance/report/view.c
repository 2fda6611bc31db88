/* report: who violates what, computed when asked: PolicyReports (wgpolicyk8s.io, the
 * shape that Kyverno and others write), one for each object that violates something; and
 * the same as PolicyFindings, of a group that no other product brings CRDs of. */
#include "base/str.h"
#include "base/turn.h"
#include "core/admission/request.h"
#include "governance/report/report.h"

#define PAGE 500

struct asker {
	pv_ctx *cx;
	pv_api *api;
	report_asker *policies;
	const pv_resource *res; /* of what is read */
	pv_vec *out;
	const pv_view *view;
};

/* ---- a line of a report ---- */

static const char *
effect_name(enum pv_effect effect)
{
	static const char *const names[] = {"skip", "audit", "warn", "deny"};
	return names[effect];
}

static const char *
action_name(const report_finding *f, enum pv_effect effect)
{
	return effect == PV_EFFECT_AUDIT && pv_streq(f->source, "gatekeeper") ? "dryrun"
									      : effect_name(effect);
}

/* What of it comes to something: `enforcement`; what the policy itself says stands beside it if it differs. */
static pv_val
properties_of(pv_ctx *cx, const report_finding *f, const pv_ruling *ruling)
{
	const pv_val *exemption = pv_get(ruling->exemption, "spec");
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "enforcement", action_name(f, ruling->effect));
	pv_objb_puts(&b, "field", f->field);
	pv_objb_puts(&b, "binding", f->binding);
	if (ruling->effect != f->own)
		pv_objb_puts(&b, "policyEnforcement", action_name(f, f->own));
	pv_objb_puts(&b, "rollout", pv_text_at(ruling->rollout, "metadata.name", NULL));
	pv_objb_puts(&b, "environment", ruling->environment);
	pv_objb_puts(&b, "enforcedFrom", ruling->from);
	if (ruling->due)
		pv_objb_puts(&b, "due", "true");
	pv_objb_puts(&b, "exemption", pv_text_at(ruling->exemption, "metadata.name", NULL));
	pv_objb_puts(&b, "exemptionReason", pv_text_at(exemption, "reason", NULL));
	pv_objb_puts(&b, "exemptionPerson", pv_text_at(exemption, "person", NULL));
	pv_objb_puts(&b, "exemptionApprovedBy", pv_text_at(exemption, "approvedBy", NULL));
	pv_objb_puts(&b, "exemptionUntil", pv_text_at(exemption, "until", NULL));
	return pv_objb_end(&b);
}

static const char *
result_of(const report_finding *f, const pv_ruling *ruling)
{
	if (ruling->effect == PV_EFFECT_NONE)
		return "skip";
	if (f->failed)
		return "error";
	return ruling->effect == PV_EFFECT_WARN || pv_streq(f->rule.rule, "warn") ? "warn" : "fail";
}

/* ---- how bad it is: what the policy's own annotation says ---- */

static const char *const severities[] = {"info", "low", "medium", "high", "critical"};

/* 0: it is none; else the higher the worse. */
static size_t
rank_of(const char *severity)
{
	for (size_t i = 0; i < PV_LEN(severities); i++)
		if (pv_streq(severity, severities[i]))
			return i + 1;
	return 0;
}

static pv_key
policy_key(pv_ctx *cx, const report_finding *f)
{
	const pv_rule_name *rule = &f->rule;

	if (rule->ns)
		return (pv_key){"/ConfigMap", rule->ns, rule->name};
	if (pv_streq(f->source, "gatekeeper"))
		return (pv_key){pv_printf(cx->arena, "constraints.gatekeeper.sh/%s", rule->kind), "",
				rule->name};
	return (pv_key){"admissionregistration.k8s.io/ValidatingAdmissionPolicy", "", rule->name};
}

/* NULL: it does not say. */
static const char *
severity_of(pv_ctx *cx, pv_api *api, const report_finding *f)
{
	static const char *const keys[] = {"pave.dev/severity", "policies.kyverno.io/severity"};
	const pv_key key = policy_key(cx, f);
	const pv_rec *rec = pv_store_find(cx, pv_api_store(api), &key);
	const pv_val *notes = rec ? pv_at(pv_rec_val(rec), "metadata.annotations") : NULL;

	for (size_t i = 0; i < PV_LEN(keys); i++) {
		const char *severity = pv_text(pv_get(notes, keys[i]), "");

		if (rank_of(severity))
			return severity;
	}
	return NULL;
}

static pv_val
line_of(pv_ctx *cx, pv_api *api, const report_finding *f, const pv_ruling *ruling)
{
	const char *name =
		f->rule.ns ? pv_printf(cx->arena, "%s/%s", f->rule.ns, f->rule.name) : f->rule.name;
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "source", f->source);
	pv_objb_puts(&b, "policy", name);
	pv_objb_puts(&b, "rule", pv_streq(f->source, "gatekeeper") ? f->rule.kind : f->rule.rule);
	pv_objb_puts(&b, "result", result_of(f, ruling));
	pv_objb_puts(&b, "severity", severity_of(cx, api, f));
	pv_objb_puts(&b, "message", f->message);
	pv_objb_put(&b, "properties", properties_of(cx, f, ruling));
	return pv_objb_end(&b);
}

static pv_val
results_of(pv_ctx *cx, const struct asker *a, const pv_rec *rec)
{
	const pv_admit admit = pv_admission_of(a->api, a->res, pv_rec_val(rec));
	pv_vec found;
	pv_listb b;
	pv_vec_init(&found, cx->arena, sizeof(report_finding));
	report_find(cx, a->policies, a->res, rec, &found);
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < found.len; i++) {
		const report_finding *f = PV_AT(report_finding, &found, i);
		pv_ruling ruling = pv_enforcement_rule(cx, &admit, &f->rule, f->own);
		pv_listb_add(&b, line_of(cx, a->api, f, &ruling));
	}
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
	static const char *const kinds[] = {"fail", "warn", "error", "skip"};
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

/* ---- what it is found by: the object's owner, and the worst of what it violates ---- */

static const char *
owner_of(const pv_val *object)
{
	return pv_text(pv_get(pv_at(object, "metadata.labels"), "owner"), NULL);
}

const char *
report_owner(pv_ctx *cx, pv_api *api, const pv_val *object)
{
	const pv_key key = {"/Namespace", "", pv_text_at(object, "metadata.namespace", "")};
	const char *owner = owner_of(object);
	const pv_rec *space = owner || !*key.name ? NULL : pv_store_find(cx, pv_api_store(api), &key);

	return space ? owner_of(pv_rec_val(space)) : owner;
}

static const char *
worst_of(const pv_val *results)
{
	size_t worst = 0;

	for (size_t i = 0; i < pv_count(results); i++) {
		size_t rank = rank_of(pv_text_at(pv_item(results, i), "severity", ""));

		worst = rank > worst ? rank : worst;
	}
	return worst ? severities[worst - 1] : NULL;
}

static pv_val
labels_of(pv_ctx *cx, const struct asker *a, const pv_val *object, const pv_val *results)
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "owner", report_owner(cx, a->api, object));
	pv_objb_puts(&b, "severity", worst_of(results));
	return pv_objb_end(&b);
}

static void
add_report(const struct asker *a, const pv_rec *rec, const pv_val *results)
{
	pv_ctx *cx = a->cx;
	const pv_val *object = pv_rec_val(rec), *report;
	const char *uid = pv_text_at(object, "metadata.uid", "");
	pv_objb meta, b;
	pv_val whole, labels = labels_of(cx, a, object, results);
	pv_objb_init(&meta, cx->arena);
	pv_objb_puts(&meta, "name", uid); /* as Kyverno names them: one for each object */
	pv_objb_puts(&meta, "namespace", pv_text_at(object, "metadata.namespace", NULL));
	pv_objb_puts(&meta, "uid", uid);
	pv_objb_puts(&meta, "resourceVersion", pv_text_at(object, "metadata.resourceVersion", NULL));
	pv_objb_puts(&meta, "creationTimestamp", pv_text_at(object, "metadata.creationTimestamp", NULL));
	if (pv_count(&labels))
		pv_objb_put(&meta, "labels", labels);
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", pv_printf(cx->arena, "%s/%s", a->view->group, a->view->version));
	pv_objb_puts(&b, "kind", a->view->kind);
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	pv_objb_put(&b, "scope", scope_of(cx, object));
	pv_objb_put(&b, "summary", summary(cx, results));
	pv_objb_put(&b, "results", *results);
	whole = pv_objb_end(&b);
	report = pv_box(cx->arena, pv_copy(cx->arena, &whole)); /* the object is let go with its page */
	pv_vec_push(a->out, &report);
}

/* What is found out about one object, in a scratch context that forgets the way there. */
static int
report_page(void *arg, pv_ctx *page PV_UNUSED, const pv_listing *listing)
{
	const struct asker *a = arg;
	pv_ctx scratch;
	int r = 0;
	pv_ctx_init(&scratch, "report");
	for (size_t i = 0; r == 0 && i < listing->len; i++) {
		pv_val results = results_of(&scratch, a, listing->recs[i]);
		if (pv_count(&results))
			add_report(a, listing->recs[i], &results);
		pv_ctx_reset(&scratch);
		r = pv_ctx_check(a->cx); /* a policy may wait for the network, for each of them */
	}
	pv_ctx_done(&scratch);
	return r;
}

static int
list(pv_ctx *cx, pv_api *api, const pv_view *view, const char *ns, pv_vec *ret)
{
	struct asker a = {.cx = cx, .api = api, .out = ret, .view = view};
	size_t pos = 0;
	int r = report_begin(cx, api, &a.policies, NULL);
	while (r == 0 && a.policies && pv_resource_each(cx, pv_api_registry(api), &pos, &a.res)) {
		const pv_list_query query = {.type = a.res->type, .ns = ns, .limit = PAGE};
		if (a.res->storage && !a.res->view && a.res->namespaced == view->namespaced)
			r = pv_store_pages(cx, pv_api_store(api), &query, report_page, &a);
	}
	return r;
}

static int
list_reports(pv_ctx *cx, pv_api *api, const char *ns, pv_vec *ret)
{
	return list(cx, api, &report_reports, ns, ret);
}

static int
list_cluster_reports(pv_ctx *cx, pv_api *api, const char *ns, pv_vec *ret)
{
	return list(cx, api, &report_cluster_reports, ns, ret);
}

static int
list_findings(pv_ctx *cx, pv_api *api, const char *ns, pv_vec *ret)
{
	return list(cx, api, &report_findings, ns, ret);
}

static int
list_cluster_findings(pv_ctx *cx, pv_api *api, const char *ns, pv_vec *ret)
{
	return list(cx, api, &report_cluster_findings, ns, ret);
}

/* ---- watches ---- */

/* Policies, what they are asked about, what softens them: anything but what is written all the time. */
static bool
heeds(const pv_event *event)
{
	const char *type = pv_rec_key(event->rec)->type;

	return !pv_streq(type, "/Event") && !pv_streq(type, "coordination.k8s.io/Lease");
}

/* Whatever else is new of the object. */
static bool
same(const pv_val *a, const pv_val *b)
{
	return pv_eq(pv_get(a, "results"), pv_get(b, "results")) &&
	       pv_eq(pv_at(a, "metadata.labels"), pv_at(b, "metadata.labels"));
}

/* As the CRDs of wgpolicyk8s.io have them; and whose it is. */
static const pv_column columns[] = {
	{"Name", "string", "name", ".metadata.name", 0},
	{"Kind", "string", "", ".scope.kind", 0},
	{"Name", "string", "", ".scope.name", 0},
	{"Pass", "integer", "", ".summary.pass", 0},
	{"Fail", "integer", "", ".summary.fail", 0},
	{"Warn", "integer", "", ".summary.warn", 0},
	{"Error", "integer", "", ".summary.error", 0},
	{"Skip", "integer", "", ".summary.skip", 0},
	{"Age", "date", "", ".metadata.creationTimestamp", 0},
	{"Severity", "string", "", ".metadata.labels.severity", 1},
	{"Owner", "string", "", ".metadata.labels.owner", 1},
};
static const char *const report_names[] = {"polr", NULL};
static const char *const cluster_names[] = {"cpolr", NULL};

const pv_view report_reports = {
	.group = "wgpolicyk8s.io",
	.version = "v1alpha2",
	.kind = "PolicyReport",
	.plural = "policyreports",
	.singular = "policyreport",
	.short_names = report_names,
	.namespaced = true,
	.yields = true,
	.columns = columns,
	.n_columns = PV_LEN(columns),
	.list = list_reports,
	.heeds = heeds,
	.same = same,
};
const pv_view report_cluster_reports = {
	.group = "wgpolicyk8s.io",
	.version = "v1alpha2",
	.kind = "ClusterPolicyReport",
	.plural = "clusterpolicyreports",
	.singular = "clusterpolicyreport",
	.short_names = cluster_names,
	.yields = true,
	.columns = columns,
	.n_columns = PV_LEN(columns),
	.list = list_cluster_reports,
	.heeds = heeds,
	.same = same,
};
const pv_view report_findings = {
	.group = "governance.pave.dev",
	.version = "v1alpha1",
	.kind = "PolicyFinding",
	.plural = "policyfindings",
	.singular = "policyfinding",
	.namespaced = true,
	.columns = columns,
	.n_columns = PV_LEN(columns),
	.list = list_findings,
	.heeds = heeds,
	.same = same,
};
const pv_view report_cluster_findings = {
	.group = "governance.pave.dev",
	.version = "v1alpha1",
	.kind = "ClusterPolicyFinding",
	.plural = "clusterpolicyfindings",
	.singular = "clusterpolicyfinding",
	.columns = columns,
	.n_columns = PV_LEN(columns),
	.list = list_cluster_findings,
	.heeds = heeds,
	.same = same,
};
