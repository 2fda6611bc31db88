/* quote: Go's quoted strings, both ways. */
#include <string.h>

#include "base/arena.h"
#include "lang/go/fmt.h"

/* Blocks that unicode.IsPrint refuses: spaces but U+0020, controls, formats, surrogates,
 * private use, and what no version of Unicode has given away. */
bool
pv_go_is_print(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} not [] = {
		{0x00, 0x1f},        {0x7f, 0xa0},       {0xad, 0xad},       {0x600, 0x605},
		{0x61c, 0x61c},      {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x1680, 0x1680},
		{0x180e, 0x180e},    {0x2000, 0x200f},   {0x2028, 0x202f},   {0x205f, 0x206f},
		{0x3000, 0x3000},    {0xd800, 0xf8ff},   {0xfeff, 0xfeff},   {0xfff0, 0xfffb},
		{0xfffe, 0xffff},    {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0x323b0, 0xe00ff},
		{0xe01f0, 0x10ffff},
	};
	for (size_t i = 0; i < PV_LEN(not ); i++)
		if (c >= not [i].first && c <= not [i].last)
			return false;
	return c <= 0x10ffff;
}

static void
escape(pv_buf *b, uint32_t rune)
{
	static const char from[] = "\a\b\f\n\r\t\v\"\\", to[] = "abfnrtv\"\\";
	const char *f = rune > 0 && rune < 0x80 ? strchr(from, (int)rune) : NULL;
	if (f != NULL)
		pv_buf_printf(b, "\\%c", to[f - from]);
	else if (rune < 0x20 || rune == 0x7f)
		pv_buf_printf(b, "\\x%02x", rune);
	else if (rune < 0x10000)
		pv_buf_printf(b, "\\u%04x", rune);
	else
		pv_buf_printf(b, "\\U%08x", rune);
}

void
pv_go_quote(pv_buf *b, pv_str s, bool ascii)
{
	pv_buf_addc(b, '"');
	for (size_t i = 0; i < s.len;) {
		uint32_t rune;
		int n = pv_utf8_step(s.s + i, s.len - i, &rune);
		if (n == 0)
			pv_buf_printf(b, "\\x%02x", (unsigned char)s.s[i]);
		else if (rune == '"' || rune == '\\' || (ascii && rune > 0x7f) || !pv_go_is_print(rune))
			escape(b, rune);
		else
			pv_buf_add(b, s.s + i, (size_t)n);
		i += n == 0 ? 1 : (size_t)n;
	}
	pv_buf_addc(b, '"');
}

/* ---- the other way ---- */

struct unquote {
	const char *s, *end;
	char quote;
	pv_buf out;
};

/* n digits in the base. */
static bool
digits(struct unquote *u, int n, uint32_t base, uint32_t *ret)
{
	uint32_t value = 0;
	for (int i = 0; i < n; i++) {
		int d = u->s < u->end ? pv_hex_digit(*u->s) : -1;
		if (d < 0 || (uint32_t)d >= base)
			return false;
		value = value * base + (uint32_t)d;
		u->s++;
	}
	*ret = value;
	return true;
}

static bool
put_rune(struct unquote *u, uint32_t rune)
{
	char s[4];
	if (rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff))
		return false;
	pv_buf_add(&u->out, s, (size_t)pv_utf8_put(s, rune));
	return true;
}

/* Behind the backslash. */
static bool
unescape(struct unquote *u)
{
	static const char from[] = "abfnrtv\\", to[] = "\a\b\f\n\r\t\v\\";
	uint32_t value;
	if (u->s == u->end)
		return false;
	char c = *u->s++;
	const char *f = c ? strchr(from, c) : NULL;
	if (f != NULL) {
		pv_buf_addc(&u->out, to[f - from]);
		return true;
	}
	switch (c) {
	case 'x':
		if (!digits(u, 2, 16, &value))
			return false;
		pv_buf_addc(&u->out, (char)value);
		return true;
	case 'u': return digits(u, 4, 16, &value) && put_rune(u, value);
	case 'U': return digits(u, 8, 16, &value) && put_rune(u, value);
	case '\'':
	case '"': pv_buf_addc(&u->out, c); return c == u->quote;
	default:
		u->s--;
		if (!digits(u, 3, 8, &value) || value > 255)
			return false;
		pv_buf_addc(&u->out, (char)value);
		return true;
	}
}

static char *
unquoted(struct unquote *u, size_t *ret_len)
{
	while (u->s < u->end) {
		char c = *u->s++;
		if (c == u->quote || c == '\n')
			return NULL;
		if (c != '\\')
			pv_buf_addc(&u->out, c);
		else if (!unescape(u))
			return NULL;
	}
	*ret_len = u->out.len;
	return u->out.len ? u->out.s : "";
}

char *
pv_go_unquote(pv_arena *arena, pv_str q, size_t *ret_len)
{
	if (q.len < 2 || q.s[0] != q.s[q.len - 1])
		return NULL;
	struct unquote u = {.s = q.s + 1, .end = q.s + q.len - 1, .quote = *q.s};
	pv_buf_init(&u.out, arena);
	if (u.quote == '"' || u.quote == '\'')
		return unquoted(&u, ret_len);
	if (u.quote != '`' || memchr(u.s, '`', (size_t)(u.end - u.s)) != NULL)
		return NULL;
	for (; u.s < u.end; u.s++)
		if (*u.s != '\r')
			pv_buf_addc(&u.out, *u.s);
	*ret_len = u.out.len;
	return u.out.len ? u.out.s : "";
}
