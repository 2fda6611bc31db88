/* table: columns of priority 0, or all of them. */
#include "cmd/table.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "cmd/ask.h"
#include "lang/json/json.h"

#define LABELS SIZE_MAX /* no column of the server's */

static const char *
labels_text(pv_ctx *cx, const pv_val *row)
{
	const pv_val *labels = pv_at(row, "object.metadata.labels");
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(labels); i++)
		pv_buf_printf(&b, "%s%s=%s", i ? "," : "", pv_text(&labels->members[i].key, ""),
			      pv_text(&labels->members[i].val, ""));
	return b.len ? b.s : "<none>";
}

static const char *
cell_text(pv_ctx *cx, const pv_val *row, const struct table_look *l, size_t i)
{
	const pv_val *cell = pv_item(pv_get(row, "cells"), l->from[i]);
	const char *text;
	if (l->from[i] == LABELS)
		return labels_text(cx, row);
	if (!cell || pv_is(cell, PV_NULL))
		return "<none>";
	text = pv_text(cell, NULL) ? pv_text(cell, "") : pv_json_text(cx->arena, cell);
	return i == 0 && l->label ? pv_printf(cx->arena, "%s%s", l->label, text) : text;
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

static const char *
title_of(const pv_val *columns, const struct table_look *l, size_t i)
{
	return l->from[i] == LABELS ? "Labels" : pv_text_at(pv_item(columns, l->from[i]), "name", "");
}

static void
choose_columns(const pv_val *columns, struct table_look *l)
{
	l->ns_width = (int)sizeof("NAMESPACE") - 1;
	for (size_t i = 0; i < pv_count(columns) && l->n < TABLE_COLUMNS - 1; i++)
		if (l->wide || pv_i64_at(pv_item(columns, i), "priority", 0) == 0)
			l->from[l->n++] = i;
	if (l->with_labels)
		l->from[l->n++] = LABELS;
	for (size_t i = 0; i < l->n; i++)
		widen(&l->width[i], title_of(columns, l, i));
}

static void
fit(pv_ctx *cx, const pv_val *rows, struct table_look *l)
{
	for (size_t k = 0; k < pv_count(rows); k++) {
		for (size_t i = 0; i < l->n; i++)
			widen(&l->width[i], cell_text(cx, pv_item(rows, k), l, i));
		widen(&l->ns_width, namespace_of(pv_item(rows, k)));
	}
}

static void
print_header(const pv_val *columns, const struct table_look *l)
{
	if (l->with_namespace)
		printf("%-*s   ", l->ns_width, "NAMESPACE");
	for (size_t i = 0; i < l->n; i++) {
		int left = i + 1 < l->n ? l->width[i] + 3 : 0;
		for (const char *c = title_of(columns, l, i); *c; c++, left--)
			putchar(toupper((unsigned char)*c));
		printf("%*s", left > 0 ? left : 0, "");
	}
	putchar('\n');
}

void
table_print(pv_ctx *cx, const pv_val *table, struct table_look *l)
{
	const pv_val *columns = pv_get(table, "columnDefinitions"), *rows = pv_get(table, "rows");
	bool first = l->n == 0;
	if (first)
		choose_columns(columns, l);
	fit(cx, rows, l);
	if (first && !l->no_headers)
		print_header(columns, l);
	for (size_t k = 0; k < pv_count(rows); k++) {
		const pv_val *row = pv_item(rows, k);
		if (l->with_namespace)
			printf("%-*s   ", l->ns_width, namespace_of(row));
		for (size_t i = 0; i < l->n; i++)
			printf("%-*s%s", i + 1 < l->n ? l->width[i] : 0, cell_text(cx, row, l, i),
			       i + 1 < l->n ? "   " : "\n");
	}
}
