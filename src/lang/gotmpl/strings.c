/* strings: sprig's functions of texts. */
#include <string.h>

#include "base/arena.h"
#include "lang/go/fmt.h"
#include "lang/gotmpl/impl.h"

#define REPEAT_MAX ((size_t)64 << 20) /* bytes that one call may make */

static bool
is_space(uint32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xa0;
}

static pv_str
trim_set(pv_str s, pv_str set)
{
	bool in[256] = {false};
	for (size_t i = 0; i < set.len; i++)
		in[(unsigned char)set.s[i]] = true;
	while (s.len > 0 && in[(unsigned char)*s.s]) {
		s.s++;
		s.len--;
	}
	while (s.len > 0 && in[(unsigned char)s.s[s.len - 1]])
		s.len--;
	return s;
}

TFN(fn_trim)
{
	*ret = pv_tv_str(trim_set(targ(args, 0), PV_STR(" \t\n\v\f\r")));
	return 0;
}

TFN(fn_trim_all)
{
	*ret = pv_tv_str(trim_set(targ(args, 1), targ(args, 0)));
	return 0;
}

static bool
ends(pv_str s, pv_str with)
{
	return s.len >= with.len && memcmp(s.s + s.len - with.len, with.s, with.len) == 0;
}

static bool
begins(pv_str s, pv_str with)
{
	return s.len >= with.len && memcmp(s.s, with.s, with.len) == 0;
}

TFN(fn_trim_suffix)
{
	pv_str s = targ(args, 1), end = targ(args, 0);
	s.len -= ends(s, end) ? end.len : 0;
	*ret = pv_tv_str(s);
	return 0;
}

TFN(fn_trim_prefix)
{
	pv_str s = targ(args, 1), front = targ(args, 0);
	size_t cut = begins(s, front) ? front.len : 0;
	*ret = pv_tv_str((pv_str){s.s + cut, s.len - cut});
	return 0;
}

/* ---- runes ---- */

static uint32_t
rune_upper(uint32_t c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 0xe0 && c <= 0xfe && c != 0xf7) ||
	    (c >= 0x3b1 && c <= 0x3c9 && c != 0x3c2) || (c >= 0x430 && c <= 0x44f))
		return c - 0x20;
	if (c >= 0x450 && c <= 0x45f)
		return c - 0x50;
	if ((c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177))
		return c & ~1u;
	if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e))
		return c - !(c & 1);
	return c == 0xb5 ? 0x39c : c == 0xff ? 0x178 : c;
}

static uint32_t
rune_lower(uint32_t c)
{
	if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9) ||
	    (c >= 0x410 && c <= 0x42f))
		return c + 0x20;
	if (c >= 0x400 && c <= 0x40f)
		return c + 0x50;
	if ((c >= 0x100 && c <= 0x137 && c != 0x130) || (c >= 0x14a && c <= 0x177))
		return c | 1;
	if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e))
		return c + (c & 1);
	return c == 0x178 ? 0xff : c;
}

static uint32_t
next_rune(pv_str s, size_t *at)
{
	uint32_t rune = 0xfffd;
	int step = pv_utf8_step(s.s + *at, s.len - *at, &rune);
	*at += step ? (size_t)step : 1;
	return step ? rune : 0xfffd;
}

static void
put_rune(pv_buf *b, uint32_t rune)
{
	char s[4];
	pv_buf_add(b, s, (size_t)pv_utf8_put(s, rune));
}

static int
mapped(pv_trun *r, pv_str s, uint32_t (*map)(uint32_t), pv_tv *ret)
{
	pv_buf b;
	pv_buf_init(&b, r->arena);
	for (size_t i = 0; i < s.len;)
		put_rune(&b, map(next_rune(s, &i)));
	return tret_buf(r, &b, ret);
}

TFN(fn_upper)
{
	return mapped(r, targ(args, 0), rune_upper, ret);
}

TFN(fn_lower)
{
	return mapped(r, targ(args, 0), rune_lower, ret);
}

TFN(fn_title)
{
	pv_str s = targ(args, 0);
	bool in_word = false;
	pv_buf b;
	pv_buf_init(&b, r->arena);
	for (size_t i = 0; i < s.len;) {
		uint32_t c = next_rune(s, &i);
		put_rune(&b, in_word ? c : rune_upper(c));
		in_word = lex_is_letter(c);
	}
	return tret_buf(r, &b, ret);
}

TFN(fn_untitle)
{
	pv_str s = targ(args, 0);
	bool first = true;
	pv_buf b;
	pv_buf_init(&b, r->arena);
	for (size_t i = 0; i < s.len;) {
		uint32_t c = next_rune(s, &i);
		put_rune(&b, first && !is_space(c) ? rune_lower(c) : c);
		first = is_space(c);
	}
	return tret_buf(r, &b, ret);
}

TFN(fn_swapcase)
{
	pv_str s = targ(args, 0);
	pv_buf b;
	pv_buf_init(&b, r->arena);
	for (size_t i = 0; i < s.len;) {
		uint32_t c = next_rune(s, &i);
		put_rune(&b, rune_lower(c) != c ? rune_lower(c) : rune_upper(c));
	}
	return tret_buf(r, &b, ret);
}

TFN(fn_nospace)
{
	pv_str s = targ(args, 0);
	pv_buf b;
	pv_buf_init(&b, r->arena);
	for (size_t i = 0; i < s.len; i++)
		if (!is_space((unsigned char)s.s[i]))
			pv_buf_addc(&b, s.s[i]);
	return tret_buf(r, &b, ret);
}

TFN(fn_initials)
{
	pv_str s = targ(args, 0);
	bool gap = true;
	pv_buf b;
	pv_buf_init(&b, r->arena);
	for (size_t i = 0; i < s.len; i++) {
		bool space = is_space((unsigned char)s.s[i]);
		if (!space && gap)
			put_rune(&b, (unsigned char)s.s[i]);
		gap = space;
	}
	return tret_buf(r, &b, ret);
}

/* ---- parts ---- */

TFN(fn_trunc)
{
	int64_t c = args[0].i;
	pv_str s = targ(args, 1);
	if (c < 0 && (int64_t)s.len + c > 0)
		s = (pv_str){s.s + s.len + c, (size_t)-c};
	else if (c >= 0 && s.len > (size_t)c)
		s.len = (size_t)c;
	*ret = pv_tv_str(s);
	return 0;
}

TFN(fn_substr)
{
	int64_t start = args[0].i, end = args[1].i;
	pv_str s = targ(args, 2);
	if (start < 0)
		start = 0;
	else if (end < 0 || end > (int64_t)s.len)
		end = (int64_t)s.len;
	if (end < 0)
		return pv_trun_fail(r, "runtime error: slice bounds out of range [:%lld]", (long long)end);
	if (end > (int64_t)s.len)
		return pv_trun_fail(r, "runtime error: slice bounds out of range [:%lld] with length %zu",
				    (long long)end, s.len);
	if (start > end)
		return pv_trun_fail(r, "runtime error: slice bounds out of range [%lld:%lld]",
				    (long long)start, (long long)end);
	*ret = pv_tv_str((pv_str){s.s + start, (size_t)(end - start)});
	return 0;
}

TFN(fn_repeat)
{
	pv_str s = targ(args, 1);
	pv_buf b;
	if (args[0].i < 0)
		return pv_trun_fail(r, "strings: negative Repeat count");
	if (s.len > 0 && (uint64_t)args[0].i > REPEAT_MAX / s.len)
		return pv_trun_fail(r, "repeat: expected at most %zu bytes", REPEAT_MAX);
	pv_buf_init(&b, r->arena);
	for (int64_t i = 0; s.len > 0 && i < args[0].i; i++)
		pv_buf_add(&b, s.s, s.len);
	return tret_buf(r, &b, ret);
}

TFN(fn_contains)
{
	pv_str s = targ(args, 1), part = targ(args, 0);
	*ret = pv_tv_bool(part.len == 0 || memmem(s.s, s.len, part.s, part.len) != NULL);
	return pv_trun_spend(r, s.len / 16);
}

TFN(fn_has_prefix)
{
	*ret = pv_tv_bool(begins(targ(args, 1), targ(args, 0)));
	return 0;
}

TFN(fn_has_suffix)
{
	*ret = pv_tv_bool(ends(targ(args, 1), targ(args, 0)));
	return 0;
}

/* strings.ReplaceAll: an empty text stands before each rune and at the end.  False: it would be too long. */
static bool
replace_all(pv_buf *b, pv_str s, pv_str old, pv_str with)
{
	size_t at = 0;
	if (old.len == 0) {
		while (at < s.len && b->len <= REPEAT_MAX) {
			size_t from = at;
			(void)next_rune(s, &at);
			pv_buf_add(b, with.s, with.len);
			pv_buf_add(b, s.s + from, at - from);
		}
		pv_buf_add(b, with.s, with.len);
		return b->len <= REPEAT_MAX;
	}
	while (b->len <= REPEAT_MAX) {
		const char *found = memmem(s.s + at, s.len - at, old.s, old.len);
		size_t to = found ? (size_t)(found - s.s) : s.len;
		pv_buf_add(b, s.s + at, to - at);
		if (found == NULL)
			return true;
		pv_buf_add(b, with.s, with.len);
		at = to + old.len;
	}
	return false;
}

TFN(fn_replace)
{
	pv_buf b;
	pv_str s = targ(args, 2);
	*ret = args[2];
	if (targ(args, 0).len && !memmem(s.s, s.len, targ(args, 0).s, targ(args, 0).len))
		return 0;
	pv_buf_init(&b, r->arena);
	if (!replace_all(&b, s, targ(args, 0), targ(args, 1)))
		return pv_trun_fail(r, "replace: expected at most %zu bytes", REPEAT_MAX);
	return tret_buf(r, &b, ret);
}

/* ---- layout ---- */

static int
indented(pv_trun *r, int64_t spaces, pv_str s, bool newline, pv_tv *ret)
{
	size_t lines = 1;
	if (spaces < 0)
		return pv_trun_fail(r, "strings: negative Repeat count");
	for (size_t i = 0; i < s.len; i++)
		lines += s.s[i] == '\n';
	if ((uint64_t)spaces > REPEAT_MAX / lines)
		return pv_trun_fail(r, "indent: expected at most %zu bytes", REPEAT_MAX);
	char *out = pv_alloc(r->arena, s.len + lines * (size_t)spaces + 2), *p = out;
	if (newline)
		*p++ = '\n';
	for (const char *from = s.s, *end = s.s + s.len;;) {
		const char *stop = from < end ? memchr(from, '\n', (size_t)(end - from)) : NULL;
		size_t len = (size_t)((stop ? stop + 1 : end) - from);
		memset(p, ' ', (size_t)spaces);
		p += spaces;
		if (len > 0)
			memcpy(p, from, len);
		p += len;
		if (stop == NULL)
			break;
		from = stop + 1;
	}
	*ret = pv_tv_str((pv_str){out, (size_t)(p - out)});
	return pv_trun_spend(r, (uint64_t)(p - out) / 16);
}

TFN(fn_indent)
{
	return indented(r, args[0].i, targ(args, 1), false, ret);
}

TFN(fn_nindent)
{
	return indented(r, args[0].i, targ(args, 1), true, ret);
}

static int
quoted(pv_trun *r, const pv_tv *args, size_t n, bool single, pv_tv *ret)
{
	pv_buf b;
	bool some = false;
	pv_buf_init(&b, r->arena);
	for (size_t i = 0; i < n; i++) {
		pv_str s;
		if (args[i].kind <= PV_T_NIL)
			continue;
		if (text_of(r, &args[i], &s) < 0)
			return -PV_EINVALID;
		if (pv_trun_spend(r, s.len / 16) < 0)
			return -PV_EINVALID;
		pv_buf_adds(&b, some ? " " : "");
		some = true;
		if (single) {
			pv_buf_addc(&b, '\'');
			pv_buf_add(&b, s.s, s.len);
			pv_buf_addc(&b, '\'');
		} else {
			pv_go_quote(&b, s, false);
		}
	}
	return tret_buf(r, &b, ret);
}

TFN(fn_quote)
{
	return quoted(r, args, n, false, ret);
}

TFN(fn_squote)
{
	return quoted(r, args, n, true, ret);
}

TFN(fn_cat)
{
	pv_buf b;
	bool some = false;
	pv_buf_init(&b, r->arena);
	for (size_t i = 0; i < n; i++) {
		pv_str s;
		if (args[i].kind <= PV_T_NIL)
			continue;
		if (text_of(r, &args[i], &s) < 0)
			return -PV_EINVALID;
		if (pv_trun_spend(r, s.len / 16) < 0)
			return -PV_EINVALID;
		pv_buf_adds(&b, some ? " " : "");
		some = true;
		pv_buf_add(&b, s.s, s.len);
	}
	return tret_buf(r, &b, ret);
}

TFN(fn_plural)
{
	*ret = args[2].i == 1 ? args[0] : args[1];
	return 0;
}

TFN(fn_to_string)
{
	pv_str s;
	int code = text_of(r, &args[0], &s);
	*ret = pv_tv_str(s);
	return code;
}

/* clang-format off */
const pv_tfunc pv_tmpl_strings[] = {
	{"trunc", "is", fn_trunc},
	{"trim", "s", fn_trim}, {"upper", "s", fn_upper}, {"lower", "s", fn_lower}, {"title", "s", fn_title},
	{"untitle", "s", fn_untitle}, {"substr", "iis", fn_substr}, {"repeat", "is", fn_repeat},
	{"trimall", "ss", fn_trim_all}, {"trimAll", "ss", fn_trim_all}, {"trimSuffix", "ss", fn_trim_suffix},
	{"trimPrefix", "ss", fn_trim_prefix}, {"nospace", "s", fn_nospace}, {"initials", "s", fn_initials},
	{"swapcase", "s", fn_swapcase}, 
	{"contains", "ss", fn_contains}, {"hasPrefix", "ss", fn_has_prefix},
	{"hasSuffix", "ss", fn_has_suffix}, {"quote", ".a", fn_quote}, {"squote", ".a", fn_squote},
	{"cat", ".a", fn_cat}, {"indent", "is", fn_indent}, {"nindent", "is", fn_nindent},
	{"replace", "sss", fn_replace}, {"plural", "ssi", fn_plural}, {"toString", "a", fn_to_string},
	{"snakecase", "s", case_snake}, {"kebabcase", "s", case_kebab}, {"camelcase", "s", case_pascal},
	{NULL, NULL, NULL},
};
/* clang-format on */
