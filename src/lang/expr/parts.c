/* parts: built-in functions of the parts of lists, maps and texts. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "lang/expr/inside.h"

int
ex_wrong(ex_call *c, size_t argument, const char *expected)
{
	return ex_error(c->s, c->e->kids[argument], "%s: expected %s, found %s", c->e->fn->name, expected,
			pv_tv_type(&c->args[argument]));
}

int
ex_list_at(ex_call *c, size_t i, const pv_tlist **ret)
{
	static const pv_tlist none;
	*ret = &none;
	if (c->args[i].kind != PV_T_LIST)
		return ex_wrong(c, i, "a list");
	*ret = c->args[i].list;
	return pv_trun_spend(c->s->r, c->args[i].list->len);
}

static int
len(ex_call *c, pv_tv *ret)
{
	const pv_tv *v = &c->args[0];
	uint32_t rune;
	size_t n = 0;
	if (v->kind == PV_T_STRING)
		for (size_t i = 0; i < v->len; n++) {
			int step = pv_utf8_step(v->s + i, v->len - i, &rune);
			i += step > 0 ? (size_t)step : 1;
		}
	else if (v->kind == PV_T_LIST)
		n = v->list->len;
	else if (v->kind == PV_T_MAP)
		n = v->map->len;
	else
		return ex_error(c->s, c->e, "invalid argument for len (type %s)", pv_tv_type(v));
	*ret = pv_tv_int((int64_t)n);
	return pv_trun_spend(c->s->r, n / 16);
}

enum { FIRST, LAST };

/* nil of what is empty, or no list. */
static int
end(ex_call *c, pv_tv *ret)
{
	const pv_tv *v = &c->args[0];
	*ret = v->kind != PV_T_LIST || !v->list->len
		       ? pv_tv_nil()
		       : v->list->items[c->e->fn->which == LAST ? v->list->len - 1 : 0];
	return 0;
}

static int
take(ex_call *c, pv_tv *ret)
{
	const pv_tlist *list;
	int r = ex_list_at(c, 0, &list);
	if (r < 0)
		return r;
	if (c->args[1].kind != PV_T_INT || c->args[1].i < 0)
		return ex_wrong(c, 1, "a whole number from 0 on");
	*ret = ex_list_of(c, list->items,
			  (uint64_t)c->args[1].i < list->len ? (size_t)c->args[1].i : list->len);
	return 0;
}

static int
reverse(ex_call *c, pv_tv *ret)
{
	const pv_tlist *list;
	int r = ex_list_at(c, 0, &list);
	pv_tv *items = r == 0 ? ex_room(c, list->len) : NULL;
	for (size_t i = 0; r == 0 && i < list->len; i++)
		items[list->len - 1 - i] = list->items[i];
	if (r == 0)
		*ret = ex_list_of(c, items, list->len);
	return r;
}

static int
uniq(ex_call *c, pv_tv *ret)
{
	const pv_tlist *list;
	size_t n = 0;
	int r = ex_list_at(c, 0, &list);
	pv_tv *items = r == 0 ? ex_room(c, list->len) : NULL;
	for (size_t i = 0; r == 0 && i < list->len; i++) {
		bool known = false;
		for (size_t k = 0; r == 0 && k < n && !known; k++)
			r = ex_equal(c->s, &items[k], &list->items[i], &known);
		if (!known)
			items[n++] = list->items[i];
		r = r < 0 ? r : pv_trun_spend(c->s->r, n);
	}
	if (r == 0)
		*ret = ex_list_of(c, items, n);
	return r;
}

/* Lists of lists, to their last. */
static int
flat(ex_call *c, const pv_tlist *list, unsigned depth, pv_vec *to)
{
	int r = pv_trun_spend(c->s->r, list->len);
	if (depth > 100)
		return ex_error(c->s, c->e, "flatten: lists more than 100 within one another");
	for (size_t i = 0; r == 0 && i < list->len; i++)
		if (list->items[i].kind == PV_T_LIST)
			r = flat(c, list->items[i].list, depth + 1, to);
		else
			pv_vec_push(to, &list->items[i]);
	return r;
}

static int
flatten(ex_call *c, pv_tv *ret)
{
	pv_vec items;
	const pv_tlist *list;
	int r = ex_list_at(c, 0, &list);
	pv_vec_init(&items, ex_arena(c), sizeof(pv_tv));
	r = r < 0 ? r : flat(c, list, 0, &items);
	*ret = ex_list_of(c, items.data, items.len);
	return r;
}

/* One level only. */
static int
concat(ex_call *c, pv_tv *ret)
{
	pv_vec items;
	int r = 0;
	pv_vec_init(&items, ex_arena(c), sizeof(pv_tv));
	for (size_t i = 0; r == 0 && i < c->n; i++) {
		const pv_tlist *list;
		r = ex_list_at(c, i, &list);
		for (size_t k = 0; r == 0 && k < list->len; k++)
			pv_vec_push(&items, &list->items[k]);
	}
	*ret = ex_list_of(c, items.data, items.len);
	return r;
}

enum { KEYS, VALUES, PAIRS };

static int
of_map(ex_call *c, pv_tv *ret)
{
	const unsigned which = c->e->fn->which;
	pv_tmap *m = c->args[0].map;
	pv_tv *items;
	if (c->args[0].kind != PV_T_MAP)
		return ex_wrong(c, 0, "a map");
	pv_tmap_sort(m);
	items = ex_room(c, m->len);
	for (uint32_t i = 0; i < m->len; i++) {
		pv_tv *pair = which == PAIRS ? ex_room(c, 2) : NULL;
		items[i] = which == VALUES ? m->at[i].val : pv_tv_str(m->at[i].key);
		if (pair) {
			pair[0] = items[i];
			pair[1] = m->at[i].val;
			items[i] = ex_list_of(c, pair, 2);
		}
	}
	*ret = ex_list_of(c, items, m->len);
	return pv_trun_spend(c->s->r, m->len);
}

static int
from_pairs(ex_call *c, pv_tv *ret)
{
	pv_tmap *m = pv_tmap_new(ex_arena(c));
	const pv_tlist *list;
	int r = ex_list_at(c, 0, &list);
	for (size_t i = 0; r == 0 && i < list->len; i++) {
		const pv_tv *pair = &list->items[i];
		if (pair->kind != PV_T_LIST || pair->list->len != 2 ||
		    pair->list->items[0].kind != PV_T_STRING)
			return ex_error(c->s, c->e, "fromPairs: expected lists of a text and a value");
		pv_tmap_put(m, pv_tv_strv(&pair->list->items[0]), pair->list->items[1]);
	}
	*ret = pv_tv_map(m);
	return r;
}

/* nil where there is none. */
static int
get(ex_call *c, pv_tv *ret)
{
	const pv_tv *from = &c->args[0], *key = &c->args[1];
	int64_t n = from->kind == PV_T_LIST ? (int64_t)from->list->len : 0;
	*ret = pv_tv_nil();
	if (ex_is_nil(from) ||
	    (from->kind == PV_T_LIST && (key->kind != PV_T_INT || key->i >= n || key->i < -n)))
		return 0;
	return ex_fetch(c->s, c->e, from, key, ret);
}

/* clang-format off */
const ex_builtin ex_part_builtins[] = {
	{"len", 1, 1, 0, len, 0}, {"first", 1, 1, 0, end, FIRST}, {"last", 1, 1, 0, end, LAST},
	{"take", 2, 2, 0, take, 0}, {"reverse", 1, 1, 0, reverse, 0}, {"uniq", 1, 1, 0, uniq, 0},
	{"flatten", 1, 1, 0, flatten, 0}, {"concat", 1, 4, 0, concat, 0}, {"keys", 1, 1, 0, of_map, KEYS},
	{"values", 1, 1, 0, of_map, VALUES}, {"toPairs", 1, 1, 0, of_map, PAIRS},
	{"fromPairs", 1, 1, 0, from_pairs, 0}, {"get", 2, 2, 0, get, 0}, {0},
};
/* clang-format on */
