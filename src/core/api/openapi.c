#include "core/api/openapi.h"
#include "base/map.h"
#include "base/str.h"
#include "core/kinds/kinds.h"
#include "core/schema/openapi.h"
#include "lang/json/json.h"
#include <inttypes.h>
#include <string.h>

#define META "io.k8s.apimachinery.pkg.apis.meta.v1."

typedef struct doc {
	pv_ctx *cx;
	pv_arena *arena;
	pv_registry *registry;
	pv_objb paths, schemas;
	pv_vec refs; /* const char *: types still to be written */
	pv_map *done;
} doc;

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
want(doc *d, const char *type)
{
	pv_vec_push(&d->refs, &type);
}

static pv_val
meta_ref(doc *d, const char *type)
{
	want(d, pv_printf(d->arena, "meta.v1.%s", type));
	return pv_openapi_ref(d->arena, pv_printf(d->arena, META "%s", type));
}

static pv_val
plain(doc *d, const char *type)
{
	pv_objb b;

	pv_objb_init(&b, d->arena);
	pv_objb_puts(&b, "type", type);
	return pv_objb_end(&b);
}

static pv_val
about(doc *d, pv_val v, const char *text)
{
	return pv_with(d->arena, &v, "description", pv_string_ref(text));
}

static pv_val
with_identity(doc *d, const pv_val *schema)
{
	const pv_val *props = pv_get(schema, "properties");
	pv_objb b, meta;
	pv_val ref;

	pv_objb_from(&b, d->arena, props);
	pv_objb_put(&b, "apiVersion", about(d, plain(d, "string"), PV_ABOUT_API_VERSION));
	pv_objb_put(&b, "kind", about(d, plain(d, "string"), PV_ABOUT_KIND));
	ref = meta_ref(d, "ObjectMeta");
	pv_objb_init(&meta, d->arena);
	pv_objb_put(&meta, "allOf", pv_list_of(d->arena, &ref, 1));
	pv_objb_put(&b, "metadata", about(d, pv_objb_end(&meta), PV_ABOUT_METADATA));
	return pv_with(d->arena, schema, "properties", pv_objb_end(&b));
}

static int
kind_schema(doc *d, const pv_resource *res, pv_val *ret)
{
	const pv_val *text = NULL;
	pv_objb b;
	int r = pv_resource_openapi(d->cx, res, &text);

	if (r < 0)
		return r;
	if (text) {
		*ret = with_identity(d, text);
	} else if (res->schema) {
		*ret = pv_schema_openapi_refs(d->arena, res->schema, &d->refs);
	} else {
		pv_objb_init(&b, d->arena);
		pv_objb_puts(&b, "type", "object");
		pv_objb_put(&b, "x-kubernetes-preserve-unknown-fields", pv_bool(true));
		pv_val v = pv_objb_end(&b);
		*ret = with_identity(d, &v);
	}
	return 0;
}

static void
add_schema(doc *d, const char *name, pv_val v, const pv_val *kind)
{
	if (kind)
		v = pv_with(d->arena, &v, "x-kubernetes-group-version-kind", pv_list_of(d->arena, kind, 1));
	if (!pv_map_finds(d->done, name)) {
		pv_map_puts(d->done, name, d);
		pv_objb_add(&d->schemas, pv_string(d->arena, name), v);
	}
}

static void
add_list(doc *d, const pv_resource *res, const char *item)
{
	pv_val kind = gvk(d->arena, res->group, res->version, res->list_kind);
	pv_val items, required = pv_string_ref("items");
	pv_objb b, props;

	pv_objb_init(&b, d->arena);
	pv_objb_puts(&b, "type", "array");
	pv_objb_put(&b, "items", pv_openapi_ref(d->arena, item));
	items = pv_objb_end(&b);
	pv_objb_init(&props, d->arena);
	pv_objb_put(&props, "apiVersion", plain(d, "string"));
	pv_objb_put(&props, "items", items);
	pv_objb_put(&props, "kind", plain(d, "string"));
	pv_objb_put(&props, "metadata", meta_ref(d, "ListMeta"));
	pv_objb_init(&b, d->arena);
	pv_objb_puts(&b, "type", "object");
	pv_objb_put(&b, "required", pv_list_of(d->arena, &required, 1));
	pv_objb_put(&b, "properties", pv_objb_end(&props));
	add_schema(d, component_name(d->arena, res, res->list_kind), pv_objb_end(&b), &kind);
}

/* Types referred to, until there are no new ones. */
static void
add_refs(doc *d)
{
	for (size_t i = 0; i < d->refs.len; i++) {
		const char *type = *PV_AT(const char *, &d->refs, i);
		const char *name = pv_kinds_openapi_name(d->arena, type);
		const pv_schema *schema = pv_registry_type(d->registry, type);

		if (schema && !pv_map_finds(d->done, name))
			add_schema(d, name, pv_schema_openapi_refs(d->arena, schema, &d->refs), NULL);
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
operation(doc *d, const pv_resource *res, const struct op *op, const char *component)
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

	pv_objb_init(&b, d->arena);
	pv_listb_init(&params, d->arena);
	for (size_t i = 0; i < PV_LEN(op->params) && op->params[i]; i++)
		add_param(&params, "query", op->params[i], param_type(op->params[i]), false);
	if (params.len)
		pv_objb_put(&b, "parameters", pv_listb_end(&params));
	if (op->verb == PV_V_PATCH)
		pv_objb_put(&b, "requestBody",
			    content(d->arena, res->kind_facts ? patches : crd_patches, META "Patch"));
	else if (op->verb == PV_V_CREATE || op->verb == PV_V_UPDATE)
		pv_objb_put(&b, "requestBody", content(d->arena, json, component));
	pv_objb_init(&responses, d->arena);
	pv_objb_put(&responses, op->verb == PV_V_CREATE ? "201" : "200", content(d->arena, json, component));
	pv_objb_put(&b, "responses", pv_objb_end(&responses));
	pv_objb_puts(&b, "x-kubernetes-action", op->action);
	pv_objb_put(&b, "x-kubernetes-group-version-kind",
		    gvk(d->arena, res->group, res->version, res->kind));
	return pv_objb_end(&b);
}

static void
add_path(doc *d, const pv_resource *res, bool named, const char *component)
{
	const char *root = *res->group ? "/apis" : "/api";
	pv_listb params;
	pv_objb b;

	pv_objb_init(&b, d->arena);
	for (size_t i = 0; i < PV_LEN(ops); i++)
		if (ops[i].named == named && res->verbs & ops[i].verb)
			pv_objb_put(&b, ops[i].method, operation(d, res, &ops[i], component));
	if (!b.len)
		return;
	pv_listb_init(&params, d->arena);
	if (named)
		add_param(&params, "path", "name", "string", true);
	if (res->namespaced)
		add_param(&params, "path", "namespace", "string", true);
	if (params.len)
		pv_objb_put(&b, "parameters", pv_listb_end(&params));
	pv_objb_add(&d->paths,
		    pv_stringf(d->arena, "%s/%s/%s%s%s", root, res->api_version,
			       res->namespaced ? "namespaces/{namespace}/" : "", res->plural,
			       named ? "/{name}" : ""),
		    pv_objb_end(&b));
}

static int
add_resource(doc *d, const pv_resource *res)
{
	const char *name = component_name(d->arena, res, res->kind);
	pv_val kind = gvk(d->arena, res->group, res->version, res->kind), schema;
	int r = kind_schema(d, res, &schema);

	if (r < 0)
		return r;
	add_schema(d, name, schema, &kind);
	if (res->verbs & PV_V_LIST)
		add_list(d, res, name);
	add_path(d, res, false, name);
	add_path(d, res, true, name);
	return 0;
}

static void
write_doc(doc *d, pv_buf *out)
{
	pv_objb b, info, components;

	pv_objb_init(&info, d->arena);
	pv_objb_puts(&info, "title", "Pave");
	pv_objb_puts(&info, "version", "v1.34.0+pave");
	pv_objb_init(&components, d->arena);
	pv_objb_put(&components, "schemas", pv_objb_end(&d->schemas));
	pv_objb_init(&b, d->arena);
	pv_objb_puts(&b, "openapi", "3.0.0");
	pv_objb_put(&b, "info", pv_objb_end(&info));
	pv_objb_put(&b, "paths", pv_objb_end(&d->paths));
	pv_objb_put(&b, "components", pv_objb_end(&components));
	pv_val v = pv_objb_end(&b);
	pv_json_write(out, &v);
}

/* key: "openapi apps/v1" */
static int
render_v3(pv_ctx *cx, pv_registry *registry, const char *key, pv_buf *out)
{
	const char *api_version = strchr(key, ' ') + 1;
	doc d = {.cx = cx, .arena = cx->arena, .registry = registry, .done = pv_map_new(cx->arena)};
	size_t n, found = 0;
	const pv_resource *const *all = pv_resource_all(cx, registry, &n);

	pv_objb_init(&d.paths, cx->arena);
	pv_objb_init(&d.schemas, cx->arena);
	pv_vec_init(&d.refs, cx->arena, sizeof(const char *));
	for (size_t i = 0; i < n; i++) {
		int r;

		if (!pv_streq(all[i]->api_version, api_version))
			continue;
		found++;
		r = add_resource(&d, all[i]);
		if (r < 0)
			return r;
	}
	if (!found)
		return pv_fail(cx, PV_ENOTFOUND, "the server could not find the requested resource");
	want(&d, "meta.v1.DeleteOptions");
	want(&d, "meta.v1.Status");
	add_refs(&d);
	add_schema(&d, META "Patch", plain(&d, "object"), NULL);
	write_doc(&d, out);
	return 0;
}

static int
render_index(pv_ctx *cx, pv_registry *registry, const char *key, pv_buf *out)
{
	size_t n;
	const pv_resource *const *all = pv_resource_all(cx, registry, &n);
	const char *last = "";
	pv_objb paths, b;

	(void)key;
	pv_objb_init(&paths, cx->arena);
	for (size_t i = 0; i < n; i++) {
		const char *root = *all[i]->group ? "apis" : "api", *gv = all[i]->api_version;

		if (pv_streq(gv, last))
			continue;
		last = gv;
		pv_objb_init(&b, cx->arena);
		pv_objb_put(&b, "serverRelativeURL",
			    pv_stringf(cx->arena, "/openapi/v3/%s/%s?hash=%016" PRIX64, root, gv,
				       pv_registry_hash(cx, registry, gv)));
		pv_objb_add(&paths, pv_stringf(cx->arena, "%s/%s", root, gv), pv_objb_end(&b));
	}
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "paths", pv_objb_end(&paths));
	pv_val v = pv_objb_end(&b);
	pv_json_write(out, &v);
	return 0;
}

/* Enough for clients that only want to know that it is there; protobuf is not written yet. */
static int
render_v2(pv_ctx *cx, pv_registry *registry, const char *key, pv_buf *out)
{
	pv_val empty = pv_object_of(cx->arena, NULL, 0, NULL, NULL);
	pv_objb b, info;

	(void)registry, (void)key;
	pv_objb_init(&info, cx->arena);
	pv_objb_puts(&info, "title", "Pave");
	pv_objb_puts(&info, "version", "v1.34.0+pave");
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "swagger", "2.0");
	pv_objb_put(&b, "info", pv_objb_end(&info));
	pv_objb_put(&b, "paths", empty);
	pv_objb_put(&b, "definitions", empty);
	pv_val v = pv_objb_end(&b);
	pv_json_write(out, &v);
	return 0;
}

/* ---- answering ---- */

bool
pv_openapi_has(const char *path)
{
	return pv_streq(path, "/openapi/v2") || pv_streq(path, "/openapi/v3") ||
	       pv_streq(path, "/openapi/v3/") || pv_starts_with(path, "/openapi/v3/api");
}

int
pv_openapi(pv_ctx *cx, pv_registry *registry, const pv_document_query *query, pv_document *ret)
{
	const char *path = query->path, *key = "openapi-index";
	uint64_t version = pv_registry_generation(registry), hash;
	pv_registry_render *render = render_index;
	pv_str body;
	int r;

	if (!pv_accept_json(query->accept))
		return pv_fail(cx, PV_ENOTACCEPTABLE,
			       "only the following media types are accepted: application/json");
	if (pv_streq(path, "/openapi/v2")) {
		key = "openapi-v2";
		render = render_v2;
	} else if (pv_starts_with(path, "/openapi/v3/api")) {
		const char *gv = path + strlen("/openapi/v3/api");

		gv = pv_starts_with(gv, "s/") ? gv + 2 : gv + 1;
		key = pv_printf(cx->arena, "openapi %s", gv);
		version = pv_registry_hash(cx, registry, gv);
		render = render_v3;
	}
	r = pv_registry_document(cx, registry, key, version, render, &body, &hash);
	if (r < 0)
		return r;
	pv_document_fill(cx, query, "application/json", body, hash, ret);
	ret->cache = render == render_v3 && query->hash ? "public, max-age=31536000, immutable"
							: "no-cache, private";
	return 0;
}
