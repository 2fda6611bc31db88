/* The types of a schema's own keywords (apiextensions.k8s.io/v1 JSONSchemaProps).  The kind's
 * schema cannot hold them everywhere: `items` and `additionalProperties` are unions there, and what
 * stands below them is open. */
#include "core/schema/build.h"
#include <math.h>
#include <string.h>

typedef struct keyword {
	const char *name;
	enum pv_node_type type;
	enum pv_node_type items; /* of a list: what is in it; 0: build_node looks at each, or anything is */
} keyword;

static const keyword of_schema[] = {
	{"$ref", PV_T_STRING, 0},
	{"$schema", PV_T_STRING, 0},
	{"allOf", PV_T_LIST, 0},
	{"anyOf", PV_T_LIST, 0},
	{"description", PV_T_STRING, 0},
	{"enum", PV_T_LIST, 0},
	{"exclusiveMaximum", PV_T_BOOLEAN, 0},
	{"exclusiveMinimum", PV_T_BOOLEAN, 0},
	{"externalDocs", PV_T_OBJECT, 0},
	{"format", PV_T_STRING, 0},
	{"id", PV_T_STRING, 0},
	{"maxItems", PV_T_INTEGER, 0},
	{"maxLength", PV_T_INTEGER, 0},
	{"maxProperties", PV_T_INTEGER, 0},
	{"maximum", PV_T_NUMBER, 0},
	{"minItems", PV_T_INTEGER, 0},
	{"minLength", PV_T_INTEGER, 0},
	{"minProperties", PV_T_INTEGER, 0},
	{"minimum", PV_T_NUMBER, 0},
	{"multipleOf", PV_T_NUMBER, 0},
	{"nullable", PV_T_BOOLEAN, 0},
	{"oneOf", PV_T_LIST, 0},
	{"pattern", PV_T_STRING, 0},
	{"properties", PV_T_OBJECT, 0},
	{"required", PV_T_LIST, PV_T_STRING},
	{"title", PV_T_STRING, 0},
	{"type", PV_T_STRING, 0},
	{"uniqueItems", PV_T_BOOLEAN, 0},
	{"x-kubernetes-embedded-resource", PV_T_BOOLEAN, 0},
	{"x-kubernetes-int-or-string", PV_T_BOOLEAN, 0},
	{"x-kubernetes-list-map-keys", PV_T_LIST, PV_T_STRING},
	{"x-kubernetes-list-type", PV_T_STRING, 0},
	{"x-kubernetes-map-type", PV_T_STRING, 0},
	{"x-kubernetes-preserve-unknown-fields", PV_T_BOOLEAN, 0},
	{"x-kubernetes-validations", PV_T_LIST, PV_T_OBJECT},
};

static const keyword of_rule[] = {
	{"fieldPath", PV_T_STRING, 0},
	{"message", PV_T_STRING, 0},
	{"messageExpression", PV_T_STRING, 0},
	{"optionalOldSelf", PV_T_BOOLEAN, 0},
	{"reason", PV_T_STRING, 0},
	{"rule", PV_T_STRING, 0},
};

static const keyword of_docs[] = {
	{"description", PV_T_STRING, 0},
	{"url", PV_T_STRING, 0},
};

static bool
fits(const pv_val *v, enum pv_node_type type)
{
	switch (type) {
	case PV_T_OBJECT: return v->type == PV_OBJECT;
	case PV_T_LIST: return v->type == PV_LIST;
	case PV_T_STRING: return v->type == PV_STRING;
	case PV_T_BOOLEAN: return v->type == PV_BOOL;
	case PV_T_NUMBER: return v->type == PV_NUMBER;
	case PV_T_INTEGER: return pv_is(v, PV_NUMBER) && fmod(pv_f64(v, 0.5), 1) == 0;
	case PV_T_ANY: break;
	}
	return true;
}

static bool
is_wrong(const pv_val *v, enum pv_node_type type)
{
	return v->type != PV_NULL && !fits(v, type);
}

/* The words of walk.c. */
static void
wrong(build *b, const pv_val *v, enum pv_node_type type, const char *path)
{
	static const char *const names[] = {"", "object", "array", "string", "integer", "number", "boolean"};
	const char *found = fits(v, PV_T_INTEGER) ? "integer" : pv_type_name(v);

	pv_fault(b->f, "FieldValueTypeInvalid", path,
		 "Invalid value: \"%s\": %s in body must be of type %s: \"%s\"", found, path, names[type],
		 found);
}

static const keyword *
find(const keyword *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	return NULL;
}

static void
check_items(build *b, const keyword *k, const pv_val *list, const char *path)
{
	for (size_t i = 0; k->items && list->type == PV_LIST && i < pv_count(list); i++)
		if (is_wrong(pv_item(list, i), k->items))
			wrong(b, pv_item(list, i), k->items,
			      pv_path_index(b->cx->arena, build_at(b, path, k->name), i));
}

static void
check_all(build *b, const keyword *list, size_t n, const pv_val *v, const char *path)
{
	for (size_t i = 0; i < pv_member_count(v); i++) {
		const pv_member *m = &v->members[i];
		const keyword *k = find(list, n, m->key.s);

		if (k && is_wrong(&m->val, k->type))
			wrong(b, &m->val, k->type, build_at(b, path, k->name));
		if (k)
			check_items(b, k, &m->val, path);
	}
}

void
build_keywords(build *b, const pv_val *v, const char *path)
{
	const pv_val *rules = pv_get(v, "x-kubernetes-validations"), *docs = pv_get(v, "externalDocs");

	check_all(b, of_schema, PV_LEN(of_schema), v, path);
	if (docs)
		check_all(b, of_docs, PV_LEN(of_docs), docs, build_at(b, path, "externalDocs"));
	for (size_t i = 0; pv_is(rules, PV_LIST) && i < pv_count(rules); i++)
		check_all(b, of_rule, PV_LEN(of_rule), pv_item(rules, i),
			  pv_path_index(b->cx->arena, build_at(b, path, "x-kubernetes-validations"), i));
}
