/* Workloads and what scales them. */
#include "base/str.h"
#include "base/time.h"
#include "core/kinds/cells.h"

#define COUNT(fn, path) \
	pv_val pv_cell_##fn(const cell *c) \
	{ \
		return pv_cell_count(c, path); \
	}

COUNT(desired, "spec.replicas")
COUNT(current, "status.replicas")
COUNT(ready, "status.readyReplicas")
COUNT(updated, "status.updatedReplicas")
COUNT(available_count, "status.availableReplicas")
COUNT(ds_desired, "status.desiredNumberScheduled")
COUNT(ds_current, "status.currentNumberScheduled")
COUNT(ds_ready, "status.numberReady")
COUNT(ds_updated, "status.updatedNumberScheduled")
COUNT(ds_available, "status.numberAvailable")
COUNT(hpa_replicas, "status.currentReplicas")
COUNT(pdb_allowed, "status.disruptionsAllowed")

pv_val
pv_cell_ready_of(const cell *c)
{
	return pv_stringf(c->cx->arena, "%lld/%lld",
			  (long long)pv_i64_at(c->object, "status.readyReplicas", 0),
			  (long long)pv_i64_at(c->object, "spec.replicas", 0));
}

/* ---- templates ---- */

static pv_val
each_container(const cell *c, const char *path, const char *field)
{
	return pv_cell_each(c, pv_at(c->object, path), field, ",", "");
}

pv_val
pv_cell_containers(const cell *c)
{
	return each_container(c, "spec.template.spec.containers", "name");
}

pv_val
pv_cell_images(const cell *c)
{
	return each_container(c, "spec.template.spec.containers", "image");
}

pv_val
pv_cell_cron_containers(const cell *c)
{
	return each_container(c, "spec.jobTemplate.spec.template.spec.containers", "name");
}

pv_val
pv_cell_cron_images(const cell *c)
{
	return each_container(c, "spec.jobTemplate.spec.template.spec.containers", "image");
}

pv_val
pv_cell_template_containers(const cell *c)
{
	return each_container(c, "template.spec.containers", "name");
}

pv_val
pv_cell_template_images(const cell *c)
{
	return each_container(c, "template.spec.containers", "image");
}

pv_val
pv_cell_template_labels(const cell *c)
{
	const char *labels = pv_cell_pairs(c, pv_at(c->object, "template.metadata.labels"));

	return pv_cell_text(c, *labels ? labels : "<none>");
}

pv_val
pv_cell_selector_of(const cell *c)
{
	return pv_cell_text(c, pv_cell_selector(c, pv_at(c->object, "spec.selector")));
}

pv_val
pv_cell_cron_selector(const cell *c)
{
	return pv_cell_text(c, pv_cell_selector(c, pv_at(c->object, "spec.jobTemplate.spec.selector")));
}

pv_val
pv_cell_map_selector(const cell *c)
{
	const char *pairs = pv_cell_pairs(c, pv_at(c->object, "spec.selector"));

	return pv_cell_text(c, *pairs ? pairs : "<none>");
}

pv_val
pv_cell_ds_nodes(const cell *c)
{
	const char *pairs = pv_cell_pairs(c, pv_at(c->object, "spec.template.spec.nodeSelector"));

	return pv_cell_text(c, *pairs ? pairs : "<none>");
}

pv_val
pv_cell_controller(const cell *c)
{
	const pv_val *owners = pv_at(c->object, "metadata.ownerReferences");

	for (size_t i = 0; i < pv_count(owners); i++) {
		const pv_val *owner = pv_item(owners, i);
		const char *version = pv_text(pv_get(owner, "apiVersion"), "");
		pv_str rest = pv_str_of(version), group;

		if (!pv_truth(pv_get(owner, "controller"), false))
			continue;
		pv_str_next(&rest, '/', &group);
		return pv_stringf(c->cx->arena, "%s%s%.*s/%s",
				  pv_str_lower(c->cx->arena, pv_text(pv_get(owner, "kind"), "")),
				  rest.len ? "." : "", rest.len ? (int)group.len : 0, group.s,
				  pv_text(pv_get(owner, "name"), ""));
	}
	return pv_cell_text(c, "<none>");
}

/* ---- jobs ---- */

static bool
is_true(const cell *c, const char *type)
{
	const pv_val *condition = pv_cell_condition(pv_at(c->object, "status.conditions"), type);

	return pv_streq(pv_text(pv_get(condition, "status"), ""), "True");
}

pv_val
pv_cell_job_status(const cell *c)
{
	static const struct {
		const char *condition, *shown;
	} states[] = {
		{"Complete", "Complete"},
		{"Failed", "Failed"},
		{"Suspended", "Suspended"},
		{"FailureTarget", "FailureTarget"},
		{"SuccessCriteriaMet", "SuccessCriteriaMet"},
	};

	for (size_t i = 0; i < 2; i++)
		if (is_true(c, states[i].condition))
			return pv_cell_text(c, states[i].shown);
	if (pv_at(c->object, "metadata.deletionTimestamp"))
		return pv_cell_text(c, "Terminating");
	for (size_t i = 2; i < PV_LEN(states); i++)
		if (is_true(c, states[i].condition))
			return pv_cell_text(c, states[i].shown);
	return pv_cell_text(c, "Running");
}

pv_val
pv_cell_job_completions(const cell *c)
{
	const pv_val *completions = pv_at(c->object, "spec.completions");
	long long done = (long long)pv_i64_at(c->object, "status.succeeded", 0);
	int64_t parallel = pv_i64_at(c->object, "spec.parallelism", 0);

	if (pv_is(completions, PV_NUMBER))
		return pv_stringf(c->cx->arena, "%lld/%lld", done, (long long)pv_i64(completions, 0));
	if (parallel > 1)
		return pv_stringf(c->cx->arena, "%lld/1 of %lld", done, (long long)parallel);
	return pv_stringf(c->cx->arena, "%lld/1", done);
}

pv_val
pv_cell_job_duration(const cell *c)
{
	const char *began = pv_text_at(c->object, "status.startTime", ""), *ended;
	const pv_val *failed = pv_cell_condition(pv_at(c->object, "status.conditions"), "Failed");
	int64_t from, to = c->now;

	if (!pv_time_parse(pv_str_of(began), &from))
		return pv_cell_text(c, "");
	ended = pv_text_at(c->object, "status.completionTime", "");
	if (!*ended && is_true(c, "Failed"))
		ended = pv_text(pv_get(failed, "lastTransitionTime"), "");
	if (*ended && !pv_time_parse(pv_str_of(ended), &to))
		to = c->now;
	return pv_cell_text(c, pv_age_format(c->cx->arena, to - from));
}

pv_val
pv_cell_cron_zone(const cell *c)
{
	return pv_cell_or(c, "spec.timeZone", "<none>");
}

pv_val
pv_cell_cron_suspend(const cell *c)
{
	return pv_cell_text(c, pv_truth_at(c->object, "spec.suspend", false) ? "True" : "False");
}

pv_val
pv_cell_cron_active(const cell *c)
{
	return pv_int((int64_t)pv_count(pv_at(c->object, "status.active")));
}

pv_val
pv_cell_cron_last(const cell *c)
{
	const char *last = pv_text_at(c->object, "status.lastScheduleTime", "");

	return *last ? pv_cell_since(c, last) : pv_cell_text(c, "<none>");
}

/* ---- scaling and disruption ---- */

pv_val
pv_cell_hpa_reference(const cell *c)
{
	return pv_stringf(c->cx->arena, "%s/%s", pv_text_at(c->object, "spec.scaleTargetRef.kind", ""),
			  pv_text_at(c->object, "spec.scaleTargetRef.name", ""));
}

pv_val
pv_cell_hpa_min(const cell *c)
{
	const pv_val *min = pv_at(c->object, "spec.minReplicas");

	return pv_cell_text(c, pv_is(min, PV_NUMBER) ? pv_cell_scalar(c, min) : "<unset>");
}

/* "cpu: 12%/80%" of one metric and its observation. */
static void
add_target(const cell *c, pv_buf *b, const pv_val *metric, const pv_val *seen)
{
	const char *type = pv_text(pv_get(metric, "type"), "");
	bool resource = pv_streq(type, "Resource");
	const pv_val *m = resource ? pv_get(metric, "resource") : pv_get(metric, "containerResource");
	const pv_val *s = resource ? pv_get(seen, "resource") : pv_get(seen, "containerResource");
	const pv_val *want = pv_at(m, "target.averageUtilization"),
		     *have = pv_at(s, "current.averageUtilization");

	if (m && want) {
		pv_cell_join(b, ", ", pv_text(pv_get(m, "name"), ""));
		pv_buf_printf(b, ": %s/%s%%",
			      have ? pv_printf(c->cx->arena, "%s%%", pv_cell_scalar(c, have)) : "<unknown>",
			      pv_cell_scalar(c, want));
		return;
	}
	if (m) {
		pv_cell_join(b, ", ", pv_text(pv_get(m, "name"), ""));
		pv_buf_printf(b, ": %s/%s", pv_text_at(s, "current.averageValue", "<unknown>"),
			      pv_text_at(m, "target.averageValue", "<auto>"));
		return;
	}
	pv_cell_join(b, ", ", "<unknown>/<auto>");
}

pv_val
pv_cell_hpa_targets(const cell *c)
{
	const pv_val *metrics = pv_at(c->object, "spec.metrics"),
		     *seen = pv_at(c->object, "status.currentMetrics");
	const pv_val *percent = pv_at(c->object, "spec.targetCPUUtilizationPercentage");
	const pv_val *now = pv_at(c->object, "status.currentCPUUtilizationPercentage");
	const size_t shown = 2; /* as much as a row is wide */
	pv_buf b;

	pv_buf_init(&b, c->cx->arena);
	if (percent)
		pv_buf_printf(&b, "cpu: %s/%s%%",
			      now ? pv_printf(c->cx->arena, "%s%%", pv_cell_scalar(c, now)) : "<unknown>",
			      pv_cell_scalar(c, percent));
	for (size_t i = 0; i < pv_count(metrics) && i < shown; i++)
		add_target(c, &b, pv_item(metrics, i), pv_item(seen, i));
	if (pv_count(metrics) > shown)
		pv_buf_printf(&b, " + %zu more...", pv_count(metrics) - shown);
	return pv_cell_joined(c, &b, "<none>");
}

static pv_val
or_na(const cell *c, const char *path)
{
	const pv_val *v = pv_at(c->object, path);

	return pv_cell_text(c, v ? pv_cell_scalar(c, v) : "N/A");
}

pv_val
pv_cell_pdb_min(const cell *c)
{
	return or_na(c, "spec.minAvailable");
}

pv_val
pv_cell_pdb_max(const cell *c)
{
	return or_na(c, "spec.maxUnavailable");
}

/* ---- claims of devices ---- */

pv_val
pv_cell_claim_state(const cell *c)
{
	bool ends = pv_at(c->object, "metadata.deletionTimestamp") != NULL;
	pv_buf b;

	pv_buf_init(&b, c->cx->arena);
	if (ends)
		pv_cell_join(&b, ",", "deleted");
	if (pv_at(c->object, "status.allocation"))
		pv_cell_join(&b, ",", "allocated");
	else if (!ends)
		pv_cell_join(&b, ",", "pending");
	if (pv_at(c->object, "status.allocation") && pv_count(pv_at(c->object, "status.reservedFor")))
		pv_cell_join(&b, ",", "reserved");
	return pv_cell_joined(c, &b, "");
}
