/* gator_verify: `pave gator verify`: runs suites as `gator verify` does, with its output. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "governance/gatekeeper/gator.h"

/* ---- printing (pkg/gator/verify/printer_go.go) ---- */

static double
seconds(int64_t ns)
{
	return (double)ns / 1e9;
}

static bool
test_failed(const gator_result *t)
{
	for (size_t i = 0; i < t->cases.len; i++)
		if (PV_AT(gator_case, &t->cases, i)->failed)
			return true;
	return t->error != NULL;
}

bool
gator_failed(const gator_suite *s)
{
	for (size_t i = 0; i < s->tests.len; i++)
		if (test_failed(PV_AT(gator_result, &s->tests, i)))
			return true;
	return s->error != NULL;
}

static void
print_printed(pv_buf *b, const char *text)
{
	pv_str rest = pv_str_of(text), line;

	if (!rest.len)
		return;
	pv_buf_adds(b, "        === PRINT ===\n");
	rest.len -= rest.s[rest.len - 1] == '\n';
	while (pv_str_next(&rest, '\n', &line))
		pv_buf_printf(b, "        %.*s\n", (int)line.len, line.s);
}

static void
print_case(pv_buf *b, const gator_case *c, bool verbose)
{
	if (c->skipped) {
		if (verbose)
			pv_buf_printf(b, "    === SKIP  %s\n", c->name);
		return;
	}
	if (verbose) {
		pv_buf_printf(b, "    === RUN   %s\n", c->name);
		print_printed(b, c->printed);
	}
	if (c->failed)
		pv_buf_printf(b, "    --- FAIL: %s\t(%.3fs)\n        %s\n", c->name, seconds(c->ns),
			      c->error);
	else if (verbose)
		pv_buf_printf(b, "    --- PASS: %s\t(%.3fs)\n", c->name, seconds(c->ns));
}

static void
print_test(pv_buf *b, const gator_result *t, bool verbose)
{
	if (verbose && t->skipped) {
		pv_buf_printf(b, "=== SKIP  %s\n", t->name);
		return;
	}
	if (verbose)
		pv_buf_printf(b, "=== RUN   %s\n", t->name);
	for (size_t i = 0; i < t->cases.len; i++)
		print_case(b, PV_AT(gator_case, &t->cases, i), verbose);
	if (test_failed(t)) {
		pv_buf_printf(b, "--- FAIL: %s\t(%.3fs)\n", t->name, seconds(t->ns));
		if (t->error)
			pv_buf_printf(b, "  %s\n", t->error);
	} else if (verbose) {
		pv_buf_printf(b, "--- PASS: %s\t(%.3fs)\n", t->name, seconds(t->ns));
	}
}

void
gator_print(pv_buf *b, const gator_suite *s, bool verbose)
{
	for (size_t i = 0; i < s->tests.len; i++)
		print_test(b, PV_AT(gator_result, &s->tests, i), verbose);
	pv_buf_printf(b, "%s\t%s\t%.3fs\n", gator_failed(s) ? "FAIL" : "ok", s->path, seconds(s->ns));
	if (s->error)
		pv_buf_printf(b, "  %s\n", s->error);
}

/* ---- finding the suites ---- */

/* "tests/..." stands for the folder and those below it. */
static int
find_files(pv_ctx *cx, const char *path, pv_vec *ret)
{
	bool deep = pv_ends_with(path, "/...") || pv_streq(path, "...");
	const char *start = deep ? pv_strndup(cx->arena, path, strlen(path) - 3) : path;
	struct stat st;

	if (deep && !*start)
		start = "./";
	if (stat(start, &st) != 0)
		return pv_fail(cx, PV_ENOTFOUND, "stat %s: no such file or directory", start);
	if (deep && !S_ISDIR(st.st_mode))
		return pv_fail(cx, PV_EINVALID,
			       "can only recursively traverse directories, not a directory: \"%s\"", start);
	if (!S_ISDIR(st.st_mode) && !pv_ends_with(start, ".yaml") && !pv_ends_with(start, ".yml"))
		return pv_fail(cx, PV_EINVALID, "unsupported extension: \"%s\"",
			       strrchr(start, '.') ? strrchr(start, '.') : "");
	return gator_files(cx, start, deep, false, ret);
}

typedef struct found {
	const char *path;
	const pv_val *suite;
} found;

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const found *)a)->path, ((const found *)b)->path);
}

static int
find_suites(pv_ctx *cx, const char *path, pv_vec *ret)
{
	pv_vec files, objects;
	int r;

	pv_vec_init(&files, cx->arena, sizeof(const char *));
	pv_vec_init(ret, cx->arena, sizeof(found));
	r = find_files(cx, path, &files);
	for (size_t i = 0; r == 0 && i < files.len; i++) {
		found f = {.path = *PV_AT(const char *, &files, i)};

		pv_vec_init(&objects, cx->arena, sizeof(const pv_val *));
		r = gator_objects(cx, f.path, "suite", &objects);
		if (r < 0 || !objects.len)
			continue;
		f.suite = *PV_AT(const pv_val *, &objects, 0);
		if (gator_is(f.suite, "test.gatekeeper.sh", "Suite"))
			pv_vec_push(ret, &f);
	}
	pv_vec_sort(ret, by_path);
	return r;
}

/* ---- the command ---- */

static int
run_all(pv_ctx *cx, const pv_args *args, const pv_vec *suites)
{
	gator_filter filter;
	gk_engines engines;
	bool failed = false;
	pv_buf b;
	int r = gator_engines(cx, args, &engines);

	if (r < 0)
		return r;
	r = gator_filter_new(cx, pv_args_text(args, "run", ""), &filter);
	if (r < 0)
		return gator_fatal(cx, r, "Error: compiling filter");
	pv_buf_init(&b, cx->arena);
	for (size_t i = 0; i < suites->len; i++) {
		const found *f = PV_AT(found, suites, i);
		gator_suite s = {.path = f->path};

		gator_run_suite(cx, f->suite, &filter, &engines, &s);
		gator_print(&b, &s, pv_args_has(args, "verbose"));
		failed = failed || gator_failed(&s);
	}
	printf("%s%s\n\n", b.len ? b.s : "", failed ? "FAIL" : "PASS");
	if (failed)
		fputs("Error: FAIL\n", stderr);
	return failed ? PV_EXIT_FAILED : PV_EXIT_OK;
}

int
gator_verify(pv_ctx *cx, const pv_args *args)
{
	pv_vec suites;
	int r;

	if (pv_args_count(args) != 1)
		return pv_fail(cx, PV_EUSAGE, "expected one file or folder: pave gator verify tests/...");
	if (pv_args_has(args, "trace"))
		return pv_fail(
			cx, PV_EUSAGE,
			"--trace is not supported: `print(...)` in a rule shows with --verbose what it saw");
	r = find_suites(cx, pv_args_at(args, 0), &suites);
	return r < 0 ? gator_fatal(cx, r, "Error: listing test files") : run_all(cx, args, &suites);
}
