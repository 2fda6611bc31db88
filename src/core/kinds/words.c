#include "base/str.h"
#include "core/kinds/table.h"
#include <string.h>

/* "core.v1.Pod" or "core.v1.Pod.spec": types first, as their names have dots too. */
static bool
say(pv_kinds *k, const char *path, const char *text)
{
	pv_schema *type = pv_map_finds(k->types, path);
	const char *dot = strrchr(path, '.');
	const pv_prop *prop;

	if (type) {
		type->about = text;
		return true;
	}
	if (!dot)
		return false;
	type = pv_map_find(k->types, path, (size_t)(dot - path));
	prop = pv_schema_prop(type, dot + 1, strlen(dot + 1));
	if (!prop)
		return false;
	/* facts.c made the array in this arena; nobody reads it yet. */
	((pv_prop *)((uintptr_t)prop))->about = text;
	return true;
}

/* What all whole objects have, where words.tsv says nothing of it. */
static void
say_usual(pv_schema *type)
{
	static const struct {
		const char *field, *text;
	} usual[] = {
		{"apiVersion", PV_ABOUT_API_VERSION},   {"kind", PV_ABOUT_KIND},
		{"metadata", PV_ABOUT_METADATA},        {"spec", "What is wanted."},
		{"status", "How it is, as last seen."},
	};

	if (!pv_schema_prop(type, "apiVersion", 10) || !pv_schema_prop(type, "metadata", 8))
		return;
	for (size_t i = 0; i < PV_LEN(usual); i++) {
		const pv_prop *prop = pv_schema_prop(type, usual[i].field, strlen(usual[i].field));

		if (prop && !prop->about)
			((pv_prop *)((uintptr_t)prop))->about = usual[i].text;
	}
}

int
pv_kinds_words(pv_ctx *cx, pv_kinds *k)
{
	pv_table_text text;
	pv_table_row row;
	int r = pv_table_text_open(cx, k->arena, "core/kinds/words.tsv", &text);

	while (r == 0 && pv_table_text_row(&text, &row))
		if (!say(k, row.cell[0], row.cell[1]))
			r = pv_fail(cx, PV_EINTERNAL, "words.tsv:%d: facts.tsv has no %s", row.line,
				    row.cell[0]);
	for (size_t i = 0; i < k->nodes.len; i++)
		say_usual(*PV_AT(pv_schema *, &k->nodes, i));
	return r;
}
