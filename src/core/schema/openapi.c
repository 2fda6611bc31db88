/* A node as OpenAPI v3.  Named types become references; what they refer to is
 * collected, so that the caller can write each once. */
#include "core/kinds/kinds.h"
#include "core/schema/openapi.h"
#include "base/str.h"
#include "base/vec.h"

static const char *const type_names[] = {
	[PV_T_OBJECT] = "object",   [PV_T_LIST] = "array",    [PV_T_STRING] = "string",
	[PV_T_INTEGER] = "integer", [PV_T_NUMBER] = "number", [PV_T_BOOLEAN] = "boolean",
};

static pv_val
one_key(pv_arena *arena, const char *key, pv_val v)
{
	pv_objb b;

	pv_objb_init(&b, arena);
	pv_objb_put(&b, key, v);
	return pv_objb_end(&b);
}

pv_val
pv_openapi_ref(pv_arena *arena, const char *name)
{
	return one_key(arena, "$ref", pv_stringf(arena, "#/components/schemas/%s", name));
}

static void
put_one_of(pv_objb *b, const char *first, const char *second)
{
	pv_val types[2] = {one_key(b->arena, "type", pv_string_ref(first)),
			   one_key(b->arena, "type", pv_string_ref(second))};

	pv_objb_put(b, "oneOf", pv_list_of(b->arena, types, 2));
}

/* A built-in kind's value that may be anything: published as an object, and nothing more. */
#define IS_RAW(s) (((s)->flags & PV_S_BUILTIN) && ((s)->flags & PV_S_PRESERVE))

static void
put_lists(pv_objb *b, const pv_schema *s)
{
	static const char *const names[] = {"atomic", "set", "map"};
	pv_listb keys;

	if (s->type == PV_T_LIST && (s->list != PV_LIST_ATOMIC))
		pv_objb_puts(b, "x-kubernetes-list-type", names[s->list]);
	if (s->n_keys) {
		pv_listb_init(&keys, b->arena);
		for (size_t i = 0; i < s->n_keys; i++)
			pv_listb_add(&keys, pv_string_ref(s->keys[i]));
		pv_objb_put(b, "x-kubernetes-list-map-keys", pv_listb_end(&keys));
	}
	if (s->type == PV_T_OBJECT && s->map == PV_MAP_ATOMIC && !IS_RAW(s))
		pv_objb_puts(b, "x-kubernetes-map-type", "atomic");
}

static void
put_facets(pv_objb *b, const pv_schema *s)
{
	const pv_facets *f = s->facets;

	if (!f)
		return;
	if (f->def)
		pv_objb_put(b, "default", *f->def);
	if (f->enums)
		pv_objb_put(b, "enum", *f->enums);
	pv_objb_puts(b, "pattern", f->pattern);
	if (s->flags & PV_S_HAS_MIN)
		pv_objb_put(b, "minimum", pv_double(f->min));
	if (s->flags & PV_S_HAS_MAX)
		pv_objb_put(b, "maximum", pv_double(f->max));
}

static pv_val node(pv_arena *arena, const pv_schema *s, pv_vec *refs, size_t depth);

/* Beside a reference nothing else counts, so it moves into allOf. */
static pv_val
said(pv_arena *arena, pv_val v, const char *key, const char *text)
{
	if (!text)
		return v;
	if (pv_get(&v, "$ref"))
		v = one_key(arena, "allOf", pv_list_of(arena, &v, 1));
	return pv_with(arena, &v, key, pv_string_ref(text));
}

static const char *
strategy_of(const pv_prop *p)
{
	if (p->flags & PV_P_REPLACE)
		return "replace";
	if (p->flags & PV_P_RETAIN)
		return p->flags & PV_P_MERGE ? "merge,retainKeys" : "retainKeys";
	return p->flags & PV_P_MERGE ? "merge" : NULL;
}

/* What the field says, whatever its type does. */
static pv_val
annotated(pv_arena *arena, pv_val v, const pv_prop *p)
{
	v = said(arena, v, "description", p->about);
	v = said(arena, v, "x-kubernetes-patch-strategy", strategy_of(p));
	v = said(arena, v, "x-kubernetes-patch-merge-key", p->merge_key);
	return said(arena, v, "x-kubernetes-map-type", p->flags & PV_P_GRANULAR ? "granular" : NULL);
}

static void
put_props(pv_objb *b, const pv_schema *s, pv_vec *refs, size_t depth)
{
	pv_objb props;
	pv_listb required;

	pv_objb_init(&props, b->arena);
	pv_listb_init(&required, b->arena);
	for (size_t i = 0; i < s->n_props; i++) {
		const pv_prop *p = &s->props[i];
		pv_val v = node(b->arena, p->schema, refs, depth + 1);

		pv_objb_add(&props, pv_string_ref(p->name), annotated(b->arena, v, p));
		if (p->flags & PV_P_REQUIRED)
			pv_listb_add(&required, pv_string_ref(p->name));
	}
	if (props.len)
		pv_objb_put(b, "properties", pv_objb_end(&props));
	if (required.len)
		pv_objb_put(b, "required", pv_listb_end(&required));
}

/* The node itself, never a reference. */
static pv_val
body(pv_arena *arena, const pv_schema *s, pv_vec *refs, size_t depth)
{
	pv_objb b;

	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "description", s->about);
	if (s->flags & PV_S_QUANTITY) {
		put_one_of(&b, "string", "number");
	} else if (s->flags & PV_S_INT_OR_STRING) {
		pv_objb_puts(&b, "format", "int-or-string");
		put_one_of(&b, "integer", "string");
	} else {
		if (s->type != PV_T_ANY)
			pv_objb_puts(&b, "type", type_names[s->type]);
		pv_objb_puts(&b, "format", s->format);
	}
	if (s->flags & PV_S_PRESERVE)
		pv_objb_put(&b, "x-kubernetes-preserve-unknown-fields", pv_bool(true));
	put_facets(&b, s);
	put_lists(&b, s);
	if (s->items)
		pv_objb_put(&b, s->type == PV_T_LIST ? "items" : "additionalProperties",
			    node(arena, s->items, refs, depth + 1));
	put_props(&b, s, refs, depth);
	return pv_objb_end(&b);
}

static pv_val
node(pv_arena *arena, const pv_schema *s, pv_vec *refs, size_t depth)
{
	pv_objb b;
	pv_val ref;

	if (!s->name)
		return depth < 100 ? body(arena, s, refs, depth) : pv_object_of(arena, NULL, 0, NULL, NULL);
	if (refs)
		pv_vec_push(refs, &s->name);
	ref = pv_openapi_ref(arena, pv_kinds_openapi_name(arena, s->name));
	if (!s->facets || !s->facets->def)
		return ref;
	pv_objb_init(&b, arena);
	pv_objb_put(&b, "allOf", pv_list_of(arena, &ref, 1));
	put_facets(&b, s);
	return pv_objb_end(&b);
}

pv_val
pv_schema_openapi(pv_arena *arena, const pv_schema *schema)
{
	return body(arena, schema, NULL, 0);
}

pv_val
pv_schema_openapi_refs(pv_arena *arena, const pv_schema *schema, pv_vec *refs)
{
	return body(arena, schema, refs, 0);
}
