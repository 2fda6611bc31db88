/* HorizontalPodAutoscalers (kubernetes pkg/apis/autoscaling/validation). */
#include "core/kinds/behaviour.h"
#include "core/kinds/names.h"

/* Without metrics: 80 % of the requested CPU. */
const pv_val *
pv_hpa_fill(pv_ctx *cx, const pv_val *object)
{
	pv_objb target, resource, metric;
	pv_val v;

	if (!pv_streq(pv_text(pv_get(object, "apiVersion"), ""), "autoscaling/v2") ||
	    pv_count(pv_at(object, "spec.metrics")) || !pv_is(pv_get(object, "spec"), PV_OBJECT))
		return object;
	pv_objb_init(&target, cx->arena);
	pv_objb_puts(&target, "type", "Utilization");
	pv_objb_put(&target, "averageUtilization", pv_int(80));
	pv_objb_init(&resource, cx->arena);
	pv_objb_puts(&resource, "name", "cpu");
	pv_objb_put(&resource, "target", pv_objb_end(&target));
	pv_objb_init(&metric, cx->arena);
	pv_objb_puts(&metric, "type", "Resource");
	pv_objb_put(&metric, "resource", pv_objb_end(&resource));
	v = pv_objb_end(&metric);
	return pv_box(cx->arena, pv_with_at(cx->arena, object, "spec.metrics", pv_list_of(cx->arena, &v, 1)));
}

/* ---- metrics ---- */

static void
check_target(pv_faults *f, const pv_val *target, const char *path, bool of_resource, bool must_average)
{
	const pv_val *use = pv_get(target, "averageUtilization"), *average = pv_get(target, "averageValue"),
		     *value = pv_get(target, "value");
	const char *other = of_resource ? "averageUtilization" : "averageValue";
	pv_quantity q;

	if (use && pv_i64(use, 0) < 1)
		pv_fault_value(f, pv_below(f, path, "averageUtilization"), use, "must be greater than 0");
	if (pv_quantity_of(value, &q) && q.nano <= 0)
		pv_fault_value(f, pv_below(f, path, "value"), value, "must be positive");
	if (pv_quantity_of(average, &q) && q.nano <= 0)
		pv_fault_value(f, pv_below(f, path, "averageValue"), average, "must be positive");
	if (must_average && !average)
		pv_required(f, pv_below(f, path, "averageValue"),
			    "must specify a positive target averageValue");
	else if (of_resource && use && average)
		pv_forbidden(f, pv_below(f, path, "averageValue"),
			     "may not set both a target raw value and a target utilization");
	else if (of_resource ? !use && !average : !must_average && !value && !average)
		pv_required(f, pv_below(f, path, other),
			    of_resource ? "must set either a target raw value or a target utilization"
					: "must set either a target value or averageValue");
}

static const struct {
	const char *type, *field;
	bool of_resource, must_average;
} metrics[] = {
	{"ContainerResource", "containerResource", true, false},
	{"External", "external", false, false},
	{"Object", "object", false, false},
	{"Pods", "pods", false, true},
	{"Resource", "resource", true, false},
};

/* The member that the type names, and no other. */
static void
check_metric(pv_faults *f, const pv_val *metric, const char *path)
{
	const char *type = pv_text(pv_get(metric, "type"), "");

	for (size_t i = 0; i < PV_LEN(metrics); i++) {
		const pv_val *source = pv_get(metric, metrics[i].field);
		const char *at = pv_below(f, path, metrics[i].field);
		bool wanted = pv_streq(type, metrics[i].type);

		if (wanted && !source)
			pv_required(f, at, "must populate information for the given metric source");
		else if (!wanted && source && *type)
			pv_forbidden(f, at, "must populate the given metric source only");
		if (source)
			check_target(f, pv_get(source, "target"), pv_below(f, at, "target"),
				     metrics[i].of_resource, metrics[i].must_average);
	}
}

/* ---- behaviour ---- */

static void
check_scaling(pv_faults *f, const pv_val *rules, const char *path)
{
	const pv_val *list = pv_get(rules, "policies");

	if (rules && !pv_count(list))
		pv_required(f, pv_below(f, path, "policies"), "must specify at least one Policy");
}

size_t
pv_hpa_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *spec = pv_get(object, "spec"), *max = pv_get(spec, "maxReplicas"),
		     *list = pv_get(spec, "metrics");
	pv_val shown = pv_int(pv_i64(max, 0));

	(void)old;
	if (pv_i64(max, 0) < 1)
		pv_fault_value(f, "spec.maxReplicas", &shown, "must be greater than 0");
	if (pv_i64(max, 0) < pv_i64(pv_get(spec, "minReplicas"), 1))
		pv_fault_value(f, "spec.maxReplicas", &shown,
			       "must be greater than or equal to `minReplicas`");
	for (size_t i = 0; i < pv_count(list); i++)
		check_metric(f, pv_item(list, i), pv_nth(f, "spec.metrics", i));
	check_scaling(f, pv_at(spec, "behavior.scaleUp"), "spec.behavior.scaleUp");
	check_scaling(f, pv_at(spec, "behavior.scaleDown"), "spec.behavior.scaleDown");
	return f->n;
}
