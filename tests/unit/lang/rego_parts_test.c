/* Documents of several rules: with variables in their names, rules and packages within them; and what
 * is rarely written.  As OPA 1.20.2 answered. */
#include "rego_case.h"

#include "base/buf.h"
#include "base/str.h"

/* A rule within a document with variables in its name may read the others, and a package may lie there. */
static void
rules_within_a_document_read_each_other(void **state)
{
	static const char *const rows[][3] = {
		{"package a\nb[x] := 1 if { x := \"q\" }\nb.f := b.q + 1", "package c",
		 "[{\"x\":{\"f\":2,\"q\":1}}]"},
		{"package a\nb.c.d := 3 if b.c.e\nb.c.e := 4\nb[x] := 2 if { x := \"y\" }", "package c",
		 "[{\"x\":{\"c\":{\"d\":3,\"e\":4},\"y\":2}}]"},
		{"package a\nb[x] := 1 if { x := \"q\" }\nz := b.e",
		 "package a.b\nd := 1\ne := d + 1\nf := data.a.b.q + b\nb := 3",
		 "[{\"x\":{\"b\":3,\"d\":1,\"e\":2,\"f\":4,\"q\":1}}]"},
		{"package a\nb[x] := n if { n := c; x := \"q\" }\nc := 7",
		 "package a.b.d\ne contains data.a.b.q\nf := {x | e[x]}",
		 "[{\"x\":{\"d\":{\"e\":[7],\"f\":[7]},\"q\":7}}]"},
		{"package a\nb[k].d := 1 if some k in [\"c\", \"z\"]\n"
		 "b.c.e := count([v | some x in [\"c\", \"z\"]; v := b[x].d])",
		 "package c", "[{\"x\":{\"c\":{\"d\":1,\"e\":2},\"z\":{\"d\":1}}}]"},
		/* here OPA 1.20.2 dies of its stack */
		{"package a\nb[k].d := 1 if some k in [\"c\", \"z\"]\nb.c.e := [x | b[x].d]", "package c",
		 "[{\"x\":{\"c\":{\"d\":1,\"e\":[\"c\",\"z\"]},\"z\":{\"d\":1}}}]"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const pv_rego_module both[] = {{.name = "a.rego", .text = pv_str_of(rows[i][0])},
					       {.name = "b.rego", .text = pv_str_of(rows[i][1])}};
		pv_rego *rego = NULL;
		pv_rego_query *query = NULL;
		pv_rego_result result;
		pv_buf b;
		assert_int_equal(pv_rego_compile(&cx, both, 2, NULL, &rego), 0);
		assert_int_equal(pv_rego_prepare(&cx, rego, "x = data.a.b", &query), 0);
		for (int traced = 0; traced < 2; traced++) {
			pv_rego_eval eval = {.trace = traced};
			assert_int_equal(pv_rego_run(&cx, query, &eval, &result), 0);
			assert_int_equal(result.sets.len, 1);
			pv_val set = pv_rego_json(cx.arena, *PV_AT(const pv_val *, &result.sets, 0));
			pv_buf_init(&b, cx.arena);
			pv_buf_addc(&b, '[');
			pv_rego_write(&b, &set, NULL, true);
			pv_buf_addc(&b, ']');
			assert_string_equal(b.s, rows[i][2]);
		}
		pv_rego_query_free(query);
		pv_rego_unref(rego);
	}
}

/* It is told where the later of two was found: a document's own rules are before those within it. */
static void
a_conflict_is_told_at_the_later_rule(void **state)
{
	static const struct {
		const char *module;
		int line;
	} rows[] = {
		{"package a\nb.d := 1\nb[x].c := 2 if { x := \"d\" }", 2},
		{"package a\nb[x].c := 2 if { x := \"d\" }\nb.d := 1", 3},
		{"package a\nb[x] := 1 if { x := \"d\" }\nb[x] := 2 if { x := \"d\" }", 3},
		{"package a\nb.c[y] := 1 if { y := \"q\" }\nb[x] := 2 if { x := \"c\" }", 2},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_rego_result result;
		assert_true(rego_run(&(rego_case){.module = rows[i].module, .query = "data.a.b"}, &result) <
			    0);
		assert_string_equal(pv_rego_error_code(&cx), "eval_conflict_error");
		assert_int_equal(cx.err->line, rows[i].line);
		pv_recover(&cx);
	}
}

/* What OPA reads, too: an empty body, names that are words elsewhere, two rules on a line. */
static void
what_is_rarely_written_is_read(void **state)
{
	rego_case c = {
		.module = "package a\np if {}\nq := 2 if {\n}\nr contains 3 if {} s := 4\n"
			  "contains[\"x\"] := 5 if { contains := 1; contains == 1 }\n"
			  "t := [contains | some contains in [6]] u := 7 if not false v := 8 true.w := 9",
		.query = "x = data.a"};
	(void)state;
	assert_string_equal(rego_rows(&c), "[{\"x\":{\"contains\":{\"x\":5},\"p\":true,\"q\":2,\"r\":[3],"
					   "\"s\":4,\"t\":[6],\"true\":{\"w\":9},\"u\":7,\"v\":8}}]");
}

int
main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, context_begin, context_end)
	const struct CMUnitTest tests[] = {
		CASE(rules_within_a_document_read_each_other),
		CASE(a_conflict_is_told_at_the_later_rule),
		CASE(what_is_rarely_written_is_read),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
