/* values: tables over tables, as Helm's coalesce.go lays them: what is above wins, null
 * deletes what a chart gives, globals go down to every subchart. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "delivery/helm/impl.h"
#include "lang/yaml/yaml.h"

int
helm_yaml_failed(pv_ctx *cx, int r)
{
	return r < 0 ? pv_fail(cx, -r, "error converting YAML to JSON: %s",
			       pv_yaml_go_error(cx->arena, pv_take_error(cx)))
		     : r;
}

int
helm_values_parse(pv_ctx *cx, pv_str text, pv_tmap **ret)
{
	pv_vec docs;
	pv_tmap *all = pv_tmap_new(cx->arena);
	int r = helm_yaml_failed(cx, pv_yaml_parse_all(cx, text, NULL, &docs));
	for (size_t i = 0; r == 0 && i < docs.len; i++) {
		const pv_val *doc = PV_AT(pv_yaml_doc, &docs, i)->val;
		if (pv_is(doc, PV_NULL))
			continue;
		if (!pv_is(doc, PV_OBJECT))
			return pv_fail(
				cx, PV_EINVALID,
				"error unmarshaling JSON: while decoding JSON: json: cannot unmarshal %s into "
				"Go value of type map[string]interface {}",
				pv_type_name(doc));
		all = helm_values_over(cx->arena, all, pv_tv_from(cx->arena, doc, true).map);
	}
	*ret = all;
	return r;
}

pv_tmap *
helm_values_over(pv_arena *arena, const pv_tmap *a, const pv_tmap *b)
{
	pv_tmap *out = pv_tmap_new(arena);
	for (uint32_t i = 0; i < a->len; i++)
		pv_tmap_put(out, a->at[i].key, a->at[i].val);
	for (uint32_t i = 0; i < b->len; i++) {
		const pv_tv *have = pv_tmap_find(out, b->at[i].key);
		if (b->at[i].val.kind == PV_T_MAP && have != NULL && have->kind == PV_T_MAP)
			pv_tmap_put(out, b->at[i].key,
				    pv_tv_map(helm_values_over(arena, have->map, b->at[i].val.map)));
		else
			pv_tmap_put(out, b->at[i].key, b->at[i].val);
	}
	return out;
}

pv_tmap *
helm_table(const pv_tmap *m, const char *dotted)
{
	pv_str rest = pv_str_of(dotted), one;
	while (m != NULL && pv_str_next(&rest, '.', &one)) {
		const pv_tv *v = pv_tmap_find(m, one);
		m = v != NULL && v->kind == PV_T_MAP ? v->map : NULL;
	}
	return (pv_tmap *)(uintptr_t)m;
}

const pv_tv *
helm_value(const pv_tmap *m, const char *dotted)
{
	const char *dot = strrchr(dotted, '.');
	const pv_tv *v;
	if (dot != NULL) {
		pv_str rest = {dotted, (size_t)(dot - dotted)}, one;
		while (m != NULL && pv_str_next(&rest, '.', &one)) {
			v = pv_tmap_find(m, one);
			m = v != NULL && v->kind == PV_T_MAP ? v->map : NULL;
		}
	}
	v = m ? pv_tmap_find(m, pv_str_of(dot ? dot + 1 : dotted)) : NULL;
	return v != NULL && v->kind != PV_T_MAP ? v : NULL;
}

/* ---- coalescing ---- */

static bool
is_table(const pv_tv *v)
{
	return v != NULL && v->kind == PV_T_MAP;
}

static bool
is_null(const pv_tv *v)
{
	return v->kind <= PV_T_NIL;
}

/* Which keys of src have a value before dst's nulls go in. */
static pv_tmap *
non_null(const pv_tmap *src)
{
	pv_tmap *keys = pv_tmap_new(src->arena);
	for (uint32_t i = 0; i < src->len; i++)
		if (!is_null(&src->at[i].val))
			pv_tmap_put(keys, src->at[i].key, pv_tv_bool(true));
	return keys;
}

void
helm_coalesce_tables(pv_tmap *dst, pv_tmap *src, bool merge)
{
	const pv_tmap *had = non_null(src);
	for (uint32_t i = 0; i < dst->len; i++)
		if (is_null(&dst->at[i].val))
			pv_tmap_put(src, dst->at[i].key, pv_tv_nil());
	for (uint32_t i = 0; i < src->len; i++) {
		pv_str key = src->at[i].key;
		const pv_tv *over = pv_tmap_find(dst, key), *under = &src->at[i].val;
		if (over == NULL)
			pv_tmap_put(dst, key, *under);
		else if (!merge && is_null(over) && pv_tmap_find(had, key) != NULL)
			(void)pv_tmap_del(dst, key);
		else if (is_table(under) && is_table(over))
			helm_coalesce_tables(over->map, under->map, merge);
	}
}

static bool
is_subchart(const helm_chart *chart, pv_str key)
{
	for (size_t i = 0; i < chart->charts.len; i++)
		if (pv_str_is(key, (*PV_AT(helm_chart *, &chart->charts, i))->name))
			return true;
	return false;
}

/* The chart's own defaults under `v`. */
static void
coalesce_values(const helm_chart *chart, pv_tmap *v, bool merge)
{
	pv_tv defaults = pv_tv_map(chart->values);
	pv_tmap *own = pv_tv_copy(v->arena, &defaults).map;
	for (uint32_t i = 0; i < own->len; i++) {
		pv_str key = own->at[i].key;
		const pv_tv *over = pv_tmap_find(v, key), *under = &own->at[i].val;
		if (over == NULL)
			pv_tmap_put(v, key, *under);
		else if (is_null(over) && !merge)
			(void)pv_tmap_del(v, key);
		else if (is_table(over) && is_table(under))
			helm_coalesce_tables(over->map, under->map, merge || is_subchart(chart, key));
	}
}

/* The parent's `global` over the subchart's. */
static void
coalesce_globals(pv_tmap *dst, const pv_tmap *src)
{
	const pv_tv *d = pv_tmap_find(dst, PV_STR("global")), *s = pv_tmap_find(src, PV_STR("global"));
	if ((d != NULL && !is_table(d)) || (s != NULL && !is_table(s)))
		return;
	pv_tmap *to = d ? d->map : pv_tmap_new(dst->arena);
	for (uint32_t i = 0; s != NULL && i < s->map->len; i++) {
		pv_str key = s->map->at[i].key;
		const pv_tv *from = &s->map->at[i].val, *have = pv_tmap_find(to, key);
		if (!is_table(from)) {
			if (!is_table(have))
				pv_tmap_put(to, key, *from);
			continue;
		}
		pv_tmap *copy = pv_tmap_new(dst->arena);
		for (uint32_t k = 0; k < from->map->len; k++)
			pv_tmap_put(copy, from->map->at[k].key, from->map->at[k].val);
		if (have != NULL && !is_table(have))
			continue;
		if (have != NULL)
			helm_coalesce_tables(copy, have->map, true);
		pv_tmap_put(to, key, pv_tv_map(copy));
	}
	pv_tmap_put(dst, PV_STR("global"), pv_tv_map(to));
}

static int
coalesce(pv_ctx *cx, const helm_chart *chart, pv_tmap *v, bool merge)
{
	coalesce_values(chart, v, merge);
	for (size_t i = 0; i < chart->charts.len; i++) {
		const helm_chart *sub = *PV_AT(helm_chart *, &chart->charts, i);
		pv_str key = pv_str_of(sub->name);
		if (pv_tmap_find(v, key) == NULL)
			pv_tmap_put(v, key, pv_tv_map(pv_tmap_new(cx->arena)));
		const pv_tv *own = pv_tmap_find(v, key);
		if (!is_table(own))
			return pv_fail(cx, PV_EINVALID,
				       "type mismatch on %s: expected a table of values, found %s", sub->name,
				       pv_tv_type(own));
		pv_tmap *table = own->map;
		coalesce_globals(table, v);
		int r = coalesce(cx, sub, table, merge);
		if (r < 0)
			return r;
	}
	return 0;
}

int
helm_coalesce(pv_ctx *cx, const helm_chart *chart, const pv_tmap *vals, bool merge, pv_tmap **ret)
{
	if (vals == NULL) {
		*ret = pv_tmap_new(cx->arena);
	} else {
		pv_tv all = pv_tv_map((pv_tmap *)(uintptr_t)vals);
		*ret = pv_tv_copy(cx->arena, &all).map;
	}
	return coalesce(cx, chart, *ret, merge);
}
