/* What is wrong with a question about access (upstream pkg/apis/authorization/validation). */
#include "core/api/http.h"
#include "core/kinds/names.h"
#include "lang/selector/selector.h"

#define RESOURCE "spec.resourceAttributes"

static bool
wants_values(const pv_val *requirement)
{
	const char *operator= pv_text_at(requirement, "operator", "");

	return pv_streq(operator, "In") || pv_streq(operator, "NotIn");
}

static bool
wants_none(const pv_val *requirement)
{
	const char *operator= pv_text_at(requirement, "operator", "");

	return pv_streq(operator, "Exists") || pv_streq(operator, "DoesNotExist");
}

static void
check_values(pv_ctx *cx, const pv_val *one, const char *path, bool labels, pv_vec *causes)
{
	const pv_val *values = pv_get(one, "values");
	const char *at = pv_printf(cx->arena, "%s.values", path);

	if (wants_values(one) && !pv_count(values))
		api_cause(cx, causes, "FieldValueRequired", at,
			  "Required value: must be specified when `operator` is 'In' or 'NotIn'");
	if (wants_none(one) && pv_count(values))
		api_cause(cx, causes, "FieldValueForbidden", at,
			  "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
	for (size_t i = 0; labels && i < pv_count(values); i++) {
		const char *why = pv_name_label_value(pv_strv(pv_item(values, i)));

		if (why)
			api_cause(cx, causes, "FieldValueInvalid", pv_printf(cx->arena, "%s[%zu]", at, i),
				  "Invalid value: %s: %s", pv_json_text(cx->arena, pv_item(values, i)), why);
	}
}

static void
check_requirement(pv_ctx *cx, const pv_val *one, const char *path, bool labels, pv_vec *causes)
{
	const char *key = pv_text_at(one, "key", ""), *why = NULL;

	if (labels)
		why = pv_name_qualified(pv_str_of(key));
	if (why)
		api_cause(cx, causes, "FieldValueInvalid", pv_printf(cx->arena, "%s.key", path),
			  "Invalid value: \"%s\": %s", key, why);
	else if (!*key)
		api_cause(cx, causes, "FieldValueRequired", pv_printf(cx->arena, "%s.key", path),
			  "Required value: must be specified");
	check_values(cx, one, path, labels, causes);
}

static void
check_selector(pv_ctx *cx, const pv_val *attributes, const char *name, bool labels, pv_vec *causes)
{
	const pv_val *selector = pv_get(attributes, name), *list = pv_get(selector, "requirements");
	const char *raw = pv_text_at(selector, "rawSelector", ""),
		   *path = pv_printf(cx->arena, RESOURCE ".%s", name);

	if (!pv_is(selector, PV_OBJECT))
		return;
	if (*raw && pv_count(list))
		api_cause(cx, causes, "FieldValueInvalid", pv_printf(cx->arena, "%s.rawSelector", path),
			  "Invalid value: \"%s\": may not specified at the same time as requirements", raw);
	if (!*raw && !pv_count(list))
		api_cause(cx, causes, "FieldValueRequired", pv_printf(cx->arena, "%s.requirements", path),
			  "Required value: when %s is specified, requirements or rawSelector is required",
			  path);
	for (size_t i = 0; i < pv_count(list); i++)
		check_requirement(cx, pv_item(list, i), pv_printf(cx->arena, "%s.requirements[%zu]", path, i),
				  labels, causes);
}

static void
check_place(request *q, const pv_val *res, const pv_val *url, pv_vec *causes)
{
	const char *ns = pv_text_at(res, "namespace", "");

	if (!q->t.ns[0])
		return;
	if (url)
		api_cause(q->cx, causes, "FieldValueInvalid", "spec.nonResourceAttributes",
			  "Invalid value: %s: disallowed on this kind of request",
			  pv_json_text(q->cx->arena, url));
	else if (res && !pv_streq(ns, q->t.ns))
		api_cause(q->cx, causes, "FieldValueInvalid", RESOURCE ".namespace",
			  "Invalid value: \"%s\": must match metadata.namespace", ns);
}

void
review_check_meta(request *q, const pv_val *meta, pv_vec *causes)
{
	pv_val rest = meta ? *meta : pv_object_of(q->cx->arena, NULL, 0, NULL, NULL);

	rest = pv_without(q->cx->arena, &rest, "managedFields");
	if (q->t.ns[0])
		rest = pv_without(q->cx->arena, &rest, "namespace");
	if (pv_count(&rest))
		api_cause(q->cx, causes, "FieldValueInvalid", "metadata",
			  "Invalid value: %s: must be empty%s", pv_json_text(q->cx->arena, meta),
			  q->t.ns[0] ? " except for namespace" : "");
}

void
review_check(request *q, const pv_val *spec, pv_vec *causes)
{
	const pv_val *res = pv_get(spec, "resourceAttributes"), *url = pv_get(spec, "nonResourceAttributes");

	if (res && url)
		api_cause(q->cx, causes, "FieldValueInvalid", "spec.nonResourceAttributes",
			  "Invalid value: %s: cannot be specified in combination with resourceAttributes",
			  pv_json_text(q->cx->arena, url));
	if (!res && !url)
		api_cause(q->cx, causes, "FieldValueInvalid", RESOURCE,
			  "Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes "
			  "must be specified");
	check_selector(q->cx, res, "fieldSelector", false, causes);
	check_selector(q->cx, res, "labelSelector", true, causes);
	check_place(q, res, url, causes);
}

/* ---- what an authorizer could not use: it is asked without it, and the answer says so ---- */

static bool
is_understood(pv_ctx *cx, const pv_val *selector, bool labels)
{
	const pv_val *list = pv_get(selector, "requirements");
	const char *raw = pv_text_at(selector, "rawSelector", "");
	pv_selector *parsed;
	pv_vec terms;
	bool good = true;

	pv_vec_init(&terms, cx->arena, sizeof(pv_field_term));
	if (*raw)
		good = labels ? pv_selector_parse(cx, raw, &parsed) == 0
			      : pv_field_selector_parse(cx, raw, &terms) == 0;
	if (!good)
		(void)pv_recover(cx);
	for (size_t i = 0; good && i < pv_count(list); i++) {
		const pv_val *one = pv_item(list, i);

		good = labels ? wants_values(one) || wants_none(one)
			      : wants_values(one) && pv_count(pv_get(one, "values")) == 1;
	}
	return good;
}

const char *
review_ignored(pv_ctx *cx, const pv_val *spec)
{
	static const char *const names[] = {"fieldSelector", "labelSelector"};
	const char *told = NULL;
	bool both = false;

	for (size_t i = 0; i < PV_LEN(names); i++) {
		const pv_val *selector = pv_get(pv_get(spec, "resourceAttributes"), names[i]);
		const char *one = pv_printf(cx->arena, RESOURCE ".%s ignored due to parse error", names[i]);

		if (!selector || is_understood(cx, selector, i == 1))
			continue;
		both = told != NULL;
		told = told ? pv_printf(cx->arena, "%s, %s", told, one) : one;
	}
	return both ? pv_printf(cx->arena, "[%s]", told) : told;
}
