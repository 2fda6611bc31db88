/* taint: what a node's conditions say keeps Pods away, as taints; upstream's node lifecycle controller does so.
 * Nobody watches whether a node still beats, and nothing is evicted. */
#include "base/str.h"
#include "base/time.h"
#include "infrastructure/node/node.h"

#define PREFIX "node.kubernetes.io/"
#define EFFECT "NoSchedule"

static const struct {
	const char *condition, *status, *taint;
} rows[] = {
	{"Ready", "False", PREFIX "not-ready"},
	{"Ready", "Unknown", PREFIX "unreachable"},
	{"MemoryPressure", "True", PREFIX "memory-pressure"},
	{"DiskPressure", "True", PREFIX "disk-pressure"},
	{"NetworkUnavailable", "True", PREFIX "network-unavailable"},
	{"PIDPressure", "True", PREFIX "pid-pressure"},
};

static bool
holds(const pv_val *node, size_t row)
{
	const pv_val *conditions = pv_at(node, "status.conditions");

	for (size_t i = 0; i < pv_count(conditions); i++)
		if (pv_streq(pv_text_at(pv_item(conditions, i), "type", ""), rows[row].condition))
			return pv_streq(pv_text_at(pv_item(conditions, i), "status", ""), rows[row].status);
	return false;
}

static bool
is_taint(const pv_val *taint, size_t row)
{
	return pv_streq(pv_text_at(taint, "key", ""), rows[row].taint) &&
	       pv_streq(pv_text_at(taint, "effect", ""), EFFECT);
}

/* Those of people, and of conditions that hold. */
static bool
stays(const pv_val *node, const pv_val *taint)
{
	for (size_t i = 0; i < PV_LEN(rows); i++)
		if (is_taint(taint, i))
			return holds(node, i);
	return true;
}

static bool
is_there(const pv_val *taints, size_t row)
{
	for (size_t i = 0; i < pv_count(taints); i++)
		if (is_taint(pv_item(taints, i), row))
			return true;
	return false;
}

static pv_val
wanted(pv_ctx *cx, const pv_val *node, int64_t now)
{
	const pv_val *taints = pv_at(node, "spec.taints");
	pv_listb b;

	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(taints); i++)
		if (stays(node, pv_item(taints, i)))
			pv_listb_add(&b, *pv_item(taints, i));
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_objb one;

		if (!holds(node, i) || is_there(taints, i))
			continue;
		pv_objb_init(&one, cx->arena);
		pv_objb_puts(&one, "key", rows[i].taint);
		pv_objb_puts(&one, "effect", EFFECT);
		pv_objb_puts(&one, "timeAdded", pv_time_format(cx->arena, now));
		pv_listb_add(&b, pv_objb_end(&one));
	}
	return pv_listb_end(&b);
}

/* A node that has not told of itself yet is left as it is. */
static int
reconcile(pv_ctx *cx, const pv_val *node, pv_plan *plan)
{
	const pv_val *taints = pv_at(node, "spec.taints");
	pv_val patch = pv_object_of(cx->arena, NULL, 0, NULL, NULL), list;

	if (pv_at(node, "metadata.deletionTimestamp") || !pv_count(pv_at(node, "status.conditions")))
		return 0;
	list = wanted(cx, node, pv_plan_now(plan));
	if (pv_count(taints) ? pv_eq(taints, &list) : !pv_count(&list))
		return 0;
	patch = pv_with_at(cx->arena, &patch, "metadata.resourceVersion",
			   pv_string(cx->arena, pv_text_at(node, "metadata.resourceVersion", "")));
	patch = pv_with_at(cx->arena, &patch, "spec.taints", pv_count(&list) ? list : pv_null());
	pv_plan_patch(cx, plan, node, "", patch);
	return 0;
}

const pv_controller node_taint_controller = {
	.name = "node-taint",
	.kind = "v1/Node",
	.reconcile = reconcile,
};
