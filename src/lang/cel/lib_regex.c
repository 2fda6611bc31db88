/* Regular expressions (RE2), base64 and JSON pointers' keys. */
#include "base/regex.h"
#include "lang/cel/func.h"
#include "lang/patch/patch.h"

/* Units of cost stand for something like a microsecond.  A compilation takes about one for an instruction of
 * the program, and as long as for the largest one when it is found to be too large; a search takes one for a
 * hundred instructions at each byte when the program is too large for RE2's automaton. */
#define REFUSED 100000
#define PLAIN 256 /* instructions: the automaton of such a program fits */
#define STEPS 128

static const pv_re *
compiled(run *r, const val *text, const val *pattern, val *ret_error)
{
	const pv_re *re = NULL;
	bool fresh = pv_re_is_new(v_strv(pattern));
	int failed = pv_re_cached(r->cx, v_strv(pattern), &r->regex, &re);

	if (failed < 0) {
		*ret_error = v_error(r, "%s", r->cx->err->message);
		pv_recover(r->cx);
		v_spend(r, pattern->len > REFUSED / 100 || strstr(ret_error->s, "too large") ? REFUSED : 10);
		return NULL;
	}
	if (fresh)
		v_spend(r, pv_re_size(re));
	if (pv_re_size(re) > PLAIN && text->len > PLAIN)
		v_spend(r, (uint64_t)text->len * pv_re_size(re) / STEPS);
	*ret_error = v_over();
	return r->over ? NULL : re;
}

static val
matches(run *r, const val *a, size_t n)
{
	val bad;
	const pv_re *re = compiled(r, &a[0], &a[1], &bad);
	(void)n;
	return re ? v_bool(pv_re_match(re, v_strv(&a[0]))) : bad;
}

static val
find(run *r, const val *a, size_t n)
{
	val bad;
	pv_span at;
	const pv_re *re = compiled(r, &a[0], &a[1], &bad);
	(void)n;
	if (!re)
		return bad;
	if (!pv_re_find(re, v_strv(&a[0]), 0, &at, 1))
		return v_str(PV_STR(""));
	return v_str((pv_str){a[0].s + at.begin, (size_t)(at.end - at.begin)});
}

#define FIRST_WORK (UINT64_C(1) << 19) /* of a try, as pv_re_cost() counts: some 10 ms at most */

/* In tries, each twice as long, for the turn to be asked between them. */
static val
find_all(run *r, const val *a, size_t n)
{
	val bad;
	pv_vec spans, out;
	const pv_re *re = compiled(r, &a[0], &a[1], &bad);
	int64_t limit = n == 3 ? a[2].i : -1;
	if (!re)
		return bad;
	int most = limit < 0 || limit > INT32_MAX ? -1 : (int)limit;
	uint64_t first = FIRST_WORK, work = first;
	while (!pv_re_find_all(re, r->arena, v_strv(&a[0]), most, &work, &spans)) {
		r->look = r->cost; /* now: its cost is what upstream says, and its time may be longer */
		v_look(r);
		if (r->over)
			return v_over();
		work = first *= 2;
	}
	pv_vec_init(&out, r->arena, sizeof(val));
	for (size_t i = 0; i < spans.len && limit != 0; i += 1 + (size_t)pv_re_groups(re)) {
		const pv_span *at = PV_AT(pv_span, &spans, i);
		val part = v_str((pv_str){a[0].s + at->begin, (size_t)(at->end - at->begin)});
		pv_vec_push(&out, &part);
	}
	return v_list_of(r, &out);
}

static val
encode(run *r, const val *a, size_t n)
{
	(void)n;
	return v_text(pv_base64(r->arena, a[0].s, a[0].len, false));
}

/* Padding may be missing. */
static val
decode(run *r, const val *a, size_t n)
{
	size_t len;
	pv_str text = v_strv(&a[0]);
	(void)n;
	if (text.len % 4)
		text = pv_str_of(pv_printf(r->arena, "%.*s%.*s", (int)text.len, text.s,
					   (int)(4 - text.len % 4), "==="));
	const uint8_t *bytes = pv_unbase64(r->arena, text, false, &len);
	return bytes ? v_bytes((pv_str){(const char *)bytes, len}) : v_error(r, "illegal base64 data");
}

static val
escape_key(run *r, const val *a, size_t n)
{
	pv_buf b;
	(void)n;
	pv_buf_init(&b, r->arena);
	pv_pointer_escape(&b, (pv_str){a[0].s, a[0].len});
	return v_str((pv_str){b.len ? b.s : "", b.len});
}

const cel_fn cel_regex[] = {
	{"matches", "s.s:b ss:b", matches, COST_REGEX},
	{"find", "s.s:s", find, COST_REGEX},
	{"findAll", "s.s:[s] s.si:[s]", find_all, COST_REGEX},
	{0},
};

const cel_fn cel_base64[] = {
	{"base64.encode", "y:s", encode, COST_FIRST},
	{"base64.decode", "s:y", decode, COST_FIRST},
	{0},
};

const cel_fn cel_jsonpatch[] = {
	{"jsonpatch.escapeKey", "s:s", escape_key, COST_FIRST},
	{0},
};
