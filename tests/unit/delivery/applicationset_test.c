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
		{"apps/[!w]eb", "apps/web", true, false},
		{"apps/web/", "apps/web", false, false},
		{"a[^b]c", "a/c", true, true},
		{"a[]]c", "a]c", false, true},
		{"a[-b]c", "a-c", false, true},
		{"a[b-]c", "a-c", false, true},
		{"?pps", "\xc3\xa4pps", true, false},
		{"[\xc3\xa0-\xc3\xa5]pps", "\xc3\xa4pps", true, false},
		{"./apps/*", "apps/web", false, true},
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
	appset s = {.cx = &cx, .alone = true};
	pv_val flat;
	(void)state;
	says(appset_params_merge(cx.arena, a, b, false),
	     "{\"a\":{\"x\":1,\"y\":\"z\",\"q\":[]},\"l\":[1],\"n\":5,\"e\":\"\"}");
	says(appset_params_merge(cx.arena, a, b, true),
	     "{\"a\":{\"x\":2,\"y\":\"z\",\"q\":[]},\"l\":[2,3],\"n\":5,\"e\":\"\"}");
	assert_int_equal(appset_params_flat(&s,
					    doc("{\"a\":{\"b\":[true,{\"c\":1000000}],\"e\":{}},\"n\":null}"),
					    &flat),
			 0);
	says(flat, "{\"a.b.0\":\"true\",\"a.b.1.c\":\"1e+06\",\"n\":\"<nil>\"}");
}

/* ---- turns ---- */

#define NOW (1000 * PV_SEC)

static size_t children;

static void
owned(pv_ctx *c, void *arg PV_UNUSED, const char *type PV_UNUSED, const char *uid PV_UNUSED, pv_vec *ret)
{
	for (size_t i = 0; i < children; i++) {
		const pv_val *child = doc(pv_printf(
			c->arena,
			"{\"metadata\":{\"name\":\"x%zu\"},\"spec\":{\"destination\":{\"name\":\"in-cluster\"}},"
			"\"status\":{\"sync\":{\"status\":\"Synced\"}}}",
			i));
		pv_vec_push(ret, &child);
	}
}

static void
indexed(pv_ctx *c PV_UNUSED, void *arg PV_UNUSED, const char *index PV_UNUSED, const char *key PV_UNUSED,
	pv_vec *ret PV_UNUSED)
{
}

static const pv_val *
find(pv_ctx *c PV_UNUSED, void *arg PV_UNUSED, const char *type PV_UNUSED, const char *ns PV_UNUSED,
     const char *name PV_UNUSED)
{
	return NULL;
}

static void
turn(const char *spec, size_t n, int64_t ago, pv_plan *plan)
{
	static const struct world world = {.owned = owned, .indexed = indexed, .find = find};
	const pv_val *object =
		doc(pv_printf(cx.arena,
			      "{\"metadata\":{\"name\":\"a\",\"namespace\":\"argocd\",\"uid\":\"u\"},"
			      "\"spec\":%s,\"status\":{\"resources\":[],\"told\":%lld}}",
			      spec, (long long)(NOW - ago)));

	children = n;
	plan_init(&cx, plan, &applicationset_controller, object, &world, NOW);
	assert_int_equal(applicationset_controller.reconcile(&cx, object, plan), 0);
}

/* While many Applications change, a turn for each change makes nothing. */
static void
many_are_told_of_now_and_then(void **state)
{
	static const char spec[] = "{\"goTemplate\":true,"
				   "\"generators\":[{\"list\":{\"elements\":[{\"n\":\"a\"},{\"n\":\"b\"}]}}],"
				   "\"template\":{\"metadata\":{\"name\":\"{{.n}}\"},\"spec\":{"
				   "\"project\":\"default\",\"destination\":{\"name\":\"in-cluster\"}}}}";
	pv_plan plan;

	(void)state;
	turn(spec, 50, PV_SEC, &plan);
	assert_int_equal(pv_count(pv_get(plan.status, "resources")), 50);
	assert_int_equal(plan.wishes.len, 50 + 2);
	turn(spec, 51, PV_SEC, &plan);
	assert_null(plan.status);
	assert_int_equal(plan.wishes.len, 0);
	assert_int_equal(plan.requeue, PV_SEC);
	assert_string_equal(plan.summary, "51 applications by 1 generator: 51 Synced, 0 Healthy");
	turn(spec, 51, 2 * PV_SEC, &plan);
	assert_int_equal(pv_count(pv_get(plan.status, "resources")), 51);
	assert_int_equal(pv_i64_at(plan.status, "told", 0), NOW);
	assert_int_equal(plan.wishes.len, 51 + 2);
	turn("{\"generators\":[{}]}", 51, PV_SEC, &plan);
	assert_int_equal(pv_count(pv_get(plan.status, "resources")), 0);
	assert_int_equal(pv_i64_at(plan.status, "told", 0), NOW - PV_SEC);
	assert_string_equal(pv_text_at(plan.status, "conditions.0.status", ""), "True");
}

/* ---- too much ---- */

/* "1,2,3", each as the text says it. */
static const char *
many(size_t n, const char *text)
{
	const char *at = strchr(text, '#');
	pv_buf b;

	pv_buf_init(&b, cx.arena);
	for (size_t i = 0; i < n; i++)
		pv_buf_printf(&b, "%s%.*s%zu%s", i ? "," : "", (int)(at - text), text, i, at + 1);
	return b.s;
}

static const char *
long_text(size_t n, char of)
{
	char *text = pv_alloc(cx.arena, n + 1);

	memset(text, of, n);
	text[n] = '\0';
	return text;
}

static const char *
list_of(const char *elements)
{
	return pv_printf(cx.arena, "{\"list\":{\"elements\":[%s]}}", elements);
}

static const char *
spec_of(const char *generator, const char *note, const char *cluster)
{
	return pv_printf(cx.arena,
			 "{\"generators\":[%s],\"template\":{\"metadata\":{\"name\":\"a{{n}}\","
			 "\"annotations\":{\"note\":\"%s\"}},\"spec\":{\"project\":\"default\","
			 "\"destination\":{\"name\":\"%s\"}}}}",
			 generator, note, cluster);
}

/* Of 100 kB each would make a hundred MB and more. */
static void
what_becomes_too_large_is_an_error(void **state)
{
	const char *text = long_text(100000, 'x'),
		   *big = list_of(pv_printf(cx.arena, "{\"big\":\"%s\"}", text)),
		   *every = list_of(many(1000, "{\"n\":\"#\"}")),
		   *pairs = pv_printf(cx.arena, "{\"matrix\":{\"generators\":[%s,%s]}}", every, big);
	const struct {
		const char *generator, *note, *cluster, *error;
	} rows[] = {
		{pairs, "{{big}}", "in-cluster", "takes more than"},
		{big, many(1000, "{{big}}#"), "in-cluster", "becomes more than 4194304 bytes"},
		{pv_printf(cx.arena,
			   "{\"list\":{\"elementsYaml\":\"[{? %s : {%s}}]\"},"
			   "\"selector\":{\"matchLabels\":{\"a\":\"b\"}}}",
			   text, many(1000, "k#: 1")),
		 "", "in-cluster", "takes more than"},
		{pv_printf(cx.arena, "{\"merge\":{\"mergeKeys\":[\"n\",\"big\"],\"generators\":[%s,%s]}}",
			   pairs, every),
		 "", "in-cluster", "takes more than"},
		{pv_printf(cx.arena,
			   "{\"git\":{\"repoURL\":\"x\",\"directories\":[{\"path\":\"*\"}],"
			   "\"pathParamPrefix\":\"%s\"}}",
			   text),
		 "", "in-cluster", "pathParamPrefix: expected at most 253 bytes, found 100000"},
		{every, "", text, NULL},
	};
	size_t room = appset_room, before;
	pv_plan plan;

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		before = pv_arena_used(cx.arena);
		appset_room = before + (16 << 20);
		turn(spec_of(rows[i].generator, rows[i].note, rows[i].cluster), 0, 0, &plan);
		if (rows[i].error ? !plan.error || !strstr(plan.error, rows[i].error) : plan.error != NULL)
			fail_msg("%zu: %.500s", i, plan.error ? plan.error : "no error");
		assert_int_equal(plan.wishes.len, 0);
		assert_true(pv_arena_used(cx.arena) - before < (64 << 20));
	}
	appset_room = room;
}

static void
what_takes_too_long_is_an_error(void **state)
{
	int64_t patience = appset_patience;
	pv_plan plan;

	(void)state;
	appset_patience = -1;
	turn(spec_of(list_of("{\"n\":\"b\"}"), "", "in-cluster"), 0, 0, &plan);
	appset_patience = patience;
	assert_non_null(plan.error);
	assert_non_null(strstr(plan.error, "take more than a minute"));
	assert_int_equal(plan.wishes.len, 0);
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
		cmocka_unit_test(what_becomes_too_large_is_an_error),
		cmocka_unit_test(what_takes_too_long_is_an_error),
	};
	int r;
	pv_ctx_init(&cx, "test");
	r = cmocka_run_group_tests_name("applicationset", tests, NULL, NULL);
	pv_ctx_done(&cx);
	return r;
}
