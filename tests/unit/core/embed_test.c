#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "core/embed.h"
#include "lang/yaml/yaml.h"
#include <stdio.h>
#include <string.h>

static void
finds_what_is_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < pv_embedded_len; i++)
		assert_ptr_equal(pv_embed_find(pv_embedded[i].path), &pv_embedded[i]);
	assert_null(pv_embedded[pv_embedded_len].path);
}

static void
is_sorted_without_twins(void **state)
{
	(void)state;
	for (size_t i = 1; i < pv_embedded_len; i++)
		assert_true(strcmp(pv_embedded[i - 1].path, pv_embedded[i].path) < 0);
}

static void
absent_is_null(void **state)
{
	(void)state;
	assert_null(pv_embed_find(""));
	assert_null(pv_embed_find("no/such/file"));
	assert_null(pv_embed_find("zzz"));
}

/* ---- `kubectl explain` has a word on every field of our own kinds ---- */

typedef struct looked {
	int told, mute;
} looked;

/* Of every kind; the API describes them. */
static bool
is_everybodys(const char *path)
{
	return pv_streq(path, ".apiVersion") || pv_streq(path, ".kind") || pv_streq(path, ".metadata");
}

static void
look(looked *l, const char *kind, const char *path, const pv_val *schema, int depth)
{
	const pv_val *fields = pv_get(schema, "properties");
	char below[512];

	assert_true(depth < 40);
	for (size_t i = 0; i < pv_count(fields); i++) {
		const pv_val *field = &fields->members[i].val;

		snprintf(below, sizeof below, "%s.%s", path, pv_text(&fields->members[i].key, ""));
		if (*pv_text_at(field, "description", "") || is_everybodys(below))
			l->told++;
		else
			l->mute++, print_error("%s: %s has no description\n", kind, below);
		look(l, kind, below, field, depth + 1);
	}
	if (pv_get(schema, "items"))
		look(l, kind, path, pv_get(schema, "items"), depth + 1);
	if (pv_is(pv_get(schema, "additionalProperties"), PV_OBJECT))
		look(l, kind, path, pv_get(schema, "additionalProperties"), depth + 1);
}

static void
our_kinds_say_what_their_fields_are(void **state)
{
	looked l = {0};
	pv_ctx cx;

	(void)state;
	pv_ctx_init(&cx, "test");
	for (size_t i = 0; i < pv_embedded_len; i++) {
		const pv_embed *file = &pv_embedded[i];
		const pv_val *crd, *versions;

		if (!pv_ends_with(file->path, ".yaml"))
			continue;
		if (pv_yaml_parse(&cx, (pv_str){(const char *)file->bytes, file->len},
				  &(pv_yaml_opts){.file = file->path}, &crd) < 0)
			fail_msg("%s", pv_error_text(&cx));
		versions = pv_at(crd, "spec.versions");
		assert_true(pv_count(versions) > 0);
		for (size_t v = 0; v < pv_count(versions); v++)
			look(&l, file->path, "", pv_at(pv_item(versions, v), "schema.openAPIV3Schema"), 0);
	}
	pv_ctx_done(&cx);
	assert_int_equal(l.mute, 0);
	assert_true(l.told > 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_is_there),
		cmocka_unit_test(is_sorted_without_twins),
		cmocka_unit_test(absent_is_null),
		cmocka_unit_test(our_kinds_say_what_their_fields_are),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
