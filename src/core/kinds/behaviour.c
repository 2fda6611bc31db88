#include "core/kinds/behaviour.h"

static const struct {
	const char *group, *kind;
	pv_kind_fill *fill;
	pv_kind_check *check;
} behaviours[] = {
	{"", "ConfigMap", NULL, pv_configmap_check},
	{"", "Endpoints", NULL, pv_endpoints_check},
	{"", "Event", NULL, pv_event_check},
	{"", "LimitRange", pv_limitrange_fill, pv_limitrange_check},
	{"", "Namespace", pv_namespace_fill, pv_namespace_check},
	{"", "Node", pv_node_fill, pv_node_check},
	{"", "PersistentVolume", pv_volume_fill, pv_volume_check},
	{"", "PersistentVolumeClaim", pv_claim_fill, pv_claim_check},
	{"", "Pod", pv_pod_fill, pv_pod_check},
	{"", "PodTemplate", pv_podtemplate_fill, pv_podtemplate_check},
	{"", "ReplicationController", pv_rc_fill, pv_rc_check},
	{"", "ResourceQuota", NULL, pv_quota_check},
	{"", "Secret", pv_secret_fill, pv_secret_check},
	{"", "Service", pv_service_fill, pv_service_check},
	{"admissionregistration.k8s.io", "MutatingWebhookConfiguration", NULL, pv_webhooks_check},
	{"admissionregistration.k8s.io", "MutatingAdmissionPolicy", NULL, pv_policies_check},
	{"admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding", NULL, pv_policies_check},
	{"admissionregistration.k8s.io", "ValidatingAdmissionPolicy", NULL, pv_policies_check},
	{"admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding", NULL, pv_policies_check},
	{"admissionregistration.k8s.io", "ValidatingWebhookConfiguration", NULL, pv_webhooks_check},
	{"apiextensions.k8s.io", "CustomResourceDefinition", pv_crd_fill, pv_crd_check},
	{"apps", "ControllerRevision", NULL, pv_revision_check},
	{"apps", "DaemonSet", pv_daemonset_fill, pv_daemonset_check},
	{"apps", "Deployment", pv_deployment_fill, pv_deployment_check},
	{"apps", "ReplicaSet", pv_template_fill, pv_replicaset_check},
	{"apps", "StatefulSet", pv_statefulset_fill, pv_statefulset_check},
	{"autoscaling", "HorizontalPodAutoscaler", pv_hpa_fill, pv_hpa_check},
	{"batch", "CronJob", pv_cronjob_fill, pv_cronjob_check},
	{"batch", "Job", pv_job_fill, pv_job_check},
	{"apiregistration.k8s.io", "APIService", NULL, pv_apiservice_check},
	{"certificates.k8s.io", "CertificateSigningRequest", NULL, pv_csr_check},
	{"discovery.k8s.io", "EndpointSlice", NULL, pv_endpointslice_check},
	{"events.k8s.io", "Event", NULL, pv_event_v1_check},
	{"flowcontrol.apiserver.k8s.io", "FlowSchema", pv_flowschema_fill, pv_flowschema_check},
	{"flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration", pv_level_fill, pv_level_check},
	{"networking.k8s.io", "IPAddress", NULL, pv_ipaddress_check},
	{"networking.k8s.io", "Ingress", NULL, pv_ingress_check},
	{"networking.k8s.io", "IngressClass", NULL, pv_ingressclass_check},
	{"networking.k8s.io", "NetworkPolicy", pv_netpol_fill, pv_netpol_check},
	{"networking.k8s.io", "ServiceCIDR", NULL, pv_servicecidr_check},
	{"node.k8s.io", "RuntimeClass", NULL, pv_runtimeclass_check},
	{"policy", "PodDisruptionBudget", NULL, pv_pdb_check},
	{"rbac.authorization.k8s.io", "ClusterRole", NULL, pv_clusterrole_check},
	{"rbac.authorization.k8s.io", "ClusterRoleBinding", pv_binding_fill, pv_binding_check},
	{"rbac.authorization.k8s.io", "Role", NULL, pv_role_check},
	{"rbac.authorization.k8s.io", "RoleBinding", pv_binding_fill, pv_binding_check},
	{"resource.k8s.io", "DeviceClass", NULL, pv_device_class_check},
	{"resource.k8s.io", "ResourceClaim", pv_device_claim_fill, pv_device_claim_check},
	{"resource.k8s.io", "ResourceClaimTemplate", pv_device_template_fill, pv_device_template_check},
	{"resource.k8s.io", "ResourceSlice", NULL, pv_device_slice_check},
	{"scheduling.k8s.io", "PriorityClass", NULL, pv_priority_check},
	{"storage.k8s.io", "CSIDriver", NULL, pv_csidriver_check},
	{"storage.k8s.io", "CSINode", NULL, pv_csinode_check},
	{"storage.k8s.io", "CSIStorageCapacity", NULL, pv_csicapacity_check},
	{"storage.k8s.io", "StorageClass", NULL, pv_storageclass_check},
	{"storage.k8s.io", "VolumeAttachment", NULL, pv_attachment_check},
	{"storage.k8s.io", "VolumeAttributesClass", NULL, pv_attributesclass_check},
};

pv_kind_fill *
pv_kind_fill_of(const char *group, const char *kind)
{
	for (size_t i = 0; i < PV_LEN(behaviours); i++)
		if (pv_streq(behaviours[i].group, group) && pv_streq(behaviours[i].kind, kind))
			return behaviours[i].fill;
	return NULL;
}

pv_kind_give *
pv_kind_give_of(const char *group, const char *kind)
{
	static const struct {
		const char *group, *kind;
		pv_kind_give *give;
	} rows[] = {{"", "PersistentVolumeClaim", pv_claim_give},
		    {"", "Service", pv_service_give},
		    {"", "ServiceAccount", pv_account_give},
		    {"apps", "DaemonSet", pv_daemonset_give},
		    {"batch", "Job", pv_job_give}};

	for (size_t i = 0; i < PV_LEN(rows); i++)
		if (pv_streq(rows[i].group, group) && pv_streq(rows[i].kind, kind))
			return rows[i].give;
	return NULL;
}

pv_kind_check *
pv_kind_check_of(const char *group, const char *kind)
{
	for (size_t i = 0; i < PV_LEN(behaviours); i++)
		if (pv_streq(behaviours[i].group, group) && pv_streq(behaviours[i].kind, kind))
			return behaviours[i].check;
	return NULL;
}

/* What /status alone is held to: upstream's strategies of status judge nothing else. */
pv_kind_check *
pv_kind_status_check_of(const char *group, const char *kind)
{
	static const struct {
		const char *group, *kind;
		pv_kind_check *check;
	} rows[] = {
		{"", "Node", pv_node_check},
		{"", "PersistentVolumeClaim", pv_claim_status_check},
		{"", "Pod", pv_pod_status_check},
		{"", "ReplicationController", pv_replicas_status_check},
		{"", "ResourceQuota", pv_quota_status_check},
		{"", "Service", pv_balanced_status_check},
		{"admissionregistration.k8s.io", "ValidatingAdmissionPolicy", pv_conditions_status_check},
		{"apiextensions.k8s.io", "CustomResourceDefinition", pv_crd_status_check},
		{"apiregistration.k8s.io", "APIService", pv_apiservice_status_check},
		{"apps", "DaemonSet", pv_daemonset_status_check},
		{"apps", "Deployment", pv_replicas_status_check},
		{"apps", "ReplicaSet", pv_replicas_status_check},
		{"apps", "StatefulSet", pv_replicas_status_check},
		{"autoscaling", "HorizontalPodAutoscaler", pv_hpa_status_check},
		{"batch", "Job", pv_job_status_check},
		{"certificates.k8s.io", "CertificateSigningRequest", pv_csr_check},
		{"flowcontrol.apiserver.k8s.io", "FlowSchema", pv_typed_status_check},
		{"flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration", pv_typed_status_check},
		{"networking.k8s.io", "Ingress", pv_balanced_status_check},
		{"policy", "PodDisruptionBudget", pv_conditions_status_check},
		{"resource.k8s.io", "ResourceClaim", pv_device_claim_check},
	};

	for (size_t i = 0; i < PV_LEN(rows); i++)
		if (pv_streq(rows[i].group, group) && pv_streq(rows[i].kind, kind))
			return rows[i].check;
	return NULL;
}
