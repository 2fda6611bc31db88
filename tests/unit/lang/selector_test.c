#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include "base/str.h"
#include "base/vec.h"
#include "lang/json/json.h"
#include "lang/selector/selector.h"
#include "shared.h"
#include "unit/context.h"

static const pv_val *
json(const char *text)
{
	const pv_val *v = NULL;

	if (pv_json_parse(&cx, pv_str_of(text), NULL, &v) < 0)
		fail_msg("%s: %s", text, pv_error_text(&cx));
	return v;
}

static pv_selector *
parsed(const char *text)
{
	pv_selector *sel = NULL;

	if (pv_selector_parse(&cx, text, &sel) < 0)
		fail_msg("%s: %s", text, pv_error_text(&cx));
	return sel;
}

static void
is_refused(const char *text, const char *part)
{
	pv_selector *sel = NULL;

	if (pv_selector_parse(&cx, text, &sel) == 0)
		fail_msg("accepted: %s", text);
	if (cx.err->code != PV_EBADREQUEST || strstr(cx.err->message, part) == NULL)
		fail_msg("%s: wanted ...%s..., got %s", text, part, pv_error_text(&cx));
	pv_recover(&cx);
}

static void
texts_are_read_and_printed_in_canonical_form(void **state)
{
	static const char *const rows[][2] = {
		{"", ""},
		{"  ", ""},
		{"x=a,y=b", "x=a,y=b"},
		{"z=a , a == b", "a==b,z=a"},
		{"x!=a", "x!=a"},
		{"x=", "x="},
		{"x= ,z", "x=,z"},
		{"!x", "!x"},
		{" ! x , y", "!x,y"},
		{"x in (b,a,b)", "x in (a,b)"},
		{"x notin (a)", "x notin (a)"},
		{"x in (a,)", "x in (,a)"},
		{"x in (,a,,)", "x in (,a)"},
		{"x in (,)", "x in (,)"},
		{"in in (in)", "in in (in)"},
		{"notin=in", "notin=in"},
		{"x>1,z<5", "x>1,z<5"},
		{"app.kubernetes.io/name=web-1_a.B", "app.kubernetes.io/name=web-1_a.B"},
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		assert_string_equal(pv_selector_text(cx.arena, parsed(rows[i][0])), rows[i][1]);
}

static void
faults_say_what_was_expected(void **state)
{
	(void)state;
	is_refused("x=a||y=b", "invalid label value \"a||y\""); /* '|' is no token of its own */
	is_refused("x==a==b", "found '==', expected: ',' or 'end of string'");
	is_refused("!x=a", "found '=', expected: ',' or 'end of string'");
	is_refused("x<a", "the value must be a whole number");
	is_refused("x<-5", "invalid label value \"-5\"");
	is_refused(",", "found ',', expected: !, identifier, or 'end of string'");
	is_refused("x,", "found '', expected: identifier after ','");
	is_refused("x in a", "found 'a', expected: '('");
	is_refused("x in (a", "expected: ',' or ')'");
	is_refused("x in (a b)", "found 'b', expected: ',' or ')'");
	is_refused("x y", "found 'y', expected: in, notin, =, ==, !=, gt, lt");
	is_refused("!", "expected: identifier");
	is_refused("x=(", "found '(', expected: identifier");
	is_refused("-x=a", "invalid label key \"-x\"");
	is_refused("a/b/c=d", "invalid label key \"a/b/c\"");
	is_refused("/a=b", "invalid label key \"/a\"");
	is_refused("A.b/c=d", "invalid label key");
	is_refused("a..b/c=d", "invalid label key");
	is_refused("x=a b", "found 'b'");
	is_refused("x=-a", "invalid label value \"-a\"");
	is_refused("x=0123456789012345678901234567890123456789012345678901234567890123",
		   "invalid label value");
}

static void
label_selector_objects(void **state)
{
	static const struct {
		const char *selector, *labels;
		bool match;
	} rows[] = {
		{"{}", "{}", true},
		{"{}", "{\"a\":\"b\"}", true},
		{"{\"matchLabels\":{\"a\":\"b\"}}", "{\"a\":\"b\",\"c\":\"d\"}", true},
		{"{\"matchLabels\":{\"a\":\"b\",\"c\":\"x\"}}", "{\"a\":\"b\",\"c\":\"d\"}", false},
		{"{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\",\"values\":[\"x\",\"b\"]}]}",
		 "{\"a\":\"b\"}", true},
		{"{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"NotIn\",\"values\":[\"x\"]}]}", "{}",
		 true},
		{"{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"NotIn\",\"values\":[\"x\"]}]}",
		 "{\"a\":\"x\"}", false},
		{"{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Exists\"}]}", "{\"a\":\"\"}", true},
		{"{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"DoesNotExist\",\"values\":[]}]}",
		 "{\"a\":\"\"}", false},
		{"{\"matchLabels\":{\"a\":\"b\"},\"matchExpressions\":[{\"key\":\"c\",\"operator\":"
		 "\"Exists\"}]}",
		 "{\"a\":\"b\"}", false},
		{"null", "{\"a\":\"b\"}", false},
	};
	pv_selector *sel = NULL;

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		assert_int_equal(pv_selector_from(&cx, json(rows[i].selector), &sel), 0);
		if (pv_selector_match(sel, json(rows[i].labels)) != rows[i].match)
			fail_msg("%s on %s", rows[i].selector, rows[i].labels);
	}
	assert_int_equal(pv_selector_from(&cx, NULL, &sel), 0);
	assert_false(pv_selector_match(sel, NULL));
	assert_false(pv_selector_everything(sel));
	assert_int_equal(pv_selector_from(&cx, json("{}"), &sel), 0);
	assert_true(pv_selector_everything(sel));
	assert_true(pv_selector_match(sel, NULL));
	assert_int_equal(pv_selector_from(&cx, json("{\"matchLabels\":{\"b\":\"c\",\"a\":\"d\"}}"), &sel), 0);
	assert_string_equal(pv_selector_text(cx.arena, sel), "a=d,b=c");
}

static void
label_selector_faults(void **state)
{
	static const char *const rows[][2] = {
		{"5", "expected an object, found number"},
		{"{\"matchLabels\":{\"a\":5}}", "matchLabels.a: expected a string, found number"},
		{"{\"matchLabels\":[]}", "matchLabels: expected an object, found array"},
		{"{\"matchLabls\":{\"a\":\"b\"}}",
		 "expected matchLabels or matchExpressions, found \"matchLabls\"; did you mean matchLabels?"},
		{"{\"a\":\"b\"}", "expected matchLabels or matchExpressions, found \"a\""},
		{"{\"matchLabels\":{\"a b\":\"c\"}}", "invalid label key \"a b\""},
		{"{\"matchLabels\":{\"a\":\"b c\"}}", "invalid label value \"b c\""},
		{"{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Like\"}]}",
		 "matchExpressions[0]: \"Like\" is not a valid"},
		{"{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\",\"values\":[]}]}",
		 "cannot be empty"},
		{"{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Exists\",\"values\":[\"b\"]}]}",
		 "values must be empty"},
		{"{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\",\"values\":[1]}]}",
		 "matchExpressions[0].values[0]: expected a string"},
		{"{\"matchExpressions\":[{\"operator\":\"Exists\"}]}", "invalid label key"},
	};
	pv_selector *sel = NULL;

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		if (pv_selector_from(&cx, json(rows[i][0]), &sel) == 0)
			fail_msg("accepted: %s", rows[i][0]);
		if (strstr(cx.err->message, rows[i][1]) == NULL)
			fail_msg("%s: wanted ...%s..., got %s", rows[i][0], rows[i][1], pv_error_text(&cx));
		pv_recover(&cx);
	}
}

static void
cases_of_apimachinery(void **state)
{
	const char *path = shared_path(cx.arena, "apiplane/selectors/labels.json");
	const pv_val *cases = NULL, *list;
	pv_selector *sel;

	(void)state;
	if (path == NULL)
		skip();
	assert_int_equal(pv_json_parse(&cx, shared_read(cx.arena, path), NULL, &cases), 0);
	list = pv_get(cases, "good");
	for (size_t i = 0; i < pv_count(list); i++)
		parsed(list->items[i].s);
	list = pv_get(cases, "bad");
	for (size_t i = 0; i < pv_count(list); i++)
		is_refused(list->items[i].s, "");
	list = pv_get(cases, "matches");
	assert_true(pv_count(list) >= 23);
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *c = &list->items[i];

		sel = parsed(pv_text(pv_get(c, "selector"), ""));
		if (pv_selector_match(sel, pv_get(c, "labels")) != pv_truth(pv_get(c, "match"), false))
			fail_msg("%s", pv_json_text(cx.arena, c));
	}
}

static void
field_selectors(void **state)
{
	static const struct {
		const char *text, *terms; /* field, sign and value, '|' between */
	} rows[] = {
		{"", ""},
		{"metadata.name=web", "metadata.name=web"},
		{"a==b,c!=d", "a=b|c!d"},
		{"a=,b=x", "a=|b=x"},
		{",a=b,", "a=b"},
		{"a=b\\,c\\=d\\\\", "a=b,c=d\\"},
		{"a!=b!c", "a!b!c"},
	};
	static const char *const bad[] = {"a", "=b", "a=b=c", "a=b\\x", "a=b\\", "a!b", "a=b,c"};

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_vec terms;
		char text[100] = "";

		assert_int_equal(pv_field_selector_parse(&cx, rows[i].text, &terms), 0);
		for (size_t k = 0; k < terms.len; k++) {
			const pv_field_term *t = PV_AT(pv_field_term, &terms, k);
			size_t len = strlen(text);

			snprintf(text + len, sizeof(text) - len, "%s%s%s%s", k > 0 ? "|" : "", t->field,
				 t->equal ? "=" : "!", t->value);
		}
		assert_string_equal(text, rows[i].terms);
	}
	for (size_t i = 0; i < PV_LEN(bad); i++) {
		pv_vec terms;

		if (pv_field_selector_parse(&cx, bad[i], &terms) == 0)
			fail_msg("accepted: %s", bad[i]);
		assert_non_null(strstr(cx.err->message, "can't understand"));
		pv_recover(&cx);
	}
}

static void
field_selectors_are_written(void **state)
{
	static const char *const values[] = {"web", "", "a,b=c", "\\", "\\,=\\"};
	pv_vec terms;
	pv_buf text;

	(void)state;
	pv_buf_init(&text, cx.arena);
	for (size_t i = 0; i < PV_LEN(values); i++)
		pv_field_selector_add(&text, "a.b", values[i]);
	pv_field_selector_add(&text, "c=d,e", "f");
	assert_int_equal(pv_field_selector_parse(&cx, text.s, &terms), 0);
	assert_int_equal(terms.len, PV_LEN(values) + 1);
	for (size_t i = 0; i < PV_LEN(values); i++) {
		assert_string_equal(PV_AT(pv_field_term, &terms, i)->field, "a.b");
		assert_string_equal(PV_AT(pv_field_term, &terms, i)->value, values[i]);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, context_begin, context_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(texts_are_read_and_printed_in_canonical_form),
		T(faults_say_what_was_expected),
		T(label_selector_objects),
		T(label_selector_faults),
		T(cases_of_apimachinery),
		T(field_selectors),
		T(field_selectors_are_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
