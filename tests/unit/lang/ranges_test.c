/* Sets of numbers as Jobs write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lang/ranges/ranges.h"

static const char *
again(pv_ctx *cx, const char *text)
{
	bool set[10] = {false};

	assert_int_equal(pv_ranges_parse(cx, text, set, 10), 0);
	return pv_ranges_format(cx->arena, set, 10);
}

static void
reads_what_it_writes(void **state)
{
	static const char *const texts[] = {"", "0", "0,1", "0-2", "1,3-5,7", "1,3-5,7,8", "0-9"};
	pv_ctx cx;

	(void)state;
	pv_ctx_init(&cx, "ranges");
	for (size_t i = 0; i < PV_LEN(texts); i++)
		assert_string_equal(again(&cx, texts[i]), texts[i]);
	assert_string_equal(again(&cx, "0-1,2"), "0-2"); /* as short as can be */
	pv_ctx_done(&cx);
}

static void
says_what_is_wrong(void **state)
{
	static const char *const cases[][2] = {
		{"a", "expected numbers and ranges such as 0,2-4, found \"a\""},
		{"1,,2", "expected numbers and ranges such as 0,2-4, found \"\""},
		{"-1", "expected numbers and ranges such as 0,2-4, found \"-1\""},
		{"1-", "expected numbers and ranges such as 0,2-4, found \"1-\""},
		{"1,", "expected numbers and ranges such as 0,2-4, found \"\""},
		{"2,1", "expected numbers in ascending order, found \"1\""},
		{"1,1", "expected numbers in ascending order, found \"1\""},
		{"3-2", "expected numbers in ascending order, found \"3-2\""},
		{"8-10", "expected numbers below 10, found 10"},
	};
	pv_ctx cx;

	(void)state;
	pv_ctx_init(&cx, "ranges");
	for (size_t i = 0; i < PV_LEN(cases); i++) {
		bool set[10] = {false};

		assert_int_equal(pv_ranges_parse(&cx, cases[i][0], set, 10), -PV_EINVALID);
		assert_string_equal(pv_error_text(&cx), cases[i][1]);
		pv_recover(&cx);
	}
	pv_ctx_done(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_writes),
		cmocka_unit_test(says_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
