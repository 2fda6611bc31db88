#include "core/api/openapi_parts.h"
#include "base/str.h"
#include "core/api/discovery.h"
#include "core/kinds/kinds.h"
#include "core/schema/openapi.h"
#include <string.h>

/* ---- components ---- */

pv_val
openapi_gvk(pv_arena *arena, const char *group, const char *version, const char *kind)
{
	pv_objb b;

	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "group", group);
	pv_objb_puts(&b, "kind", kind);
	pv_objb_puts(&b, "version", version);
	return pv_objb_end(&b);
}

/* "argoproj.io", v1alpha1, Application: "io.argoproj.v1alpha1.Application" */
const char *
openapi_component(pv_arena *arena, const pv_resource *res, const char *kind)
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

void
openapi_parts_want(openapi_parts *p, const char *type)
{
	pv_vec_push(&p->refs, &type);
}

static pv_val
plain(openapi_parts *p, const char *about, const char *type)
{
	pv_objb b;

	pv_objb_init(&b, p->arena);
	pv_objb_puts(&b, "description", about);
	pv_objb_puts(&b, "type", type);
	return pv_objb_end(&b);
}

pv_val
openapi_identity(openapi_parts *p, const char *field)
{
	return plain(p, pv_words_about(p->words, "*", field), "string");
}

pv_val
openapi_metadata(openapi_parts *p, const char *type, const char *of, bool zero)
{
	pv_val ref = pv_openapi_ref(p->arena, pv_kinds_openapi_name(p->arena, type));
	pv_objb b;

	openapi_parts_want(p, type);
	pv_objb_init(&b, p->arena);
	pv_objb_puts(&b, "description", pv_words_about(p->words, of, "metadata"));
	pv_objb_put(&b, "allOf", pv_list_of(p->arena, &ref, 1));
	if (zero)
		pv_objb_put(&b, "default", pv_object_of(p->arena, NULL, 0, NULL, NULL));
	return pv_objb_end(&b);
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
		*ret = openapi_custom(p, text);
	} else if (res->schema) {
		*ret = pv_schema_openapi(p->arena, res->schema, p->words, &p->refs);
	} else {
		pv_objb_init(&b, p->arena);
		pv_objb_puts(&b, "type", "object");
		pv_objb_put(&b, "x-kubernetes-preserve-unknown-fields", pv_bool(true));
		pv_val v = pv_objb_end(&b);
		*ret = openapi_custom(p, &v);
	}
	return 0;
}

void
openapi_schema_add(openapi_parts *p, const char *name, pv_val v, const pv_val *kind)
{
	if (kind)
		v = pv_with(p->arena, &v, "x-kubernetes-group-version-kind", pv_list_of(p->arena, kind, 1));
	if (!pv_map_finds(p->done, name)) {
		pv_map_puts(p->done, name, p);
		pv_objb_add(&p->schemas, pv_string(p->arena, name), v);
	}
}

/* Of built-in kinds Go holds an empty item and empty metadata where nothing is said. */
static pv_val
list_items(openapi_parts *p, const char *item, bool builtin)
{
	pv_val ref = pv_openapi_ref(p->arena, item);
	pv_objb b;

	if (builtin) {
		pv_objb_init(&b, p->arena);
		pv_objb_put(&b, "allOf", pv_list_of(p->arena, &ref, 1));
		pv_objb_put(&b, "default", pv_object_of(p->arena, NULL, 0, NULL, NULL));
		ref = pv_objb_end(&b);
	}
	pv_objb_init(&b, p->arena);
	pv_objb_puts(&b, "description", pv_words_about(p->words, "*", "items"));
	pv_objb_puts(&b, "type", "array");
	pv_objb_put(&b, "items", ref);
	return pv_objb_end(&b);
}

static void
add_list(openapi_parts *p, const pv_resource *res, const char *item)
{
	pv_val kind = openapi_gvk(p->arena, res->group, res->version, res->list_kind);
	pv_val required = pv_string_ref("items");
	bool builtin = res->kind_facts != NULL;
	pv_objb b, props;

	pv_objb_init(&props, p->arena);
	pv_objb_put(&props, "apiVersion", openapi_identity(p, "apiVersion"));
	pv_objb_put(&props, "items", list_items(p, item, builtin));
	pv_objb_put(&props, "kind", openapi_identity(p, "kind"));
	pv_objb_put(&props, "metadata", openapi_metadata(p, "meta.v1.ListMeta", "list", builtin));
	pv_objb_init(&b, p->arena);
	pv_objb_put(&b, "description", pv_stringf(p->arena, "A list of objects of the kind %s.", res->kind));
	pv_objb_puts(&b, "type", "object");
	pv_objb_put(&b, "required", pv_list_of(p->arena, &required, 1));
	pv_objb_put(&b, "properties", pv_objb_end(&props));
	openapi_schema_add(p, openapi_component(p->arena, res, res->list_kind),
			   openapi_selectable(p, res, pv_objb_end(&b)), &kind);
}

/* A kind of another group-version, such as the claims in a StatefulSet; NULL: the type is no kind. */
static const pv_val *
kind_of(openapi_parts *p, const char *type)
{
	size_t n;
	const pv_resource *const *all = pv_resource_all(p->cx, p->registry, &n);

	for (size_t i = 0; i < n; i++)
		if (all[i]->kind_facts && all[i]->schema->name && pv_streq(all[i]->schema->name, type))
			return pv_box(p->arena,
				      openapi_gvk(p->arena, all[i]->group, all[i]->version, all[i]->kind));
	return NULL;
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
			openapi_schema_add(p, name, pv_schema_openapi(p->arena, schema, p->words, &p->refs),
					   kind_of(p, type));
	}
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

pv_val
openapi_security(pv_arena *arena)
{
	pv_objb all, b;

	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "type", "apiKey");
	pv_objb_puts(&b, "description", "A token: Bearer TOKEN.");
	pv_objb_puts(&b, "name", "authorization");
	pv_objb_puts(&b, "in", "header");
	pv_objb_init(&all, arena);
	pv_objb_put(&all, "BearerToken", pv_objb_end(&b));
	return pv_objb_end(&all);
}

void
openapi_parts_begin(openapi_parts *p, pv_ctx *cx, pv_registry *registry, const pv_words *words, pv_map *done)
{
	*p = (openapi_parts){
		.cx = cx, .arena = cx->arena, .registry = registry, .words = words, .done = done};
	pv_objb_init(&p->paths, cx->arena);
	pv_objb_init(&p->schemas, cx->arena);
	pv_vec_init(&p->refs, cx->arena, sizeof(const char *));
}

int
openapi_parts_add(openapi_parts *p, const pv_resource *res)
{
	const char *name = openapi_component(p->arena, res, res->kind);
	pv_val kind = openapi_gvk(p->arena, res->group, res->version, res->kind), schema;
	int r = kind_schema(p, res, &schema);

	if (r < 0)
		return r;
	openapi_schema_add(p, name, openapi_selectable(p, res, schema), &kind);
	if (res->verbs & PV_V_LIST)
		add_list(p, res, name);
	openapi_paths_add(p, res);
	return 0;
}

void
openapi_parts_end(openapi_parts *p)
{
	add_refs(p);
	if (p->patched)
		openapi_schema_add(p, OPENAPI_META "Patch",
				   plain(p, pv_words_about(p->words, "meta.v1.Patch", NULL), "object"), NULL);
}
