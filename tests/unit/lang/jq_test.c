/* The places of a document that jq expressions mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "lang/jq/jq.h"
#include "lang/json/json.h"

static const char document[] =
	"{\"spec\": {\"a/b\": 1, \"list\": [{\"name\": \"x\", \"v\": 1}, {\"name\": \"y\", \"v\": 2}], \"none\": null}}";

/* The places, with blanks between them. */
static const char *
places(pv_ctx *cx, const char *expression)
{
	const pv_val *doc;
	pv_vec found;
	pv_buf b;
	pv_jq *jq;
	assert_int_equal(pv_json_parse(cx, pv_str_of(document), NULL, &doc), 0);
	if (pv_jq_open(cx, expression, &jq) < 0)
		return pv_error_text(cx);
	if (pv_jq_places(cx, jq, doc, &found) < 0) {
		pv_jq_close(jq);
		return pv_error_text(cx);
	}
	pv_jq_close(jq);
	pv_buf_init(&b, cx->arena);
	for (size_t i = 0; i < found.len; i++)
		pv_buf_printf(&b, "%s%s", i ? " " : "", *PV_AT(const char *, &found, i));
	return b.len ? b.s : "";
}

static void
expressions_mean_places(void **state)
{
	static const char *const rows[][2] = {
		{".spec.list[] | select(.name == \"y\") | .v", "/spec/list/1/v"},
		{".spec[\"a/b\"], .spec.list[0]", "/spec/a~1b /spec/list/0"},
		{".spec.list[]?.v", "/spec/list/0/v /spec/list/1/v"},
		{".spec.missing.deeper", "/spec/missing/deeper"},
		{".spec.none[]", ""},
		{".spec.list | map(.v)", ""},
		{".", ""},
		{".spec # a comment", "/spec"},
		{"..|select(type == \"number\")", "/spec/a~1b /spec/list/0/v /spec/list/1/v"},
	};
	pv_ctx cx;
	(void)state;
	pv_ctx_init(&cx, "test");
	for (size_t i = 0; i < PV_LEN(rows); i++)
		assert_string_equal(places(&cx, rows[i][0]), rows[i][1]);
	pv_ctx_done(&cx);
}

static void
faults_are_told_in_jqs_words(void **state)
{
	static const char *const rows[][2] = {
		{".spec[", "\".spec[\" is no jq expression: syntax error, unexpected INVALID_CHARACTER"},
		{"nothing", "\"nothing\" is no jq expression: nothing/0 is not defined"},
		{".spec.list[0:1]",
		 "a jq expression means a slice of a list, or an element from its end: expected "
		 "names and indexes from the start"},
		{".spec.list[-1]",
		 "a jq expression means a slice of a list, or an element from its end: expected "
		 "names and indexes from the start"},
	};
	pv_ctx cx;
	(void)state;
	pv_ctx_init(&cx, "test");
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		assert_string_equal(places(&cx, rows[i][0]), rows[i][1]);
		pv_recover(&cx);
	}
	pv_ctx_done(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expressions_mean_places),
		cmocka_unit_test(faults_are_told_in_jqs_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
