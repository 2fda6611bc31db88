/* bi_collection: sets, arrays and plain objects. */
#include "base/arena.h"
#include "lang/rego/builtin.h"

/* ---- sets ---- */

static int
bi_and(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_listb b;
	pv_listb_init(&b, vm->arena);
	for (uint32_t i = 0; i < a[0]->len; i++)
		if (pv_getv(a[1], &a[0]->items[i]))
			pv_listb_add(&b, a[0]->items[i]);
	return rg_ret(vm, pv_listb_end_set(&b), ret);
}

static int
bi_or(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_listb b;
	pv_listb_init(&b, vm->arena);
	for (int k = 0; k < 2; k++)
		for (uint32_t i = 0; i < a[k]->len; i++)
			pv_listb_add(&b, a[k]->items[i]);
	return rg_ret(vm, pv_listb_end_set(&b), ret);
}

static int
bi_union(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_listb b;
	pv_listb_init(&b, vm->arena);
	for (uint32_t k = 0; k < a[0]->len; k++) {
		const pv_val *set = &a[0]->items[k];
		if (set->type != PV_SET)
			return rg_type_error(vm, "operand 1 must be set of sets but got set containing %s",
					     pv_type_name(set));
		for (uint32_t i = 0; i < set->len; i++)
			pv_listb_add(&b, set->items[i]);
	}
	return rg_ret(vm, pv_listb_end_set(&b), ret);
}

static int
bi_intersection(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_listb b;
	pv_listb_init(&b, vm->arena);
	for (uint32_t k = 0; k < a[0]->len; k++)
		if (a[0]->items[k].type != PV_SET)
			return rg_type_error(vm, "operand 1 must be set of sets but got set containing %s",
					     pv_type_name(&a[0]->items[k]));
	for (uint32_t i = 0; a[0]->len && i < a[0]->items[0].len; i++) {
		const pv_val *x = &a[0]->items[0].items[i];
		bool all = true;
		for (uint32_t k = 1; all && k < a[0]->len; k++)
			all = pv_getv(&a[0]->items[k], x) != NULL;
		if (all)
			pv_listb_add(&b, *x);
	}
	return rg_ret(vm, pv_listb_end_set(&b), ret);
}

static int
bi_set_diff(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return rg_builtin_find("minus")->fn(vm, a, ret);
}

/* ---- arrays ---- */

static int
bi_concat(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_listb b;
	pv_listb_init(&b, vm->arena);
	for (int k = 0; k < 2; k++)
		for (uint32_t i = 0; i < a[k]->len; i++)
			pv_listb_add(&b, a[k]->items[i]);
	return rg_ret(vm, pv_listb_end(&b), ret);
}

static int
bi_slice(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	int64_t from, to, len = a[0]->len;
	pv_val v = *a[0];
	int r = rg_operand_int(vm, a[1], 2, &from);
	if (r == 0)
		r = rg_operand_int(vm, a[2], 3, &to);
	if (r < 0)
		return r;
	from = from < 0 ? 0 : from;
	to = to > len ? len : to;
	v.len = from < to ? (uint32_t)(to - from) : 0;
	v.items = v.len ? a[0]->items + from : NULL;
	return rg_ret(vm, v, ret);
}

static int
bi_reverse(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_listb b;
	pv_listb_init(&b, vm->arena);
	for (uint32_t i = a[0]->len; i > 0; i--)
		pv_listb_add(&b, a[0]->items[i - 1]);
	return rg_ret(vm, pv_listb_end(&b), ret);
}

static int
bi_flatten(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_listb b;
	pv_listb_init(&b, vm->arena);
	for (uint32_t i = 0; i < a[0]->len; i++) {
		const pv_val *x = &a[0]->items[i];
		if (x->type != PV_LIST)
			pv_listb_add(&b, *x);
		for (uint32_t k = 0; x->type == PV_LIST && k < x->len; k++)
			pv_listb_add(&b, x->items[k]);
	}
	return rg_ret(vm, pv_listb_end(&b), ret);
}

/* ---- objects ---- */

static int
bi_keys(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_listb b;
	pv_listb_init(&b, vm->arena);
	for (uint32_t i = 0; i < a[0]->len; i++)
		pv_listb_add(&b, pv_sorted(a[0], i)->key);
	return rg_ret(vm, pv_listb_end_set(&b), ret);
}

static int
bi_get(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	(void)vm;
	const pv_val *v = a[0];
	if (a[1]->type != PV_LIST) {
		v = rg_lookup(v, a[1]);
		*ret = v ? v : a[2];
		return 0;
	}
	for (uint32_t i = 0; v && i < a[1]->len; i++)
		v = rg_lookup(v, &a[1]->items[i]);
	*ret = v ? v : a[2];
	return 0;
}

static bool
names_key(const pv_val *keys, const pv_val *key)
{
	if (keys->type != PV_LIST)
		return pv_getv(keys, key) != NULL;
	for (uint32_t i = 0; i < keys->len; i++)
		if (pv_eq(&keys->items[i], key))
			return true;
	return false;
}

static int
pick(rg_vm *vm, const pv_val *const *a, bool wanted, const pv_val **ret)
{
	pv_objb b;
	pv_objb_init(&b, vm->arena);
	for (uint32_t i = 0; i < a[0]->len; i++)
		if (names_key(a[1], &a[0]->members[i].key) == wanted)
			pv_objb_add(&b, a[0]->members[i].key, a[0]->members[i].val);
	return rg_ret(vm, pv_objb_end(&b), ret);
}

static int
bi_filter(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return pick(vm, a, true, ret);
}

static int
bi_remove(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return pick(vm, a, false, ret);
}

/* ---- unions, in time and memory that grow with what they hold ---- */

typedef struct entry {
	const pv_member *member;
	size_t place; /* of whose object: later ones win */
} entry;

static int
by_key(const void *a, const void *b)
{
	const entry *x = a, *y = b;
	int r = pv_cmp(&x->member->key, &y->member->key);
	return r ? r : (x->place > y->place) - (x->place < y->place);
}

static int united(rg_vm *vm, const pv_vec *objects, pv_val *ret);

/* Of the values of one key, in order: the last one, or all objects up to it in one. */
static int
united_values(rg_vm *vm, const entry *of, size_t n, pv_val *ret)
{
	size_t first = n - 1;
	pv_vec run;
	while (first > 0 && of[first].member->val.type == PV_OBJECT &&
	       of[first - 1].member->val.type == PV_OBJECT)
		first--;
	*ret = of[n - 1].member->val;
	if (first == n - 1)
		return 0;
	pv_vec_init(&run, vm->arena, sizeof(const pv_val *));
	for (size_t i = first; i < n; i++) {
		const pv_val *one = &of[i].member->val;
		pv_vec_push(&run, &one);
	}
	return united(vm, &run, ret);
}

static int
united(rg_vm *vm, const pv_vec *objects, pv_val *ret)
{
	pv_vec all;
	pv_objb o;
	int r = 0;
	pv_vec_init(&all, vm->arena, sizeof(entry));
	for (size_t i = 0; i < objects->len; i++) {
		const pv_val *object = *PV_AT(const pv_val *, objects, i);
		for (size_t k = 0; k < object->len; k++)
			pv_vec_push(&all, &(entry){&object->members[k], i});
	}
	pv_vec_sort(&all, by_key);
	pv_objb_init(&o, vm->arena);
	for (size_t i = 0, end; r == 0 && i < all.len; i = end) {
		const entry *of = PV_AT(entry, &all, i);
		pv_val v;
		for (end = i + 1; end < all.len; end++)
			if (pv_cmp(&PV_AT(entry, &all, end)->member->key, &of->member->key) != 0)
				break;
		r = united_values(vm, of, end - i, &v);
		if (r == 0) {
			pv_objb_add(&o, of->member->key, v);
			r = rg_vm_check(vm, end - i);
		}
	}
	*ret = r == 0 ? rg_deep(pv_objb_end(&o)) : pv_null();
	return r;
}

static int
bi_object_union(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_vec objects;
	pv_val v;
	int r;
	pv_vec_init(&objects, vm->arena, sizeof(const pv_val *));
	pv_vec_push(&objects, &a[0]);
	pv_vec_push(&objects, &a[1]);
	r = united(vm, &objects, &v);
	return r < 0 ? r : rg_ret(vm, v, ret);
}

static int
bi_object_union_n(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_vec objects;
	pv_val v;
	int r;
	pv_vec_init(&objects, vm->arena, sizeof(const pv_val *));
	for (uint32_t i = 0; i < a[0]->len; i++) {
		const pv_val *one = &a[0]->items[i];
		if (one->type != PV_OBJECT)
			return rg_type_error(vm,
					     "operand 1 must be array of objects but got array containing %s",
					     pv_type_name(one));
		pv_vec_push(&objects, &one);
	}
	r = united(vm, &objects, &v);
	return r < 0 ? r : rg_ret(vm, v, ret);
}

/* Is everything in `sub` in `super`?  Arrays as one run within the other.  1, 0; below 0: it takes too long. */
static int is_subset(rg_vm *vm, const pv_val *super, const pv_val *sub);

static int
value_subset(rg_vm *vm, const pv_val *super, const pv_val *sub)
{
	bool nested = super->type == PV_OBJECT && sub->type == PV_OBJECT;
	return nested || (super->type == sub->type && sub->type >= PV_LIST) ? is_subset(vm, super, sub)
									    : pv_eq(super, sub);
}

static int
array_subset(rg_vm *vm, const pv_val *super, const pv_val *sub)
{
	for (uint32_t at = 0; at + sub->len <= super->len; at++) {
		int same = rg_vm_check(vm, 0);
		if (same < 0)
			return same;
		same = 1;
		for (uint32_t i = 0; same > 0 && i < sub->len; i++)
			same = value_subset(vm, &super->items[at + i], &sub->items[i]);
		if (same)
			return same;
	}
	return 0;
}

static bool
list_has(const pv_val *list, const pv_val *v)
{
	for (uint32_t i = 0; i < list->len; i++)
		if (pv_eq(&list->items[i], v))
			return true;
	return false;
}

static int
is_subset(rg_vm *vm, const pv_val *super, const pv_val *sub)
{
	int r = 1;
	if (super->type == PV_LIST && sub->type == PV_LIST)
		return array_subset(vm, super, sub);
	for (uint32_t i = 0; sub->type == PV_SET && r > 0 && i < sub->len; i++) {
		const pv_val *v = &sub->items[i];
		r = rg_vm_check(vm, 0);
		if (r == 0)
			r = super->type == PV_LIST ? list_has(super, v) : pv_getv(super, v) != NULL;
	}
	for (uint32_t i = 0; sub->type == PV_OBJECT && r > 0 && i < sub->len; i++) {
		const pv_val *v = pv_getv(super, &sub->members[i].key);
		r = v ? value_subset(vm, v, &sub->members[i].val) : 0;
	}
	return r;
}

static int
bi_subset(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	bool fits = a[0]->type == a[1]->type || (a[0]->type == PV_LIST && a[1]->type == PV_SET);
	if (!fits)
		return rg_type_error(
			vm, "both arguments object.subset must be of the same type or array and set");
	int r = is_subset(vm, a[0], a[1]);
	return r < 0 ? r : rg_ret_bool(r, ret);
}

static const rg_builtin rows[] = {
	{"and", "t t", bi_and, 2, 0},
	{"or", "t t", bi_or, 2, 0},
	{"union", "t", bi_union, 1, 0},
	{"intersection", "t", bi_intersection, 1, 0},
	{"set_diff", "t t", bi_set_diff, 2, RG_B_DEPRECATED},
	{"array.concat", "a a", bi_concat, 2, 0},
	{"array.slice", "a n n", bi_slice, 3, 0},
	{"array.reverse", "a", bi_reverse, 1, 0},
	{"array.flatten", "a", bi_flatten, 1, 0},
	{"object.keys", "o", bi_keys, 1, 0},
	{"object.get", "o * *", bi_get, 3, 0},
	{"object.filter", "o ota", bi_filter, 2, 0},
	{"object.remove", "o ota", bi_remove, 2, 0},
	{"object.union", "o o", bi_object_union, 2, 0},
	{"object.union_n", "a", bi_object_union_n, 1, 0},
	{"object.subset", "oat oat", bi_subset, 2, 0},
};
RG_FAMILY(collection);
