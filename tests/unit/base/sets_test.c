#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/sets.h"
#include "base/str.h"

static void
a_set_lives_as_long_as_its_members(void **state)
{
	pv_arena *arena = pv_arena_new("test");
	pv_sets *sets = pv_sets_new();
	pv_vec list;

	(void)state;
	pv_sets_add(sets, "fruit", "pear");
	pv_sets_add(sets, "fruit", "apple");
	pv_sets_add(sets, "fruit", "pear"); /* once is enough */
	pv_sets_add(sets, "tree", "pear");
	pv_sets_list(sets, arena, "fruit", &list);
	assert_int_equal(list.len, 2);
	assert_string_equal(*PV_AT(const char *, &list, 0), "pear");
	assert_string_equal(*PV_AT(const char *, &list, 1), "apple");
	assert_false(pv_sets_remove(sets, "fruit", "pear"));
	assert_false(pv_sets_remove(sets, "fruit", "plum"));
	assert_false(pv_sets_remove(sets, "nut", "pear"));
	assert_true(pv_sets_remove(sets, "fruit", "apple"));
	assert_null(pv_sets_find(sets, "fruit"));
	pv_sets_list(sets, arena, "fruit", &list);
	assert_int_equal(list.len, 0);
	assert_int_equal(pv_map_len(pv_sets_find(sets, "tree")), 1);
	assert_null(pv_sets_free(sets));
	assert_null(pv_sets_free(NULL));
	pv_arena_free(arena);
}

static void
a_set_that_is_taken_is_the_callers(void **state)
{
	pv_sets *sets = pv_sets_new();
	pv_map *taken;

	(void)state;
	pv_sets_add(sets, "fruit", "pear");
	taken = pv_sets_take(sets, "fruit");
	assert_non_null(pv_map_finds(taken, "pear"));
	assert_null(pv_sets_take(sets, "fruit"));
	pv_sets_add(sets, "fruit", "plum");
	assert_int_equal(pv_map_len(taken), 1);
	pv_map_free(taken);
	pv_sets_free(sets);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_set_lives_as_long_as_its_members),
		cmocka_unit_test(a_set_that_is_taken_is_the_callers),
	};

	return cmocka_run_group_tests_name("sets", tests, NULL, NULL);
}
