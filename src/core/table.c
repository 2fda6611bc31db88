#include "core/table.h"

#include <string.h>

#include "base/str.h"
#include "core/embed.h"

int
pv_table_text_open(pv_ctx *cx, pv_arena *arena, const char *path, pv_table_text *ret)
{
	const pv_embed *file = pv_embed_find(path);

	if (!file)
		return pv_fail(cx, PV_EINTERNAL, "%s is not in this program: build it again", path);
	ret->path = path;
	ret->next = pv_strndup(arena, (const char *)file->bytes, file->len);
	ret->end = ret->next + file->len;
	ret->line = 0;
	return 0;
}

static void
cut(char *line, pv_table_row *row)
{
	size_t n = 0;

	while (n < ROW_CELLS && line) {
		char *tab = strchr(line, '\t');

		if (tab)
			*tab = 0;
		row->cell[n++] = line;
		line = tab ? tab + 1 : NULL;
	}
	while (n < ROW_CELLS)
		row->cell[n++] = "";
}

bool
pv_table_text_row(pv_table_text *text, pv_table_row *ret)
{
	while (text->next < text->end) {
		char *line = text->next, *end = memchr(line, '\n', (size_t)(text->end - line));

		text->line++;
		text->next = end ? end + 1 : text->end;
		if (end)
			*end = 0;
		if (!*line || *line == '#')
			continue;
		ret->line = text->line;
		cut(line, ret);
		return true;
	}
	return false;
}

const char *const *
pv_table_list(pv_arena *arena, const char *text)
{
	pv_str rest = pv_str_of(text), piece;
	size_t n = 2, i = 0;
	const char **list;

	if (pv_streq(text, "-") || !*text)
		return NULL;
	for (const char *s = text; *s; s++)
		n += *s == ',';
	list = pv_new_array(arena, const char *, n);
	while (pv_str_next(&rest, ',', &piece))
		list[i++] = pv_strndup(arena, piece.s, piece.len);
	return list;
}

pv_val
pv_table_words(pv_arena *arena, const char *text)
{
	pv_str rest = pv_str_of(text), piece;
	pv_listb list;

	pv_listb_init(&list, arena);
	while (pv_str_next(&rest, ' ', &piece))
		pv_listb_add(&list, pv_str_is(piece, "-") ? pv_string_ref("")
							  : pv_stringn(arena, piece.s, piece.len));
	return pv_listb_end(&list);
}
