/* CEL of admission policies: constructors of mutating ones, and the authorizer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "lang/cel/cel.h"
#include "lang/json/json.h"

typedef struct row {
	const char *text, *want;
} row;

static bool
allows(pv_ctx *cx, const pv_cel_authorizer *self, const pv_cel_access *what, const char **ret_reason)
{
	*ret_reason =
		pv_printf(cx->arena, "%s|%s|%s|%s|%s|%s|%s|%s|%s", what->account_ns ? what->account_ns : "",
			  what->account ? what->account : "", what->path ? what->path : "", what->verb,
			  what->group, what->resource, what->subresource, what->ns, what->name);
	return pv_streq(what->verb, self->arg);
}

/* As value_of, in a mutating policy; *ret_cost may be NULL. */
static const char *
mutation_of(pv_ctx *cx, const char *text, const char *want, uint64_t *ret_cost)
{
	static const pv_cel_var vars[] = {
		{.name = "authorizer", .type = "kubernetes.authorization.Authorizer"},
		{.name = "authorizer.requestResource", .type = "kubernetes.authorization.ResourceCheck"}};
	static const pv_cel_authorizer by = {allows, "get"};
	static const pv_cel_access res = {NULL, NULL, NULL, "", "apps", "deployments", "", "default", "web"};
	const pv_cel_env env = {
		.vars = vars, .n_vars = 2, .want = want, .homogeneous = true, .mutation = true};
	const pv_cel_val values[] = {pv_cel_authorizer_of(cx->arena, &by),
				     pv_cel_resource_check(cx->arena, &by, &res)};
	pv_cel_run run = {.vars = values, .limit = 1000000};
	const pv_cel *program;
	pv_cel_val v;
	pv_val out;
	pv_buf b;
	if (pv_cel_compile(cx, cx->arena, &env, pv_str_of(text), &program) < 0 ||
	    pv_cel_eval(cx, program, &run, &v) < 0 || pv_cel_object(cx, &v, &out) < 0)
		return pv_error_text(cx);
	if (ret_cost)
		*ret_cost = run.cost;
	pv_buf_init(&b, cx->arena);
	pv_json_write(&b, &out);
	return b.s;
}

static void
constructors_make_objects(void **state)
{
	static const struct {
		const char *text, *type, *want;
	} rows[] = {
		{"Object{spec: Object.spec{replicas: 3, ?none: optional.none()}}", "Object",
		 "{\"spec\":{\"replicas\":3}}"},
		{"Object{metadata: Object.metadata{labels: {'a': 'b'}}}", "Object",
		 "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}"},
		{"Object{spec: Object.spec{list: [Object.spec.list{name: 'a'}, Object.spec.list{name: 'b'}]}}",
		 "Object", "{\"spec\":{\"list\":[{\"name\":\"a\"},{\"name\":\"b\"}]}}"},
		{"has(Object{a: 1}.a) && !has(Object{a: 1}.b) && Object{a: 1}.a == 1", "bool", "true"},
		{"has(authorizer.requestResource) ? 'there' : ''", "string", "\"there\""},
		{"Object{a: 1} == Object{a: 1} && dyn(Object.a{}) != dyn(Object.b{})", "bool", "true"},
		{"Object{spec: Object.wrong{a: 1}}", "Object",
		 "type mismatch: unexpected type name \"Object.wrong\", expected \"Object.spec\", which matches "
		 "field name path from root Object type"},
		{"[JSONPatch{op: 'add', path: '/a/' + jsonpatch.escapeKey('x/y'), value: Object.spec{a: [1]}}]",
		 "list(JSONPatch)", "[{\"op\":\"add\",\"path\":\"/a/x~1y\",\"value\":{\"a\":[1]}}]"},
		{"1 > 2 ? [JSONPatch{op: 'test', path: '/a', value: 1}] : []", "list(JSONPatch)", "[]"},
		{"JSONPatch{op: 1}", NULL,
		 "ERROR: <input>:1:11: expected type of field 'op' is 'string' but provided type is 'int'\n"
		 " | JSONPatch{op: 1}\n | ..........^"},
		{"JSONPatch{to: 1}", NULL,
		 "ERROR: <input>:1:11: undefined field 'to'\n | JSONPatch{to: 1}\n | ..........^"},
		{"Thing{}", NULL,
		 "ERROR: <input>:1:6: undeclared reference to 'Thing' (in container '')\n | Thing{}\n | .....^"},
		{"Object.spec{}", "Object",
		 "ERROR: <input>:1:12: expected type 'Object' but found 'Object.spec'\n | Object.spec{}\n | "
		 "...........^"},
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_ctx cx;
		pv_ctx_init(&cx, "test");
		assert_string_equal(mutation_of(&cx, rows[i].text, rows[i].type, NULL), rows[i].want);
		pv_ctx_done(&cx);
	}
}

static void
constructors_are_for_mutation_only(void **state)
{
	const pv_cel_env env = {.homogeneous = true}, server = {.homogeneous = true, .kubernetes = true};
	const pv_cel *program;
	pv_ctx cx;

	(void)state;
	pv_ctx_init(&cx, "test");
	assert_int_equal(pv_cel_compile(&cx, cx.arena, &env, PV_STR("Object{}"), &program), -PV_EINVALID);
	assert_string_equal(pv_error_text(&cx), "ERROR: <input>:1:7: undeclared reference to 'Object' (in "
						"container '')\n | Object{}\n | ......^");
	(void)pv_recover(&cx);
	assert_int_equal(
		pv_cel_compile(&cx, cx.arena, &server, PV_STR("jsonpatch.escapeKey('a') == 'a'"), &program),
		-PV_EINVALID);
	assert_string_equal(pv_error_text(&cx),
			    "ERROR: <input>:1:1: undeclared reference to 'jsonpatch' (in container '')\n"
			    " | jsonpatch.escapeKey('a') == 'a'\n | ^\n"
			    "ERROR: <input>:1:20: undeclared reference to 'escapeKey' (in container '')\n"
			    " | jsonpatch.escapeKey('a') == 'a'\n | ...................^");
	(void)pv_recover(&cx);
	pv_ctx_done(&cx);
}

static void
rights_are_asked_for(void **state)
{
	static const struct {
		const char *text, *want;
		uint64_t cost;
	} rows[] = {
		{"authorizer.path('/healthz').check('get').allowed()", "true", 350003},
		{"authorizer.path('/healthz').check('post').allowed()", "false", 350003},
		{"authorizer.path('/x').check('get').reason()", "\"||/x|get|||||\"", 350003},
		{"authorizer.group('apps').resource('deployments').subresource('scale').namespace('ns').name('n')"
		 ".check('get').reason()",
		 "\"|||get|apps|deployments|scale|ns|n\"", 350007},
		{"authorizer.serviceAccount('ns', 'sa').group('').resource('pods').check('list').reason()",
		 "\"ns|sa||list||pods|||\"", 350005},
		{"authorizer.requestResource.check('get').reason()",
		 "\"|||get|apps|deployments||default|web\"", 350002},
		{"authorizer.requestResource.labelSelector('app=example').fieldSelector('a=b').check('get').allowed()",
		 "true", 350005},
		{"authorizer.path('/x').check('get').errored() || authorizer.path('/x').check('get').error() != ''",
		 "false", 700007},
		{"authorizer.path(' ')", "path must not be empty", 0},
		{"authorizer.group('').resource('')", "resource must not be empty", 0},
		{"authorizer.serviceAccount('not@a', 'sa')", "Invalid service account namespace", 0},
		{"authorizer.serviceAccount('ns', 'S')", "Invalid service account name", 0},
		{"[1, 2, 3].all(i, authorizer.path('/x').check('get').allowed())",
		 "operation cancelled: actual cost limit exceeded", 0},
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		uint64_t cost = 0;
		pv_ctx cx;
		pv_ctx_init(&cx, "test");
		assert_string_equal(mutation_of(&cx, rows[i].text, NULL, &cost), rows[i].want);
		if (cost != rows[i].cost)
			fail_msg("%s costs %llu", rows[i].text, (unsigned long long)cost);
		pv_ctx_done(&cx);
	}
}

static void
declared_functions_are_checked(void **state)
{
	static const pv_cel_function functions[] = {{"pick", "(list(T), int): T"},
						    {"pick", "(map(string, T), string): T"},
						    {"pair", "(A, B, C): tuple(A, B, C)"},
						    {"now", "(): timestamp"}};
	static const row rows[] = {
		{"pick([1, 2], 0)", "int"},
		{"pick({'a': ['b']}, 'a')", "list(string)"},
		{"pair(1, 'a', [2u])", "tuple(int, string, list(uint))"},
		{"[pair(1, 2, 3), pair(dyn(1), dyn('a'), 3)][0]", "tuple(dyn, dyn, int)"},
		{"now() > timestamp('2024-01-01T00:00:00Z')", "bool"},
		{"pick(1, 2)", "ERROR: <input>:1:5: found no matching overload for 'pick' applied to '(int, "
			       "int)'\n | pick(1, 2)\n | ....^"},
		{"other()",
		 "ERROR: <input>:1:6: undeclared reference to 'other' (in container '')\n | other()\n "
		 "| .....^"},
	};
	const pv_cel_env env = {.functions = functions, .n_functions = PV_LEN(functions)};
	const pv_cel *program;
	pv_cel_val v;

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_ctx cx;
		pv_ctx_init(&cx, "test");
		if (pv_cel_compile(&cx, cx.arena, &env, pv_str_of(rows[i].text), &program) < 0)
			assert_string_equal(pv_error_text(&cx), rows[i].want);
		else
			assert_string_equal(pv_cel_type(cx.arena, program), rows[i].want);
		(void)pv_recover(&cx);
		pv_ctx_done(&cx);
	}
	pv_ctx cx;
	pv_ctx_init(&cx, "test");
	assert_int_equal(pv_cel_compile(&cx, cx.arena, &env, PV_STR("pick([1], 0)"), &program), 0);
	assert_true(pv_cel_estimate(program) == UINT64_MAX);
	assert_int_equal(pv_cel_eval(&cx, program, &(pv_cel_run){0}, &v), -PV_EINVALID);
	assert_string_equal(pv_error_text(&cx), "unbound function: pick()");
	(void)pv_recover(&cx);
	assert_int_equal(pv_cel_function_check(&cx, "(int, list(string): int"), -PV_EINVALID);
	(void)pv_recover(&cx);
	pv_ctx_done(&cx);
}

/* More variables than a word has bits. */
static void
every_variable_counts_as_used(void **state)
{
	pv_cel_var vars[200] = {{0}};
	const pv_cel *program;
	pv_ctx cx;

	(void)state;
	pv_ctx_init(&cx, "test");
	for (size_t i = 0; i < PV_LEN(vars); i++)
		vars[i].name = pv_printf(cx.arena, "v%zu", i);
	pv_cel_env env = {.vars = vars, .n_vars = PV_LEN(vars)};
	assert_int_equal(pv_cel_compile(&cx, cx.arena, &env, PV_STR("v3 == v170"), &program), 0);
	assert_true(pv_cel_uses(program, "v3"));
	assert_true(pv_cel_uses(program, "v170"));
	assert_false(pv_cel_uses(program, "v171"));
	pv_ctx_done(&cx);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(constructors_make_objects),
		cmocka_unit_test(constructors_are_for_mutation_only),
		cmocka_unit_test(rights_are_asked_for),
		cmocka_unit_test(declared_functions_are_checked),
		cmocka_unit_test(every_variable_counts_as_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
