/* types: making, joining, comparing, selecting. */
#include "lang/rego/types.h"

#include <string.h>

#include "base/arena.h"

const rg_type rg_type_any = {.kind = TYPE_ANY}, rg_type_null = {.kind = TYPE_NULL},
	      rg_type_bool = {.kind = TYPE_BOOL}, rg_type_number = {.kind = TYPE_NUMBER},
	      rg_type_string = {.kind = TYPE_STRING};

/* ---- making ---- */

static void
grow(rg_type *t, const rg_type *by)
{
	if (!by)
		return;
	t->height = by->height >= t->height ? (uint16_t)(by->height + 1) : t->height;
	t->size += by->size + 1;
}

static const rg_type *
keep(pv_arena *arena, rg_type t)
{
	grow(&t, t.key);
	grow(&t, t.of);
	for (uint32_t i = 0; i < t.n && t.size <= RG_TYPE_SIZE; i++)
		grow(&t, t.args[i]);
	if (t.height > RG_TYPE_HEIGHT || t.size > RG_TYPE_SIZE)
		return &rg_type_any;
	rg_type *new = pv_new(arena, rg_type);
	*new = t;
	return new;
}

static bool
is_any(const rg_type *t)
{
	return t->kind == TYPE_ANY && t->n == 0;
}

/* An empty one, a list of exceptions say, tells nothing of the members that it may have one day: OPA takes any. */
const rg_type *
rg_type_array(pv_arena *arena, const rg_type *const *args, uint32_t n, const rg_type *of)
{
	of = n || of ? of : &rg_type_any;
	return keep(arena, (rg_type){.kind = TYPE_ARRAY, .n = n, .args = args, .of = of});
}

const rg_type *
rg_type_set(pv_arena *arena, const rg_type *of)
{
	return keep(arena, (rg_type){.kind = TYPE_SET, .of = of ? of : &rg_type_any});
}

const rg_type *
rg_type_object(pv_arena *arena, const pv_val *keys, const rg_type *const *args, uint32_t n,
	       const rg_type *key, const rg_type *of)
{
	key = n || key ? key : &rg_type_any;
	of = n || of ? of : &rg_type_any;
	return keep(arena,
		    (rg_type){.kind = TYPE_OBJECT, .n = n, .args = args, .keys = keys, .key = key, .of = of});
}

static const rg_type *type_of(pv_arena *arena, const pv_val *v, int depth);

/* Large lists and objects are summed up. */
static const rg_type *
type_of_many(pv_arena *arena, const pv_val *v, int depth)
{
	const rg_type *key = NULL, *of = NULL;
	for (uint32_t i = 0; i < v->len; i++) {
		if (v->type == PV_OBJECT)
			key = rg_type_or(arena, key, type_of(arena, &v->members[i].key, depth + 1));
		of = rg_type_or(
			arena, of,
			type_of(arena, v->type == PV_OBJECT ? &v->members[i].val : &v->items[i], depth + 1));
	}
	if (v->type == PV_SET)
		return rg_type_set(arena, of);
	return v->type == PV_LIST ? rg_type_array(arena, NULL, 0, of)
				  : rg_type_object(arena, NULL, NULL, 0, key, of);
}

static const rg_type *
type_of_object(pv_arena *arena, const pv_val *v, int depth)
{
	pv_val *keys = pv_new_array(arena, pv_val, v->len);
	const rg_type **args = pv_new_array(arena, const rg_type *, v->len), *key = NULL, *of = NULL;
	uint32_t n = 0;
	for (uint32_t i = 0; i < v->len; i++) {
		const pv_member *m = pv_sorted(v, i);
		const rg_type *t = type_of(arena, &m->val, depth + 1);
		if (m->key.type <= PV_STRING) {
			keys[n] = m->key;
			args[n++] = t;
		} else {
			key = rg_type_or(arena, key, type_of(arena, &m->key, depth + 1));
			of = rg_type_or(arena, of, t);
		}
	}
	return rg_type_object(arena, keys, args, n, key, of);
}

static const rg_type *
type_of(pv_arena *arena, const pv_val *v, int depth)
{
	if (depth > RG_TYPE_DEPTH)
		return &rg_type_any;
	switch ((enum pv_type)v->type) {
	case PV_NULL: return &rg_type_null;
	case PV_BOOL: return &rg_type_bool;
	case PV_NUMBER: return &rg_type_number;
	case PV_STRING: return &rg_type_string;
	case PV_LIST:
	case PV_OBJECT:
	case PV_SET: break;
	}
	if (v->type == PV_SET || v->len > RG_TYPE_MEMBERS)
		return type_of_many(arena, v, depth);
	if (v->type == PV_OBJECT)
		return type_of_object(arena, v, depth);
	const rg_type **args = pv_new_array(arena, const rg_type *, v->len);
	for (uint32_t i = 0; i < v->len; i++)
		args[i] = type_of(arena, &v->items[i], depth + 1);
	return rg_type_array(arena, args, v->len, NULL);
}

const rg_type *
rg_type_of(pv_arena *arena, const pv_val *v)
{
	return type_of(arena, v, 0);
}

/* ---- order and alternatives ---- */

static int compare(const rg_type *a, const rg_type *b);

static int
compare_args(const rg_type *a, const rg_type *b)
{
	for (uint32_t i = 0; i < a->n && i < b->n; i++) {
		int r = a->kind == TYPE_OBJECT ? pv_cmp(&a->keys[i], &b->keys[i]) : 0;
		r = r ? r : compare(a->args[i], b->args[i]);
		if (r)
			return r;
	}
	return (a->n > b->n) - (a->n < b->n);
}

static int
compare(const rg_type *a, const rg_type *b)
{
	if (a == b)
		return 0;
	if (!a || !b)
		return a ? 1 : -1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	int r = compare_args(a, b);
	r = r ? r : compare(a->key, b->key);
	return r ? r : compare(a->of, b->of);
}

static void
add_alternative(const rg_type **list, uint32_t *n, const rg_type *t)
{
	uint32_t at = 0;
	for (uint32_t end = *n; at < end;) {
		uint32_t mid = at + (end - at) / 2;
		int r = compare(list[mid], t);
		if (r == 0)
			return;
		at = r < 0 ? mid + 1 : at;
		end = r < 0 ? end : mid;
	}
	memmove(list + at + 1, list + at, (*n - at) * sizeof *list);
	list[at] = t;
	*n += 1;
}

const rg_type *
rg_type_or(pv_arena *arena, const rg_type *a, const rg_type *b)
{
	const rg_type *both[] = {a, b};
	uint32_t n = 0;
	if (!a || !b || compare(a, b) == 0)
		return a ? a : b;
	if (is_any(a) || is_any(b))
		return &rg_type_any;
	uint32_t most = (a->kind == TYPE_ANY ? a->n : 1) + (b->kind == TYPE_ANY ? b->n : 1);
	if (most > RG_TYPE_MEMBERS)
		return &rg_type_any;
	const rg_type **list = pv_new_array(arena, const rg_type *, most);
	for (int i = 0; i < 2; i++)
		for (uint32_t k = 0; k < (both[i]->kind == TYPE_ANY ? both[i]->n : 1); k++)
			add_alternative(list, &n, both[i]->kind == TYPE_ANY ? both[i]->args[k] : both[i]);
	return n == 1 ? list[0] : keep(arena, (rg_type){.kind = TYPE_ANY, .n = n, .args = list});
}

/* ---- meeting ---- */

static const rg_type *member(const rg_type *t, const pv_val *key);
static bool meets(const rg_type *a, const rg_type *b, int *left);

static const rg_type *
item(const rg_type *t, uint32_t i)
{
	return i < t->n ? t->args[i] : t->of;
}

static bool
has_key(const rg_type *t, const pv_val *key)
{
	for (uint32_t i = 0; i < t->n; i++)
		if (pv_eq(&t->keys[i], key))
			return true;
	return false;
}

/* What a says of its members, but for those of which b says something too if they were held to each other before. */
static bool
meets_members(const rg_type *a, const rg_type *b, bool before, int *left)
{
	for (uint32_t i = before && a->kind == TYPE_ARRAY ? b->n : 0; i < a->n; i++) {
		const rg_type *x = a->args[i],
			      *y = a->kind == TYPE_ARRAY ? item(b, i) : member(b, &a->keys[i]);
		if (a->kind == TYPE_OBJECT && ((!y && a->of) || (before && has_key(b, &a->keys[i]))))
			continue; /* it may be absent */
		if (!y || !meets(x, y, left))
			return false;
	}
	return true;
}

static bool
meets(const rg_type *a, const rg_type *b, int *left)
{
	if (b->kind == TYPE_ANY && a->kind != TYPE_ANY) {
		const rg_type *swap = a;
		a = b;
		b = swap;
	}
	if (a == b || is_any(a) || is_any(b) || --*left < 0)
		return true;
	if (a->kind == TYPE_ANY) {
		for (uint32_t i = 0; i < a->n; i++)
			if (meets(a->args[i], b, left))
				return true;
		return false;
	}
	if (a->kind != b->kind)
		return false;
	if (a->kind == TYPE_SET)
		return meets(a->of, b->of, left);
	if (a->kind != TYPE_ARRAY && a->kind != TYPE_OBJECT)
		return true;
	return meets_members(a, b, false, left) && meets_members(b, a, true, left) &&
	       (!a->of || !b->of || meets(a->of, b->of, left));
}

bool
rg_type_meets(const rg_type *a, const rg_type *b)
{
	int left = RG_TYPE_WORK;
	return meets(a, b, &left);
}

static bool
fits(const pv_val *v, const rg_type *t, int depth, int *left)
{
	static const uint8_t kinds[] = {TYPE_NULL,  TYPE_BOOL,   TYPE_NUMBER, TYPE_STRING,
					TYPE_ARRAY, TYPE_OBJECT, TYPE_SET};
	const rg_type *of;
	if (depth > RG_TYPE_DEPTH || is_any(t) || --*left < 0)
		return true;
	if (t->kind == TYPE_ANY) {
		for (uint32_t i = 0; i < t->n; i++)
			if (fits(v, t->args[i], depth, left))
				return true;
		return false;
	}
	if (v->type >= PV_LIST && v->len == 0)
		return kinds[v->type] == t->kind;
	if (kinds[v->type] != t->kind || (v->type == PV_OBJECT && !t->of && v->len != t->n) ||
	    (v->type == PV_LIST && (v->len < t->n || (!t->of && v->len != t->n))))
		return false;
	for (uint32_t i = 0; v->type >= PV_LIST && i < v->len; i++) {
		of = v->type == PV_OBJECT ? member(t, &v->members[i].key)
		     : v->type == PV_LIST ? item(t, i)
					  : t->of;
		if (!of ||
		    !fits(v->type == PV_OBJECT ? &v->members[i].val : &v->items[i], of, depth + 1, left))
			return false;
	}
	return true;
}

bool
rg_type_fits(const pv_val *v, const rg_type *t)
{
	int left = RG_TYPE_WORK;
	return fits(v, t, 0, &left);
}

/* ---- selecting ---- */

static const rg_type *
scalar(const pv_val *v)
{
	static const rg_type *const types[] = {&rg_type_null, &rg_type_bool, &rg_type_number,
					       &rg_type_string};
	return v->type <= PV_STRING ? types[v->type] : NULL;
}

static bool
takes_key(const rg_type *key, const pv_val *v)
{
	const rg_type *t = scalar(v);
	return !t || rg_type_meets(key, t);
}

static const rg_type *
member(const rg_type *t, const pv_val *key)
{
	for (uint32_t i = 0; i < t->n; i++)
		if (pv_eq(&t->keys[i], key))
			return t->args[i];
	return t->key && takes_key(t->key, key) ? t->of : NULL;
}

const rg_type *
rg_type_select(pv_arena *arena, const rg_type *t, const pv_val *key)
{
	const rg_type *all = NULL;
	int64_t i;
	switch ((enum rg_type_kind)t->kind) {
	case TYPE_ARRAY:
		i = pv_i64(key, -1);
		return key->type == PV_NUMBER && i >= 0 ? item(t, i < UINT32_MAX ? (uint32_t)i : UINT32_MAX)
							: NULL;
	case TYPE_OBJECT: return member(t, key);
	case TYPE_SET: return takes_key(t->of, key) ? t->of : NULL;
	case TYPE_ANY:
		for (uint32_t k = 0; k < t->n; k++)
			all = rg_type_or(arena, all, rg_type_select(arena, t->args[k], key));
		return t->n ? all : t;
	case TYPE_NULL:
	case TYPE_BOOL:
	case TYPE_NUMBER:
	case TYPE_STRING: break;
	}
	return NULL;
}

const rg_type *
rg_type_keys(pv_arena *arena, const rg_type *t)
{
	const rg_type *all = t->kind == TYPE_OBJECT ? t->key : NULL;
	if (t->kind == TYPE_ARRAY)
		return &rg_type_number;
	if (t->kind == TYPE_SET)
		return t->of;
	if (t->kind != TYPE_OBJECT && t->kind != TYPE_ANY)
		return NULL;
	for (uint32_t i = 0; i < t->n; i++)
		all = rg_type_or(arena, all,
				 t->kind == TYPE_ANY ? rg_type_keys(arena, t->args[i])
						     : type_of(arena, &t->keys[i], 0));
	return is_any(t) ? t : all;
}

const rg_type *
rg_type_values(pv_arena *arena, const rg_type *t)
{
	const rg_type *all = t->of;
	if (t->kind < TYPE_ARRAY)
		return NULL;
	for (uint32_t i = 0; i < t->n; i++)
		all = rg_type_or(arena, all,
				 t->kind == TYPE_ANY ? rg_type_values(arena, t->args[i]) : t->args[i]);
	return is_any(t) ? t : all;
}
