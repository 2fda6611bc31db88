/* Nodes, events, volumes, roles and the rest of the cluster's kinds. */
#include "base/str.h"
#include "base/time.h"
#include "core/kinds/cells.h"
#include <string.h>

/* ---- nodes ---- */

pv_val
pv_cell_node_status(const cell *c)
{
	const pv_val *ready = pv_cell_condition(pv_at(c->object, "status.conditions"), "Ready");
	pv_buf b;

	pv_buf_init(&b, c->cx->arena);
	if (!ready)
		pv_buf_adds(&b, "Unknown");
	else
		pv_buf_adds(&b,
			    pv_streq(pv_text(pv_get(ready, "status"), ""), "True") ? "Ready" : "NotReady");
	if (pv_truth_at(c->object, "spec.unschedulable", false))
		pv_buf_adds(&b, ",SchedulingDisabled");
	return pv_cell_text(c, b.s);
}

pv_val
pv_cell_node_roles(const cell *c)
{
	static const char prefix[] = "node-role.kubernetes.io/", old[] = "kubernetes.io/role";
	const pv_val *labels = pv_at(c->object, "metadata.labels");
	pv_buf b;

	pv_buf_init(&b, c->cx->arena);
	for (size_t i = 0; pv_is(labels, PV_OBJECT) && i < labels->len; i++) {
		const pv_member *m = pv_sorted(labels, i);

		if (pv_starts_with(m->key.s, prefix) && m->key.s[sizeof(prefix) - 1])
			pv_cell_join(&b, ",", m->key.s + sizeof(prefix) - 1);
		else if (pv_streq(m->key.s, old) && *pv_text(&m->val, ""))
			pv_cell_join(&b, ",", pv_text(&m->val, ""));
	}
	return pv_cell_joined(c, &b, "<none>");
}

static pv_val
node_address(const cell *c, const char *type)
{
	const pv_val *list = pv_at(c->object, "status.addresses");
	const pv_val *address = pv_cell_condition(list, type);

	return pv_cell_text(c, pv_text(pv_get(address, "address"), "<none>"));
}

pv_val
pv_cell_node_internal_ip(const cell *c)
{
	return node_address(c, "InternalIP");
}

pv_val
pv_cell_node_external_ip(const cell *c)
{
	return node_address(c, "ExternalIP");
}

pv_val
pv_cell_node_os(const cell *c)
{
	return pv_cell_or(c, "status.nodeInfo.osImage", "<unknown>");
}

pv_val
pv_cell_node_kernel(const cell *c)
{
	return pv_cell_or(c, "status.nodeInfo.kernelVersion", "<unknown>");
}

pv_val
pv_cell_node_runtime(const cell *c)
{
	return pv_cell_or(c, "status.nodeInfo.containerRuntimeVersion", "<unknown>");
}

/* ---- events: both APIs ---- */

static const char *
first_of(const cell *c, const char *const *paths)
{
	for (size_t i = 0; paths[i]; i++) {
		const char *s = pv_text_at(c->object, paths[i], "");

		if (*s)
			return s;
	}
	return "";
}

pv_val
pv_cell_event_last(const cell *c)
{
	static const char *const paths[] = {"series.lastObservedTime",
					    "lastTimestamp",
					    "deprecatedLastTimestamp",
					    "firstTimestamp",
					    "deprecatedFirstTimestamp",
					    "eventTime",
					    NULL};

	return pv_cell_since(c, first_of(c, paths));
}

pv_val
pv_cell_event_first(const cell *c)
{
	static const char *const paths[] = {"firstTimestamp", "deprecatedFirstTimestamp", "eventTime", NULL};

	return pv_cell_since(c, first_of(c, paths));
}

pv_val
pv_cell_event_object(const cell *c)
{
	static const char *const kinds[] = {"involvedObject.kind", "regarding.kind", NULL};
	static const char *const names[] = {"involvedObject.name", "regarding.name", NULL};
	const char *kind = pv_str_lower(c->cx->arena, first_of(c, kinds)), *name = first_of(c, names);

	return *name ? pv_stringf(c->cx->arena, "%s/%s", kind, name) : pv_cell_text(c, kind);
}

pv_val
pv_cell_event_source(const cell *c)
{
	static const char *const paths[] = {"source.component", "deprecatedSource.component",
					    "reportingComponent", "reportingController", NULL},
				 *const hosts[] = {"source.host", "deprecatedSource.host",
						   "reportingInstance", NULL};
	const char *host = first_of(c, hosts);

	return *host ? pv_stringf(c->cx->arena, "%s, %s", first_of(c, paths), host)
		     : pv_cell_text(c, first_of(c, paths));
}

pv_val
pv_cell_event_message(const cell *c)
{
	static const char *const paths[] = {"message", "note", NULL};
	pv_str text = pv_str_trim(pv_str_of(first_of(c, paths)));

	return pv_stringn(c->cx->arena, text.s, text.len);
}

pv_val
pv_cell_event_count(const cell *c)
{
	int64_t n = pv_i64_at(c->object, "series.count", 0);

	if (!n)
		n = pv_i64_at(c->object, "count", pv_i64_at(c->object, "deprecatedCount", 0));
	return pv_int(n ? n : 1);
}

/* ---- volumes ---- */

static pv_val
modes(const cell *c, const pv_val *list)
{
	static const struct {
		const char *mode, *brief;
	} names[] = {
		{"ReadWriteOnce", "RWO"},
		{"ReadOnlyMany", "ROX"},
		{"ReadWriteMany", "RWX"},
		{"ReadWriteOncePod", "RWOP"},
	};
	pv_buf b;

	pv_buf_init(&b, c->cx->arena);
	for (size_t k = 0; k < PV_LEN(names); k++)
		for (size_t i = 0; i < pv_count(list); i++)
			if (pv_streq(pv_text(pv_item(list, i), ""), names[k].mode)) {
				pv_cell_join(&b, ",", names[k].brief);
				break;
			}
	return pv_cell_joined(c, &b, "");
}

pv_val
pv_cell_pv_modes(const cell *c)
{
	return modes(c, pv_at(c->object, "spec.accessModes"));
}

pv_val
pv_cell_pvc_modes(const cell *c)
{
	return *pv_text_at(c->object, "spec.volumeName", "")
		       ? modes(c, pv_at(c->object, "status.accessModes"))
		       : pv_cell_text(c, "");
}

pv_val
pv_cell_pvc_capacity(const cell *c)
{
	return *pv_text_at(c->object, "spec.volumeName", "")
		       ? pv_cell_text(c, pv_cell_scalar(c, pv_at(c->object, "status.capacity.storage")))
		       : pv_cell_text(c, "");
}

static pv_val
phase(const cell *c)
{
	return pv_at(c->object, "metadata.deletionTimestamp") ? pv_cell_text(c, "Terminating")
							      : pv_cell_or(c, "status.phase", "");
}

pv_val
pv_cell_pv_status(const cell *c)
{
	return phase(c);
}

pv_val
pv_cell_pvc_status(const cell *c)
{
	return phase(c);
}

pv_val
pv_cell_pv_claim(const cell *c)
{
	const pv_val *claim = pv_at(c->object, "spec.claimRef");

	if (!claim)
		return pv_cell_text(c, "");
	return pv_stringf(c->cx->arena, "%s/%s", pv_text(pv_get(claim, "namespace"), ""),
			  pv_text(pv_get(claim, "name"), ""));
}

pv_val
pv_cell_attributes_class(const cell *c)
{
	return pv_cell_or(c, "spec.volumeAttributesClassName", "<unset>");
}

pv_val
pv_cell_volume_mode(const cell *c)
{
	return pv_cell_or(c, "spec.volumeMode", "<unset>");
}

pv_val
pv_cell_expansion(const cell *c)
{
	const pv_val *v = pv_get(c->object, "allowVolumeExpansion");

	return pv_is(v, PV_BOOL) ? *v : pv_cell_text(c, "<unset>");
}

pv_val
pv_cell_csi_modes(const cell *c)
{
	return pv_cell_each(c, pv_at(c->object, "spec.volumeLifecycleModes"), NULL, ",", "<none>");
}

pv_val
pv_cell_csi_drivers(const cell *c)
{
	return pv_int((int64_t)pv_count(pv_at(c->object, "spec.drivers")));
}

/* ---- quotas: "pods: 1/10, requests.cpu: 0/4" ---- */

static pv_val
quota(const cell *c, bool limits)
{
	const pv_val *hard = pv_at(c->object, "status.hard"), *used = pv_at(c->object, "status.used");
	pv_buf b;

	pv_buf_init(&b, c->cx->arena);
	for (size_t i = 0; pv_is(hard, PV_OBJECT) && i < hard->len; i++) {
		const pv_member *m = pv_sorted(hard, i);

		if (pv_starts_with(m->key.s, "limits.") != limits)
			continue;
		pv_cell_join(&b, ", ", m->key.s);
		pv_buf_printf(&b, ": %s/%s", pv_cell_scalar(c, pv_get(used, m->key.s)),
			      pv_cell_scalar(c, &m->val));
	}
	return pv_cell_joined(c, &b, "");
}

pv_val
pv_cell_quota_request(const cell *c)
{
	return quota(c, false);
}

pv_val
pv_cell_quota_limit(const cell *c)
{
	return quota(c, true);
}

/* ---- roles ---- */

pv_val
pv_cell_role_ref(const cell *c)
{
	return pv_stringf(c->cx->arena, "%s/%s", pv_text_at(c->object, "roleRef.kind", ""),
			  pv_text_at(c->object, "roleRef.name", ""));
}

static pv_val
subjects(const cell *c, const char *kind)
{
	const pv_val *list = pv_get(c->object, "subjects");
	pv_buf b;

	pv_buf_init(&b, c->cx->arena);
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *s = pv_item(list, i);
		const char *name = pv_text(pv_get(s, "name"), "");

		if (!pv_streq(pv_text(pv_get(s, "kind"), ""), kind))
			continue;
		if (pv_streq(kind, "ServiceAccount"))
			name = pv_printf(c->cx->arena, "%s/%s", pv_text(pv_get(s, "namespace"), ""), name);
		pv_cell_join(&b, ", ", name);
	}
	return pv_cell_joined(c, &b, "");
}

pv_val
pv_cell_subject_users(const cell *c)
{
	return subjects(c, "User");
}

pv_val
pv_cell_subject_groups(const cell *c)
{
	return subjects(c, "Group");
}

pv_val
pv_cell_subject_accounts(const cell *c)
{
	return subjects(c, "ServiceAccount");
}

/* ---- the rest ---- */

pv_val
pv_cell_csr_duration(const cell *c)
{
	int64_t seconds = pv_i64_at(c->object, "spec.expirationSeconds", 0);

	return pv_cell_text(c, seconds ? pv_age_format(c->cx->arena, seconds * PV_SEC) : "<none>");
}

pv_val
pv_cell_csr_condition(const cell *c)
{
	const pv_val *all = pv_at(c->object, "status.conditions");
	pv_buf b;

	pv_buf_init(&b, c->cx->arena);
	if (pv_cell_condition(all, "Denied"))
		pv_buf_adds(&b, "Denied");
	else
		pv_buf_adds(&b, pv_cell_condition(all, "Approved") ? "Approved" : "Pending");
	if (pv_cell_condition(all, "Failed"))
		pv_buf_adds(&b, ",Failed");
	if (*pv_text_at(c->object, "status.certificate", ""))
		pv_buf_adds(&b, ",Issued");
	return pv_cell_text(c, b.s);
}

pv_val
pv_cell_global_default(const cell *c)
{
	return pv_bool(pv_truth_at(c->object, "globalDefault", false));
}

pv_val
pv_cell_webhooks(const cell *c)
{
	return pv_int((int64_t)pv_count(pv_get(c->object, "webhooks")));
}

pv_val
pv_cell_validations(const cell *c)
{
	return pv_int((int64_t)pv_count(pv_at(c->object, "spec.validations")));
}

pv_val
pv_cell_mutations(const cell *c)
{
	return pv_int((int64_t)pv_count(pv_at(c->object, "spec.mutations")));
}

pv_val
pv_cell_param_kind(const cell *c)
{
	const pv_val *kind = pv_at(c->object, "spec.paramKind");

	if (!kind)
		return pv_cell_text(c, "<unset>");
	return pv_stringf(c->cx->arena, "%s/%s", pv_text(pv_get(kind, "apiVersion"), ""),
			  pv_text(pv_get(kind, "kind"), ""));
}

pv_val
pv_cell_param_ref(const cell *c)
{
	const pv_val *ref = pv_at(c->object, "spec.paramRef");
	const char *ns = pv_text(pv_get(ref, "namespace"), "");

	if (!ref)
		return pv_cell_text(c, "<unset>");
	return pv_stringf(c->cx->arena, "%s/%s", *ns ? ns : "*", pv_text(pv_get(ref, "name"), "*"));
}

pv_val
pv_cell_apiservice(const cell *c)
{
	const pv_val *service = pv_at(c->object, "spec.service");

	if (!service)
		return pv_cell_text(c, "Local");
	return pv_stringf(c->cx->arena, "%s/%s", pv_text(pv_get(service, "namespace"), ""),
			  pv_text(pv_get(service, "name"), ""));
}

pv_val
pv_cell_available(const cell *c)
{
	const pv_val *a = pv_cell_condition(pv_at(c->object, "status.conditions"), "Available");
	const char *status = pv_text(pv_get(a, "status"), "");

	if (!a)
		return pv_cell_text(c, "Unknown");
	return pv_streq(status, "True")
		       ? pv_cell_text(c, status)
		       : pv_stringf(c->cx->arena, "%s (%s)", status, pv_text(pv_get(a, "reason"), ""));
}

/* ---- component statuses ---- */

pv_val
pv_cell_component_status(const cell *c)
{
	const pv_val *healthy = pv_cell_condition(pv_get(c->object, "conditions"), "Healthy");
	const char *status = pv_text(pv_get(healthy, "status"), "Unknown");

	return pv_cell_text(c, pv_streq(status, "True")    ? "Healthy"
			       : pv_streq(status, "False") ? "Unhealthy"
							   : "Unknown");
}

static pv_val
component_text(const cell *c, const char *key)
{
	const pv_val *healthy = pv_cell_condition(pv_get(c->object, "conditions"), "Healthy");

	return pv_cell_text(c, pv_text(pv_get(healthy, key), ""));
}

pv_val
pv_cell_component_message(const cell *c)
{
	return component_text(c, "message");
}

pv_val
pv_cell_component_error(const cell *c)
{
	return component_text(c, "error");
}
