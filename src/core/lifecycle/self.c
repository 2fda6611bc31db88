/* self: the Service `kubernetes` of the namespace default, by which what runs in a cluster finds its API server,
 * with its Endpoints and EndpointSlice.  Made at start, and again when somebody deletes or changes it (upstream
 * pkg/controlplane/controller/kubernetesservice, pkg/controlplane/reconcilers). */
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "core/lifecycle/inside.h"

#define NAME "kubernetes"
#define NS "default"
#define ADDRESS "10.96.0.1" /* the first of the Services' addresses; nobody is given it (api/service.c) */
#define PORT 443

bool
self_is(const pv_key *key)
{
	return pv_streq(key->name, NAME) && pv_streq(key->ns, NS) &&
	       (pv_streq(key->type, "/Service") || pv_streq(key->type, "/Endpoints") ||
		pv_streq(key->type, "discovery.k8s.io/EndpointSlice"));
}

/* {k1: v1, k2: v2}; k2 NULL: one. */
static pv_val
texts(pv_ctx *cx, const char *k1, const char *v1, const char *k2, const char *v2)
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, k1, v1);
	if (k2)
		pv_objb_puts(&b, k2, v2);
	return pv_objb_end(&b);
}

/* [item], or []. */
static pv_val
at_most_one(pv_ctx *cx, bool there, pv_val item)
{
	return pv_list_of(cx->arena, &item, there ? 1 : 0);
}

static pv_val
ports(pv_ctx *cx, int port, bool of_service, int target)
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "name", "https");
	pv_objb_put(&b, "port", pv_int(port));
	pv_objb_puts(&b, "protocol", "TCP");
	if (of_service)
		pv_objb_put(&b, "targetPort", pv_int(target));
	return at_most_one(cx, true, pv_objb_end(&b));
}

static void
begin(pv_ctx *cx, pv_objb *b, const char *api_version, const char *kind, pv_val labels)
{
	pv_val meta = texts(cx, "name", NAME, "namespace", NS);

	pv_objb_init(b, cx->arena);
	pv_objb_puts(b, "apiVersion", api_version);
	pv_objb_puts(b, "kind", kind);
	pv_objb_put(b, "metadata", pv_with(cx->arena, &meta, "labels", labels));
}

/* ---- the three ---- */

static pv_val
service(pv_ctx *cx, const pv_self *self)
{
	pv_val spec = texts(cx, "clusterIP", ADDRESS, "type", "ClusterIP");
	pv_objb b;

	begin(cx, &b, "v1", "Service", texts(cx, "component", "apiserver", "provider", "kubernetes"));
	pv_objb_put(&b, "spec", pv_with(cx->arena, &spec, "ports", ports(cx, PORT, true, self->port)));
	return pv_objb_end(&b);
}

static pv_val
endpoints(pv_ctx *cx, const pv_self *self)
{
	pv_objb subset, b;

	pv_objb_init(&subset, cx->arena);
	if (self->address) {
		pv_objb_put(&subset, "addresses",
			    at_most_one(cx, true, texts(cx, "ip", self->address, NULL, NULL)));
		pv_objb_put(&subset, "ports", ports(cx, self->port, false, 0));
	}
	begin(cx, &b, "v1", "Endpoints",
	      texts(cx, "endpointslice.kubernetes.io/skip-mirror", "true", NULL, NULL));
	pv_objb_put(&b, "subsets", at_most_one(cx, self->address != NULL, pv_objb_end(&subset)));
	return pv_objb_end(&b);
}

static pv_val
slice(pv_ctx *cx, const pv_self *self)
{
	bool v6 = self->address && strchr(self->address, ':');
	pv_val ready = pv_with(cx->arena, NULL, "ready", pv_bool(true));
	pv_objb one, b;

	pv_objb_init(&one, cx->arena);
	if (self->address)
		pv_objb_put(&one, "addresses", at_most_one(cx, true, pv_string(cx->arena, self->address)));
	pv_objb_put(&one, "conditions", ready);
	begin(cx, &b, "discovery.k8s.io/v1", "EndpointSlice",
	      texts(cx, "kubernetes.io/service-name", NAME, NULL, NULL));
	pv_objb_puts(&b, "addressType", v6 ? "IPv6" : "IPv4");
	pv_objb_put(&b, "endpoints", at_most_one(cx, self->address != NULL, pv_objb_end(&one)));
	pv_objb_put(&b, "ports", ports(cx, self->port, false, 0));
	return pv_objb_end(&b);
}

/* ---- made, and kept ---- */

static int
keep(pv_ctx *cx, pv_api *api, const pv_val *object)
{
	const pv_resource *res =
		pv_resource_of_kind(cx, pv_api_registry(api), pv_text_at(object, "apiVersion", ""),
				    pv_text_at(object, "kind", ""));
	pv_call call = {
		.resource = res, .ns = NS, .name = NAME, .subresource = "", .manager = "pave-apiserver"};
	const pv_key key = {res->type, NS, NAME};
	const pv_val *made;
	int r;

	if (pv_store_find(cx, pv_api_store(api), &key))
		r = pv_api_patch(cx, api, &call, PV_PATCH_MERGE, object, &made, NULL);
	else
		r = pv_api_create(cx, api, &call, object, &made);
	if (r == -PV_EEXISTS || r == -PV_ENOTFOUND) { /* somebody was faster, and will be seen */
		(void)pv_recover(cx);
		return 0;
	}
	return r;
}

int
pv_self_keep(pv_ctx *cx, pv_api *api, const pv_self *self)
{
	pv_val all[] = {service(cx, self), endpoints(cx, self), slice(cx, self)};

	pv_auth_internal(cx, "system:apiserver");
	for (size_t i = 0; i < PV_LEN(all); i++) {
		int r = keep(cx, api, &all[i]);

		if (r == -PV_EINVALID || r == -PV_EFORBIDDEN) { /* that does not change by trying again */
			pv_log(PV_WARN, "self", "the Service kubernetes of this API is not as it should be",
			       "kind", pv_text_at(&all[i], "kind", ""), "error", pv_error_text(cx), NULL);
			(void)pv_recover(cx);
		} else if (r < 0) {
			return r;
		}
	}
	return 0;
}
