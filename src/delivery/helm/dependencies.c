/* dependencies: which subcharts take part (conditions, tags, aliases), and what values
 * parents import from them; as Helm's dependencies.go does it. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "delivery/helm/impl.h"

/* ---- aliases ---- */

static helm_chart *
clone(pv_arena *arena, const helm_chart *from, helm_chart *parent, unsigned depth)
{
	helm_chart *c = pv_new(arena, helm_chart);
	*c = *from;
	c->parent = parent;
	pv_vec_init(&c->charts, arena, sizeof(helm_chart *));
	pv_vec_init(&c->dependencies, arena, sizeof(helm_dependency));
	for (size_t i = 0; i < from->dependencies.len; i++)
		pv_vec_push(&c->dependencies, PV_AT(helm_dependency, &from->dependencies, i));
	for (size_t i = 0; depth < HELM_DEPTH && i < from->charts.len; i++) {
		helm_chart *sub = clone(arena, *PV_AT(helm_chart *, &from->charts, i), c, depth + 1);
		pv_vec_push(&c->charts, &sub);
	}
	return c;
}

static const helm_dependency *
wanted(pv_arena *arena, const helm_chart *chart, const helm_chart *sub)
{
	for (size_t i = 0; i < chart->dependencies.len; i++) {
		const helm_dependency *d = PV_AT(helm_dependency, &chart->dependencies, i);
		if (pv_streq(d->name, sub->name) && helm_in_range(arena, d->version, sub->version))
			return d;
	}
	return NULL;
}

/* Subcharts that Chart.yaml does not name, then those it names, each under its alias. */
static void
apply_aliases(pv_arena *arena, helm_chart *chart)
{
	pv_vec all;
	pv_vec_init(&all, arena, sizeof(helm_chart *));
	for (size_t i = 0; i < chart->charts.len; i++) {
		helm_chart *sub = *PV_AT(helm_chart *, &chart->charts, i);
		if (wanted(arena, chart, sub) == NULL)
			pv_vec_push(&all, &sub);
	}
	for (size_t i = 0; i < chart->dependencies.len; i++) {
		helm_dependency *d = PV_AT(helm_dependency, &chart->dependencies, i);
		for (size_t k = 0; k < chart->charts.len; k++) {
			helm_chart *sub = *PV_AT(helm_chart *, &chart->charts, k);
			if (!pv_streq(sub->name, d->name) || !helm_in_range(arena, d->version, sub->version))
				continue;
			sub = clone(arena, sub, chart, 0);
			sub->name = *d->alias ? d->alias : sub->name;
			pv_vec_push(&all, &sub);
			break;
		}
		if (*d->alias)
			d->name = d->alias;
	}
	chart->charts = all;
}

/* ---- conditions and tags ---- */

static void
apply_tags(helm_dependency *d, const pv_tmap *tags)
{
	bool yes = false, no = false;
	for (size_t i = 0; i < pv_count(d->tags); i++) {
		const pv_tv *v = pv_tmap_find(tags, pv_strv(pv_item(d->tags, i)));
		yes |= v != NULL && v->kind == PV_T_BOOL && v->b;
		no |= v != NULL && v->kind == PV_T_BOOL && !v->b;
	}
	d->enabled = yes || !no;
}

/* The first of the paths that holds a bool decides. */
static void
apply_condition(pv_arena *arena, helm_dependency *d, const pv_tmap *vals, const char *path)
{
	pv_str rest = pv_str_trim(pv_str_of(d->condition)), one;
	while (pv_str_next(&rest, ',', &one)) {
		const pv_tv *v =
			one.len ? helm_value(vals, pv_printf(arena, "%s%.*s", path, (int)one.len, one.s))
				: NULL;
		if (v != NULL && v->kind == PV_T_BOOL) {
			d->enabled = v->b;
			return;
		}
	}
}

static bool
is_off(const helm_chart *chart, const char *name)
{
	for (size_t i = 0; i < chart->dependencies.len; i++) {
		const helm_dependency *d = PV_AT(helm_dependency, &chart->dependencies, i);
		if (!d->enabled && pv_streq(d->name, name))
			return true;
	}
	return false;
}

static void
drop_disabled(pv_arena *arena, helm_chart *chart)
{
	pv_vec charts, left;
	pv_vec_init(&charts, arena, sizeof(helm_chart *));
	pv_vec_init(&left, arena, sizeof(helm_dependency));
	for (size_t i = 0; i < chart->charts.len; i++) {
		helm_chart *sub = *PV_AT(helm_chart *, &chart->charts, i);
		if (!is_off(chart, sub->name))
			pv_vec_push(&charts, &sub);
	}
	for (size_t i = 0; i < chart->dependencies.len; i++) {
		helm_dependency *d = PV_AT(helm_dependency, &chart->dependencies, i);
		if (!is_off(chart, d->name))
			pv_vec_push(&left, d);
	}
	chart->charts = charts;
	chart->dependencies = left;
}

static int
process_enabled(pv_ctx *cx, helm_chart *chart, const pv_tmap *vals, const char *path)
{
	pv_tmap *all;
	if (chart->dependencies.len == 0)
		return 0;
	apply_aliases(cx->arena, chart);
	int r = helm_coalesce(cx, chart, vals, false, &all);
	if (r < 0)
		return r;
	const pv_tmap *tags = helm_table(all, "tags");
	for (size_t i = 0; i < chart->dependencies.len; i++) {
		helm_dependency *d = PV_AT(helm_dependency, &chart->dependencies, i);
		d->enabled = true;
		if (tags != NULL)
			apply_tags(d, tags);
		apply_condition(cx->arena, d, all, path);
	}
	drop_disabled(cx->arena, chart);
	for (size_t i = 0; r == 0 && i < chart->charts.len; i++) {
		helm_chart *sub = *PV_AT(helm_chart *, &chart->charts, i);
		r = process_enabled(cx, sub, all, pv_printf(cx->arena, "%s%s.", path, sub->name));
	}
	return r;
}

/* ---- import-values ---- */

/* The table within tables: a.b -> {a: {b: table}}. */
static pv_tmap *
wrapped(pv_arena *arena, const char *path, pv_tmap *table)
{
	if (pv_streq(path, "."))
		return table;
	for (size_t end = strlen(path); end > 0;) {
		size_t from = end;
		while (from > 0 && path[from - 1] != '.')
			from--;
		pv_tmap *outer = pv_tmap_new(arena);
		pv_tmap_put(outer, (pv_str){pv_strndup(arena, path + from, end - from), end - from},
			    pv_tv_map(table));
		table = outer;
		end = from ? from - 1 : 0;
	}
	return table;
}

static pv_tmap *
copied(pv_arena *arena, pv_tmap *m)
{
	pv_tv v = pv_tv_map(m);
	return pv_tv_copy(arena, &v).map;
}

static void
import_one(pv_arena *arena, const helm_dependency *d, const pv_val *what, const pv_tmap *vals, pv_tmap *into)
{
	bool text = pv_is(what, PV_STRING);
	const char *child =
		text ? pv_printf(arena, "exports.%s", pv_text(what, "")) : pv_text_at(what, "child", "");
	const char *parent = text ? "." : pv_text_at(what, "parent", "");
	pv_tmap *table = helm_table(vals, pv_printf(arena, "%s.%s", d->name, child));
	if (table != NULL)
		helm_coalesce_tables(into, wrapped(arena, parent, copied(arena, table)), true);
}

static int
process_imports(pv_ctx *cx, helm_chart *chart)
{
	pv_tmap *vals, *imported = pv_tmap_new(cx->arena);
	for (size_t i = 0; i < chart->charts.len; i++) {
		int r = process_imports(cx, *PV_AT(helm_chart *, &chart->charts, i));
		if (r < 0)
			return r;
	}
	if (chart->dependencies.len == 0)
		return 0;
	int r = helm_coalesce(cx, chart, NULL, true, &vals);
	for (size_t i = 0; r == 0 && i < chart->dependencies.len; i++) {
		const helm_dependency *d = PV_AT(helm_dependency, &chart->dependencies, i);
		for (size_t k = 0; k < pv_count(d->import_values); k++)
			import_one(cx->arena, d, pv_item(d->import_values, k), vals, imported);
	}
	if (r == 0) {
		vals = copied(cx->arena, vals);
		helm_coalesce_tables(vals, imported, true);
		chart->values = vals;
	}
	return r;
}

int
helm_dependencies(pv_ctx *cx, helm_chart *chart, const pv_tmap *vals)
{
	int r = process_enabled(cx, chart, vals, "");
	return r < 0 ? r : process_imports(cx, chart);
}
