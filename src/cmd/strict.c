/* strict: what the server's strict validation would say of kinds and fields. */
#include "cmd/strict.h"

#include "base/str.h"
#include "cmd/place.h"
#include "core/resource/resource.h"

/* ---- one document ---- */

static int
unknown_kind(pv_ctx *cx, pv_registry *registry, const ask_doc *doc, const char *version, const char *kind)
{
	const pv_resource *near = pv_resource_meant(cx, registry, kind);
	const char *hint =
		near ? pv_printf(cx->arena, "; did you mean %s of %s?", near->kind, near->api_version)
		     : "; a CustomResourceDefinition among the files would make it known";
	return pv_fail_at(cx, PV_ENOTFOUND, doc->file, doc->line, 1, "no kind %s in version %s is known%s",
			  kind, version, hint);
}

static int
check(pv_ctx *cx, pv_registry *registry, const ask_doc *doc)
{
	const char *version = pv_text_at(doc->object, "apiVersion", ""),
		   *kind = pv_text_at(doc->object, "kind", "");
	const pv_resource *resource;
	pv_vec unknown;
	if (!pv_is(doc->object, PV_OBJECT) || !*version || !*kind)
		return pv_fail_at(cx, PV_EINVALID, doc->file, doc->line, 1,
				  "expected an object with apiVersion and kind, found %s",
				  pv_is(doc->object, PV_OBJECT) ? *kind ? "no apiVersion" : "no kind"
								: pv_type_name(doc->object));
	resource = pv_resource_of_kind(cx, registry, version, kind);
	if (!resource)
		return unknown_kind(cx, registry, doc, version, kind);
	pv_vec_init(&unknown, cx->arena, sizeof(const char *));
	(void)pv_resource_prune(cx, resource, doc->object, &unknown);
	if (!unknown.len)
		return 0;
	return place_fault(cx, pv_resource_strict(cx, resource, "", &unknown, NULL), doc,
			   pv_printf(cx->arena, "%s %s", kind, pv_text_at(doc->object, "metadata.name", "")));
}

static int
add_crds(pv_ctx *cx, pv_registry *registry, const pv_vec *docs)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < docs->len; i++) {
		const ask_doc *doc = PV_AT(ask_doc, docs, i);
		if (pv_streq(pv_text_at(doc->object, "kind", ""), "CustomResourceDefinition"))
			r = pv_registry_put_crd(cx, registry, pv_text_at(doc->object, "metadata.name", ""),
						doc->object);
		if (r < 0)
			r = pv_wrap(cx, r, "%s:%d", doc->file, doc->line);
	}
	return r;
}

int
strict_check(pv_ctx *cx, const pv_args *args, const pv_vec *docs, int *ret_worst)
{
	pv_registry *registry;
	int r = pv_registry_new(cx, &registry);
	*ret_worst = PV_EXIT_OK;
	if (r < 0)
		return r;
	r = add_crds(cx, registry, docs);
	for (size_t i = 0; r == 0 && i < docs->len; i++)
		ask_go_on(cx, args, check(cx, registry, PV_AT(ask_doc, docs, i)), ret_worst);
	pv_registry_free(registry);
	return r;
}
