/* cells: the table of computed columns and the pieces they are made of; private
 * to core/kinds.  A cell's name is what rules.tsv writes behind "=". */
#pragma once
#include "base/buf.h"
#include "core/kinds/kinds.h"

typedef struct cell {
	pv_ctx *cx;
	const pv_val *object;
	int64_t now;
} cell;
typedef pv_val pv_cell(const cell *c);

/* clang-format off */
#define PV_CELLS \
	CELL("age", age) CELL("created", created) CELL("data", data) CELL("secrets", secrets) \
	/* cells_pod.c */ \
	CELL("pod-ready", pod_ready) CELL("pod-status", pod_status) CELL("pod-restarts", pod_restarts) \
	CELL("pod-ip", pod_ip) CELL("pod-node", pod_node) CELL("pod-nominated", pod_nominated) CELL("pod-gates", pod_gates) \
	/* cells_workload.c */ \
	CELL("ready-of", ready_of) CELL("desired", desired) CELL("current", current) CELL("ready", ready) \
	CELL("updated", updated) CELL("available-count", available_count) CELL("containers", containers) \
	CELL("images", images) CELL("selector", selector_of) CELL("map-selector", map_selector) \
	CELL("ds-desired", ds_desired) CELL("ds-current", ds_current) CELL("ds-ready", ds_ready) \
	CELL("ds-updated", ds_updated) CELL("ds-available", ds_available) CELL("ds-nodes", ds_nodes) \
	CELL("job-status", job_status) CELL("job-completions", job_completions) CELL("job-duration", job_duration) \
	CELL("cron-zone", cron_zone) CELL("cron-suspend", cron_suspend) CELL("cron-active", cron_active) \
	CELL("cron-last", cron_last) CELL("cron-containers", cron_containers) CELL("cron-images", cron_images) \
	CELL("cron-selector", cron_selector) CELL("template-containers", template_containers) \
	CELL("template-images", template_images) CELL("template-labels", template_labels) CELL("controller", controller) \
	CELL("hpa-reference", hpa_reference) CELL("hpa-targets", hpa_targets) CELL("hpa-min", hpa_min) \
	CELL("hpa-replicas", hpa_replicas) CELL("pdb-min", pdb_min) CELL("pdb-max", pdb_max) CELL("pdb-allowed", pdb_allowed) CELL("claim-state", claim_state) \
	/* cells_cluster.c */ \
	CELL("node-status", node_status) CELL("node-roles", node_roles) CELL("node-internal-ip", node_internal_ip) \
	CELL("node-external-ip", node_external_ip) CELL("node-os", node_os) CELL("node-kernel", node_kernel) \
	CELL("node-runtime", node_runtime) CELL("event-last", event_last) CELL("event-first", event_first) \
	CELL("event-object", event_object) CELL("event-source", event_source) CELL("event-message", event_message) \
	CELL("event-count", event_count) CELL("pv-modes", pv_modes) CELL("pv-status", pv_status) CELL("pv-claim", pv_claim) \
	CELL("pvc-status", pvc_status) CELL("pvc-capacity", pvc_capacity) CELL("pvc-modes", pvc_modes) \
	CELL("pv-attributes-class", attributes_class) CELL("volume-mode", volume_mode) \
	CELL("quota-request", quota_request) CELL("quota-limit", quota_limit) CELL("csr-duration", csr_duration) \
	CELL("csr-condition", csr_condition) CELL("role-ref", role_ref) CELL("subject-users", subject_users) \
	CELL("subject-groups", subject_groups) CELL("subject-accounts", subject_accounts) \
	CELL("global-default", global_default) CELL("csi-modes", csi_modes) CELL("csi-drivers", csi_drivers) \
	CELL("expansion", expansion) CELL("webhooks", webhooks) CELL("validations", validations) CELL("mutations", mutations) \
	CELL("param-kind", param_kind) CELL("param-ref", param_ref) CELL("apiservice", apiservice) \
	CELL("available", available) CELL("component-status", component_status) \
	CELL("component-message", component_message) CELL("component-error", component_error) CELL("flow-method", flow_method) CELL("level-shares", level_shares) \
	CELL("level-queues", level_queues) CELL("level-hand", level_hand) CELL("level-length", level_length) \
	CELL("flow-missing", flow_missing) CELL("csi-tokens", csi_tokens) CELL("event-subobject", event_subobject) \
	/* cells_network.c */ \
	CELL("service-ip", service_ip) CELL("service-external", service_external) CELL("service-ports", service_ports) \
	CELL("endpoints", endpoints) CELL("slice-ports", slice_ports) CELL("slice-endpoints", slice_endpoints) \
	CELL("ingress-class", ingress_class) CELL("ingress-hosts", ingress_hosts) CELL("ingress-address", ingress_address) \
	CELL("ingress-ports", ingress_ports) CELL("class-parameters", class_parameters) CELL("pod-selector", pod_selector) \
	CELL("ip-parent", ip_parent) CELL("cidrs", cidrs)
#define CELL(text, fn) pv_cell pv_cell_##fn;
PV_CELLS
#undef CELL
/* clang-format on */

pv_val pv_cell_text(const cell *c, const char *s);
pv_val pv_cell_or(const cell *c, const char *path, const char *otherwise); /* text at a path, if not empty */
pv_val pv_cell_count(const cell *c, const char *path);                     /* integer at a path, or 0 */
pv_val pv_cell_since(const cell *c, const char *text);                     /* "5m" since an RFC 3339 time */
pv_val pv_cell_each(const cell *c, const pv_val *list, const char *field, const char *separator,
		    const char *otherwise);
void pv_cell_join(pv_buf *b, const char *separator, const char *s);
pv_val pv_cell_joined(const cell *c, const pv_buf *b, const char *otherwise);
const char *pv_cell_scalar(const cell *c, const pv_val *v);
const char *pv_cell_pairs(const cell *c, const pv_val *map);
const char *pv_cell_selector(const cell *c, const pv_val *selector);
const pv_val *pv_cell_condition(const pv_val *list, const char *type);
