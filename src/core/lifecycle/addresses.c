/* addresses: each address of a Service is an IPAddress too, which goes with it (upstream
 * pkg/registry/core/service/ipallocator).  Which addresses are free is asked of the Services, not of these. */
#include <string.h>

#include "base/str.h"
#include "core/lifecycle/addresses.h"
#include "core/lifecycle/inside.h"

#define ADDRESS "networking.k8s.io/v1/IPAddress"
#define LABEL "ipaddress.kubernetes.io/"
#define MANAGER "ipallocator.k8s.io"

static bool
has_address(const pv_val *service, const char *ip)
{
	return pv_list_has_text(pv_at(service, "spec.clusterIPs"), ip);
}

static const pv_val *
address_of(pv_ctx *cx, const pv_val *service, const char *ip)
{
	pv_val v = object_named(cx, "networking.k8s.io/v1", "IPAddress", "", ip);
	pv_objb labels, ref;

	pv_objb_init(&labels, cx->arena);
	pv_objb_puts(&labels, LABEL "ip-family", strchr(ip, ':') ? "IPv6" : "IPv4");
	pv_objb_puts(&labels, LABEL "managed-by", MANAGER);
	pv_objb_init(&ref, cx->arena);
	pv_objb_puts(&ref, "resource", "services");
	pv_objb_puts(&ref, "namespace", pv_text_at(service, "metadata.namespace", ""));
	pv_objb_puts(&ref, "name", pv_text_at(service, "metadata.name", ""));
	v = pv_with_at(cx->arena, &v, "metadata.labels", pv_objb_end(&labels));
	return pv_box(cx->arena, pv_with_at(cx->arena, &v, "spec.parentRef", pv_objb_end(&ref)));
}

static int
of_service(pv_ctx *cx, const pv_val *service, pv_plan *plan)
{
	const pv_val *all = pv_at(service, "spec.clusterIPs");

	for (size_t i = 0; i < pv_count(all); i++) {
		const char *ip = pv_text(pv_item(all, i), "");

		if (*ip && !pv_streq(ip, "None") && !pv_plan_find(cx, plan, ADDRESS, "", ip))
			pv_plan_apply(cx, plan, address_of(cx, service, ip));
	}
	return 0;
}

static int
of_address(pv_ctx *cx, const pv_val *address, pv_plan *plan)
{
	const pv_val *labels = pv_at(address, "metadata.labels"), *ref = pv_at(address, "spec.parentRef");
	const pv_val *service;

	if (!pv_streq(pv_text(pv_get(labels, LABEL "managed-by"), ""), MANAGER) ||
	    pv_at(address, "metadata.deletionTimestamp"))
		return 0;
	service = pv_plan_find(cx, plan, "v1/Service", pv_text_at(ref, "namespace", ""),
			       pv_text_at(ref, "name", ""));
	if (!has_address(service, pv_text_at(address, "metadata.name", ""))) {
		pv_plan_delete(cx, plan, address, "Background");
		pv_plan_reason(cx, plan, "its Service has it no more");
	}
	return 0;
}

const pv_controller service_addresses_controller = {
	.name = "service-addresses",
	.kind = "v1/Service",
	.reconcile = of_service,
};

const pv_controller free_addresses_controller = {
	.name = "free-addresses",
	.kind = ADDRESS,
	.needle = MANAGER,
	.reconcile = of_address,
};
