#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/regex.h"
#include "unit/context.h"

static const pv_re *
re(const char *pattern)
{
	const pv_re *compiled = NULL;

	if (pv_re_cached(&cx, pv_str_of(pattern), NULL, &compiled) < 0)
		fail_msg("%s: %s", pattern, pv_error_text(&cx));
	return compiled;
}

static void
patterns_match_as_in_go(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool anywhere, whole;
	} cases[] = {
		{"b+", "abbc", true, false},
		{"^b", "abc", false, false},
		{"", "", true, true},
		{"a.c", "a\nc", false, false},
		{"(?s)a.c", "a\nc", true, true},
		{"(?i)ABC", "abc", true, true},
		{"\\d{3}", "x123", true, false},
		{"^\\pL+$", "\xc3\xa9t\xc3\xa9", true, true},
		{"[[:alpha:]]+", "abc", true, true},
		{"a$", "a\n", false, false},
		{"(?m)a$", "a\n", true, false},
		{"\\bfoo\\b", "a foo b", true, false},
		{"\\Qa.b\\E", "a.b", true, true},
		{"a|ab", "ab", true, true},
		{"\\x{1F600}", "\xf0\x9f\x98\x80", true, true},
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(cases); i++) {
		const pv_re *r = re(cases[i].pattern);
		if (pv_re_match(r, pv_str_of(cases[i].text)) != cases[i].anywhere ||
		    pv_re_match_whole(r, pv_str_of(cases[i].text)) != cases[i].whole)
			fail_msg("%s on %s", cases[i].pattern, cases[i].text);
	}
	assert_true(pv_re_match(re("a"), PV_STR("\0a")));
}

static void
errors_read_as_in_go(void **state)
{
	static const char *const cases[][2] = {
		{"[a", "error parsing regexp: missing closing ]: `[a`"},
		{"(a", "error parsing regexp: missing closing ): `(a`"},
		{"a)", "error parsing regexp: unexpected ): `a)`"},
		{"*", "error parsing regexp: missing argument to repetition operator: `*`"},
		{"a**", "error parsing regexp: invalid nested repetition operator: `**`"},
		{"a{1001}", "error parsing regexp: invalid repeat count: `{1001}`"},
		{"[b-a]", "error parsing regexp: invalid character class range: `b-a`"},
		{"\\y", "error parsing regexp: invalid escape sequence: `\\y`"},
		{"\\C", "error parsing regexp: invalid escape sequence: `\\C`"},
		{"(?=a)", "error parsing regexp: invalid or unsupported Perl syntax: `(?=`"},
		{"a\\", "error parsing regexp: trailing backslash at end of expression: ``"},
	};
	pv_re *out = NULL;

	(void)state;
	for (size_t i = 0; i < PV_LEN(cases); i++) {
		assert_int_equal(pv_re_compile(&cx, pv_str_of(cases[i][0]), &out), -PV_EINVALID);
		assert_string_equal(pv_error_text(&cx), cases[i][1]);
		pv_recover(&cx);
	}
	assert_int_equal(pv_re_compile(&cx, PV_STR("((a{100}){100}){100}"), &out), -PV_EINVALID);
	pv_recover(&cx);
	assert_null(out);
}

static void
groups_have_numbers_and_names(void **state)
{
	const pv_re *r = re("(?P<y>\\d+)-(?<m>\\d+)(x)?[(?<z>]");
	pv_span s[4];

	(void)state;
	assert_int_equal(pv_re_groups(r), 3);
	assert_null(pv_re_group_name(r, 0));
	assert_string_equal(pv_re_group_name(r, 1), "y");
	assert_string_equal(pv_re_group_name(r, 2), "m");
	assert_null(pv_re_group_name(r, 3));
	assert_true(pv_re_find(r, PV_STR("on 2026-11<"), 0, s, 4));
	assert_int_equal(s[0].begin, 3);
	assert_int_equal(s[0].end, 11);
	assert_int_equal(s[2].begin, 8);
	assert_int_equal(s[3].begin, -1);
	assert_false(pv_re_find(r, PV_STR("on 2026-11<"), 9, s, 4));
	assert_true(pv_re_find(re("^"), PV_STR("ab"), 0, s, 1));
	assert_false(pv_re_find(re("^"), PV_STR("ab"), 1, s, 1)); /* what is before counts */
	assert_false(pv_re_find(re("a"), PV_STR("ab"), 5, s, 1));
}

static void
all_matches_are_found_as_in_go(void **state)
{
	static const struct {
		const char *pattern, *text, *want;
		int limit;
	} cases[] = {
		{"a*", "baaac", "0-0 1-4 5-5", -1},
		{"", "a\xc3\xa9", "0-0 1-1 3-3", -1},
		{"a", "aaa", "0-1 1-2", 2},
		{"a", "aaa", "", 0},
		{"x", "aaa", "", -1},
		{"a|b*", "abb", "0-1 1-3", -1},
		{"$", "ab", "2-2", -1},
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(cases); i++) {
		pv_vec all;
		pv_buf b;

		pv_buf_init(&b, cx.arena);
		pv_re_find_all(re(cases[i].pattern), cx.arena, pv_str_of(cases[i].text), cases[i].limit, NULL,
			       &all);
		for (size_t k = 0; k < all.len; k++)
			pv_buf_printf(&b, "%s%td-%td", k > 0 ? " " : "", PV_AT(pv_span, &all, k)->begin,
				      PV_AT(pv_span, &all, k)->end);
		if (strcmp(b.s, cases[i].want) != 0)
			fail_msg("%s on %s: %s", cases[i].pattern, cases[i].text, b.s);
	}
}

static void
replacing_expands_as_in_go(void **state)
{
	static const char *const cases[][4] = {
		{"a(x*)b", "-ab-axxb-", "T", "-T-T-"},
		{"a(x*)b", "-ab-axxb-", "$1", "--xx-"},
		{"a(x*)b", "-ab-axxb-", "$1W", "---"},
		{"a(x*)b", "-ab-axxb-", "${1}W", "-W-xxW-"},
		{"a(?P<W>x*)b", "-ab-axxb-", "$W$W", "--xxxx-"},
		{"a", "aa", "$$", "$$"},
		{"a", "aa", "$", "$$"},
		{"a", "a", "$9-${x}-${", "--${"},
		{"a*", "baaac", "x", "xbxcx"},
		{"", "\xc3\xa9t", "-", "-\xc3\xa9-t-"},
		{"b", "abc", "", "ac"},
		{"a", "", "x", ""},
		{"a", "a", "$01", ""},
		{"^", "abc", "x", "xabc"},
	};
	pv_str got;

	(void)state;
	for (size_t i = 0; i < PV_LEN(cases); i++) {
		got = pv_re_replace(re(cases[i][0]), cx.arena, pv_str_of(cases[i][1]), pv_str_of(cases[i][2]),
				    NULL);
		if (!pv_str_is(got, cases[i][3]))
			fail_msg("%s on %s with %s: %s", cases[i][0], cases[i][1], cases[i][2], got.s);
	}
	got = pv_re_replace_literal(re("a"), cx.arena, PV_STR("aba"), PV_STR("$0"), NULL);
	assert_true(pv_str_is(got, "$0b$0"));
}

static void
splitting_is_as_in_go(void **state)
{
	static const struct {
		const char *pattern, *text, *want;
		int limit;
	} cases[] = {
		{",", "a,b,c", "<a><b><c>", -1},
		{",", "a,b,c", "<a><b,c>", 2},
		{",", "a,b,c", "", 0},
		{",", ",a,", "<><a><>", -1},
		{"", "abc", "<a><b><c>", -1},
		{",", "", "<>", -1},
		{"", "", "", -1},
		{"a*", "baaac", "<b><c>", -1},
		{"(,)", "a,b", "<a><b>", -1},
		{"x", "abc", "<abc>", 1},
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(cases); i++) {
		pv_vec parts;
		pv_buf b;

		pv_buf_init(&b, cx.arena);
		pv_re_split(re(cases[i].pattern), cx.arena, pv_str_of(cases[i].text), cases[i].limit, NULL,
			    &parts);
		for (size_t k = 0; k < parts.len; k++) {
			pv_str p = *PV_AT(pv_str, &parts, k);
			pv_buf_printf(&b, "<%.*s>", (int)p.len, p.s);
		}
		if (strcmp(b.s, cases[i].want) != 0)
			fail_msg("%s on %s: %s", cases[i].pattern, cases[i].text, b.s);
	}
}

static void
quoted_text_matches_itself(void **state)
{
	static const char odd[] = "a.b*c[d]{e}(f)|^$\\+?\"/-";
	pv_re *r;

	(void)state;
	assert_int_equal(pv_re_compile(&cx, pv_str_of(pv_re_quote(cx.arena, pv_str_of(odd))), &r), 0);
	assert_true(pv_re_match_whole(r, pv_str_of(odd)));
	assert_null(pv_re_free(r));
	assert_null(pv_re_free(NULL));
}

static void *
use_many(void *arg)
{
	int start = *(int *)arg;

	for (int i = 0; i < 600; i++) { /* more than the cache holds */
		pv_ctx mine;
		const pv_re *r = NULL;
		int n = (start + i) % 400;
		char text[32];

		pv_ctx_init(&mine, "thread");
		snprintf(text, sizeof text, "^n%d$", n);
		PV_ASSERT(pv_re_cached(&mine, pv_str_of(text), NULL, &r) == 0);
		snprintf(text, sizeof text, "n%d", n);
		PV_ASSERT(pv_re_match(r, pv_str_of(text)));
		pv_ctx_done(&mine);
	}
	return NULL;
}

static void
threads_share_the_cache(void **state)
{
	static int start[] = {0, 50, 100, 399};
	pthread_t thread[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, use_many, &start[i]), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	assert_ptr_equal(re("same"), re("same"));
}

/* Of many large patterns, no more than the cache's share stays, and the one that is used
 * now; of small ones, as many as the cache has places.  Stands first: nothing else is kept. */
static void
what_is_kept_has_a_limit(void **state)
{
	static const size_t share = 64u << 20, small = 256u << 10, large = 8u << 20;
	pv_re_slot *slot = NULL;
	const pv_re *r;
	pv_ctx mine;

	(void)state;
	pv_ctx_init(&mine, "many");
	assert_int_equal(pv_re_bytes(), 0);
	for (size_t i = 1; i <= 12; i++) {
		assert_int_equal(
			pv_re_cached(&mine, pv_str_of(pv_printf(mine.arena, "%zu\\pL{0,40}", i)), &slot, &r),
			0);
		assert_int_equal(pv_re_bytes(), i * large < share ? i * large : share);
	}
	assert_true(pv_re_match(r, pv_str_of("12abc")));
	for (int i = 0; i < 300; i++)
		assert_int_equal(pv_re_cached(&mine, pv_str_of(pv_printf(mine.arena, "%dx", i)), &slot, &r),
				 0);
	assert_int_equal(pv_re_bytes(), 256 * small);
	pv_ctx_done(&mine);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_has_a_limit),
		cmocka_unit_test(patterns_match_as_in_go),
		cmocka_unit_test(errors_read_as_in_go),
		cmocka_unit_test(groups_have_numbers_and_names),
		cmocka_unit_test(all_matches_are_found_as_in_go),
		cmocka_unit_test(replacing_expands_as_in_go),
		cmocka_unit_test(splitting_is_as_in_go),
		cmocka_unit_test(quoted_text_matches_itself),
		cmocka_unit_test(threads_share_the_cache),
	};
	return cmocka_run_group_tests(tests, context_begin, context_end);
}
