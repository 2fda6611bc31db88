/* standing: how the platform's configuration stands, said on its Secret, in metrics and by `pave why`: is it in
 * force, which revision of which bundle is, what keeps a newer one from it. */
#include "base/str.h"
#include "base/time.h"
#include "governance/opa/platform.h"
#include "lang/json/json.h"

#define FACT "opa-status"
#define STATUS_ANNOTATION "openpolicyagent.org/status"
#define INTERVAL (2 * PV_SEC)

/* Without times: it is another one only when something changed. */
static pv_val
bundle_standing(pv_ctx *cx, const pv_val *status)
{
	pv_objb o;
	pv_objb_init(&o, cx->arena);
	const char *error = pv_text_at(status, "message", NULL),
		   *revision = pv_text_at(status, "active_revision", NULL);
	bool active = pv_get(status, "last_successful_activation");
	pv_objb_puts(&o, "state", error ? "error" : active ? "ok" : "waiting");
	pv_objb_puts(&o, "revision", revision);
	pv_objb_puts(&o, "error", error);
	return pv_objb_end(&o);
}

static int
find(pv_ctx *cx, pv_facts *facts, const pv_val *args PV_UNUSED, const pv_val *previous PV_UNUSED, pv_val *ret)
{
	pv_api *api = pv_facts_api(facts);
	const opa_setup *setup = opa_platform_setup(cx, api);
	pv_val status = opa_plugins_status(cx, setup->plugins);
	const pv_vec *confs = &setup->conf.plugins.bundles;
	pv_objb o, bundles;
	pv_objb_init(&o, cx->arena);
	pv_objb_init(&bundles, cx->arena);
	for (size_t i = 0; i < confs->len; i++) {
		const char *name = PV_AT(opa_bundle_conf, confs, i)->name;
		pv_objb_put(&bundles, name, bundle_standing(cx, pv_get(pv_get(&status, "bundles"), name)));
	}
	pv_objb_puts(&o, "error", opa_platform_fault(cx, api));
	if (bundles.len)
		pv_objb_put(&o, "bundles", pv_objb_end(&bundles));
	pv_objb_puts(&o, "decision_logs", pv_text_at(&status, "decision_logs.message", NULL));
	*ret = pv_objb_end(&o);
	return 0;
}

const pv_fact_kind opa_status_fact = {.name = FACT, .find = find, .refresh_ns = INTERVAL};

/* ---- on the Secret ---- */

static void
put_piece(pv_buf *b, const char *fmt, const char *name, const char *text)
{
	if (b->len)
		pv_buf_adds(b, "; ");
	pv_buf_adds(b, fmt);
	pv_buf_adds(b, name);
	pv_buf_adds(b, ": ");
	pv_buf_adds(b, text);
}

/* What is wrong, of all of it; "" if nothing is. */
static const char *
faults(pv_ctx *cx, const pv_val *found)
{
	const pv_val *bundles = pv_get(found, "bundles");
	const char *text = pv_text_at(found, "error", NULL);
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	if (text)
		put_piece(&b, "", "not in force", text);
	for (size_t i = 0; i < pv_member_count(bundles); i++)
		if ((text = pv_text_at(&bundles->members[i].val, "error", NULL)) != NULL)
			put_piece(&b, "bundle ", bundles->members[i].key.s, text);
	if ((text = pv_text_at(found, "decision_logs", NULL)) != NULL)
		put_piece(&b, "", "decision logs", text);
	return b.len ? b.s : "";
}

static int
reconcile(pv_ctx *cx, const pv_val *secret, pv_plan *plan)
{
	const pv_key key = {"/Secret", pv_text_at(secret, "metadata.namespace", ""),
			    pv_text_at(secret, "metadata.name", "")};
	pv_val args = pv_object_of(cx->arena, NULL, 0, NULL, NULL);
	const pv_val *found;
	if (!opa_platform_is_config(&key))
		return 0;
	int r = pv_plan_fact(cx, plan, FACT, &args, &found);
	if (r <= 0)
		return r < 0 ? pv_plan_fail(cx, plan, "StatusError") : 0;
	const char *text = pv_json_text(cx->arena, found), *wrong = faults(cx, found);
	pv_plan_reason(cx, plan, "%s",
		       *wrong ? wrong : "the configuration is in force, and every bundle of it");
	if (pv_plan_annotate(cx, plan, secret, STATUS_ANNOTATION, text) && *wrong)
		pv_plan_event(cx, plan, "Warning", "PolicyConfiguration", "%s", wrong);
	return 0;
}

const pv_controller opa_config_controller = {
	.name = "opa-config",
	.kind = "v1/Secret",
	.needle = OPA_CONFIG_NAME,
	.reconcile = reconcile,
};

/* ---- metrics ---- */

static double
bundles_with(const pv_val *status, const char *member)
{
	const pv_val *bundles = pv_get(status, "bundles");
	double n = 0;
	for (size_t i = 0; i < pv_member_count(bundles); i++)
		n += pv_get(&bundles->members[i].val, member) ? 1 : 0;
	return n;
}

static double
decisions(const pv_val *status, const char *counter)
{
	return (double)pv_i64(pv_get(pv_at(status, "decision_logs.metrics"), counter), 0);
}

static double
count(pv_api *api, double (*of)(const pv_val *status, const char *name), const char *name)
{
	pv_ctx cx;
	pv_ctx_init(&cx, "metrics");
	pv_val status = opa_plugins_status(&cx, opa_platform_setup(&cx, api)->plugins);
	double n = of(&status, name);
	pv_ctx_done(&cx);
	return n;
}

static double
active(pv_api *api)
{
	return count(api, bundles_with, "last_successful_activation");
}

static double
failing(pv_api *api)
{
	return count(api, bundles_with, "code");
}

static double
sent(pv_api *api)
{
	return count(api, decisions, "counter_decision_logs_sent");
}

static double
dropped(pv_api *api)
{
	return count(api, decisions, "counter_decision_logs_dropped");
}

static double
refused(pv_api *api)
{
	return count(api, decisions, "counter_decision_logs_upload_errors");
}

const pv_metric_row opa_metric_rows[] = {
	{"pave_opa_bundles_active", "gauge", "Bundles of policies that are in force.", active},
	{"pave_opa_bundles_failing", "gauge", "Bundles whose newest could not be brought or put in force.",
	 failing},
	{"pave_opa_decisions_sent_total", "counter", "Decisions that the service of the log took.", sent},
	{"pave_opa_decisions_dropped_total", "counter", "Decisions that found no room to wait.", dropped},
	{"pave_opa_decision_upload_errors_total", "counter", "Batches of decisions that were not taken.",
	 refused},
	{0},
};
