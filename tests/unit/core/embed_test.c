#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/embed.h"
#include <string.h>

static void
finds_what_is_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < pv_embedded_len; i++)
		assert_ptr_equal(pv_embed_find(pv_embedded[i].path), &pv_embedded[i]);
	assert_null(pv_embedded[pv_embedded_len].path);
}

static void
is_sorted_without_twins(void **state)
{
	(void)state;
	for (size_t i = 1; i < pv_embedded_len; i++)
		assert_true(strcmp(pv_embedded[i - 1].path, pv_embedded[i].path) < 0);
}

static void
absent_is_null(void **state)
{
	(void)state;
	assert_null(pv_embed_find(""));
	assert_null(pv_embed_find("no/such/file"));
	assert_null(pv_embed_find("zzz"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_is_there),
		cmocka_unit_test(is_sorted_without_twins),
		cmocka_unit_test(absent_is_null),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
