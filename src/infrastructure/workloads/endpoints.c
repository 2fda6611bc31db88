/* Endpoints: the EndpointSlice of a Service, and its older form Endpoints: the addresses of
 * its Pods, and which are ready. */
#include "base/str.h"
#include "infrastructure/workloads/pods.h"
#include "infrastructure/workloads/workloads.h"

#define HEADLESS "service.kubernetes.io/headless"

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

/* As in Kubernetes, a port that the Pod has no name for is left out. */
static pv_val
ports(pv_ctx *cx, const pv_val *service, const pv_val *pod)
{
	const pv_val *list = pv_at(service, "spec.ports");
	pv_listb b;
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *p = pv_item(list, i), *target = pv_get(p, "targetPort");
		int64_t number = pv_is(target, PV_STRING) ? named_port(pod, pv_text(target, ""))
							  : pv_i64(target, pv_i64_at(p, "port", 0));
		pv_objb o;
		if (!number)
			continue;
		pv_objb_init(&o, cx->arena);
		pv_objb_puts(&o, "name", pv_text_at(p, "name", ""));
		pv_objb_puts(&o, "protocol", pv_text_at(p, "protocol", "TCP"));
		pv_objb_put(&o, "port", pv_int(number));
		pv_listb_add(&b, pv_objb_end(&o));
	}
	return pv_listb_end(&b);
}

static pv_val
target_ref(pv_ctx *cx, const pv_val *pod)
{
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "kind", "Pod");
	pv_objb_puts(&b, "namespace", meta_ns(pod));
	pv_objb_puts(&b, "name", meta_name(pod));
	pv_objb_puts(&b, "uid", pv_text_at(pod, "metadata.uid", NULL));
	return pv_objb_end(&b);
}

static bool
takes_requests(const pv_val *service, const pv_val *pod)
{
	return pv_truth_at(service, "spec.publishNotReadyAddresses", false) ||
	       (pod_ready(pod) && !is_deleting(pod));
}

static pv_val
endpoint(pv_ctx *cx, const pv_val *service, const pv_val *pod)
{
	pv_objb conditions, b;
	pv_listb addresses;
	pv_listb_init(&addresses, cx->arena);
	pv_listb_add(&addresses, *pv_at(pod, "status.podIP"));
	pv_objb_init(&conditions, cx->arena);
	pv_objb_put(&conditions, "ready", pv_bool(takes_requests(service, pod)));
	pv_objb_put(&conditions, "serving", pv_bool(pod_ready(pod)));
	pv_objb_put(&conditions, "terminating", pv_bool(is_deleting(pod)));
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "addresses", pv_listb_end(&addresses));
	pv_objb_put(&b, "conditions", pv_objb_end(&conditions));
	pv_objb_puts(&b, "nodeName", pv_text_at(pod, "spec.nodeName", NULL));
	pv_objb_put(&b, "targetRef", target_ref(cx, pod));
	return pv_objb_end(&b);
}

/* The Service's own, and what says that it has no address: proxies leave such a one alone. */
static pv_val
labels_of(pv_ctx *cx, const pv_val *service)
{
	pv_val out = pv_without(cx->arena, pv_at(service, "metadata.labels"), HEADLESS);

	if (pv_streq(pv_text_at(service, "spec.clusterIP", ""), "None"))
		out = pv_with(cx->arena, &out, HEADLESS, pv_string_ref(""));
	return out;
}

static pv_val
metadata(pv_ctx *cx, const pv_val *service, pv_val labels)
{
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "name", meta_name(service));
	pv_objb_puts(&b, "namespace", meta_ns(service));
	pv_objb_put(&b, "labels", labels);
	return pv_objb_end(&b);
}

static const pv_val *
slice(pv_ctx *cx, const pv_val *service, const pv_vec *pods)
{
	pv_val labels = labels_of(cx, service);
	pv_listb endpoints;
	pv_objb b;
	pv_listb_init(&endpoints, cx->arena);
	for (size_t i = 0; i < pods->len; i++)
		pv_listb_add(&endpoints, endpoint(cx, service, *PV_AT(const pv_val *, pods, i)));
	labels = pv_with(cx->arena, &labels, "kubernetes.io/service-name", pv_string_ref(meta_name(service)));
	labels = pv_with(cx->arena, &labels, "endpointslice.kubernetes.io/managed-by",
			 pv_string_ref("endpointslice-controller.k8s.io"));
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", "discovery.k8s.io/v1");
	pv_objb_puts(&b, "kind", "EndpointSlice");
	pv_objb_put(&b, "metadata", metadata(cx, service, labels));
	pv_objb_put(&b, "addressType", pv_string_ref("IPv4"));
	pv_objb_put(&b, "endpoints", pv_listb_end(&endpoints));
	pv_objb_put(&b, "ports", ports(cx, service, pods->len ? *PV_AT(const pv_val *, pods, 0) : NULL));
	return pv_box(cx->arena, pv_objb_end(&b));
}

/* What ends is in the slice, marked, and here only if it takes requests. */
static pv_val
addresses(pv_ctx *cx, const pv_val *service, const pv_vec *pods, bool ready)
{
	pv_listb list;
	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < pods->len; i++) {
		const pv_val *pod = *PV_AT(const pv_val *, pods, i);
		pv_objb b;
		if (takes_requests(service, pod) != ready || (is_deleting(pod) && !ready))
			continue;
		pv_objb_init(&b, cx->arena);
		pv_objb_put(&b, "ip", *pv_at(pod, "status.podIP"));
		pv_objb_puts(&b, "nodeName", pv_text_at(pod, "spec.nodeName", NULL));
		pv_objb_put(&b, "targetRef", target_ref(cx, pod));
		pv_listb_add(&list, pv_objb_end(&b));
	}
	return pv_listb_end(&list);
}

/* One subset: all Pods of a Service have the same ports here. */
static pv_val
subsets(pv_ctx *cx, const pv_val *service, const pv_vec *pods)
{
	static const char *const names[] = {"notReadyAddresses", "addresses"};
	pv_val open = ports(cx, service, pods->len ? *PV_AT(const pv_val *, pods, 0) : NULL);
	pv_listb list;
	pv_objb b;
	pv_listb_init(&list, cx->arena);
	pv_objb_init(&b, cx->arena);
	for (int ready = 1; ready >= 0; ready--) {
		pv_val some = addresses(cx, service, pods, ready);
		if (pv_count(&some))
			pv_objb_put(&b, names[ready], some);
	}
	if (b.len && (pv_count(&open) || !pv_count(pv_at(service, "spec.ports")))) {
		pv_objb_put(&b, "ports", open);
		pv_listb_add(&list, pv_objb_end(&b));
	}
	return pv_listb_end(&list);
}

static const pv_val *
older_form(pv_ctx *cx, const pv_val *service, const pv_vec *pods)
{
	pv_val labels = labels_of(cx, service);
	pv_objb b;
	labels = pv_with(cx->arena, &labels, "endpoints.kubernetes.io/managed-by",
			 pv_string_ref("endpoint-controller"));
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", "v1");
	pv_objb_puts(&b, "kind", "Endpoints");
	pv_objb_put(&b, "metadata", metadata(cx, service, labels));
	pv_objb_put(&b, "subsets", subsets(cx, service, pods));
	return pv_box(cx->arena, pv_objb_end(&b));
}

static void
own(pv_ctx *cx, pv_plan *plan, const char *kind, const pv_val *object)
{
	pv_vec list;
	pv_vec_init(&list, cx->arena, sizeof(const pv_val *));
	pv_vec_push(&list, &object);
	pv_plan_own(cx, plan, kind, &list);
}

static int
reconcile(pv_ctx *cx, const pv_val *service, pv_plan *plan)
{
	const pv_val *labels = pv_at(service, "spec.selector");
	pv_vec all, pods;
	if (!pv_count(labels) || is_deleting(service) ||
	    pv_streq(pv_text_at(service, "spec.type", ""), "ExternalName"))
		return 0;
	pods_labelled(cx, plan, meta_ns(service), labels, &all);
	pv_vec_init(&pods, cx->arena, sizeof(const pv_val *));
	for (size_t i = 0; i < all.len; i++) {
		const pv_val *pod = *PV_AT(const pv_val *, &all, i);
		if (pv_at(pod, "status.podIP") && !pod_ended(pod))
			pv_vec_push(&pods, &pod);
	}
	own(cx, plan, "discovery.k8s.io/v1/EndpointSlice", slice(cx, service, &pods));
	own(cx, plan, "v1/Endpoints", older_form(cx, service, &pods));
	return 0;
}

const pv_controller endpoints_controller = {
	.name = "endpointslice",
	.component = "endpoint-slice-controller",
	.kind = "v1/Service",
	.reconcile = reconcile,
};
