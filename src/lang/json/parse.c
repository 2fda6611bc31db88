/* JSON text to values: no recursion; children gather on one stack and are copied
 * once, to arrays of their exact size, when their container closes. */
#include <stdio.h>
#include "base/str.h"
#include "base/vec.h"
#include "lang/json/json.h"
#include "lang/json/scan.h"

#define TEXT_BLOCK 65536 /* strings are cut from blocks of at most this size */

struct frame {
	size_t base; /* index of the container's first child on the stack */
	bool object;
};

struct reader {
	pv_ctx *cx;
	const pv_json_opts *opts;
	const char *start, *p, *end;
	pv_buf values, frames; /* heap: pv_val and struct frame */
	pv_val *stack;
	size_t n, cap;         /* values on the stack */
	size_t depth, depth_max;
	struct frame top;      /* of the container being read */
	char *text, *text_end; /* room for strings */
	size_t text_block;
};

/* ---- errors: the place is worked out only here ---- */

static void
place(const struct reader *in, const char *at, int *ret_line, int *ret_col)
{
	*ret_line = *ret_col = 1;
	for (const char *p = in->start; p < at; p++) {
		if (*p == '\n') {
			++*ret_line;
			*ret_col = 1;
		} else if (((unsigned char)*p & 0xc0) != 0x80) {
			++*ret_col;
		}
	}
}

static int
fail_at(struct reader *in, const char *at, const char *what)
{
	int line, col;

	place(in, at, &line, &col);
	return pv_fail_at(in->cx, PV_EBADREQUEST, in->opts->file, line, col, "%s", what);
}

static int
unexpected(struct reader *in, const char *wanted)
{
	const char *what;
	unsigned char c = in->p < in->end ? (unsigned char)*in->p : 0;

	if (in->p >= in->end)
		what = pv_printf(in->cx->arena, "invalid JSON: expected %s, found the end of the text", wanted);
	else if (c > 0x20 && c < 0x7f)
		what = pv_printf(in->cx->arena, "invalid JSON: expected %s, found '%c'", wanted, c);
	else
		what = pv_printf(in->cx->arena, "invalid JSON: expected %s, found byte 0x%02x", wanted, c);
	return fail_at(in, in->p, what);
}

/* ---- the stack ---- */

static void
stack_grow(struct reader *in)
{
	in->values.len = in->n * sizeof(pv_val);
	pv_buf_grow(&in->values, in->values.len + 64 * sizeof(pv_val));
	in->stack = (pv_val *)(void *)in->values.s;
	in->cap = in->values.cap / sizeof(pv_val);
}

static inline void
push(struct reader *in, pv_val v)
{
	if (in->n == in->cap)
		stack_grow(in);
	in->stack[in->n++] = v;
}

static struct frame *
frame_at(const struct reader *in, size_t i)
{
	return (struct frame *)(void *)in->frames.s + i;
}

static void
skip_space(struct reader *in)
{
	const char *p = in->p, *end = in->end;

	while (p < end && (unsigned char)*p <= ' ' && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r')) {
#ifdef __SSE2__
		for (; end - p >= 16; p += 16) { /* indentation */
			__m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);

			if (_mm_movemask_epi8(_mm_cmpeq_epi8(x, _mm_set1_epi8(' '))) != 0xffff)
				break;
		}
#endif
		while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
			p++;
	}
	in->p = p;
}

/* ---- strings ---- */

static char *
text_room(struct reader *in, size_t size)
{
	char *room;

	if ((size_t)(in->text_end - in->text) < size) {
		size_t left = size + (size_t)(in->end - in->p), block = left < in->text_block ? left : in->text_block;

		if (size > block / 4 && block < left) /* keep the block for the short ones */
			return pv_alloc(in->cx->arena, size);
		in->text = pv_alloc(in->cx->arena, block);
		in->text_end = in->text + block;
		if (in->text_block < TEXT_BLOCK)
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
		char c = p[i], low = (char)(c | 0x20);

		if (c >= '0' && c <= '9')
			n = n * 16 + (c - '0');
		else if (low >= 'a' && low <= 'f')
			n = n * 16 + (low - 'a' + 10);
		else
			return -1;
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
	return fail_at(in, s + bad, "invalid JSON: the string is not UTF-8: save the text as UTF-8");
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
		return unexpected(in, "the closing '\"' of a string");
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
				return fail_at(in, next, "invalid JSON: no such escape: JSON knows "
				                         "\\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX");
		}
	}
	*to = '\0';
	push(in, (pv_val){.type = PV_STRING, .len = (uint32_t)(to - text), .s = text});
	in->p = end + 1;
	return 0;
}

/* in->p is behind the opening quote. */
static int
string(struct reader *in)
{
	const char *s = in->p, *end;
	unsigned high = 0;
	size_t len;
	char *text;
	int r;

	end = scan_plain(s, in->end, &high);
	len = (size_t)(end - s);
	in->p = end;
	if (end >= in->end)
		return unexpected(in, "the closing '\"' of a string");
	if (*end == '\\')
		return escaped_string(in, s, high);
	if (*end != '"')
		return fail_at(in, end, "invalid JSON: a string holds a control character: write it as \\n, \\t or \\u00XX");
	if (high) {
		r = broken_utf8(in, s, end);
		if (r < 0)
			return r;
	}
	text = text_room(in, len + 1);
	memcpy(text, s, len);
	text[len] = '\0';
	push(in, (pv_val){.type = PV_STRING, .len = (uint32_t)len, .s = text});
	in->p = end + 1;
	return 0;
}

/* ---- scalars ---- */

static bool
in_number(char c)
{
	return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
}

static int
number(struct reader *in)
{
	const char *s = in->p, *p = s + (*s == '-');
	int64_t m = 0;
	pv_val v;

	while (p < in->end && *p >= '0' && *p <= '9' && p - s < 18)
		m = m * 10 + (*p++ - '0');
	if (p > s && p[-1] != '-' && (p == in->end || !in_number(*p)) && (s[*s == '-'] != '0' || m == 0) &&
	    (m != 0 || p - s == 1)) {
		push(in, pv_int(*s == '-' ? -m : m));
		in->p = p;
		return 0;
	}
	while (p < in->end && in_number(*p))
		p++;
	if (!pv_number(in->cx->arena, s, (size_t)(p - s), &v))
		return fail_at(in, s, "invalid JSON: malformed number: expected digits, then perhaps a fraction and an "
		                      "exponent below 10^9");
	push(in, v);
	in->p = p;
	return 0;
}

static int
word(struct reader *in, const char *text, size_t len, pv_val v)
{
	if ((size_t)(in->end - in->p) < len || memcmp(in->p, text, len) != 0)
		return unexpected(in, "a value (object, array, string, number, true, false or null)");
	in->p += len;
	push(in, v);
	return 0;
}

/* ---- containers ---- */

/* "spec.containers[0].image" of the container being read, then the key. */
static const char *
path_of(const struct reader *in, const pv_val *key)
{
	pv_buf b;

	pv_buf_init(&b, in->cx->arena);
	for (size_t i = 1; i < in->depth; i++) { /* frame 0 is the text itself */
		const struct frame *f = frame_at(in, i);
		size_t next = i + 1 < in->depth ? frame_at(in, i + 1)->base : in->top.base;

		if (f->object) {
			pv_buf_adds(&b, b.len > 0 ? "." : "");
			pv_buf_add(&b, in->stack[next - 1].s, in->stack[next - 1].len);
		} else {
			pv_buf_printf(&b, "[%zu]", next - f->base);
		}
	}
	pv_buf_adds(&b, b.len > 0 ? "." : "");
	pv_buf_add(&b, key->s, key->len);
	return b.s;
}

static void
repeated(void *arg, const pv_val *key)
{
	struct reader *in = arg;
	const char *path;

	if (in->opts->duplicates == NULL)
		return;
	path = path_of(in, key);
	pv_vec_push(in->opts->duplicates, &path);
}

static int
open_container(struct reader *in, bool object)
{
	if (in->depth >= in->depth_max)
		return fail_at(in, in->p, pv_printf(in->cx->arena, "JSON is nested deeper than the limit of %zu levels",
		                                    in->depth_max));
	pv_buf_add(&in->frames, &in->top, sizeof(in->top));
	in->depth++;
	in->top = (struct frame){in->n, object};
	in->p++;
	return 0;
}

static void
close_container(struct reader *in)
{
	size_t base = in->top.base, n = in->n - base;
	pv_val v;

	if (in->top.object)
		v = pv_object_of(in->cx->arena, (const pv_member *)(const void *)(in->stack + base), n / 2, repeated,
		                 in);
	else
		v = pv_list_of(in->cx->arena, in->stack + base, n);
	in->n = base;
	push(in, v);
	in->depth--;
	in->top = *frame_at(in, in->depth);
	in->frames.len -= sizeof(in->top);
	in->p++;
}

static int
key(struct reader *in)
{
	int r;

	skip_space(in);
	if (in->p >= in->end || *in->p != '"')
		return unexpected(in, "a key in double quotes");
	in->p++;
	r = string(in);
	if (r < 0)
		return r;
	skip_space(in);
	if (in->p >= in->end || *in->p != ':')
		return unexpected(in, "':' after the key");
	in->p++;
	return 0;
}

/* Reads a scalar or opens a container; *ret_open says that its first child comes. */
static int
value(struct reader *in, bool *ret_open)
{
	int r;

	*ret_open = false;
	skip_space(in);
	if (in->p >= in->end)
		return unexpected(in, "a value");
	switch (*in->p) {
	case '"':
		in->p++;
		return string(in);
	case '{':
	case '[':
		r = open_container(in, *in->p == '{');
		if (r < 0)
			return r;
		skip_space(in);
		if (in->p < in->end && *in->p == (in->top.object ? '}' : ']')) {
			close_container(in);
			return 0;
		}
		*ret_open = true;
		return in->top.object ? key(in) : 0;
	case 't':
		return word(in, "true", 4, pv_bool(true));
	case 'f':
		return word(in, "false", 5, pv_bool(false));
	case 'n':
		return word(in, "null", 4, pv_null());
	default:
		if (*in->p == '-' || (*in->p >= '0' && *in->p <= '9'))
			return number(in);
		return unexpected(in, "a value (object, array, string, number, true, false or null)");
	}
}

/* After a value: closes what ends here; leaves depth 0 at the end of the document. */
static int
after_value(struct reader *in)
{
	while (in->depth > 0) {
		skip_space(in);
		if (in->p < in->end && *in->p == ',') {
			in->p++;
			return in->top.object ? key(in) : 0;
		}
		if (in->p >= in->end || *in->p != (in->top.object ? '}' : ']'))
			return unexpected(in, in->top.object ? "',' or '}'" : "',' or ']'");
		close_container(in);
	}
	return 0;
}

static int
document(struct reader *in)
{
	bool open;
	int r;

	do {
		r = value(in, &open);
		if (r == 0 && !open)
			r = after_value(in);
		else if (r == 0)
			continue;
		if (r < 0)
			return r;
	} while (in->depth > 0);
	return 0;
}

static void
reader_init(struct reader *in, pv_ctx *cx, pv_str text, const pv_json_opts *opts, size_t text_block)
{
	static const pv_json_opts defaults;

	*in = (struct reader){.cx = cx, .opts = opts != NULL ? opts : &defaults, .text_block = text_block};
	in->start = in->p = text.len > 0 ? text.s : "";
	in->end = in->start + text.len;
	in->depth_max = in->opts->depth > 0 ? in->opts->depth : PV_JSON_DEPTH;
	pv_buf_init(&in->values, NULL);
	pv_buf_init(&in->frames, NULL);
	stack_grow(in);
}

static void
reader_done(struct reader *in)
{
	pv_buf_done(&in->values);
	pv_buf_done(&in->frames);
}

int
pv_json_parse(pv_ctx *cx, pv_str text, const pv_json_opts *opts, const pv_val **ret)
{
	struct reader in;
	int r;

	reader_init(&in, cx, text, opts, TEXT_BLOCK);
	r = document(&in);
	if (r == 0) {
		skip_space(&in);
		if (in.p < in.end)
			r = unexpected(&in, "the end of the text after one JSON value");
	}
	if (r == 0)
		*ret = pv_box(cx->arena, in.stack[0]);
	reader_done(&in);
	return r;
}

int
pv_json_next(pv_ctx *cx, pv_str *text, const pv_json_opts *opts, const pv_val **ret)
{
	struct reader in;
	int r = 0;

	reader_init(&in, cx, *text, opts, 1024);
	skip_space(&in);
	if (in.p == in.end) {
		*ret = NULL;
	} else {
		r = document(&in);
		if (r == 0)
			*ret = pv_box(cx->arena, in.stack[0]);
	}
	if (r == 0)
		*text = (pv_str){in.p, (size_t)(in.end - in.p)};
	reader_done(&in);
	return r;
}
