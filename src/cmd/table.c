/* table: columns of priority 0, or all of them. */
#include "cmd/table.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cmd/ask.h"
#include "lang/json/json.h"

#define COLUMNS 32

struct layout {
	size_t from[COLUMNS]; /* index of the column in the table */
	int width[COLUMNS];
	size_t n;
	bool with_namespace;
	int ns_width;
};

static const char *
cell_text(pv_ctx *cx, const pv_val *cell)
{
	if (!cell || pv_is(cell, PV_NULL))
		return "<none>";
	return pv_text(cell, NULL) ? pv_text(cell, "") : pv_json_text(cx->arena, cell);
}

static const char *
namespace_of(const pv_val *row)
{
	return pv_text_at(row, "object.metadata.namespace", "");
}

static void
widen(int *width, const char *text)
{
	int len = (int)strlen(text);
	if (len > *width)
		*width = len;
}

static void
lay_out(pv_ctx *cx, const pv_val *table, bool wide, struct layout *l)
{
	const pv_val *columns = pv_get(table, "columnDefinitions"), *rows = pv_get(table, "rows");
	l->ns_width = l->with_namespace ? (int)sizeof("NAMESPACE") - 1 : 0;
	for (size_t i = 0; i < pv_count(columns) && l->n < COLUMNS; i++) {
		if (!wide && pv_i64_at(pv_item(columns, i), "priority", 0) > 0)
			continue;
		l->from[l->n] = i;
		widen(&l->width[l->n], pv_text_at(pv_item(columns, i), "name", ""));
		for (size_t k = 0; k < pv_count(rows); k++)
			widen(&l->width[l->n], cell_text(cx, pv_item(pv_get(pv_item(rows, k), "cells"), i)));
		l->n++;
	}
	for (size_t k = 0; l->with_namespace && k < pv_count(rows); k++)
		widen(&l->ns_width, namespace_of(pv_item(rows, k)));
}

static void
print_header(const pv_val *columns, const struct layout *l)
{
	if (l->with_namespace)
		printf("%-*s   ", l->ns_width, "NAMESPACE");
	for (size_t i = 0; i < l->n; i++) {
		const char *name = pv_text_at(pv_item(columns, l->from[i]), "name", "");
		int left = i + 1 < l->n ? l->width[i] + 3 : 0;
		for (const char *c = name; *c; c++, left--)
			putchar(toupper((unsigned char)*c));
		printf("%*s", left > 0 ? left : 0, "");
	}
	putchar('\n');
}

void
table_print(pv_ctx *cx, const pv_val *table, bool with_namespace, bool wide, bool no_headers)
{
	const pv_val *columns = pv_get(table, "columnDefinitions"), *rows = pv_get(table, "rows");
	struct layout l = {.with_namespace = with_namespace};
	lay_out(cx, table, wide, &l);
	if (!no_headers && pv_count(columns))
		print_header(columns, &l);
	for (size_t k = 0; k < pv_count(rows); k++) {
		const pv_val *cells = pv_get(pv_item(rows, k), "cells");
		if (l.with_namespace)
			printf("%-*s   ", l.ns_width, namespace_of(pv_item(rows, k)));
		for (size_t i = 0; i < l.n; i++)
			printf("%-*s%s", i + 1 < l.n ? l.width[i] : 0, cell_text(cx, pv_item(cells, l.from[i])), i + 1 < l.n ? "   " : "\n");
	}
}
