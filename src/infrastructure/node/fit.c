/* fit: which Pods a node takes.
 * Source: k8s.io/component-helpers/scheduling/corev1, pkg/scheduler's messages. */
#include "base/str.h"
#include "infrastructure/node/node.h"

#define CORDON "node.kubernetes.io/unschedulable"

/* ---- labels and fields ---- */

static bool
compares(const pv_val *values, const char *text, bool greater)
{
	int64_t have, limit;

	if (!text || !pv_parse_int(pv_str_of(text), &have) ||
	    !pv_parse_int(pv_strv(pv_item(values, 0)), &limit))
		return false;
	return greater ? have > limit : have < limit;
}

/* text: the label's value, NULL if the node does not have it. */
static bool
holds(const pv_val *requirement, const char *text)
{
	const char *op = pv_text_at(requirement, "operator", "");
	const pv_val *values = pv_get(requirement, "values");

	if (pv_streq(op, "In"))
		return pv_list_has_text(values, text);
	if (pv_streq(op, "NotIn"))
		return !pv_list_has_text(values, text);
	if (pv_streq(op, "Exists"))
		return text != NULL;
	if (pv_streq(op, "DoesNotExist"))
		return text == NULL;
	return (pv_streq(op, "Gt") || pv_streq(op, "Lt")) && compares(values, text, pv_streq(op, "Gt"));
}

static bool
term_holds(const pv_val *term, const pv_val *node)
{
	const pv_val *labels = pv_get(term, "matchExpressions"), *fields = pv_get(term, "matchFields");

	for (size_t i = 0; i < pv_count(labels); i++) {
		const pv_val *r = pv_item(labels, i);
		const char *key = pv_text_at(r, "key", "");

		if (!holds(r, pv_text(pv_get(pv_at(node, "metadata.labels"), key), NULL)))
			return false;
	}
	for (size_t i = 0; i < pv_count(fields); i++)
		if (!holds(pv_item(fields, i), pv_text_at(node, "metadata.name", NULL)))
			return false;
	return pv_count(labels) + pv_count(fields) > 0; /* an empty term selects nothing */
}

static bool
labels_fit(const pv_val *node, const pv_val *spec)
{
	const pv_val *selector = pv_get(spec, "nodeSelector"), *labels = pv_at(node, "metadata.labels");
	const pv_val *required =
		pv_at(spec, "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution");
	const pv_val *terms = pv_get(required, "nodeSelectorTerms");

	for (size_t i = 0; i < pv_member_count(selector); i++)
		if (!pv_eq(pv_getv(labels, &selector->members[i].key), &selector->members[i].val))
			return false;
	if (!required)
		return true;
	for (size_t i = 0; i < pv_count(terms); i++)
		if (term_holds(pv_item(terms, i), node))
			return true;
	return false;
}

/* ---- taints ---- */

static bool
tolerates(const pv_val *spec, const char *key, const char *value, const char *effect)
{
	const pv_val *list = pv_get(spec, "tolerations");

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *t = pv_item(list, i);
		const char *its_key = pv_text_at(t, "key", ""), *its_effect = pv_text_at(t, "effect", "");
		bool exists = pv_streq(pv_text_at(t, "operator", ""), "Exists");

		if (*its_effect && !pv_streq(its_effect, effect))
			continue;
		if (*its_key ? !pv_streq(its_key, key) : !exists)
			continue;
		if (exists || pv_streq(pv_text_at(t, "value", ""), value))
			return true;
	}
	return false;
}

static enum node_fit
taints_fit(const pv_val *node, const pv_val *spec)
{
	const pv_val *taints = pv_at(node, "spec.taints");
	enum node_fit fit = NODE_TAKES;

	for (size_t i = 0; i < pv_count(taints); i++) {
		const pv_val *taint = pv_item(taints, i);
		const char *effect = pv_text_at(taint, "effect", "");

		if (pv_streq(effect, "PreferNoSchedule") ||
		    tolerates(spec, pv_text_at(taint, "key", ""), pv_text_at(taint, "value", ""), effect))
			continue;
		if (pv_streq(effect, "NoExecute"))
			return NODE_REFUSES;
		fit = NODE_STAYS;
	}
	return fit;
}

enum node_fit
node_fit(const pv_val *node, const pv_val *spec, const char **ret_why)
{
	const char *name = pv_text_at(spec, "nodeName", "");
	enum node_fit fit = taints_fit(node, spec);

	*ret_why = NULL;
	if (*name && !pv_streq(name, pv_text_at(node, "metadata.name", NULL))) {
		*ret_why = "node(s) didn't match the requested node name";
		return NODE_REFUSES;
	}
	if (!labels_fit(node, spec)) {
		*ret_why = "node(s) didn't match Pod's node affinity/selector";
		return NODE_REFUSES;
	}
	if (fit != NODE_TAKES) {
		*ret_why = "node(s) had untolerated taint(s)";
		return fit;
	}
	if (pv_truth_at(node, "spec.unschedulable", false) && !tolerates(spec, CORDON, "", "NoSchedule")) {
		*ret_why = "node(s) were unschedulable";
		return NODE_STAYS;
	}
	return NODE_TAKES;
}
