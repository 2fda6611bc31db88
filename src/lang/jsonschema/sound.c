/* sound: is a schema one?  A keyword with a value of another type would assert nothing, and nobody would
 * be told. */
#include <string.h>

#include "base/arena.h"
#include "lang/jsonschema/impl.h"

#define DEPTH 200

enum want { NUMBER, TEXT, TEXTS, BOOL, LIMIT, TYPE, LIST, SCHEMA, ITEMS, SCHEMA_LIST, SCHEMA_MAP };

static const struct {
	const char *keyword;
	enum want want;
} keywords[] = {
	{"type", TYPE},
	{"enum", LIST},
	{"required", TEXTS},
	{"pattern", TEXT},
	{"format", TEXT},
	{"$ref", TEXT},
	{"minimum", NUMBER},
	{"maximum", NUMBER},
	{"exclusiveMinimum", LIMIT},
	{"exclusiveMaximum", LIMIT},
	{"multipleOf", NUMBER},
	{"minLength", NUMBER},
	{"maxLength", NUMBER},
	{"minItems", NUMBER},
	{"maxItems", NUMBER},
	{"minProperties", NUMBER},
	{"maxProperties", NUMBER},
	{"uniqueItems", BOOL},
	{"items", ITEMS},
	{"additionalItems", SCHEMA},
	{"additionalProperties", SCHEMA},
	{"contains", SCHEMA},
	{"propertyNames", SCHEMA},
	{"not", SCHEMA},
	{"if", SCHEMA},
	{"then", SCHEMA},
	{"else", SCHEMA},
	{"prefixItems", SCHEMA_LIST},
	{"allOf", SCHEMA_LIST},
	{"anyOf", SCHEMA_LIST},
	{"oneOf", SCHEMA_LIST},
	{"properties", SCHEMA_MAP},
	{"patternProperties", SCHEMA_MAP},
	{"definitions", SCHEMA_MAP},
	{"$defs", SCHEMA_MAP},
};

static int sound(validator *v, const pv_val *s, const char *at, int depth);

static int
wrong(validator *v, const char *at, const pv_val *found, const char *want)
{
	return v->failed = pv_fail(v->cx, PV_EINVALID, "the schema is none: at '%s': got %s, want %s", at,
				   pv_type_name(found), want);
}

static int
check_list(validator *v, const pv_val *list, const char *at, int depth)
{
	int r = pv_is(list, PV_LIST) ? 0 : wrong(v, at, list, "array");
	for (size_t i = 0; r == 0 && i < pv_count(list); i++)
		r = sound(v, pv_item(list, i), pv_printf(v->cx->arena, "%s/%zu", at, i), depth);
	return r;
}

static int
check_map(validator *v, const pv_val *map, const char *at, int depth)
{
	int r = pv_is(map, PV_OBJECT) ? 0 : wrong(v, at, map, "object");
	for (size_t i = 0; r == 0 && i < pv_member_count(map); i++)
		r = sound(v, &map->members[i].val, schema_below(v, at, pv_strv(&map->members[i].key)), depth);
	return r;
}

static int
check_texts(validator *v, const pv_val *list, const char *at)
{
	int r = pv_is(list, PV_LIST) ? 0 : wrong(v, at, list, "array");
	for (size_t i = 0; r == 0 && i < pv_count(list); i++)
		if (!pv_is(pv_item(list, i), PV_STRING))
			r = wrong(v, pv_printf(v->cx->arena, "%s/%zu", at, i), pv_item(list, i), "string");
	return r;
}

static int
check_type_name(validator *v, const pv_val *type, const char *at)
{
	static const char *const known[] = {"array",  "boolean", "integer", "null",
					    "number", "object",  "string"};
	for (size_t i = 0; i < PV_LEN(known); i++)
		if (pv_streq(pv_text(type, ""), known[i]))
			return 0;
	return v->failed = pv_fail(
		       v->cx, PV_EINVALID,
		       "the schema is none: at '%s': value must be one of 'array', 'boolean', 'integer', "
		       "'null', 'number', 'object', 'string', found %s",
		       at, pv_is(type, PV_STRING) ? fault_quote(v, pv_strv(type)) : pv_type_name(type));
}

static int
check_types(validator *v, const pv_val *type, const char *at)
{
	int r = 0;
	if (!pv_is(type, PV_LIST))
		return check_type_name(v, type, at);
	for (size_t i = 0; r == 0 && i < type->len; i++)
		r = check_type_name(v, &type->items[i], pv_printf(v->cx->arena, "%s/%zu", at, i));
	return r;
}

static int
check_keyword(validator *v, enum want want, const pv_val *k, const char *at, int depth)
{
	switch (want) {
	case NUMBER: return pv_is(k, PV_NUMBER) ? 0 : wrong(v, at, k, "number");
	case TEXT: return pv_is(k, PV_STRING) ? 0 : wrong(v, at, k, "string");
	case TEXTS: return check_texts(v, k, at);
	case BOOL: return pv_is(k, PV_BOOL) ? 0 : wrong(v, at, k, "boolean");
	case LIMIT:
		if (v->draft == 4)
			return pv_is(k, PV_BOOL) ? 0 : wrong(v, at, k, "boolean");
		return pv_is(k, PV_NUMBER) ? 0 : wrong(v, at, k, "number");
	case TYPE: return check_types(v, k, at);
	case LIST: return pv_is(k, PV_LIST) ? 0 : wrong(v, at, k, "array");
	case SCHEMA: return sound(v, k, at, depth);
	case ITEMS:
		return pv_is(k, PV_LIST) && v->draft < 2020 ? check_list(v, k, at, depth)
							    : sound(v, k, at, depth);
	case SCHEMA_LIST: return check_list(v, k, at, depth);
	case SCHEMA_MAP: return check_map(v, k, at, depth);
	}
	return 0;
}

static int
sound(validator *v, const pv_val *s, const char *at, int depth)
{
	int r = 0;
	if (pv_is(s, PV_BOOL))
		return 0;
	if (!pv_is(s, PV_OBJECT))
		return wrong(v, at, s, v->draft == 4 ? "object" : "boolean or object");
	if (depth > DEPTH)
		return v->failed =
			       pv_fail(v->cx, PV_ETOOLARGE, "the schema needs more than %d levels", DEPTH);
	if (pv_get(s, "$ref") && v->draft < 2019) /* nothing beside it counts */
		return 0;
	for (size_t i = 0; r == 0 && i < PV_LEN(keywords); i++) {
		const pv_val *k = pv_get(s, keywords[i].keyword);
		if (k != NULL)
			r = check_keyword(v, keywords[i].want, k,
					  schema_below(v, at, pv_str_of(keywords[i].keyword)), depth + 1);
	}
	return r;
}

int
schema_sound(validator *v)
{
	return sound(v, v->root, "", 0);
}
