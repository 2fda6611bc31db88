/* A type of the facts table as OpenAPI v3.  Types in it become references; what they refer to is
 * collected, so that the caller can write each once. */
#include "core/kinds/kinds.h"
#include "core/schema/openapi.h"
#include "base/str.h"

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

static void
put_lists(pv_objb *b, const pv_schema *s)
{
	static const char *const names[] = {"atomic", "set", "map"};
	pv_listb keys;

	/* A list is atomic unless something is said, and whether that is said is a fact of its own. */
	if (s->type == PV_T_LIST && (s->list != PV_LIST_ATOMIC || s->map == PV_MAP_ATOMIC))
		pv_objb_puts(b, "x-kubernetes-list-type", names[s->list]);
	if (s->n_keys) {
		pv_listb_init(&keys, b->arena);
		for (size_t i = 0; i < s->n_keys; i++)
			pv_listb_add(&keys, pv_string_ref(s->keys[i]));
		pv_objb_put(b, "x-kubernetes-list-map-keys", pv_listb_end(&keys));
	}
	if (s->type == PV_T_OBJECT && s->map == PV_MAP_ATOMIC && !s->component)
		pv_objb_puts(b, "x-kubernetes-map-type", "atomic");
}

typedef struct writer {
	pv_arena *arena;
	const pv_words *words;
	pv_vec *refs;
} writer;

typedef struct place { /* where a value stands: in a field of a type, or in what that holds */
	const char *type, *field;
	bool items;
} place;

/* What Go holds where nothing is said, if that is published as the default. */
static void
put_zero(pv_objb *b, const pv_schema *s)
{
	if (s->component)
		return;
	if (s->name)
		pv_objb_put(b, "default", pv_object_of(b->arena, NULL, 0, NULL, NULL));
	else if (s->type == PV_T_STRING && !s->format)
		pv_objb_puts(b, "default", "");
	else if (s->type == PV_T_INTEGER || s->type == PV_T_NUMBER)
		pv_objb_put(b, "default", pv_int(0));
	else if (s->type == PV_T_BOOLEAN)
		pv_objb_put(b, "default", pv_bool(false));
}

static pv_val value(writer *w, const pv_schema *s, const place *at);

static void
put_shape(writer *w, pv_objb *b, const pv_schema *s, const place *at)
{
	place inside = {at ? at->type : NULL, at ? at->field : NULL, true};

	if (s->flags & PV_S_QUANTITY) {
		put_one_of(b, "string", "number");
	} else if (s->flags & PV_S_INT_OR_STRING) {
		pv_objb_puts(b, "format", "int-or-string");
		put_one_of(b, "integer", "string");
	} else {
		if (s->type != PV_T_ANY)
			pv_objb_puts(b, "type", type_names[s->type]);
		pv_objb_puts(b, "format", s->format);
	}
	put_lists(b, s);
	if (s->items)
		pv_objb_put(b, "items", value(w, s->items, &inside));
	if (s->rest)
		pv_objb_put(b, "additionalProperties", value(w, s->rest, &inside));
}

/* A type is referred to; beside a reference nothing else counts, so it moves into allOf. */
static void
put_value(writer *w, pv_objb *b, const pv_schema *s, const place *at)
{
	const char *type = s->name ? s->name : s->component;
	pv_val ref;

	if (type) {
		pv_vec_push(w->refs, &type);
		ref = pv_openapi_ref(w->arena, pv_kinds_openapi_name(w->arena, type));
		pv_objb_put(b, "allOf", pv_list_of(w->arena, &ref, 1));
	} else {
		put_shape(w, b, s, at);
	}
}

/* A reference that nothing is said beside stands alone. */
static pv_val
closed(pv_objb *b)
{
	pv_val v = pv_objb_end(b);
	const pv_val *all = pv_count(&v) == 1 ? pv_get(&v, "allOf") : NULL;

	return all ? all->items[0] : v;
}

static pv_val
value(writer *w, const pv_schema *s, const place *at)
{
	pv_objb b;

	pv_objb_init(&b, w->arena);
	put_value(w, &b, s, at);
	put_zero(&b, s);
	pv_words_put(w->words, at->type, at->field, true, &b);
	return closed(&b);
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

static pv_val
property(writer *w, const char *type, const pv_prop *p)
{
	place at = {type, p->name, false};
	pv_objb b;

	pv_objb_init(&b, w->arena);
	pv_objb_puts(&b, "description", pv_words_about(w->words, type, p->name));
	put_value(w, &b, p->schema, &at);
	if (p->flags & PV_P_KEEP && !(p->flags & PV_P_POINTER))
		put_zero(&b, p->schema);
	pv_words_put(w->words, type, p->name, false, &b);
	pv_objb_puts(&b, "x-kubernetes-patch-strategy", strategy_of(p));
	pv_objb_puts(&b, "x-kubernetes-patch-merge-key", p->merge_key);
	if (p->flags & PV_P_GRANULAR)
		pv_objb_puts(&b, "x-kubernetes-map-type", "granular");
	return closed(&b);
}

static int
by_place(const void *a, const void *b)
{
	const pv_prop *x = *(const pv_prop *const *)a, *y = *(const pv_prop *const *)b;

	return x->place < y->place ? -1 : x->place > y->place;
}

static void
put_props(writer *w, pv_objb *b, const pv_schema *s)
{
	pv_objb props;
	pv_listb required;
	pv_vec needed;

	pv_vec_init(&needed, w->arena, sizeof(const pv_prop *));
	pv_objb_init(&props, w->arena);
	for (size_t i = 0; i < s->n_props; i++) {
		const pv_prop *p = &s->props[i];

		pv_objb_add(&props, pv_string_ref(p->name), property(w, s->name, p));
		if (p->flags & PV_P_REQUIRED)
			pv_vec_push(&needed, &p);
	}
	if (props.len)
		pv_objb_put(b, "properties", pv_objb_end(&props));
	if (!needed.len)
		return;
	pv_vec_sort(&needed, by_place);
	pv_listb_init(&required, w->arena);
	for (size_t i = 0; i < needed.len; i++)
		pv_listb_add(&required, pv_string_ref((*PV_AT(const pv_prop *, &needed, i))->name));
	pv_objb_put(b, "required", pv_listb_end(&required));
}

pv_val
pv_schema_openapi(pv_arena *arena, const pv_schema *type, const pv_words *words, pv_vec *refs)
{
	const char *name = type->name ? type->name : type->component;
	writer w = {arena, words, refs};
	pv_objb b;

	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "description", pv_words_about(words, name, NULL));
	put_shape(&w, &b, type, NULL);
	pv_words_put(words, name, NULL, false, &b);
	put_props(&w, &b, type);
	return pv_objb_end(&b);
}
