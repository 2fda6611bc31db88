/* namespace: a namespace that lives has a default ServiceAccount and the CA; one
 * that is deleted is emptied (emptying.c), and goes when nothing is left in it. */
#include "base/str.h"
#include "core/lifecycle/inside.h"

#define ROOT_CA "kube-root-ca.crt"

/* What every namespace has, and has again when it is deleted or changed. */
bool
namespace_furniture(const pv_key *key)
{
	return (pv_streq(key->type, "/ConfigMap") && pv_streq(key->name, ROOT_CA)) ||
	       (pv_streq(key->type, "/ServiceAccount") && pv_streq(key->name, "default"));
}

static int
ensure(pv_ctx *cx, const lifecycle_turn *t, const char *kind, const char *ns, const char *name, pv_val object)
{
	const pv_resource *res = pv_resource_of_kind(cx, pv_api_registry(t->api), "v1", kind);
	pv_call call = {.resource = res, .ns = ns, .name = name, .subresource = "", .manager = "namespace"};
	pv_key key = {res->type, ns, name};
	const pv_rec *rec = pv_store_find(cx, pv_api_store(t->api), &key);
	const pv_val *data = pv_get(&object, "data"), *made;
	int r;
	if (rec && (!data || pv_eq(data, pv_get(pv_rec_val(rec), "data"))))
		return 0;
	if (rec) {
		object = pv_with(cx->arena, pv_rec_val(rec), "data", *data);
		return pv_api_update(cx, t->api, &call, &object, &made);
	}
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
	pv_val ca = object_named(cx, "v1", "ConfigMap", ns, ROOT_CA);
	pv_objb data;
	int r = ensure(cx, t, "ServiceAccount", ns, "default",
		       object_named(cx, "v1", "ServiceAccount", ns, "default"));
	pv_objb_init(&data, cx->arena);
	pv_objb_puts(&data, "ca.crt", pv_auth_ca_pem(pv_api_auth(t->api)));
	ca = pv_with(cx->arena, &ca, "data", pv_objb_end(&data));
	return r < 0 ? r : ensure(cx, t, "ConfigMap", ns, ROOT_CA, ca);
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
