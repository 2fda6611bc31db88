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
	return r;
}
