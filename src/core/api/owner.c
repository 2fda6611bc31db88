/* Who owns which field after a write; managers of other versions are asked in theirs. */
#include "core/api/impl.h"
#include "core/fields/fields.h"

static const pv_resource *
find(void *arg, const pv_resource *resource, const char *api_version)
{
	(void)arg;
	return pv_resource_version(resource, api_version);
}

/* Without a webhook the versions of a custom kind differ in their name.  None's defaults are filled in: what a
 * manager gave up would be there again. */
static int
convert(pv_ctx *cx, void *api, const pv_resource *to, const pv_val *object, const pv_val **ret)
{
	if (to->crd && !api_converts(to)) {
		*ret = pv_box(cx->arena,
			      pv_with(cx->arena, object, "apiVersion", pv_string_ref(to->api_version)));
		return 0;
	}
	return pv_api_convert(cx, api, to, object, ret);
}

static pv_fields_versions
versions(const write_op *w)
{
	return (pv_fields_versions){.arg = w->api, .find = find, .convert = convert};
}

static pv_fields_write
writer(const write_op *w, const pv_fields_versions *all)
{
	return (pv_fields_write){.resource = w->res,
				 .subresource = w->sub,
				 .manager = w->call->manager,
				 .now_ns = w->now,
				 .versions = all};
}

int
write_fields(pv_ctx *cx, const write_op *w, const pv_val *old, const pv_val **object)
{
	pv_fields_versions all = versions(w);
	pv_fields_write by = writer(w, &all);

	return pv_fields_update(cx, &by, old, object);
}

int
write_merge(pv_ctx *cx, const write_op *w, const pv_val *live, const pv_val *intent, const pv_val **ret)
{
	pv_fields_versions all = versions(w);
	pv_fields_write by = writer(w, &all);

	return pv_fields_apply(cx, &by, w->call->force, live, intent, ret);
}
