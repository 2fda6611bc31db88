/* Schedules of CronJobs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "base/time.h"
#include "lang/cron/cron.h"

/* The next time, as text. */
static const char *
next(pv_ctx *cx, const char *schedule, const char *zone, const char *after)
{
	pv_cron cron;
	int64_t ns;
	assert_true(pv_time_parse(pv_str_of(after), &ns));
	if (pv_cron_parse(cx, schedule, zone, &cron) < 0)
		fail_msg("%s: %s", schedule, pv_error_text(cx));
	ns = pv_cron_next(&cron, ns);
	return ns ? pv_time_format(cx->arena, ns) : "never";
}

static void
fields_ranges_steps_and_names(void **state)
{
	static const char *const rows[][3] = {
		{"* * * * *", "2026-11-25T10:00:30Z", "2026-11-25T10:01:00Z"},
		{"*/15 * * * *", "2026-11-25T10:00:00Z", "2026-11-25T10:15:00Z"},
		{"0 9-17/4 * * *", "2026-11-25T13:00:00Z", "2026-11-25T17:00:00Z"},
		{"30 4 1,15 * *", "2026-11-25T00:00:00Z", "2026-12-01T04:30:00Z"},
		{"0 0 * jan mon", "2026-11-25T00:00:00Z", "2027-01-04T00:00:00Z"},
		{"5/20 * * * *", "2026-11-25T10:06:00Z", "2026-11-25T10:25:00Z"},
		{"0 0 29 2 *", "2026-11-25T00:00:00Z", "2028-02-29T00:00:00Z"},
		{"0 0 31 2 *", "2026-11-25T00:00:00Z", "never"},
		{"@hourly", "2026-11-25T10:00:00Z", "2026-11-25T11:00:00Z"},
		{"@yearly", "2026-11-25T10:00:00Z", "2027-01-01T00:00:00Z"},
		{"@every 90s", "2026-11-25T10:00:00Z", "2026-11-25T10:01:30Z"},
	};
	pv_ctx cx;
	(void)state;
	pv_ctx_init(&cx, "test");
	for (size_t i = 0; i < PV_LEN(rows); i++)
		assert_string_equal(next(&cx, rows[i][0], NULL, rows[i][1]), rows[i][2]);
	pv_ctx_done(&cx);
}

static void
day_and_weekday_together_mean_either(void **state)
{
	pv_ctx cx;
	(void)state;
	pv_ctx_init(&cx, "test");
	/* the 13th, or a Friday: the 27th of November 2026 is one */
	assert_string_equal(next(&cx, "0 0 13 * fri", NULL, "2026-11-25T00:00:00Z"), "2026-11-27T00:00:00Z");
	pv_ctx_done(&cx);
}

static void
zones_decide_what_the_wall_clock_shows(void **state)
{
	pv_ctx cx;
	(void)state;
	pv_ctx_init(&cx, "test");
	assert_string_equal(next(&cx, "0 9 * * *", "Europe/Berlin", "2026-11-25T00:00:00Z"),
			    "2026-11-25T08:00:00Z");
	assert_string_equal(next(&cx, "0 9 * * *", "Europe/Berlin", "2026-07-01T00:00:00Z"),
			    "2026-07-01T07:00:00Z");
	assert_string_equal(next(&cx, "TZ=Asia/Tokyo 0 9 * * *", NULL, "2026-11-25T00:30:00Z"),
			    "2026-11-26T00:00:00Z");
	/* 02:30 does not exist on the night the clocks go forward */
	assert_string_equal(next(&cx, "30 2 * * *", "Europe/Berlin", "2027-03-27T12:00:00Z"),
			    "2027-03-29T00:30:00Z");
	pv_ctx_done(&cx);
}

static void
errors_name_the_field(void **state)
{
	static const char *const rows[][2] = {
		{"* * * *", "expected exactly 5 fields"},
		{"60 * * * *", "minute: expected"},
		{"* 24 * * *", "hour: expected"},
		{"* * 0 * *", "day of month: expected"},
		{"* * * foo *", "month: expected"},
		{"* * * * 7", "day of week: expected"},
		{"5-1 * * * *", "minute: expected"},
		{"*/0 * * * *", "minute: expected"},
		{"1,,2 * * * *", "minute: expected"},
		{"@every 10ms", "@every: expected"},
		{"TZ=Nowhere/Land * * * * *", "unknown time zone Nowhere/Land"},
		{"", "expected exactly 5 fields"},
	};
	pv_cron cron;
	pv_ctx cx;
	(void)state;
	pv_ctx_init(&cx, "test");
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		assert_int_equal(pv_cron_parse(&cx, rows[i][0], NULL, &cron), -PV_EINVALID);
		if (!pv_starts_with(pv_error_text(&cx), rows[i][1]))
			fail_msg("\"%s\": %s", rows[i][0], pv_error_text(&cx));
		pv_recover(&cx);
	}
	pv_ctx_done(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_ranges_steps_and_names),
		cmocka_unit_test(day_and_weekday_together_mean_either),
		cmocka_unit_test(zones_decide_what_the_wall_clock_shows),
		cmocka_unit_test(errors_name_the_field),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
