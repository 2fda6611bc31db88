#include "cmd/tabs.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/utf8.h"

#define WIDTH_LEAST 6
#define PADDING 3

struct cell {
	const char *text;
	size_t len, chars, width; /* width: of its column around this line */
};

void
tabs_init(tabs *t, pv_arena *arena)
{
	*t = (tabs){0};
	pv_vec_init(&t->lines, arena, sizeof(pv_vec));
	pv_vec_init(&t->widths, arena, sizeof(size_t));
}

void
tabs_line(tabs *t, pv_arena *arena)
{
	if (!t->lines.len)
		pv_vec_init(&t->lines, arena, sizeof(pv_vec));
	pv_vec_init(pv_vec_add(&t->lines), arena, sizeof(struct cell));
}

void
tabs_cell(tabs *t, pv_arena *arena, const char *text)
{
	for (;;) {
		size_t len = strcspn(text, "\t\v\n\f");
		struct cell *cell = pv_vec_add(PV_AT(pv_vec, &t->lines, t->lines.len - 1));

		*cell = (struct cell){text, len, pv_utf8_count((pv_str){text, len}), 0};
		if (!text[len])
			return;
		if (text[len] == '\n' || text[len] == '\f')
			tabs_line(t, arena);
		text += len + 1;
	}
}

/* The last cell of a line is of no column: nothing stands behind it. */
static bool
has_column(const tabs *t, size_t line, size_t column)
{
	return line < t->lines.len && column + 1 < PV_AT(pv_vec, &t->lines, line)->len;
}

static struct cell *
cell_at(const tabs *t, size_t line, size_t column)
{
	return PV_AT(struct cell, PV_AT(pv_vec, &t->lines, line), column);
}

/* Lines that follow each other and have the column share its width; false: none has it. */
static bool
fit(tabs *t, size_t column)
{
	bool any = false;

	for (size_t line = 0, end; line < t->lines.len; line = end + 1) {
		size_t width = WIDTH_LEAST, *widest;

		for (end = line; has_column(t, end, column); end++)
			if (cell_at(t, end, column)->chars + PADDING > width)
				width = cell_at(t, end, column)->chars + PADDING;
		if (end == line)
			continue;
		any = true;
		if (column == t->widths.len)
			(void)pv_vec_add(&t->widths);
		widest = PV_AT(size_t, &t->widths, column);
		*widest = width > *widest ? width : *widest;
		for (size_t i = line; i < end; i++)
			cell_at(t, i, column)->width = *widest;
	}
	return any;
}

static void
print(const pv_vec *line)
{
	for (size_t i = 0; i < line->len; i++) {
		const struct cell *cell = PV_AT(struct cell, line, i);

		fwrite(cell->text, 1, cell->len, stdout);
		if (cell->width)
			printf("%*s", (int)(cell->width - cell->chars), "");
	}
	putchar('\n');
}

void
tabs_flush(tabs *t)
{
	for (size_t column = 0; fit(t, column);)
		column++;
	if (t->lines.len && t->apart) {
		putchar('\n');
		t->apart = false;
	}
	for (size_t i = 0; i < t->lines.len; i++)
		print(PV_AT(pv_vec, &t->lines, i));
	t->printed += t->lines.len;
	t->lines.len = 0;
}

void
tabs_forget(tabs *t)
{
	t->widths.len = 0;
}
