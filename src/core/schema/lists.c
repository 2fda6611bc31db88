/* x-kubernetes-list-type, -list-map-keys and -map-type when a schema is built. */
#include "base/str.h"
#include "core/schema/build.h"
#include <string.h>

static void
must_be(build *b, const pv_val *v, const char *path, const char *type, const char *key)
{
	const char *given = pv_text(pv_get(v, "type"), "");

	if (pv_streq(given, type))
		return;
	if (*given)
		pv_fault(b->f, "FieldValueInvalid", build_at(b, path, "type"),
			 "Invalid value: \"%s\": must be %s if %s is specified", given, type, key);
	else
		pv_fault(b->f, "FieldValueRequired", build_at(b, path, "type"),
			 "Required value: must be %s if %s is specified", type, key);
}

static void
set_list_type(build *b, pv_schema *s, const pv_val *v, const char *path)
{
	const char *list = pv_text(pv_get(v, "x-kubernetes-list-type"), NULL);

	if (!list)
		return;
	must_be(b, v, path, "array", "x-kubernetes-list-type");
	if (pv_streq(list, "set"))
		s->list = PV_LIST_SET;
	else if (pv_streq(list, "map"))
		s->list = PV_LIST_MAP;
	else if (!pv_streq(list, "atomic"))
		pv_unsupported(b->f, build_at(b, path, "x-kubernetes-list-type"),
			       pv_get(v, "x-kubernetes-list-type"), "\"atomic\", \"set\", \"map\"");
}

static void
set_map_type(build *b, pv_schema *s, const pv_val *v, const char *path)
{
	const char *map = pv_text(pv_get(v, "x-kubernetes-map-type"), NULL);

	if (!map)
		return;
	must_be(b, v, path, "object", "x-kubernetes-map-type");
	if (pv_streq(map, "atomic"))
		s->map = PV_MAP_ATOMIC;
	else if (!pv_streq(map, "granular"))
		pv_unsupported(b->f, build_at(b, path, "x-kubernetes-map-type"),
			       pv_get(v, "x-kubernetes-map-type"), "\"atomic\", \"granular\"");
}

static void
set_keys(build *b, pv_schema *s, const pv_val *v, const char *path)
{
	const pv_val *keys = pv_get(v, "x-kubernetes-list-map-keys"),
		     *list = pv_get(v, "x-kubernetes-list-type");
	const char **names;

	if (!pv_is(keys, PV_LIST) || !keys->len)
		return;
	if (!pv_is(list, PV_STRING))
		pv_required(b->f, build_at(b, path, "x-kubernetes-list-type"),
			    "must be map if x-kubernetes-list-map-keys is non-empty");
	else if (s->list != PV_LIST_MAP)
		pv_fault_value(b->f, build_at(b, path, "x-kubernetes-list-type"), list,
			       "must be map if x-kubernetes-list-map-keys is non-empty");
	names = pv_new_array(b->arena, const char *, keys->len + 1);
	for (size_t i = 0; i < keys->len; i++)
		names[i] = pv_is(&keys->items[i], PV_STRING) ? build_own(b, &keys->items[i]) : "";
	s->keys = names;
	s->n_keys = (uint32_t)keys->len;
}

void
build_lists(build *b, pv_schema *s, const pv_val *v, const char *path)
{
	set_list_type(b, s, v, path);
	set_map_type(b, s, v, path);
	set_keys(b, s, v, path);
}

/* ---- with the items ---- */

/* In a set or map an item comes or goes whole, and is told from the others. */
static void
check_items(build *b, const pv_schema *s, const pv_val *v, const char *path)
{
	const char *at = build_at(b, path, "items");
	const pv_val *items = pv_get(v, "items"), *list = pv_get(items, "x-kubernetes-list-type");
	static const char atomic[] = "must be atomic as item of a list with x-kubernetes-list-type=set";

	if (s->items->flags & PV_S_NULLABLE)
		pv_forbidden(b->f, build_at(b, at, "nullable"),
			     s->list == PV_LIST_SET
				     ? "cannot be nullable when x-kubernetes-list-type is set"
				     : "cannot be nullable when x-kubernetes-list-type is map");
	if (s->list != PV_LIST_SET || s->type != PV_T_LIST)
		return;
	if (s->items->type == PV_T_LIST && list && !pv_streq(pv_text(list, ""), "atomic"))
		pv_fault_value(b->f, build_at(b, at, "x-kubernetes-list-type"), list, atomic);
	else if (s->items->type == PV_T_OBJECT && s->items->map != PV_MAP_ATOMIC)
		pv_fault_value(b->f, build_at(b, at, "x-kubernetes-map-type"), list, atomic);
}

static void
check_key(build *b, const pv_schema *s, const pv_val *v, size_t i, const char *path)
{
	const char *at = build_at(b, path, "x-kubernetes-list-map-keys"), *name = s->keys[i];
	const pv_val *keys = pv_get(v, "x-kubernetes-list-map-keys");
	const pv_prop *prop = pv_schema_prop(s->items, name, strlen(name));

	if (s->items->type == PV_T_OBJECT) {
		if (!prop)
			pv_fault_value(b->f, at, keys, "entries must all be names of item properties");
		else if (prop->schema->type == PV_T_LIST || prop->schema->type == PV_T_OBJECT)
			pv_fault(b->f, "FieldValueInvalid",
				 pv_printf(b->cx->arena, "%s.items.properties[%s].type", path, name),
				 "Invalid value: \"object\": must be a scalar type if parent array's "
				 "x-kubernetes-list-type is map");
		for (size_t k = 0; k < i; k++)
			if (pv_streq(s->keys[k], name)) {
				pv_fault_value(b->f, at, keys, "must not contain duplicate entries");
				break;
			}
	}
	if (!prop)
		return;
	at = pv_printf(b->cx->arena, "%s.items.properties[%s]", path, name);
	if (!(prop->flags & PV_P_REQUIRED) && !(prop->schema->facets && prop->schema->facets->def))
		pv_required(b->f, build_at(b, at, "default"),
			    "this property is in x-kubernetes-list-map-keys, so it must have a "
			    "default or be a required property");
	if (prop->schema->flags & PV_S_NULLABLE)
		pv_forbidden(b->f, build_at(b, at, "nullable"),
			     "this property is in x-kubernetes-list-map-keys, so it cannot be nullable");
}

void
build_list_keys(build *b, const pv_schema *s, const pv_val *v, const char *path)
{
	const pv_val *items = pv_get(v, "items");

	if (s->list == PV_LIST_MAP && !s->n_keys)
		pv_required(b->f, build_at(b, path, "x-kubernetes-list-map-keys"),
			    "must not be empty if x-kubernetes-list-type is map");
	if (s->list == PV_LIST_MAP && (!items || items->type == PV_NULL))
		pv_required(b->f, build_at(b, path, "items"),
			    "must have a schema if x-kubernetes-list-type is map");
	else if (s->list == PV_LIST_MAP && !pv_is(items, PV_OBJECT))
		pv_fault_value(b->f, build_at(b, path, "items"), items,
			       "must only have a single schema if x-kubernetes-list-type is map");
	if (!pv_is(items, PV_OBJECT) || !s->items || (s->list != PV_LIST_MAP && s->list != PV_LIST_SET))
		return;
	if (s->list == PV_LIST_MAP && s->items->type != PV_T_OBJECT)
		pv_fault(
			b->f, "FieldValueInvalid", build_at(b, path, "items.type"),
			"Invalid value: \"%s\": must be object if parent array's x-kubernetes-list-type is map",
			pv_text(pv_get(items, "type"), ""));
	check_items(b, s, v, path);
	for (size_t i = 0; s->list == PV_LIST_MAP && i < s->n_keys; i++)
		check_key(b, s, v, i, path);
}
