/* JSON text to values: no recursion; children gather on one stack and are copied
 * once, to arrays of their exact size, when their container closes. */
#include "lang/json/literal.h"
#include "lang/json/reader.h"
#include "lang/value/literal.h"

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

int
json_fail_at(struct reader *in, const char *at, const char *what)
{
	int line, col;

	place(in, at, &line, &col);
	return pv_fail_at(in->cx, PV_EBADREQUEST, in->opts->file, line, col, "%s", what);
}

int
json_unexpected(struct reader *in, const char *wanted)
{
	const char *what;
	unsigned char c = in->p < in->end ? (unsigned char)*in->p : 0;

	if (in->p >= in->end)
		what = pv_printf(in->cx->arena, "invalid JSON: expected %s, found the end of the text",
				 wanted);
	else if (c > 0x20 && c < 0x7f)
		what = pv_printf(in->cx->arena, "invalid JSON: expected %s, found '%c'", wanted, c);
	else
		what = pv_printf(in->cx->arena, "invalid JSON: expected %s, found byte 0x%02x", wanted, c);
	return json_fail_at(in, in->p, what);
}

void
json_stack_grow(struct reader *in)
{
	in->values.len = in->n * sizeof(pv_val);
	pv_buf_grow(&in->values, in->values.len + 64 * sizeof(pv_val));
	in->stack = (pv_val *)(void *)in->values.s;
	in->cap = in->values.cap / sizeof(pv_val);
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
		json_push(in, pv_int(*s == '-' ? -m : m));
		in->p = p;
		return 0;
	}
	while (p < in->end && in_number(*p))
		p++;
	if (!(in->literal ? pv_literal : pv_number)(in->cx->arena, s, (size_t)(p - s), &v))
		return json_fail_at(
			in, s,
			"invalid JSON: malformed number: expected digits, then perhaps a fraction and an "
			"exponent below 10^9");
	json_push(in, v);
	in->p = p;
	return 0;
}

static int
word(struct reader *in, const char *text, size_t len, pv_val v)
{
	if ((size_t)(in->end - in->p) < len || memcmp(in->p, text, len) != 0)
		return json_unexpected(in, "a value (object, array, string, number, true, false or null)");
	in->p += len;
	json_push(in, v);
	return 0;
}

/* ---- containers ---- */

static void
add_key(pv_buf *path, const pv_val *key)
{
	pv_buf_printf(path, "%s%.*s", path->len > 0 ? "." : "", PV_CLIP(key->s));
}

/* "spec.containers[0].image" of the container being read, then the key. */
static const char *
path_of(const struct reader *in, const pv_val *key)
{
	pv_buf b;

	pv_buf_init(&b, in->cx->arena);
	for (size_t i = 1; i < in->depth; i++) { /* frame 0 is the text itself */
		const struct frame *f = frame_at(in, i);
		size_t next = i + 1 < in->depth ? frame_at(in, i + 1)->base : in->top.base;

		if (f->object)
			add_key(&b, &in->stack[next - 1]);
		else
			pv_buf_printf(&b, "[%zu]", next - f->base);
	}
	add_key(&b, key);
	return b.s;
}

static void
repeated(void *arg, const pv_val *key)
{
	struct reader *in = arg;
	const char *path;

	if (in->opts->duplicates == NULL || in->opts->duplicates->len >= PV_JSON_REPEATED)
		return;
	path = path_of(in, key);
	pv_vec_push(in->opts->duplicates, &path);
}

static int
open_container(struct reader *in, bool object)
{
	if (in->depth >= in->depth_max)
		return json_fail_at(in, in->p,
				    pv_printf(in->cx->arena,
					      "JSON is nested deeper than the limit of %zu levels",
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
		v = pv_object_of(in->cx->arena, (const pv_member *)(const void *)(in->stack + base), n / 2,
				 repeated, in);
	else
		v = pv_list_of(in->cx->arena, in->stack + base, n);
	in->n = base;
	json_push(in, v);
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
		return json_unexpected(in, "a key in double quotes");
	in->p++;
	r = json_string(in);
	if (r < 0)
		return r;
	skip_space(in);
	if (in->p >= in->end || *in->p != ':')
		return json_unexpected(in, "':' after the key");
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
		return json_unexpected(in, "a value");
	switch (*in->p) {
	case '"': in->p++; return json_string(in);
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
	case 't': return word(in, "true", 4, pv_bool(true));
	case 'f': return word(in, "false", 5, pv_bool(false));
	case 'n': return word(in, "null", 4, pv_null());
	default:
		if (*in->p == '-' || (*in->p >= '0' && *in->p <= '9'))
			return number(in);
		return json_unexpected(in, "a value (object, array, string, number, true, false or null)");
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
			return json_unexpected(in, in->top.object ? "',' or '}'" : "',' or ']'");
		close_container(in);
	}
	return 0;
}

static int
document(struct reader *in)
{
	bool open;
	int r;

	if (in->end - in->start >= UINT32_MAX) /* lengths have 32 bits */
		return json_fail_at(in, in->start, "JSON text is longer than the limit of 4 GB");
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
	if (in->opts->start != NULL && text.len > 0)
		in->start = in->opts->start;
	in->depth_max = in->opts->depth > 0 ? in->opts->depth : PV_JSON_DEPTH;
	pv_buf_init(&in->values, NULL);
	pv_buf_init(&in->frames, NULL);
	pv_buf_init(&in->known, NULL);
	if (text.len >= JSON_KNOWN_FROM) {
		memset(pv_buf_grow(&in->known, JSON_KNOWN * sizeof(struct known)), 0,
		       JSON_KNOWN * sizeof(struct known));
		in->known.len = JSON_KNOWN * sizeof(struct known);
	}
	json_stack_grow(in);
}

static void
reader_done(struct reader *in)
{
	pv_buf_done(&in->values);
	pv_buf_done(&in->frames);
	pv_buf_done(&in->known);
}

static int
parse(pv_ctx *cx, pv_str text, const pv_json_opts *opts, bool literal, const pv_val **ret)
{
	struct reader in;
	int r;

	reader_init(&in, cx, text, opts, JSON_TEXT_BLOCK);
	in.literal = literal;
	r = document(&in);
	if (r == 0) {
		skip_space(&in);
		if (in.p < in.end)
			r = json_unexpected(&in, "the end of the text after one JSON value");
	}
	if (r == 0)
		*ret = pv_box(cx->arena, in.stack[0]);
	reader_done(&in);
	return r;
}

int
pv_json_parse(pv_ctx *cx, pv_str text, const pv_json_opts *opts, const pv_val **ret)
{
	return parse(cx, text, opts, false, ret);
}

int
pv_json_parse_literal(pv_ctx *cx, pv_str text, const pv_json_opts *opts, const pv_val **ret)
{
	return parse(cx, text, opts, true, ret);
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
