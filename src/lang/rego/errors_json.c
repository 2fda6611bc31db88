/* errors_json: the errors of a policy as OPA's documents of errors have them. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/rego/rego.h"

pv_val
pv_rego_place(pv_arena *arena, const char *file, int64_t row, int64_t col)
{
	pv_objb o;
	pv_objb_init(&o, arena);
	if (file)
		pv_objb_put(&o, "file", pv_string(arena, file));
	pv_objb_put(&o, "row", pv_int(row));
	pv_objb_put(&o, "col", pv_int(col));
	return pv_objb_end(&o);
}

/* Behind the text of an error of syntax: "\n\tLINE\n\t   ^". */
static void
put_line(pv_ctx *cx, pv_objb *details, const char *line, const char *caret)
{
	pv_objb_put(details, "line", pv_stringn(cx->arena, line, (size_t)(caret - line)));
	pv_objb_put(details, "idx", pv_int((int64_t)strlen(caret) - 3));
}

/* The last "\n\t" of the first n bytes; NULL: there is none. */
static const char *
last_line(const char *text, size_t n)
{
	for (; n >= 2; n--)
		if (text[n - 2] == '\n' && text[n - 1] == '\t')
			return text + n - 2;
	return NULL;
}

/* Is it a caret's, and nothing else's? */
static bool
points(const char *line)
{
	return line && line[2 + strspn(line + 2, " ")] == '^' && line[3 + strspn(line + 2, " ")] == '\0';
}

/* "text\n\thave: x\n\twant: y" -> the text, and {have: x, want: y}. */
static void
put_message(pv_ctx *cx, pv_objb *o, const char *text, bool syntax)
{
	const char *caret = syntax ? last_line(text, strlen(text)) : NULL, *colon;
	const char *end = !syntax         ? strstr(text, "\n\t")
			  : points(caret) ? last_line(text, (size_t)(caret - text))
					  : NULL;
	pv_str rest = pv_str_of(end ? end + 2 : ""), line;
	pv_objb details;
	pv_objb_init(&details, cx->arena);
	if (syntax && end)
		put_line(cx, &details, end + 2, caret);
	while (!syntax && pv_str_next(&rest, '\n', &line)) {
		line = pv_str_trim(line);
		if (line.len && (colon = memmem(line.s, line.len, ": ", 2)) != NULL) {
			pv_str key = pv_str_trim((pv_str){line.s, (size_t)(colon - line.s)});
			pv_str value = {colon + 2, line.len - (size_t)(colon - line.s) - 2};
			pv_objb_putv(&details, pv_stringn(cx->arena, key.s, key.len),
				     pv_stringn(cx->arena, value.s, value.len));
		}
	}
	pv_objb_put(o, "message", pv_stringn(cx->arena, text, end ? (size_t)(end - text) : strlen(text)));
	if (details.len)
		pv_objb_put(o, "details", pv_objb_end(&details));
}

static pv_val
error_value(pv_ctx *cx, const pv_cause *c)
{
	pv_objb o;
	pv_str where = pv_str_of(c->field), file = where;
	int64_t at[2] = {0, 0};
	for (int i = 1; i >= 0; i--) { /* file:row:col, from the right */
		while (file.len && file.s[file.len - 1] != ':')
			file.len--;
		(void)pv_parse_int((pv_str){file.s + file.len, where.len - file.len}, &at[i]);
		file.len -= file.len > 0;
		where.len = file.len;
	}
	pv_objb_init(&o, cx->arena);
	put_message(cx, &o, c->message, pv_streq(c->reason, "rego_parse_error"));
	pv_objb_put(&o, "code", pv_string(cx->arena, c->reason));
	pv_objb_put(&o, "location",
		    pv_rego_place(cx->arena, pv_strndup(cx->arena, file.s, file.len), at[0], at[1]));
	return pv_objb_end(&o);
}

pv_val
pv_rego_errors_json(pv_ctx *cx)
{
	pv_listb list;
	pv_objb o;
	pv_listb_init(&list, cx->arena);
	for (const pv_cause *c = cx->err->causes; c; c = c->next)
		pv_listb_add(&list, error_value(cx, c));
	if (list.len == 0) {
		pv_objb_init(&o, cx->arena);
		pv_objb_put(&o, "message", pv_string(cx->arena, pv_error_text(cx)));
		pv_listb_add(&list, pv_objb_end(&o));
	}
	return pv_listb_end(&list);
}
