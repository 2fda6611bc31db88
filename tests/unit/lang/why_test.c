/* Why a rule in CEL or Rego decided as it did: the parts that count, and where in the document what they read
 * stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/cel/why.h"
#include "lang/json/json.h"
#include "lang/rego/held.h"

#define DOC \
	"{\"spec\":{\"replicas\":9,\"a/b\":\"x\",\"containers\":[{\"name\":\"ok\",\"image\":\"in/a\",\"limits\":{}}," \
	"{\"name\":\"bad\",\"image\":\"out/b\"}]}}"

static const pv_val *
doc(pv_ctx *cx, const char *text)
{
	const pv_val *v;

	assert_int_equal(pv_json_parse(cx, pv_str_of(text), NULL, &v), 0);
	return v;
}

static void
add_read(pv_ctx *cx, pv_buf *b, const char *path, const pv_val *value)
{
	pv_buf_printf(b, " %s=%s", path, value ? pv_json_text(cx->arena, value) : "-");
}

/* ---- CEL ---- */

#define GIVEN 2 /* and variables.all is handed on; the rest are found out */
static const char *const variables[][2] = {
	{"variables.spec", "object.spec == null ? null : object.spec"},
	{"variables.small", "variables.spec.replicas < 5"},
	{"variables.bad", "variables.all.filter(c, !has(c.limits) || c.image == 'none')"},
	{"variables.words", "variables.bad.map(c, 'not ' + c.image)"},
	{"variables.seven", "3 + 4"},
	{"variables.names", "variables.all.map(c, c.name).filter(n, variables.seven > 3)"},
	{"variables.exempt", "['x']"},
	{"variables.latest", "variables.all.filter(c, c.image == 'out/b' && !(c.name in variables.exempt))"},
	{"variables.most", "4"},
	{"variables.named", "variables.all.filter(c, variables.most > 3)"},
	{"variables.allowed", "[1, 2].exists(n, n == variables.spec.replicas)"},
	{"variables.pairs", "variables.all.map(c, [c.name, 'x']).filter(p, p[0] == 'bad')"},
};
#define VARIABLES (GIVEN + PV_LEN(variables))

/* "PART path=value; PART": a part that holds and should not has a ! in front. */
static const char *
cel_why(pv_ctx *cx, const char *text)
{
	pv_cel_var names[VARIABLES] = {{.name = "object"}, {.name = "variables.all"}};
	const pv_cel_env env = {.vars = names, .n_vars = VARIABLES, .kubernetes = true};
	const pv_val *object = doc(cx, DOC);
	pv_cel_val vars[VARIABLES] = {pv_cel_of(cx->arena, NULL, NULL, object),
				      pv_cel_of(cx->arena, NULL, NULL, pv_at(object, "spec.containers"))};
	pv_cel_run run = {.vars = vars};
	const pv_cel *program, *made[PV_LEN(variables)];
	const pv_cel_asked asked = {&run, "object", pv_places_of(cx->arena, object, "object"),
				    made, GIVEN,    PV_LEN(variables)};
	pv_vec parts;
	pv_buf b;

	for (size_t i = 0; i < PV_LEN(variables); i++)
		names[GIVEN + i].name = variables[i][0];
	for (size_t i = 0; i < PV_LEN(variables); i++) {
		assert_int_equal(pv_cel_compile(cx, cx->arena, &env, pv_str_of(variables[i][1]), &made[i]),
				 0);
		assert_int_equal(pv_cel_eval(cx, made[i], &run, &vars[GIVEN + i]), 0);
	}
	assert_int_equal(pv_cel_compile(cx, cx->arena, &env, pv_str_of(text), &program), 0);
	pv_vec_init(&parts, cx->arena, sizeof(pv_cel_part));
	pv_cel_why(cx, program, &asked, &parts);
	pv_buf_init(&b, cx->arena);
	for (size_t i = 0; i < parts.len; i++) {
		const pv_cel_part *part = PV_AT(pv_cel_part, &parts, i);

		pv_buf_printf(&b, "%s%s%s", i ? "; " : "", part->holds ? "!" : "", part->text);
		for (size_t k = 0; k < part->reads.len; k++)
			add_read(cx, &b, PV_AT(pv_cel_read, &part->reads, k)->path,
				 PV_AT(pv_cel_read, &part->reads, k)->value);
	}
	return b.s;
}

static void
test_cel(void **state)
{
	static const char *const rows[][2] = {
		{"object.spec.replicas <= 5", "object.spec.replicas <= 5 object.spec.replicas=9"},
		{"object.spec.replicas > 1 && (object.spec.replicas < 5)",
		 "(object.spec.replicas < 5) object.spec.replicas=9"},
		{"object.spec.replicas < 1 || object.spec.replicas == 2",
		 "object.spec.replicas < 1 object.spec.replicas=9; object.spec.replicas == 2 "
		 "object.spec.replicas=9"},
		{"!(has(object.spec.none) || object.spec.replicas == 9)",
		 "!object.spec.replicas == 9 object.spec.replicas=9"},
		{"!(object.spec.replicas.?x.hasValue() || object.spec.replicas == 9)", /* none, as it was judged */
		 "!object.spec.replicas == 9 object.spec.replicas=9"},
		{"has(object.spec.none)", "has(object.spec.none) object.spec.none=-"},
		{"object.spec.none == 1", "object.spec.none == 1 object.spec.none=-"},
		{"object.spec['a/b'] == 'y'", "object.spec['a/b'] == 'y' object.spec[\"a/b\"]=\"x\""},
		{"object.spec.containers.all(c, c.image.startsWith('in/'))",
		 "c.image.startsWith('in/') object.spec.containers[1].image=\"out/b\""},
		{"variables.all.all(c, has(c.limits))", "has(c.limits) object.spec.containers[1].limits=-"},
		{"!variables.all.exists(c, c.name == 'bad')",
		 "!c.name == 'bad' object.spec.containers[1].name=\"bad\""},
		{"object.spec.replicas == 9 ? object.spec.replicas < 3 : true",
		 "object.spec.replicas < 3 object.spec.replicas=9"},
		{"size(object.spec.containers) == 1", NULL},
		{"variables.spec.replicas < 5", "variables.spec.replicas < 5 object.spec.replicas=9"},
		{"variables.small", "variables.small object.spec.replicas=9"},
		{"size(variables.bad) == 0", "size(variables.bad) == 0 object.spec.containers[1].limits=-"},
		{"variables.words.size() < 1",
		 "variables.words.size() < 1 object.spec.containers[1].limits=-"},
		{"variables.seven < 5", "variables.seven < 5 variables.seven=7"},
		{"size(variables.named) == 0 ",
		 "size(variables.named) == 0 variables.most=4 "
		 "object.spec.containers[0]={\"name\":\"ok\",\"image\":\"in/a\",\"limits\":{}} "
		 "object.spec.containers[1]={\"name\":\"bad\",\"image\":\"out/b\"}"},
		{"size(variables.names) < 1",
		 "size(variables.names) < 1 variables.seven=7 object.spec.containers[0].name=\"ok\" "
		 "object.spec.containers[1].name=\"bad\""},
		{"size(variables.latest) == 0",
		 "size(variables.latest) == 0 object.spec.containers[1].image=\"out/b\" "
		 "object.spec.containers[1].name=\"bad\" variables.exempt=[\"x\"]"},
		{"variables.allowed", "variables.allowed object.spec.replicas=9"},
		{"size(variables.pairs) == 0",
		 "size(variables.pairs) == 0 variables.pairs=[[\"bad\",\"x\"]]"},
	};

	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_ctx cx;

		pv_ctx_init(&cx, "why");
		if (rows[i][1])
			assert_string_equal(cel_why(&cx, rows[i][0]), rows[i][1]);
		else
			assert_non_null(strstr(cel_why(&cx, rows[i][0]), "object.spec.containers=[{"));
		pv_ctx_done(&cx);
	}
	(void)state;
}

/* ---- Rego ---- */

static const char *
rego_why(pv_ctx *cx, const char *text)
{
	const pv_rego_opts opts = {.v0 = true};
	const pv_rego_module module = {.name = "m", .text = pv_str_of(text)};
	const pv_rego_eval eval = {.input = doc(cx, DOC), .explains = true};
	pv_rego_query *query;
	pv_rego_result result;
	pv_rego *rego;
	pv_buf b;

	assert_int_equal(pv_rego_compile(cx, &module, 1, &opts, &rego), 0);
	assert_int_equal(pv_rego_prepare(cx, rego, "data.p.violation[x]", &query), 0);
	assert_int_equal(pv_rego_run(cx, query, &eval, &result), 0);
	pv_buf_init(&b, cx->arena);
	for (size_t i = 0; i < result.held.len; i++) {
		const pv_rego_held *one = PV_AT(pv_rego_held, &result.held, i);

		if (!pv_streq(one->rule, "data.p.violation"))
			continue;
		pv_buf_printf(&b, "%s%s:", b.len ? "; " : "", pv_json_text(cx->arena, one->value));
		for (size_t k = 0; k < one->statements.len; k++)
			pv_buf_printf(&b, " %d", PV_AT(pv_rego_expr, &one->statements, k)->row);
		for (size_t k = 0; k < one->reads.len; k++)
			add_read(cx, &b, PV_AT(pv_rego_read, &one->reads, k)->path,
				 PV_AT(pv_rego_read, &one->reads, k)->value);
	}
	pv_rego_query_free(query);
	pv_rego_unref(rego);
	return b.s ? b.s : "";
}

static void
test_rego(void **state)
{
	static const char *const rows[][2] = {
		{"package p\nviolation[m] {\n input.spec.replicas > 5\n m := \"many\"\n}",
		 "\"many\": 3 spec.replicas=9"},
		{"package p\nviolation[m] {\n c := input.spec.containers[_]\n not c.limits\n"
		 " m := sprintf(\"%v\", [c.name])\n}",
		 "\"bad\": 3 4 spec.containers[1].limits=-"},
		{"package p\nviolation[m] {\n c := all[_]\n not startswith(c.image, \"in/\")\n m := c.name\n}\n"
		 "all[c] { c := input.spec.containers[_] }",
		 "\"bad\": 3 4 5 spec.containers[1].image=\"out/b\" spec.containers[1].name=\"bad\""},
		{"package p\nviolation[\"x\"] { big(input.spec) }\nbig(s) { s.replicas > 5 }",
		 "\"x\": 2 spec.replicas=9"},
		{"package p\nviolation[m] {\n f := [\"limits\", \"probe\"][_]\n c := input.spec.containers[_]\n"
		 " c.name == \"bad\"\n not c[f]\n m := sprintf(\"%v\", [f])\n}",
		 "\"limits\": 3 4 5 6 spec.containers[1].limits=- spec.containers[1].name=\"bad\"; "
		 "\"probe\": 3 4 5 6 spec.containers[1].probe=- spec.containers[1].name=\"bad\""},
		{"package p\nviolation[\"x\"] { input.spec.replicas < 5 }", ""},
		/* What a rule of its own gave stands on that rule's body, and on nothing else that was tried. */
		{"package p\nviolation[m] {\n whole(input)\n found[{\"msg\": m, \"field\": \"containers\"}]\n}\n"
		 "found[{\"msg\": m, \"field\": f}] {\n c := input.spec[f][_]\n not c.limits\n"
		 " m := sprintf(\"%v\", [c.name])\n}\nwhole(i) { i.spec }",
		 "\"bad\": 3 4 7 8 spec.containers[1].limits=-"},
		{"package p\nviolation[m] {\n m := names[_]\n}\n"
		 "names[n] {\n c := input.spec.containers[_]\n not c.limits\n n := c.name\n}",
		 "\"bad\": 3 spec.containers[1].limits=- spec.containers[1].name=\"bad\""},
	};

	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_ctx cx;

		pv_ctx_init(&cx, "why");
		assert_string_equal(rego_why(&cx, rows[i][0]), rows[i][1]);
		pv_ctx_done(&cx);
	}
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_cel), cmocka_unit_test(test_rego)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
