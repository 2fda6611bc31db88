#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/utf8.h"

static void
slices_compare_and_cut(void **state)
{
	pv_str rest = PV_STR("a,,b,"), piece;

	(void)state;
	assert_true(pv_str_next(&rest, ',', &piece) && pv_str_is(piece, "a"));
	assert_true(pv_str_next(&rest, ',', &piece) && pv_str_is(piece, ""));
	assert_true(pv_str_next(&rest, ',', &piece) && pv_str_is(piece, "b"));
	assert_true(pv_str_next(&rest, ',', &piece) && pv_str_is(piece, ""));
	assert_false(pv_str_next(&rest, ',', &piece));
	assert_true(pv_str_cmp(PV_STR("ab"), PV_STR("abc")) < 0);
	assert_true(pv_str_cmp(PV_STR("b"), PV_STR("abc")) > 0);
	assert_true(pv_str_cmp(PV_STR("\xff"), PV_STR("a")) > 0);
	assert_int_equal(pv_str_cmp(PV_STR(""), pv_str_of(NULL)), 0);
	assert_true(pv_str_is(pv_str_trim(PV_STR(" \t x y\r\n")), "x y"));
	assert_true(pv_str_is(pv_str_trim(PV_STR(" \n ")), ""));
	assert_true(pv_str_is(pv_str_clip("abc", 3), "abc") && pv_str_is(pv_str_clip("abcd", 3), "abc"));
	assert_true(pv_str_is(pv_str_clip("a\xe2\x82\xac", 3), "a") && pv_str_is(pv_str_clip("", 0), ""));
	assert_true(pv_starts_with("abc", "ab") && !pv_starts_with("a", "ab"));
	assert_true(pv_ends_with("abc", "bc") && !pv_ends_with("c", "bc"));
	assert_true(pv_streq(NULL, NULL) && !pv_streq("", NULL) && pv_streq("a", "a"));
}

static void
one_is_no_plural(void **state)
{
	pv_arena *a = pv_arena_new("test");

	(void)state;
	assert_string_equal(pv_counted(a, 1, "object"), "1 object");
	assert_string_equal(pv_counted(a, 0, "object"), "0 objects");
	assert_string_equal(pv_counted(a, 1, "entity"), "1 entity");
	assert_string_equal(pv_counted(a, 12, "entity"), "12 entities");
	pv_arena_free(a);
}

static void
utf8_follows_table_3_7(void **state)
{
	static const struct {
		const char *s;
		int step;
		uint32_t rune;
	} cases[] = {
		{"A", 1, 'A'},
		{"\xc3\xa9", 2, 0xe9},
		{"\xe2\x82\xac", 3, 0x20ac},
		{"\xf0\x9f\x98\x80", 4, 0x1f600},
		{"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
		{"\xef\xbf\xbf", 3, 0xffff},
		{"\x80", 0, 0},
		{"\xc0\xaf", 0, 0},         /* overlong */
		{"\xe0\x9f\xbf", 0, 0},     /* overlong */
		{"\xf0\x8f\xbf\xbf", 0, 0}, /* overlong */
		{"\xed\xa0\x80", 0, 0},     /* surrogate */
		{"\xf4\x90\x80\x80", 0, 0}, /* above U+10FFFF */
		{"\xf5\x80\x80\x80", 0, 0},
		{"\xe2\x82", 0, 0}, /* cut short */
		{"\xc3(", 0, 0},
		{"", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(cases); i++) {
		uint32_t rune = 0;
		int step = pv_utf8_step(cases[i].s, strlen(cases[i].s), &rune);
		char back[4];

		assert_int_equal(step, cases[i].step);
		if (step > 0) {
			assert_int_equal(rune, cases[i].rune);
			assert_int_equal(pv_utf8_put(back, rune), step);
			assert_memory_equal(back, cases[i].s, (size_t)step);
		}
	}
}

static void
utf8_names_the_first_bad_byte(void **state)
{
	size_t bad = 99;

	(void)state;
	assert_true(pv_utf8_valid("0123456789 \xc3\xa9t\xc3\xa9", 16, &bad));
	assert_int_equal(bad, 99);
	assert_false(pv_utf8_valid("0123456789\xc3", 11, &bad));
	assert_int_equal(bad, 10);
	assert_true(pv_utf8_valid("", 0, NULL));
}

static void
characters_are_counted_not_bytes(void **state)
{
	static const struct {
		const char *s;
		size_t n, most, bytes;
	} cases[] = {
		{"", 0, 3, 0},
		{"abc", 3, 2, 2},
		{"abc", 3, 9, 3},
		{"t\xc3\xa9t", 3, 2, 3},
		{"\xf0\x9f\x98\x80!", 2, 1, 4},
		{"\xc3\xa9", 1, 0, 0},
		{"\xe2\x82\xac\xc3", 2, 2, 4}, /* broken at its end */
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(cases); i++) {
		assert_int_equal(pv_utf8_count(pv_str_of(cases[i].s)), cases[i].n);
		assert_int_equal(pv_utf8_prefix(pv_str_of(cases[i].s), cases[i].most), cases[i].bytes);
	}
}

static void
integers_are_whole_strings(void **state)
{
	static const char *const bad[] = {"",
					  "-",
					  "+",
					  "1 ",
					  " 1",
					  "1.0",
					  "0x1",
					  "9223372036854775808",
					  "-9223372036854775809",
					  "99999999999999999999",
					  "1a"};
	int64_t n;

	(void)state;
	assert_true(pv_parse_int(PV_STR("-9223372036854775808"), &n) && n == INT64_MIN);
	assert_true(pv_parse_int(PV_STR("9223372036854775807"), &n) && n == INT64_MAX);
	assert_true(pv_parse_int(PV_STR("+007"), &n) && n == 7);
	assert_true(pv_parse_int(PV_STR("-0"), &n) && n == 0);
	for (size_t i = 0; i < PV_LEN(bad); i++)
		assert_false(pv_parse_int(pv_str_of(bad[i]), &n));
}

static void
doubles_are_decimal(void **state)
{
	static const char *const bad[] = {"",    ".",   "-",  "e5",  "1e",    "1e+",  "0x10",
					  "inf", "nan", "1 ", "1,5", "1e999", "1.5.", "--1"};
	char longest[400];
	double d;

	(void)state;
	assert_true(pv_parse_double(PV_STR("1.5e3"), &d) && fabs(d - 1500) < 1e-9);
	assert_true(pv_parse_double(PV_STR(".5"), &d) && fabs(d - 0.5) < 1e-9);
	assert_true(pv_parse_double(PV_STR("-5."), &d) && fabs(d + 5) < 1e-9);
	memset(longest, '0', sizeof longest);
	longest[sizeof longest - 1] = '7';
	assert_true(pv_parse_double((pv_str){longest, sizeof longest}, &d) && fabs(d - 7) < 1e-9);
	for (size_t i = 0; i < PV_LEN(bad); i++)
		assert_false(pv_parse_double(pv_str_of(bad[i]), &d));
}

static void
base64_goes_both_ways(void **state)
{
	static const struct {
		const char *plain, *std, *url;
	} cases[] = {/* RFC 4648 section 10, and the two letters that differ */
		     {"", "", ""},
		     {"f", "Zg==", "Zg"},
		     {"fo", "Zm8=", "Zm8"},
		     {"foo", "Zm9v", "Zm9v"},
		     {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
		     {"\xfb\xff\xfe", "+//+", "-__-"}};
	static const char *const bad[] = {
		"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Z g=", "Zm8=Zm8=", "-__-", "====", "Zm9v\n"};
	pv_arena *a = pv_arena_new("test");
	size_t len;

	(void)state;
	for (size_t i = 0; i < PV_LEN(cases); i++) {
		size_t n = strlen(cases[i].plain);
		uint8_t *back;

		assert_string_equal(pv_base64(a, cases[i].plain, n, false), cases[i].std);
		assert_string_equal(pv_base64(a, cases[i].plain, n, true), cases[i].url);
		back = pv_unbase64(a, pv_str_of(cases[i].std), false, &len);
		assert_non_null(back);
		assert_int_equal(len, n);
		assert_memory_equal(back, cases[i].plain, n);
		back = pv_unbase64(a, pv_str_of(cases[i].url), true, &len);
		assert_non_null(back);
		assert_memory_equal(back, cases[i].plain, n);
	}
	for (size_t i = 0; i < PV_LEN(bad); i++)
		assert_null(pv_unbase64(a, pv_str_of(bad[i]), false, &len));
	assert_null(pv_unbase64(a, PV_STR("Zg=="), true, &len));
	assert_string_equal(pv_hex(a, "\x00\x9f\xff", 3), "009fff");
	assert_int_equal(pv_hex_digit('9') + pv_hex_digit('a') + pv_hex_digit('F'), 9 + 10 + 15);
	for (const char *c = "/:@G`g\x11\x7f"; *c != '\0'; c++)
		assert_int_equal(pv_hex_digit(*c), -1);
	pv_arena_free(a);
}

/* Each row as Go's StdEncoding.DecodeString answers it. */
static void
base64_is_read_as_go_reads_it(void **state)
{
	static const struct {
		const char *text, *canonical; /* NULL: wrong at */
		size_t at;
	} cases[] = {
		{"", "", 0},
		{"aGVs\nbG8=\n", "aGVsbG8=", 0},
		{"\r\naGVsbG8\r\n=", "aGVsbG8=", 0},
		{"YQ=\n=", "YQ==", 0},
		{"Zh==", "Zg==", 0},
		{"Z", NULL, 0},
		{"Zg", NULL, 0},
		{"Zm9vZg\n", NULL, 5},
		{"Zg=", NULL, 3},
		{"Zg=x", NULL, 2},
		{"Zg===", NULL, 4},
		{"=", NULL, 0},
		{"Z=", NULL, 1},
		{"Zm9v-", NULL, 4},
		{"Zm8=Zm8=", NULL, 4},
		{"Zm 9v", NULL, 2},
	};
	pv_arena *a = pv_arena_new("test");

	(void)state;
	for (size_t i = 0; i < PV_LEN(cases); i++) {
		size_t len, wrong;
		uint8_t *raw = pv_base64_read(a, pv_str_of(cases[i].text), &len, &wrong);

		if (cases[i].canonical) {
			assert_non_null(raw);
			assert_string_equal(pv_base64(a, raw, len, false), cases[i].canonical);
		} else {
			assert_null(raw);
			assert_int_equal(wrong, cases[i].at);
		}
	}
	pv_arena_free(a);
}

static void
hashes_spread_and_repeat(void **state)
{
	enum { N = 4096 };
	static unsigned buckets[64];

	(void)state;
	for (uint32_t i = 0; i < N; i++) {
		assert_true(pv_hash(&i, sizeof i) == pv_hash(&i, sizeof i));
		buckets[pv_hash(&i, sizeof i) % 64]++;
	}
	for (size_t i = 0; i < 64; i++) /* mean 64, standard deviation 8 */
		assert_in_range(buckets[i], 20, 120);
	assert_true(pv_hash("a", 1) != pv_hash("a\0", 2));
	assert_true(pv_hash("", 0) != pv_hash("\0", 1));
}

static void
uuids_are_version_4(void **state)
{
	pv_arena *a = pv_arena_new("test");
	char *one = pv_uuid(a), *two = pv_uuid(a);

	(void)state;
	assert_int_equal(strlen(one), 36);
	assert_int_equal(strspn(one, "0123456789abcdef-"), 36);
	assert_true(one[8] == '-' && one[13] == '-' && one[18] == '-' && one[23] == '-');
	assert_int_equal(one[14], '4');
	assert_non_null(strchr("89ab", one[19]));
	assert_string_not_equal(one, two);
	pv_arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slices_compare_and_cut),
		cmocka_unit_test(utf8_follows_table_3_7),
		cmocka_unit_test(characters_are_counted_not_bytes),
		cmocka_unit_test(one_is_no_plural),
		cmocka_unit_test(utf8_names_the_first_bad_byte),
		cmocka_unit_test(integers_are_whole_strings),
		cmocka_unit_test(doubles_are_decimal),
		cmocka_unit_test(base64_goes_both_ways),
		cmocka_unit_test(base64_is_read_as_go_reads_it),
		cmocka_unit_test(hashes_spread_and_repeat),
		cmocka_unit_test(uuids_are_version_4),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
