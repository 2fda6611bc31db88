/* The store as its callers see it, over both engines. */
#include "unit/core/store_case.h"

#include <string.h>

#include "lang/json/json.h"

static store_case c;

#define A KEY("/T", "ns", "a")
#define B KEY("/T", "ns", "b")

static void
create_then_get(void **state)
{
	const pv_rec *rec;
	int64_t rev = put(&c, A, 7, PV_REV_ABSENT);

	(void)state;
	assert_int_equal(rev, 2); /* an empty store is at 1 */
	assert_int_equal(pv_store_rev(c.store), 2);
	assert_int_equal(pv_store_get(&c.cx, c.store, &A, &rec), 0);
	assert_int_equal(pv_rec_rev(rec), rev);
	assert_string_equal(
		pv_rec_json(rec).s,
		"{\"kind\":\"T\",\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"2\"},\"n\":7}");
	assert_int_equal(pv_rec_json(rec).len, strlen(pv_rec_json(rec).s));
	assert_string_equal(pv_text_at(pv_rec_val(rec), "metadata.resourceVersion", NULL), "2");
	assert_ptr_equal(pv_rec_val(rec), pv_rec_val(rec)); /* shared */
	assert_string_equal(pv_rec_key(rec)->type, "/T");
	assert_string_equal(pv_rec_key(rec)->ns, "ns");
	assert_int_equal(pv_store_count(c.store, "/T"), 1);
	assert_int_equal(pv_store_count(c.store, "/None"), 0);
}

static void
absent_is_not_found(void **state)
{
	const pv_rec *rec;

	(void)state;
	assert_null(pv_store_find(&c.cx, c.store, &A));
	assert_int_equal(pv_store_get(&c.cx, c.store, &A, &rec), -PV_ENOTFOUND);
	assert_string_equal(pv_error_text(&c.cx), "/T \"a\" not found");
	pv_recover(&c.cx);
}

static void
revision_takes_its_place(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"{}", "{\"metadata\":{\"resourceVersion\":\"%\"}}"},
		{"{\"a\":[1,2]}", "{\"a\":[1,2],\"metadata\":{\"resourceVersion\":\"%\"}}"},
		{"{\"metadata\":{},\"z\":1}", "{\"metadata\":{\"resourceVersion\":\"%\"},\"z\":1}"},
		{"{\"metadata\":{\"resourceVersion\":\"999999\",\"name\":\"\\\"x\"}}",
		 "{\"metadata\":{\"resourceVersion\":\"%\",\"name\":\"\\\"x\"}}"},
		{"{\"metadata\":{\"name\":\"x\",\"resourceVersion\":\"\",\"uid\":\"u\"},\"spec\":{"
		 "\"resourceVersion\":\"8\"}}",
		 "{\"metadata\":{\"name\":\"x\",\"resourceVersion\":\"%\",\"uid\":\"u\"},\"spec\":{"
		 "\"resourceVersion\":\"8\"}}"},
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const char *mark = strchr(rows[i].out, '%');
		const pv_val *doc;
		pv_write w = {.key = A, .expect = PV_REV_ANY};

		assert_int_equal(pv_json_parse(&c.cx, pv_str_of(rows[i].in), NULL, &doc), 0);
		w.doc = doc;
		assert_int_equal(pv_store_write(&c.cx, c.store, &w, 1), 0);
		assert_string_equal(pv_rec_json(w.ret).s,
				    pv_printf(c.cx.arena, "%.*s%lld%s", (int)(mark - rows[i].out),
					      rows[i].out, (long long)pv_rec_rev(w.ret), mark + 1));
	}
}

static void
only_objects_are_stored(void **state)
{
	static const char *const bad[] = {"3", "[]", "null", "{\"metadata\":7}"};

	(void)state;
	for (size_t i = 0; i < PV_LEN(bad); i++) {
		pv_write w = {.key = A, .expect = PV_REV_ANY};

		assert_int_equal(pv_json_parse(&c.cx, pv_str_of(bad[i]), NULL, &w.doc), 0);
		assert_int_equal(pv_store_write(&c.cx, c.store, &w, 1), -PV_EINVALID);
		assert_non_null(strstr(pv_error_text(&c.cx), "expected an object"));
		pv_recover(&c.cx);
	}
	assert_int_equal(pv_store_rev(c.store), 1);
}

static void
expectations_hold(void **state)
{
	int64_t rev = put(&c, A, 1, PV_REV_ABSENT);

	(void)state;
	assert_int_equal(put(&c, A, 2, PV_REV_ABSENT), -PV_EEXISTS);
	assert_int_equal(put(&c, A, 2, rev + 1), -PV_ECONFLICT);
	assert_int_equal(put(&c, B, 2, rev), -PV_ENOTFOUND);
	assert_int_equal(del(&c, B, PV_REV_ANY), -PV_ENOTFOUND);
	assert_int_equal(del(&c, A, rev + 5), -PV_ECONFLICT);
	assert_int_equal(pv_store_rev(c.store), rev); /* failures take no revision */
	assert_int_equal(put(&c, A, 2, rev), rev + 1);
	assert_int_equal(put(&c, A, 3, PV_REV_ANY), rev + 2);
	assert_int_equal(put(&c, B, 4, PV_REV_ANY), rev + 3);
	assert_int_equal(del(&c, A, rev + 2), rev + 4);
	assert_int_equal(del(&c, A, PV_REV_ANY), -PV_ENOTFOUND);
	assert_string_equal(listed(&c, &(pv_list_query){.type = "/T"}), "ns/b=4");
}

static void
errors_name_the_object(void **state)
{
	pv_write w = {
		.key = KEY("apps/Deployment", "ns", "web"), .expect = 9, .doc = doc_of(&c.cx, "web", 1)};
	pv_write create = {.key = w.key, .expect = PV_REV_ABSENT, .doc = w.doc};

	(void)state;
	assert_int_equal(pv_store_write(&c.cx, c.store, &create, 1), 0);
	assert_int_equal(pv_store_write(&c.cx, c.store, &w, 1), -PV_ECONFLICT);
	assert_string_equal(c.cx.err->group, "apps");
	assert_string_equal(c.cx.err->kind, "Deployment");
	assert_string_equal(c.cx.err->name, "web");
	assert_non_null(strstr(c.cx.err->message, "expected revision 9, found 2"));
	pv_recover(&c.cx);
}

static void
delete_returns_the_last_version(void **state)
{
	pv_write w = {.key = A, .expect = PV_REV_ANY};
	int64_t rev = put(&c, A, 5, PV_REV_ABSENT);

	(void)state;
	assert_int_equal(pv_store_write(&c.cx, c.store, &w, 1), 0);
	assert_int_equal(pv_rec_rev(w.ret), rev + 1);
	assert_int_equal(doc_n(w.ret), 5);
	assert_string_equal(pv_text_at(pv_rec_val(w.ret), "metadata.resourceVersion", NULL), "3");
	assert_null(pv_store_find(&c.cx, c.store, &A));
}

static void
all_or_nothing(void **state)
{
	const pv_val *doc = doc_of(&c.cx, "x", 1);
	pv_write bad[] = {
		{.key = A, .doc = doc, .expect = PV_REV_ABSENT},
		{.key = B, .doc = doc, .expect = PV_REV_ABSENT},
		{.key = A, .doc = doc, .expect = PV_REV_ABSENT}, /* the first one made it */
	};
	pv_write good[] = {
		{.key = A, .doc = doc, .expect = PV_REV_ABSENT},
		{.key = A, .doc = doc, .expect = 2},
		{.key = A, .expect = 3},
		{.key = A, .doc = doc, .expect = PV_REV_ABSENT},
	};

	(void)state;
	assert_int_equal(pv_store_write(&c.cx, c.store, bad, 3), -PV_EEXISTS);
	pv_recover(&c.cx);
	assert_int_equal(pv_store_count(c.store, "/T"), 0);
	assert_int_equal(pv_store_rev(c.store), 1);
	assert_int_equal(pv_store_write(&c.cx, c.store, good, 4), 0);
	for (size_t i = 0; i < 4; i++) /* one revision each, in order */
		assert_int_equal(pv_rec_rev(good[i].ret), 2 + i);
	assert_string_equal(listed(&c, &(pv_list_query){.type = "/T"}), "ns/a=1");
	assert_int_equal(pv_store_write(&c.cx, c.store, NULL, 0), 0);
}

static void
lists_in_order(void **state)
{
	static const char *const keys[][2] = {{"b", "x"}, {"a", "z"},  {"", "c"},
					      {"a", "b"}, {"ab", "a"}, {"a-b", "q"}};

	(void)state;
	for (size_t i = 0; i < PV_LEN(keys); i++)
		assert_true(put(&c, KEY("/T", keys[i][0], keys[i][1]), (int64_t)i, PV_REV_ABSENT) > 0);
	put(&c, KEY("/U", "a", "other"), 9, PV_REV_ABSENT);
	assert_string_equal(listed(&c, &(pv_list_query){.type = "/T"}),
			    "/c=2 a/b=3 a/z=1 a-b/q=5 ab/a=4 b/x=0");
	assert_string_equal(listed(&c, &(pv_list_query){.type = "/T", .ns = "a"}), "a/b=3 a/z=1");
	assert_string_equal(listed(&c, &(pv_list_query){.type = "/T", .ns = ""}), "/c=2");
	assert_string_equal(listed(&c, &(pv_list_query){.type = "/T", .ns = "aa"}), "");
	assert_string_equal(listed(&c, &(pv_list_query){.type = "/T", .ns = "zz"}), "");
	assert_string_equal(listed(&c, &(pv_list_query){.type = "/None"}), "");
	assert_string_equal(listed(&c, &(pv_list_query){.type = "/T", .limit = 2}), "/c=2 a/b=3 +4");
	assert_string_equal(
		listed(&c, &(pv_list_query){.type = "/T", .after_ns = "a", .after_name = "b", .limit = 3}),
		"a/z=1 a-b/q=5 ab/a=4 +1");
	assert_string_equal(listed(&c, &(pv_list_query){.type = "/T", .ns = "a", .after_name = "b"}),
			    "a/z=1");
	assert_string_equal(listed(&c, &(pv_list_query){.type = "/T", .ns = "a", .after_name = "zz"}), "");
	assert_string_equal(
		listed(&c, &(pv_list_query){.type = "/T", .ns = "a", .after_ns = "b", .after_name = "x"}),
		"");
	assert_string_equal(listed(&c, &(pv_list_query){.type = "/T", .after_ns = "b", .after_name = "x"}),
			    "");
}

static bool
is_even(const pv_rec *rec, void *arg)
{
	++*(int *)arg;
	return doc_n(rec) % 2 == 0;
}

static void
filter_comes_before_the_limit(void **state)
{
	int asked = 0;
	pv_list_query q = {.type = "/T", .keep = is_even, .arg = &asked, .limit = 2};

	(void)state;
	for (int64_t i = 0; i < 6; i++)
		put(&c, KEY("/T", "n", pv_printf(c.cx.arena, "%lld", (long long)i)), i, PV_REV_ABSENT);
	assert_string_equal(listed(&c, &q), "n/0=0 n/2=2 +0");
	q.after_ns = "n";
	q.after_name = "2";
	assert_string_equal(listed(&c, &q), "n/4=4"); /* no promise of more when none matches */
	q.ns = "none";
	asked = 0;
	assert_string_equal(listed(&c, &q), "");
	assert_int_equal(asked, 0);
}

static void
older_revision_is_exact(void **state)
{
	pv_list_query q = {.type = "/T"};

	(void)state;
	put(&c, A, 1, PV_REV_ABSENT);                    /* 2 */
	put(&c, B, 2, PV_REV_ABSENT);                    /* 3 */
	put(&c, KEY("/T", "ns", "c"), 3, PV_REV_ABSENT); /* 4 */
	put(&c, A, 10, PV_REV_ANY);                      /* 5 */
	put(&c, A, 11, PV_REV_ANY);                      /* 6 */
	del(&c, B, PV_REV_ANY);                          /* 7 */
	put(&c, KEY("/T", "ns", "d"), 4, PV_REV_ABSENT); /* 8 */
	del(&c, KEY("/T", "ns", "d"), PV_REV_ANY);       /* 9 */
	put(&c, B, 20, PV_REV_ABSENT);                   /* 10 */
	static const char *const want[] = {
		[1] = "",
		[2] = "ns/a=1",
		[3] = "ns/a=1 ns/b=2",
		[4] = "ns/a=1 ns/b=2 ns/c=3",
		[5] = "ns/a=10 ns/b=2 ns/c=3",
		[6] = "ns/a=11 ns/b=2 ns/c=3",
		[7] = "ns/a=11 ns/c=3",
		[8] = "ns/a=11 ns/c=3 ns/d=4",
		[9] = "ns/a=11 ns/c=3",
		[10] = "ns/a=11 ns/b=20 ns/c=3",
	};
	for (q.rev = 1; q.rev <= 10; q.rev++)
		assert_string_equal(listed(&c, &q), want[q.rev]);
	q = (pv_list_query){.type = "/T", .rev = 8, .limit = 1};
	assert_string_equal(listed(&c, &q), "ns/a=11 +2");
	q.after_name = "a";
	q.after_ns = "ns";
	assert_string_equal(listed(&c, &q), "ns/c=3 +1");
	q = (pv_list_query){.type = "/T", .rev = 11};
	assert_string_equal(listed(&c, &q), "Timeout"); /* too large */
	pv_store_compact(c.store, 7);
	q.rev = 5;
	assert_string_equal(listed(&c, &q), "Expired");
	q.rev = 6;
	assert_string_equal(listed(&c, &q), want[6]);
}

static void
listing_keeps_its_moment(void **state)
{
	pv_listing list;

	(void)state;
	for (int i = 0; i < 1000; i++)
		put(&c, KEY("/T", "n", pv_printf(c.cx.arena, "%04d", i)), i, PV_REV_ABSENT);
	assert_int_equal(pv_store_list(&c.cx, c.store, &(pv_list_query){.type = "/T"}, &list), 0);
	for (int i = 0; i < 1000; i += 2)
		del(&c, KEY("/T", "n", pv_printf(c.cx.arena, "%04d", i)), PV_REV_ANY);
	for (int i = 1; i < 1000; i += 2)
		put(&c, KEY("/T", "n", pv_printf(c.cx.arena, "%04d", i)), -2, PV_REV_ANY);
	assert_int_equal(list.len, 1000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(doc_n(list.recs[i]), i);
	assert_int_equal(pv_store_count(c.store, "/T"), 500);
}

typedef struct pages {
	pv_buf seen; /* names, a bar behind each page */
	int end;     /* the answer to the page that has "d" */
} pages;

static int
note_page(void *arg, pv_ctx *page, const pv_listing *listing)
{
	pages *p = arg;
	int r = 0;

	assert_ptr_not_equal(page, &c.cx);
	for (size_t i = 0; i < listing->len; i++) {
		pv_buf_adds(&p->seen, pv_rec_key(listing->recs[i])->name);
		if (pv_streq(pv_rec_key(listing->recs[i])->name, "d"))
			r = p->end;
	}
	pv_buf_addc(&p->seen, '|');
	return r;
}

static void
pages_come_one_behind_another(void **state)
{
	static const char *const names[] = {"a", "b", "c", "d", "e", "f"};
	const pv_list_query query = {.type = "/T", .limit = 2},
			    inside = {.type = "/T", .ns = "n", .limit = 3};
	pages all = {0}, cut = {0}, few = {0};

	(void)state;
	for (size_t i = 0; i < PV_LEN(names); i++)
		put(&c, KEY("/T", i < 5 ? "n" : "o", names[i]), 1, PV_REV_ABSENT);
	pv_buf_init(&all.seen, c.cx.arena);
	assert_int_equal(pv_store_pages(&c.cx, c.store, &query, note_page, &all), 0);
	assert_string_equal(all.seen.s, "ab|cd|ef|");
	pv_buf_init(&few.seen, c.cx.arena);
	assert_int_equal(pv_store_pages(&c.cx, c.store, &inside, note_page, &few), 0);
	assert_string_equal(few.seen.s, "abc|de|");
	pv_buf_init(&cut.seen, c.cx.arena);
	cut.end = pv_fail(&c.cx, PV_EINVALID, "enough");
	assert_int_equal(pv_store_pages(&c.cx, c.store, &query, note_page, &cut), -PV_EINVALID);
	assert_string_equal(cut.seen.s, "ab|cd|");
	(void)pv_recover(&c.cx);
}

static void
records_outlive_the_store(void **state)
{
	const pv_rec *rec;

	(void)state;
	put(&c, A, 3, PV_REV_ABSENT);
	assert_int_equal(pv_store_get(&c.cx, c.store, &A, &rec), 0);
	rec = pv_rec_ref(rec);
	c.store = pv_store_close(c.store);
	assert_int_equal(doc_n(rec), 3);
	rec = pv_rec_unref(rec);
	assert_null(rec);
}

static void
metas_are_kept(void **state)
{
	static const char bytes[] = "a\0b\xff";
	static const pv_meta two[] = {{"empty", {NULL, 0}}, {"new", {"v", 1}}};
	pv_str got = {"x", 1};

	(void)state;
	assert_int_equal(pv_store_meta_get(&c.cx, c.store, "ca", &got), 0);
	assert_null(got.s);
	assert_int_equal(pv_store_meta_put(&c.cx, c.store, "ca", PV_STR("old")), 0);
	assert_int_equal(pv_store_meta_put(&c.cx, c.store, "ca", (pv_str){bytes, sizeof bytes}), 0);
	assert_int_equal(pv_store_meta_put(&c.cx, c.store, "empty", PV_STR("")), 0);
	assert_int_equal(pv_store_meta_get(&c.cx, c.store, "ca", &got), 0);
	assert_int_equal(got.len, sizeof bytes);
	assert_memory_equal(got.s, bytes, sizeof bytes);
	assert_int_equal(pv_store_meta_get(&c.cx, c.store, "empty", &got), 0);
	assert_non_null(got.s);
	assert_int_equal(got.len, 0);
	assert_int_equal(pv_store_metas_put(&c.cx, c.store, two, 2), 0);
	assert_int_equal(pv_store_meta_get(&c.cx, c.store, "empty", &got), 0);
	assert_null(got.s);
	assert_int_equal(pv_store_meta_get(&c.cx, c.store, "new", &got), 0);
	assert_string_equal(got.s, "v");
	assert_int_equal(pv_store_rev(c.store), 1); /* no revision */
}

static void
reopened_store_is_the_same(void **state)
{
	pv_str got;

	(void)state;
	put(&c, A, 1, PV_REV_ABSENT);
	put(&c, B, 2, PV_REV_ABSENT);
	put(&c, A, 3, PV_REV_ANY);
	put(&c, KEY("apps/Deployment", "", "z"), 4, PV_REV_ABSENT);
	assert_int_equal(pv_store_meta_put(&c.cx, c.store, "k", PV_STR("v")), 0);
	del(&c, B, PV_REV_ANY);
	case_reopen(&c);
	assert_int_equal(pv_store_rev(c.store), 6); /* though its change left no object */
	assert_string_equal(listed(&c, &(pv_list_query){.type = "/T"}), "ns/a=3");
	assert_string_equal(listed(&c, &(pv_list_query){.type = "apps/Deployment"}), "/z=4");
	assert_string_equal(listed(&c, &(pv_list_query){.type = "/T", .rev = 3}), "ns/a=1 ns/b=2");
	assert_int_equal(pv_store_meta_get(&c.cx, c.store, "k", &got), 0);
	assert_string_equal(got.s, "v");
	assert_int_equal(put(&c, A, 5, 4), 7);
	assert_int_equal(put(&c, B, 6, PV_REV_ABSENT), 8);
}

static void
urls_are_checked(void **state)
{
	static const char *const bad[] = {NULL, "", "memory", "postgres://x", "sqlite:", "memory:x", "sql:y"};

	(void)state;
	for (size_t i = 0; i < PV_LEN(bad); i++) {
		store_case other = {.cx = c.cx, .conf.url = bad[i]};

		case_open_fails(&other, PV_EBADREQUEST, "store: \"");
	}
}

int
main(void)
{
#define BOTH(fn) CASE_WITH(fn, case_opened), CASE_WITH(fn, case_opened_in_folder)
	const struct CMUnitTest tests[] = {
		BOTH(create_then_get),
		BOTH(absent_is_not_found),
		BOTH(revision_takes_its_place),
		BOTH(only_objects_are_stored),
		BOTH(expectations_hold),
		BOTH(errors_name_the_object),
		BOTH(delete_returns_the_last_version),
		BOTH(all_or_nothing),
		BOTH(lists_in_order),
		BOTH(filter_comes_before_the_limit),
		BOTH(older_revision_is_exact),
		CASE_WITH(listing_keeps_its_moment, case_opened),
		CASE_WITH(pages_come_one_behind_another, case_opened),
		BOTH(records_outlive_the_store),
		BOTH(metas_are_kept),
		CASE_WITH(reopened_store_is_the_same, case_opened_in_folder),
		CASE_WITH(urls_are_checked, case_opened),
	};
	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
