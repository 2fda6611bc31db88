/* lists: sprig's functions of lists.  The must* ones fail with the same words: in a
 * template a panic of the others is an error, too. */
#include <string.h>

#include "base/arena.h"
#include "lang/gotmpl/impl.h"

#define UNTIL_MAX 10000000 /* numbers that one call may count */

static int
cannot(pv_trun *r, const char *what, const pv_tv *v)
{
	if (v->kind <= PV_T_NIL)
		return pv_trun_fail(r, "runtime error: invalid memory address or nil pointer dereference");
	return pv_trun_fail(r, "Cannot %s type %s", what, pv_tv_kind(v));
}

/* The items of a list; false if it is none. */
static bool
items(const pv_tv *v, const pv_tv **ret, size_t *ret_n)
{
	if (v->kind != PV_T_LIST)
		return false;
	*ret = v->list->items;
	*ret_n = v->list->len;
	return true;
}

TFN(fn_list)
{
	pv_tv *copy = pv_new_array(r->arena, pv_tv, n);
	if (n)
		memcpy(copy, args, n * sizeof *copy);
	*ret = pv_tv_list(r->arena, copy, n, PV_TY_PLAIN);
	return pv_trun_spend(r, n);
}

static int
joined(pv_trun *r, const pv_tv *a, size_t na, const pv_tv *b, size_t nb, pv_tv *ret)
{
	if (pv_trun_spend(r, (na + nb) / 4) < 0)
		return -PV_ETOOLARGE;
	pv_tv *all = pv_new_array(r->arena, pv_tv, na + nb);
	if (na)
		memcpy(all, a, na * sizeof *all);
	if (nb)
		memcpy(all + na, b, nb * sizeof *all);
	*ret = pv_tv_list(r->arena, all, na + nb, PV_TY_PLAIN);
	return 0;
}

TFN(fn_append)
{
	const pv_tv *l;
	size_t len;
	return items(&args[0], &l, &len) ? joined(r, l, len, &args[1], 1, ret)
					 : cannot(r, "push on", &args[0]);
}

TFN(fn_prepend)
{
	const pv_tv *l;
	size_t len;
	return items(&args[0], &l, &len) ? joined(r, &args[1], 1, l, len, ret)
					 : cannot(r, "prepend on", &args[0]);
}

TFN(fn_concat)
{
	pv_tv all = pv_tv_list(r->arena, NULL, 0, PV_TY_PLAIN);
	for (size_t i = 0; i < n; i++) {
		const pv_tv *l;
		size_t len;
		if (!items(&args[i], &l, &len))
			return args[i].kind <= PV_T_NIL ? cannot(r, "", &args[i])
							: pv_trun_fail(r, "Cannot concat type %s as list",
								       pv_tv_kind(&args[i]));
		int code = joined(r, all.list->items, all.list->len, l, len, &all);
		if (code < 0)
			return code;
	}
	*ret = all;
	return 0;
}

TFN(fn_first)
{
	const pv_tv *l;
	size_t len;
	if (!items(&args[0], &l, &len))
		return cannot(r, "find first on", &args[0]);
	*ret = len ? l[0] : pv_tv_nil();
	return 0;
}

TFN(fn_last)
{
	const pv_tv *l;
	size_t len;
	if (!items(&args[0], &l, &len))
		return cannot(r, "find last on", &args[0]);
	*ret = len ? l[len - 1] : pv_tv_nil();
	return 0;
}

TFN(fn_rest)
{
	const pv_tv *l;
	size_t len;
	if (!items(&args[0], &l, &len))
		return cannot(r, "find rest on", &args[0]);
	*ret = pv_tv_list(r->arena, len ? l + 1 : NULL, len ? len - 1 : 0, PV_TY_PLAIN);
	return 0;
}

TFN(fn_initial)
{
	const pv_tv *l;
	size_t len;
	if (!items(&args[0], &l, &len))
		return cannot(r, "find initial on", &args[0]);
	*ret = pv_tv_list(r->arena, l, len ? len - 1 : 0, PV_TY_PLAIN);
	return 0;
}

TFN(fn_reverse)
{
	const pv_tv *l;
	size_t len;
	if (!items(&args[0], &l, &len))
		return cannot(r, "find reverse on", &args[0]);
	pv_tv *out = pv_new_array(r->arena, pv_tv, len);
	for (size_t i = 0; i < len; i++)
		out[len - 1 - i] = l[i];
	*ret = pv_tv_list(r->arena, out, len, PV_TY_PLAIN);
	return pv_trun_spend(r, len);
}

static bool
among(pv_trun *r, const pv_tv *l, size_t n, const pv_tv *v)
{
	for (size_t i = 0; i < n; i++)
		if (pv_tv_equal(&l[i], v, &r->steps))
			return true;
	return false;
}

TFN(fn_compact)
{
	const pv_tv *l;
	size_t len, k = 0;
	if (!items(&args[0], &l, &len))
		return cannot(r, "compact on", &args[0]);
	pv_tv *out = pv_new_array(r->arena, pv_tv, len);
	for (size_t i = 0; i < len; i++)
		if (pv_tv_truth(&l[i]))
			out[k++] = l[i];
	*ret = pv_tv_list(r->arena, out, k, PV_TY_PLAIN);
	return pv_trun_spend(r, len);
}

TFN(fn_uniq)
{
	const pv_tv *l;
	size_t len, k = 0;
	if (!items(&args[0], &l, &len))
		return cannot(r, "find uniq on", &args[0]);
	pv_tv *out = pv_new_array(r->arena, pv_tv, len);
	for (size_t i = 0; i < len; i++) {
		if (pv_trun_spend(r, k) < 0)
			return -PV_ETOOLARGE;
		if (!among(r, out, k, &l[i]))
			out[k++] = l[i];
	}
	*ret = pv_tv_list(r->arena, out, k, PV_TY_PLAIN);
	return 0;
}

TFN(fn_without)
{
	const pv_tv *l;
	size_t len, k = 0;
	if (!items(&args[0], &l, &len))
		return cannot(r, "find without on", &args[0]);
	pv_tv *out = pv_new_array(r->arena, pv_tv, len);
	for (size_t i = 0; i < len; i++)
		if (!among(r, args + 1, n - 1, &l[i]))
			out[k++] = l[i];
	*ret = pv_tv_list(r->arena, out, k, PV_TY_PLAIN);
	return pv_trun_spend(r, len * n);
}

TFN(fn_has)
{
	const pv_tv *l;
	size_t len;
	*ret = pv_tv_bool(false);
	if (args[1].kind <= PV_T_NIL)
		return 0;
	if (!items(&args[1], &l, &len))
		return cannot(r, "find has on", &args[1]);
	*ret = pv_tv_bool(among(r, l, len, &args[0]));
	return pv_trun_spend(r, len);
}

TFN(fn_slice)
{
	const pv_tv *l;
	size_t len;
	if (!items(&args[0], &l, &len))
		return args[0].kind <= PV_T_NIL
			       ? cannot(r, "", &args[0])
			       : pv_trun_fail(r, "list should be type of slice or array but %s",
					      pv_tv_kind(&args[0]));
	*ret = pv_tv_nil();
	if (len == 0)
		return 0;
	int64_t from = n > 1 ? cast_int(r, &args[1]) : 0, to = n > 2 ? cast_int(r, &args[2]) : (int64_t)len;
	if (from < 0 || to < from || to > (int64_t)len)
		return pv_trun_fail(r, "reflect.Value.Slice: slice index out of bounds");
	*ret = pv_tv_list(r->arena, l + from, (size_t)(to - from), args[0].type);
	return 0;
}

TFN(fn_chunk)
{
	const pv_tv *l;
	size_t len;
	if (!items(&args[1], &l, &len))
		return cannot(r, "chunk", &args[1]);
	if (args[0].i <= 0)
		return pv_trun_fail(r, "runtime error: makeslice: len out of range");
	size_t size = (size_t)args[0].i, count = (len + size - 1) / size;
	pv_tv *out = pv_new_array(r->arena, pv_tv, count);
	for (size_t i = 0; i < count; i++) {
		size_t left = len - i * size;
		out[i] = pv_tv_list(r->arena, l + i * size, left < size ? left : size, PV_TY_PLAIN);
	}
	*ret = pv_tv_list(r->arena, out, count, PV_TY_LISTS);
	return pv_trun_spend(r, count);
}

/* ---- texts ---- */

int
texts_of(pv_trun *r, const pv_tv *v, pv_vec *ret)
{
	const pv_tv *l = v;
	size_t len = v->kind > PV_T_NIL;
	pv_vec_init(ret, r->arena, sizeof(pv_str));
	(void)items(v, &l, &len);
	for (size_t i = 0; i < len; i++) {
		pv_str s;
		if (l[i].kind <= PV_T_NIL)
			continue;
		if (text_of(r, &l[i], &s) < 0)
			return -PV_EINVALID;
		pv_vec_push(ret, &s);
	}
	return pv_trun_spend(r, len);
}

pv_tv
list_of_texts(pv_trun *r, const pv_vec *texts)
{
	pv_tv *out = pv_new_array(r->arena, pv_tv, texts->len);
	for (size_t i = 0; i < texts->len; i++)
		out[i] = pv_tv_str(*PV_AT(pv_str, texts, i));
	return pv_tv_list(r->arena, out, texts->len, PV_TY_STRINGS);
}

TFN(fn_to_strings)
{
	pv_vec texts;
	int code = texts_of(r, &args[0], &texts);
	*ret = list_of_texts(r, &texts);
	return code;
}

TFN(fn_join)
{
	pv_vec texts;
	pv_str sep = targ(args, 0);
	pv_buf b;
	int code = texts_of(r, &args[1], &texts);
	pv_buf_init(&b, r->arena);
	for (size_t i = 0; code == 0 && i < texts.len; i++) {
		pv_str s = *PV_AT(pv_str, &texts, i);
		if (i > 0)
			pv_buf_add(&b, sep.s, sep.len);
		pv_buf_add(&b, s.s, s.len);
		code = pv_trun_spend(r, (sep.len + s.len) / 16);
	}
	return code < 0 ? code : tret_buf(r, &b, ret);
}

static int
by_text(const void *a, const void *b)
{
	return pv_str_cmp(*(const pv_str *)a, *(const pv_str *)b);
}

TFN(fn_sort_alpha)
{
	pv_vec texts;
	uint64_t bytes = 0, rounds = 1;
	int code = texts_of(r, &args[0], &texts);
	for (size_t i = 0; i < texts.len; i++)
		bytes += 16 + PV_AT(pv_str, &texts, i)->len;
	for (size_t k = texts.len; k > 1; k /= 2)
		rounds++;
	if (code < 0 || pv_trun_spend(r, bytes / 16 * rounds) < 0)
		return -PV_EINVALID;
	if (args[0].kind == PV_T_LIST)
		pv_vec_sort(&texts, by_text);
	*ret = list_of_texts(r, &texts);
	return 0;
}

int
pv_trun_split(pv_trun *r, pv_str s, pv_str sep, bool after, int64_t limit, pv_vec *ret)
{
	int code = 0;
	pv_vec_init(ret, r->arena, sizeof(pv_str));
	while (code == 0 && limit != 0) {
		const char *at = NULL;
		size_t step = sep.len;
		if (sep.len > 0) {
			at = memmem(s.s, s.len, sep.s, sep.len);
		} else if (s.len > 1) {
			at = s.s + 1;
			while (at < s.s + s.len && (*at & 0xc0) == 0x80)
				at++;
			at = at < s.s + s.len ? at : NULL;
		}
		if (at == NULL || limit == 1)
			break;
		size_t len = (size_t)(at - s.s);
		pv_str piece = {s.s, len + (after ? step : 0)};
		pv_vec_push(ret, &piece);
		s = (pv_str){at + step, s.len - len - step};
		limit -= limit > 0;
		code = pv_trun_spend(r, 1);
	}
	if (limit != 0 && (sep.len > 0 || s.len > 0))
		pv_vec_push(ret, &s);
	return code < 0 ? code : pv_trun_spend(r, 1);
}

static int
split_map(pv_trun *r, pv_str s, pv_str sep, int64_t limit, pv_tv *ret)
{
	pv_vec pieces;
	pv_tmap *m = pv_tmap_new(r->arena);
	int code = pv_trun_split(r, s, sep, false, limit, &pieces);
	for (size_t i = 0; i < pieces.len; i++)
		pv_tmap_puts(m, pv_printf(r->arena, "_%zu", i), pv_tv_str(*PV_AT(pv_str, &pieces, i)));
	*ret = pv_tv_map(m);
	ret->type = PV_TY_STRING_MAP;
	return code;
}

TFN(fn_split)
{
	return split_map(r, targ(args, 1), targ(args, 0), -1, ret);
}

TFN(fn_splitn)
{
	return split_map(r, targ(args, 2), targ(args, 0), args[1].i, ret);
}

TFN(fn_split_list)
{
	pv_vec pieces;
	int code = pv_trun_split(r, targ(args, 1), targ(args, 0), false, -1, &pieces);
	*ret = list_of_texts(r, &pieces);
	return code;
}

/* ---- numbers in a row ---- */

static int
counted(pv_trun *r, int64_t start, int64_t stop, int64_t step, pv_vec *ret)
{
	pv_vec_init(ret, r->arena, sizeof(pv_tv));
	if ((stop < start && step >= 0) || (stop >= start && step <= 0))
		return 0;
	for (int64_t i = start; stop < start ? i > stop : i < stop; i += step) {
		pv_tv v = pv_tv_int(i);
		if (ret->len >= UNTIL_MAX)
			return pv_trun_fail(r, "expected at most %d numbers", UNTIL_MAX);
		if (pv_trun_spend(r, 1) < 0)
			return -PV_ETOOLARGE;
		pv_vec_push(ret, &v);
		int64_t next;
		if (__builtin_add_overflow(i, step, &next))
			break;
	}
	return 0;
}

static int
counted_list(pv_trun *r, int64_t start, int64_t stop, int64_t step, pv_tv *ret)
{
	pv_vec v;
	int code = counted(r, start, stop, step, &v);
	*ret = pv_tv_list(r->arena, v.data, v.len, PV_TY_INTS);
	return code;
}

TFN(fn_until)
{
	return counted_list(r, 0, args[0].i, args[0].i < 0 ? -1 : 1, ret);
}

TFN(fn_until_step)
{
	return counted_list(r, args[0].i, args[1].i, args[2].i, ret);
}

TFN(fn_seq)
{
	int64_t start = n > 1 ? args[0].i : 1, end = n > 0 ? args[n - 1].i : 0, down = end < start ? -1 : 1;
	int64_t step = n == 3 ? args[1].i : down;
	pv_vec v;
	pv_buf b;
	*ret = pv_tv_text("");
	if (n == 0 || n > 3 || (n == 3 && end < start && step > 0))
		return 0;
	int code =
		counted(r, start, (int64_t)((uint64_t)end + (uint64_t)down), step, &v); /* wraps, as Go's */
	pv_buf_init(&b, r->arena);
	for (size_t i = 0; code == 0 && i < v.len; i++) {
		pv_buf_adds(&b, i ? " " : "");
		pv_buf_add_int(&b, PV_AT(pv_tv, &v, i)->i);
	}
	return code < 0 ? code : tret_buf(r, &b, ret);
}

/* clang-format off */
const pv_tfunc pv_tmpl_lists[] = {
	{"list", ".a", fn_list}, {"tuple", ".a", fn_list}, {"append", "aa", fn_append},
	{"push", "aa", fn_append}, {"mustAppend", "aa", fn_append}, {"mustPush", "aa", fn_append},
	{"prepend", "aa", fn_prepend}, {"mustPrepend", "aa", fn_prepend}, {"first", "a", fn_first},
	{"mustFirst", "a", fn_first}, {"rest", "a", fn_rest}, {"mustRest", "a", fn_rest},
	{"last", "a", fn_last}, {"mustLast", "a", fn_last}, {"initial", "a", fn_initial},
	{"mustInitial", "a", fn_initial}, {"reverse", "a", fn_reverse}, {"mustReverse", "a", fn_reverse},
	{"uniq", "a", fn_uniq}, {"mustUniq", "a", fn_uniq}, {"without", "a.a", fn_without},
	{"mustWithout", "a.a", fn_without}, {"has", "aa", fn_has}, {"mustHas", "aa", fn_has},
	{"slice", "a.a", fn_slice}, {"mustSlice", "a.a", fn_slice}, {"concat", ".a", fn_concat},
	{"chunk", "ia", fn_chunk}, {"mustChunk", "ia", fn_chunk}, {"compact", "a", fn_compact},
	{"mustCompact", "a", fn_compact}, {"toStrings", "a", fn_to_strings}, {"join", "sa", fn_join},
	{"sortAlpha", "a", fn_sort_alpha}, {"split", "ss", fn_split}, {"splitn", "sis", fn_splitn},
	{"splitList", "ss", fn_split_list}, {"until", "i", fn_until}, {"untilStep", "iii", fn_until_step},
	{"seq", ".i", fn_seq}, {NULL, NULL, NULL},
};
/* clang-format on */
