#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/time.h"
#include "base/vec.h"
#include "core/schema/schema.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"
#include <stdio.h>

static int
setup(void **state)
{
	static pv_ctx cx;

	pv_ctx_init(&cx, "test");
	*state = &cx;
	return 0;
}

static int
teardown(void **state)
{
	pv_ctx_done(*state);
	return 0;
}

static const pv_val *
yaml(pv_ctx *cx, const char *text)
{
	const pv_val *v;

	if (pv_yaml_parse(cx, pv_str_of(text), NULL, &v) < 0)
		fail_msg("%s", pv_error_text(cx));
	return v;
}

/* The schema of field `x` of an object. */
static pv_schema *
schema_of(pv_ctx *cx, const char *x)
{
	pv_schema *s;
	const char *text = pv_printf(cx->arena, "{type: object, properties: {x: %s}}", x);

	if (pv_schema_from_crd(cx, yaml(cx, text), "schema", &s) < 0)
		fail_msg("%s: %s", x, pv_error_text(cx));
	return s;
}

static const char *
lines(pv_ctx *cx, const pv_vec *causes)
{
	pv_buf b;

	pv_buf_init(&b, cx->arena);
	for (size_t i = 0; i < causes->len; i++)
		pv_buf_printf(&b, "%s%s: %s", i ? "\n" : "", PV_AT(pv_cause, causes, i)->field,
			      PV_AT(pv_cause, causes, i)->message);
	return b.len ? b.s : "";
}

static const char *
faults(pv_ctx *cx, const char *x, const char *value)
{
	pv_schema *s = schema_of(cx, x);
	const char *text;
	pv_vec causes;

	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	pv_schema_validate(cx, s, yaml(cx, pv_printf(cx->arena, "{x: %s}", value)), "", &causes);
	text = lines(cx, &causes);
	pv_schema_unref(s);
	return text;
}

static const struct {
	const char *schema, *value, *faults;
} rows[] = {
	{"{type: string}", "a", ""},
	{"{type: string}", "3",
	 "x: Invalid value: \"integer\": x in body must be of type string: \"integer\""},
	{"{type: integer}", "1.5",
	 "x: Invalid value: \"number\": x in body must be of type integer: \"number\""},
	{"{type: integer}", "2.0", ""},
	{"{type: string}", "null", "x: Invalid value: \"null\": x in body must be of type string: \"null\""},
	{"{type: string, nullable: true}", "null", ""},
	{"{x-kubernetes-int-or-string: true}", "3", ""},
	{"{x-kubernetes-int-or-string: true}", "'3'", ""},
	{"{x-kubernetes-int-or-string: true}", "true",
	 "x: Invalid value: \"boolean\": x in body must be of type integer,string: \"boolean\""},
	{"{type: integer, minimum: 1, maximum: 3}", "0",
	 "x: Invalid value: 0: x in body should be greater than or equal to 1"},
	{"{type: integer, maximum: 3, exclusiveMaximum: true}", "3",
	 "x: Invalid value: 3: x in body should be less than 3"},
	{"{type: number, multipleOf: 0.5}", "0.7",
	 "x: Invalid value: 0.7: x in body should be a multiple of 0.5"},
	{"{type: number, multipleOf: 0.1}", "0.3", ""},
	{"{type: string, maxLength: 2}", "äöü", "x: Too long: may not be more than 2 bytes"},
	{"{type: string, maxLength: 3}", "äöü", ""}, /* counted in characters, whatever the message says */
	{"{type: string, pattern: '^a+$'}", "b", "x: Invalid value: \"b\": x in body should match '^a+$'"},
	{"{type: string, enum: [a, b]}", "c", "x: Unsupported value: \"c\": supported values: \"a\", \"b\""},
	{"{type: string, format: date-time}", "noon",
	 "x: Invalid value: \"noon\": x in body must be of type date-time: \"noon\""},
	{"{type: string, format: ipv4}", "10.0.0.256",
	 "x: Invalid value: \"10.0.0.256\": x in body must be of type ipv4: \"10.0.0.256\""},
	{"{type: string, format: no-such-format}", "anything", ""},
	{"{type: array, items: {type: string}, maxItems: 1}", "[a, b]",
	 "x: Too many: 2: must have at most 1 item"},
	{"{type: array, items: {type: string}, minItems: 1}", "[]",
	 "x: Invalid value: 0: x in body should have at least 1 items"},
	{"{type: array, x-kubernetes-list-type: set, items: {type: string}}", "[a, b, a]",
	 "x[2]: Duplicate value: \"a\""},
	{"{type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [k], items: {type: object, "
	 "required: [k], "
	 "properties: {k: {type: string}}}}",
	 "[{k: a}, {k: a}, {}]", "x[2].k: Required value\nx[1]: Duplicate value: {\"k\":\"a\"}"},
	{"{type: object, required: [a, b], properties: {a: {type: string}}}", "{}",
	 "x.a: Required value\nx.b: Required value"},
	{"{type: object, additionalProperties: {type: integer}}", "{a: 1, b: c}",
	 "x.b: Invalid value: \"string\": x.b in body must be of type integer: \"string\""},
	{"{x-kubernetes-preserve-unknown-fields: true, items: {type: string}}", "{a: 1}", ""},
	{"{x-kubernetes-preserve-unknown-fields: true, additionalProperties: {type: string}}", "[1]", ""},
	{"{x-kubernetes-preserve-unknown-fields: true, items: {type: integer}, additionalProperties: {type: string}}",
	 "[a]", "x[0]: Invalid value: \"string\": x[0] in body must be of type integer: \"string\""},
	{"{x-kubernetes-preserve-unknown-fields: true, items: {type: integer}, additionalProperties: {type: string}}",
	 "{a: 1}", "x.a: Invalid value: \"integer\": x.a in body must be of type string: \"integer\""},
	{"{type: object, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true}",
	 "{kind: Pod}", "x.apiVersion: Required value"},
	{"{type: object, properties: {a: {type: string}, b: {type: string}}, oneOf: [{required: [a]}, "
	 "{required: [b]}]}",
	 "{}",
	 "<nil>: Invalid value: \"\": \"x\" must validate one and only one schema (oneOf). Found none "
	 "valid\nx.a: Required value"},
	{"{type: object, properties: {a: {type: string}, b: {type: string}}, oneOf: [{required: [a]}, "
	 "{required: [b]}]}",
	 "{a: p, b: q}",
	 "<nil>: Invalid value: \"\": \"x\" must validate one and only one schema (oneOf). Found 2 valid "
	 "alternatives"},
	{"{type: string, anyOf: [{format: ipv4}, {format: ipv6}]}", "'::1'", ""},
	{"{type: string, not: {enum: [a]}}", "a",
	 "<nil>: Invalid value: \"\": \"x\" must not validate the schema (not)"},
	{"{type: integer, allOf: [{minimum: 5}]}", "4",
	 "x: Invalid value: 4: x in body should be greater than or equal to 5\n"
	 "<nil>: Invalid value: \"\": \"x\" must validate all the schemas (allOf). None validated"},
};

static void
says_what_upstream_says(void **state)
{
	for (size_t i = 0; i < PV_LEN(rows); i++)
		assert_string_equal(faults(*state, rows[i].schema, rows[i].value), rows[i].faults);
}

static const struct {
	const char *schema, *fault; /* of properties[x] */
} structural[] = {
	{"{}", ".type: Required value: must not be empty for specified object fields"},
	{"{type: array}", ".items: Required value: must be specified"},
	{"{type: array, items: {}}",
	 ".items.type: Required value: must not be empty for specified array items"},
	{"{type: text}", ".type: Unsupported value: \"text\": supported values: \"array\", \"boolean\", "
			 "\"integer\", \"number\", "
			 "\"object\", \"string\""},
	{"{type: object, $ref: '#/x'}", ".$ref: Forbidden: $ref is not supported"},
	{"{type: array, uniqueItems: true, items: {type: string}}",
	 ".uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes "
	 "quadratic"},
	{"{type: object, properties: {a: {type: string}}, additionalProperties: {type: string}}",
	 ".additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive"},
	{"{type: string, pattern: '('}", NULL},
	{"{type: integer, default: many}",
	 ".default: Invalid value: \"string\":  in body must be of type integer: \"string\""},
	{"{type: object, default: {b: 1}, properties: {a: {type: string}}}",
	 ".default: Invalid value: {\"b\":1}: must not have unknown fields"},
	{"{type: array, x-kubernetes-list-type: map, items: {type: object, properties: {k: {type: string}}}}",
	 ".x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map"},
	{"{type: object, anyOf: [{default: 3}]}",
	 ".anyOf[0].default: Forbidden: must be undefined to be structural"},
	{"{type: array, items: {type: string, description: 5}}",
	 ".items.description: Invalid value: \"integer\": s.properties[x].items.description in body must be of "
	 "type string: \"integer\""},
	{"{type: object, additionalProperties: {type: object, required: a}}",
	 ".additionalProperties.required: Invalid value: \"string\": s.properties[x].additionalProperties.required "
	 "in body must be of type array: \"string\""},
	{"{type: object, properties: {a: {type: string}}, required: [a, 1.5]}",
	 ".required[1]: Invalid value: \"number\": s.properties[x].required[1] in body must be of type string: "
	 "\"number\""},
	{"{type: string, maxLength: true}",
	 ".maxLength: Invalid value: \"boolean\": s.properties[x].maxLength in body must be of type integer: "
	 "\"boolean\""},
	{"{type: string, x-kubernetes-validations: [{rule: 'true', message: []}]}",
	 ".x-kubernetes-validations[0].message: Invalid value: \"array\": "
	 "s.properties[x].x-kubernetes-validations[0].message in body must be of type string: \"array\""},
};

static void
refuses_what_is_not_structural(void **state)
{
	pv_ctx *cx = *state;

	for (size_t i = 0; i < PV_LEN(structural); i++) {
		const char *text =
			pv_printf(cx->arena, "{type: object, properties: {x: %s}}", structural[i].schema);
		const pv_cause *c;
		pv_schema *s;

		assert_int_equal(pv_schema_from_crd(cx, yaml(cx, text), "s", &s), -PV_EINVALID);
		c = cx->err->causes;
		if (structural[i].fault)
			assert_string_equal(pv_printf(cx->arena, "%s: %s", c->field, c->message),
					    pv_printf(cx->arena, "s.properties[x]%s", structural[i].fault));
		else
			assert_string_equal(c->field, "s.properties[x].pattern");
		pv_recover(cx);
	}
}

/* And what differs in anything does not: two versions of a kind, or two Pod templates, cost one. */
static void
equal_nodes_lie_once(void **state)
{
	pv_ctx *cx = *state;
	pv_schema *s = schema_of(
		cx,
		"{type: object, properties: {"
		"a: {type: object, required: [k], properties: {k: {type: number, default: 1}, m: {type: string, enum: [p, q]}}},"
		"b: {type: object, required: [k], properties: {m: {type: string, enum: [p, q]}, k: {type: number, default: 1}}},"
		"c: {type: object, required: [k], properties: {k: {type: number, default: 1.0}, m: {type: string, enum: [p, q]}}},"
		"d: {type: object, required: [m], properties: {k: {type: number, default: 1}, m: {type: string, enum: [q, p]}}}}}");
	const pv_schema *x = pv_schema_field(s, "x"), *a = pv_schema_field(x, "a"),
			*b = pv_schema_field(x, "b"), *c = pv_schema_field(x, "c"),
			*d = pv_schema_field(x, "d");

	assert_ptr_equal(a, b);
	assert_ptr_not_equal(a, d);
	assert_ptr_equal(pv_schema_field(a, "k"), pv_schema_field(d, "k"));
	assert_ptr_not_equal(pv_schema_field(a, "m"), pv_schema_field(d, "m"));
	assert_ptr_equal(pv_schema_field(a, "m"), pv_schema_field(c, "m"));
	pv_schema_unref(s);
}

/* A schema that lists and objects may obey. */
#define UNTYPED(more) "{x-kubernetes-preserve-unknown-fields: true, " more "}"
#define DEFAULTS "{type: object, properties: {a: {type: string, default: b}}}"

static void
fills_in_defaults(void **state)
{
	static const struct {
		const char *schema, *value, *want;
	} cases[] = {
		{"{type: integer, default: 3}", "{}", "{\"x\":3}"},
		{"{type: integer, default: 3}", "{x: 0}", "{\"x\":0}"},
		{"{type: integer, default: 3}", "{x: null}", "{\"x\":3}"},
		{"{type: integer, nullable: true, default: 3}", "{x: null}", "{\"x\":null}"},
		{"{type: object, default: {}, properties: {a: {type: string, default: b}}}", "{}",
		 "{\"x\":{\"a\":\"b\"}}"},
		{"{type: object, properties: {a: {type: string, default: b}}}", "{}", "{}"},
		{"{type: array, items: {type: object, properties: {a: {type: string, default: b}}}}",
		 "{x: [{}, {a: c}]}", "{\"x\":[{\"a\":\"b\"},{\"a\":\"c\"}]}"},
		{"{type: object, additionalProperties: {type: object, properties: {a: {type: string, "
		 "default: b}}}}",
		 "{x: {k: {}}}", "{\"x\":{\"k\":{\"a\":\"b\"}}}"},
		/* Without a type: each keyword for what it is about. */
		{UNTYPED("items: " DEFAULTS), "{x: [{}]}", "{\"x\":[{\"a\":\"b\"}]}"},
		{UNTYPED("items: " DEFAULTS), "{x: {k: {}}}", "{\"x\":{\"k\":{}}}"},
		{UNTYPED("additionalProperties: " DEFAULTS), "{x: {k: {}}}", "{\"x\":{\"k\":{\"a\":\"b\"}}}"},
		{UNTYPED("additionalProperties: " DEFAULTS), "{x: [{}]}", "{\"x\":[{}]}"},
	};
	pv_ctx *cx = *state;

	for (size_t i = 0; i < PV_LEN(cases); i++) {
		pv_schema *s = schema_of(cx, cases[i].schema);
		const pv_val *v = pv_schema_default(cx, s, yaml(cx, cases[i].value));

		assert_string_equal(pv_json_text(cx->arena, v), cases[i].want);
		assert_ptr_equal(pv_schema_default(cx, s, v), v);
		pv_schema_unref(s);
	}
}

/* What a body writes as {} may be as large as the default is: all defaults together have a limit. */
static void
defaults_are_bounded(void **state)
{
	pv_ctx *cx = *state;
	pv_buf schema, value;
	pv_schema *s;
	const pv_val *v;
	size_t len;

	pv_buf_init(&schema, cx->arena);
	pv_buf_init(&value, cx->arena);
	pv_buf_printf(&schema,
		      "{type: array, items: {type: object, properties: {a: {type: string, default: x%0*d}}}}",
		      100000, 7);
	pv_buf_adds(&value, "{x: [{}");
	for (int i = 0; i < 10000; i++)
		pv_buf_adds(&value, ",{}");
	pv_buf_adds(&value, "]}");
	s = schema_of(cx, schema.s);
	v = pv_schema_default(cx, s, yaml(cx, value.s));
	len = strlen(pv_json_text(cx->arena, v));
	assert_in_range(len, PV_DEFAULTS_MOST - 200000, PV_DEFAULTS_MOST + 200000);
	pv_schema_unref(s);
}

static void
large_patterns_are_few(void **state)
{
	pv_ctx *cx = *state;
	pv_buf text;
	pv_schema *s = NULL;

	pv_buf_init(&text, cx->arena);
	pv_buf_adds(&text, "{type: object, properties: {x: {type: object, properties: {");
	for (int i = 0; i < 2000; i++)
		pv_buf_printf(&text, "a%d: {type: string, pattern: '[\\p{L}]{1,300}x%d'},", i, i);
	pv_buf_adds(&text, "}}}}");
	assert_int_equal(pv_schema_from_crd(cx, yaml(cx, text.s), "s", &s), -PV_EINVALID);
	assert_null(cx->err->causes->next);
	assert_non_null(strstr(cx->err->causes->message, "more than 32 patterns"));
	pv_recover(cx);
}

#define A "{type: object, properties: {a: {type: string}}}"

static void
prunes_what_it_does_not_know(void **state)
{
	static const struct {
		const char *schema, *value, *want, *unknown;
	} cases[] = {
		{"{type: object, properties: {a: {type: string}}}", "{x: {a: b, c: d}, z: 1}",
		 "{\"x\":{\"a\":\"b\"}}", "x.c z"},
		{"{type: object, x-kubernetes-preserve-unknown-fields: true, properties: {a: {type: "
		 "object}}}",
		 "{x: {b: {c: d}, a: {e: f}}}", "{\"x\":{\"b\":{\"c\":\"d\"},\"a\":{}}}", "x.a.e"},
		{"{type: array, items: {type: object, properties: {a: {type: string}}}}",
		 "{x: [{a: b}, {c: d}]}", "{\"x\":[{\"a\":\"b\"},{}]}", "x[1].c"},
		{"{type: object, additionalProperties: {type: string}}", "{x: {a: b}}",
		 "{\"x\":{\"a\":\"b\"}}", ""},
		{"{type: string}", "{x: null}", "{}", ""}, /* null where null is not allowed */
		/* Without a type: what its items are is known, and what its members are; a list that keeps what is
		 * unknown keeps it in its items, too. */
		{UNTYPED("items: " A), "{x: [{a: b, c: d}]}", "{\"x\":[{\"a\":\"b\",\"c\":\"d\"}]}", ""},
		{UNTYPED("items: " A), "{x: {a: {c: d}}}", "{\"x\":{\"a\":{\"c\":\"d\"}}}", ""},
		{UNTYPED("additionalProperties: " A), "{x: {k: {a: b, c: d}}}",
		 "{\"x\":{\"k\":{\"a\":\"b\"}}}", "x.k.c"},
		{UNTYPED("additionalProperties: " A), "{x: [{c: d}]}", "{\"x\":[{\"c\":\"d\"}]}", ""},
		{UNTYPED("items: {type: object, properties: {a: " A "}}, additionalProperties: " A),
		 "{x: [{a: {c: d}, c: d}]}", "{\"x\":[{\"a\":{},\"c\":\"d\"}]}", "x[0].a.c"},
		{UNTYPED("type: array, items: " A), "{x: [{a: b, c: d}]}",
		 "{\"x\":[{\"a\":\"b\",\"c\":\"d\"}]}", ""},
	};
	pv_ctx *cx = *state;

	for (size_t i = 0; i < PV_LEN(cases); i++) {
		pv_schema *s = schema_of(cx, cases[i].schema);
		pv_vec unknown;
		pv_buf b;

		pv_vec_init(&unknown, cx->arena, sizeof(const char *));
		pv_buf_init(&b, cx->arena);
		assert_string_equal(
			pv_json_text(cx->arena, pv_schema_prune(cx, s, yaml(cx, cases[i].value), &unknown)),
			cases[i].want);
		for (size_t k = 0; k < unknown.len; k++)
			pv_buf_printf(&b, "%s%s", k ? " " : "", *PV_AT(const char *, &unknown, k));
		assert_string_equal(b.len ? b.s : "", cases[i].unknown);
		pv_schema_unref(s);
	}
}

/* Alternatives within alternatives cost their number, not two to their depth. */
static void
nested_alternatives_stay_cheap(void **state)
{
	pv_ctx *cx = *state;
	const char *logic = "{enum: [a]}";
	int64_t start = pv_mono();

	for (size_t i = 0; i < 60; i++)
		logic = pv_printf(cx->arena, "{anyOf: [%s]}", logic);
	assert_true(pv_starts_with(
		faults(cx, pv_printf(cx->arena, "{type: string, anyOf: [%s]}", logic), "b"), "<nil>: "));
	assert_true(pv_mono() - start < 600 * PV_SEC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_upstream_says),
		cmocka_unit_test(refuses_what_is_not_structural),
		cmocka_unit_test(equal_nodes_lie_once),
		cmocka_unit_test(fills_in_defaults),
		cmocka_unit_test(defaults_are_bounded),
		cmocka_unit_test(large_patterns_are_few),
		cmocka_unit_test(prunes_what_it_does_not_know),
		cmocka_unit_test(nested_alternatives_stay_cheap),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
