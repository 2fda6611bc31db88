/* autoscaler: HorizontalPodAutoscalers in both versions.  autoscaling/v1 has fields for the CPU's utilisation
 * alone; the rest of what v2 says is carried in annotations, in the shapes that v1 once had for it, so that
 * a write through v1 loses nothing (kubernetes pkg/apis/autoscaling/v1/conversion.go). */
#include "base/str.h"
#include "core/resource/impl.h"
#include "lang/json/json.h"

#define PREFIX "autoscaling.alpha.kubernetes.io/"
#define PERCENT "targetCPUUtilizationPercentage"
#define CURRENT_PERCENT "currentCPUUtilizationPercentage"

static const struct {
	const char *source, *v1, *v2; /* a field of spec.metrics[].SOURCE, and the path of it in v2 */
} wanted[] =
	{
		{"resource", "name", "name"},
		{"resource", "targetAverageUtilization", "target.averageUtilization"},
		{"resource", "targetAverageValue", "target.averageValue"},
		{"containerResource", "name", "name"},
		{"containerResource", "container", "container"},
		{"containerResource", "targetAverageUtilization", "target.averageUtilization"},
		{"containerResource", "targetAverageValue", "target.averageValue"},
		{"pods", "metricName", "metric.name"},
		{"pods", "selector", "metric.selector"},
		{"pods", "targetAverageValue", "target.averageValue"},
		{"object", "target", "describedObject"},
		{"object", "metricName", "metric.name"},
		{"object", "selector", "metric.selector"},
		{"object", "targetValue", "target.value"},
		{"object", "averageValue", "target.averageValue"},
		{"external", "metricName", "metric.name"},
		{"external", "metricSelector", "metric.selector"},
		{"external", "targetValue", "target.value"},
		{"external", "targetAverageValue", "target.averageValue"},
},
  found[] = {
	  /* the same of status.currentMetrics[] */
	  {"resource", "name", "name"},
	  {"resource", "currentAverageUtilization", "current.averageUtilization"},
	  {"resource", "currentAverageValue", "current.averageValue"},
	  {"containerResource", "name", "name"},
	  {"containerResource", "container", "container"},
	  {"containerResource", "currentAverageUtilization", "current.averageUtilization"},
	  {"containerResource", "currentAverageValue", "current.averageValue"},
	  {"pods", "metricName", "metric.name"},
	  {"pods", "selector", "metric.selector"},
	  {"pods", "currentAverageValue", "current.averageValue"},
	  {"object", "target", "describedObject"},
	  {"object", "metricName", "metric.name"},
	  {"object", "selector", "metric.selector"},
	  {"object", "currentValue", "current.value"},
	  {"object", "averageValue", "current.averageValue"},
	  {"external", "metricName", "metric.name"},
	  {"external", "metricSelector", "metric.selector"},
	  {"external", "currentValue", "current.value"},
	  {"external", "currentAverageValue", "current.averageValue"},
};
#define ROWS PV_LEN(wanted)
_Static_assert(PV_LEN(found) == ROWS, "one loop goes over either");

static const char *const sources[] = {"resource", "containerResource", "pods", "object", "external"};

/* ---- one metric ---- */

static pv_val
target_type(const pv_val *target)
{
	return pv_string_ref(pv_get(target, "averageUtilization") ? "Utilization"
			     : pv_get(target, "averageValue")     ? "AverageValue"
								  : "Value");
}

static pv_val
source_as(pv_arena *arena, const char *name, const pv_val *source, bool status, bool to_v2)
{
	pv_val made = pv_object_of(arena, NULL, 0, NULL, NULL);

	for (size_t i = 0; i < ROWS; i++) {
		const char *v1 = status ? found[i].v1 : wanted[i].v1,
			   *v2 = status ? found[i].v2 : wanted[i].v2;
		const pv_val *v = pv_at(source, to_v2 ? v1 : v2);

		if (v && pv_streq(status ? found[i].source : wanted[i].source, name))
			made = pv_with_at(arena, &made, to_v2 ? v2 : v1, *v);
	}
	if (to_v2 && !status && pv_get(&made, "target"))
		made = pv_with_at(arena, &made, "target.type", target_type(pv_get(&made, "target")));
	return made;
}

static pv_val
metric_as(pv_arena *arena, const pv_val *metric, bool status, bool to_v2)
{
	pv_val made = *metric;

	for (size_t i = 0; i < PV_LEN(sources); i++)
		if (pv_get(metric, sources[i]))
			made = pv_with(
				arena, &made, sources[i],
				source_as(arena, sources[i], pv_get(metric, sources[i]), status, to_v2));
	return made;
}

/* What the CPU's utilisation has a field for in v1; NULL if the metric is another. */
static const pv_val *
cpu_percent(const pv_val *metric, const char *path)
{
	if (!pv_streq(pv_text_at(metric, "resource.name", ""), "cpu"))
		return NULL;
	return pv_at(metric, path);
}

static pv_val
cpu_metric(pv_arena *arena, const pv_val *percent)
{
	pv_val made = pv_object_of(arena, NULL, 0, NULL, NULL);

	made = pv_with(arena, &made, "type", pv_string_ref("Resource"));
	made = pv_with_at(arena, &made, "resource.name", pv_string_ref("cpu"));
	made = pv_with_at(arena, &made, "resource.target.type", pv_string_ref("Utilization"));
	return pv_with_at(arena, &made, "resource.target.averageUtilization", *percent);
}

/* ---- annotations ---- */

static pv_val
with_note(pv_arena *arena, const pv_val *object, const char *name, const pv_val *v)
{
	const pv_val *notes = pv_at(object, "metadata.annotations");
	pv_val none = pv_object_of(arena, NULL, 0, NULL, NULL);

	if (!v || pv_count(v) == 0)
		return *object;
	none = pv_with(arena, notes ? notes : &none, pv_printf(arena, PREFIX "%s", name),
		       pv_string_ref(pv_json_text(arena, v)));
	return pv_with_at(arena, object, "metadata.annotations", none);
}

/* NULL: there is none, or none that can be read, which upstream passes over, too. */
static const pv_val *
note(pv_ctx *cx, const pv_val *object, const char *name)
{
	const pv_val *text = pv_get(pv_at(object, "metadata.annotations"),
				    pv_printf(cx->arena, PREFIX "%s", name)),
		     *v = NULL;

	if (!pv_is(text, PV_STRING))
		return NULL;
	if (pv_json_parse(cx, pv_strv(text), NULL, &v) < 0)
		(void)pv_recover(cx);
	return v;
}

static pv_val
without_notes(pv_arena *arena, const pv_val *object)
{
	static const char *const names[] = {"metrics", "behavior", "current-metrics", "conditions"};
	const pv_val *notes = pv_at(object, "metadata.annotations");
	pv_val left;

	if (!pv_is(notes, PV_OBJECT))
		return *object;
	left = *notes;
	for (size_t i = 0; i < PV_LEN(names); i++)
		left = pv_without(arena, &left, pv_printf(arena, PREFIX "%s", names[i]));
	return pv_count(&left) ? pv_with_at(arena, object, "metadata.annotations", left)
			       : pv_without_at(arena, object, "metadata.annotations");
}

/* ---- the whole ---- */

static pv_val
metrics_as(pv_arena *arena, const pv_val *metrics, bool status, bool to_v2)
{
	const char *percent =
		status ? "resource.current.averageUtilization" : "resource.target.averageUtilization";
	pv_listb list;

	pv_listb_init(&list, arena);
	for (size_t i = 0; pv_is(metrics, PV_LIST) && i < pv_count(metrics); i++)
		if (to_v2 || !cpu_percent(pv_item(metrics, i), percent))
			pv_listb_add(&list, metric_as(arena, pv_item(metrics, i), status, to_v2));
	return pv_listb_end(&list);
}

static pv_val
with_percent(pv_arena *arena, const pv_val *object, const pv_val *metrics, const char *from, const char *to)
{
	for (size_t i = 0; pv_is(metrics, PV_LIST) && i < pv_count(metrics); i++)
		if (cpu_percent(pv_item(metrics, i), from))
			return pv_with_at(arena, object, to, *cpu_percent(pv_item(metrics, i), from));
	return *object;
}

static pv_val
to_v1(pv_ctx *cx, const pv_val *object)
{
	const pv_val *metrics = pv_at(object, "spec.metrics"), *now = pv_at(object, "status.currentMetrics");
	pv_val others = metrics_as(cx->arena, metrics, false, false),
	       current = metrics_as(cx->arena, now, true, false), v = *object;

	v = with_percent(cx->arena, &v, metrics, "resource.target.averageUtilization", "spec." PERCENT);
	v = with_percent(cx->arena, &v, now, "resource.current.averageUtilization",
			 "status." CURRENT_PERCENT);
	v = with_note(cx->arena, &v, "metrics", &others);
	v = with_note(cx->arena, &v, "behavior", pv_at(object, "spec.behavior"));
	v = with_note(cx->arena, &v, "current-metrics", &current);
	v = with_note(cx->arena, &v, "conditions", pv_at(object, "status.conditions"));
	v = pv_without_at(cx->arena, &v, "spec.metrics");
	v = pv_without_at(cx->arena, &v, "spec.behavior");
	v = pv_without_at(cx->arena, &v, "status.conditions");
	return pv_without_at(cx->arena, &v, "status.currentMetrics");
}

static pv_val
to_v2(pv_ctx *cx, const pv_val *object)
{
	const pv_val *percent = pv_at(object, "spec." PERCENT), *metrics = note(cx, object, "metrics"),
		     *behavior = note(cx, object, "behavior"), *now = note(cx, object, "current-metrics"),
		     *conditions = note(cx, object, "conditions");
	pv_val v = without_notes(cx->arena, object), list = metrics_as(cx->arena, metrics, false, true);

	v = pv_without_at(cx->arena, &v, "spec." PERCENT);
	v = pv_without_at(cx->arena, &v, "status." CURRENT_PERCENT);
	if (percent) {
		pv_listb all;

		pv_listb_init(&all, cx->arena);
		for (size_t i = 0; i < pv_count(&list); i++)
			pv_listb_add(&all, *pv_item(&list, i));
		pv_listb_add(&all, cpu_metric(cx->arena, percent));
		list = pv_listb_end(&all);
	}
	if (pv_count(&list))
		v = pv_with_at(cx->arena, &v, "spec.metrics", list);
	if (pv_is(behavior, PV_OBJECT))
		v = pv_with_at(cx->arena, &v, "spec.behavior", *behavior);
	if (pv_is(now, PV_LIST))
		v = pv_with_at(cx->arena, &v, "status.currentMetrics",
			       metrics_as(cx->arena, now, true, true));
	if (pv_is(conditions, PV_LIST))
		v = pv_with_at(cx->arena, &v, "status.conditions", *conditions);
	return v;
}

pv_val
pv_autoscaler_as(pv_ctx *cx, const pv_resource *to, const pv_val *object)
{
	return pv_streq(to->version, "v1") ? to_v1(cx, object) : to_v2(cx, object);
}
