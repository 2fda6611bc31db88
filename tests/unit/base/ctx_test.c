#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/ctx.h"

static int
open_cx(void **state)
{
	static pv_ctx cx;

	pv_ctx_init(&cx, "test");
	*state = &cx;
	return 0;
}

static int
close_cx(void **state)
{
	pv_ctx_done(*state);
	return 0;
}

static void
failure_carries_code_place_and_chain(void **state)
{
	pv_ctx *cx = *state;
	int r = pv_fail_at(cx, PV_EINVALID, "app.yaml", 3, 7, "expected a %s", "map");

	assert_int_equal(r, -PV_EINVALID);
	assert_string_equal(pv_error_text(cx), "app.yaml:3:7: expected a map");
	assert_int_equal(pv_wrap(cx, r, "reading %s", "guestbook"), r);
	assert_string_equal(cx->err->message, "reading guestbook: expected a map");
	assert_int_equal(cx->err->line, 3);
	assert_int_equal(pv_checked(cx, r), r);
	assert_int_equal(pv_recover(cx), PV_EINVALID);
	assert_null(cx->err);
	assert_int_equal(pv_recover(cx), 0);
	assert_string_equal(pv_error_text(cx), "");
	assert_int_equal(pv_checked(cx, 0), 0);
}

static void
place_is_printed_as_far_as_it_is_known(void **state)
{
	pv_ctx *cx = *state;

	pv_fail_at(cx, PV_EINVALID, NULL, 3, 0, "m");
	assert_string_equal(pv_error_text(cx), "input:3: m");
	pv_recover(cx);
	pv_fail_at(cx, PV_EINVALID, "f", 0, 0, "m");
	assert_string_equal(pv_error_text(cx), "f: m");
}

static void
causes_keep_their_order(void **state)
{
	pv_ctx *cx = *state;
	pv_error *err;

	pv_fail(cx, PV_EINVALID, "two faults");
	pv_add_cause(cx, "FieldValueRequired", "spec.a", "missing");
	pv_add_cause(cx, "FieldValueInvalid", "spec.b", "%d is too much", 9);
	err = pv_take_error(cx);
	assert_null(cx->err);
	assert_string_equal(err->causes->field, "spec.a");
	assert_string_equal(err->causes->next->message, "9 is too much");
	assert_null(err->causes->next->next);
}

static void
codes_are_kubernetes_reasons(void **state)
{
	(void)state;
	for (int code = 1; code < PV_ECODES; code++) {
		int http = pv_code_http(code);
		assert_true(http >= 400 && http < 600);
		assert_non_null(pv_code_reason(code));
		if (code != PV_EEXISTS &&
		    code != PV_EUSAGE) /* share 409 with Conflict, 400 with BadRequest */
			assert_int_equal(pv_code_of_http(http), code);
	}
	assert_string_equal(pv_code_reason(PV_EGONE), "Expired");
	assert_int_equal(pv_code_of_http(418), PV_EINTERNAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(failure_carries_code_place_and_chain, open_cx, close_cx),
		cmocka_unit_test_setup_teardown(place_is_printed_as_far_as_it_is_known, open_cx, close_cx),
		cmocka_unit_test_setup_teardown(causes_keep_their_order, open_cx, close_cx),
		cmocka_unit_test(codes_are_kubernetes_reasons),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
