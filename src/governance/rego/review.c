/* review: https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/ */
#include "governance/rego/review.h"

#include "base/str.h"

static const char *const operations[] = {"CREATE", "UPDATE", "DELETE", "CONNECT"};

static pv_val
triple(pv_ctx *cx, const pv_resource *res, const char *key, const char *value)
{
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "group", pv_string_ref(res->group));
	pv_objb_put(&b, "version", pv_string_ref(res->version));
	pv_objb_put(&b, key, pv_string_ref(value));
	return pv_objb_end(&b);
}

static pv_val
user_info(pv_ctx *cx, const pv_identity *id)
{
	pv_listb groups;
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_listb_init(&groups, cx->arena);
	for (size_t i = 0; id && id->groups && id->groups[i]; i++)
		pv_listb_add(&groups, pv_string_ref(id->groups[i]));
	pv_objb_puts(&b, "username", id ? id->user : "");
	if (id)
		pv_objb_puts(&b, "uid", id->uid);
	pv_objb_put(&b, "groups", pv_listb_end(&groups));
	return pv_objb_end(&b);
}

static pv_val
envelope(pv_ctx *cx, pv_val request)
{
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "apiVersion", pv_string_ref("admission.k8s.io/v1"));
	pv_objb_put(&b, "kind", pv_string_ref("AdmissionReview"));
	pv_objb_put(&b, "request", request);
	return pv_objb_end(&b);
}

pv_val
review_of(pv_ctx *cx, const pv_admit *a)
{
	pv_val kind = triple(cx, a->resource, "kind", a->resource->kind);
	pv_val resource = triple(cx, a->resource, "resource", a->resource->plural);
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "uid", a->uid);
	pv_objb_put(&b, "kind", kind);
	pv_objb_put(&b, "resource", resource);
	pv_objb_put(&b, "requestKind", kind);
	pv_objb_put(&b, "requestResource", resource);
	if (a->subresource && *a->subresource)
		pv_objb_puts(&b, "subResource", a->subresource);
	pv_objb_puts(&b, "name", a->name);
	if (a->ns && *a->ns)
		pv_objb_puts(&b, "namespace", a->ns);
	pv_objb_puts(&b, "operation", operations[a->operation]);
	pv_objb_put(&b, "userInfo", user_info(cx, a->identity));
	pv_objb_put(&b, "object", a->object ? *a->object : pv_null());
	pv_objb_put(&b, "oldObject", a->old ? *a->old : pv_null());
	pv_objb_put(&b, "dryRun", pv_bool(a->dry_run));
	return envelope(cx, pv_objb_end(&b));
}

pv_val
review_of_object(pv_ctx *cx, const pv_resource *res, const pv_val *object)
{
	pv_admit a = {.operation = PV_OP_CREATE,
	              .resource = res,
	              .ns = pv_text_at(object, "metadata.namespace", ""),
	              .name = pv_text_at(object, "metadata.name", ""),
	              .object = object,
	              .uid = pv_text_at(object, "metadata.uid", "")};
	return review_of(cx, &a);
}

bool
review_exempt(const pv_resource *res, const char *subresource, const char *ns)
{
	static const char *const namespaces[] = {"kube-system", "kube-public", "kube-node-lease", "pave-system"};
	static const char *const types[] = {"/Event", "events.k8s.io/Event", "/Node", "coordination.k8s.io/Lease"};
	if (subresource && *subresource && !pv_streq(subresource, "scale"))
		return true;
	for (size_t i = 0; i < PV_LEN(namespaces); i++)
		if (pv_streq(ns, namespaces[i]))
			return true;
	for (size_t i = 0; i < PV_LEN(types); i++)
		if (pv_streq(res->type, types[i]))
			return true;
	return pv_streq(res->group, "authentication.k8s.io") || pv_streq(res->group, "authorization.k8s.io");
}
