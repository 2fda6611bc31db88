/* A write that somebody else is always faster than ends, and soon when each of its tries is large. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/str.h"
#include "core/api/impl.h"
#include "unit/core/world.h"

typedef struct rival {
	size_t bytes; /* that each try of ours takes */
	int tries;
	int lets_through; /* the try that it does not overtake; 0: none */
} rival;

/* What the write makes; the rival writes the object meanwhile. */
static int
make(pv_ctx *cx, write_op *w, void *arg, const pv_val **ret)
{
	rival *r = arg;
	pv_val theirs = pv_with_at(cx->arena, w->old, "data.theirs", pv_stringf(cx->arena, "%d", ++r->tries)),
	       ours = pv_with_at(cx->arena, w->old, "data.ours", pv_string_ref("yes"));
	pv_write write = {.key = {"/ConfigMap", "default", "a"},
			  .doc = pv_box(cx->arena, theirs),
			  .expect = PV_REV_ANY};

	(void)pv_alloc(cx->arena, r->bytes + 1);
	*ret = pv_box(cx->arena, ours);
	return r->tries == r->lets_through ? 0 : pv_store_write(cx, w->api->store, &write, 1);
}

static int
change(world *w, rival *r)
{
	pv_call call = world_call(w, "v1", "ConfigMap", "default", "a");
	write_op op;
	outcome out;

	assert_int_equal(write_begin(&w->cx, w->api, &call, PV_OP_UPDATE, "update", PV_V_UPDATE, &op), 0);
	return op_change(&w->cx, &op, make, r, &out);
}

static void
try_until(world *w, rival r, int code, int least, int most)
{
	world_create(w, "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\"}}");
	assert_int_equal(change(w, &r), code);
	if (code < 0)
		assert_non_null(strstr(w->cx.err->message, "the object has been modified"));
	(void)pv_recover(&w->cx);
	assert_in_range(r.tries, least, most);
}

static void
small_writes_are_tried_for_long(void **state)
{
	try_until(*state, (rival){.bytes = 0, .lets_through = 300}, 0, 300, 300);
}

static void
it_ends(void **state)
{
	try_until(*state, (rival){.bytes = 0}, -PV_ECONFLICT, 300, 600);
}

static void
large_tries_end_soon(void **state)
{
	try_until(*state, (rival){.bytes = 16u << 20}, -PV_ECONFLICT, 2, 8);
}

int
main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)
	const struct CMUnitTest tests[] = {
		CASE(small_writes_are_tried_for_long),
		CASE(it_ends),
		CASE(large_tries_end_soon),
	};
	return cmocka_run_group_tests_name("overtaken", tests, NULL, NULL);
}
