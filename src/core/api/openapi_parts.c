#include "core/api/openapi_parts.h"
#include "base/str.h"
#include "core/api/discovery.h"
#include "core/kinds/kinds.h"
#include "core/schema/openapi.h"
#include <string.h>

#define META "io.k8s.apimachinery.pkg.apis.meta.v1."

/* ---- components ---- */

static pv_val
gvk(pv_arena *arena, const char *group, const char *version, const char *kind)
{
	pv_objb b;

	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "group", group);
	pv_objb_puts(&b, "kind", kind);
	pv_objb_puts(&b, "version", version);
	return pv_objb_end(&b);
}

/* "argoproj.io", v1alpha1, Application: "io.argoproj.v1alpha1.Application" */
static const char *
component_name(pv_arena *arena, const pv_resource *res, const char *kind)
{
	pv_str rest = pv_str_of(res->group), piece;
	const char *reversed = "";

	if (res->kind_facts && res->schema->name) {
		const char *type = pv_kinds_openapi_name(arena, res->schema->name);
		const char *dot = strrchr(type, '.');

		return pv_printf(arena, "%.*s.%s", (int)(dot - type), type, kind);
	}
	while (pv_str_next(&rest, '.', &piece))
		reversed = pv_printf(arena, "%.*s.%s", (int)piece.len, piece.s, reversed);
	return pv_printf(arena, "%s%s.%s", reversed, res->version, kind);
}

static void
want(openapi_parts *p, const char *type)
{
	pv_vec_push(&p->refs, &type);
}

static pv_val
meta_ref(openapi_parts *p, const char *type)
{
	want(p, pv_printf(p->arena, "meta.v1.%s", type));
	return pv_openapi_ref(p->arena, pv_printf(p->arena, META "%s", type));
}

static pv_val
plain(openapi_parts *p, const char *type)
{
	pv_objb b;

	pv_objb_init(&b, p->arena);
	pv_objb_puts(&b, "type", type);
	return pv_objb_end(&b);
}

static pv_val
about(openapi_parts *p, pv_val v, const char *text)
{
	return pv_with(p->arena, &v, "description", pv_string_ref(text));
}

static pv_val
with_identity(openapi_parts *p, const pv_val *schema)
{
	const pv_val *props = pv_get(schema, "properties");
	pv_objb b, meta;
	pv_val ref;

	pv_objb_from(&b, p->arena, props);
	pv_objb_put(&b, "apiVersion", about(p, plain(p, "string"), PV_ABOUT_API_VERSION));
	pv_objb_put(&b, "kind", about(p, plain(p, "string"), PV_ABOUT_KIND));
	ref = meta_ref(p, "ObjectMeta");
	pv_objb_init(&meta, p->arena);
	pv_objb_put(&meta, "allOf", pv_list_of(p->arena, &ref, 1));
	pv_objb_put(&b, "metadata", about(p, pv_objb_end(&meta), PV_ABOUT_METADATA));
	return pv_with(p->arena, schema, "properties", pv_objb_end(&b));
}

static int
kind_schema(openapi_parts *p, const pv_resource *res, pv_val *ret)
{
	const pv_val *text = NULL;
	pv_objb b;
	int r = pv_resource_openapi(p->cx, res, &text);

	if (r < 0)
		return r;
	if (text) {
		*ret = with_identity(p, text);
	} else if (res->schema) {
		*ret = pv_schema_openapi_refs(p->arena, res->schema, &p->refs);
	} else {
		pv_objb_init(&b, p->arena);
		pv_objb_puts(&b, "type", "object");
		pv_objb_put(&b, "x-kubernetes-preserve-unknown-fields", pv_bool(true));
		pv_val v = pv_objb_end(&b);
		*ret = with_identity(p, &v);
	}
	return 0;
}

static void
add_schema(openapi_parts *p, const char *name, pv_val v, const pv_val *kind)
{
	if (kind)
		v = pv_with(p->arena, &v, "x-kubernetes-group-version-kind", pv_list_of(p->arena, kind, 1));
	if (!pv_map_finds(p->done, name)) {
		pv_map_puts(p->done, name, p);
		pv_objb_add(&p->schemas, pv_string(p->arena, name), v);
	}
}

static void
add_list(openapi_parts *p, const pv_resource *res, const char *item)
{
	pv_val kind = gvk(p->arena, res->group, res->version, res->list_kind);
	pv_val items, required = pv_string_ref("items");
	pv_objb b, props;

	pv_objb_init(&b, p->arena);
	pv_objb_puts(&b, "type", "array");
	pv_objb_put(&b, "items", pv_openapi_ref(p->arena, item));
	items = pv_objb_end(&b);
	pv_objb_init(&props, p->arena);
	pv_objb_put(&props, "apiVersion", plain(p, "string"));
	pv_objb_put(&props, "items", items);
	pv_objb_put(&props, "kind", plain(p, "string"));
	pv_objb_put(&props, "metadata", meta_ref(p, "ListMeta"));
	pv_objb_init(&b, p->arena);
	pv_objb_puts(&b, "type", "object");
	pv_objb_put(&b, "required", pv_list_of(p->arena, &required, 1));
	pv_objb_put(&b, "properties", pv_objb_end(&props));
	add_schema(p, component_name(p->arena, res, res->list_kind), pv_objb_end(&b), &kind);
}

/* Types referred to, until there are no new ones. */
static void
add_refs(openapi_parts *p)
{
	for (size_t i = 0; i < p->refs.len; i++) {
		const char *type = *PV_AT(const char *, &p->refs, i);
		const char *name = pv_kinds_openapi_name(p->arena, type);
		const pv_schema *schema = pv_registry_type(p->registry, type);

		if (schema && !pv_map_finds(p->done, name))
			add_schema(p, name, pv_schema_openapi_refs(p->arena, schema, &p->refs), NULL);
	}
}

/* ---- paths ---- */

static void
add_param(pv_listb *list, const char *in, const char *name, const char *type, bool required)
{
	pv_objb b, schema;

	pv_objb_init(&schema, list->arena);
	pv_objb_puts(&schema, "type", type);
	pv_objb_put(&schema, "uniqueItems", pv_bool(true));
	pv_objb_init(&b, list->arena);
	pv_objb_puts(&b, "name", name);
	pv_objb_puts(&b, "in", in);
	if (required)
		pv_objb_put(&b, "required", pv_bool(true));
	pv_objb_put(&b, "schema", pv_objb_end(&schema));
	pv_listb_add(list, pv_objb_end(&b));
}

static pv_val
content(pv_arena *arena, const char *const *types, const char *component)
{
	pv_objb b, media;

	pv_objb_init(&b, arena);
	for (size_t i = 0; types[i]; i++) {
		pv_objb_init(&media, arena);
		pv_objb_put(&media, "schema", pv_openapi_ref(arena, component));
		pv_objb_put(&b, types[i], pv_objb_end(&media));
	}
	pv_objb_init(&media, arena);
	pv_objb_put(&media, "content", pv_objb_end(&b));
	return pv_objb_end(&media);
}

static const struct op {
	const char *method, *action;
	unsigned verb;
	bool named;            /* /{name} */
	const char *params[8]; /* query; ends with NULL */
} ops[] = {
	{"get",
	 "list",
	 PV_V_LIST,
	 false,
	 {"allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit", "resourceVersion",
	  "watch"}},
	{"post", "post", PV_V_CREATE, false, {"dryRun", "fieldManager", "fieldValidation"}},
	{"delete",
	 "deletecollection",
	 PV_V_DELETECOLLECTION,
	 false,
	 {"dryRun", "fieldSelector", "labelSelector", "propagationPolicy"}},
	{"get", "get", PV_V_GET, true, {0}},
	{"put", "put", PV_V_UPDATE, true, {"dryRun", "fieldManager", "fieldValidation"}},
	{"delete", "delete", PV_V_DELETE, true, {"dryRun", "gracePeriodSeconds", "propagationPolicy"}},
	{"patch", "patch", PV_V_PATCH, true, {"dryRun", "fieldManager", "fieldValidation", "force"}},
};

static const char *
param_type(const char *name)
{
	if (pv_streq(name, "watch") || pv_streq(name, "allowWatchBookmarks") || pv_streq(name, "force"))
		return "boolean";
	return pv_streq(name, "limit") || pv_streq(name, "gracePeriodSeconds") ? "integer" : "string";
}

static pv_val
operation(openapi_parts *p, const pv_resource *res, const struct op *op, const char *component)
{
	static const char *const json[] = {"application/json", "application/yaml", NULL};
	static const char *const patches[] = {"application/apply-patch+yaml", "application/json-patch+json",
					      "application/merge-patch+json",
					      "application/strategic-merge-patch+json", NULL};
	static const char *const crd_patches[] = {"application/apply-patch+yaml",
						  "application/json-patch+json",
						  "application/merge-patch+json", NULL};
	pv_listb params;
	pv_objb b, responses;

	pv_objb_init(&b, p->arena);
	pv_listb_init(&params, p->arena);
	for (size_t i = 0; i < PV_LEN(op->params) && op->params[i]; i++)
		add_param(&params, "query", op->params[i], param_type(op->params[i]), false);
	if (params.len)
		pv_objb_put(&b, "parameters", pv_listb_end(&params));
	if (op->verb == PV_V_PATCH)
		pv_objb_put(&b, "requestBody",
			    content(p->arena, res->kind_facts ? patches : crd_patches, META "Patch"));
	else if (op->verb == PV_V_CREATE || op->verb == PV_V_UPDATE)
		pv_objb_put(&b, "requestBody", content(p->arena, json, component));
	pv_objb_init(&responses, p->arena);
	pv_objb_put(&responses, op->verb == PV_V_CREATE ? "201" : "200", content(p->arena, json, component));
	pv_objb_put(&b, "responses", pv_objb_end(&responses));
	pv_objb_puts(&b, "x-kubernetes-action", op->action);
	pv_objb_put(&b, "x-kubernetes-group-version-kind",
		    gvk(p->arena, res->group, res->version, res->kind));
	return pv_objb_end(&b);
}

static void
add_path(openapi_parts *p, const pv_resource *res, bool named, const char *component)
{
	const char *root = *res->group ? "/apis" : "/api";
	pv_listb params;
	pv_objb b;

	pv_objb_init(&b, p->arena);
	for (size_t i = 0; i < PV_LEN(ops); i++)
		if (ops[i].named == named && res->verbs & ops[i].verb)
			pv_objb_put(&b, ops[i].method, operation(p, res, &ops[i], component));
	if (!b.len)
		return;
	pv_listb_init(&params, p->arena);
	if (named)
		add_param(&params, "path", "name", "string", true);
	if (res->namespaced)
		add_param(&params, "path", "namespace", "string", true);
	if (params.len)
		pv_objb_put(&b, "parameters", pv_listb_end(&params));
	pv_objb_add(&p->paths,
		    pv_stringf(p->arena, "%s/%s/%s%s%s", root, res->api_version,
			       res->namespaced ? "namespaces/{namespace}/" : "", res->plural,
			       named ? "/{name}" : ""),
		    pv_objb_end(&b));
}

pv_val
openapi_info(pv_arena *arena)
{
	pv_objb b;

	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "title", "Pave");
	pv_objb_puts(&b, "version", PV_KUBERNETES);
	return pv_objb_end(&b);
}

void
openapi_parts_begin(openapi_parts *p, pv_ctx *cx, pv_registry *registry, pv_map *done)
{
	*p = (openapi_parts){.cx = cx, .arena = cx->arena, .registry = registry, .done = done};
	pv_objb_init(&p->paths, cx->arena);
	pv_objb_init(&p->schemas, cx->arena);
	pv_vec_init(&p->refs, cx->arena, sizeof(const char *));
}

int
openapi_parts_add(openapi_parts *p, const pv_resource *res)
{
	const char *name = component_name(p->arena, res, res->kind);
	pv_val kind = gvk(p->arena, res->group, res->version, res->kind), schema;
	int r = kind_schema(p, res, &schema);

	if (r < 0)
		return r;
	add_schema(p, name, schema, &kind);
	if (res->verbs & PV_V_LIST)
		add_list(p, res, name);
	add_path(p, res, false, name);
	add_path(p, res, true, name);
	return 0;
}

/* What every document needs beside what its kinds refer to. */
void
openapi_parts_end(openapi_parts *p)
{
	want(p, "meta.v1.DeleteOptions");
	want(p, "meta.v1.Status");
	add_refs(p);
	add_schema(p, META "Patch", plain(p, "object"), NULL);
}
