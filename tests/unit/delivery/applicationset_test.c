/* The pure parts of ApplicationSets: patterns of paths as Go and git read them, names, merging. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/time.h"
#include "core/reconcile/turn.h"
#include "delivery/applicationset/appset.h"
#include "delivery/applicationset/paths.h"
#include "lang/glob/glob.h"
#include "lang/json/json.h"

static pv_ctx cx;

static void
patterns_of_directories(void **state)
{
	static const struct {
		const char *pattern, *path;
		bool go, git;
	} rows[] = {
		{"apps/*", "apps/web", true, true},
		{"apps/*", "apps/web/deep", false, true},
		{"*", "apps", true, true},
		{"*", "apps/web", false, true},
		{"**/web", "apps/web", true, true},
		{"**/web", "a/b/web", false, true},
		{"apps/w?b", "apps/web", true, true},
		{"apps?web", "apps/web", false, true},
		{"apps/[a-w]eb", "apps/web", true, true},
		{"apps/[^w]eb", "apps/web", false, false},
		{"apps/[w", "apps/w", false, false},
		{"apps/{a,web}", "apps/web", false, false},
		{"apps/\\*", "apps/*", true, true},
		{"apps/\\*", "apps/x", false, false},
		{"apps", "apps/web", false, true},
		{"apps/", "apps/web", false, true},
		{"app", "apps/web", false, false},
		{"*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false, false},
		{"config/*/x.json", "config/a/b/x.json", false, true},
		{"", "apps", false, true},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		if (appset_path_fits(rows[i].pattern, rows[i].path, false) != rows[i].go ||
		    appset_path_is_meant(rows[i].pattern, rows[i].path) != rows[i].git)
			fail_msg("%s against %s", rows[i].pattern, rows[i].path);
	}
}

/* Whatever a pathspec means, the globs that are asked for find. */
static void
globs_find_all(void **state)
{
	static const char *const patterns[] = {"config/*.json",     "config",  "config/", "*",
					       "a/[bc]/*/x-*.yaml", "a{b}/c*", "*.yaml",  "./a/*",
					       "x/y\\*z*"};
	static const char *const paths[] = {"config/a.json",  "config/b/a.json", "config/b/c",
					    "a/b/q/x-1.yaml", "a{b}/c/d",        "top.yaml",
					    "deep/a.yaml",    "x/y*zzz"};
	(void)state;
	for (size_t i = 0; i < PV_LEN(patterns); i++) {
		pv_listb list;
		pv_val globs;
		pv_listb_init(&list, cx.arena);
		appset_path_globs(cx.arena, patterns[i], &list);
		globs = pv_listb_end(&list);
		for (size_t k = 0; k < PV_LEN(paths); k++) {
			bool found = false;
			for (size_t g = 0; g < pv_count(&globs); g++)
				found = found || pv_glob_match(pv_text(pv_item(&globs, g), ""), paths[k]);
			if (appset_path_is_meant(patterns[i], paths[k]) && !found)
				fail_msg("%s means %s, which no glob finds", patterns[i], paths[k]);
		}
	}
}

static void
names(void **state)
{
	static const struct {
		const char *text, *normal, *slug;
	} rows[] = {
		{"feature/ABC_def", "feature-abc-def", "feature-abc-def"},
		{"--a.b--", "a.b", "a-b"},
		{"R&D @ home's", "r-d---home-s", "randd-at-homes"},
		{"\xc3\xbc"
		 "ber",
		 "ber", "ber"},
		{"", "", ""},
		{"one-two-three-four-five-six-seven-eight-nine-ten-eleven",
		 "one-two-three-four-five-six-seven-eight-nine-ten-eleven",
		 "one-two-three-four-five-six-seven-eight-nine-ten"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		assert_string_equal(appset_name_normalized(cx.arena, pv_str_of(rows[i].text)),
				    rows[i].normal);
		assert_string_equal(appset_name_slug(cx.arena, pv_str_of(rows[i].text), 50, true),
				    rows[i].slug);
	}
	assert_string_equal(appset_name_slug(cx.arena, PV_STR("abcdef-ghi"), 8, false), "abcdef-g");
	assert_string_equal(appset_name_slug(cx.arena, PV_STR("abcdefghi"), 4, true), "abcd");
}

static const pv_val *
doc(const char *text)
{
	const pv_val *v;
	assert_int_equal(pv_json_parse(&cx, pv_str_of(text), NULL, &v), 0);
	return v;
}

static void
says(pv_val v, const char *want)
{
	pv_buf b;
	pv_buf_init(&b, cx.arena);
	pv_json_write(&b, &v);
	assert_string_equal(b.s, want);
}

static void
sets_of_parameters(void **state)
{
	const pv_val *a = doc("{\"a\":{\"x\":1,\"y\":\"\"},\"l\":[1],\"n\":0}"),
		     *b = doc("{\"a\":{\"x\":2,\"y\":\"z\",\"q\":[]},\"l\":[2,3],\"n\":5,\"e\":\"\"}");
	(void)state;
	says(appset_params_merge(cx.arena, a, b, false),
	     "{\"a\":{\"x\":1,\"y\":\"z\",\"q\":[]},\"l\":[1],\"n\":5,\"e\":\"\"}");
	says(appset_params_merge(cx.arena, a, b, true),
	     "{\"a\":{\"x\":2,\"y\":\"z\",\"q\":[]},\"l\":[2,3],\"n\":5,\"e\":\"\"}");
	says(appset_params_flat(cx.arena, doc("{\"a\":{\"b\":[true,{\"c\":1000000}],\"e\":{}},\"n\":null}")),
	     "{\"a.b.0\":\"true\",\"a.b.1.c\":\"1e+06\",\"n\":\"<nil>\"}");
}

/* What a status says of `n` Applications, of which nothing was told but a second ago. */
static const pv_val *
told_of(size_t n, pv_plan *plan)
{
	static const int64_t now = 1000 * PV_SEC;
	static struct world nowhere;
	const pv_val *object = doc(
		"{\"metadata\":{\"name\":\"a\"},\"spec\":{},\"status\":{\"resources\":[],\"told\":999000000000}}");
	const struct outcome well = {.generated = true};
	appset s;

	plan_init(&cx, plan, &applicationset_controller, object, &nowhere, now);
	appset_init(&cx, plan, object, &s);
	for (size_t i = 0; i < n; i++) {
		const pv_val *child =
			doc("{\"metadata\":{\"name\":\"x\"},\"status\":{\"sync\":{\"status\":\"Synced\"}}}");
		pv_vec_push(&s.children, &child);
	}
	appset_status(&s, &well);
	return plan->status;
}

static void
many_are_told_of_now_and_then(void **state)
{
	pv_plan plan;
	const pv_val *status = told_of(50, &plan);

	(void)state;
	assert_int_equal(pv_count(pv_get(status, "resources")), 50);
	assert_int_equal(plan.requeue, 0);
	status = told_of(51, &plan);
	assert_int_equal(pv_count(pv_get(status, "resources")), 0);
	assert_int_equal(pv_i64_at(status, "resourcesCount", 0), 51);
	assert_int_equal(plan.requeue, PV_SEC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_of_directories),
		cmocka_unit_test(globs_find_all),
		cmocka_unit_test(names),
		cmocka_unit_test(sets_of_parameters),
		cmocka_unit_test(many_are_told_of_now_and_then),
	};
	int r;
	pv_ctx_init(&cx, "test");
	r = cmocka_run_group_tests_name("applicationset", tests, NULL, NULL);
	pv_ctx_done(&cx);
	return r;
}
