#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <time.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/time.h"

static pv_arena *arena;

static int
open_arena(void **state)
{
	(void)state;
	arena = pv_arena_new("test");
	return 0;
}

static int
close_arena(void **state)
{
	(void)state;
	arena = pv_arena_free(arena);
	return 0;
}

static void
dates_go_both_ways(void **state)
{
	(void)state;
	for (int64_t day = -1000000; day < 1000000; day += 7) {
		int year, month, of_month;

		pv_date_of(day, &year, &month, &of_month);
		assert_int_equal(pv_days_of(year, month, of_month), day);
		assert_int_equal(pv_days_of(year - 2, month + 24, of_month), day);
		assert_int_equal(pv_days_of(year + 1, month - 12, of_month), day);
	}
	assert_int_equal(pv_days_of(2024, 2, 29), 19782);
	assert_int_equal(pv_days_of(2024, 0, 31), pv_days_of(2023, 12, 31));
}

static void
instants_go_both_ways(void **state)
{
	(void)state;
	assert_string_equal(pv_time_format(arena, 0), "1970-01-01T00:00:00Z");
	assert_string_equal(pv_time_format(arena, -1), "1969-12-31T23:59:59Z");
	assert_string_equal(pv_time_format_micro(arena, 1234567), "1970-01-01T00:00:00.001234Z");
	/* every third day of the range against the C library */
	for (int64_t day = -53000; day < 53000; day += 3) {
		int64_t sec = day * 86400 + 12345, back;
		time_t t = (time_t)sec;
		struct tm tm;
		char *text = pv_time_format(arena, sec * PV_SEC), want[32];

		assert_non_null(gmtime_r(&t, &tm));
		strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%SZ", &tm);
		assert_string_equal(text, want);
		assert_true(pv_time_parse(pv_str_of(text), &back));
		assert_true(back == sec * PV_SEC);
	}
}

static void
instants_take_offsets_and_fractions(void **state)
{
	int64_t a, b;

	(void)state;
	assert_true(pv_time_parse(PV_STR("2026-11-25T07:47:56Z"), &a));
	assert_true(pv_time_parse(PV_STR("2026-11-25T08:47:56+01:00"), &b) && a == b);
	assert_true(pv_time_parse(PV_STR("2026-11-24T23:17:56-08:30"), &b) && a == b);
	assert_true(pv_time_parse(PV_STR("2026-11-25T07:47:56.25Z"), &b) && b - a == PV_SEC / 4);
	assert_true(pv_time_parse(PV_STR("2026-11-25T07:47:56.1234567899Z"), &b) && b - a == 123456789);
	assert_true(pv_time_parse(PV_STR("0001-01-01T00:00:00Z"), &b) && b == -(INT64_MAX / 2));
	assert_true(pv_time_parse(PV_STR("9999-12-31T23:59:59Z"), &b) && b == INT64_MAX / 2);
	assert_true(pv_time_parse(PV_STR("2024-02-29T00:00:00Z"), &b));
	assert_true(pv_time_parse(PV_STR("2026-11-25T7:47:56Z"), &b) && a == b);
	assert_true(pv_time_parse(PV_STR("2026-11-25T07:47:56,25Z"), &b) && b - a == PV_SEC / 4);
}

static void
instants_refuse_what_go_refuses(void **state)
{
	/* clang-format off */
	static const char *const bad[] = {
		"", "2026-11-25", "2026-11-25T07:47:56", "2026-11-25 07:47:56Z", "2026-11-25t07:47:56z",
		"2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z",
		"2026-04-31T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
		"2026-12-31T23:59:60Z", "2026-1-01T00:00:00Z", "2026-01-01T00:0:00Z", "2026-01-01T:00:00Z", "2026-01-01T00:00:00.Z",
		"2026-01-01T00:00:00+0100", "2026-01-01T00:00:00Zx", "2026-01-01T00:00:00+24:00",
	};
	/* clang-format on */
	int64_t ns;

	(void)state;
	for (size_t i = 0; i < PV_LEN(bad); i++)
		if (pv_time_parse(pv_str_of(bad[i]), &ns))
			fail_msg("took %s", bad[i]);
}

#define MIN (60 * PV_SEC)
#define HOUR (60 * MIN)

static void
durations_parse_as_go(void **state)
{
	/* clang-format off */
	static const struct {
		const char *text;
		int64_t ns;
	} good[] = {
		{"0", 0}, {"5s", 5 * PV_SEC}, {"30s", 30 * PV_SEC}, {"1478s", 1478 * PV_SEC},
		{"-5s", -5 * PV_SEC}, {"+5s", 5 * PV_SEC}, {"-0", 0}, {"5.0s", 5 * PV_SEC},
		{"5.6s", 5600 * PV_MS}, {"5.s", 5 * PV_SEC}, {".5s", 500 * PV_MS}, {"1.004s", 1004 * PV_MS},
		{"100.00100s", 100 * PV_SEC + PV_MS}, {"10ns", 10}, {"11us", 11000},
		{"12\xc2\xb5s", 12000}, {"12\xce\xbcs", 12000}, {"13ms", 13 * PV_MS},
		{"3h30m", 3 * HOUR + 30 * MIN}, {"10.5s4m", 4 * MIN + 10500 * PV_MS},
		{"-2m3.4s", -(2 * MIN + 3400 * PV_MS)},
		{"1h2m3s4ms5us6ns", HOUR + 2 * MIN + 3 * PV_SEC + 4 * PV_MS + 5006},
		{"52763797000ns", INT64_C(52763797000)}, {"0.3333333333333333333h", 20 * MIN},
		{"9007199254740993ns", (INT64_C(1) << 53) + 1}, {"9223372036854775807ns", INT64_MAX},
		{"9223372036s854ms775us807ns", INT64_MAX}, {"-9223372036854775808ns", INT64_MIN},
		{"0.100000000000000000000h", 6 * MIN}, {"0.830103483285477580700h", 49 * MIN + 48 * PV_SEC + 372539827},
	};
	/* clang-format on */
	/* clang-format off */
	static const char *const bad[] = {
		"", "3", "-", "s", ".", "-.", ".s", "+.s", "1d", "1 s", "3000000h",
		"9223372036854775808ns", "9223372036854775.808us", "-9223372036854775809ns", "1h-5m",
	};
	/* clang-format on */
	int64_t ns;

	(void)state;
	for (size_t i = 0; i < PV_LEN(good); i++)
		if (!pv_duration_parse(pv_str_of(good[i].text), &ns) || ns != good[i].ns)
			fail_msg("%s: %lld", good[i].text, (long long)ns);
	for (size_t i = 0; i < PV_LEN(bad); i++)
		if (pv_duration_parse(pv_str_of(bad[i]), &ns))
			fail_msg("took %s", bad[i]);
}

static void
durations_print_as_go(void **state)
{
	/* clang-format off */
	static const struct {
		int64_t ns;
		const char *text;
	} cases[] = {
		{0, "0s"}, {1, "1ns"}, {1100, "1.1\xc2\xb5s"}, {2200000, "2.2ms"}, {3300 * PV_MS, "3.3s"},
		{4 * MIN + 5 * PV_SEC, "4m5s"}, {4 * MIN + 5001 * PV_MS, "4m5.001s"},
		{5 * HOUR + 6 * MIN + 7001 * PV_MS, "5h6m7.001s"}, {8 * MIN + 1, "8m0.000000001s"},
		{HOUR, "1h0m0s"}, {-HOUR - 30 * MIN, "-1h30m0s"}, {INT64_MAX, "2562047h47m16.854775807s"},
		{INT64_MIN, "-2562047h47m16.854775808s"},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < PV_LEN(cases); i++) {
		int64_t back;

		assert_string_equal(pv_duration_format(arena, cases[i].ns), cases[i].text);
		assert_true(pv_duration_parse(pv_str_of(cases[i].text), &back) && back == cases[i].ns);
	}
}

static void
lengths_that_users_say_are_held(void **state)
{
	int64_t last;

	(void)state;
	assert_true(pv_time_parse(PV_STR("9999-12-31T23:59:59Z"), &last));
	assert_true(pv_seconds(17) == 17 * PV_SEC && pv_seconds(-17) == -17 * PV_SEC);
	assert_true(pv_seconds(9223372037) == pv_seconds(INT64_MAX) && last + pv_seconds(INT64_MAX) > last);
	assert_true(pv_seconds(INT64_MIN) == -pv_seconds(INT64_MAX));
}

static void
ages_print_as_kubectl(void **state)
{
	/* clang-format off */
	static const struct {
		int64_t seconds;
		const char *text;
	} cases[] = {
		{-2, "<invalid>"}, {-1, "0s"}, {0, "0s"}, {17, "17s"}, {119, "119s"}, {120, "2m"}, {121, "2m1s"},
		{599, "9m59s"}, {600, "10m"}, {601, "10m"}, {10799, "179m"}, {10800, "3h"}, {10860, "3h1m"},
		{28799, "7h59m"}, {28800, "8h"}, {172799, "47h"}, {172800, "2d"}, {176400, "2d1h"},
		{691199, "7d23h"}, {691200, "8d"}, {63071999, "729d"}, {63072000, "2y"}, {63158400, "2y1d"},
		{252287999, "7y364d"}, {252288000, "8y"}, {300000000, "9y"},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < PV_LEN(cases); i++)
		assert_string_equal(pv_age_format(arena, cases[i].seconds * PV_SEC), cases[i].text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_go_both_ways),
		cmocka_unit_test(instants_go_both_ways),
		cmocka_unit_test(instants_take_offsets_and_fractions),
		cmocka_unit_test(instants_refuse_what_go_refuses),
		cmocka_unit_test(durations_parse_as_go),
		cmocka_unit_test(durations_print_as_go),
		cmocka_unit_test(lengths_that_users_say_are_held),
		cmocka_unit_test(ages_print_as_kubectl),
	};
	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
