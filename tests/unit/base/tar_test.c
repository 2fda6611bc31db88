/* Archives: what is written is read again, long names, and what is cut off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/str.h"
#include "base/tar.h"
#include "unit/context.h"

/* A header of another type, and what comes with it. */
static void
add(pv_buf *b, const char *name, char type, const char *link, const char *bytes)
{
	size_t at = b->len;
	assert_int_equal(pv_tar_add(&cx, b, name, pv_str_of(bytes)), 0);
	b->s[at + 156] = type;
	memcpy(b->s + at + 157, link, strlen(link));
}

static void
what_is_written_is_read_again(void **state)
{
	char deep[180];
	pv_buf b;
	pv_vec files;
	(void)state;
	memset(deep, 'd', sizeof deep - 1);
	deep[90] = '/';
	deep[sizeof deep - 1] = '\0';
	pv_buf_init(&b, cx.arena);
	assert_int_equal(pv_tar_add(&cx, &b, "a/data.json", PV_STR("{}")), 0);
	assert_int_equal(pv_tar_add(&cx, &b, deep, PV_STR("")), 0);
	pv_tar_end(&b);
	assert_int_equal(pv_tar_read(&cx, (pv_str){b.s, b.len}, 10, &files), 0);
	assert_int_equal(files.len, 2);
	assert_string_equal(PV_AT(pv_tar_file, &files, 0)->name, "a/data.json");
	assert_true(pv_str_is(PV_AT(pv_tar_file, &files, 0)->bytes, "{}"));
	assert_string_equal(PV_AT(pv_tar_file, &files, 1)->name, deep);
}

/* Links are told to who asks for them; what has no room in a header is in one before it. */
static void
links_are_told(void **state)
{
	static const char *const wanted[][2] = {
		{"file", NULL}, {"short", "../a"}, {"long", "to/b"}, {"pax", "c"}};
	pv_buf b;
	pv_vec files;
	(void)state;
	pv_buf_init(&b, cx.arena);
	assert_int_equal(pv_tar_add(&cx, &b, "file", PV_STR("x")), 0);
	add(&b, "short", '2', "../a", "");
	add(&b, "ignored", 'K', "", "to/b");
	add(&b, "long", '2', "cut", "");
	add(&b, "ignored", 'x', "", "18 linkpath=c\n13 path=pax\n");
	add(&b, "cut", '2', "cut", "");
	pv_tar_end(&b);
	assert_int_equal(pv_tar_read(&cx, (pv_str){b.s, b.len}, 10, &files), 0);
	assert_int_equal(files.len, 1);
	assert_int_equal(pv_tar_read_links(&cx, (pv_str){b.s, b.len}, 10, &files), 0);
	assert_int_equal(files.len, PV_LEN(wanted));
	for (size_t i = 0; i < PV_LEN(wanted); i++) {
		const pv_tar_file *f = PV_AT(pv_tar_file, &files, i);
		assert_string_equal(f->name, wanted[i][0]);
		assert_true(pv_streq(f->link, wanted[i][1]));
	}
}

static void
a_hard_link_is_a_file(void **state)
{
	pv_buf b;
	pv_vec files;
	(void)state;
	pv_buf_init(&b, cx.arena);
	assert_int_equal(pv_tar_add(&cx, &b, "first", PV_STR("x")), 0);
	assert_int_equal(pv_tar_add(&cx, &b, "file", PV_STR("y")), 0);
	add(&b, "second", '1', "file", "");
	add(&b, "third", '1', "second", "");
	pv_tar_end(&b);
	assert_int_equal(pv_tar_read_links(&cx, (pv_str){b.s, b.len}, 10, &files), 0);
	assert_int_equal(files.len, 4);
	assert_string_equal(PV_AT(pv_tar_file, &files, 3)->name, "third");
	assert_true(pv_str_is(PV_AT(pv_tar_file, &files, 3)->bytes, "y"));
	assert_null(PV_AT(pv_tar_file, &files, 3)->link);
	pv_buf_init(&b, cx.arena);
	add(&b, "early", '1', "late", "");
	assert_int_equal(pv_tar_add(&cx, &b, "late", PV_STR("x")), 0);
	pv_tar_end(&b);
	assert_int_equal(pv_tar_read_links(&cx, (pv_str){b.s, b.len}, 10, &files), -PV_EINVALID);
	assert_non_null(strstr(pv_error_text(&cx), "early is linked to late"));
	pv_recover(&cx);
}

static void
limits_are_named(void **state)
{
	char name[300];
	pv_buf b;
	pv_vec files;
	(void)state;
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	pv_buf_init(&b, cx.arena);
	assert_int_equal(pv_tar_add(&cx, &b, name, PV_STR("x")), -PV_ETOOLARGE);
	assert_int_equal(pv_recover(&cx), PV_ETOOLARGE);
	assert_int_equal(pv_tar_add(&cx, &b, "a", PV_STR("0123456789")), 0);
	assert_int_equal(pv_tar_read(&cx, (pv_str){b.s, 515}, 10, &files), -PV_EINVALID);
	pv_recover(&cx);
	pv_tar_end(&b);
	assert_int_equal(pv_tar_read(&cx, (pv_str){b.s, b.len}, 0, &files), -PV_ETOOLARGE);
	pv_recover(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(links_are_told),
		cmocka_unit_test(a_hard_link_is_a_file),
		cmocka_unit_test(limits_are_named),
	};
	return cmocka_run_group_tests(tests, context_begin, context_end);
}
