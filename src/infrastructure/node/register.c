/* register: the Node object, made once, and labelled at each start as a kubelet does; lease.c gives it its
 * heartbeats. */
#include <sys/utsname.h>

#include "base/str.h"
#include "base/time.h"
#include "core/api/api.h"
#include "infrastructure/node/node.h"

static pv_val
pair(pv_ctx *cx, const char *k1, const char *v1, const char *k2, const char *v2)
{
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, k1, v1);
	pv_objb_puts(&b, k2, v2);
	return pv_objb_end(&b);
}

/* As Kubernetes spells the processor of this machine. */
static const char *
architecture(pv_ctx *cx)
{
	static const char *const names[][2] = {{"x86_64", "amd64"}, {"aarch64", "arm64"}};
	struct utsname is;
	if (uname(&is) < 0)
		return "unknown";
	for (size_t i = 0; i < PV_LEN(names); i++)
		if (pv_streq(is.machine, names[i][0]))
			return names[i][1];
	return pv_strdup(cx->arena, is.machine);
}

/* Those that every node has: charts choose by them. */
static pv_val
labels(pv_ctx *cx)
{
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "beta.kubernetes.io/arch", architecture(cx));
	pv_objb_puts(&b, "beta.kubernetes.io/os", "linux");
	pv_objb_puts(&b, "kubernetes.io/arch", architecture(cx));
	pv_objb_puts(&b, "kubernetes.io/hostname", NODE_NAME);
	pv_objb_puts(&b, "kubernetes.io/os", "linux");
	pv_objb_puts(&b, "pave.dev/simulated", "true");
	return pv_objb_end(&b);
}

static pv_val
room(pv_ctx *cx)
{
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "cpu", "1000");
	pv_objb_puts(&b, "memory", "4Ti");
	pv_objb_puts(&b, "pods", "100000");
	return pv_objb_end(&b);
}

static pv_val
status(pv_ctx *cx)
{
	pv_val version =
		pair(cx, "kubeletVersion", "simulated", "containerRuntimeVersion", "none://simulated");
	pv_listb addresses;
	pv_objb b;
	pv_val ready;
	pv_listb_init(&addresses, cx->arena);
	pv_listb_add(&addresses, pair(cx, "type", "InternalIP", "address", NODE_ADDRESS));
	pv_listb_add(&addresses, pair(cx, "type", "Hostname", "address", NODE_NAME));
	version = pv_with(cx->arena, &version, "osImage", pv_string_ref("none: Pods are simulated"));
	version = pv_with(cx->arena, &version, "operatingSystem", pv_string_ref("linux"));
	version = pv_with(cx->arena, &version, "architecture", pv_string_ref(architecture(cx)));
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "capacity", room(cx));
	pv_objb_put(&b, "allocatable", room(cx));
	pv_objb_put(&b, "addresses", pv_listb_end(&addresses));
	pv_objb_put(&b, "nodeInfo", version);
	ready = pv_condition_set(cx, NULL, "Ready", "True", "SimulatedNodeReady",
				 "this node simulates Pods; no container is started", pv_now());
	pv_objb_put(&b, "conditions", node_heartbeat(cx, &ready, pv_now()));
	return pv_objb_end(&b);
}

int
node_start(pv_ctx *cx, pv_api *api)
{
	const pv_resource *res = pv_resource_of_kind(cx, pv_api_registry(api), "v1", "Node");
	pv_call call = {
		.resource = res, .ns = "", .name = NODE_NAME, .subresource = "", .manager = "simulated-node"};
	pv_key key = {"/Node", "", NODE_NAME};
	const pv_val *made;
	pv_val object, meta = pv_with(cx->arena, NULL, "labels", labels(cx));
	bool created;
	pv_objb b;
	int r;
	pv_api_add_node(api, &simulated_node);
	if (!res || pv_api_alone(api)) /* nobody would run its Pods */
		return 0;
	pv_auth_internal(cx, "system:pave:simulated-node");
	if (pv_store_find(cx, pv_api_store(api), &key)) {
		object = pv_with(cx->arena, NULL, "metadata", meta);
		return pv_api_patch(cx, api, &call, PV_PATCH_MERGE, &object, &made, &created);
	}
	meta = pv_with(cx->arena, &meta, "name", pv_string_ref(NODE_NAME));
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", "v1");
	pv_objb_puts(&b, "kind", "Node");
	pv_objb_put(&b, "metadata", meta);
	object = pv_objb_end(&b);
	r = pv_api_create(cx, api, &call, &object, &made);
	if (r < 0)
		return r;
	object = pv_with(cx->arena, made, "status", status(cx));
	call.subresource = "status";
	return pv_api_update(cx, api, &call, &object, &made);
}
