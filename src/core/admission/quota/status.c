/* status.hard and status.used of a ResourceQuota: counted anew whenever one of what it counts
 * comes, goes or changes. */
#include "base/str.h"
#include "core/admission/quota/quota.h"

#include <string.h>

static const struct row {
	quota_kind kind;
	const char *name; /* as a plan names it */
} rows[] = {
	{{"", "pods"}, "v1/Pod"},
	{{"", "services"}, "v1/Service"},
	{{"", "persistentvolumeclaims"}, "v1/PersistentVolumeClaim"},
	{{"", "configmaps"}, "v1/ConfigMap"},
	{{"", "secrets"}, "v1/Secret"},
	{{"", "serviceaccounts"}, "v1/ServiceAccount"},
	{{"", "replicationcontrollers"}, "v1/ReplicationController"},
	{{"", "resourcequotas"}, "v1/ResourceQuota"},
	{{"", "limitranges"}, "v1/LimitRange"},
	{{"", "endpoints"}, "v1/Endpoints"},
	{{"", "events"}, "v1/Event"},
	{{"", "podtemplates"}, "v1/PodTemplate"},
	{{"apps", "deployments"}, "apps/v1/Deployment"},
	{{"apps", "replicasets"}, "apps/v1/ReplicaSet"},
	{{"apps", "statefulsets"}, "apps/v1/StatefulSet"},
	{{"apps", "daemonsets"}, "apps/v1/DaemonSet"},
	{{"apps", "controllerrevisions"}, "apps/v1/ControllerRevision"},
	{{"batch", "jobs"}, "batch/v1/Job"},
	{{"batch", "cronjobs"}, "batch/v1/CronJob"},
	{{"autoscaling", "horizontalpodautoscalers"}, "autoscaling/v2/HorizontalPodAutoscaler"},
	{{"coordination.k8s.io", "leases"}, "coordination.k8s.io/v1/Lease"},
	{{"discovery.k8s.io", "endpointslices"}, "discovery.k8s.io/v1/EndpointSlice"},
	{{"networking.k8s.io", "ingresses"}, "networking.k8s.io/v1/Ingress"},
	{{"networking.k8s.io", "networkpolicies"}, "networking.k8s.io/v1/NetworkPolicy"},
	{{"policy", "poddisruptionbudgets"}, "policy/v1/PodDisruptionBudget"},
	{{"rbac.authorization.k8s.io", "roles"}, "rbac.authorization.k8s.io/v1/Role"},
	{{"rbac.authorization.k8s.io", "rolebindings"}, "rbac.authorization.k8s.io/v1/RoleBinding"},
};

static void
count(pv_ctx *cx, pv_plan *plan, const pv_val *quota, const struct row *row, pv_vec *used)
{
	pv_vec objects;

	pv_vec_init(&objects, cx->arena, sizeof(const pv_val *));
	pv_plan_list(cx, plan, row->name, pv_text_at(quota, "metadata.namespace", ""), NULL, &objects);
	for (size_t i = 0; i < objects.len; i++) {
		const pv_val *one = *PV_AT(const pv_val *, &objects, i);

		if (quota_in_scope(quota, &row->kind, one))
			quota_usage(cx, &row->kind, one, used);
	}
}

static bool
asks_for(const pv_val *hard, const quota_kind *kind)
{
	for (size_t i = 0; i < pv_count(hard); i++)
		if (quota_counts(hard->members[i].key.s, kind))
			return true;
	return false;
}

static const char *
stored_version(const pv_val *crd)
{
	const pv_val *versions = pv_at(crd, "spec.versions");

	for (size_t i = 0; i < pv_count(versions); i++)
		if (pv_truth(pv_get(pv_item(versions, i), "storage"), false))
			return pv_text(pv_get(pv_item(versions, i), "name"), "");
	return "";
}

/* count/PLURAL.GROUP of a custom resource: its CRD has that name. */
static void
count_custom(pv_ctx *cx, pv_plan *plan, const pv_val *quota, const char *name, pv_vec *used)
{
	const pv_val *crd =
		pv_plan_find(cx, plan, "apiextensions.k8s.io/v1/CustomResourceDefinition", "", name);
	struct row row = {
		.kind = {pv_text_at(crd, "spec.group", ""), pv_text_at(crd, "spec.names.plural", "")}};

	if (!crd)
		return;
	row.name = pv_printf(cx->arena, "%s/%s/%s", row.kind.group, stored_version(crd),
			     pv_text_at(crd, "spec.names.kind", ""));
	count(cx, plan, quota, &row, used);
}

static int
reconcile(pv_ctx *cx, const pv_val *quota, pv_plan *plan)
{
	const pv_val *hard = pv_at(quota, "spec.hard");
	static const char prefix[] = "count/";
	static const pv_quantity none = {0};
	pv_objb amounts, status;
	pv_vec used;

	pv_vec_init(&used, cx->arena, sizeof(quota_amount));
	for (size_t i = 0; i < PV_LEN(rows); i++)
		if (asks_for(hard, &rows[i].kind))
			count(cx, plan, quota, &rows[i], &used);
	pv_objb_init(&amounts, cx->arena);
	for (size_t i = 0; i < pv_count(hard); i++) {
		const char *name = hard->members[i].key.s;
		const pv_quantity *q = quota_find(&used, name);

		if (!q && pv_starts_with(name, prefix) && strchr(name, '.')) {
			count_custom(cx, plan, quota, name + sizeof prefix - 1, &used);
			q = quota_find(&used, name);
		}
		pv_objb_put(&amounts, name, pv_string_ref(pv_quantity_format(cx->arena, q ? q : &none)));
	}
	pv_objb_init(&status, cx->arena);
	if (hard)
		pv_objb_put(&status, "hard", *hard);
	pv_objb_put(&status, "used", pv_objb_end(&amounts));
	pv_plan_status(cx, plan, pv_objb_end(&status));
	return 0;
}

const pv_controller quota_controller = {
	.name = "resourcequota", .kind = "v1/ResourceQuota", .reconcile = reconcile};
