/* bi_compare: comparison and membership. */
#include "lang/rego/builtin.h"

static int
bi_equal(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	(void)vm;
	return rg_ret_bool(pv_eq(a[0], a[1]), ret);
}

static int
bi_neq(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	(void)vm;
	return rg_ret_bool(!pv_eq(a[0], a[1]), ret);
}

static int
bi_lt(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	(void)vm;
	return rg_ret_bool(pv_cmp(a[0], a[1]) < 0, ret);
}

static int
bi_lte(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	(void)vm;
	return rg_ret_bool(pv_cmp(a[0], a[1]) <= 0, ret);
}

static int
bi_gt(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	(void)vm;
	return rg_ret_bool(pv_cmp(a[0], a[1]) > 0, ret);
}

static int
bi_gte(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	(void)vm;
	return rg_ret_bool(pv_cmp(a[0], a[1]) >= 0, ret);
}

static bool
is_member(const pv_val *x, const pv_val *coll)
{
	if (coll->type == PV_SET)
		return pv_getv(coll, x) != NULL;
	for (uint32_t i = 0; coll->type == PV_LIST && i < coll->len; i++)
		if (pv_eq(&coll->items[i], x))
			return true;
	for (uint32_t i = 0; coll->type == PV_OBJECT && i < coll->len; i++)
		if (pv_eq(&coll->members[i].val, x))
			return true;
	return false;
}

static int
bi_member(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	(void)vm;
	return rg_ret_bool(is_member(a[0], a[1]), ret);
}

static int
bi_member_key(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	(void)vm;
	const pv_val *found = rg_lookup(a[2], a[0]);
	return rg_ret_bool(found && pv_eq(found, a[1]), ret);
}

static const rg_builtin rows[] = {
	{"equal", "* *", bi_equal, 2, 0},
	{"neq", "* *", bi_neq, 2, 0},
	{"lt", "* *", bi_lt, 2, 0},
	{"lte", "* *", bi_lte, 2, 0},
	{"gt", "* *", bi_gt, 2, 0},
	{"gte", "* *", bi_gte, 2, 0},
	{"eq", "* *", bi_equal, 2, 0},
	{"internal.member_2", "* *", bi_member, 2, 0},
	{"internal.member_3", "* * *", bi_member_key, 3, 0},
};
RG_FAMILY(compare);
