/* A CRD's openAPIV3Schema -> nodes, with the rules that make it structural
 * (apiextensions.k8s.io/v1, "Specifying a structural schema"). */
#include "base/str.h"
#include "base/vec.h"
#include "core/schema/build.h"
#include <stdlib.h>
#include <string.h>

/* Of the rules that follow a schema, what build_structural() says of its form is not said here. */

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
forbid(build *b, const char *path, const char *key, const char *why)
{
	pv_forbidden(b->f, build_at(b, path, key), why);
}

static bool
is_set(const pv_val *v, const char *key)
{
	const pv_val *given = pv_get(v, key);

	return given && given->type != PV_NULL;
}

static void
set_type(build *b, pv_schema *s, const pv_val *v, const char *path)
{
	const char *type = pv_text(pv_get(v, "type"), "");

	s->type = (uint8_t)type_named(type);
	if (*type && s->type == PV_T_ANY)
		pv_unsupported(b->f, build_at(b, path, "type"), pv_get(v, "type"),
			       "\"array\", \"boolean\", \"integer\", \"number\", \"object\", \"string\"");
	if (pv_streq(type, "null"))
		forbid(b, path, "type", "type cannot be set to null, use nullable as an alternative");
}

static void
check_unsupported(build *b, const pv_val *v, const char *path)
{
	static const struct {
		const char *key;
		bool empty; /* even then */
	} keys[] = {{"id", false},          {"additionalItems", true}, {"patternProperties", false},
		    {"definitions", false}, {"dependencies", true},    {"$ref", true}};

	for (size_t i = 0; i < PV_LEN(keys); i++)
		if (is_set(v, keys[i].key) && (keys[i].empty || pv_get(v, keys[i].key)->len))
			forbid(b, path, keys[i].key,
			       pv_printf(b->cx->arena, "%s is not supported", keys[i].key));
	if (pv_truth(pv_get(v, "uniqueItems"), false))
		forbid(b, path, "uniqueItems",
		       "uniqueItems cannot be set to true since the runtime complexity becomes quadratic");
	if (b->no_default && is_set(v, "default"))
		forbid(b, path, "default", pv_printf(b->cx->arena, "must not be set %s", b->no_default));
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

	for (size_t i = 0; i < PV_LEN(flags); i++)
		if (pv_truth(pv_get(v, flags[i].key), false))
			s->flags |= flags[i].flag;
	if (s->flags & PV_S_EMBEDDED)
		s->flags |= PV_S_EMBEDS;
	if (pv_is(pv_get(v, flags[2].key), PV_BOOL) && !(s->flags & PV_S_PRESERVE))
		pv_fault_value(b->f, build_at(b, path, flags[2].key), pv_get(v, flags[2].key),
			       "must be true or undefined");
	if (s->flags & PV_S_EMBEDDED && b->inside_meta)
		forbid(b, path, flags[3].key, "must not be used inside of resource meta");
}

/* ---- children ---- */

#define SPREADING (PV_S_DEFAULTS | PV_S_RULES | PV_S_EMBEDS)

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

/* What stands in apiVersion, kind and metadata of a whole object has rules of its own. */
static void
enter_prop(build *b, const pv_schema *s, const char *name, enum place place)
{
	bool whole = place == AT_ROOT || s->flags & PV_S_EMBEDDED;

	if (!whole || !(pv_streq(name, "metadata") || pv_streq(name, "kind") || pv_streq(name, "apiVersion")))
		return;
	b->inside_meta = true;
	if (place == AT_ROOT)
		b->no_default = pv_printf(b->cx->arena, "in top-level %s", name);
}

static void
set_props(build *b, pv_schema *s, const pv_val *v, const char *path, enum place place, size_t depth)
{
	const pv_val *props = pv_get(v, "properties");
	size_t n = pv_count(props);
	const char *no_default = b->no_default;
	bool inside_meta = b->inside_meta;
	const char *at;
	pv_prop *list;

	if (!n || !pv_is(props, PV_OBJECT))
		return;
	list = pv_new_array(b->arena, pv_prop, n);
	at = build_at(b, path, "properties");
	for (size_t i = 0; i < n; i++) {
		const pv_member *m = pv_sorted(props, i);
		const char *name = build_own(b, &m->key);
		const char *below = pv_path_key(b->cx->arena, at, name);

		list[i].name = name;
		enter_prop(b, s, name, place);
		list[i].schema = build_node(b, &m->val, below, AT_FIELD, depth + 1);
		b->no_default = no_default;
		b->inside_meta = inside_meta;
		if (is_required(s, name))
			list[i].flags |= PV_P_REQUIRED;
		spread(s, list[i].schema);
	}
	s->props = list;
	s->n_props = (uint32_t)n;
}

static void
set_items(build *b, pv_schema *s, const pv_val *v, const char *path, size_t depth)
{
	const pv_val *items = pv_get(v, "items");

	if (pv_is(items, PV_LIST) && items->len) {
		forbid(b, path, "items", "items must be a schema object and not an array");
	} else if (pv_is(items, PV_OBJECT)) {
		s->items = build_node(b, items, build_at(b, path, "items"), AT_FIELD, depth + 1);
		spread(s, s->items);
	}
}

static void
set_rest(build *b, pv_schema *s, const pv_val *v, const char *path, size_t depth)
{
	const pv_val *more = pv_get(v, "additionalProperties");
	const char *no_default = b->no_default;

	if (!more || more->type == PV_NULL)
		return;
	if (pv_count(pv_get(v, "properties")) && !pv_truth(more, false))
		forbid(b, path, "additionalProperties",
		       "additionalProperties and properties are mutual exclusive");
	if (pv_is(more, PV_BOOL) && !more->b) {
		s->flags |= PV_S_CLOSED;
	} else if (pv_is(more, PV_BOOL)) {
		pv_schema *anything = pv_new(b->arena, pv_schema);

		anything->flags = PV_S_NULLABLE;
		s->rest = anything;
	} else {
		if (b->inside_meta)
			b->no_default = "inside additionalProperties applying to object metadata";
		s->rest = build_node(b, more, build_at(b, path, "additionalProperties"), AT_FIELD, depth + 1);
		b->no_default = no_default;
		spread(s, s->rest);
	}
}

pv_schema *
build_node(build *b, const pv_val *v, const char *path, enum place place, size_t depth)
{
	pv_schema *s = pv_new(b->arena, pv_schema);
	size_t before = b->f->n;

	if (depth > BUILD_DEPTH) {
		pv_fault(b->f, "FieldValueInvalid", path, "Invalid value: \"\": nested deeper than %d levels",
			 BUILD_DEPTH);
		return s;
	}
	if (!pv_is(v, PV_OBJECT)) {
		pv_fault(b->f, "FieldValueTypeInvalid", path,
			 "Invalid value: \"%s\": %s in body must be of type object: \"%s\"", pv_type_name(v),
			 path, pv_type_name(v));
		return s;
	}
	build_keywords(b, v, path);
	set_flags(b, s, v, path);
	set_type(b, s, v, path);
	check_unsupported(b, v, path);
	s->format = build_own(b, pv_get(v, "format"));
	build_lists(b, s, v, path);
	set_required(b, s, v);
	set_props(b, s, v, path, place, depth);
	set_items(b, s, v, path, depth);
	set_rest(b, s, v, path, depth);
	build_facets(b, s, v, path, depth);
	build_list_keys(b, s, v, path);
	build_rule_texts(b, s, v, path);
	if (place == AT_ROOT)
		s->flags |= PV_S_WHOLE;
	if (b->f->n > before)
		s->flags |= PV_S_FAULTY;
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
	const char *word;
	size_t before;

	pv_vec_init(&b.costly, cx->arena, sizeof(const char *));
	r->arena = arena;
	r->refs = 1;
	before = f->n;
	word = build_structural(&b, openapi, path);
	r->node = *build_node(&b, openapi, path, AT_ROOT, 0);
	r->node.flags |= PV_S_ROOT;
	if (f->n == before && word)
		pv_fault(f, "FieldValueInvalid", path,
			 "Invalid value: \"\": OpenAPIV3Schema '%s' is not supported", word);
	if (pv_truth(pv_get(openapi, "nullable"), false))
		forbid(&b, path, "nullable", "nullable cannot be true at the root");
	if (!b.formless && build_defaults(&b, &r->node, path) && build_rules(&b, &r->node, openapi, path))
		build_judge_defaults(&b, &r->node, path);
	return &r->node;
}

static pv_schema *
kept(const pv_schema *built)
{
	pv_arena *turn = pv_arena_new("schema-pack"), *arena = pv_arena_new_small("schema");
	root *r = pv_new(arena, root);

	r->arena = arena;
	r->refs = 1;
	r->node = *schema_pack(arena, turn, built);
	pv_arena_free(turn);
	return &r->node;
}

int
pv_schema_from_crd(pv_ctx *cx, const pv_val *openapi, const char *path, pv_schema **ret)
{
	pv_vec causes;
	pv_faults f = {.cx = cx, .causes = &causes};
	pv_schema *built;
	int r;

	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	built = pv_schema_build(cx, openapi, path, &f);
	if (!f.n)
		*ret = kept(built);
	pv_schema_unref(built);
	if (!f.n)
		return 0;
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
