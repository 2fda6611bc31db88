/* What makes an openAPIV3Schema structural, on the author's own words (apiextensions.k8s.io/v1,
 * "Specifying a structural schema"): the skeleton of types, free of logic; and logic, free of types,
 * that speaks only of what the skeleton has. */
#include "base/str.h"
#include "core/schema/build.h"
#include "core/schema/walk.h"
#include <stdarg.h>
#include <string.h>

enum level { AT_TOP, AT_ITEM, AT_PROPERTY };

typedef struct form {
	walk w;
	build *b;
} form;

static void logic_of(form *f, const pv_val *v, bool skip_any, bool skip_first, const path *p, size_t depth);

static void wrong(form *f, const char *reason, const path *p, const char *name, const char *fmt, ...)
	PV_PRINTF(5, 6);

static void
wrong(form *f, const char *reason, const path *p, const char *name, const char *fmt, ...)
{
	const path at = {p, name, 0};
	const char *why;
	va_list ap;

	va_start(ap, fmt);
	why = pv_vprintf(f->b->cx->arena, fmt, ap);
	va_end(ap);
	f->b->formless = true;
	pv_fault(f->b->f, reason, walk_text(&f->w, name ? &at : p), "%s", why);
}

static const char *
text(const pv_val *v, const char *key)
{
	return pv_text(pv_get(v, key), "");
}

static bool
yes(const pv_val *v, const char *key)
{
	return pv_truth(pv_get(v, key), false);
}

static const pv_val *
schema_at(const pv_val *v, const char *key)
{
	const pv_val *schema = pv_get(v, key);

	return pv_is(schema, PV_OBJECT) ? schema : NULL;
}

static const pv_val *
property(const pv_val *v, const pv_val *name)
{
	return pv_getv(schema_at(v, "properties"), name);
}

/* Given, and no zero value of Go: those are as if they were not. */
static bool
is_given(const pv_val *v)
{
	if (!v || v->type == PV_NULL)
		return false;
	if (v->type == PV_BOOL)
		return v->b;
	return v->type == PV_NUMBER || v->len > 0;
}

/* ---- what there is no structure for ---- */

static const char *
unsupported_here(const pv_val *v)
{
	static const struct {
		const char *key, *name;
	} keys[] = {{"id", "id"},
		    {"$schema", "schema"},
		    {"$ref", "$ref"},
		    {"patternProperties", "patternProperties"},
		    {"dependencies", "dependencies"},
		    {"definitions", "definitions"}};

	for (size_t i = 0; i < PV_LEN(keys); i++)
		if (is_given(pv_get(v, keys[i].key)))
			return keys[i].name;
	if (pv_get(v, "additionalItems") && pv_get(v, "additionalItems")->type != PV_NULL)
		return "additionalItems";
	if (pv_is(pv_get(v, "items"), PV_LIST) && pv_count(pv_get(v, "items")))
		return "items";
	if (pv_is(pv_get(v, "x-kubernetes-preserve-unknown-fields"), PV_BOOL) &&
	    !yes(v, "x-kubernetes-preserve-unknown-fields"))
		return "x-kubernetes-preserve-unknown-fields";
	return NULL;
}

static const char *
unsupported(const pv_val *v, size_t depth)
{
	static const char *const ones[] = {"items", "additionalProperties", "not"}, *const lists[] = {
											    "allOf", "anyOf",
											    "oneOf"};
	const char *word = pv_is(v, PV_OBJECT) && depth < BUILD_DEPTH ? unsupported_here(v) : NULL;
	const pv_val *props = schema_at(v, "properties");

	if (!pv_is(v, PV_OBJECT) || depth >= BUILD_DEPTH)
		return NULL;
	for (size_t i = 0; !word && i < PV_LEN(ones); i++)
		word = unsupported(schema_at(v, ones[i]), depth + 1);
	for (size_t i = 0; !word && i < PV_LEN(lists); i++)
		for (size_t k = 0; !word && k < pv_count(pv_get(v, lists[i])); k++)
			word = unsupported(pv_item(pv_get(v, lists[i]), k), depth + 1);
	for (size_t i = 0; !word && i < pv_member_count(props); i++)
		word = unsupported(&props->members[i].val, depth + 1);
	return word;
}

/* ---- logic: no types ---- */

static void
no_types(form *f, const pv_val *v, const path *p)
{
	static const char empty[] = "must be empty to be structural",
			  none[] = "must be undefined to be structural",
			  off[] = "must be false to be structural";
	static const struct {
		const char *key, *why;
	} rows[] = {
		{"type", empty},
		{"default", none},
		{"title", empty},
		{"description", empty},
		{"nullable", off},
		{"x-kubernetes-preserve-unknown-fields", off},
		{"x-kubernetes-embedded-resource", off},
		{"x-kubernetes-int-or-string", off},
		{"x-kubernetes-list-map-keys", empty},
		{"x-kubernetes-list-type", none},
		{"x-kubernetes-map-type", none},
		{"x-kubernetes-validations", empty},
	};
	const pv_val *more = pv_get(v, "additionalProperties");

	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const pv_val *given = pv_get(v, rows[i].key);

		if (rows[i].why == none ? given && given->type != PV_NULL : is_given(given))
			wrong(f, "FieldValueForbidden", p, rows[i].key, "Forbidden: %s", rows[i].why);
	}
	if (pv_is(more, PV_OBJECT) || pv_truth(more, false))
		wrong(f, "FieldValueForbidden", p, "additionalProperties", "Forbidden: %s", none);
}

static void
alternative(form *f, const pv_val *v, bool skip_any, const path *p, size_t depth)
{
	const pv_val *props = schema_at(v, "properties"), *items = schema_at(v, "items");
	const path list = {p, "items", 0}, map = {p, "properties", 0};

	if (!pv_is(v, PV_OBJECT) || depth >= BUILD_DEPTH)
		return;
	logic_of(f, v, skip_any, false, p, depth);
	alternative(f, items, false, &list, depth + 1);
	for (size_t i = 0; i < pv_member_count(props); i++) {
		const path at = {&map, props->members[i].key.s, 1};

		alternative(f, &props->members[i].val, false, &at, depth + 1);
		if (pv_streq(at.name, "metadata")) /* it would restrict more than may be */
			wrong(f, "FieldValueForbidden", &at, NULL,
			      "Forbidden: must not be specified in a nested context");
	}
	no_types(f, v, p);
}

/* anyOf: [{type: integer}, {type: string}], which is how others say int-or-string. */
static bool
is_int_or_string(const pv_val *v)
{
	const pv_val *any = pv_get(v, "anyOf");

	return pv_count(any) == 2 && pv_streq(text(pv_item(any, 0), "type"), "integer") &&
	       pv_streq(text(pv_item(any, 1), "type"), "string") && pv_count(pv_item(any, 0)) == 1 &&
	       pv_count(pv_item(any, 1)) == 1;
}

static void
logic_of(form *f, const pv_val *v, bool skip_any, bool skip_first, const path *p, size_t depth)
{
	static const char *const lists[] = {"anyOf", "allOf", "oneOf"};
	const path not = {p, "not", 0};

	for (size_t k = skip_any ? 1 : 0; k < PV_LEN(lists); k++) {
		const pv_val *list = pv_get(v, lists[k]);
		const path name = {p, lists[k], 0};

		for (size_t i = 0; i < pv_count(list); i++) {
			const path at = {&name, NULL, i};

			alternative(f, pv_item(list, i), k == 1 && i == 0 && skip_first, &at, depth + 1);
		}
	}
	alternative(f, schema_at(v, "not"), false, &not, depth + 1);
}

/* ---- logic: only of what there is ---- */

static void covered(form *f, const pv_val *v, const pv_val *s, const path *sp, const path *vp, size_t depth);

static void
logic_covered(form *f, const pv_val *v, const pv_val *s, const path *sp, const path *vp, size_t depth)
{
	static const char *const lists[] = {"allOf", "anyOf", "oneOf"};
	const path not = {vp, "not", 0};

	covered(f, schema_at(v, "not"), s, sp, &not, depth + 1);
	for (size_t k = 0; k < PV_LEN(lists); k++) {
		const pv_val *list = pv_get(v, lists[k]);
		const path name = {vp, lists[k], 0};

		for (size_t i = 0; i < pv_count(list); i++) {
			const path at = {&name, NULL, i};

			covered(f, pv_item(list, i), s, sp, &at, depth + 1);
		}
	}
}

static void
covered(form *f, const pv_val *v, const pv_val *s, const path *sp, const path *vp, size_t depth)
{
	const pv_val *props = schema_at(v, "properties");
	const path sitems = {sp, "items", 0}, vitems = {vp, "items", 0};
	const path smap = {sp, "properties", 0}, vmap = {vp, "properties", 0};

	if (!pv_is(v, PV_OBJECT) || depth >= BUILD_DEPTH)
		return;
	if (!s) {
		wrong(f, "FieldValueRequired", sp, NULL, "Required value: because it is defined in %s",
		      walk_text(&f->w, vp));
		return;
	}
	logic_covered(f, v, s, sp, vp, depth);
	covered(f, schema_at(v, "items"), schema_at(s, "items"), &sitems, &vitems, depth + 1);
	for (size_t i = 0; i < pv_member_count(props); i++) {
		const pv_member *m = &props->members[i];
		const path sat = {&smap, m->key.s, 1}, vat = {&vmap, m->key.s, 1};

		if (!pv_is(&m->val, PV_OBJECT) && !property(s, &m->key))
			continue;
		covered(f, &m->val, property(s, &m->key), &sat, &vat, depth + 1);
	}
}

/* ---- the skeleton ---- */

static void
metadata(form *f, const pv_val *v, bool whole, enum level level, const path *p)
{
	static const char *const open[] = {"type", "default", "externalDocs", "example", "properties"};
	const pv_val *props = schema_at(v, "properties");
	size_t foreign = 0;

	if (whole && !pv_streq(text(v, "type"), "object"))
		wrong(f, "FieldValueInvalid", p, "type", "Invalid value: \"%s\": must be object",
		      text(v, "type"));
	if (level != AT_TOP)
		return;
	for (size_t i = 0; i < pv_member_count(v); i++) {
		bool known = false;

		for (size_t k = 0; k < PV_LEN(open); k++)
			known |= pv_streq(v->members[i].key.s, open[k]);
		foreign += !known && is_given(&v->members[i].val);
	}
	for (size_t i = 0; i < pv_member_count(props); i++)
		foreign += !pv_streq(props->members[i].key.s, "name") &&
			   !pv_streq(props->members[i].key.s, "generateName");
	if (foreign)
		wrong(f, "FieldValueForbidden", p, NULL,
		      "Forbidden: must not specify anything other than name and generateName, but metadata is "
		      "implicitly specified");
}

static void
identity(form *f, const pv_val *v, bool whole, enum level level, const path *p)
{
	static const char *const names[] = {"kind", "apiVersion"};
	const pv_val *props = schema_at(v, "properties");
	const path map = {p, "properties", 0}, meta = {&map, "metadata", 1};

	for (size_t i = 0; whole && i < PV_LEN(names); i++) {
		const path at = {&map, names[i], 1};
		const pv_val *prop = pv_get(props, names[i]);

		if (prop && !pv_streq(text(prop, "type"), "string"))
			wrong(f, "FieldValueInvalid", &at, "type", "Invalid value: \"%s\": must be string",
			      text(prop, "type"));
	}
	if (pv_get(props, "metadata"))
		metadata(f, pv_get(props, "metadata"), whole, level, &meta);
}

static void
typed(form *f, const pv_val *v, enum level level, const path *p)
{
	static const char *const missing[] = {
		"must not be empty at the root",
		"must not be empty for specified array items",
		"must not be empty for specified object fields",
	};
	const char *type = text(v, "type"),
		   *whole = "must be object if x-kubernetes-embedded-resource is true";

	if (yes(v, "x-kubernetes-embedded-resource") && !*type)
		wrong(f, "FieldValueRequired", p, "type", "Required value: %s", whole);
	else if (yes(v, "x-kubernetes-embedded-resource") && !pv_streq(type, "object"))
		wrong(f, "FieldValueInvalid", p, "type", "Invalid value: \"%s\": %s", type, whole);
	else if (!*type && !yes(v, "x-kubernetes-int-or-string") &&
		 !yes(v, "x-kubernetes-preserve-unknown-fields"))
		wrong(f, "FieldValueRequired", p, "type", "Required value: %s", missing[level]);
	if (level == AT_TOP && *type && !pv_streq(type, "object"))
		wrong(f, "FieldValueInvalid", p, "type", "Invalid value: \"%s\": must be object at the root",
		      type);
}

static void
extensions(form *f, const pv_val *v, const path *p)
{
	static const char *const others[] = {"x-kubernetes-preserve-unknown-fields",
					     "x-kubernetes-embedded-resource"};
	bool embedded = yes(v, others[1]);

	for (size_t i = 0; i < PV_LEN(others); i++)
		if (yes(v, "x-kubernetes-int-or-string") && yes(v, others[i]))
			wrong(f, "FieldValueInvalid", p, others[i],
			      "Invalid value: true: must be false if x-kubernetes-int-or-string is true");
	if (embedded && pv_get(v, "additionalProperties"))
		wrong(f, "FieldValueForbidden", p, "additionalProperties",
		      "Forbidden: must not be used if x-kubernetes-embedded-resource is set");
	if (embedded && !yes(v, others[0]) && !pv_count(schema_at(v, "properties")))
		wrong(f, "FieldValueRequired", p, "properties",
		      "Required value: must not be empty if x-kubernetes-embedded-resource is true without "
		      "x-kubernetes-preserve-unknown-fields");
}

static void
skeleton(form *f, const pv_val *v, enum level level, const path *p, size_t depth)
{
	const pv_val *props = schema_at(v, "properties"), *items = schema_at(v, "items"),
		     *more = pv_get(v, "additionalProperties");
	const path list = {p, "items", 0}, map = {p, "properties", 0}, rest = {p, "additionalProperties", 0};

	if (!pv_is(v, PV_OBJECT) || depth >= BUILD_DEPTH)
		return;
	if (pv_streq(text(v, "type"), "array") && !items)
		wrong(f, "FieldValueRequired", p, "items", "Required value: must be specified");
	skeleton(f, items, AT_ITEM, &list, depth + 1);
	for (size_t i = 0; i < pv_member_count(props); i++) {
		const path at = {&map, props->members[i].key.s, 1};

		skeleton(f, &props->members[i].val, AT_PROPERTY, &at, depth + 1);
	}
	if (more && more->type != PV_NULL && level == AT_TOP)
		wrong(f, "FieldValueForbidden", p, "additionalProperties",
		      "Forbidden: must not be used at the root");
	skeleton(f, more, AT_PROPERTY, &rest, depth + 1);
	extensions(f, v, p);
	logic_of(f, v, is_int_or_string(v), is_int_or_string(pv_item(pv_get(v, "allOf"), 0)), p, depth);
	typed(f, v, level, p);
	identity(f, v, level == AT_TOP || yes(v, "x-kubernetes-embedded-resource"), level, p);
	if (level == AT_TOP)
		logic_covered(f, v, v, p, p, depth);
}

const char *
build_structural(build *b, const pv_val *v, const char *at)
{
	form f = {.w = {.f = {.cx = b->cx}}, .b = b};
	const path root = {NULL, at, 0};
	const char *word = unsupported(v, 0);

	if (word)
		b->formless = true;
	else
		skeleton(&f, v, AT_TOP, &root, 0);
	return word;
}
