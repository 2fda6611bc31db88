/* A CRD's openAPIV3Schema -> nodes, with the rules that make it structural
 * (apiextensions.k8s.io/v1, "Specifying a structural schema"). */
#include "base/str.h"
#include "base/vec.h"
#include "core/schema/build.h"
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 200

static enum pv_node_type
type_named(const char *name)
{
	static const struct {
		const char *name;
		enum pv_node_type type;
	} types[] = {
		{"object", PV_T_OBJECT},   {"array", PV_T_LIST},    {"string", PV_T_STRING},
		{"integer", PV_T_INTEGER}, {"number", PV_T_NUMBER}, {"boolean", PV_T_BOOLEAN},
	};

	for (size_t i = 0; i < PV_LEN(types); i++)
		if (pv_streq(types[i].name, name))
			return types[i].type;
	return PV_T_ANY;
}

static void
set_type(build *b, pv_schema *s, const pv_val *v, const char *path, enum place place)
{
	static const char *const missing[] = {
		"must not be empty at the root",
		"must not be empty for specified object fields",
		"must not be empty for specified array items",
	};
	const char *type = pv_text(pv_get(v, "type"), "");

	s->type = (uint8_t)type_named(type);
	if (place == AT_LOGIC) {
		if (*type && !(pv_truth(pv_get(v, "x-kubernetes-int-or-string"), false)) &&
		    !pv_streq(type, "integer") && !pv_streq(type, "string"))
			pv_fault(b->f, "FieldValueForbidden", build_at(b, path, "type"),
				 "Forbidden: must be empty to be structural");
		return;
	}
	if (!*type) {
		if (!(s->flags & PV_S_INT_OR_STRING) && (!(s->flags & PV_S_PRESERVE) || place == AT_ROOT))
			pv_fault(b->f, "FieldValueRequired", build_at(b, path, "type"), "Required value: %s",
				 missing[place]);
	} else if (s->type == PV_T_ANY) {
		pv_fault(b->f, "FieldValueNotSupported", build_at(b, path, "type"),
			 "Unsupported value: \"%s\": supported values: \"array\", \"boolean\", \"integer\", "
			 "\"number\", \"object\", \"string\"",
			 type);
	} else if (place == AT_ROOT && s->type != PV_T_OBJECT) {
		pv_fault(b->f, "FieldValueInvalid", build_at(b, path, "type"),
			 "Invalid value: \"%s\": must be object at the root", type);
	}
}

static void
forbid(build *b, const pv_val *v, const char *path, const char *key, const char *why)
{
	if (pv_get(v, key))
		pv_fault(b->f, "FieldValueForbidden", build_at(b, path, key), "Forbidden: %s", why);
}

static void
set_flags(build *b, pv_schema *s, const pv_val *v, const char *path)
{
	static const struct {
		const char *key;
		uint32_t flag;
	} flags[] = {
		{"nullable", PV_S_NULLABLE},
		{"x-kubernetes-int-or-string", PV_S_INT_OR_STRING},
		{"x-kubernetes-preserve-unknown-fields", PV_S_PRESERVE},
		{"x-kubernetes-embedded-resource", PV_S_EMBEDDED},
		{"exclusiveMinimum", PV_S_MIN_OPEN},
		{"exclusiveMaximum", PV_S_MAX_OPEN},
	};
	static const char *const unsupported[] = {"definitions", "dependencies", "patternProperties",
						  "additionalItems"};

	for (size_t i = 0; i < PV_LEN(flags); i++)
		if (pv_truth(pv_get(v, flags[i].key), false))
			s->flags |= flags[i].flag;
	for (size_t i = 0; i < PV_LEN(unsupported); i++)
		forbid(b, v, path, unsupported[i],
		       pv_printf(b->cx->arena, "%s is not supported", unsupported[i]));
	forbid(b, v, path, "$ref", "$ref is not supported");
	if (pv_truth(pv_get(v, "uniqueItems"), false))
		pv_fault(b->f, "FieldValueForbidden", build_at(b, path, "uniqueItems"),
			 "Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes "
			 "quadratic");
}

static void
need_type(build *b, const pv_schema *s, const char *path, const char *key, enum pv_node_type type,
	  const char *name)
{
	if (s->type != type)
		pv_fault(b->f, "FieldValueInvalid", build_at(b, path, "type"),
			 "Invalid value: \"\": must be %s if %s is specified", name, key);
}

static void
set_lists(build *b, pv_schema *s, const pv_val *v, const char *path)
{
	const char *list = pv_text(pv_get(v, "x-kubernetes-list-type"), NULL);
	const char *map = pv_text(pv_get(v, "x-kubernetes-map-type"), NULL);
	const pv_val *keys = pv_get(v, "x-kubernetes-list-map-keys");

	if (list) {
		need_type(b, s, path, "x-kubernetes-list-type", PV_T_LIST, "array");
		if (pv_streq(list, "set"))
			s->list = PV_LIST_SET;
		else if (pv_streq(list, "map"))
			s->list = PV_LIST_MAP;
		else if (!pv_streq(list, "atomic"))
			pv_fault(b->f, "FieldValueNotSupported", build_at(b, path, "x-kubernetes-list-type"),
				 "Unsupported value: \"%s\": supported values: \"atomic\", \"map\", \"set\"",
				 list);
	}
	if (map && pv_streq(map, "atomic"))
		s->map = PV_MAP_ATOMIC;
	else if (map && !pv_streq(map, "granular"))
		pv_fault(b->f, "FieldValueNotSupported", build_at(b, path, "x-kubernetes-map-type"),
			 "Unsupported value: \"%s\": supported values: \"atomic\", \"granular\"", map);
	if (s->list == PV_LIST_MAP && !pv_count(keys))
		pv_fault(b->f, "FieldValueRequired", build_at(b, path, "x-kubernetes-list-map-keys"),
			 "Required value: must not be empty if x-kubernetes-list-type is map");
	if (pv_count(keys)) {
		const char **names = pv_new_array(b->arena, const char *, pv_count(keys) + 1);

		for (size_t i = 0; i < pv_count(keys); i++)
			names[i] = build_own(b, pv_item(keys, i)) ? build_own(b, pv_item(keys, i)) : "";
		s->keys = names;
		s->n_keys = (uint32_t)pv_count(keys);
	}
}

static void
check_list_keys(build *b, const pv_schema *s, const char *path)
{
	for (size_t i = 0; s->list == PV_LIST_MAP && i < s->n_keys; i++) {
		const pv_prop *p = pv_schema_prop(s->items, s->keys[i], strlen(s->keys[i]));

		if (!s->items || s->items->type != PV_T_OBJECT)
			pv_fault(b->f, "FieldValueInvalid", build_at(b, path, "items.type"),
				 "Invalid value: \"\": must be object if parent array's "
				 "x-kubernetes-list-type is map");
		else if (!p)
			pv_fault(b->f, "FieldValueInvalid",
				 pv_path_index(b->cx->arena, build_at(b, path, "x-kubernetes-list-map-keys"),
					       i),
				 "Invalid value: \"%s\": entries must all be names of item properties",
				 s->keys[i]);
		else if (!(p->flags & PV_P_REQUIRED) && !(p->schema->facets && p->schema->facets->def))
			pv_fault(b->f, "FieldValueRequired",
				 pv_printf(b->cx->arena, "%s.items.properties[%s].default", path, s->keys[i]),
				 "Required value: this property is in x-kubernetes-list-map-keys, so it must "
				 "have a default or be a required property");
	}
}

/* ---- children ---- */

#define SPREADING (PV_S_DEFAULTS | PV_S_RULES)

static void
spread(pv_schema *s, const pv_schema *child)
{
	s->flags |= child->flags & SPREADING;
	if (child->facets && child->facets->def)
		s->flags |= PV_S_DEFAULTS;
}

static bool
is_required(const pv_schema *s, const char *name)
{
	for (size_t i = 0; s->required && s->required[i]; i++)
		if (pv_streq(s->required[i], name))
			return true;
	return false;
}

static void
set_required(build *b, pv_schema *s, const pv_val *v)
{
	const pv_val *list = pv_get(v, "required");
	const char **names;

	if (!pv_count(list))
		return;
	names = pv_new_array(b->arena, const char *, pv_count(list) + 1);
	for (size_t i = 0, n = 0; i < pv_count(list); i++)
		if (pv_is(pv_item(list, i), PV_STRING))
			names[n++] = build_own(b, pv_item(list, i));
	s->required = names;
}

static void
set_props(build *b, pv_schema *s, const pv_val *v, const char *path, enum place place, size_t depth)
{
	const pv_val *props = pv_get(v, "properties");
	size_t n = pv_count(props);
	pv_prop *list;

	if (!n || !pv_is(props, PV_OBJECT))
		return;
	list = pv_new_array(b->arena, pv_prop, n);
	for (size_t i = 0; i < n; i++) {
		const pv_member *m = pv_sorted(props, i);
		const char *name = build_own(b, &m->key);
		const char *below = pv_printf(b->cx->arena, "%s.properties[%s]", path, name);

		list[i].name = name;
		list[i].schema =
			build_node(b, &m->val, below, place == AT_LOGIC ? AT_LOGIC : AT_FIELD, depth + 1);
		if (is_required(s, name))
			list[i].flags |= PV_P_REQUIRED;
		spread(s, list[i].schema);
	}
	s->props = list;
	s->n_props = (uint32_t)n;
}

static void
set_items(build *b, pv_schema *s, const pv_val *v, const char *path, enum place place, size_t depth)
{
	const pv_val *items = pv_get(v, "items"), *more = pv_get(v, "additionalProperties");

	if (pv_is(items, PV_LIST)) {
		pv_fault(b->f, "FieldValueForbidden", build_at(b, path, "items"),
			 "Forbidden: items must be a schema object and not an array");
	} else if (items) {
		s->items = build_node(b, items, build_at(b, path, "items"),
				      place == AT_LOGIC ? AT_LOGIC : AT_ITEMS, depth + 1);
		spread(s, s->items);
		if (place == AT_LOGIC && s->type == PV_T_ANY)
			s->type = PV_T_LIST;
	} else if (s->type == PV_T_LIST && place != AT_LOGIC) {
		pv_fault(b->f, "FieldValueRequired", build_at(b, path, "items"),
			 "Required value: must be specified");
	}
	if (!more)
		return;
	if (pv_count(pv_get(v, "properties")) && !pv_is(more, PV_BOOL))
		pv_fault(b->f, "FieldValueForbidden", build_at(b, path, "additionalProperties"),
			 "Forbidden: additionalProperties and properties are mutual exclusive");
	else if (pv_is(more, PV_BOOL) && !more->b)
		pv_fault(b->f, "FieldValueForbidden", build_at(b, path, "additionalProperties"),
			 "Forbidden: additionalProperties cannot be set to false");
	else if (pv_is(more, PV_BOOL))
		s->items = pv_new(b->arena, pv_schema); /* anything */
	else
		s->items = build_node(b, more, build_at(b, path, "additionalProperties"),
				      place == AT_LOGIC ? AT_LOGIC : AT_FIELD, depth + 1);
	if (s->items)
		spread(s, s->items);
}

pv_schema *
build_node(build *b, const pv_val *v, const char *path, enum place place, size_t depth)
{
	pv_schema *s = pv_new(b->arena, pv_schema);
	uint64_t often = b->often;
	const char *uncorrelated = b->uncorrelated;

	if (depth > MAX_DEPTH) {
		pv_fault(b->f, "FieldValueInvalid", path, "Invalid value: \"\": nested deeper than %d levels",
			 MAX_DEPTH);
		return s;
	}
	if (!pv_is(v, PV_OBJECT)) {
		pv_fault(b->f, "FieldValueTypeInvalid", path,
			 "Invalid value: \"%s\": must be a schema object", pv_type_name(v));
		return s;
	}
	build_keywords(b, v, path);
	set_flags(b, s, v, path);
	set_type(b, s, v, path, place);
	s->format = build_own(b, pv_get(v, "format"));
	set_lists(b, s, v, path);
	set_required(b, s, v);
	build_enter(b, s, v, path);
	set_props(b, s, v, path, place, depth);
	set_items(b, s, v, path, place, depth);
	b->often = often;
	b->uncorrelated = uncorrelated;
	build_facets(b, s, v, path, depth);
	check_list_keys(b, s, path);
	build_check_default(b, s, path);
	if (place == AT_ROOT)
		s->flags |= PV_S_WHOLE;
	if (place == AT_LOGIC) {
		forbid(b, v, path, "default", "must be undefined to be structural");
		forbid(b, v, path, "x-kubernetes-validations", "must be empty to be structural");
	} else {
		build_rules(b, s, v, path);
	}
	return s;
}

/* ---- roots ---- */

typedef struct root {
	pv_schema node; /* first: a root is a node */
	_Atomic size_t refs;
	pv_arena *arena;
} root;

pv_schema *
pv_schema_build(pv_ctx *cx, const pv_val *openapi, const char *path, pv_faults *f)
{
	pv_arena *arena = pv_arena_new("schema");
	build b = {.cx = cx, .arena = arena, .f = f, .often = 1};
	root *r = pv_new(arena, root);

	pv_vec_init(&b.costly, cx->arena, sizeof(const char *));
	r->arena = arena;
	r->refs = 1;
	r->node = *build_node(&b, openapi, path, AT_ROOT, 0);
	r->node.flags |= PV_S_ROOT;
	build_rules_total(&b, path);
	return &r->node;
}

int
pv_schema_from_crd(pv_ctx *cx, const pv_val *openapi, const char *path, pv_schema **ret)
{
	pv_vec causes;
	pv_faults f = {.cx = cx, .causes = &causes};
	pv_schema *schema;
	int r;

	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	schema = pv_schema_build(cx, openapi, path, &f);
	if (!f.n) {
		*ret = schema;
		return 0;
	}
	pv_schema_unref(schema);
	r = pv_fail(cx, PV_EINVALID, "%s is not a structural schema: %s: %s", path,
		    PV_AT(pv_cause, &causes, 0)->field, PV_AT(pv_cause, &causes, 0)->message);
	for (size_t i = 0; i < causes.len; i++) {
		const pv_cause *c = PV_AT(pv_cause, &causes, i);

		pv_add_cause(cx, c->reason, c->field, "%s", c->message);
	}
	return r;
}

pv_schema *
pv_schema_ref(pv_schema *schema)
{
	if (schema && schema->flags & PV_S_ROOT)
		((root *)schema)->refs++;
	return schema;
}

pv_schema *
pv_schema_unref(pv_schema *schema)
{
	if (schema && schema->flags & PV_S_ROOT && --((root *)schema)->refs == 0)
		pv_arena_free(((root *)schema)->arena);
	return NULL;
}
