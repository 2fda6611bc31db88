/* bi_aggregate: count sum product max min sort, and v0's any and all. */
#include "base/arena.h"
#include "base/utf8.h"
#include "lang/rego/num.h"

static const pv_val *
nth(const pv_val *coll, uint32_t i)
{
	return coll->type == PV_OBJECT ? &pv_sorted(coll, i)->val : &coll->items[i];
}

static int
bi_count(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	size_t n = a[0]->type == PV_STRING ? pv_utf8_count(pv_strv(a[0])) : a[0]->len;
	return rg_ret(vm, pv_int((int64_t)n), ret);
}

/* Whole numbers from the first on, as one: written out between steps, a product of n of them
 * would take their digits n times.  Returns how many, or an error. */
static int64_t
fold_whole(rg_vm *vm, const pv_val *coll, enum rg_num_op op, pv_val *total)
{
	mpz_t sum, x;
	uint32_t i = 0;
	int r = 0;
	(void)rg_num_get(total, sum);
	for (; r == 0 && i < coll->len; i++) {
		bool whole = rg_num_get(&coll->items[i], x);
		if (whole && op == RG_ADD)
			mpz_add(sum, sum, x);
		else if (whole)
			mpz_mul(sum, sum, x);
		mpz_clear(x);
		if (!whole)
			break;
		r = rg_vm_check(vm, 0);
		if (r == 0 && mpz_sizeinbase(sum, 2) > (size_t)RG_NUM_DIGITS * 4)
			r = rg_builtin_error(vm, "number out of range: more than %d digits", RG_NUM_DIGITS);
	}
	if (r == 0)
		*total = rg_num_put(vm->arena, sum);
	mpz_clear(sum);
	return r < 0 ? r : (int64_t)i;
}

static int
fold(rg_vm *vm, const pv_val *coll, enum rg_num_op op, int64_t start, const pv_val **ret)
{
	pv_val total = pv_int(start);
	for (uint32_t i = 0; i < coll->len; i++)
		if (coll->items[i].type != PV_NUMBER)
			return rg_type_error(vm, "operand 1 must be %s of numbers but got %s containing %s",
					     pv_type_name(coll), pv_type_name(coll),
					     pv_type_name(&coll->items[i]));
	int64_t at = fold_whole(vm, coll, op, &total);
	int r = at < 0 ? (int)at : 0;
	for (uint32_t i = (uint32_t)at; r == 0 && i < coll->len; i++) {
		r = rg_num_calc(vm, op, &total, &coll->items[i], &total);
		if (r == 0)
			r = rg_vm_check(vm, 0);
	}
	return r < 0 ? r : rg_ret(vm, total, ret);
}

static int
bi_sum(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return fold(vm, a[0], RG_ADD, 0, ret);
}

static int
bi_product(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return fold(vm, a[0], RG_MUL, 1, ret);
}

static int
bi_max(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	(void)vm;
	for (uint32_t i = 0; i < a[0]->len; i++)
		if (!*ret || pv_cmp(nth(a[0], i), *ret) > 0)
			*ret = nth(a[0], i);
	return 0;
}

static int
bi_min(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	(void)vm;
	for (uint32_t i = 0; i < a[0]->len; i++)
		if (!*ret || pv_cmp(nth(a[0], i), *ret) < 0)
			*ret = nth(a[0], i);
	return 0;
}

static int
by_value(const void *a, const void *b)
{
	return pv_cmp(a, b);
}

static int
bi_sort(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_vec v;
	pv_vec_init(&v, vm->arena, sizeof(pv_val));
	for (uint32_t i = 0; i < a[0]->len; i++)
		pv_vec_push(&v, &a[0]->items[i]);
	if (v.len > 1)
		pv_vec_sort(&v, by_value);
	return rg_ret(vm, pv_list_of(vm->arena, v.data, v.len), ret);
}

static bool
is_true(const pv_val *v)
{
	return v->type == PV_BOOL && v->b;
}

static int
bi_all(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	(void)vm;
	bool all = true;
	for (uint32_t i = 0; i < a[0]->len; i++)
		all = all && is_true(&a[0]->items[i]);
	return rg_ret_bool(all, ret);
}

static int
bi_any(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	(void)vm;
	bool any = false;
	for (uint32_t i = 0; i < a[0]->len; i++)
		any = any || is_true(&a[0]->items[i]);
	return rg_ret_bool(any, ret);
}

static const rg_builtin rows[] = {
	{"count", "aots", bi_count, 1, 0},
	{"sum", "at", bi_sum, 1, 0},
	{"product", "at", bi_product, 1, 0},
	{"max", "at", bi_max, 1, 0},
	{"min", "at", bi_min, 1, 0},
	{"sort", "at", bi_sort, 1, 0},
	{"all", "at", bi_all, 1, RG_B_DEPRECATED},
	{"any", "at", bi_any, 1, RG_B_DEPRECATED},
};
RG_FAMILY(aggregate);
