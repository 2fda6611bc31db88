#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include "base/str.h"
#include "base/vec.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"
#include "shared.h"
#include "unit/context.h"

static void
writes(const char *json, const char *wanted)
{
	const pv_val *v = NULL;
	pv_buf b;

	pv_buf_init(&b, cx.arena);
	if (pv_json_parse(&cx, pv_str_of(json), NULL, &v) < 0)
		fail_msg("%s: %s", json, pv_error_text(&cx));
	pv_yaml_write(&b, v);
	if (strcmp(b.s, wanted) != 0)
		fail_msg("%s\nwanted %s\ngot    %s", json, wanted, b.s);
}

static void
strings_are_quoted_as_go_yaml_does(void **state)
{
	static const char *const rows[][2] = {
		{"\"a\"", "a\n"},
		{"\"\"", "\"\"\n"},
		{"\"yes\"", "\"yes\"\n"},
		{"\"n\"", "\"n\"\n"},
		{"\"~\"", "\"~\"\n"},
		{"\"1\"", "\"1\"\n"},
		{"\"0x1F\"", "\"0x1F\"\n"},
		{"\"1_000\"", "\"1_000\"\n"},
		{"\"1e3\"", "\"1e3\"\n"},
		{"\"1:30\"", "\"1:30\"\n"},
		{"\"2001-12-14\"", "\"2001-12-14\"\n"},
		{"\"2001-02-30\"", "2001-02-30\n"},
		{"\"1.2.3\"", "1.2.3\n"},
		{"\"100m\"", "100m\n"},
		{"\"- a\"", "'- a'\n"},
		{"\"-a\"", "-a\n"},
		{"\"a: b\"", "'a: b'\n"},
		{"\"a:b\"", "a:b\n"},
		{"\"a #b\"", "'a #b'\n"},
		{"\"a#b\"", "a#b\n"},
		{"\"*\"", "'*'\n"},
		{"\"{{ x }}\"", "'{{ x }}'\n"},
		{"\"it's\"", "it's\n"},
		{"\"'it's\"", "'''it''s'\n"},
		{"\" a\"", "' a'\n"},
		{"\"a \"", "'a '\n"},
		{"\"a\\tb\"", "\"a\\tb\"\n"},
		{"\"a\\nb\"", "|-\n  a\n  b\n"},
		{"\"a\\nb\\n\"", "|\n  a\n  b\n"},
		{"\"a\\n\\n\"", "|+\n  a\n\n"},
		{"\" a\\nb\"", "|2-\n   a\n  b\n"},
		{"\"a \\nb\"", "\"a \\nb\"\n"},
		{"\"a\\nb \"", "\"a\\nb \"\n"},
		{"\"\\u0000\\u001b\\u0085\"", "\"\\0\\e\\N\"\n"},
		{"\"\\ud83d\\ude00\"", "\"\\U0001F600\"\n"},
		{"\"\xc3\xa9\"", "\xc3\xa9\n"},
		{"\"---\"", "'---'\n"},
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		writes(rows[i][0], rows[i][1]);
}

static void
documents_look_like_kubectl_prints_them(void **state)
{
	(void)state;
	writes("{\"spec\":{\"b\":[{\"name\":\"x\",\"args\":[\"a\",[1,2]]},[]],\"a\":{}},\"n\":null,\"t\":"
	       "true}",
	       "\"n\": null\nspec:\n  a: {}\n  b:\n  - args:\n    - a\n    - - 1\n      - 2\n    name: x\n  "
	       "- []\nt: true\n");
	writes("{\"a10\":1,\"a2\":2,\"a-b\":3,\"aB\":4,\"A\":5,\"1\":6}",
	       "\"1\": 6\nA: 5\na-b: 3\na2: 2\na10: 1\naB: 4\n");
	writes("[1,-2,2.5,1e21,1000000.0,1234567.5,1e-7,-0.0,18446744073709551615,123456789012345678901234]",
	       "- 1\n- -2\n- 2.5\n- 1e+21\n- 1000000\n- 1.2345675e+06\n- 1e-07\n- 0\n- 18446744073709551615\n"
	       "- 123456789012345678901234\n");
	writes("{\"k\":\"a\\nb\",\"l\":[\"x\\ny\\n\"]}", "k: |-\n  a\n  b\nl:\n- |\n  x\n  y\n");
	writes("{\"a\\nb\":1}", "? |-\n  a\n  b\n: 1\n");
	writes("{\"<<\":\"<<\"}", "\"<<\": <<\n");
	writes("{}", "{}\n");
	writes("[]", "[]\n");
	writes("null", "null\n");
}

static void
long_lines_are_folded_at_80(void **state)
{
	(void)state;
	writes("{\"d\":\"one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
	       "fifteen sixteen\"}",
	       "d: one two three four five six seven eight nine ten eleven twelve thirteen fourteen\n  "
	       "fifteen sixteen\n");
	writes("{\"d\":\"one: two three four five six seven eight nine ten eleven twelve thirteen fourteen "
	       "fifteen\"}",
	       "d: 'one: two three four five six seven eight nine ten eleven twelve thirteen fourteen\n  "
	       "fifteen'\n");
}

static void
broken_text_is_mended(void **state)
{
	pv_val v = pv_stringn(cx.arena, "a\xff", 2);
	pv_buf b;

	(void)state;
	pv_buf_init(&b, cx.arena);
	pv_yaml_write(&b, &v);
	assert_string_equal(b.s, "a\xef\xbf\xbd\n");
}

/* What is written reads back as the same value. */
static void
round_trips_through_yaml(void **state)
{
	static const char chars[] = "ab :#-?'\"\\\n\t{}[],&*!|>%@`0123456789.eEx_+~yn\r\xc3\xa9\x01";
	uint32_t seed = 12345;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		char s[24];
		size_t n = 0;
		pv_objb b;
		pv_val v;
		const pv_val *back = NULL;
		pv_buf text;

		for (size_t want = (seed >> 7) % 12; n < want; seed = seed * 1664525 + 1013904223) {
			char c = chars[(seed >> 11) % (sizeof(chars) - 1)];

			if ((unsigned char)c < 0x80)
				s[n++] = c;
			else if (n + 2 < sizeof(s)) {
				memcpy(s + n, "\xc3\xa9", 2);
				n += 2;
			}
		}
		seed = seed * 1664525 + 1013904223;
		pv_objb_init(&b, cx.arena);
		pv_objb_putv(&b, pv_stringn(cx.arena, s, n), pv_list_of(cx.arena, &(pv_val){0}, 1));
		pv_objb_put(&b, "v", pv_stringn(cx.arena, s, n));
		v = pv_objb_end(&b);
		pv_buf_init(&text, cx.arena);
		pv_yaml_write(&text, &v);
		if (pv_yaml_parse(&cx, (pv_str){text.s, text.len}, NULL, &back) < 0)
			fail_msg("%s\n%s", text.s, pv_error_text(&cx));
		if (!pv_eq(back, &v))
			fail_msg("%s\n%s\n%s", text.s, pv_json_text(cx.arena, &v),
				 pv_json_text(cx.arena, back));
	}
}

/* Helm's toYaml output of 142 real values files: reading and writing give it back. */
static void
helm_to_yaml_files_are_a_fixed_point(void **state)
{
	const char *folder = shared_path(cx.arena, "delivery/toyaml/visible");
	struct dirent *entry;
	DIR *dir;
	int n = 0;

	(void)state;
	if (folder == NULL)
		skip();
	dir = opendir(folder);
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		const pv_val *v = NULL;
		pv_str text;
		pv_buf b;

		if (entry->d_name[0] == '.')
			continue;
		text = shared_read(cx.arena, pv_printf(cx.arena, "%s/%s", folder, entry->d_name));
		if (pv_yaml_parse(&cx, text, NULL, &v) < 0)
			fail_msg("%s: %s", entry->d_name, pv_error_text(&cx));
		pv_buf_init(&b, cx.arena);
		pv_yaml_write(&b, v);
		if (!pv_str_eq((pv_str){b.s, b.len}, text))
			fail_msg("%s comes out differently:\n%s", entry->d_name, b.s);
		n++;
	}
	closedir(dir);
	assert_true(n >= 142);
}

/* Every kind of Kubernetes, as JSON and as YAML. */
static void
kubernetes_round_trip_pairs_agree(void **state)
{
	const char *folder = shared_path(cx.arena, "apiplane/roundtrip/HEAD");
	struct dirent *entry;
	DIR *dir;
	int n = 0;

	(void)state;
	if (folder == NULL)
		skip();
	dir = opendir(folder);
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		const char *dot = strrchr(entry->d_name, '.'), *base;
		const pv_val *y = NULL, *j = NULL;
		pv_str text;
		pv_buf b;

		if (dot == NULL || strcmp(dot, ".yaml") != 0)
			continue;
		base = pv_strndup(cx.arena, entry->d_name, (size_t)(dot - entry->d_name));
		text = shared_read(cx.arena, pv_printf(cx.arena, "%s/%s.yaml", folder, base));
		assert_int_equal(pv_yaml_parse(&cx, text, NULL, &y), 0);
		assert_int_equal(
			pv_json_parse(&cx,
				      shared_read(cx.arena, pv_printf(cx.arena, "%s/%s.json", folder, base)),
				      NULL, &j),
			0);
		if (!pv_eq(y, j))
			fail_msg("%s: YAML and JSON differ", base);
		pv_buf_init(&b, cx.arena);
		pv_yaml_write(&b, j);
		if (!pv_str_eq((pv_str){b.s, b.len}, text))
			fail_msg("%s comes out differently:\n%s", entry->d_name, b.s);
		n++;
	}
	closedir(dir);
	assert_true(n > 100);
}

#define T(name) cmocka_unit_test_setup_teardown(name, context_begin, context_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(strings_are_quoted_as_go_yaml_does), T(documents_look_like_kubectl_prints_them),
		T(long_lines_are_folded_at_80),        T(broken_text_is_mended),
		T(round_trips_through_yaml),           T(helm_to_yaml_files_are_a_fixed_point),
		T(kubernetes_round_trip_pairs_agree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
