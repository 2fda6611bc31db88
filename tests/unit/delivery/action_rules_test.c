/* Files of actions: where a fault in one stands, and that what users make large takes no square. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "delivery/actions/impl.h"

static void
broken_files_are_refused_with_their_place(void **state PV_UNUSED)
{
	static const char *const rows[][2] = {
		{"Kind\n\taction go\n\tset .spec.go true\n", ""},
		{"Kind\n\taction go\n\tcreate\n\tset .kind \"Job\"\n\taction stop\n\tfail \"no\"\n", ""},
		{"Kind\n", ":1:1: no action is below"},
		{"Kind\n\tset .a 1\n", ":2:2: expected action NAME first"},
		{"Kind\n\taction go\n", ":1:1: action go does nothing"},
		{"Kind\n\taction go\n\tset .a[b = 1] 1\n",
		 ":3:6: expected a path of names, such as .spec.paused"},
		{"Kind\n\taction go\n\tset .a 1 when .b\n", ":3:11: expected if"},
		{"Kind\n\taction go\n\tset .a\n", ":3:8: expected a value"},
		{"Kind\n\taction go\n\tput .a 1\n",
		 ":3:2: expected action, icon, title, param, disabled, shown, set, unset, create, fail, let or use"},
	};
	pv_ctx cx;
	pv_ctx_init(&cx, "test");
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const char *want =
			*rows[i][1] ? pv_printf(cx.arena, "rules/example.org.rules%s", rows[i][1]) : "";
		const char *have = "";
		if (pv_rule_set_read(&cx, pv_rule_set_new(cx.arena, &action_rule_form),
				     "rules/example.org.rules", pv_str_of(rows[i][0])) < 0) {
			have = pv_strdup(cx.arena, pv_error_text(&cx));
			pv_recover(&cx);
		}
		if (!pv_streq(have, want))
			fail_msg("%s: expected %s, found %s", rows[i][0], want, have);
	}
	pv_ctx_done(&cx);
}

#define STANDBYS 2000

/* A long parameter beside a long list. */
static void
a_parameter_is_not_copied_for_each_item(void **state PV_UNUSED)
{
	pv_ctx cx;
	pv_listb list;
	pv_objb object;
	pv_val params, made;
	char *instance;
	size_t before;
	pv_ctx_init(&cx, "test");
	instance = pv_alloc(cx.arena, STANDBYS + 1);
	memset(instance, 'x', STANDBYS);
	instance[STANDBYS] = '\0';
	pv_listb_init(&list, cx.arena);
	for (size_t i = 0; i < STANDBYS; i++)
		pv_listb_add(&list, pv_string_ref("a"));
	pv_objb_init(&object, cx.arena);
	pv_objb_puts(&object, "apiVersion", "postgresql.cnpg.io/v1");
	pv_objb_puts(&object, "kind", "Cluster");
	pv_objb_put(&object, "status",
		    pv_with_at(cx.arena, NULL, "instancesStatus.healthy", pv_listb_end(&list)));
	params = pv_with(cx.arena, NULL, "instance", pv_string_ref(instance));
	before = pv_arena_used(cx.arena);
	assert_int_equal(
		actions_run(&cx, NULL, pv_box(cx.arena, pv_objb_end(&object)), "promote", &params, 0, &made),
		-PV_EINVALID);
	assert_true(pv_starts_with(pv_error_text(&cx), "Could not find a healthy instance"));
	assert_true(pv_arena_used(cx.arena) - before < STANDBYS * 200);
	pv_recover(&cx);
	pv_ctx_done(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(broken_files_are_refused_with_their_place),
		cmocka_unit_test(a_parameter_is_not_copied_for_each_item),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
