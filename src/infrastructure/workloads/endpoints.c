/* Endpoints: the EndpointSlice of a Service: the addresses of its ready Pods. */
#include "base/str.h"
#include "infrastructure/workloads/pods.h"
#include "infrastructure/workloads/workloads.h"

static int64_t
named_port(const pv_val *pod, const char *name)
{
	const pv_val *containers = pv_at(pod, "spec.containers");
	for (size_t i = 0; i < pv_count(containers); i++) {
		const pv_val *ports = pv_get(pv_item(containers, i), "ports");
		for (size_t k = 0; k < pv_count(ports); k++)
			if (pv_streq(pv_text_at(pv_item(ports, k), "name", ""), name))
				return pv_i64_at(pv_item(ports, k), "containerPort", 0);
	}
	return 0;
}

static pv_val
ports(pv_ctx *cx, const pv_val *service, const pv_val *pod)
{
	const pv_val *list = pv_at(service, "spec.ports");
	pv_listb b;
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *p = pv_item(list, i), *target = pv_get(p, "targetPort");
		int64_t number = pv_is(target, PV_STRING) ? named_port(pod, pv_text(target, "")) : pv_i64(target, pv_i64_at(p, "port", 0));
		pv_objb o;
		pv_objb_init(&o, cx->arena);
		pv_objb_puts(&o, "name", pv_text_at(p, "name", ""));
		pv_objb_puts(&o, "protocol", pv_text_at(p, "protocol", "TCP"));
		if (number)
			pv_objb_put(&o, "port", pv_int(number));
		pv_listb_add(&b, pv_objb_end(&o));
	}
	return pv_listb_end(&b);
}

static pv_val
endpoint(pv_ctx *cx, const pv_val *pod)
{
	bool ready = pod_ready(pod) && !is_deleting(pod);
	pv_objb conditions, target, b;
	pv_listb addresses;
	pv_listb_init(&addresses, cx->arena);
	pv_listb_add(&addresses, *pv_at(pod, "status.podIP"));
	pv_objb_init(&conditions, cx->arena);
	pv_objb_put(&conditions, "ready", pv_bool(ready));
	pv_objb_put(&conditions, "serving", pv_bool(pod_ready(pod)));
	pv_objb_put(&conditions, "terminating", pv_bool(is_deleting(pod)));
	pv_objb_init(&target, cx->arena);
	pv_objb_puts(&target, "kind", "Pod");
	pv_objb_puts(&target, "namespace", meta_ns(pod));
	pv_objb_puts(&target, "name", meta_name(pod));
	pv_objb_puts(&target, "uid", pv_text_at(pod, "metadata.uid", NULL));
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "addresses", pv_listb_end(&addresses));
	pv_objb_put(&b, "conditions", pv_objb_end(&conditions));
	pv_objb_puts(&b, "nodeName", pv_text_at(pod, "spec.nodeName", NULL));
	pv_objb_put(&b, "targetRef", pv_objb_end(&target));
	return pv_objb_end(&b);
}

static const pv_val *
slice(pv_ctx *cx, const pv_val *service, const pv_vec *pods)
{
	const pv_val *first = NULL;
	pv_objb labels, meta, b;
	pv_listb endpoints;
	pv_listb_init(&endpoints, cx->arena);
	for (size_t i = 0; i < pods->len; i++) {
		const pv_val *pod = *PV_AT(const pv_val *, pods, i);
		if (!pv_at(pod, "status.podIP") || !pod_active(pod))
			continue;
		first = first ? first : pod;
		pv_listb_add(&endpoints, endpoint(cx, pod));
	}
	pv_objb_init(&labels, cx->arena);
	pv_objb_puts(&labels, "kubernetes.io/service-name", meta_name(service));
	pv_objb_puts(&labels, "endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io");
	pv_objb_init(&meta, cx->arena);
	pv_objb_puts(&meta, "name", meta_name(service));
	pv_objb_puts(&meta, "namespace", meta_ns(service));
	pv_objb_put(&meta, "labels", pv_objb_end(&labels));
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", "discovery.k8s.io/v1");
	pv_objb_puts(&b, "kind", "EndpointSlice");
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	pv_objb_put(&b, "addressType", pv_string_ref("IPv4"));
	pv_objb_put(&b, "endpoints", pv_listb_end(&endpoints));
	pv_objb_put(&b, "ports", ports(cx, service, first));
	return pv_box(cx->arena, pv_objb_end(&b));
}

static int
reconcile(pv_ctx *cx, const pv_val *service, pv_plan *plan)
{
	const pv_val *labels = pv_at(service, "spec.selector"), *made;
	pv_vec pods, slices;
	if (!pv_count(labels) || is_deleting(service) || pv_streq(pv_text_at(service, "spec.type", ""), "ExternalName"))
		return 0;
	pods_labelled(cx, plan, meta_ns(service), labels, &pods);
	made = slice(cx, service, &pods);
	pv_vec_init(&slices, cx->arena, sizeof(const pv_val *));
	pv_vec_push(&slices, &made);
	pv_plan_own(cx, plan, "discovery.k8s.io/v1/EndpointSlice", &slices);
	return 0;
}

const pv_controller endpoints_controller = {
	.name = "endpointslice",
	.kind = "v1/Service",
	.reconcile = reconcile,
};
