/* lists: built-in functions that look at each item of a list. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "lang/expr/inside.h"

/* Is there an argument that is asked of each item? */
static bool
asks(const ex_call *c)
{
	return c->n > 1 && c->e->kids[1]->op == X_CLOSURE;
}

static int
holds(ex_call *c, const pv_tv *item, size_t i, bool *ret)
{
	pv_tv v;
	int r = ex_ask(c, 1, item, i, &v);
	*ret = r == 0 && v.kind == PV_T_BOOL && v.b;
	if (r == 0 && v.kind != PV_T_BOOL)
		return ex_error(c->s, c->e->kids[1], "%s: expected true or false of an item, found %s",
				c->e->fn->name, pv_tv_type(&v));
	return r;
}

/* ---- all any one none count ---- */

enum { ALL, ANY, NONE, ONE, COUNT };

/* How many hold, or do not, until the answer is known. */
static int
counted(ex_call *c, pv_tv *ret)
{
	const unsigned which = c->e->fn->which;
	const size_t enough = which == COUNT ? SIZE_MAX : which == ONE ? 2 : 1;
	const pv_tlist *list;
	size_t yes = 0, no = 0;
	int r = ex_list_at(c, 0, &list);
	for (size_t i = 0; r == 0 && i < list->len && (which == ALL ? no : yes) < enough; i++) {
		bool is = false;
		if (asks(c))
			r = holds(c, &list->items[i], i, &is);
		else if (list->items[i].kind == PV_T_BOOL)
			is = list->items[i].b;
		yes += is;
		no += !is;
	}
	*ret = which == COUNT ? pv_tv_int((int64_t)yes)
			      : pv_tv_bool(which == ALL    ? no == 0
					   : which == NONE ? yes == 0
							   : yes == 1);
	return r;
}

/* ---- map filter find ---- */

static int
map(ex_call *c, pv_tv *ret)
{
	const pv_tlist *list;
	int r = ex_list_at(c, 0, &list);
	pv_tv *items = r == 0 ? ex_room(c, list->len) : NULL;
	for (size_t i = 0; r == 0 && i < list->len; i++)
		r = ex_ask(c, 1, &list->items[i], i, &items[i]);
	if (r == 0)
		*ret = ex_list_of(c, items, list->len);
	return r;
}

static int
filter(ex_call *c, pv_tv *ret)
{
	const pv_tlist *list;
	size_t n = 0;
	int r = ex_list_at(c, 0, &list);
	pv_tv *items = r == 0 ? ex_room(c, list->len) : NULL;
	for (size_t i = 0; r == 0 && i < list->len; i++) {
		bool is;
		r = holds(c, &list->items[i], i, &is);
		if (r == 0 && is)
			items[n++] = list->items[i];
	}
	if (r == 0)
		*ret = ex_list_of(c, items, n);
	return r;
}

enum { LAST = 1, INDEX = 2 };

/* The first, or the last, that holds, or its index: nil if none does. */
static int
find(ex_call *c, pv_tv *ret)
{
	const unsigned which = c->e->fn->which;
	const pv_tlist *list;
	bool is = false;
	int r = ex_list_at(c, 0, &list);
	*ret = pv_tv_nil();
	for (size_t i = 0; r == 0 && !is && i < list->len; i++) {
		size_t at = which & LAST ? list->len - 1 - i : i;
		r = holds(c, &list->items[at], at, &is);
		if (is)
			*ret = which & INDEX ? pv_tv_int((int64_t)at) : list->items[at];
	}
	return r;
}

static int
reduce(ex_call *c, pv_tv *ret)
{
	const pv_tlist *list;
	int r = ex_list_at(c, 0, &list);
	size_t i = c->n > 2 ? 0 : 1;
	if (r < 0)
		return r;
	if (c->n < 3 && list->len == 0)
		return ex_error(c->s, c->e, "reduce of empty array with no initial value");
	*ret = c->n > 2 ? c->args[2] : list->items[0];
	for (; r == 0 && i < list->len; i++) {
		c->args[1] = *ret; /* #acc */
		r = ex_ask(c, 1, &list->items[i], i, ret);
	}
	return r;
}

static int
group_by(ex_call *c, pv_tv *ret)
{
	const pv_tlist *list;
	pv_tmap *m = pv_tmap_new(ex_arena(c));
	int r = ex_list_at(c, 0, &list);
	for (size_t i = 0; r == 0 && i < list->len; i++) {
		pv_tv key, *have, *items;
		size_t n;
		r = ex_ask(c, 1, &list->items[i], i, &key);
		if (r == 0 && key.kind != PV_T_STRING)
			return ex_error(c->s, c->e->kids[1],
					"groupBy: expected a text of each item, found %s", pv_tv_type(&key));
		if (r < 0)
			break;
		have = pv_tmap_find(m, pv_tv_strv(&key));
		n = have ? have->list->len : 0;
		items = ex_room(c, n + 1);
		if (n)
			memcpy(items, have->list->items, n * sizeof(*items));
		items[n] = list->items[i];
		pv_tmap_put(m, pv_tv_strv(&key), ex_list_of(c, items, n + 1));
		r = pv_trun_spend(c->s->r, n + 1);
	}
	*ret = pv_tv_map(m);
	return r;
}

/* ---- sorting ---- */

struct sorted {
	pv_tv key, item;
	size_t at;
};

static int
by_key(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;
	int diff = 0;
	(void)ex_compare(&x->key, &y->key, &diff);
	return diff ? diff : (x->at > y->at) - (x->at < y->at);
}

static bool
descends(const ex_call *c)
{
	return c->n > 1 && c->args[c->n - 1].kind == PV_T_STRING &&
	       pv_str_is(pv_tv_strv(&c->args[c->n - 1]), "desc");
}

static int
sorted_list(ex_call *c, pv_tv *ret)
{
	const pv_tlist *list;
	int r = ex_list_at(c, 0, &list), diff;
	size_t n = r == 0 ? list->len : 0;
	struct sorted *all_of = pv_new_array(ex_arena(c), struct sorted, n + 1);
	pv_tv *items = ex_room(c, n);
	for (size_t i = 0; r == 0 && i < n; i++) {
		all_of[i] = (struct sorted){list->items[i], list->items[i], i};
		if (asks(c))
			r = ex_ask(c, 1, &list->items[i], i, &all_of[i].key);
		r = r < 0 ? r : pv_trun_spend(c->s->r, 16 + pv_tv_strv(&all_of[i].key).len);
		if (r == 0 && !ex_compare(&all_of[0].key, &all_of[i].key, &diff))
			return ex_error(c->s, c->e, "%s: %s and %s do not compare", c->e->fn->name,
					pv_tv_type(&all_of[0].key), pv_tv_type(&all_of[i].key));
	}
	if (r < 0)
		return r;
	qsort(all_of, n, sizeof(*all_of), by_key);
	for (size_t i = 0; i < n; i++)
		items[descends(c) ? n - 1 - i : i] = all_of[i].item;
	*ret = ex_list_of(c, items, n);
	return 0;
}

/* ---- numbers of lists ---- */

enum { SUM, MEAN };

/* Whole numbers have a whole sum. */
static int
total(ex_call *c, pv_tv *ret)
{
	const pv_tlist *list;
	double d, all_of = 0;
	uint64_t whole = 0;
	bool is_whole = c->e->fn->which == SUM;
	int r = ex_list_at(c, 0, &list);
	for (size_t i = 0; r == 0 && i < list->len; i++) {
		pv_tv v = list->items[i];
		if (asks(c))
			r = ex_ask(c, 1, &list->items[i], i, &v);
		if (r < 0)
			break;
		if (!ex_number(&v, &d))
			return ex_error(c->s, c->e, "%s: expected numbers, found %s", c->e->fn->name,
					pv_tv_type(&v));
		is_whole = is_whole && v.kind == PV_T_INT;
		whole += v.kind == PV_T_INT ? (uint64_t)v.i : 0;
		all_of += d;
	}
	if (c->e->fn->which == MEAN && list->len)
		all_of /= (double)list->len;
	*ret = is_whole ? pv_tv_int((int64_t)whole) : pv_tv_float(all_of);
	return r;
}

enum { LEAST, GREATEST };

/* Of the arguments, or of the one list. */
static int
extreme(ex_call *c, pv_tv *ret)
{
	bool one = c->n == 1 && c->args[0].kind == PV_T_LIST;
	const pv_tv *items = one ? c->args[0].list->items : c->args;
	size_t n = one ? c->args[0].list->len : c->n;
	*ret = n ? items[0] : pv_tv_nil();
	for (size_t i = 0; i < n; i++) {
		double d;
		int diff;
		if (!ex_number(&items[i], &d) || !ex_compare(&items[i], ret, &diff))
			return ex_error(c->s, c->e, "%s: expected numbers, found %s", c->e->fn->name,
					pv_tv_type(&items[i]));
		if (c->e->fn->which == LEAST ? diff < 0 : diff > 0)
			*ret = items[i];
	}
	return pv_trun_spend(c->s->r, n);
}

/* clang-format off */
const ex_builtin ex_list_builtins[] = {
	{"all", 2, 2, 2, counted, ALL}, {"any", 2, 2, 2, counted, ANY}, {"none", 2, 2, 2, counted, NONE},
	{"one", 2, 2, 2, counted, ONE}, {"count", 1, 2, 2, counted, COUNT},
	{"map", 2, 2, 2, map, 0}, {"filter", 2, 2, 2, filter, 0},
	{"find", 2, 2, 2, find, 0}, {"findIndex", 2, 2, 2, find, INDEX}, {"findLast", 2, 2, 2, find, LAST},
	{"findLastIndex", 2, 2, 2, find, LAST | INDEX}, {"groupBy", 2, 2, 2, group_by, 0},
	{"reduce", 2, 3, 2, reduce, 0}, {"sortBy", 2, 3, 2, sorted_list, 0}, {"sort", 1, 2, 0, sorted_list, 0},
	{"sum", 1, 2, 2, total, SUM}, {"mean", 1, 1, 0, total, MEAN},
	{"min", 1, 4, 0, extreme, LEAST}, {"max", 1, 4, 0, extreme, GREATEST},
	{0},
};
/* clang-format on */
