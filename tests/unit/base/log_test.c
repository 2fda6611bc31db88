#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/str.h"

static char text[4096];

/* What one call writes to stderr. */
static const char *
logged(enum pv_level level, const char *key, const char *value)
{
	FILE *file = tmpfile();
	int kept = dup(STDERR_FILENO);
	size_t n;

	assert_non_null(file);
	assert_true(kept >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
	pv_log(level, "store", "opened it", key, value, NULL);
	dup2(kept, STDERR_FILENO);
	close(kept);
	rewind(file);
	n = fread(text, 1, sizeof text - 1, file);
	text[n] = '\0';
	fclose(file);
	return text;
}

static void
lines_are_json_with_escapes(void **state)
{
	const char *line = logged(PV_WARN, "path", "a \"b\"\n\xff");

	(void)state;
	assert_true(pv_starts_with(line, "{\"time\":\"20"));
	assert_true(pv_ends_with(line, "\",\"level\":\"warn\",\"area\":\"store\",\"msg\":\"opened it\","
				       "\"path\":\"a \\\"b\\\"\\n\xef\xbf\xbd\"}\n"));
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1); /* one line */
	assert_true(pv_ends_with(logged(PV_INFO, "none", NULL), ",\"none\":\"\"}\n"));
}

static void
levels_below_the_least_are_silent(void **state)
{
	(void)state;
	assert_string_equal(logged(PV_DEBUG, "k", "v"), "");
	pv_log_level(PV_DEBUG);
	assert_string_not_equal(logged(PV_DEBUG, "k", "v"), "");
	pv_log_level(PV_ERROR);
	assert_string_equal(logged(PV_WARN, "k", "v"), "");
	pv_log_level(PV_INFO);
}

static void
areas_are_traced_by_name(void **state)
{
	(void)state;
	assert_true(pv_trace_on("reconcile"));
	assert_true(pv_trace_on("store"));
	assert_false(pv_trace_on("stor"));
	assert_false(pv_trace_on("http"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_json_with_escapes),
		cmocka_unit_test(levels_below_the_least_are_silent),
		cmocka_unit_test(areas_are_traced_by_name),
	};

	setenv("PAVE_LOG", "json", 1); /* read once, at the first line */
	setenv("PAVE_TRACE", "reconcile, store", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
