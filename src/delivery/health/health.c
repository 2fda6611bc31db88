/* health: which check a kind has. */
#include "delivery/health/health.h"

#include <string.h>

#include "base/str.h"
#include "delivery/health/check.h"
#include "delivery/health/rules.h"

static const struct {
	const char *group, *kind, *versions; /* versions: those that the check reads, "|" between */
	verdict (*check)(pv_ctx *cx, const pv_val *object);
} checks[] = {
	{"apps", "Deployment", "v1", check_deployment},
	{"apps", "StatefulSet", "v1", check_statefulset},
	{"apps", "ReplicaSet", "v1", check_replicaset},
	{"apps", "DaemonSet", "v1", check_daemonset},
	{"extensions", "Ingress", NULL, check_ingress},
	{"networking.k8s.io", "Ingress", NULL, check_ingress},
	{"", "Service", "v1", check_service},
	{"", "PersistentVolumeClaim", "v1", check_claim},
	{"", "Pod", "v1", check_pod},
	{"batch", "Job", "v1", check_job},
	{"autoscaling", "HorizontalPodAutoscaler", "v1|v2", check_autoscaler},
	{"apiregistration.k8s.io", "APIService", "v1|v1beta1", check_apiservice},
	{"argoproj.io", "Workflow", NULL, check_workflow},
};

static const char *const names[] = {"Healthy", "Suspended", "Progressing", "Missing", "Degraded",
				    "Unknown", ""};

const char *
health_name(enum health health)
{
	return names[health];
}

enum health
health_worse(enum health a, enum health b)
{
	if (a == HEALTH_NONE || b == HEALTH_NONE)
		return a == HEALTH_NONE ? b : a;
	return a > b ? a : b;
}

static bool
one_of(const char *choices, const char *word)
{
	pv_str rest = pv_str_of(choices), piece;
	while (pv_str_next(&rest, '|', &piece))
		if (pv_str_is(piece, word))
			return true;
	return choices == NULL;
}

static bool
has_hook_finalizer(const pv_val *object)
{
	return pv_list_has_text(pv_at(object, "metadata.finalizers"), "argocd.argoproj.io/hook-finalizer");
}

static verdict
built_in(pv_ctx *cx, pv_str group, const char *kind, const pv_val *object)
{
	const char *version = pv_text_at(object, "apiVersion", "");
	for (size_t i = 0; i < PV_LEN(checks); i++) {
		if (!pv_str_is(group, checks[i].group) || !pv_streq(kind, checks[i].kind))
			continue;
		if (!one_of(checks[i].versions, group.len ? version + group.len + 1 : version))
			return is(HEALTH_UNKNOWN,
				  pv_printf(cx->arena, "unsupported %s GVK: %s", kind, version));
		return checks[i].check(cx, object);
	}
	return is(HEALTH_NONE, "");
}

enum health
health_by_kind(pv_ctx *cx, const custom *c, const pv_val *object, const char **ret_message)
{
	const char *version = pv_text_at(object, "apiVersion", ""), *kind = pv_text_at(object, "kind", "");
	const char *slash = strchr(version, '/');
	pv_str group = {version, slash ? (size_t)(slash - version) : 0};
	verdict v;
	if (!script_judges(cx, c, group, kind, object, &v)) {
		v = rules_judge(cx, rules_built_in(), group, kind, object);
		if (v.health == HEALTH_NONE)
			v = built_in(cx, group, kind, object);
	}
	*ret_message = v.message;
	return v.health;
}

enum health
health_of(pv_ctx *cx, const custom *c, const pv_val *object, const char **ret_message)
{
	if (!pv_at(object, "metadata.deletionTimestamp") || has_hook_finalizer(object))
		return health_by_kind(cx, c, object, ret_message);
	*ret_message = "Pending deletion";
	return PROGRESSING;
}
