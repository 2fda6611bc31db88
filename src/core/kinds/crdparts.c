/* CustomResourceDefinition: what stands in each of its versions.  What all of them say alike upstream
 * checks once, and names by where it stood in the first form of the kind: spec.validation. */
#include "base/map.h"
#include "base/regex.h"
#include "base/str.h"
#include "core/kinds/behaviour.h"

#define FIELDS 8 /* selectable ones of a version */

typedef struct part {
	pv_faults *f;
	const char *path;
	const pv_val *version;   /* that it stands in, or the first of all */
	size_t i;                /* of the version */
	const pv_schema *schema; /* of the selectable fields; NULL: it does not stand where they do */
	bool together;           /* all versions say the same */
	bool fields;             /* and as much of their selectable fields */
	bool status;             /* there is a status subresource */
} part;

/* ---- schemas ---- */

/* Then its status is judged by properties[status] alone, and nothing else of the root may speak of it. */
static void
check_root(pv_faults *f, const pv_val *openapi, const char *path)
{
	static const char allowed[] =
		"Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength "
		"Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example "
		"XPreserveUnknownFields XValidations";
	static const char *const refused[] = {"id",
					      "$schema",
					      "$ref",
					      "nullable",
					      "default",
					      "maxProperties",
					      "minProperties",
					      "enum",
					      "allOf",
					      "oneOf",
					      "anyOf",
					      "not",
					      "additionalProperties",
					      "patternProperties",
					      "dependencies",
					      "additionalItems",
					      "definitions",
					      "x-kubernetes-embedded-resource",
					      "x-kubernetes-int-or-string",
					      "x-kubernetes-list-map-keys",
					      "x-kubernetes-list-type",
					      "x-kubernetes-map-type"};
	const pv_val *type = pv_get(openapi, "type");

	if (*pv_text(type, "") && !pv_streq(type->s, "object"))
		pv_fault_value(
			f, pv_below(f, path, "type"), type,
			"only \"object\" is allowed as the type at the root of the schema if the status "
			"subresource is enabled");
	for (size_t i = 0; i < PV_LEN(refused); i++) {
		const pv_val *v = pv_get(openapi, refused[i]);

		if (!v || v->type == PV_NULL || (v->type == PV_BOOL && !v->b) ||
		    (v->type != PV_NUMBER && v->type != PV_BOOL && !v->len))
			continue;
		pv_fault_value(
			f, path, openapi,
			pv_printf(f->cx->arena,
				  "only [%s] fields are allowed at the root of the schema if the status "
				  "subresource is enabled",
				  allowed));
		return;
	}
}

static pv_schema *
check_schema(const part *p, const pv_val *given)
{
	const char *path = pv_below(p->f, p->path, "openAPIV3Schema");
	const pv_val *openapi = pv_get(given, "openAPIV3Schema");

	if (!pv_is(openapi, PV_OBJECT))
		return NULL;
	if (p->status)
		check_root(p->f, openapi, path);
	return pv_schema_build(p->f->cx, openapi, path, p->f);
}

/* ---- subresources ---- */

static void
check_scale_path(pv_faults *f, const pv_val *v, const char *path, const char *const *roots)
{
	bool below = false;

	for (size_t i = 0; roots[i]; i++)
		below |= pv_starts_with(pv_text(v, ""), pv_printf(f->cx->arena, "%s.", roots[i]));
	if (*pv_text(v, "") != '.')
		pv_fault_value(f, path, v, "must be a simple json path starting with .");
	else if (!below && roots[1])
		pv_fault_value(f, path, v, "should be a json path under either .spec or .status");
	else if (!below)
		pv_fault_value(f, path, v,
			       pv_printf(f->cx->arena, "should be a json path under %s", roots[0]));
}

static void
check_subresources(const part *p, const pv_val *subs)
{
	static const struct {
		const char *name, *roots[3];
		bool need;
	} paths[] = {
		{"specReplicasPath", {".spec"}, true},
		{"statusReplicasPath", {".status"}, true},
		{"labelSelectorPath", {".spec", ".status"}, false},
	};
	const pv_val *scale = pv_get(subs, "scale");

	for (size_t i = 0; pv_is(scale, PV_OBJECT) && i < PV_LEN(paths); i++) {
		const pv_val *v = pv_get(scale, paths[i].name);
		const char *at = pv_printf(p->f->cx->arena, "%s.scale.%s", p->path, paths[i].name);

		if (*pv_text(v, ""))
			check_scale_path(p->f, v, at, paths[i].roots);
		else if (paths[i].need)
			pv_required(p->f, at, NULL);
	}
}

/* ---- columns ---- */

static const char *
words(pv_faults *f, const char *const *list)
{
	const char *text = list[0];

	for (size_t i = 1; list[i]; i++)
		text = pv_printf(f->cx->arena, "%s,%s", text, list[i]);
	return pv_printf(f->cx->arena, "must be one of %s", text);
}

static bool
is_among(const char *const *list, const char *word)
{
	for (size_t i = 0; list[i]; i++)
		if (pv_streq(list[i], word))
			return true;
	return false;
}

static void
check_column(pv_faults *f, const pv_val *column, const char *path)
{
	static const char *const types[] = {"boolean", "date", "integer", "number", "string", NULL},
				 *const formats[] = {"byte",  "date",  "date-time", "double", "float",
						     "int32", "int64", "password",  NULL};
	const pv_val *name = pv_get(column, "name"), *type = pv_get(column, "type"),
		     *format = pv_get(column, "format"), *json = pv_get(column, "jsonPath");

	if (!*pv_text(name, ""))
		pv_required(f, pv_below(f, path, "name"), NULL);
	if (!*pv_text(type, ""))
		pv_required(f, pv_below(f, path, "type"), words(f, types));
	else if (!is_among(types, type->s))
		pv_fault_value(f, pv_below(f, path, "type"), type, words(f, types));
	if (*pv_text(format, "") && !is_among(formats, format->s))
		pv_fault_value(f, pv_below(f, path, "format"), format, words(f, formats));
	if (!*pv_text(json, ""))
		pv_required(f, pv_below(f, path, "JSONPath"), NULL);
	else if (json->s[0] != '.')
		pv_fault_value(f, pv_below(f, path, "JSONPath"), json,
			       "must be a simple json path starting with .");
}

/* ---- selectable fields ---- */

static const char *
why_not_selectable(const pv_val *path, const pv_schema *found)
{
	static const char types[] =
		"must point to a field of type string, boolean or integer. Enum string fields and strings with "
		"formats are allowed.";

	if (pv_starts_with(path->s, ".metadata.") || pv_streq(path->s, ".metadata"))
		return "must not point to fields in metadata";
	return pv_schema_is_scalar(found) ? NULL : types;
}

static void
check_selectable(const part *p, const pv_val *list)
{
	pv_map *seen = pv_map_new(p->f->cx->arena);
	size_t n = 0;

	if (pv_count(list) && !p->schema) {
		pv_val none = pv_string_ref("");

		pv_fault_value(
			p->f, p->path, &none,
			"must be the same in each version where the schemas are, and differ where they do");
		return;
	}
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *path = pv_get(pv_item(list, i), "jsonPath");
		const char *at = pv_below(p->f, pv_nth(p->f, p->path, i), "jsonPath"), *why;
		const pv_schema *found = NULL;

		if (!*pv_text(path, "")) {
			pv_required(p->f, at, NULL);
			continue;
		}
		why = pv_schema_follow(p->f->cx->arena, p->schema, pv_strv(path), false, &found);
		if (why) {
			pv_fault_value(p->f, at, path,
				       pv_printf(p->f->cx->arena, "is an invalid path: %s", why));
			continue;
		}
		why = why_not_selectable(path, found);
		if (why)
			pv_fault_value(p->f, at, path, why);
		if (pv_map_puts(seen, path->s, p->f))
			pv_duplicate(p->f, at, path);
		else
			n++;
	}
	if (n > FIELDS)
		pv_too_many(p->f, p->path, n, FIELDS);
}

/* ---- deprecation ---- */

static void
check_deprecation(pv_faults *f, const pv_val *version, const char *path)
{
	const pv_val *text = pv_get(version, "deprecationWarning");
	const pv_re *odd;
	pv_re_slot *slot = NULL;
	pv_span span;

	if (!pv_is(text, PV_STRING))
		return;
	if (!pv_truth(pv_get(version, "deprecated"), false)) {
		pv_fault_value(f, path, text, "can only be set for deprecated versions");
		return;
	}
	if (text->len > 256)
		pv_fault_value(f, path, text, "must be <= 256 characters long");
	if (!text->len)
		pv_fault_value(f, path, text, "must not be an empty string");
	if (pv_re_cached(f->cx, pv_str_of("[^\\p{L}\\p{M}\\p{N}\\p{P}\\p{S} ]"), &slot, &odd) < 0)
		(void)pv_recover(f->cx);
	else if (pv_re_find(odd, pv_strv(text), 0, &span, 1))
		pv_fault_value(
			f, path, text,
			pv_printf(f->cx->arena,
				  "must only contain printable UTF-8 characters; non-printable character "
				  "found at index %td",
				  span.begin));
}

/* ---- all of them ---- */

static bool
is_nothing(const pv_val *v)
{
	return !v || v->type == PV_NULL || (v->type == PV_LIST && !v->len);
}

static bool
alike(const pv_val *versions, const char *key)
{
	const pv_val *first = pv_get(pv_item(versions, 0), key);

	for (size_t i = 1; i < pv_count(versions); i++) {
		const pv_val *v = pv_get(pv_item(versions, i), key);

		if (is_nothing(v) != is_nothing(first) || (!is_nothing(v) && !pv_eq(v, first)))
			return false;
	}
	return true;
}

static bool
has_status(const pv_val *version)
{
	return pv_is(pv_get(pv_get(version, "subresources"), "status"), PV_OBJECT);
}

typedef void visit(const part *p, const pv_val *v);

static void
each(pv_faults *f, const pv_val *versions, const char *key, const char *once, visit *look, part *p)
{
	p->together = alike(versions, key);
	for (size_t i = 0; i < (p->together ? 1 : pv_count(versions)); i++) {
		p->i = i;
		p->version = pv_item(versions, i);
		p->path = p->together ? once : pv_below(f, pv_nth(f, "spec.versions", i), key);
		p->status = has_status(p->version);
		for (size_t k = 0; p->together && k < pv_count(versions); k++)
			p->status |= has_status(pv_item(versions, k));
		look(p, pv_get(p->version, key));
	}
}

static void
check_columns(const part *p, const pv_val *list)
{
	for (size_t i = 0; i < pv_count(list); i++)
		check_column(p->f, pv_item(list, i), pv_nth(p->f, p->path, i));
}

/* With the selectable fields, if they stand in the same place. */
static void
check_schema_and_fields(const part *p, const pv_val *v)
{
	pv_schema *schema = check_schema(p, v);
	part fields = *p;

	fields.schema = schema;
	fields.path = p->together ? "spec.selectableFields"
				  : pv_below(p->f, pv_nth(p->f, "spec.versions", p->i), "selectableFields");
	if (p->fields)
		check_selectable(&fields, pv_get(p->version, "selectableFields"));
	pv_schema_unref(schema);
}

void
pv_crd_check_parts(pv_faults *f, const pv_val *versions)
{
	part p = {.f = f, .fields = alike(versions, "schema") == alike(versions, "selectableFields")};

	for (size_t i = 0; i < pv_count(versions); i++) {
		const pv_val *version = pv_item(versions, i);
		const char *at = pv_nth(f, "spec.versions", i);

		if (!pv_count(pv_get(pv_get(version, "schema"), "openAPIV3Schema")))
			pv_required(f, pv_below(f, pv_below(f, at, "schema"), "openAPIV3Schema"), NULL);
		check_deprecation(f, version, pv_below(f, at, "deprecationWarning"));
	}
	each(f, versions, "schema", "spec.validation", check_schema_and_fields, &p);
	each(f, versions, "subresources", "spec.subresources", check_subresources, &p);
	each(f, versions, "additionalPrinterColumns", "spec.additionalPrinterColumns", check_columns, &p);
	if (!p.fields)
		each(f, versions, "selectableFields", "spec.selectableFields", check_selectable, &p);
}
