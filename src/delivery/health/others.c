/* others: Ingress, Service, PersistentVolumeClaim, autoscalers, APIService, Workflow. */
#include "base/str.h"
#include "core/reconcile/reconcile.h"
#include "delivery/health/check.h"
#include "lang/json/json.h"

verdict
check_ingress(pv_ctx *cx PV_UNUSED, const pv_val *i)
{
	return is(pv_count(pv_at(i, "status.loadBalancer.ingress")) ? HEALTHY : PROGRESSING, "");
}

verdict
check_service(pv_ctx *cx PV_UNUSED, const pv_val *s)
{
	if (!pv_streq(pv_text_at(s, "spec.type", ""), "LoadBalancer"))
		return is(HEALTHY, "");
	return is(pv_count(pv_at(s, "status.loadBalancer.ingress")) ? HEALTHY : PROGRESSING, "");
}

verdict
check_claim(pv_ctx *cx PV_UNUSED, const pv_val *c)
{
	const char *phase = pv_text_at(c, "status.phase", "");
	if (pv_streq(phase, "Lost"))
		return is(DEGRADED, "");
	if (pv_streq(phase, "Pending"))
		return is(PROGRESSING, "");
	return is(pv_streq(phase, "Bound") ? HEALTHY : HEALTH_UNKNOWN, "");
}

/* ---- autoscalers ---- */

static bool
is_fault(const pv_val *condition)
{
	static const struct {
		const char *type, *reason;
	} faults[] = {
		{"AbleToScale", "FailedGetScale"},
		{"AbleToScale", "FailedUpdateScale"},
		{"ScalingActive", "FailedGetResourceMetric"},
		{"ScalingActive", "FailedGetPodsMetric"},
		{"ScalingActive", "FailedGetObjectMetric"},
		{"ScalingActive", "FailedGetExternalMetric"},
		{"ScalingActive", "FailedComputeMetricsReplicas"},
		{"ScalingActive", "InvalidSelector"},
	};
	const char *type = pv_text_at(condition, "type", ""), *reason = pv_text_at(condition, "reason", "");
	for (size_t i = 0; i < PV_LEN(faults); i++)
		if (pv_streq(type, faults[i].type) && pv_streq(reason, faults[i].reason))
			return true;
	return false;
}

static bool
is_well(const pv_val *condition)
{
	const char *type = pv_text_at(condition, "type", "");
	return (pv_streq(type, "AbleToScale") || pv_streq(type, "ScalingLimited")) &&
	       pv_streq(pv_text_at(condition, "status", ""), "True");
}

static verdict
by_conditions(const pv_val *conditions)
{
	for (size_t i = 0; i < pv_count(conditions); i++)
		if (is_fault(pv_item(conditions, i)))
			return is(DEGRADED, pv_text_at(pv_item(conditions, i), "message", ""));
	for (size_t i = 0; i < pv_count(conditions); i++)
		if (is_well(pv_item(conditions, i)))
			return is(HEALTHY, pv_text_at(pv_item(conditions, i), "message", ""));
	return is(PROGRESSING, "Waiting to Autoscale");
}

/* Version 1 keeps its conditions as JSON in an annotation. */
verdict
check_autoscaler(pv_ctx *cx, const pv_val *hpa)
{
	const pv_val *conditions = pv_at(hpa, "status.conditions");
	const char *text = pv_text(
		pv_get(pv_at(hpa, "metadata.annotations"), "autoscaling.alpha.kubernetes.io/conditions"),
		NULL);
	if (!pv_streq(pv_text_at(hpa, "apiVersion", ""), "autoscaling/v1"))
		return by_conditions(conditions);
	if (!text || !*text)
		return is(PROGRESSING, "Waiting to Autoscale");
	if (pv_json_parse(cx, pv_str_of(text), NULL, &conditions) < 0) {
		const char *message =
			pv_printf(cx->arena, "failed to parse conditions annotation: %s", pv_error_text(cx));
		pv_recover(cx);
		return is(HEALTH_UNKNOWN, message);
	}
	return by_conditions(conditions);
}

verdict
check_apiservice(pv_ctx *cx, const pv_val *s)
{
	const pv_val *available = pv_condition_find(pv_at(s, "status.conditions"), "Available");
	if (!available)
		return is(PROGRESSING, "Waiting to be processed");
	return is(pv_streq(pv_text_at(available, "status", ""), "True") ? HEALTHY : PROGRESSING,
		  pv_printf(cx->arena, "%s: %s", pv_text_at(available, "reason", ""),
			    pv_text_at(available, "message", "")));
}

verdict
check_workflow(pv_ctx *cx PV_UNUSED, const pv_val *w)
{
	const char *phase = pv_text_at(w, "status.phase", ""), *message = pv_text_at(w, "status.message", "");
	if (!*phase || pv_streq(phase, "Pending") || pv_streq(phase, "Running"))
		return is(PROGRESSING, message);
	if (pv_streq(phase, "Succeeded"))
		return is(HEALTHY, message);
	if (pv_streq(phase, "Failed") || pv_streq(phase, "Error"))
		return is(DEGRADED, message);
	return is(HEALTH_UNKNOWN, message);
}
