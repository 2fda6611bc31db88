/* What documents say of types beyond their form: the tables name what is there, and nothing is left without words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "core/schema/node.h"
#include "core/table.h"
#include "openapi_document.h"
#include <string.h>

/* Types of documents alone: no server acts on them. */
static bool
is_of_documents(const char *type)
{
	static const char *const types[] = {"*", "list", "meta.v1.Patch", "pkg.version.Info"};

	for (size_t i = 0; i < PV_LEN(types); i++)
		if (pv_streq(types[i], type))
			return true;
	return false;
}

static bool
has_field(registry_world *w, pv_str types, const char *field)
{
	pv_str type;

	while (pv_str_next(&types, ' ', &type)) {
		const char *name = pv_strndup(w->cx.arena, type.s, type.len);
		const pv_schema *s = pv_registry_type(w->registry, name);

		if (is_of_documents(name) || (s && pv_schema_prop(s, field, strlen(field))))
			return true;
	}
	return false;
}

static void
words_are_of_what_is_there(void **state)
{
	registry_world *w = *state;
	const char *types = "";
	pv_table_text text;
	pv_table_row row;
	pv_str rest, type;

	assert_int_equal(pv_table_text_open(&w->cx, w->cx.arena, "core/kinds/words.tsv", &text), 0);
	while (pv_table_text_row(&text, &row)) {
		if (!*row.cell[0]) {
			if (!has_field(w, pv_str_of(types), row.cell[1]) || !*row.cell[2])
				fail_msg("words.tsv:%d: no field %s in %s", row.line, row.cell[1], types);
			continue;
		}
		types = row.cell[0];
		for (rest = pv_str_of(types); pv_str_next(&rest, ' ', &type);) {
			const char *name = pv_strndup(w->cx.arena, type.s, type.len);

			if (!is_of_documents(name) && !pv_registry_type(w->registry, name))
				fail_msg("words.tsv:%d: no type %s", row.line, name);
		}
	}
}

static void
members_are_of_what_is_there(void **state)
{
	registry_world *w = *state;
	pv_table_text text;
	pv_table_row row;
	pv_str rest, place;
	size_t n = 0;

	assert_int_equal(pv_table_text_open(&w->cx, w->cx.arena, "core/kinds/openapi.tsv", &text), 0);
	while (pv_table_text_row(&text, &row)) {
		for (rest = pv_str_of(row.cell[2]); pv_str_next(&rest, ' ', &place); n++) {
			const char *name = pv_strndup(w->cx.arena, place.s, place.len), *dot;

			if (pv_registry_type(w->registry, name))
				continue;
			if (pv_ends_with(name, "[]"))
				name = pv_strndup(w->cx.arena, name, place.len - 2);
			dot = strrchr(name, '.');
			if (!has_field(w, (pv_str){name, (size_t)(dot - name)}, dot + 1))
				fail_msg("openapi.tsv:%d: no %s", row.line, name);
		}
	}
	assert_true(n > 100);
}

static void
check_described(const char *path, const pv_val *schemas)
{
	for (size_t i = 0; i < pv_count(schemas); i++) {
		const char *name = schemas->members[i].key.s;
		const pv_val *props = pv_get(&schemas->members[i].val, "properties");

		if (!pv_starts_with(name, "io.k8s."))
			continue;
		if (!*pv_text(pv_get(&schemas->members[i].val, "description"), ""))
			fail_msg("%s: words.tsv says nothing of %s", path, name);
		for (size_t k = 0; k < pv_count(props); k++)
			if (!*pv_text(pv_get(&props->members[k].val, "description"), ""))
				fail_msg("%s: words.tsv says nothing of %s.%s", path, name,
					 props->members[k].key.s);
	}
}

static void
nothing_is_without_words(void **state)
{
	registry_world *w = *state;
	const pv_val *paths = pv_get(openapi_document(w, "/openapi/v3", NULL), "paths");

	for (size_t i = 0; i < pv_count(paths); i++) {
		const char *path =
			pv_printf(w->cx.arena, "/openapi/v3/%s", pv_text(&paths->members[i].key, ""));

		check_described(path, pv_at(openapi_document(w, path, NULL), "components.schemas"));
	}
	check_described("/openapi/v2", pv_get(openapi_document(w, "/openapi/v2", NULL), "definitions"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_of_what_is_there),
		cmocka_unit_test(members_are_of_what_is_there),
		cmocka_unit_test(nothing_is_without_words),
	};

	return cmocka_run_group_tests(tests, registry_setup, registry_teardown);
}
