/* behaviour: what built-in kinds do beyond their schemas; private to core/kinds.
 * A fill completes an object as upstream's defaulting does, a give as its strategies do; a check
 * adds faults with upstream's words.  Checks run on objects whose shape is right. */
#pragma once
#include "base/map.h"
#include "base/str.h"
#include "core/kinds/kinds.h"
#include "lang/quantity/quantity.h"

#define PV_JOB_INDEXES_MOST 100000 /* of an indexed Job; infrastructure/workloads says the same */

pv_kind_fill pv_crd_fill, pv_pod_fill, pv_template_fill, pv_deployment_fill, pv_daemonset_fill,
	pv_statefulset_fill, pv_rc_fill, pv_job_fill, pv_cronjob_fill, pv_podtemplate_fill, pv_service_fill,
	pv_secret_fill, pv_namespace_fill, pv_claim_fill, pv_volume_fill, pv_hpa_fill, pv_netpol_fill,
	pv_binding_fill, pv_limitrange_fill, pv_flowschema_fill, pv_level_fill, pv_device_claim_fill,
	pv_device_template_fill, pv_node_fill;
pv_kind_give pv_claim_give, pv_service_give, pv_account_give, pv_daemonset_give, pv_job_give;
pv_kind_check pv_crd_check, pv_pod_check, pv_deployment_check, pv_replicaset_check, pv_daemonset_check,
	pv_statefulset_check, pv_rc_check, pv_job_check, pv_cronjob_check, pv_podtemplate_check,
	pv_service_check, pv_configmap_check, pv_event_check, pv_event_v1_check, pv_secret_check,
	pv_role_check, pv_clusterrole_check, pv_binding_check, pv_claim_check, pv_ingress_check, pv_pdb_check,
	pv_hpa_check, pv_priority_check, pv_storageclass_check, pv_webhooks_check, pv_limitrange_check,
	pv_quota_check, pv_policies_check, pv_netpol_check, pv_ingressclass_check, pv_volume_check,
	pv_endpoints_check, pv_endpointslice_check, pv_namespace_check, pv_apiservice_check, pv_csr_check,
	pv_flowschema_check, pv_level_check, pv_crd_status_check, pv_quota_status_check,
	pv_device_class_check, pv_device_claim_check, pv_device_template_check, pv_device_slice_check,
	pv_node_check, pv_runtimeclass_check, pv_attributesclass_check, pv_job_status_check,
	pv_csidriver_check, pv_csinode_check, pv_csicapacity_check, pv_attachment_check, pv_servicecidr_check,
	pv_ipaddress_check, pv_revision_check, pv_claim_status_check, pv_pod_status_check,
	pv_replicas_status_check, pv_daemonset_status_check, pv_balanced_status_check,
	pv_conditions_status_check, pv_hpa_status_check, pv_typed_status_check, pv_apiservice_status_check;

/* ---- filling ---- */

/* The object with its pod spec (at a dotted path) completed. */
const pv_val *pv_podspec_fill(pv_ctx *cx, const pv_val *object, const char *path);
/* Sets a dotted path if nothing stands there. */
const pv_val *pv_fill_at(pv_ctx *cx, const pv_val *object, const char *path, pv_val v);
const pv_val *pv_fill_text(pv_ctx *cx, const pv_val *object, const char *path, const char *text);

/* ---- what a Pod asks for as a whole (podclass.c) ---- */
const char *pv_pod_class(pv_ctx *cx, const pv_val *pod); /* "Guaranteed" */
/* Its own requests, if it has limits or requests of its own: those of its containers, or its limits. */
const pv_val *pv_pod_requests_fill(pv_ctx *cx, const pv_val *pod);

/* ---- checking ---- */

/* claims: a StatefulSet's volumeClaimTemplates, whose names can be mounted too; or NULL.
 * is_pod: of a Pod itself, not of a template. */
void pv_podspec_check(pv_faults *f, const pv_val *v, const char *path, const pv_val *claims, bool is_pod);
/* A Pod template at `path`; claims as above. */
void pv_template_check(pv_faults *f, const pv_val *template, const char *path, const pv_val *claims);
/* Limits or requests of containers and Pods: names, amounts, and how they go together (podresource.c). */
void pv_resources_check(pv_faults *f, const pv_val *resources, const char *path, const pv_map *claims,
			bool of_pod);
/* That containers fit into what the whole Pod at `spec` has, whose resources stand at `path` (podclass.c). */
void pv_pod_resources_check(pv_faults *f, const pv_val *spec, const char *path);
/* What a Pod costs beside its containers, as if it were their limits; NULL: nothing (podresource.c). */
void pv_overhead_check(pv_faults *f, const pv_val *amounts, const char *path);
/* The name and amount of one resource; fault paths are `at`. */
void pv_resource_amount_check(pv_faults *f, const pv_str name, const pv_val *amount, const char *at);
/* Not below 0, and whole where it is counted. */
void pv_resource_value_check(pv_faults *f, const char *name, const pv_val *amount, const char *at);
/* The name of a resource; of a container: only of its own kinds. */
void pv_resource_name_check(pv_faults *f, pv_str name, const char *at, bool of_container);
bool pv_resource_is_standard(const char *name);
bool pv_resource_is_native(const char *name); /* Kubernetes' own, or of no domain */
bool pv_resource_is_shared(const char *name); /* a limit may be larger than what is requested */
void pv_node_selector_check(pv_faults *f, const pv_val *selector, const char *path);
/* persistent: of a PersistentVolume. */
void pv_volume_source_check(pv_faults *f, const pv_val *v, const char *path, bool persistent);
void pv_claim_spec_check(pv_faults *f, const pv_val *spec, const char *path);
bool pv_selects(pv_faults *f, const pv_val *selector, const pv_val *labels); /* a wrong selector does */
/* Tolerations of a Pod, each at `path` (podplace.c). */
void pv_tolerations_check(pv_faults *f, const pv_val *list, const char *path);
size_t pv_selector_check(pv_faults *f, const pv_val *selector, const char *path); /* how many are new */
/* Metadata of what is made from a template under a name of its own. */
void pv_embedded_meta_check(pv_faults *f, const pv_val *meta, const char *path);
/* Nothing in a list twice: text at `key` of each item, "" is the item itself; what is not there counts as "". */
void pv_check_once(pv_faults *f, const pv_val *list, const char *path, const char *key);
bool pv_seen(pv_faults *f, pv_map *seen,
	     const pv_val *v); /* was an equal one put there before?  It is now. */
/* One member of these and no second.  The first that is there, the only one that upstream looks into; NULL: none.
 * what: "volume", "handler". */
const char *pv_check_one(pv_faults *f, const pv_val *v, const char *path, const char *const *kinds,
			 const char *what);
void pv_check_name(pv_faults *f, const pv_val *v, const char *path,
		   const char *(*rule)(pv_str));                     /* "" is a fault of its own */
void pv_check_port(pv_faults *f, const pv_val *v, const char *path); /* number 1..65535 */
void pv_check_port_or_name(pv_faults *f, const pv_val *v, const char *path);
void pv_check_percent(pv_faults *f, const pv_val *v, const char *path,
		      bool of_all); /* int >= 0 or "25%"; of_all: at most 100% */
void pv_check_same(pv_faults *f, const pv_val *object, const pv_val *old, const char *path); /* dotted path */
/* Conditions as most kinds have them (metav1.Condition): one of each type, each with a reason and a time. */
void pv_conditions_check(pv_faults *f, const pv_val *list, const char *path);
void pv_condition_check(pv_faults *f, const pv_val *v, const char *path); /* CEL that is true or false */
void pv_webhook_client_check(pv_faults *f, const pv_val *client, const char *path); /* url or service */
/* What the versions of a CRD say of schemas, subresources, columns and fields (crdparts.c). */
void pv_crd_check_parts(pv_faults *f, const pv_val *versions);
bool pv_job_is_indexed(const pv_val *spec);
/* Its policies of failure and success (jobpolicy.c). */
void pv_job_policies_check(pv_faults *f, const pv_val *spec, const char *path);
/* const pv_val *, the items by their text at `key`; of several with the same the first. */
pv_map *pv_list_index(pv_faults *f, const pv_val *list, const char *key);
const char *pv_below(pv_faults *f, const char *path, const char *name);
const char *pv_nth(pv_faults *f, const char *path, size_t i);
