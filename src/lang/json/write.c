/* Values to JSON text.  Room is made once per string or number, not per byte. */
#include "base/str.h"
#include "lang/json/json.h"
#include "lang/json/scan.h"

#define DEPTH 10000 /* beyond every reader's limit */

struct writer {
	pv_buf *b;
	int indent; /* spaces a level; 0 = compact */
	bool sorted;
};

static void value(const struct writer *w, const pv_val *v, size_t depth);

/* Room for size bytes behind the text; the caller adds to len what it used. */
static inline char *
room(pv_buf *b, size_t size)
{
	return b->cap - b->len > size ? b->s + b->len : pv_buf_grow(b, size);
}

static inline void
put(pv_buf *b, char c)
{
	*room(b, 1) = c;
	b->len++;
}

static void
put_escape(pv_buf *b, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char *to = room(b, 6), *start = to;

	*to++ = '\\';
	switch (c) {
	case '"':
	case '\\': *to++ = (char)c; break;
	case '\b': *to++ = 'b'; break;
	case '\f': *to++ = 'f'; break;
	case '\n': *to++ = 'n'; break;
	case '\r': *to++ = 'r'; break;
	case '\t': *to++ = 't'; break;
	default:
		memcpy(to, "u00", 3);
		to[3] = hex[c >> 4];
		to[4] = hex[c & 15];
		to += 5;
	}
	b->len += (size_t)(to - start);
}

static void
put_string(pv_buf *b, const char *s, size_t len)
{
	const char *end = s + len, *next, *start = s;
	size_t at = b->len;
	unsigned high = 0;
	char *to = room(b, len + 2);

	*to++ = '"';
	b->len++;
	for (;;) {
		next = scan_plain(s, end, &high);
		memcpy(to, s, (size_t)(next - s));
		b->len += (size_t)(next - s);
		if (next == end)
			break;
		put_escape(b, (unsigned char)*next);
		s = next + 1;
		to = room(b, (size_t)(end - s) + 1);
	}
	put(b, '"');
	if (high && !pv_utf8_valid(start, len, NULL)) { /* what is written is JSON, whatever it holds */
		b->len = at;
		pv_buf_add_json(b, start, len);
	}
}

static void
put_number(pv_buf *b, const pv_val *v)
{
	char text[PV_NUMBER_ROOM];
	size_t at = sizeof(text);

	if (v->num == PV_INT) {
		uint64_t m = v->i < 0 ? 0 - (uint64_t)v->i : (uint64_t)v->i;

		do
			text[--at] = (char)('0' + m % 10);
		while ((m /= 10) > 0);
		if (v->i < 0)
			text[--at] = '-';
		memcpy(room(b, sizeof(text)), text + at, sizeof(text) - at);
		b->len += sizeof(text) - at;
	} else {
		pv_str s = pv_number_text(v, text);

		memcpy(room(b, s.len), s.s, s.len);
		b->len += s.len;
	}
}

static void
new_line(const struct writer *w, size_t depth)
{
	size_t spaces = depth * (size_t)w->indent;
	char *to;

	if (w->indent == 0)
		return;
	to = room(w->b, spaces + 1);
	*to = '\n';
	memset(to + 1, ' ', spaces);
	w->b->len += spaces + 1;
}

static void
put_key(const struct writer *w, const pv_val *key)
{
	struct writer inner = *w;
	pv_buf text;

	if (key->type == PV_STRING) {
		put_string(w->b, key->s, key->len);
	} else { /* Rego: any key, written as the string of its JSON */
		pv_buf_init(&text, NULL);
		inner = (struct writer){.b = &text, .sorted = w->sorted};
		value(&inner, key, 0);
		put_string(w->b, text.s, text.len);
		pv_buf_done(&text);
	}
	put(w->b, ':');
	if (w->indent > 0)
		put(w->b, ' ');
}

static void
object(const struct writer *w, const pv_val *v, size_t depth)
{
	put(w->b, '{');
	for (size_t i = 0; i < v->len; i++) {
		const pv_member *m = w->sorted ? pv_sorted(v, i) : &v->members[i];

		if (i > 0)
			put(w->b, ',');
		new_line(w, depth + 1);
		put_key(w, &m->key);
		value(w, &m->val, depth + 1);
	}
	if (v->len > 0)
		new_line(w, depth);
	put(w->b, '}');
}

static void
list(const struct writer *w, const pv_val *v, size_t depth)
{
	put(w->b, '[');
	for (size_t i = 0; i < v->len; i++) {
		if (i > 0)
			put(w->b, ',');
		new_line(w, depth + 1);
		value(w, &v->items[i], depth + 1);
	}
	if (v->len > 0)
		new_line(w, depth);
	put(w->b, ']');
}

static void
put_word(pv_buf *b, const char *word, size_t len)
{
	memcpy(room(b, len), word, len);
	b->len += len;
}

static void
value(const struct writer *w, const pv_val *v, size_t depth)
{
	PV_ASSERT(depth < DEPTH);
	switch ((enum pv_type)v->type) {
	case PV_NULL: put_word(w->b, "null", 4); break;
	case PV_BOOL: put_word(w->b, v->b ? "true" : "false", v->b ? 4 : 5); break;
	case PV_NUMBER: put_number(w->b, v); break;
	case PV_STRING: put_string(w->b, v->s, v->len); break;
	case PV_LIST:
	case PV_SET: list(w, v, depth); break;
	case PV_OBJECT: object(w, v, depth); break;
	}
}

static void
document(pv_buf *b, const pv_val *v, int indent, bool sorted)
{
	struct writer w = {.b = b, .indent = indent, .sorted = sorted};
	pv_val absent = pv_null();

	value(&w, v != NULL ? v : &absent, 0);
	*room(b, 1) = '\0';
}

void
pv_json_write(pv_buf *b, const pv_val *v)
{
	document(b, v, 0, false);
}

void
pv_json_write_pretty(pv_buf *b, const pv_val *v, int indent)
{
	document(b, v, indent, false);
}

void
pv_json_write_sorted(pv_buf *b, const pv_val *v)
{
	document(b, v, 0, true);
}

void
pv_json_write_sorted_pretty(pv_buf *b, const pv_val *v, int indent)
{
	document(b, v, indent, true);
}

char *
pv_json_text(pv_arena *arena, const pv_val *v)
{
	pv_buf b;

	pv_buf_init(&b, arena);
	pv_json_write(&b, v);
	return b.s;
}
