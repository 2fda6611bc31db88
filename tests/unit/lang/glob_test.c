/* Path patterns: what catalogs, Applications and Git facts select files with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lang/glob/glob.h"

static void
star_stays_within_an_element(void **state)
{
	(void)state;
	assert_true(pv_glob_match("*.yaml", "a.yaml"));
	assert_false(pv_glob_match("*.yaml", "d/a.yaml"));
	assert_true(pv_glob_match("d/*/c", "d/b/c"));
	assert_false(pv_glob_match("d/*/c", "d/c"));
	assert_true(pv_glob_match("?.c", "a.c"));
	assert_false(pv_glob_match("a?c", "a/c"));
}

static void
two_stars_span_elements(void **state)
{
	(void)state;
	assert_true(pv_glob_match("**/catalog-info.yaml", "catalog-info.yaml"));
	assert_true(pv_glob_match("**/catalog-info.yaml", "a/b/catalog-info.yaml"));
	assert_false(pv_glob_match("**/catalog-info.yaml", "a/xcatalog-info.yaml"));
	assert_true(pv_glob_match("a/**/z", "a/z"));
	assert_true(pv_glob_match("a/**/z", "a/b/c/z"));
	assert_true(pv_glob_match("a/**", "a/b/c"));
	assert_false(pv_glob_match("a/**/z", "b/z"));
}

static void
slashes_of_a_text_are_signs_like_others(void **state)
{
	(void)state;
	assert_true(pv_glob_spans("*", "a/b"));
	assert_true(pv_glob_spans("*Widget", "example.org/Widget"));
	assert_true(pv_glob_spans("a?[/]**d", "a//b/c/d"));
	assert_true(pv_glob_spans("{a,b}*", "b/c"));
	assert_false(pv_glob_spans("*/c", "a/b"));
	assert_false(pv_glob_spans("a", "a/b"));
}

static void
classes_braces_and_escapes(void **state)
{
	(void)state;
	assert_true(pv_glob_match("[a-c]x", "bx"));
	assert_false(pv_glob_match("[!a-c]x", "bx"));
	assert_true(pv_glob_match("*.{yaml,yml,json}", "a.yml"));
	assert_false(pv_glob_match("*.{yaml,yml}", "a.toml"));
	assert_true(pv_glob_match("{a,b}/c", "b/c"));
	assert_true(pv_glob_match("\\*", "*"));
	assert_false(pv_glob_match("\\*", "a"));
	assert_false(pv_glob_valid("[a"));
	assert_false(pv_glob_valid("{a,b"));
	assert_true(pv_glob_valid("a[b]{c,d}"));
	assert_true(pv_glob_is("a*"));
	assert_false(pv_glob_is("a/b.yaml"));
}

static void
hostile_patterns_end(void **state)
{
	(void)state;
	assert_false(pv_glob_match("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
				   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
	assert_false(pv_glob_match("**/**/**/**/**/**/x", "a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/y"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(star_stays_within_an_element),
		cmocka_unit_test(two_stars_span_elements),
		cmocka_unit_test(slashes_of_a_text_are_signs_like_others),
		cmocka_unit_test(classes_braces_and_escapes),
		cmocka_unit_test(hostile_patterns_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
