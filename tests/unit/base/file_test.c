#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "unit/folder.h"

static pv_ctx cx;
static char dir[FOLDER_SIZE];

static int
open_dir(void **state)
{
	(void)state;
	pv_ctx_init(&cx, "test");
	folder_make(dir);
	return 0;
}

static int
close_dir(void **state)
{
	(void)state;
	folder_remove(dir);
	pv_ctx_done(&cx);
	return 0;
}

static const char *
at(const char *name)
{
	return pv_printf(cx.arena, "%s/%s", dir, name);
}

static int
entries(void)
{
	DIR *d = opendir(dir);
	int n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
}

static void
bytes_come_back(void **state)
{
	size_t n = 3 << 20;
	char *big = pv_alloc(cx.arena, n);
	struct stat st;
	pv_str got;

	(void)state;
	for (size_t i = 0; i < n; i++)
		big[i] = (char)(i * 7);
	assert_int_equal(pv_file_save(&cx, at("f"), (pv_str){big, n}, 0640), 0);
	assert_int_equal(stat(at("f"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(pv_file_load(&cx, at("f"), n, &got), 0);
	assert_int_equal(got.len, n);
	assert_memory_equal(got.s, big, n);
	assert_int_equal(pv_file_load(&cx, at("f"), n - 1, &got), -PV_ETOOLARGE);
	pv_recover(&cx);
	assert_int_equal(pv_file_save(&cx, at("f"), PV_STR(""), 0600), 0);
	assert_int_equal(pv_file_load(&cx, at("f"), 0, &got), 0);
	assert_string_equal(got.s, "");
	assert_int_equal(entries(), 1);
}

static void
errors_name_the_path(void **state)
{
	pv_str got;

	(void)state;
	assert_int_equal(pv_file_load(&cx, at("none"), 10, &got), -PV_ENOTFOUND);
	assert_non_null(strstr(pv_error_text(&cx), at("none")));
	pv_recover(&cx);
	assert_int_equal(pv_file_load(&cx, dir, 10, &got), -PV_EBADREQUEST);
	assert_non_null(strstr(pv_error_text(&cx), "found a directory"));
	pv_recover(&cx);
	assert_int_equal(pv_file_save(&cx, at("no/such/f"), PV_STR("x"), 0600), -PV_ENOTFOUND);
	pv_recover(&cx);
}

static void
secrets_are_private(void **state)
{
	pv_str got;

	(void)state;
	assert_int_equal(pv_file_save(&cx, at("key"), PV_STR("secret"), 0640), 0);
	assert_int_equal(pv_file_load_secret(&cx, at("key"), 100, &got), -PV_EFORBIDDEN);
	assert_non_null(strstr(pv_error_text(&cx), "chmod 600"));
	pv_recover(&cx);
	assert_int_equal(chmod(at("key"), 0600), 0);
	assert_int_equal(pv_file_load_secret(&cx, at("key"), 100, &got), 0);
	assert_string_equal(got.s, "secret");
}

/* A write that fails leaves the old file and nothing beside it. */
static void
a_failed_save_changes_nothing(void **state)
{
	pv_str got;
	int before;

	(void)state;
	assert_int_equal(pv_file_save(&cx, at("f"), PV_STR("old"), 0600), 0);
	assert_int_equal(mkdir(at("d"), 0700), 0);
	before = entries();
	assert_true(pv_file_save(&cx, at("d"), PV_STR("new"), 0600) < 0);
	pv_recover(&cx);
	assert_int_equal(entries(), before);
	assert_int_equal(pv_file_load(&cx, at("f"), 10, &got), 0);
	assert_string_equal(got.s, "old");
}

static void
directories_are_made_with_those_above(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(pv_dir_make(&cx, at("a/b/c"), 0700), 0);
	assert_int_equal(pv_dir_make(&cx, at("a/b/c"), 0700), 0);
	assert_int_equal(pv_dir_make(&cx, at("a/b/c/"), 0700), 0);
	assert_int_equal(stat(at("a/b/c"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(pv_dir_make(&cx, at("a/new//"), 0700), 0); /* for its owner, too */
	assert_int_equal(stat(at("a/new"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(pv_file_save(&cx, at("f"), PV_STR("x"), 0600), 0);
	assert_true(pv_dir_make(&cx, at("f"), 0700) < 0);
	pv_recover(&cx);
	assert_true(pv_dir_make(&cx, at("f/g"), 0700) < 0);
	pv_recover(&cx);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, open_dir, close_dir)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(bytes_come_back),
		CASE(errors_name_the_path),
		CASE(secrets_are_private),
		CASE(a_failed_save_changes_nothing),
		CASE(directories_are_made_with_those_above),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
