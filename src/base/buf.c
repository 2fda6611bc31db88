/* Growing bytes. */
#include "base/buf.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"

static char empty[1] = "";

void
pv_buf_init(pv_buf *b, pv_arena *arena)
{
	*b = (pv_buf){.s = empty, .arena = arena};
}

void
pv_buf_done(pv_buf *b)
{
	if (b->arena == NULL && b->cap > 0)
		free(b->s);
	pv_buf_init(b, b->arena);
}

void
pv_buf_clear(pv_buf *b)
{
	b->len = 0;
	if (b->cap > 0)
		b->s[0] = '\0';
}

/* cap counts the room for the NUL. */
static void
enlarge(pv_buf *b, size_t cap)
{
	char *s;

	if (b->arena == NULL) {
		s = realloc(b->cap > 0 ? b->s : NULL, cap);
		PV_ASSERT(s != NULL);
	} else if (b->cap > 0 && pv_arena_extend(b->arena, b->s, b->cap, cap)) {
		s = b->s;
	} else {
		s = pv_alloc(b->arena, cap);
		memcpy(s, b->s, b->len);
	}
	b->s = s;
	b->cap = cap;
	b->s[b->len] = '\0';
}

char *
pv_buf_grow(pv_buf *b, size_t more)
{
	size_t need, cap = b->cap < 64 ? 64 : b->cap;

	PV_ASSERT(!__builtin_add_overflow(b->len, more, &need) && need < SIZE_MAX / 4);
	need++;
	if (need > b->cap) {
		while (cap < need)
			cap += cap < (1 << 20) ? cap : cap / 2;
		enlarge(b, cap);
	}
	return b->s + b->len;
}

void
pv_buf_add(pv_buf *b, const void *bytes, size_t len)
{
	char *end = pv_buf_grow(b, len);

	if (len > 0)
		memcpy(end, bytes, len);
	end[len] = '\0';
	b->len += len;
}

void
pv_buf_adds(pv_buf *b, const char *s)
{
	pv_buf_add(b, s, strlen(s));
}

void
pv_buf_addc(pv_buf *b, char c)
{
	char *end = pv_buf_grow(b, 1);

	end[0] = c;
	end[1] = '\0';
	b->len++;
}

void
pv_buf_printf(pv_buf *b, const char *fmt, ...)
{
	va_list ap;
	size_t room;
	int n;

	pv_buf_grow(b, 64);
	room = b->cap - b->len;
	va_start(ap, fmt);
	n = vsnprintf(b->s + b->len, room, fmt, ap);
	va_end(ap);
	PV_ASSERT(n >= 0);
	if ((size_t)n >= room) {
		pv_buf_grow(b, (size_t)n);
		va_start(ap, fmt);
		vsnprintf(b->s + b->len, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	b->len += (size_t)n;
}

/* The letter of the short escape, 'u' for the long form, 0 if none is needed.
 * RFC 8259 section 7; '<', '>' and '&' stay as they are. */
static char
json_escape(unsigned char c)
{
	switch (c) {
	case '"':
	case '\\': return (char)c;
	case '\b': return 'b';
	case '\f': return 'f';
	case '\n': return 'n';
	case '\r': return 'r';
	case '\t': return 't';
	default: return c < 0x20 || c == 0x7f ? 'u' : 0;
	}
}

/* Broken UTF-8 becomes U+FFFD, one for each broken byte, so the result is always JSON. */
void
pv_buf_add_json(pv_buf *b, const char *s, size_t len)
{
	size_t i = 0, plain = 0;

	pv_buf_grow(b, len + 2);
	pv_buf_addc(b, '"');
	while (i < len) {
		unsigned char c = (unsigned char)s[i];
		char esc = c < 0x80 ? json_escape(c) : 0;
		int step = c < 0x80 ? 1 : pv_utf8_step(s + i, len - i, NULL);

		if (esc == 0 && step > 0) {
			i += (size_t)step;
			continue;
		}
		pv_buf_add(b, s + plain, i - plain);
		if (step == 0)
			pv_buf_adds(b, "\xef\xbf\xbd");
		else if (esc == 'u')
			pv_buf_printf(b, "\\u%04x", c);
		else
			pv_buf_add(b, (char[]){'\\', esc}, 2);
		plain = ++i;
	}
	pv_buf_add(b, s + plain, len - plain);
	pv_buf_addc(b, '"');
}

void
pv_buf_add_int(pv_buf *b, int64_t n)
{
	char digits[24];
	size_t at = sizeof digits;
	uint64_t u = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

	do {
		digits[--at] = (char)('0' + u % 10);
		u /= 10;
	} while (u > 0);
	if (n < 0)
		digits[--at] = '-';
	pv_buf_add(b, digits + at, sizeof digits - at);
}
