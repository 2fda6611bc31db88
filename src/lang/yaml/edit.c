/* One scalar of a YAML text gets another value; every other byte stays, comments and all. */
#include <string.h>

#include "base/str.h"
#include "lang/yaml/node.h"

struct place {
	size_t from, to; /* bytes */
	yaml_scalar_style_t style;
	bool named; /* it has an anchor or a tag */
};

/* The byte of a mark: libyaml counts characters. */
static size_t
byte_of(pv_str text, yaml_mark_t at)
{
	size_t i = 0;
	uint32_t rune;

	for (size_t line = 0; line < at.line && i < text.len; line++) {
		const char *end = memchr(text.s + i, '\n', text.len - i);

		i = end ? (size_t)(end + 1 - text.s) : text.len;
	}
	for (size_t column = 0; column < at.column && i < text.len; column++) {
		int n = pv_utf8_step(text.s + i, text.len - i, &rune);

		i += n > 0 ? (size_t)n : 1;
	}
	return i;
}

/* The scalar that begins there; false: what begins there is none. */
static bool
find(pv_str text, int line, int col, struct place *ret)
{
	yaml_parser_t parser;
	yaml_event_t event;
	bool found = false, more = true;

	PV_ASSERT(yaml_parser_initialize(&parser));
	yaml_parser_set_input_string(&parser, (const unsigned char *)text.s, text.len);
	while (more && yaml_parser_parse(&parser, &event)) {
		bool here = event.start_mark.line + 1 == (size_t)line &&
			    event.start_mark.column + 1 == (size_t)col;

		if (event.type == YAML_SCALAR_EVENT && here) {
			found = true;
			ret->from = byte_of(text, event.start_mark);
			ret->to = byte_of(text, event.end_mark);
			ret->style = event.data.scalar.style;
			ret->named = event.data.scalar.anchor || event.data.scalar.tag;
		}
		more = !found && event.type != YAML_DOCUMENT_END_EVENT && event.type != YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return found;
}

/* In quotes as before; without them, if it is a text without them. */
static void
write_scalar(pv_buf *b, const char *value, yaml_scalar_style_t style)
{
	pv_val v = pv_string_ref(value);
	size_t from = b->len;

	if (style == YAML_SINGLE_QUOTED_SCALAR_STYLE) {
		pv_buf_addc(b, '\'');
		for (const char *c = value; *c; c++)
			pv_buf_printf(b, *c == '\'' ? "''" : "%c", *c);
		pv_buf_addc(b, '\'');
		return;
	}
	if (style == YAML_PLAIN_SCALAR_STYLE)
		pv_yaml_write(b, &v);
	if (b->len > from && memchr(b->s + from, '\n', b->len - from) == b->s + b->len - 1) {
		b->len--; /* its line end */
		return;
	}
	b->len = from;
	pv_buf_addc(b, '"');
	for (const char *c = value; *c; c++)
		pv_buf_printf(b, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
	pv_buf_addc(b, '"');
}

static int
check(pv_ctx *cx, const struct place *place, const char *path, const char *value)
{
	for (const char *c = value; *c; c++)
		if ((unsigned char)*c < ' ')
			return pv_fail(cx, PV_EINVALID, "%s: a value with control characters is not written",
				       path);
	if (place->style == YAML_LITERAL_SCALAR_STYLE || place->style == YAML_FOLDED_SCALAR_STYLE)
		return pv_fail(cx, PV_EUNSUPPORTED, "%s: expected a value on one line, found a block of text",
			       path);
	if (place->named)
		return pv_fail(cx, PV_EUNSUPPORTED,
			       "%s: expected a plain value, found one with an anchor or a tag", path);
	return 0;
}

int
pv_yaml_edit(pv_ctx *cx, pv_str text, const char *path, const char *value, pv_str *ret)
{
	const pv_val *before, *after;
	pv_val want;
	struct place place;
	int line = 1, col = 1, r = pv_yaml_parse(cx, text, NULL, &before);
	pv_buf b;

	*ret = text;
	if (r < 0)
		return r;
	if (pv_streq(pv_text(pv_at(before, path), NULL), value))
		return 0;
	if (!pv_at(before, path) || !pv_yaml_locate(cx, text, 1, path, &line, &col) ||
	    !find(text, line, col, &place))
		return pv_fail(cx, PV_ENOTFOUND,
			       "it has no value at %s: write one there once, which is then replaced", path);
	r = check(cx, &place, path, value);
	if (r < 0)
		return r;
	pv_buf_init(&b, cx->arena);
	pv_buf_add(&b, text.s, place.from);
	write_scalar(&b, value, place.style);
	pv_buf_add(&b, text.s + place.to, text.len - place.to);
	*ret = (pv_str){b.s, b.len};
	r = pv_yaml_parse(cx, *ret, NULL, &after);
	want = pv_with_at(cx->arena, before, path, pv_string_ref(value));
	if (r == 0 && !pv_eq(after, &want)) /* an alias may repeat it elsewhere */
		return pv_fail(cx, PV_EUNSUPPORTED, "%s: it cannot be replaced where it stands", path);
	return r;
}
