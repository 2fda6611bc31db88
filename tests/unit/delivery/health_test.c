/* Health of what users can make large. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "delivery/health/health.h"
#include "lang/value/value.h"

#define CONTAINERS 5000

static pv_val
with(pv_arena *arena, const char *name, pv_val v)
{
	return pv_with(arena, NULL, name, v);
}

static pv_val
waiting(pv_arena *arena, const char *message)
{
	pv_objb b;
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "reason", "ErrImagePull");
	pv_objb_puts(&b, "message", message);
	return with(arena, "state", with(arena, "waiting", pv_objb_end(&b)));
}

static void
all_that_containers_wait_for_takes_no_square(void **state PV_UNUSED)
{
	const char *message;
	size_t before;
	pv_ctx cx;
	pv_objb pod;
	pv_listb list;
	const pv_val *object;
	pv_ctx_init(&cx, "test");
	pv_listb_init(&list, cx.arena);
	for (size_t i = 0; i < CONTAINERS; i++)
		pv_listb_add(&list, waiting(cx.arena, "not there"));
	pv_objb_init(&pod, cx.arena);
	pv_objb_puts(&pod, "apiVersion", "v1");
	pv_objb_puts(&pod, "kind", "Pod");
	pv_objb_put(&pod, "status", with(cx.arena, "containerStatuses", pv_listb_end(&list)));
	object = pv_box(cx.arena, pv_objb_end(&pod));
	before = pv_arena_used(cx.arena);
	assert_int_equal(health_of(&cx, NULL, object, &message), DEGRADED);
	assert_int_equal(strlen(message), CONTAINERS * strlen("not there, ") - strlen(", "));
	assert_true(pv_arena_used(cx.arena) - before < CONTAINERS * 100);
	pv_ctx_done(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_containers_wait_for_takes_no_square),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
