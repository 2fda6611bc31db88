/* How much memory the answers of facts may take, and whose they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sched.h>
#include <stdatomic.h>

#include "base/str.h"
#include "base/time.h"
#include "core/fact/table.h"
#include "core/module.h"
#include "unit/folder.h"

static atomic_int finds;

/* A hundred thousand bytes and some. */
static int
find_large(pv_ctx *cx, pv_facts *facts PV_UNUSED, const pv_val *args PV_UNUSED,
	   const pv_val *previous PV_UNUSED, pv_val *ret)
{
	atomic_fetch_add(&finds, 1);
	*ret = pv_stringf(cx->arena, "%0100000d", 0);
	return 0;
}

static const pv_fact_kind large = {.name = "large", .find = find_large};
static const pv_fact_kind deed = {.name = "deed", .find = find_large, .effect = true};
static const pv_fact_kind *const kinds[] = {&large, &deed, NULL};
static const pv_module test_module = {.name = "test", .facts = kinds};
const pv_module *const pv_modules[] = {&test_module, NULL}; /* instead of the build's */

static pv_ctx cx;
static pv_facts *facts;
static char dir[FOLDER_SIZE];
static const char *key; /* of the last that was asked for */

/* Room for four, and some. */
static int
open_table(void **state PV_UNUSED)
{
	pv_ctx_init(&cx, "test");
	folder_make(dir);
	if (pv_facts_open(&cx, dir, 4, &facts) < 0)
		return -1;
	facts->room = 450000;
	atomic_store(&finds, 0);
	return 0;
}

static int
close_table(void **state PV_UNUSED)
{
	facts = pv_facts_close(facts);
	pv_ctx_done(&cx);
	folder_remove(dir);
	return 0;
}

/* 1, or the error, which stays in cx. */
static int
ask(const char *asker, const char *fact, const char *name)
{
	pv_val args = pv_with(cx.arena, NULL, "name", pv_string(cx.arena, name));
	pv_question question = {.fact = fact, .args = &args, .asker = asker};
	const pv_val *value;
	int64_t deadline = pv_mono() + 120 * PV_SEC;
	int r;
	while ((r = pv_facts_get(&cx, facts, &question, &value, &key)) == 0 && pv_mono() < deadline)
		sched_yield();
	return r;
}

static void
refuses(const char *asker, const char *name)
{
	assert_int_equal(ask(asker, "large", name), -PV_ETOOLARGE);
	pv_recover(&cx);
}

/* What goes makes room, and others go on. */
static void
one_asker_has_half_of_the_room(void **state PV_UNUSED)
{
	const char *first, *third;
	assert_int_equal(ask("a", "large", "1"), 1);
	first = key;
	assert_int_equal(ask("a", "large", "2"), 1);
	assert_int_equal(ask("a", "large", "3"), -PV_ETOOLARGE);
	third = key;
	assert_non_null(strstr(pv_error_text(&cx), "there is no room for the answer of 97 KiB: with it"));
	assert_non_null(strstr(pv_error_text(&cx), "and it may have 219 KiB"));
	pv_recover(&cx);
	assert_int_equal(ask("b", "large", "4"), 1);
	pv_facts_forget(facts, first);
	pv_facts_forget(facts, third);
	assert_int_equal(ask("a", "large", "3"), 1);
}

/* With none left at all, those with little still get their answers. */
static void
a_full_room_is_shared_alike(void **state PV_UNUSED)
{
	assert_int_equal(ask("a", "large", "1"), 1);
	assert_int_equal(ask("a", "large", "2"), 1);
	assert_int_equal(ask("b", "large", "3"), 1);
	assert_int_equal(ask("b", "large", "4"), 1);
	assert_int_equal(ask("c", "large", "5"), 1);
	refuses("c", "6");
}

/* Nobody is refused for what another asked first. */
static void
what_one_has_no_room_for_another_may_have(void **state PV_UNUSED)
{
	assert_int_equal(ask("a", "large", "1"), 1);
	assert_int_equal(ask("a", "large", "2"), 1);
	refuses("a", "3");
	assert_int_equal(ask("b", "large", "3"), 1);
	assert_int_equal(atomic_load(&finds), 4);
}

/* What has been done is done, and known, however much the asker has. */
static void
an_effect_is_never_refused(void **state PV_UNUSED)
{
	facts->room = 1000;
	assert_int_equal(ask("a", "deed", "1"), 1);
	refuses("a", "2");
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, open_table, close_table)
	const struct CMUnitTest tests[] = {
		T(one_asker_has_half_of_the_room),
		T(a_full_room_is_shared_alike),
		T(what_one_has_no_room_for_another_may_have),
		T(an_effect_is_never_refused),
	};
	return cmocka_run_group_tests_name("room", tests, NULL, NULL);
}
