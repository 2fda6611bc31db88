/* given: objects that every cluster has besides its namespaces, roles and priority levels.  Made when they are
 * not there; what others changed in them stays, but for what this server alone knows (upstream
 * pkg/registry/scheduling/rest, pkg/controlplane). */
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "core/lifecycle/inside.h"
#include "core/reconcile/reconcile.h"

#define SYSTEM "kube-system"
#define LEASE_NAME "apiserver-pave"

typedef struct maker { /* makes what is missing; the first error stays in r */
	pv_ctx *cx;
	pv_api *api;
	int r;
} maker;

static pv_call
call_of(const maker *m, const pv_val *object)
{
	return (pv_call){.resource = pv_resource_of_kind(m->cx, pv_api_registry(m->api),
							 pv_text_at(object, "apiVersion", ""),
							 pv_text_at(object, "kind", "")),
			 .ns = pv_text_at(object, "metadata.namespace", ""),
			 .name = pv_text_at(object, "metadata.name", ""),
			 .subresource = "",
			 .manager = "pave-apiserver"};
}

/* kept: what is there gets these fields again. */
static void
give(maker *m, const pv_val *object, bool kept)
{
	pv_call call = call_of(m, object);
	const pv_key key = {call.resource->type, call.ns, call.name};
	bool there = pv_store_find(m->cx, pv_api_store(m->api), &key) != NULL;
	const pv_val *made;

	if (m->r < 0 || (there && !kept))
		return;
	m->r = there ? pv_api_patch(m->cx, m->api, &call, PV_PATCH_MERGE, object, &made, NULL)
		     : pv_api_create(m->cx, m->api, &call, object, &made);
	if (m->r == -PV_EEXISTS || m->r == -PV_ENOTFOUND) { /* another server of this store was faster */
		(void)pv_recover(m->cx);
		m->r = 0;
	}
}

/* ---- what there is ---- */

static void
give_class(maker *m, const char *name, int64_t value, const char *description)
{
	pv_val v = object_named(m->cx, "scheduling.k8s.io/v1", "PriorityClass", "", name);

	v = pv_with(m->cx->arena, &v, "value", pv_int(value));
	v = pv_with(m->cx->arena, &v, "description", pv_string_ref(description));
	give(m, &v, false);
}

/* By which authority clients are known: what a server behind this one trusts. */
static void
give_authority(maker *m)
{
	pv_val v = object_named(m->cx, "v1", "ConfigMap", SYSTEM, "extension-apiserver-authentication"), data;

	data = pv_with(m->cx->arena, NULL, "client-ca-file",
		       pv_string(m->cx->arena, pv_auth_ca_pem(pv_api_auth(m->api))));
	v = pv_with(m->cx->arena, &v, "data", data);
	give(m, &v, true);
}

/* Since when tokens in Secrets are watched for use: from the beginning. */
static void
give_tracking(maker *m)
{
	pv_val v = object_named(m->cx, "v1", "ConfigMap", SYSTEM,
				"kube-apiserver-legacy-service-account-token-tracking");
	char *day = pv_time_format(m->cx->arena, pv_now());

	day[10] = '\0'; /* RFC 3339: the date */
	v = pv_with_at(m->cx->arena, &v, "data.since", pv_string(m->cx->arena, day));
	give(m, &v, false);
}

static void
give_range(maker *m)
{
	pv_val v = object_named(m->cx, "networking.k8s.io/v1", "ServiceCIDR", "", "kubernetes"),
	       range = pv_string_ref(PV_SERVICE_RANGE), status;
	pv_call call = call_of(m, &v);
	const pv_val *made;

	if (pv_store_find(m->cx, pv_api_store(m->api), &(pv_key){call.resource->type, "", "kubernetes"}))
		return;
	v = pv_with_at(m->cx->arena, &v, "spec.cidrs", pv_list_of(m->cx->arena, &range, 1));
	give(m, &v, false);
	status = pv_condition_set(m->cx, NULL, "Ready", "True", "",
				  "Kubernetes default Service CIDR is ready", pv_now());
	v = pv_with_at(m->cx->arena, NULL, "status.conditions", status);
	call.subresource = "status";
	if (m->r == 0)
		m->r = pv_api_patch(m->cx, m->api, &call, PV_PATCH_MERGE, &v, &made, NULL);
}

/* The sign of life of this API server.  Renewed seldom: who asks is answered, or not. */
static void
give_lease(maker *m)
{
	pv_val v = object_named(m->cx, "coordination.k8s.io/v1", "Lease", SYSTEM, LEASE_NAME);
	pv_objb labels, spec;

	pv_objb_init(&labels, m->cx->arena);
	pv_objb_puts(&labels, "apiserver.kubernetes.io/identity", "kube-apiserver");
	pv_objb_init(&spec, m->cx->arena);
	pv_objb_puts(&spec, "holderIdentity", LEASE_NAME);
	pv_objb_put(&spec, "leaseDurationSeconds", pv_int(LEASE_SECONDS));
	pv_objb_puts(&spec, "renewTime", pv_time_format_micro(m->cx->arena, pv_now()));
	v = pv_with_at(m->cx->arena, &v, "metadata.labels", pv_objb_end(&labels));
	v = pv_with(m->cx->arena, &v, "spec", pv_objb_end(&spec));
	give(m, &v, true);
}

int
pv_given_keep(pv_ctx *cx, pv_api *api)
{
	maker m = {cx, api, 0};

	pv_auth_internal(cx, "system:apiserver");
	give_class(&m, "system-cluster-critical", 2000000000,
		   "For Pods that the cluster needs, wherever they run.");
	give_class(&m, "system-node-critical", 2000001000,
		   "For Pods that a node needs, there and nowhere else.");
	give_authority(&m);
	give_tracking(&m);
	give_range(&m);
	give_lease(&m);
	return m.r < 0 ? pv_wrap(cx, m.r, "objects of this server") : 0;
}
