#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "lang/json/json.h"
#include "lang/value/literal.h"
#include "unit/context.h"

static const pv_val *
json(const char *text)
{
	const pv_val *v = NULL;

	if (pv_json_parse(&cx, pv_str_of(text), NULL, &v) < 0)
		fail_msg("%s: %s", text, pv_error_text(&cx));
	return v;
}

static pv_val
num(const char *text)
{
	pv_val v;

	if (!pv_number(cx.arena, text, strlen(text), &v))
		fail_msg("not a number: %s", text);
	return v;
}

static void
numbers_take_their_kind_and_canonical_text(void **state)
{
	static const struct {
		const char *text, *canonical;
		enum pv_num num;
	} rows[] = {
		{"0", "0", PV_INT},
		{"-0", "0", PV_INT},
		{"7", "7", PV_INT},
		{"-12", "-12", PV_INT},
		{"999999999999999999", "999999999999999999", PV_INT},
		{"9223372036854775807", "9223372036854775807", PV_INT},
		{"-9223372036854775808", "-9223372036854775808", PV_INT},
		{"9223372036854775808", "9223372036854775808", PV_DECIMAL},
		{"-9223372036854775809", "-9223372036854775809", PV_DECIMAL},
		{"18446744073709551615", "18446744073709551615", PV_DECIMAL},
		{"1.5", "1.5", PV_DOUBLE},
		{"1.50", "1.5", PV_DOUBLE},
		{"1.0", "1", PV_DOUBLE},
		{"-0.0", "-0", PV_DOUBLE},
		{"0.000", "0", PV_DOUBLE},
		{"0e999999", "0", PV_DOUBLE},
		{"1e2", "100", PV_DOUBLE},
		{"1E+2", "100", PV_DOUBLE},
		{"1e20", "100000000000000000000", PV_DOUBLE},
		{"1e21", "1e+21", PV_DOUBLE},
		{"123e30", "1.23e+32", PV_DOUBLE},
		{"0.000001", "0.000001", PV_DOUBLE},
		{"0.0000001", "1e-7", PV_DOUBLE},
		{"12.5e-9", "1.25e-8", PV_DOUBLE},
		{"5e-324", "5e-324", PV_DOUBLE},
		{"2.2250738585072014e-308", "2.2250738585072014e-308", PV_DOUBLE},
		{"1.7976931348623157e308", "1.7976931348623157e+308", PV_DOUBLE},
		{"0.1", "0.1", PV_DOUBLE},
		{"0.30000000000000004", "0.30000000000000004", PV_DOUBLE},
		{"0.10000000000000000001", "0.10000000000000000001", PV_DECIMAL},
		{"3.14159265358979323846", "3.14159265358979323846", PV_DECIMAL},
		{"1e400", "1e+400", PV_DECIMAL},
		{"-1.5e-400", "-1.5e-400", PV_DECIMAL},
		{"1234567890123456789.0", "1234567890123456789", PV_INT},
		{"123456789012345678e3", "123456789012345678000", PV_DECIMAL},
		{"100000000000000000000000", "100000000000000000000000", PV_DECIMAL},
		{"123456789012345678901234.5", "1.234567890123456789012345e+23", PV_DECIMAL},
		{"5.684341886080801e-14", "5.684341886080801e-14", PV_DOUBLE}, /* 2^-44: uneven neighbours */
	};
	char room[PV_NUMBER_ROOM];

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_val v = num(rows[i].text);
		pv_str s = pv_number_text(&v, room);

		if (v.num != rows[i].num || s.len != strlen(rows[i].canonical) ||
		    memcmp(s.s, rows[i].canonical, s.len) != 0)
			fail_msg("%s: wanted %s (kind %d), got %.*s (kind %d)", rows[i].text,
				 rows[i].canonical, (int)rows[i].num, (int)s.len, s.s, v.num);
	}
}

static void
what_is_no_json_number_is_refused(void **state)
{
	static const char *const rows[] = {"",
					   "-",
					   "+1",
					   "01",
					   "-01",
					   "1.",
					   ".5",
					   "1e",
					   "1e+",
					   "1.e2",
					   "0x1",
					   "1 ",
					   " 1",
					   "1a",
					   "NaN",
					   "Infinity",
					   "1e99999999999",
					   "--1",
					   "1..2",
					   "1.2.3",
					   "1e2e3",
					   "1e-1000000000",
					   "00",
					   "-"};
	pv_val v;

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		if (pv_number(cx.arena, rows[i], strlen(rows[i]), &v))
			fail_msg("accepted: '%s'", rows[i]);
}

static void
numbers_compare_by_value_across_kinds(void **state)
{
	/* Ascending; texts between bars are equal. */
	static const char *const rows[][3] = {
		{"-1e400"},
		{"-1e308"},
		{"-9223372036854775809", "-9223372036854775809.0"},
		{"-9223372036854775808"},
		{"-2", "-2.0", "-20e-1"},
		{"-1e-400"},
		{"0", "-0.0", "0.0"},
		{"1e-400"},
		{"5e-324"},
		{"0.1", "1e-1", "0.1000"},
		{"0.10000000000000000001"},
		{"1", "1.0", "1e0"},
		{"9007199254740992", "9007199254740992.0"},
		{"9007199254740993", "9007199254740993.0"},
		{"9223372036854775807", "9223372036854775807.0"},
		{"9223372036854775808"},
		{"18446744073709551615"},
		{"18446744073709551616"},
		{"1e23", "100000000000000000000000"},
		{"100000000000000000000001"},
		{"1.7976931348623157e308"},
		{"1e400", "10e399"},
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		for (size_t j = 0; j < PV_LEN(rows); j++)
			for (size_t a = 0; a < 3 && rows[i][a] != NULL; a++)
				for (size_t b = 0; b < 3 && rows[j][b] != NULL; b++) {
					pv_val x = num(rows[i][a]), y = num(rows[j][b]);
					int wanted = i < j ? -1 : i > j;

					if (pv_cmp(&x, &y) != wanted)
						fail_msg("%s <=> %s is not %d", rows[i][a], rows[j][b],
							 wanted);
					if (wanted == 0 && pv_val_hash(&x) != pv_val_hash(&y))
						fail_msg("%s and %s hash apart", rows[i][a], rows[j][b]);
				}
}

static void
doubles_have_their_shortest_text(void **state)
{
	uint64_t seed = 88172645463325252u;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char room[PV_NUMBER_ROOM], shorter[64];
		double d;
		pv_val v;
		pv_str s;

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		memcpy(&d, &seed, sizeof(d));
		if (i % 4 == 0)
			d = ldexp(1.0, i % 2000 - 1000); /* powers of two */
		if (!isfinite(d))
			continue;
		v = pv_double(d);
		s = pv_number_text(&v, room);
		assert_true(strtod(s.s, NULL) == d);
		for (int p = 1; p < 17; p++) { /* no %.pe that reads back has fewer digits */
			size_t digits = 0;

			snprintf(shorter, sizeof(shorter), "%.*e", p - 1, d);
			if (strtod(shorter, NULL) != d)
				continue;
			for (size_t k = 0; k < s.len && s.s[k] != 'e'; k++)
				digits += s.s[k] >= '1' && s.s[k] <= '9' ? 1 : 0;
			assert_true(digits <= (size_t)p);
			break;
		}
	}
}

static void
numbers_read_as_int_and_double(void **state)
{
	(void)state;
	assert_int_equal(pv_i64(json("5"), -1), 5);
	assert_int_equal(pv_i64(json("5.0"), -1), 5);
	assert_int_equal(pv_i64(json("5.5"), -1), -1);
	assert_int_equal(pv_i64(json("9223372036854775808"), -1), -1);
	assert_int_equal(pv_i64(json("1e300"), -1), -1);
	assert_int_equal(pv_i64(json("\"5\""), -1), -1);
	assert_int_equal(pv_i64(NULL, -1), -1);
	assert_true(pv_f64(json("18446744073709551615"), 0) == 18446744073709551615.0);
	assert_true(pv_f64(json("0.25"), 0) == 0.25);
	assert_true(pv_f64(json("3"), 0) == 3.0);
	assert_true(pv_f64(json("true"), 7) == 7.0);
}

static void
literals_keep_their_texts_and_count_as_what_they_say(void **state)
{
	static const struct {
		const char *text, *same, *other;
	} rows[] = {
		{"1.0", "1", "1.5"},
		{"1E3", "1000", "1001"},
		{"-0", "0", "-1"},
		{"1.50", "1.5", "1.500001"},
		{"1e-7", "0.0000001", "0"},
		{"-0.0", "0", "1"},
		{"2.0e0", "2", "-2"},
		{"0.10", "1e-1", "0.11"},
		{"1e400", "10e399", "1e399"},
		{"12345678901234567890.50", "12345678901234567890.5", "12345678901234567890"},
	};
	static const char *const canonical[] = {"1", "-7", "1.5", "0.1", "-0.25", "100000000000000000000"};
	char room[PV_NUMBER_ROOM];
	pv_val v;

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		assert_true(pv_literal(cx.arena, rows[i].text, strlen(rows[i].text), &v));
		assert_string_equal(pv_number_text(&v, room).s, rows[i].text);
		assert_int_equal(pv_cmp(&v, json(rows[i].same)), 0);
		assert_int_equal(pv_val_hash(&v), pv_val_hash(json(rows[i].same)));
		assert_int_equal(pv_cmp(&v, json(rows[i].other)),
				 pv_cmp(json(rows[i].same), json(rows[i].other)));
		assert_int_equal(pv_i64(&v, -9), pv_i64(json(rows[i].same), -9));
	}
	for (size_t i = 0; i < PV_LEN(canonical); i++) { /* which cost no more than without */
		assert_true(pv_literal(cx.arena, canonical[i], strlen(canonical[i]), &v));
		assert_int_equal(v.num, json(canonical[i])->num);
	}
	assert_false(pv_literal(cx.arena, "01", 2, &v));
}

#define T(name) cmocka_unit_test_setup_teardown(name, context_begin, context_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(numbers_take_their_kind_and_canonical_text),
		T(what_is_no_json_number_is_refused),
		T(numbers_compare_by_value_across_kinds),
		T(doubles_have_their_shortest_text),
		T(numbers_read_as_int_and_double),
		T(literals_keep_their_texts_and_count_as_what_they_say),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
