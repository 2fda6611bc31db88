#include "cmd/gotext.h"

#include <string.h>

#include "base/str.h"
#include "lang/go/fmt.h"
#include "lang/json/json.h"

#define DEPTH 10000 /* beyond every reader's limit */

static void
sprint(pv_buf *b, const pv_val *v, size_t depth)
{
	char room[PV_NUMBER_ROOM];
	pv_str number;

	PV_ASSERT(depth < DEPTH);
	switch ((enum pv_type)v->type) {
	case PV_NULL: pv_buf_adds(b, "<nil>"); return;
	case PV_BOOL: pv_buf_adds(b, v->b ? "true" : "false"); return;
	case PV_STRING: pv_buf_add(b, v->s, v->len); return;
	case PV_NUMBER:
		number = pv_number_text(v, room);
		if (v->num == PV_DOUBLE)
			pv_go_float(b, v->d);
		else
			pv_buf_add(b, number.s, number.len);
		return;
	case PV_LIST:
	case PV_SET:
	case PV_OBJECT: break;
	}
	pv_buf_adds(b, v->type == PV_OBJECT ? "map[" : "[");
	for (size_t i = 0; i < v->len; i++) {
		if (i)
			pv_buf_addc(b, ' ');
		if (v->type == PV_OBJECT) {
			sprint(b, &pv_sorted(v, i)->key, depth + 1);
			pv_buf_addc(b, ':');
		}
		sprint(b, v->type == PV_OBJECT ? &pv_sorted(v, i)->val : &v->items[i], depth + 1);
	}
	pv_buf_addc(b, ']');
}

const char *
gotext(pv_arena *arena, const pv_val *v)
{
	pv_buf b;

	pv_buf_init(&b, arena);
	pv_buf_adds(&b, "");
	sprint(&b, v, 0);
	return gotext_escape(arena, b.s);
}

const char *
gotext_escape(pv_arena *arena, const char *text)
{
	pv_buf b;

	if (!strpbrk(text, "\033\r"))
		return text;
	pv_buf_init(&b, arena);
	for (; *text; text++)
		if (*text == '\033')
			pv_buf_adds(&b, "^[");
		else if (*text == '\r')
			pv_buf_adds(&b, "\\r");
		else
			pv_buf_addc(&b, *text);
	return b.s;
}

static bool
is_obeyed(uint32_t rune)
{
	return (rune < 0x20 && rune != '\n' && rune != '\t') || (rune >= 0x7f && rune < 0xa0) ||
	       (rune >= 0x202a && rune <= 0x202e) || (rune >= 0x2066 && rune <= 0x2069);
}

const char *
gotext_visible(pv_arena *arena, const char *text)
{
	size_t len = strlen(text);
	pv_buf b;

	pv_buf_init(&b, arena);
	pv_buf_adds(&b, "");
	while (len) {
		uint32_t rune = 0;
		int n = pv_utf8_step(text, len, &rune);
		size_t step = n > 0 ? (size_t)n : 1;

		if (n <= 0)
			pv_buf_printf(&b, "\\x%02x", (unsigned char)*text);
		else if (is_obeyed(rune))
			pv_buf_printf(&b, rune < 0x100 ? "\\x%02x" : "\\u%04x", rune);
		else
			pv_buf_add(&b, text, step);
		text += step;
		len -= step;
	}
	return b.s;
}

pv_val
gotext_visible_all(pv_arena *arena, const pv_val *v)
{
	pv_objb b;
	pv_listb l;

	if (pv_is(v, PV_STRING))
		return pv_string_ref(gotext_visible(arena, v->s));
	if (pv_is(v, PV_OBJECT)) {
		pv_objb_init(&b, arena);
		for (size_t i = 0; i < v->len; i++)
			pv_objb_putv(&b, v->members[i].key, gotext_visible_all(arena, &v->members[i].val));
		return pv_objb_end(&b);
	}
	if (!pv_is(v, PV_LIST))
		return *v;
	pv_listb_init(&l, arena);
	for (size_t i = 0; i < v->len; i++)
		pv_listb_add(&l, gotext_visible_all(arena, &v->items[i]));
	return pv_listb_end(&l);
}

/* What is escaped stands in strings only. */
void
gotext_json(pv_buf *out, const pv_val *v, int indent)
{
	pv_buf text;

	pv_buf_init(&text, NULL);
	pv_json_write_sorted_pretty(&text, v, indent);
	for (size_t i = 0; i < text.len; i++) {
		const char *c = text.s + i;

		if (*c == '<' || *c == '>' || *c == '&') {
			pv_buf_printf(out, "\\u%04x", (unsigned)*c);
		} else if (strncmp(c, "\u2028", 3) == 0 || strncmp(c, "\u2029", 3) == 0) {
			pv_buf_adds(out, c[2] == '\xa8' ? "\\u2028" : "\\u2029");
			i += 2;
		} else {
			pv_buf_addc(out, *c);
		}
	}
	pv_buf_addc(out, '\n');
	pv_buf_done(&text);
}
