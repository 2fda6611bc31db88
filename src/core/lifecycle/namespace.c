/* namespace: a namespace that lives has a default ServiceAccount and the CA; one
 * that is deleted is emptied (emptying.c), and goes when nothing is left in it. */
#include "base/str.h"
#include "core/lifecycle/inside.h"

static pv_val
named(pv_ctx *cx, const char *kind, const char *ns, const char *name)
{
	pv_objb meta, b;
	pv_objb_init(&meta, cx->arena);
	pv_objb_puts(&meta, "namespace", ns);
	pv_objb_puts(&meta, "name", name);
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", "v1");
	pv_objb_puts(&b, "kind", kind);
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	return pv_objb_end(&b);
}

static int
ensure(pv_ctx *cx, const lifecycle_turn *t, const char *kind, const char *ns, const char *name, pv_val object)
{
	const pv_resource *res = pv_resource_of_kind(cx, pv_api_registry(t->api), "v1", kind);
	pv_call call = {.resource = res, .ns = ns, .name = name, .subresource = "", .manager = "namespace"};
	pv_key key = {res->type, ns, name};
	const pv_val *made;
	int r;
	if (pv_store_find(cx, pv_api_store(t->api), &key))
		return 0;
	r = pv_api_create(cx, t->api, &call, &object, &made);
	if (r == -PV_EEXISTS) {
		pv_recover(cx);
		r = 0;
	}
	return r;
}

static int
furnish(pv_ctx *cx, const lifecycle_turn *t, const char *ns)
{
	pv_val ca = named(cx, "ConfigMap", ns, "kube-root-ca.crt");
	pv_objb data;
	int r = ensure(cx, t, "ServiceAccount", ns, "default", named(cx, "ServiceAccount", ns, "default"));
	pv_objb_init(&data, cx->arena);
	pv_objb_puts(&data, "ca.crt", pv_auth_ca_pem(pv_api_auth(t->api)));
	ca = pv_with(cx->arena, &ca, "data", pv_objb_end(&data));
	return r < 0 ? r : ensure(cx, t, "ConfigMap", ns, "kube-root-ca.crt", ca);
}

int
namespace_object(pv_ctx *cx, const lifecycle_turn *t, const pv_val *object)
{
	const char *ns = pv_text_at(object, "metadata.name", "");
	int r = pv_at(object, "metadata.deletionTimestamp") ? namespace_empty(cx, t, object)
							    : furnish(cx, t, ns);
	if (r == -PV_ENOTFOUND) {
		pv_recover(cx); /* it went while it was looked at */
		r = 0;
	}
	return r;
}
