/* Which pods a quota speaks of, and what they must say (upstream evaluator/core/pods.go). */
#include "base/buf.h"
#include "base/str.h"
#include "core/admission/quota/quota.h"

#include <string.h>

static bool
has_affinity_elsewhere(const pv_val *pod)
{
	static const char *const kinds[] = {"spec.affinity.podAffinity", "spec.affinity.podAntiAffinity"};
	static const char required[] = "requiredDuringSchedulingIgnoredDuringExecution",
			  preferred[] = "preferredDuringSchedulingIgnoredDuringExecution";

	for (size_t i = 0; i < PV_LEN(kinds); i++) {
		const pv_val *hard = pv_get(pv_at(pod, kinds[i]), required),
			     *soft = pv_get(pv_at(pod, kinds[i]), preferred);

		for (size_t k = 0; k < pv_count(hard) + pv_count(soft); k++) {
			const pv_val *term = k < pv_count(hard) ? pv_item(hard, k)
								: pv_get(pv_item(soft, k - pv_count(hard)),
									 "podAffinityTerm");

			if (pv_count(pv_get(term, "namespaces")) || pv_get(term, "namespaceSelector"))
				return true;
		}
	}
	return false;
}

static bool
in_class(const char *class, const char *operator, const pv_val * values)
{
	if (pv_streq(operator, "In"))
		return pv_list_has_text(values, class);
	if (pv_streq(operator, "NotIn"))
		return !pv_list_has_text(values, class);
	return pv_streq(operator, "DoesNotExist") ? !class[0] : class[0] != '\0';
}

typedef bool scope_holds(const char *scope, const char *operator, const pv_val * values,
			 const pv_val *object);

/* Of the class asked for, or that the claim has, as its status says. */
static bool
holds_for_claim(const char *scope, const char *operator, const pv_val * values, const pv_val *claim)
{
	const char *class = pv_text_at(claim, "spec.volumeAttributesClassName", "");

	if (!class[0])
		class = pv_text_at(claim, "status.currentVolumeAttributesClassName", "");
	return pv_streq(scope, "VolumeAttributesClass") && in_class(class, operator, values);
}

static bool
holds_for_pod(const char *scope, const char *operator, const pv_val * values, const pv_val *pod)
{
	bool best = pv_streq(pv_text_at(pod, "status.qosClass", ""), "BestEffort");
	bool ends = pv_is(pv_at(pod, "spec.activeDeadlineSeconds"), PV_NUMBER);

	if (pv_streq(scope, "Terminating"))
		return ends;
	if (pv_streq(scope, "NotTerminating"))
		return !ends;
	if (pv_streq(scope, "BestEffort"))
		return best;
	if (pv_streq(scope, "NotBestEffort"))
		return !best;
	if (pv_streq(scope, "PriorityClass"))
		return in_class(pv_text_at(pod, "spec.priorityClassName", ""), operator, values);
	return pv_streq(scope, "CrossNamespacePodAffinity") && has_affinity_elsewhere(pod);
}

bool
quota_in_scope(const pv_val *spec, const quota_kind *kind, const pv_val *object)
{
	const pv_val *scopes = pv_get(spec, "scopes"), *list = pv_at(spec, "scopeSelector.matchExpressions");
	scope_holds *holds = kind->group[0]                                     ? NULL
			     : pv_streq(kind->plural, "pods")                   ? holds_for_pod
			     : pv_streq(kind->plural, "persistentvolumeclaims") ? holds_for_claim
										: NULL;

	if (pv_count(scopes) + pv_count(list) == 0)
		return true;
	if (!holds)
		return false; /* scopes are of pods and claims */
	for (size_t i = 0; i < pv_count(scopes); i++)
		if (!holds(pv_text(pv_item(scopes, i), ""), "Exists", NULL, object))
			return false;
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *term = pv_item(list, i);

		if (!holds(pv_text(pv_get(term, "scopeName"), ""), pv_text(pv_get(term, "operator"), ""),
			   pv_get(term, "values"), object))
			return false;
	}
	return true;
}

/* ---- what a pod must say when it is counted ---- */

static void
names_missing(const pv_val *list, const char *field, const char *resource, pv_buf *out)
{
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *one = pv_item(list, i);

		if (!pv_get(pv_get(pv_get(one, "resources"), field), resource))
			pv_buf_printf(out, "%s%s", out->len ? "," : "", pv_text(pv_get(one, "name"), ""));
	}
}

/* Who says what the whole pod takes need not say it of each container, nor of each resource. */
static bool
speaks_of_all(const pv_val *pod)
{
	const pv_val *whole = pv_at(pod, "spec.resources");

	return pv_count(pv_get(whole, "requests")) + pv_count(pv_get(whole, "limits")) > 0;
}

const char *
quota_missing(pv_ctx *cx, const pv_val *hard, const pv_val *pod)
{
	static const char *const names[] = {"cpu",    "limits.cpu",   "limits.memory",
					    "memory", "requests.cpu", "requests.memory"};
	pv_buf all;

	if (speaks_of_all(pod))
		return "";
	pv_buf_init(&all, cx->arena);
	for (size_t i = 0; i < PV_LEN(names); i++) {
		const char *dot = strchr(names[i], '.'), *resource = dot ? dot + 1 : names[i];
		const char *field = pv_starts_with(names[i], "limits.") ? "limits" : "requests";
		pv_buf who;

		if (!pv_get(hard, names[i]))
			continue;
		pv_buf_init(&who, cx->arena);
		names_missing(pv_at(pod, "spec.containers"), field, resource, &who);
		names_missing(pv_at(pod, "spec.initContainers"), field, resource, &who);
		if (who.len)
			pv_buf_printf(&all, "%s%s for: %s", all.len ? "; " : "must specify ", names[i],
				      who.s);
	}
	return all.len ? all.s : "";
}
