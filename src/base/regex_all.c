/* All matches of a text, as Go finds them, and what is made of them: texts with others in their place, and the
 * pieces between. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/regex_priv.h"

#define PLAIN 256 /* instructions: RE2's automaton of such a program fits */
#define EARLY 32  /* most searches end early: the next match is near */

/* A small program runs on the automaton, and slower where groups are asked for; with a large one each byte may
 * touch every instruction. */
uint64_t
pv_re_cost(const pv_re *re, size_t len)
{
	uint64_t size = pv_re_size(re);

	return len * (size > PLAIN ? size / 2 : 1 + size / 16);
}

/* May it search from there on? */
static bool
pays(const pv_re *re, pv_str text, size_t at, uint64_t *work)
{
	uint64_t cost = work ? 1 + pv_re_cost(re, text.len - at) / EARLY : 0;

	if (!work)
		return true;
	*work -= cost < *work ? cost : *work;
	return *work > 0;
}

/* Bytes of the character at i; 1 for a broken one and at the end. */
static size_t
width(pv_str text, size_t i)
{
	int n = i < text.len ? pv_utf8_step(text.s + i, text.len - i, NULL) : 1;

	return n > 0 ? (size_t)n : 1;
}

static pv_str
slice(pv_str s, ptrdiff_t begin, ptrdiff_t end)
{
	return (pv_str){(s.s ? s.s : "") + begin, (size_t)(end - begin)};
}

bool
pv_re_find_all(const pv_re *re, pv_arena *arena, pv_str text, int limit, uint64_t *work, pv_vec *ret)
{
	int n = pv_re_groups(re) + 1;
	pv_span *spans = pv_new_array(arena, pv_span, (size_t)n);
	ptrdiff_t previous = -1;
	size_t at = 0;

	pv_vec_init(ret, arena, sizeof(pv_span));
	for (int found = 0; found != limit && at <= text.len;) {
		if (!pays(re, text, at, work))
			return false;
		if (!pv_re_find(re, text, at, spans, n))
			break;
		bool empty = spans[0].end == (ptrdiff_t)at;
		bool taken = !empty || spans[0].begin != previous;

		at = empty ? at + width(text, at) : (size_t)spans[0].end;
		previous = spans[0].end;
		if (!taken)
			continue;
		found++;
		for (int i = 0; i < n; i++)
			pv_vec_push(ret, &spans[i]);
	}
	return true;
}

/* ---- others in their place ---- */

static bool
is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Of "1" or "name"; -1: there is none, or it took no part under that name. */
static int
group_of(const pv_re *re, pv_str name, const pv_span *spans)
{
	size_t digits = 0;
	int n = 0;

	while (digits < name.len && name.s[digits] >= '0' && name.s[digits] <= '9')
		digits++;
	if (digits == name.len) {
		if (name.len > 8 || (name.s[0] == '0' && name.len > 1))
			return -1;
		for (size_t i = 0; i < name.len; i++)
			n = n * 10 + (name.s[i] - '0');
		return n <= pv_re_groups(re) ? n : -1;
	}
	for (int i = 1; i <= pv_re_groups(re); i++) {
		const char *known = pv_re_group_name(re, i);

		if (known && pv_str_is(name, known) && spans[i].begin >= 0)
			return i;
	}
	return -1;
}

/* The name behind the '$' at i; *ret_next is what follows it.  Empty: none there. */
static pv_str
template_name(pv_str with, size_t i, size_t *ret_next)
{
	bool braced = i + 1 < with.len && with.s[i + 1] == '{';
	size_t begin = i + (braced ? 2 : 1), end = begin;

	while (end < with.len && is_word(with.s[end]))
		end++;
	if (end == begin || (braced && (end >= with.len || with.s[end] != '}')))
		return (pv_str){"", 0};
	*ret_next = end + (braced ? 1 : 0);
	return (pv_str){with.s + begin, end - begin};
}

static void
expand(const pv_re *re, pv_buf *out, pv_str text, pv_str with, const pv_span *spans)
{
	size_t i = 0;

	while (i < with.len) {
		const char *dollar = memchr(with.s + i, '$', with.len - i);
		size_t at = dollar ? (size_t)(dollar - with.s) : with.len;
		pv_str name;
		int group;

		pv_buf_add(out, with.s + i, at - i);
		if (!dollar)
			break;
		name = template_name(with, at, &i);
		if (name.len == 0) { /* "$$" is one, a lone one is itself */
			pv_buf_addc(out, '$');
			i = at + (at + 1 < with.len && with.s[at + 1] == '$' ? 2 : 1);
			continue;
		}
		group = group_of(re, name, spans);
		if (group >= 0 && spans[group].begin >= 0)
			pv_buf_add(out, text.s + spans[group].begin,
				   (size_t)(spans[group].end - spans[group].begin));
	}
}

/* Go's replaceAll: an empty match right behind another match is left alone. */
static pv_str
replace(const pv_re *re, pv_arena *arena, pv_str text, pv_str with, bool literal, uint64_t *work)
{
	int n = literal ? 1 : pv_re_groups(re) + 1;
	pv_span *spans = pv_new_array(arena, pv_span, (size_t)n);
	size_t at = 0, end;
	ptrdiff_t last = 0;
	pv_str between;
	pv_buf out;

	pv_buf_init(&out, arena);
	while (at <= text.len && pays(re, text, at, work) && pv_re_find(re, text, at, spans, n)) {
		between = slice(text, last, spans[0].begin);
		pv_buf_add(&out, between.s, between.len);
		if (spans[0].end > last || spans[0].begin == 0) {
			if (literal)
				pv_buf_add(&out, with.s, with.len);
			else
				expand(re, &out, text, with, spans);
		}
		last = spans[0].end;
		end = at + width(text, at);
		at = end > (size_t)last ? end : (size_t)last;
	}
	between = slice(text, last, (ptrdiff_t)text.len);
	pv_buf_add(&out, between.s, between.len);
	return (pv_str){out.s, out.len};
}

pv_str
pv_re_replace(const pv_re *re, pv_arena *arena, pv_str text, pv_str with, uint64_t *work)
{
	return replace(re, arena, text, with, false, work);
}

pv_str
pv_re_replace_literal(const pv_re *re, pv_arena *arena, pv_str text, pv_str with, uint64_t *work)
{
	return replace(re, arena, text, with, true, work);
}

/* ---- the pieces between ---- */

bool
pv_re_split(const pv_re *re, pv_arena *arena, pv_str text, int limit, uint64_t *work, pv_vec *ret)
{
	size_t step = (size_t)pv_re_groups(re) + 1;
	ptrdiff_t begin = 0, end = 0, len = (ptrdiff_t)text.len;
	pv_str part = {"", 0};
	pv_vec all;

	pv_vec_init(ret, arena, sizeof(pv_str));
	if (limit == 0)
		return true;
	if (text.len == 0 && !pv_re_is_empty(re)) {
		pv_vec_push(ret, &part);
		return true;
	}
	if (!pv_re_find_all(re, arena, text, limit, work, &all))
		return false;
	for (size_t i = 0; i < all.len; i += step) {
		const pv_span *span = PV_AT(pv_span, &all, i);

		if (limit > 0 && ret->len == (size_t)limit - 1)
			break;
		end = span->begin;
		part = slice(text, begin, end);
		if (span->end != 0)
			pv_vec_push(ret, &part);
		begin = span->end;
	}
	if (end != len) {
		part = slice(text, begin, len);
		pv_vec_push(ret, &part);
	}
	return true;
}
