#include "cmd/rego_table.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/ctx.h"
#include "base/str.h"
#include "base/utf8.h"

static size_t
runes(const char *s)
{
	return pv_utf8_count(pv_str_of(s));
}

static void
put_rule(pv_buf *b, const size_t *widths, size_t n, const char *left, const char *middle, const char *right)
{
	for (size_t k = 0; k < n; k++) {
		pv_buf_adds(b, k ? middle : left);
		for (size_t i = 0; i < widths[k] + 2; i++)
			pv_buf_adds(b, "─");
	}
	pv_buf_printf(b, "%s\n", right);
}

static void
put_cell(pv_buf *b, const char *text, size_t width, bool centre)
{
	size_t pad = width - runes(text), left = centre ? pad / 2 : 0;
	pv_buf_printf(b, "│ %*s%s%*s ", (int)left, "", text, (int)(pad - left), "");
}

void
rego_table_put(pv_buf *b, pv_arena *arena, const rego_column *columns, size_t n, size_t rows)
{
	size_t *widths = pv_new_array(arena, size_t, n);
	for (size_t k = 0; k < n; k++) {
		widths[k] = runes(columns[k].name);
		for (size_t i = 0; i < rows; i++) {
			size_t w = columns[k].cells[i] ? runes(columns[k].cells[i]) : 0;
			widths[k] = w > widths[k] ? w : widths[k];
		}
	}
	put_rule(b, widths, n, "┌", "┬", "┐");
	for (size_t k = 0; k < n; k++)
		put_cell(b, columns[k].name, widths[k], true);
	pv_buf_adds(b, "│\n");
	put_rule(b, widths, n, "├", "┼", "┤");
	for (size_t i = 0; i < rows; i++) {
		for (size_t k = 0; k < n; k++)
			put_cell(b, columns[k].cells[i] ? columns[k].cells[i] : "", widths[k], false);
		pv_buf_adds(b, "│\n");
	}
	put_rule(b, widths, n, "└", "┴", "┘");
}

static size_t
widest_line(const char *text)
{
	pv_str rest = pv_str_of(text), line;
	size_t most = 0;
	while (pv_str_next(&rest, '\n', &line)) {
		size_t w = pv_utf8_count(line);
		most = w > most ? w : most;
	}
	return most;
}

void
rego_table_put_pairs(pv_buf *b, pv_arena *arena, const char *const *names, const char *const *texts, size_t n)
{
	size_t widths[2] = {0, 0};
	for (size_t i = 0; i < n; i++) {
		size_t name = runes(names[i]), text = widest_line(texts[i]);
		widths[0] = name > widths[0] ? name : widths[0];
		widths[1] = text > widths[1] ? text : widths[1];
	}
	put_rule(b, widths, 2, "┌", "┬", "┐");
	for (size_t i = 0; i < n; i++) {
		pv_str rest = pv_str_of(texts[i]), line = {"", 0};
		const char *name = names[i];
		if (i)
			put_rule(b, widths, 2, "├", "┼", "┤");
		do {
			(void)pv_str_next(&rest, '\n', &line);
			put_cell(b, name, widths[0], false);
			put_cell(b, pv_strndup(arena, line.s, line.len), widths[1], false);
			pv_buf_adds(b, "│\n");
			name = "";
		} while (rest.len);
	}
	put_rule(b, widths, 2, "└", "┴", "┘");
}

void
rego_table_print(pv_ctx *cx, const char *const *names, size_t n, const char **cells, size_t rows)
{
	rego_column *columns = pv_new_array(cx->arena, rego_column, n);
	pv_buf b;
	for (size_t k = 0; k < n; k++)
		columns[k] = (rego_column){.name = names[k], .cells = cells + k * rows};
	pv_buf_init(&b, cx->arena);
	rego_table_put(&b, cx->arena, columns, n, rows);
	fwrite(b.s, 1, b.len, stdout);
}
