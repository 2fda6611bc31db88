/* Strings of JSON texts: escapes, UTF-8, and where they are kept. */
#include "lang/json/reader.h"

static char *
text_room(struct reader *in, size_t size)
{
	char *room;

	if ((size_t)(in->text_end - in->text) < size) {
		size_t left = size + (size_t)(in->end - in->p),
		       block = left < in->text_block ? left : in->text_block;

		if (size > block / 4 && block < left) /* keep the block for the short ones */
			return pv_alloc(in->cx->arena, size);
		in->text = pv_alloc(in->cx->arena, block);
		in->text_end = in->text + block;
		if (in->text_block < JSON_TEXT_BLOCK)
			in->text_block *= 4;
	}
	room = in->text;
	in->text += size;
	return room;
}

static int
hex4(const char *p, const char *end)
{
	int n = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int d = pv_hex_digit(p[i]);

		if (d < 0)
			return -1;
		n = n * 16 + d;
	}
	return n;
}

/* The \u escape at p; half a surrogate pair becomes U+FFFD, as in Go. */
static const char *
unicode_escape(const char *p, const char *end, char **to)
{
	int rune = hex4(p + 2, end), low;

	if (rune < 0)
		return NULL;
	p += 6;
	if (rune >= 0xd800 && rune < 0xe000) {
		low = rune < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u' ? hex4(p + 2, end) : -1;
		if (low >= 0xdc00 && low < 0xe000) {
			rune = 0x10000 + ((rune - 0xd800) << 10) + (low - 0xdc00);
			p += 6;
		} else {
			rune = 0xfffd;
		}
	}
	*to += pv_utf8_put(*to, (uint32_t)rune);
	return p;
}

/* The escape at p; NULL if there is no such escape. */
static const char *
escape(const char *p, const char *end, char **to)
{
	static const char names[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
	const char *at;

	if (end - p < 2)
		return NULL;
	if (p[1] == 'u')
		return unicode_escape(p, end, to);
	at = p[1] != '\0' ? strchr(names, p[1]) : NULL;
	if (at == NULL)
		return NULL;
	*(*to)++ = bytes[at - names];
	return p + 2;
}

static int
broken_utf8(struct reader *in, const char *s, const char *end)
{
	size_t bad;

	if (pv_utf8_valid(s, (size_t)(end - s), &bad))
		return 0;
	return json_fail_at(in, s + bad, "invalid JSON: the string is not UTF-8: save the text as UTF-8");
}

/* The end of the string that starts at s, behind escapes; NULL if there is none. */
static const char *
string_end(const char *s, const char *end, unsigned *high)
{
	for (;;) {
		s = scan_plain(s, end, high);
		if (s >= end || *s != '\\')
			return s;
		if (end - s < 2)
			return end;
		s += 2;
	}
}

/* A string with escapes; in->p is at its first escape. */
static int
escaped_string(struct reader *in, const char *s, unsigned high)
{
	const char *end = string_end(in->p, in->end, &high), *p = s, *next;
	char *text, *to;
	int r = 0;

	if (end >= in->end || *end != '"') {
		in->p = end;
		return json_unexpected(in, "the closing '\"' of a string");
	}
	if (high)
		r = broken_utf8(in, s, end);
	if (r < 0)
		return r;
	text = to = text_room(in, (size_t)(end - s) + 1); /* no escape is shorter than its rune */
	while (p < end) {
		next = scan_plain(p, end, &high);
		memcpy(to, p, (size_t)(next - p));
		to += next - p;
		p = next;
		if (p < end && *p == '\\') {
			p = escape(p, end, &to);
			if (p == NULL)
				return json_fail_at(in, next,
						    "invalid JSON: no such escape: JSON knows "
						    "\\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX");
		}
	}
	*to = '\0';
	json_push(in, (pv_val){.type = PV_STRING, .len = (uint32_t)(to - text), .s = text});
	in->p = end + 1;
	return 0;
}

/* Bytes in an arena, NUL-terminated; in a long text those that were seen lately are shared. */
static const char *
kept(struct reader *in, const char *s, size_t len)
{
	struct known *k = NULL;
	uint64_t a = 0, b = 0;
	char *text;

	if (in->known.len > 0 && len > 0 && len <= JSON_KNOWN_LEN) {
		memcpy(&a, s, len < 8 ? len : 8);
		memcpy(&b, s + (len < 8 ? 0 : len - 8), len < 8 ? len : 8);
		a = (a ^ len) * UINT64_C(0x9e3779b97f4a7c15) ^ b * UINT64_C(0xc2b2ae3d27d4eb4f);
		k = (struct known *)(void *)in->known.s + (a >> 52) % JSON_KNOWN;
		if (k->s != NULL && k->len == len && memcmp(k->s, s, len) == 0)
			return k->s;
	}
	text = text_room(in, len + 1);
	memcpy(text, s, len);
	text[len] = '\0';
	if (k != NULL)
		*k = (struct known){text, len};
	return text;
}

int
json_string(struct reader *in)
{
	const char *s = in->p, *end;
	unsigned high = 0;
	size_t len;
	int r;

	end = scan_plain(s, in->end, &high);
	len = (size_t)(end - s);
	in->p = end;
	if (end >= in->end)
		return json_unexpected(in, "the closing '\"' of a string");
	if (*end == '\\')
		return escaped_string(in, s, high);
	if (*end != '"')
		return json_fail_at(
			in, end,
			"invalid JSON: a string holds a control character: write it as \\n, \\t or \\u00XX");
	if (high) {
		r = broken_utf8(in, s, end);
		if (r < 0)
			return r;
	}
	json_push(in, (pv_val){.type = PV_STRING, .len = (uint32_t)len, .s = kept(in, s, len)});
	in->p = end + 1;
	return 0;
}
