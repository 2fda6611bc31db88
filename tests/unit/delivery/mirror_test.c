/* What is kept of another cluster's objects: newer news win, what was written here counts at once, and who asks is
 * told of what is theirs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/ctx.h"
#include "base/str.h"
#include "delivery/clusters/mirror.h"
#include "lang/json/json.h"

#define KEY "/ConfigMap/shop/a"
#define OTHER "/ConfigMap/shop/b"

static pv_ctx cx;
static mirror *m;

static int
begin(void **state)
{
	(void)state;
	pv_ctx_init(&cx, "test");
	m = mirror_new();
	return 0;
}

static int
end(void **state)
{
	(void)state;
	m = mirror_free(m);
	pv_ctx_done(&cx);
	return 0;
}

static const pv_val *
meta(const char *text)
{
	const pv_val *v = NULL;

	assert_int_equal(pv_json_parse(&cx, pv_str_of(text), NULL, &v), 0);
	return v;
}

#define MINE(version) \
	"{\"resourceVersion\": \"" version "\", \"annotations\": {\"argocd.argoproj.io/tracking-id\": " \
	"\"shop:/ConfigMap:shop/a\"}, \"labels\": {\"app.kubernetes.io/instance\": \"old\"}}"
#define LONG \
	"{\"resourceVersion\": \"10\", \"annotations\": {\"argocd.argoproj.io/tracking-id\": \"%0*d:x\"}}"
#define NOBODYS(version) "{\"resourceVersion\": \"" version "\"}"

static size_t
marked(const char *mark)
{
	pv_vec keys;

	mirror_marked(m, cx.arena, mark, &keys);
	return keys.len;
}

/* "a b": who is to be told since the last call. */
static const char *
told(void)
{
	pv_vec askers;
	pv_buf b;

	pv_buf_init(&b, cx.arena);
	mirror_take_changed(m, cx.arena, &askers);
	for (size_t i = 0; i < askers.len; i++)
		pv_buf_printf(&b, "%s%s", i ? " " : "", *PV_AT(const char *, &askers, i));
	return b.len ? b.s : "";
}

static void
what_is_there_is_found_by_its_marks(void **state)
{
	(void)state;
	assert_true(mirror_put(m, KEY, meta(MINE("7")), 1));
	assert_true(mirror_put(m, OTHER, meta(NOBODYS("8")), 1));
	assert_int_equal(mirror_len(m), 2);
	assert_string_equal(mirror_version(m, KEY), "7");
	assert_int_equal(marked("tracking shop"), 1);
	assert_int_equal(marked("instance old"), 1);
	assert_int_equal(marked("tracking other"), 0);
	assert_true(mirror_put(m, KEY, meta(NOBODYS("9")), 0));
	assert_int_equal(marked("tracking shop"), 0);
	mirror_drop(m, OTHER, "9");
	assert_true(mirror_put(m, OTHER, meta(pv_printf(cx.arena, LONG, 1025, 0)), 0));
	assert_int_equal(marked(pv_printf(cx.arena, "tracking %01025d", 0)), 0);
	assert_non_null(mirror_version(m, OTHER));
	assert_true(mirror_put(m, pv_printf(cx.arena, "/ConfigMap/shop/%01025d", 0), meta(NOBODYS("8")), 0));
	assert_int_equal(mirror_len(m), 2);
	mirror_drop(m, KEY, "10");
	assert_null(mirror_version(m, KEY));
	assert_int_equal(mirror_len(m), 1);
}

static void
who_asks_is_told_of_what_is_theirs(void **state)
{
	(void)state;
	mirror_ask(m, "tracking shop", "shop");
	mirror_ask_key(m, OTHER, "front");
	mirror_put(m, KEY, meta(MINE("7")), 1);
	assert_string_equal(told(), "shop");
	mirror_put(m, KEY, meta(MINE("7")), 2); /* no news */
	assert_string_equal(told(), "");
	mirror_put(m, OTHER, meta(NOBODYS("8")), 1);
	assert_string_equal(told(), "front");
	mirror_ask_key(m, "/Event/shop/a", "front");
	mirror_tell(m, "/Event/shop/a"); /* what is not kept */
	assert_string_equal(told(), "front");
	mirror_put(m, KEY, meta(MINE("9")), 0);
	assert_string_equal(told(), ""); /* who has not asked again */
	mirror_ask(m, "tracking shop", "shop");
	mirror_drop(m, KEY, "10");
	assert_string_equal(told(), "shop");
}

static void
what_was_written_here_is_not_undone_by_older_news(void **state)
{
	(void)state;
	mirror_put(m, KEY, meta(MINE("7")), 1);
	mirror_wrote(m, KEY, meta(NOBODYS("12")));
	assert_string_equal(mirror_version(m, KEY), "12");
	mirror_put(m, KEY, meta(MINE("9")), 0);
	assert_string_equal(mirror_version(m, KEY), "12");
	mirror_drop(m, KEY, "10"); /* of the one before it */
	assert_string_equal(mirror_version(m, KEY), "12");
	mirror_wrote(m, KEY, meta(MINE("11"))); /* the answer came later than another's */
	assert_string_equal(mirror_version(m, KEY), "12");
	mirror_put(m, KEY, meta(MINE("13")), 0);
	assert_string_equal(mirror_version(m, KEY), "13");
}

static void
what_was_deleted_here_is_gone_at_once(void **state)
{
	(void)state;
	mirror_put(m, KEY, meta(MINE("7")), 1);
	mirror_drop(m, KEY, NULL);
	assert_null(mirror_version(m, KEY));
	assert_int_equal(mirror_len(m), 0);
	assert_int_equal(marked("tracking shop"), 0);
	mirror_put(m, KEY, meta(MINE("7")), 0); /* a watch that is late */
	assert_null(mirror_version(m, KEY));
	mirror_put(m, KEY, meta(MINE("9")), 0); /* another one of the name */
	assert_string_equal(mirror_version(m, KEY), "9");
	mirror_drop(m, KEY, NULL);
	mirror_drop(m, KEY, "10");
	assert_null(mirror_version(m, KEY));
}

static void
what_a_list_has_not_is_gone(void **state)
{
	(void)state;
	mirror_put(m, KEY, meta(MINE("7")), 1);
	mirror_put(m, OTHER, meta(NOBODYS("8")), 1);
	mirror_put(m, "/ConfigMapper/shop/a", meta(NOBODYS("8")), 1);
	mirror_put(m, "/ConfigMap/else/a", meta(NOBODYS("8")), 1);
	mirror_wrote(m, "/ConfigMap/shop/new", meta(NOBODYS("30"))); /* while the list was on its way */
	mirror_put(m, KEY, meta(MINE("7")), 2);
	mirror_sweep(m, "/ConfigMap", "shop", 2, "20");
	assert_non_null(mirror_version(m, KEY));
	assert_null(mirror_version(m, OTHER));
	assert_non_null(mirror_version(m, "/ConfigMapper/shop/a"));
	assert_non_null(mirror_version(m, "/ConfigMap/else/a"));
	assert_non_null(mirror_version(m, "/ConfigMap/shop/new"));
	mirror_sweep(m, "/ConfigMap", NULL, UINT64_MAX, NULL); /* nobody looks after them any more */
	assert_int_equal(mirror_len(m), 1);
}

static void
that_nothing_would_change_is_known_of_one_version(void **state)
{
	(void)state;
	mirror_put(m, KEY, meta(MINE("7")), 1);
	mirror_note_same(m, KEY, "6", "abc");
	assert_false(mirror_is_same(m, KEY, "6", "abc"));
	mirror_note_same(m, KEY, "7", "abc");
	assert_true(mirror_is_same(m, KEY, "7", "abc"));
	assert_false(mirror_is_same(m, KEY, "7", "abd"));
	mirror_put(m, KEY, meta(MINE("8")), 0);
	assert_false(mirror_is_same(m, KEY, "7", "abc"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_there_is_found_by_its_marks, begin, end),
		cmocka_unit_test_setup_teardown(who_asks_is_told_of_what_is_theirs, begin, end),
		cmocka_unit_test_setup_teardown(what_was_written_here_is_not_undone_by_older_news, begin,
						end),
		cmocka_unit_test_setup_teardown(what_was_deleted_here_is_gone_at_once, begin, end),
		cmocka_unit_test_setup_teardown(what_a_list_has_not_is_gone, begin, end),
		cmocka_unit_test_setup_teardown(that_nothing_would_change_is_known_of_one_version, begin,
						end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
