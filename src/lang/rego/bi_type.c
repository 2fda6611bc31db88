/* bi_type: questions about types, and v0's casts. */
#include "base/arena.h"
#include "lang/rego/builtin.h"

#define IS(name, wanted) \
	static int bi_is_##name(rg_vm *vm, const pv_val *const *a, const pv_val **ret) \
	{ \
		(void)vm; \
		return rg_ret_bool(a[0]->type == (wanted), ret); \
	}
IS(null, PV_NULL)
IS(boolean, PV_BOOL)
IS(number, PV_NUMBER)
IS(string, PV_STRING)
IS(array, PV_LIST)
IS(object, PV_OBJECT)
IS(set, PV_SET)

static int
bi_type_name(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return rg_ret(vm, pv_string_ref(pv_type_name(a[0])), ret);
}

static int
bi_itself(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	(void)vm;
	*ret = a[0];
	return 0;
}

static int
copied(rg_vm *vm, const pv_val *v, bool set, const pv_val **ret)
{
	pv_listb b;
	pv_listb_init(&b, vm->arena);
	for (uint32_t i = 0; i < v->len; i++)
		pv_listb_add(&b, v->items[i]);
	return rg_ret(vm, set ? pv_listb_end_set(&b) : pv_listb_end(&b), ret);
}

static int
bi_cast_array(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return copied(vm, a[0], false, ret);
}

static int
bi_cast_set(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return copied(vm, a[0], true, ret);
}

static const rg_builtin rows[] = {
	{"is_null", "*", bi_is_null, 1, 0},
	{"is_boolean", "*", bi_is_boolean, 1, 0},
	{"is_number", "*", bi_is_number, 1, 0},
	{"is_string", "*", bi_is_string, 1, 0},
	{"is_array", "*", bi_is_array, 1, 0},
	{"is_object", "*", bi_is_object, 1, 0},
	{"is_set", "*", bi_is_set, 1, 0},
	{"type_name", "*", bi_type_name, 1, 0},
	{"cast_array", "at", bi_cast_array, 1, RG_B_DEPRECATED},
	{"cast_set", "at", bi_cast_set, 1, RG_B_DEPRECATED},
	{"cast_string", "s", bi_itself, 1, RG_B_DEPRECATED},
	{"cast_boolean", "b", bi_itself, 1, RG_B_DEPRECATED},
	{"cast_null", "z", bi_itself, 1, RG_B_DEPRECATED},
	{"cast_object", "o", bi_itself, 1, RG_B_DEPRECATED},
};
RG_FAMILY(type);
