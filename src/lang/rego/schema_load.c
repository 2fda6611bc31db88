/* schema_load: is it a schema?  Keyword by keyword, the first fault in gojsonschema's words. */
#include <string.h>

#include "base/arena.h"
#include "base/regex.h"
#include "base/str.h"
#include "lang/json/json.h"
#include "lang/rego/num.h"
#include "lang/rego/schema.h"
#include "lang/rego/typing_schema.h"

#define SCHEMAS UINT64_C(1000000) /* looked at in one call */

static void wrong(schema *s, const char *fmt, ...) PV_PRINTF(2, 3);

static void
wrong(schema *s, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	if (!s->fault)
		s->fault = pv_vprintf(s->arena, fmt, ap);
	va_end(ap);
}

bool
schema_spend(schema *s)
{
	if (s->left == 0)
		wrong(s, "more than %llu schemas to look at", (unsigned long long)SCHEMAS);
	s->left -= s->left > 0;
	s->r = s->r < 0 ? s->r : rg_vm_check(s->vm, 0);
	return s->r == 0 && s->left > 0 && s->vm->steps > 0 && s->vm->steps-- > 0;
}

const pv_val *
schema_document(rg_vm *vm, const pv_val *v, const char **ret_fault)
{
	const pv_val *doc = NULL;
	if (v->type == PV_STRING) {
		if (pv_json_parse(vm->cx, pv_strv(v), NULL, &doc) == 0)
			return doc;
		pv_take_error(vm->cx);
		*ret_fault = "invalid JSON string";
		return NULL;
	}
	if (v->type != PV_OBJECT && v->type != PV_LIST) {
		*ret_fault = "wrong type, expected string or object";
		return NULL;
	}
	return pv_box(vm->arena, pv_rego_json(vm->arena, v));
}

/* ---- references: #, #/a/b ---- */

const pv_val *
schema_target(schema *s, const char *ref)
{
	const pv_val *at = s->root;
	const char *id = pv_text(pv_get(s->root, s->draft == 4 ? "id" : "$id"), "");
	size_t n = strlen(id);
	if (n > 0 && strncmp(ref, id, n) == 0)
		ref += n;
	if (*ref != '\0' && *ref != '#')
		return NULL;
	const char *plain = pv_percent_decode(s->arena, ref + (*ref == '#'));
	pv_str rest = pv_str_of(plain ? plain : ref), one;
	while (at && pv_str_next(&rest, '/', &one)) {
		pv_buf b;
		int64_t i;
		pv_buf_init(&b, s->arena);
		for (size_t k = 0; k < one.len; k++) {
			bool escape = one.s[k] == '~' && k + 1 < one.len;
			pv_buf_addc(&b, escape ? (one.s[k + 1] == '1' ? '/' : '~') : one.s[k]);
			k += escape;
		}
		if (b.len == 0)
			continue;
		at = at->type == PV_LIST ? (pv_parse_int(one, &i) && i >= 0 ? pv_item(at, (size_t)i) : NULL)
					 : pv_getn(at, b.s, b.len);
	}
	return at;
}

/* ---- keywords ---- */

static void check(schema *s, const pv_val *v);

static bool
is_schema(const pv_val *v)
{
	return v->type == PV_OBJECT || v->type == PV_BOOL;
}

static void
check_type(schema *s, const pv_val *v)
{
	static const char known[] = " array boolean integer number null object string ";
	const pv_val *type = pv_get(v, "type");
	size_t n = pv_is(type, PV_LIST) ? type->len : 1;
	for (size_t i = 0; type && i < n; i++) {
		const pv_val *one = type->type == PV_LIST ? &type->items[i] : type;
		if (one->type != PV_STRING)
			wrong(s, "Invalid type. Expected: type, given: string/Array Of Strings");
		else if (!strstr(known, pv_printf(s->arena, " %s ", one->s)))
			wrong(s,
			      "has a primitive type that is NOT VALID -- given: /%s/ Expected valid values "
			      "are:[array boolean integer number null object string]",
			      one->s);
		for (size_t k = 0; k < i; k++)
			if (pv_eq(one, &type->items[k]))
				wrong(s, "%s type is duplicated", pv_text(one, ""));
	}
}

static void
check_texts(schema *s, const pv_val *v)
{
	static const char *const keys[] = {"title", "description", "$ref", "pattern", "format"};
	const pv_re *re;
	for (size_t i = 0; i < PV_LEN(keys); i++)
		if (pv_get(v, keys[i]) && !pv_is(pv_get(v, keys[i]), PV_STRING))
			wrong(s, "Invalid type. Expected: string, given: %s", keys[i]);
	const pv_val *pattern = pv_get(v, "pattern"), *by = pv_get(v, "patternProperties");
	if (pv_is(pattern, PV_STRING) && pv_re_cached(s->vm->cx, pv_strv(pattern), NULL, &re) < 0) {
		pv_take_error(s->vm->cx);
		wrong(s, "pattern must be a valid regex");
	}
	for (uint32_t i = 0; pv_is(by, PV_OBJECT) && i < by->len; i++)
		if (pv_re_cached(s->vm->cx, pv_strv(&by->members[i].key), NULL, &re) < 0) {
			pv_take_error(s->vm->cx);
			wrong(s, "Invalid regex pattern '%s'", pv_text(&by->members[i].key, ""));
		}
}

static void
check_sizes(schema *s, const pv_val *v)
{
	static const char *const keys[][2] = {
		{"minLength", "maxLength"}, {"minProperties", "maxProperties"}, {"minItems", "maxItems"}};
	for (size_t i = 0; i < PV_LEN(keys); i++) {
		for (int k = 0; k < 2; k++) {
			const pv_val *n = pv_get(v, keys[i][k]);
			if (n && (n->type != PV_NUMBER || !rg_num_whole(n)))
				wrong(s, "%s must be of an integer", keys[i][k]);
			else if (n && pv_f64(n, 0) < 0)
				wrong(s, "%s must be greater than or equal to 0", keys[i][k]);
		}
		const pv_val *low = pv_get(v, keys[i][0]), *high = pv_get(v, keys[i][1]);
		if (i < 2 && low && high && pv_cmp(low, high) > 0)
			wrong(s, "%s cannot be greater than %s", keys[i][0], keys[i][1]);
	}
}

static void
check_numbers(schema *s, const pv_val *v)
{
	static const char *const keys[][2] = {{"minimum", "exclusiveMinimum"},
					      {"maximum", "exclusiveMaximum"}};
	const pv_val *of = pv_get(v, "multipleOf");
	if (of && of->type != PV_NUMBER)
		wrong(s, "Invalid type. Expected: number, given: multipleOf");
	else if (of && pv_f64(of, 0) <= 0)
		wrong(s, "multipleOf must be strictly greater than 0");
	for (size_t i = 0; i < PV_LEN(keys); i++) {
		const pv_val *limit = pv_get(v, keys[i][0]), *edge = pv_get(v, keys[i][1]);
		if (limit && limit->type != PV_NUMBER)
			wrong(s, "%s must be of a number", keys[i][0]);
		bool fits = !edge || (edge->type == PV_BOOL && (s->draft == 4 || s->draft == 99)) ||
			    (edge->type == PV_NUMBER && s->draft != 4);
		if (!fits)
			wrong(s, "Invalid type. Expected: %s, given: %s",
			      s->draft == 4    ? "boolean"
			      : s->draft == 99 ? "boolean/number"
					       : "number",
			      keys[i][1]);
		else if (pv_is(edge, PV_BOOL) && !limit)
			wrong(s, "%s cannot be used without %s", keys[i][1], keys[i][0]);
	}
}

/* Schemas below a keyword: one, a list of them, or an object of them. */
static void
check_below(schema *s, const pv_val *v)
{
	static const struct {
		const char *key, *shape,
			*otherwise; /* shape: letters one of 1 (schema) l (list) o (object) */
	} rows[] = {
		{"definitions", "o", "Invalid type. Expected: array of schemas, given: definitions"},
		{"properties", "o", "properties must be of type object"},
		{"additionalProperties", "1",
		 "Invalid type. Expected: boolean/valid schema, given: additionalProperties"},
		{"patternProperties", "o", "Invalid type. Expected: valid schema, given: patternProperties"},
		{"propertyNames", "1", "Invalid type. Expected: valid schema, given: patternProperties"},
		{"items", "1l", "Invalid type. Expected: valid schema/array of schemas, given: items"},
		{"additionalItems", "1",
		 "Invalid type. Expected: boolean/valid schema, given: additionalItems"},
		{"contains", "1", "Expected: Valid Schema, given: Invalid JSON"},
		{"oneOf", "l", "oneOf must be of an array"},
		{"anyOf", "l", "anyOf must be of an array"},
		{"allOf", "l", "allOf must be of an array"},
		{"not", "1", "not must be of an object"},
		{"if", "1", "if must be of an object"},
		{"then", "1", "then must be of an object"},
		{"else", "1", "else must be of an object"},
	};
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const pv_val *at = pv_get(v, rows[i].key);
		if (!at)
			continue;
		if (strchr(rows[i].shape, '1') && is_schema(at))
			check(s, at);
		else if (strchr(rows[i].shape, 'l') && at->type == PV_LIST)
			for (uint32_t k = 0; k < at->len; k++)
				check(s, &at->items[k]);
		else if (strchr(rows[i].shape, 'o') && at->type == PV_OBJECT)
			for (uint32_t k = 0; k < at->len; k++)
				check(s, &pv_sorted(at, k)->val);
		else
			wrong(s, "%s", rows[i].otherwise);
	}
}

static void
check_lists(schema *s, const pv_val *v)
{
	static const char *const keys[] = {"required", "enum"};
	const pv_val *unique = pv_get(v, "uniqueItems"), *dependencies = pv_get(v, "dependencies");
	for (size_t i = 0; i < PV_LEN(keys); i++) {
		const pv_val *list = pv_get(v, keys[i]);
		if (list && list->type != PV_LIST)
			wrong(s, "%s must be of an array", keys[i]);
		for (uint32_t k = 0; pv_is(list, PV_LIST) && k < list->len; k++) {
			if (i == 0 && list->items[k].type != PV_STRING)
				wrong(s, "Invalid type. Expected: string, given: required");
			for (uint32_t m = 0; m < k; m++)
				if (pv_eq(&list->items[m], &list->items[k]))
					wrong(s, "%s items must be unique", keys[i]);
		}
	}
	if (unique && unique->type != PV_BOOL)
		wrong(s, "uniqueItems must be of a boolean");
	if (dependencies && dependencies->type != PV_OBJECT)
		wrong(s, "dependencies must be of type object");
	for (uint32_t i = 0; pv_is(dependencies, PV_OBJECT) && i < dependencies->len; i++) {
		const pv_val *d = &pv_sorted(dependencies, i)->val;
		bool texts = d->type == PV_LIST;
		for (uint32_t k = 0; texts && k < d->len; k++)
			texts = d->items[k].type == PV_STRING;
		if (is_schema(d))
			check(s, d);
		else if (!texts)
			wrong(s, "dependency must be of type schema or array of strings");
	}
}

static void
check(schema *s, const pv_val *v)
{
	if (s->fault || !schema_spend(s))
		return;
	if (v->type == PV_BOOL && s->draft >= 6)
		return;
	if (v->type != PV_OBJECT) {
		wrong(s, "Expected: Valid Schema, given: Invalid JSON");
		return;
	}
	if (++s->depth > SCHEMA_DEPTH) {
		wrong(s, "schemas are nested more than %d deep", SCHEMA_DEPTH);
		return;
	}
	const pv_val *ref = pv_get(v, "$ref");
	check_texts(s, v);
	if (pv_is(ref, PV_STRING) && !schema_target(s, ref->s))
		wrong(s,
		      *ref->s == '#'
			      ? "Object has no key '%s'"
			      : "remote reference loading disabled: %s: references stay within the document",
		      ref->s + (*ref->s == '#'));
	check_type(s, v);
	check_below(s, v);
	check_numbers(s, v);
	check_sizes(s, v);
	check_lists(s, v);
	s->depth--;
}

void
schema_load(rg_vm *vm, const pv_val *v, schema *ret)
{
	static const pv_val any = {.type = PV_BOOL, .b = true};
	*ret = (schema){.vm = vm, .arena = vm->arena, .draft = 99, .left = SCHEMAS};
	ret->root = schema_document(vm, v, &ret->fault);
	if (!ret->root) {
		ret->root = &any;
		return;
	}
	const char *draft = pv_text(pv_get(ret->root, "$schema"), "");
	ret->draft = strstr(draft, "draft-04")   ? 4
		     : strstr(draft, "draft-06") ? 6
		     : strstr(draft, "draft-07") ? 7
						 : 99;
	check(ret, ret->root);
}

const char *
rg_schema_fault(pv_ctx *cx, const pv_val *v)
{
	const pv_rego_eval eval = {0};
	rg_vm vm = {.cx = cx, .arena = cx->arena, .eval = &eval, .steps = SCHEMAS, .memory = RG_MEMORY};
	schema s;
	if (v->type != PV_OBJECT)
		return "schema is invalid";
	schema_load(&vm, v, &s);
	return s.r < 0 ? pv_take_error(cx)->message : s.fault;
}
