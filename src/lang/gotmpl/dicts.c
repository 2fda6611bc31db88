/* dicts: sprig's functions of maps. */
#include "base/arena.h"
#include "lang/gotmpl/impl.h"

#define DEPTH 1000

TFN(fn_dict)
{
	pv_tmap *m = pv_tmap_new(r->arena);
	for (size_t i = 0; i < n; i += 2) {
		pv_str key;
		if (text_of(r, &args[i], &key) < 0)
			return -PV_EINVALID;
		pv_tmap_put(m, key, i + 1 < n ? args[i + 1] : pv_tv_text(""));
	}
	*ret = pv_tv_map(m);
	return 0;
}

TFN(fn_get)
{
	const pv_tv *v = pv_tmap_find(args[0].map, targ(args, 1));
	*ret = v ? *v : pv_tv_text("");
	return 0;
}

TFN(fn_set)
{
	pv_tv v = args[2];
	if (v.kind == PV_T_INVALID)
		v.kind = PV_T_NIL;
	pv_tmap_put(args[0].map, targ(args, 1), v);
	*ret = args[0];
	ret->type = PV_TY_PLAIN;
	return 0;
}

TFN(fn_unset)
{
	(void)pv_tmap_del(args[0].map, targ(args, 1));
	*ret = args[0];
	ret->type = PV_TY_PLAIN;
	return pv_trun_spend(r, args[0].map->len / 8);
}

TFN(fn_has_key)
{
	*ret = pv_tv_bool(pv_tmap_find(args[0].map, targ(args, 1)) != NULL);
	return 0;
}

TFN(fn_pluck)
{
	pv_tv *out = pv_new_array(r->arena, pv_tv, n);
	size_t k = 0;
	for (size_t i = 1; i < n; i++) {
		const pv_tv *v = pv_tmap_find(args[i].map, targ(args, 0));
		if (v != NULL)
			out[k++] = *v;
	}
	*ret = pv_tv_list(r->arena, out, k, PV_TY_PLAIN);
	return 0;
}

/* Go's order of keys is random; ours is sorted. */
TFN(fn_keys)
{
	pv_vec keys;
	pv_vec_init(&keys, r->arena, sizeof(pv_str));
	for (size_t i = 0; i < n; i++) {
		pv_tmap_sort(args[i].map);
		for (uint32_t k = 0; k < args[i].map->len; k++)
			pv_vec_push(&keys, &args[i].map->at[k].key);
	}
	*ret = list_of_texts(r, &keys);
	return pv_trun_spend(r, keys.len);
}

TFN(fn_values)
{
	pv_tmap *m = args[0].map;
	pv_tv *out = pv_new_array(r->arena, pv_tv, m->len);
	pv_tmap_sort(m);
	for (uint32_t i = 0; i < m->len; i++)
		out[i] = m->at[i].val;
	*ret = pv_tv_list(r->arena, out, m->len, PV_TY_PLAIN);
	return pv_trun_spend(r, m->len);
}

TFN(fn_pick)
{
	pv_tmap *m = pv_tmap_new(r->arena);
	for (size_t i = 1; i < n; i++) {
		const pv_tv *v = pv_tmap_find(args[0].map, targ(args, i));
		if (v != NULL)
			pv_tmap_put(m, targ(args, i), *v);
	}
	*ret = pv_tv_map(m);
	return 0;
}

TFN(fn_omit)
{
	pv_tmap *m = pv_tmap_new(r->arena), *from = args[0].map;
	for (uint32_t i = 0; i < from->len; i++) {
		bool omitted = false;
		for (size_t k = 1; !omitted && k < n; k++)
			omitted = pv_str_eq(targ(args, k), from->at[i].key);
		if (!omitted)
			pv_tmap_put(m, from->at[i].key, from->at[i].val);
	}
	*ret = pv_tv_map(m);
	return pv_trun_spend(r, from->len * n);
}

TFN(fn_dig)
{
	if (n < 3)
		return pv_trun_fail(r, "dig needs at least three arguments");
	pv_tv at = args[n - 1];
	for (size_t i = 0; i < n - 2; i++) {
		if (args[i].kind != PV_T_STRING)
			return pv_trun_fail(r, "interface conversion: interface {} is %s, not string",
					    pv_tv_type(&args[i]));
		if (at.kind != PV_T_MAP || at.type == PV_TY_STRING_MAP)
			return pv_trun_fail(
				r,
				"interface conversion: interface {} is %s, not map[string]interface "
				"{}",
				at.kind <= PV_T_NIL ? "nil" : pv_tv_type(&at));
		const pv_tv *v = pv_tmap_find(at.map, targ(args, i));
		if (v == NULL) {
			*ret = args[n - 2];
			return 0;
		}
		at = *v;
	}
	*ret = at;
	return 0;
}

/* ---- merging, as mergo does ---- */

static int
merge(pv_trun *r, pv_tmap *dst, const pv_tmap *src, bool overwrite, unsigned depth)
{
	if (dst == src)
		return 0;
	if (depth > DEPTH)
		return pv_trun_fail(r, "maps lie more than %d deep within one another", DEPTH);
	for (uint32_t i = 0; i < src->len; i++) {
		const pv_tv *from = &src->at[i].val;
		const pv_tv *to = pv_tmap_find(dst, src->at[i].key);
		if (pv_trun_spend(r, 1) < 0)
			return -PV_ETOOLARGE;
		if (from->kind <= PV_T_NIL) {
			if (overwrite)
				pv_tmap_put(dst, src->at[i].key, pv_tv_nil());
			continue;
		}
		if (from->kind == PV_T_MAP && to != NULL && to->kind == PV_T_MAP) {
			int code = merge(r, to->map, from->map, overwrite, depth + 1);
			if (code < 0)
				return code;
			if (to->map->len > 0)
				continue;
		}
		if (to == NULL || !pv_tv_truth(to) || (overwrite && (from->kind != PV_T_LIST || src->len)))
			pv_tmap_put(dst, src->at[i].key, *from);
	}
	return 0;
}

static int
merged(pv_trun *r, const pv_tv *args, size_t n, bool overwrite, pv_tv *ret)
{
	for (size_t i = 1; i < n; i++) {
		int code = merge(r, args[0].map, args[i].map, overwrite, 0);
		if (code < 0)
			return code;
	}
	*ret = args[0];
	ret->type = PV_TY_PLAIN;
	return 0;
}

TFN(fn_merge)
{
	return merged(r, args, n, false, ret);
}

TFN(fn_merge_overwrite)
{
	return merged(r, args, n, true, ret);
}

TFN(fn_deep_copy)
{
	if (args[0].kind <= PV_T_NIL)
		return pv_trun_fail(r, "reflect: call of reflect.Value.Interface on zero Value");
	*ret = pv_tv_copy(r->arena, &args[0]);
	return pv_trun_spend(r, 16);
}

/* clang-format off */
const pv_tfunc pv_tmpl_dicts[] = {
	{"dict", ".a", fn_dict}, {"get", "ms", fn_get}, {"set", "msa", fn_set}, {"unset", "ms", fn_unset},
	{"hasKey", "ms", fn_has_key}, {"pluck", "s.m", fn_pluck}, {"keys", ".m", fn_keys},
	{"pick", "m.s", fn_pick}, {"omit", "m.s", fn_omit}, {"values", "m", fn_values}, {"dig", ".a", fn_dig},
	{"merge", "m.m", fn_merge}, {"mustMerge", "m.m", fn_merge},
	{"mergeOverwrite", "m.m", fn_merge_overwrite}, {"mustMergeOverwrite", "m.m", fn_merge_overwrite},
	{"deepCopy", "a", fn_deep_copy}, {"mustDeepCopy", "a", fn_deep_copy}, {NULL, NULL, NULL},
};
/* clang-format on */
