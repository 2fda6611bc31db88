#include "core/admission/request.h"

#include "base/str.h"
#include "core/api/api.h"

pv_admit
pv_admission_of(pv_api *api, const pv_resource *resource, const pv_val *object)
{
	return (pv_admit){.operation = PV_OP_CREATE,
			  .resource = resource,
			  .subresource = "",
			  .ns = pv_text_at(object, "metadata.namespace", ""),
			  .name = pv_text_at(object, "metadata.name", ""),
			  .object = object,
			  .uid = pv_text_at(object, "metadata.uid", ""),
			  .serving = api};
}

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
kind_of(pv_ctx *cx, const pv_admit *a)
{
	const pv_resource *of = a->of ? a->of : a->resource;

	return triple(cx, of, "kind", of->kind);
}

const char *
pv_admission_place(const pv_admit *a)
{
	const char *ns = pv_streq(a->resource->type, "/Namespace") ? a->name : a->ns;

	return ns ? ns : "";
}

pv_val
pv_admission_request(pv_ctx *cx, const pv_admit *a)
{
	pv_val kind = kind_of(cx, a);
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
	if (*pv_admission_place(a))
		pv_objb_puts(&b, "namespace", pv_admission_place(a));
	pv_objb_puts(&b, "operation", operations[a->operation]);
	pv_objb_put(&b, "userInfo", pv_auth_user_info(cx->arena, a->identity));
	pv_objb_put(&b, "object", a->object ? *a->object : pv_null());
	pv_objb_put(&b, "oldObject", a->old ? *a->old : pv_null());
	pv_objb_put(&b, "dryRun", pv_bool(a->dry_run));
	pv_objb_put(&b, "options", a->options ? *a->options : pv_null());
	return pv_objb_end(&b);
}

int
pv_admission_as(pv_ctx *cx, const pv_admit *a, const pv_resource *as, pv_admit *ret)
{
	int r = 0;

	*ret = *a;
	ret->resource = as;
	if (as == a->resource || a->of)
		return 0; /* what is posted to a subresource has a version of its own */
	if (a->object)
		r = pv_api_convert(cx, a->serving, as, a->object, &ret->object);
	if (r == 0 && a->old)
		r = pv_api_convert(cx, a->serving, as, a->old, &ret->old);
	return r;
}

pv_val
pv_admission_call(pv_ctx *cx, const pv_admit *a, const pv_admit *seen)
{
	pv_val request = pv_admission_request(cx, seen);
	pv_objb b;

	pv_objb_from(&b, cx->arena, &request);
	pv_objb_puts(&b, "uid", pv_uuid(cx->arena));
	pv_objb_put(&b, "requestKind", kind_of(cx, a));
	pv_objb_put(&b, "requestResource", triple(cx, a->resource, "resource", a->resource->plural));
	if (a->subresource && *a->subresource)
		pv_objb_puts(&b, "requestSubResource", a->subresource);
	return pv_objb_end(&b);
}

const pv_val *
pv_admission_namespace(pv_ctx *cx, const pv_admit *a)
{
	pv_key key = {"/Namespace", "", a->ns};
	const pv_rec *rec;

	if (pv_streq(a->resource->type, "/Namespace"))
		return a->object && !(a->subresource && *a->subresource) ? a->object : a->old;
	if (!a->ns || !*a->ns)
		return NULL;
	rec = a->serving ? pv_store_find(cx, pv_api_store(a->serving), &key) : NULL;
	return rec ? pv_rec_val(rec) : a->ns_to_come;
}

int
pv_admission_same(pv_ctx *cx, const char *by, const pv_val *was, const pv_val *now)
{
	static const char *const fixed[] = {"apiVersion", "kind", "metadata.name", "metadata.namespace",
					    "metadata.uid"};

	for (size_t i = 0; i < PV_LEN(fixed); i++) {
		const char *before = pv_text_at(was, fixed[i], ""), *after = pv_text_at(now, fixed[i], "");

		if (!pv_streq(before, after))
			return pv_fail(cx, PV_EINTERNAL,
				       "Internal error occurred: %s changed %s from \"%s\" to \"%.*s\": "
				       "admission may not turn an object into another",
				       by, fixed[i], before, PV_CLIP(after));
	}
	return 0;
}
