/* One value of a YAML text is replaced, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include "base/str.h"
#include "lang/yaml/yaml.h"
#include "unit/context.h"

static const char *
edited(const char *text, const char *path, const char *value)
{
	pv_str out;

	if (pv_yaml_edit(&cx, pv_str_of(text), path, value, &out) == 0)
		return pv_strndup(cx.arena, out.s, out.len);
	text = pv_strdup(cx.arena, pv_error_text(&cx));
	pv_recover(&cx);
	return text;
}

static void
the_rest_stays(void **state)
{
	static const char *const rows[][4] = {
		{"# wörter\nimage: {repo: shop, tag: 1.0} # keep\n", "image.tag", "1.1.0",
		 "# wörter\nimage: {repo: shop, tag: 1.1.0} # keep\n"},
		{"a: \"1\" # ü\nb:   'x'\n", "a", "2", "a: \"2\" # ü\nb:   'x'\n"},
		{"b:   'x'   # y\n", "b", "it's", "b:   'it''s'   # y\n"},
		{"tag: 1.19\n", "tag", "1.20", "tag: \"1.20\"\n"}, /* a number would lose its zero */
		{"tag: old", "tag", "new", "tag: new"},
		{"tag: v1\r\nb: 2\r\n", "tag", "v2", "tag: v2\r\nb: 2\r\n"},
		{"images:\n- name: a\n  newTag: one\n- name: b\n  newTag: two\n", "images.1.newTag", "three",
		 "images:\n- name: a\n  newTag: one\n- name: b\n  newTag: three\n"},
		{"ü: {ä: x, tag: y}\n", "ü.tag", "z", "ü: {ä: x, tag: z}\n"},
		{"tag: same # as it is\n", "tag", "same", "tag: same # as it is\n"},
		{"tag: \"a\"\n", "tag", "say \"hi\" \\", "tag: \"say \\\"hi\\\" \\\\\"\n"},
		{"{\"a\": {\"tag\": \"x\"}}", "a.tag", "y", "{\"a\": {\"tag\": \"y\"}}"},
		{"---\ntag: null\n", "tag", "y2", "---\ntag: y2\n"},
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		assert_string_equal(edited(rows[i][0], rows[i][1], rows[i][2]), rows[i][3]);
}

static void
what_cannot_be_is_named(void **state)
{
	static const char *const rows[][4] = {
		{"a: 1\n", "b", "x", "it has no value at b"},
		{"a: {b: 1}\n", "a", "x", "it has no value at a"},
		{"a: |\n  text\n", "a", "x", "found a block of text"},
		{"a: &name x\nb: *name\n", "a", "y", "with an anchor or a tag"},
		{"a: &name x\nb: *name\n", "b", "y", "it has no value at b"},
		{"a: &both {tag: x}\nb: *both\n", "a.tag", "y", "it cannot be replaced where it stands"},
		{"a: x\n", "a", "two\nlines", "control characters"},
		{"a: [\n", "a", "y", "did not find"},
		{"a: 1\n---\na: 2\n", "a", "y", "expected one YAML document"},
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		if (!strstr(edited(rows[i][0], rows[i][1], rows[i][2]), rows[i][3]))
			fail_msg("%s: %s", rows[i][3], edited(rows[i][0], rows[i][1], rows[i][2]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_rest_stays, context_begin, context_end),
		cmocka_unit_test_setup_teardown(what_cannot_be_is_named, context_begin, context_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
