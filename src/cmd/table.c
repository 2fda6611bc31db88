#include "cmd/table.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "cmd/gotext.h"

void
table_init(struct table *t, pv_arena *arena)
{
	*t = (struct table){0};
	tabs_init(&t->tabs, arena);
}

static const char *
upper(pv_arena *arena, const char *text)
{
	char *out = pv_strdup(arena, text);

	for (char *c = out; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return out;
}

static bool
is_shown(const struct table *t, size_t i)
{
	return t->look.wide || pv_i64_at(pv_item(t->columns, i), "priority", 0) == 0;
}

/* ---- the header ---- */

static void
add_header(pv_ctx *cx, struct table *t)
{
	tabs_line(&t->tabs, cx->arena);
	if (t->look.with_namespace)
		tabs_cell(&t->tabs, cx->arena, "NAMESPACE");
	for (size_t i = 0; i < pv_count(t->columns); i++)
		if (is_shown(t, i))
			tabs_cell(&t->tabs, cx->arena,
				  upper(cx->arena, pv_text_at(pv_item(t->columns, i), "name", "")));
	for (const char *const *l = t->look.labels; l && *l; l++) {
		const char *slash = strrchr(*l, '/');

		tabs_cell(&t->tabs, cx->arena, upper(cx->arena, slash ? slash + 1 : *l));
	}
	if (t->look.with_labels)
		tabs_cell(&t->tabs, cx->arena, "LABELS");
}

/* ---- rows ---- */

static const char *
labels_text(pv_ctx *cx, const pv_val *labels)
{
	pv_buf b;

	pv_buf_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(labels); i++) {
		const pv_member *m = pv_sorted(labels, i);

		pv_buf_printf(&b, "%s%s=%s", i ? "," : "", pv_text(&m->key, ""), pv_text(&m->val, ""));
	}
	return b.len ? b.s : "<none>";
}

/* The first line only: a table's row is one. */
static const char *
cell_text(pv_ctx *cx, const pv_val *cell)
{
	const char *text = pv_text(cell, NULL);
	size_t len;

	if (!cell || pv_is(cell, PV_NULL))
		return "";
	if (!text)
		return gotext(cx->arena, cell);
	len = strcspn(text, "\f\n\r");
	return gotext_escape(cx->arena, text[len] ? pv_printf(cx->arena, "%.*s...", (int)len, text) : text);
}

static size_t
name_column(const struct table *t)
{
	size_t i = 0;

	while (i < pv_count(t->columns) &&
	       !(pv_streq(pv_text_at(pv_item(t->columns, i), "format", ""), "name") &&
		 pv_streq(pv_text_at(pv_item(t->columns, i), "type", ""), "string")))
		i++;
	return i;
}

static void
add_row(pv_ctx *cx, struct table *t, const pv_val *row)
{
	const pv_val *cells = pv_get(row, "cells"), *labels = pv_at(row, "object.metadata.labels");
	size_t named = t->look.label ? name_column(t) : SIZE_MAX;

	tabs_line(&t->tabs, cx->arena);
	if (t->look.with_namespace)
		tabs_cell(&t->tabs, cx->arena, pv_text_at(row, "object.metadata.namespace", ""));
	for (size_t i = 0; i < pv_count(t->columns) && i < pv_count(cells); i++) {
		const char *text = cell_text(cx, pv_item(cells, i));

		if (is_shown(t, i))
			tabs_cell(&t->tabs, cx->arena,
				  i == named ? pv_printf(cx->arena, "%s%s", t->look.label, text) : text);
	}
	for (const char *const *l = t->look.labels; l && *l; l++)
		tabs_cell(&t->tabs, cx->arena, pv_text(pv_get(labels, *l), ""));
	if (t->look.with_labels)
		tabs_cell(&t->tabs, cx->arena, labels_text(cx, labels));
}

void
table_add(pv_ctx *cx, struct table *t, const pv_val *answer)
{
	const pv_val *columns = pv_get(answer, "columnDefinitions"), *rows = pv_get(answer, "rows");

	if (pv_count(columns) && !(t->columns && pv_eq(columns, t->columns))) {
		t->columns = columns;
		if (t->tabs.widths.arena != cx->arena) /* a stream's: it goes with the line */
			t->columns = pv_box(t->tabs.widths.arena, pv_copy(t->tabs.widths.arena, columns));
		t->headed = false;
	}
	if (pv_count(rows) && !t->headed && !t->look.no_headers)
		add_header(cx, t);
	t->headed = t->headed || pv_count(rows);
	for (size_t i = 0; i < pv_count(rows); i++)
		add_row(cx, t, pv_item(rows, i));
}

void
table_flush(struct table *t)
{
	tabs_flush(&t->tabs);
}

void
table_next(struct table *t)
{
	table_flush(t);
	tabs_forget(&t->tabs);
	t->columns = NULL;
	t->headed = false;
	t->tabs.apart = t->tabs.printed > 0 && !t->look.no_headers;
}
