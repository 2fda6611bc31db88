/* CEL rules of custom resources: refused with the CRD when they are wrong or dear, and
 * held at create and update. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/vec.h"
#include "core/schema/schema.h"
#include "lang/yaml/yaml.h"

static const pv_val *
yaml(pv_ctx *cx, const char *text)
{
	const pv_val *v;

	if (pv_yaml_parse(cx, pv_str_of(text), NULL, &v) < 0)
		fail_msg("%s: %s", text, pv_error_text(cx));
	return v;
}

/* "field: message" of each fault of a write of x, whose schema is given; old NULL: create. */
static const char *
told(pv_ctx *cx, const char *x, const char *old, const char *now)
{
	pv_schema *s;
	pv_vec causes;
	pv_buf b;

	if (pv_schema_from_crd(cx, yaml(cx, pv_printf(cx->arena, "{type: object, properties: {x: %s}}", x)),
			       "s", &s) < 0)
		fail_msg("%s: %s", x, pv_error_text(cx));
	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	pv_buf_init(&b, cx->arena);
	pv_buf_adds(&b, "");
	size_t n = pv_schema_judge(cx, s, yaml(cx, now), old ? yaml(cx, old) : NULL, &causes, NULL);
	assert_int_equal(n, causes.len);
	for (size_t i = 0; i < causes.len; i++)
		pv_buf_printf(&b, "%s%s: %s", i ? "\n" : "", PV_AT(pv_cause, &causes, i)->field,
			      PV_AT(pv_cause, &causes, i)->message);
	pv_schema_unref(s);
	return b.len ? b.s : "";
}

/* The faults of a CRD whose x is this, joined by lines. */
static const char *
refused(pv_ctx *cx, const char *x)
{
	pv_schema *s;
	pv_buf b;

	pv_buf_init(&b, cx->arena);
	if (pv_schema_from_crd(cx, yaml(cx, pv_printf(cx->arena, "{type: object, properties: {x: %s}}", x)),
			       "s", &s) == 0) {
		pv_schema_unref(s);
		return "";
	}
	for (const pv_cause *c = cx->err->causes; c; c = c->next)
		pv_buf_printf(&b, "%s%s: %s", b.len ? "\n" : "", c->field, c->message);
	pv_recover(cx);
	return b.s;
}

static void
rules_are_held_at_create(void **state)
{
	static const char ports[] =
		"{type: object, properties: {low: {type: integer}, high: {type: integer}, 'a-b': {type: string}}, x-kubernetes-validations: ["
		"{rule: 'self.low <= self.high', message: ' low first ', fieldPath: .low},"
		"{rule: \"!has(self.a__dash__b) || self.a__dash__b != 'no'\", reason: FieldValueForbidden, messageExpression: \"'not ' + self.a__dash__b\"}]}";
	static const char labels[] =
		"{type: object, additionalProperties: {type: string, maxLength: 9, x-kubernetes-validations: [{rule: 'self.size() < 3'}]}, maxProperties: 9}";
	pv_ctx cx;

	(void)state;
	pv_ctx_init(&cx, "test");
	assert_string_equal(told(&cx, ports, NULL, "{x: {low: 1, high: 2}}"), "");
	assert_string_equal(told(&cx, ports, NULL, "{x: {low: 3, high: 2}}"),
			    "x.low: Invalid value: low first");
	assert_string_equal(told(&cx, ports, NULL, "{x: {low: 1, high: 2, a-b: 'no'}}"),
			    "x: Forbidden: not no");
	assert_string_equal(told(&cx, ports, NULL, "{x: {low: 3}}"),
			    "x: Invalid value: no such key: high evaluating rule: low first");
	assert_string_equal(told(&cx, labels, NULL, "{x: {k: abcd, l: ab}}"),
			    "x[k]: Invalid value: \"abcd\": failed rule: self.size() < 3");
	pv_ctx_done(&cx);
}

/* As 1.34 answered: of a declared field, and of no map's value. */
static void
a_null_that_may_be_is_no_field(void **state)
{
	static const char *const rows[][2] = {
		/* rule, what it says of nulls */
		{"has(self.o.f)", "failed rule: has(self.o.f)"},
		{"self.o.?f.orValue('d') == 'd'", ""},
		{"self.?o.?f.hasValue()", "failed rule: self.?o.?f.hasValue()"},
		{"has(self.m.k)", ""},
		{"'k' in self.m", ""},
		{"has(self.l[0].f)", "failed rule: has(self.l[0].f)"},
		{"self.l.exists(x, has(x.f))", "failed rule: self.l.exists(x, has(x.f))"},
		{"has(self.q)", "failed rule: has(self.q)"},
		{"has(self.q.f)", "no such key: q evaluating rule: has(self.q.f)"},
		{"self.q == null", "no such key: q evaluating rule: self.q == null"},
		{"self.o == self.o", ""},
		{"self.o == oldSelf.o", ""},
	};
	static const char object[] = "{type: object, %sproperties: {f: {type: string, nullable: true}}}";
	pv_ctx cx;

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_ctx_init(&cx, "test");
		const char *o = pv_printf(cx.arena, object, ""),
			   *n = pv_printf(cx.arena, object, "nullable: true, ");
		const char *x = pv_printf(
			cx.arena,
			"{type: object, x-kubernetes-validations: [{rule: \"%s\"}], properties: {o: %s, q: %s, "
			"l: {type: array, maxItems: 3, items: %s}, m: {type: object, additionalProperties: {type: string, nullable: true}}}}",
			rows[i][0], o, n, o);
		const char *nulls = "{x: {o: {f: null}, q: null, l: [{f: null}], m: {k: null}}}";
		const char *old =
			strstr(rows[i][0], "oldSelf") ? nulls : NULL; /* an update may leave what was wrong */
		const char *wanted =
			*rows[i][1] ? pv_printf(cx.arena, "x: Invalid value: %s", rows[i][1]) : "";

		assert_string_equal(told(&cx, x, old, nulls), wanted);
		if (!strstr(rows[i][0], "== null"))
			assert_string_equal(
				told(&cx, x, old, "{x: {o: {f: d}, q: {f: a}, l: [{f: a}], m: {k: v}}}"),
				strstr(rows[i][0], "oldSelf")
					? "x: Invalid value: failed rule: self.o == oldSelf.o"
					: "");
		pv_ctx_done(&cx);
	}
}

/* Equal schemas lie in memory once: each place has its rules all the same. */
static void
rules_of_equal_schemas_are_held_at_each(void **state)
{
	static const char twice[] =
		"{type: object, properties: {"
		"a: {type: object, properties: {k: {type: integer, x-kubernetes-validations: [{rule: self < 3}]}}},"
		"b: {type: object, properties: {k: {type: integer, x-kubernetes-validations: [{rule: self < 3}]}}},"
		"c: {type: object, properties: {k: {type: integer, x-kubernetes-validations: [{rule: self < 5}]}}}}}";
	pv_ctx cx;

	(void)state;
	pv_ctx_init(&cx, "test");
	assert_string_equal(told(&cx, twice, NULL, "{x: {a: {k: 4}, b: {k: 4}, c: {k: 4}}}"),
			    "x.a.k: Invalid value: 4: failed rule: self < 3\n"
			    "x.b.k: Invalid value: 4: failed rule: self < 3");
	pv_ctx_done(&cx);
}

static void
updates_leave_alone_what_they_do_not_change(void **state)
{
	static const char rule[] =
		"{type: string, maxLength: 9, x-kubernetes-validations: [{rule: \"self != 'bad'\"}]}";
	static const char fixed[] =
		"{type: string, maxLength: 9, x-kubernetes-validations: [{rule: self == oldSelf, message: is immutable}]}";
	static const char optional[] =
		"{type: string, maxLength: 9, x-kubernetes-validations: "
		"[{rule: \"oldSelf.hasValue() || self == 'first'\", optionalOldSelf: true, message: starts with first}]}";
	static const char keyed[] =
		"{type: array, maxItems: 9, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [k], items: {type: object, required: [k], "
		"properties: {k: {type: string}, v: {type: integer, x-kubernetes-validations: [{rule: self >= oldSelf}]}}}}";
	pv_ctx cx;

	(void)state;
	pv_ctx_init(&cx, "test");
	assert_string_equal(told(&cx, rule, "{x: bad}", "{x: bad}"), "");
	assert_string_equal(told(&cx, rule, "{x: good}", "{x: bad}"),
			    "x: Invalid value: \"bad\": failed rule: self != 'bad'");
	assert_string_equal(told(&cx, fixed, NULL, "{x: a}"), "");
	assert_string_equal(told(&cx, fixed, "{}", "{x: a}"), "");
	assert_string_equal(told(&cx, fixed, "{x: a}", "{x: b}"), "x: Invalid value: \"b\": is immutable");
	assert_string_equal(told(&cx, optional, NULL, "{x: second}"),
			    "x: Invalid value: \"second\": starts with first");
	assert_string_equal(told(&cx, optional, "{x: first}", "{x: second}"), "");
	assert_string_equal(
		told(&cx, keyed, "{x: [{k: a, v: 1}, {k: b, v: 5}]}", "{x: [{k: b, v: 4}, {k: a, v: 2}]}"),
		"x[0].v: Invalid value: 4: failed rule: self >= oldSelf");
	pv_ctx_done(&cx);
}

static void
wrong_rules_are_refused_with_the_crd(void **state)
{
	static const char *const rows[][2] = {
		{"{type: string, x-kubernetes-validations: [{rule: 'self.foo > 1'}]}",
		 "s.properties[x].x-kubernetes-validations[0].rule: Invalid value: {\"Rule\":\"self.foo \\u003e 1\",\"Message\":\"\","
		 "\"MessageExpression\":\"\",\"Reason\":null,\"FieldPath\":\"\",\"OptionalOldSelf\":null}: compilation failed: ERROR: <input>:1:5: "
		 "type 'string' does not support field selection\n | self.foo > 1\n | ....^"},
		{"{type: integer, x-kubernetes-validations: [{rule: self + 1}]}",
		 "cel expression must evaluate to a bool"},
		{"{type: integer, x-kubernetes-validations: [{rule: ' '}]}",
		 "rule: Required value: rule is not specified"},
		{"{type: integer, x-kubernetes-validations: [{rule: self > 1, reason: Nope}]}",
		 "reason: Unsupported value: \"Nope\""},
		{"{type: integer, x-kubernetes-validations: [{rule: self > 1, messageExpression: self}]}",
		 "messageExpression must evaluate to a string"},
		{"{type: object, properties: {a: {type: string}}, x-kubernetes-validations: [{rule: has(self.a), fieldPath: .b}]}",
		 "fieldPath: Invalid value: \".b\": must be a valid path"},
		{"{type: object, properties: {a: {type: object, properties: {b: {type: string}}}, c: {type: object, properties: {b: {type: "
		 "string}}}}, x-kubernetes-validations: [{rule: self.a == self.c}]}",
		 "found no matching overload"}, /* equal, and yet two types */
		{"{type: array, maxItems: 2, items: {type: integer, x-kubernetes-validations: [{rule: self == oldSelf}]}}",
		 "oldSelf cannot be used on the uncorrelatable portion of the schema within s.properties[x]"},
		{"{type: array, items: {type: array, items: {type: string, x-kubernetes-validations: [{rule: \"self.matches('a')\"}]}}}",
		 "estimated rule cost exceeds budget by factor of more than 100x"},
		{"{type: array, items: {type: array, items: {type: string, x-kubernetes-validations: [{rule: \"true\", messageExpression: \"self.matches('a') ? self : 'x'\"}]}}}",
		 "estimated messageExpression cost exceeds budget by factor of more than 100x"},
		{"{type: array, items: {type: array, items: {type: string, x-kubernetes-validations: [{rule: \"self.matches('a')\"}]}}}",
		 "s: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget"},
	};
	pv_ctx cx;

	(void)state;
	pv_ctx_init(&cx, "test");
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const char *have = refused(&cx, rows[i][0]);

		if (!strstr(have, rows[i][1]))
			fail_msg("%s\n  is     %s\n  wanted %s", rows[i][0], have, rows[i][1]);
	}
	/* the same rule is fine once limits are declared */
	assert_string_equal(
		refused(&cx,
			"{type: array, maxItems: 9, items: {type: array, maxItems: 9, items: {type: string, maxLength: 99, "
			"x-kubernetes-validations: [{rule: \"self.matches('a')\"}]}}}"),
		"");
	pv_ctx_done(&cx);
}

/* What a rule spends is limited, whatever its estimate was. */
static void
an_object_cannot_spend_without_end(void **state)
{
	static const char lists[] =
		"{type: array, maxItems: 1000, items: {type: integer}, x-kubernetes-validations: "
		"[{rule: 'self.all(a, self.all(b, a != b || a == b))'}]}";
	pv_ctx cx;
	pv_buf b;

	(void)state;
	pv_ctx_init(&cx, "test");
	pv_buf_init(&b, cx.arena);
	pv_buf_adds(&b, "{x: [0");
	for (int i = 1; i < 900; i++)
		pv_buf_printf(&b, ", %d", i);
	pv_buf_adds(&b, "]}");
	assert_non_null(strstr(told(&cx, lists, NULL, b.s),
			       "no further validation rules will be run due to call cost exceeds limit"));
	pv_ctx_done(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_are_held_at_create),
		cmocka_unit_test(a_null_that_may_be_is_no_field),
		cmocka_unit_test(rules_of_equal_schemas_are_held_at_each),
		cmocka_unit_test(updates_leave_alone_what_they_do_not_change),
		cmocka_unit_test(wrong_rules_are_refused_with_the_crd),
		cmocka_unit_test(an_object_cannot_spend_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
