/* Files of rules: which of a kind's lines speaks, and where a fault in one stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "delivery/health/rules.h"
#include "lang/json/json.h"

static const char *
read_fault(pv_ctx *cx, const char *text)
{
	if (pv_rule_set_read(cx, pv_rule_set_new(cx->arena, &health_rule_form), "rules/example.org.rules",
			     pv_str_of(text)) == 0)
		return "";
	text = pv_strdup(cx->arena, pv_error_text(cx));
	pv_recover(cx);
	return text;
}

static void
broken_files_are_refused_with_their_place(void **state PV_UNUSED)
{
	static const char *const rows[][2] = {
		{"Kind\n\tHealthy\n", ""},
		{"# nothing but a comment\n\n", ""},
		{"\tHealthy\n", ":1:2: expected a kind, for or define at the beginning of a line"},
		{"Kind\n", ":1:1: its last line must have no condition, so that every object has a verdict"},
		{"Kind\n\tHealthy if .a\n",
		 ":1:1: its last line must have no condition, so that every object has a verdict"},
		{"Kind\n\tHealthy\n\tDegraded\n", ":3:2: never reached: the line above has no condition"},
		{"Kind\n\tFine\n",
		 ":2:2: expected Healthy, Progressing, Degraded, Suspended, Missing, Unknown, let or use, found Fine"},
		{"Kind\n\tHealthy \"a\" when .b\n", ":2:14: expected if, or the end of the line"},
		{"Kind\n\tHealthy if\n", ":2:12: expected a value"},
		{"Kind\n\tuse nothing\n", ":2:6: no `define nothing` stands above"},
		{"define d $a\n\tHealthy $a\nKind\n\tuse d\n", ":4:7: expected a value"},
		{"define d $a\n\tHealthy $a\nKind\n\tuse d \"x\", \"y\"\n",
		 ":4:11: expected the end of the line: d takes 1 values"},
		{"define d\n\tuse d\nKind\n\tuse d\n", ":2:6: use within use, deeper than 4"},
		{"Kind\n\tHealthy\nKind\n\tHealthy\n", ":3:1: example.org/Kind has a rule already"},
		{"Kind Other\n\tHealthy\n", ":1:6: expected a comma between kinds, or the end of the line"},
		{"Kind\n\tlet x .a\n\tHealthy\n", ":2:8: expected ="},
	};
	pv_ctx cx;
	pv_ctx_init(&cx, "test");
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const char *want =
			*rows[i][1] ? pv_printf(cx.arena, "rules/example.org.rules%s", rows[i][1]) : "";
		if (!pv_streq(read_fault(&cx, rows[i][0]), want))
			fail_msg("%s: expected %s, found %s", rows[i][0], want, read_fault(&cx, rows[i][0]));
	}
	pv_ctx_done(&cx);
}

static void
the_first_line_that_is_so_speaks(void **state PV_UNUSED)
{
	static const char text[] = "define waits $what\n"
				   "\tlet more = \"for {$what}\"\n"
				   "\tProgressing \"waits {$more}\" if not .status\n"
				   "Kind, other.org/Sort\n"
				   "\tuse waits .kind\n"
				   "\tDegraded .status.error if .status.error\n"
				   "\t\tand .status.phase = Failed\n"
				   "\tHealthy\n"
				   "for *.wild.org\n"
				   "*\n"
				   "\tSuspended \"wild\"\n";
	static const char *const rows[][4] = {
		{"example.org", "Kind", "{\"kind\":\"Kind\"}", "Progressing waits for Kind"},
		{"other.org", "Sort", "{\"status\":{\"error\":\"e\",\"phase\":\"Failed\"}}", "Degraded e"},
		{"example.org", "Kind", "{\"status\":{\"error\":\"e\"}}", "Healthy "},
		{"a.wild.org", "Any", "{}", "Suspended wild"},
		{"example.org", "Other", "{}", " "},
	};
	pv_ctx cx;
	pv_rule_set *set;
	pv_ctx_init(&cx, "test");
	set = pv_rule_set_new(cx.arena, &health_rule_form);
	if (pv_rule_set_read(&cx, set, "example.org.rules", PV_STR(text)) < 0)
		fail_msg("%s", pv_error_text(&cx));
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const pv_val *object;
		verdict v;
		assert_int_equal(pv_json_parse(&cx, pv_str_of(rows[i][2]), NULL, &object), 0);
		v = rules_judge(&cx, set, pv_str_of(rows[i][0]), rows[i][1], object);
		assert_string_equal(pv_printf(cx.arena, "%s %s", health_name(v.health), v.message),
				    rows[i][3]);
	}
	pv_ctx_done(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(broken_files_are_refused_with_their_place),
		cmocka_unit_test(the_first_line_that_is_so_speaks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
