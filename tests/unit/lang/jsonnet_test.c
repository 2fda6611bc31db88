/* Jsonnet to values: variables, arguments, imports and faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "lang/json/json.h"
#include "lang/jsonnet/jsonnet.h"
#include "lang/yaml/yaml.h"

static int
load(pv_ctx *cx, void *of, const char *path, pv_str *ret)
{
	(void)of;
	if (pv_streq(path, "lib/names.libsonnet"))
		*ret = pv_str_of("{ a: 'lib' }");
	else if (pv_streq(path, "shared/names.libsonnet"))
		*ret = pv_str_of("(import '../lib/names.libsonnet') + { b: 'shared' }");
	else if (pv_streq(path, "bad.libsonnet"))
		return pv_fail(cx, PV_ETOOLARGE, "bad.libsonnet is too large");
	else
		return pv_fail(cx, PV_ENOTFOUND, "%s: no such file", path);
	return 0;
}

static const char *
eval(pv_ctx *cx, const char *text)
{
	static const char *const libraries[] = {"apps", "lib", NULL};
	const pv_val *vars, *v;
	pv_jsonnet conf = {.load = load, .libraries = libraries};
	assert_int_equal(
		pv_yaml_parse(cx, pv_str_of("[{name: s, value: '1'}, {name: m, value: 1 + 1, code: true}]"),
			      &(pv_yaml_opts){.file = "test"}, &vars),
		0);
	conf.ext_vars = vars;
	if (pv_starts_with(text, "function"))
		conf.tlas = vars;
	if (pv_jsonnet_eval(cx, &conf, "apps/one.jsonnet", pv_str_of(text), &v) < 0)
		return pv_error_text(cx);
	return pv_json_text(cx->arena, v);
}

static void
values_and_faults(void **state)
{
	static const char *const rows[][2] = {
		{"{ a: std.extVar('s'), b: std.extVar('m') }", "{\"a\":\"1\",\"b\":2}"},
		{"function(s, m) [s, m]", "[\"1\",2]"},
		{"import '../shared/names.libsonnet'", "{\"a\":\"lib\",\"b\":\"shared\"}"},
		{"(import 'names.libsonnet').a", "\"lib\""},
		{"importstr '/lib/names.libsonnet'", "\"{ a: 'lib' }\""},
		{"{ a: error 'no' }", "RUNTIME ERROR: no (apps/one.jsonnet:1:6-16)"},
		{"import '../../up.libsonnet'", "apps/one.jsonnet: ../up.libsonnet: no such file"},
		{"import '../bad.libsonnet'", "apps/one.jsonnet: bad.libsonnet is too large"},
		{"{ a: }", "STATIC ERROR: apps/one.jsonnet:1:6: unexpected: \"}\" while parsing terminal"},
		{"std.extVar('missing')",
		 "RUNTIME ERROR: undefined external variable: missing (apps/one.jsonnet:1:1-22)"},
	};
	pv_ctx cx;
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_ctx_init(&cx, "test");
		print_message("%s\n", rows[i][0]);
		assert_string_equal(eval(&cx, rows[i][0]), rows[i][1]);
		pv_recover(&cx);
		pv_ctx_done(&cx);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(values_and_faults)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
