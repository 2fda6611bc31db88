/* rendering: from a chart and the user's values to manifests, as `helm template` does. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/str.h"
#include "delivery/helm/impl.h"

static bool
is_manifest(const char *name)
{
	return pv_starts_with(name, "crds/") &&
	       (pv_ends_with(name, ".yaml") || pv_ends_with(name, ".yml") || pv_ends_with(name, ".json"));
}

static void
add_crds(pv_arena *arena, const helm_chart *chart, pv_vec *ret)
{
	const char *path = helm_chart_path(arena, chart);
	for (size_t i = 0; i < chart->files.len; i++) {
		const helm_file *f = PV_AT(helm_file, &chart->files, i);
		helm_manifest m = {
			.path = pv_printf(arena, "%s/%s", path, f->name), .text = f->data, .kind = ""};
		if (is_manifest(f->name))
			pv_vec_push(ret, &m);
	}
	for (size_t i = 0; i < chart->charts.len; i++)
		add_crds(arena, *PV_AT(helm_chart *, &chart->charts, i), ret);
}

/* NOTES.txt is no manifest; the chart's own is kept. */
static const char *
take_notes(pv_arena *arena, const helm_chart *chart, pv_vec *texts)
{
	const char *own = pv_printf(arena, "%s/templates/NOTES.txt", chart->name), *notes = "";
	size_t left = 0;
	for (size_t i = 0; i < texts->len; i++) {
		helm_text *t = PV_AT(helm_text, texts, i);
		if (pv_streq(t->path, own))
			notes = pv_strndup(arena, t->text.s, t->text.len);
		if (!pv_ends_with(t->path, "NOTES.txt"))
			*PV_AT(helm_text, texts, left++) = *t;
	}
	texts->len = left;
	return notes;
}

/* Strangers' charts may name thousands. */
static const char *
missing(pv_arena *arena, const helm_chart *chart)
{
	pv_map *there = pv_map_new(arena);
	bool any = false;
	pv_buf names;
	pv_buf_init(&names, arena);
	for (size_t k = 0; k < chart->charts.len; k++) {
		helm_chart *c = *PV_AT(helm_chart *, &chart->charts, k);
		pv_map_puts(there, c->name, c);
	}
	for (size_t i = 0; i < chart->dependencies.len; i++) {
		const helm_dependency *d = PV_AT(helm_dependency, &chart->dependencies, i);
		if (pv_map_finds(there, d->name))
			continue;
		pv_buf_printf(&names, "%s%s", any ? ", " : "", d->name);
		any = true;
	}
	return !any ? NULL : names.len ? names.s : "";
}

int
helm_render(pv_ctx *cx, helm_chart *chart, pv_tmap *values, const helm_release *release, helm_rendering *ret)
{
	pv_tmap *all;
	pv_vec texts;
	*ret = (helm_rendering){.notes = ""};
	pv_vec_init(&ret->crds, cx->arena, sizeof(helm_manifest));
	pv_vec_init(&ret->manifests, cx->arena, sizeof(helm_manifest));
	pv_vec_init(&ret->hooks, cx->arena, sizeof(helm_manifest));
	if (pv_streq(pv_text_at(chart->meta, "type", ""), "library"))
		return pv_fail(cx, PV_EINVALID, "library charts are not installable");
	const char *names = missing(cx->arena, chart);
	if (names != NULL)
		return pv_fail(
			cx, PV_EINVALID,
			"an error occurred while checking for chart dependencies. You may need to run `helm "
			"dependency build` to fetch missing dependencies: found in Chart.yaml, but missing in "
			"charts/ directory: %s",
			names);
	int r = helm_dependencies(cx, chart, values);
	if (r == 0)
		r = helm_coalesce(cx, chart, values, false, &all);
	if (r == 0 && !release->skip_schema)
		r = helm_schemas(cx, chart, all);
	ret->begun = r == 0;
	if (r == 0)
		r = helm_execute(cx, chart, all, release, &texts);
	if (r < 0)
		return r;
	ret->notes = take_notes(cx->arena, chart, &texts);
	if (release->include_crds)
		add_crds(cx->arena, chart, &ret->crds);
	return helm_manifests(cx, &texts, ret);
}

int
helm_eval(pv_ctx *cx, helm_chart *chart, pv_tmap *values, const helm_release *release, const char *path,
	  pv_str *ret)
{
	const char *full = pv_printf(cx->arena, "%s/%s", chart->name, path);
	pv_tmap *all;
	pv_vec texts;
	int r = helm_dependencies(cx, chart, values);
	if (r == 0)
		r = helm_coalesce(cx, chart, values, false, &all);
	if (r == 0)
		r = helm_execute(cx, chart, all, release, &texts);
	for (size_t i = 0; r == 0 && i < texts.len; i++) {
		const helm_text *t = PV_AT(helm_text, &texts, i);
		if (pv_streq(t->path, full)) {
			*ret = t->text;
			return 0;
		}
	}
	return r < 0 ? r : pv_fail(cx, PV_ENOTFOUND, "could not find template %s in chart", path);
}
