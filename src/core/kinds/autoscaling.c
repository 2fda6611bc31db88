/* HorizontalPodAutoscalers (kubernetes pkg/apis/autoscaling/validation). */
#include "core/kinds/behaviour.h"
#include "core/kinds/names.h"
#include <string.h>

/* ---- what is not said (pkg/apis/autoscaling/v2/defaults.go) ---- */

static pv_val
cpu_metric(pv_arena *arena)
{
	pv_val v = pv_object_of(arena, NULL, 0, NULL, NULL);

	v = pv_with(arena, &v, "type", pv_string_ref("Resource"));
	v = pv_with_at(arena, &v, "resource.name", pv_string_ref("cpu"));
	v = pv_with_at(arena, &v, "resource.target.type", pv_string_ref("Utilization"));
	return pv_with_at(arena, &v, "resource.target.averageUtilization", pv_int(80));
}

static pv_val
policy(pv_arena *arena, const char *type, int64_t value)
{
	pv_objb b;

	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "type", type);
	pv_objb_put(&b, "value", pv_int(value));
	pv_objb_put(&b, "periodSeconds", pv_int(15));
	return pv_objb_end(&b);
}

/* Up: at once, by four Pods or to twice as many, whichever is more.  Down: to any number. */
static pv_val
with_rules(pv_arena *arena, const pv_val *spec, bool up)
{
	const char *name = up ? "scaleUp" : "scaleDown";
	const pv_val *said = pv_get(pv_get(spec, "behavior"), name);
	pv_val all[2] = {policy(arena, up ? "Pods" : "Percent", up ? 4 : 100), policy(arena, "Percent", 100)};
	pv_val rules = said ? *said : pv_object_of(arena, NULL, 0, NULL, NULL);

	if (up && !pv_get(&rules, "stabilizationWindowSeconds"))
		rules = pv_with(arena, &rules, "stabilizationWindowSeconds", pv_int(0));
	if (!pv_get(&rules, "selectPolicy"))
		rules = pv_with(arena, &rules, "selectPolicy", pv_string_ref("Max"));
	if (!pv_get(&rules, "policies"))
		rules = pv_with(arena, &rules, "policies", pv_list_of(arena, all, up ? 2 : 1));
	return pv_with(arena, spec, "behavior", pv_with(arena, pv_get(spec, "behavior"), name, rules));
}

/* Without metrics: 80 % of the requested CPU. */
const pv_val *
pv_hpa_fill(pv_ctx *cx, const pv_val *object)
{
	const pv_val *said = pv_get(object, "spec"), *behavior = pv_get(said, "behavior");
	pv_val spec, metric;

	if (!pv_streq(pv_text(pv_get(object, "apiVersion"), ""), "autoscaling/v2") || !pv_is(said, PV_OBJECT))
		return object;
	spec = *said;
	if (!pv_count(pv_get(&spec, "metrics"))) {
		metric = cpu_metric(cx->arena);
		spec = pv_with(cx->arena, &spec, "metrics", pv_list_of(cx->arena, &metric, 1));
	}
	if (pv_is(behavior, PV_OBJECT)) {
		spec = with_rules(cx->arena, &spec, true);
		spec = with_rules(cx->arena, &spec, false);
	}
	return pv_box(cx->arena, pv_with(cx->arena, object, "spec", spec));
}

/* ---- metrics ---- */

/* In the order in which upstream asks: it looks into the first that is there. */
static const struct metric_type {
	const char *type, *field;
	bool of_resource, must_average;
	const char *missing; /* what is said if it has no target */
} metrics[] = {
	{"Object", "object", false, false, "must set either a target value or averageValue"},
	{"External", "external", false, false,
	 "must set either a target value for metric or a per-pod target"},
	{"Pods", "pods", false, true, "must specify a positive target averageValue"},
	{"Resource", "resource", true, false, "must set either a target raw value or a target utilization"},
	{"ContainerResource", "containerResource", true, false,
	 "must set either a target raw value or a target utilization"},
};

static void
check_target(pv_faults *f, const pv_val *target, const char *path, const struct metric_type *m)
{
	const pv_val *use = pv_get(target, "averageUtilization"), *average = pv_get(target, "averageValue"),
		     *value = pv_get(target, "value");
	const char *other = m->of_resource ? "averageUtilization" : "averageValue";
	bool has_other = m->of_resource ? use != NULL : !m->must_average && value;
	pv_quantity q;

	if (use && pv_i64(use, 0) < 1)
		pv_fault_value(f, pv_below(f, path, "averageUtilization"), use, "must be greater than 0");
	if (pv_quantity_of(value, &q) && q.nano <= 0)
		pv_fault_value(f, pv_below(f, path, "value"), value, "must be positive");
	if (pv_quantity_of(average, &q) && q.nano <= 0)
		pv_fault_value(f, pv_below(f, path, "averageValue"), average, "must be positive");
	if (!average && !has_other)
		pv_required(f, pv_below(f, path, other), m->missing);
	else if (m->of_resource && use && average)
		pv_forbidden(f, pv_below(f, path, "averageValue"),
			     "may not set both a target raw value and a target utilization");
}

static void
check_source(pv_faults *f, const pv_val *source, const char *path, size_t k)
{
	const pv_val *target = pv_get(source, "target"), *name = pv_get(source, "name");
	const char *at = pv_below(f, path, "target");

	pv_faults_drop(f, pv_below(f, path, "metric.selector"));
	check_target(f, target, at, &metrics[k]);
	if (pv_streq(metrics[k].field, "external") && pv_get(target, "value") &&
	    pv_get(target, "averageValue"))
		pv_forbidden(f, pv_below(f, at, "value"),
			     "may not set both a target value for metric and a per-pod target");
	if (pv_streq(metrics[k].field, "containerResource") && *pv_text(name, ""))
		pv_resource_name_check(f, pv_strv(name), pv_below(f, path, "name"), true);
}

/* The member that the type names, and no other. */
static void
check_metric(pv_faults *f, const pv_val *metric, const char *path)
{
	const char *type = pv_text(pv_get(metric, "type"), "");
	size_t there = 0, seen = 0;

	for (size_t i = 0; i < PV_LEN(metrics); i++)
		there += pv_get(metric, metrics[i].field) != NULL;
	for (size_t i = 0; i < PV_LEN(metrics); i++) {
		const pv_val *source = pv_get(metric, metrics[i].field);
		const char *at = pv_below(f, path, metrics[i].field);
		bool wanted = pv_streq(type, metrics[i].type);

		if (source && seen++ > 0)
			pv_faults_drop(f, at);
		else if (source)
			check_source(f, source, at, i);
		if (wanted && !source)
			pv_required(f, at, "must populate information for the given metric source");
		else if (!wanted && source && there > 1)
			pv_forbidden(f, at, "must populate the given metric source only");
	}
}

static bool
counts_outside(const pv_val *list)
{
	for (size_t i = 0; i < pv_count(list); i++) {
		const char *type = pv_text_at(pv_item(list, i), "type", "");

		if (pv_streq(type, "Object") || pv_streq(type, "External"))
			return true;
	}
	return false;
}

/* ---- behaviour ---- */

static void
check_scaling(pv_faults *f, const pv_val *rules, const char *path)
{
	const pv_val *list = pv_get(rules, "policies");

	if (rules && !pv_count(list))
		pv_required(f, pv_below(f, path, "policies"), "must specify at least one Policy");
}

/* What scales lives in a group; only ReplicationControllers are older than groups. */
static void
check_scaled(pv_faults *f, const pv_val *ref)
{
	static const char path[] = "spec.scaleTargetRef.apiVersion";
	const pv_val *said = pv_get(ref, "apiVersion");
	const char *version = pv_text(said, ""), *slash = strchr(version, '/');
	pv_val none = pv_string_ref("");

	if (slash && strchr(slash + 1, '/'))
		pv_fault_value(f, path, said,
			       pv_printf(f->cx->arena, "unexpected GroupVersion string: %s", version));
	else if ((!slash || slash == version) &&
		 !(pv_streq(version, "v1") &&
		   pv_streq(pv_text(pv_get(ref, "kind"), ""), "ReplicationController")))
		pv_fault_value(f, path, said ? said : &none, "apiVersion must specify API group");
}

size_t
pv_hpa_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *spec = pv_get(object, "spec"), *max = pv_get(spec, "maxReplicas"),
		     *list = pv_get(spec, "metrics"),
		     *percent = pv_get(spec, "targetCPUUtilizationPercentage"); /* of autoscaling/v1 */
	pv_val shown = pv_int(pv_i64(max, 0));

	(void)old;
	if (pv_i64(max, 0) < 1)
		pv_fault_value(f, "spec.maxReplicas", &shown, "must be greater than 0");
	if (pv_i64(max, 0) < pv_i64(pv_get(spec, "minReplicas"), 1))
		pv_fault_value(f, "spec.maxReplicas", &shown,
			       "must be greater than or equal to `minReplicas`");
	check_scaled(f, pv_get(spec, "scaleTargetRef"));
	if (percent && pv_i64(percent, 0) < 1)
		pv_fault_value(f, "spec.metrics[0].resource.target.averageUtilization", percent,
			       "must be greater than 0");
	for (size_t i = 0; i < pv_count(list); i++)
		check_metric(f, pv_item(list, i), pv_nth(f, "spec.metrics", i));
	if (pv_i64(pv_get(spec, "minReplicas"), 1) == 0 && !counts_outside(list))
		pv_forbidden(f, "spec.metrics",
			     "must specify at least one Object or External metric to support scaling to zero "
			     "replicas");
	check_scaling(f, pv_at(spec, "behavior.scaleUp"), "spec.behavior.scaleUp");
	check_scaling(f, pv_at(spec, "behavior.scaleDown"), "spec.behavior.scaleDown");
	return f->n;
}
