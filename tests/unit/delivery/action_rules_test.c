/* Files of actions: where a fault in one stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

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

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(broken_files_are_refused_with_their_place)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
