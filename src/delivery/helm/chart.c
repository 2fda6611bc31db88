/* chart: files to a chart: Chart.yaml, values, templates, and the charts within. */
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "delivery/helm/impl.h"
#include "lang/go/fmt.h"
#include "lang/semver/constraint.h"
#include "lang/yaml/yaml.h"

static int load(pv_ctx *cx, const pv_vec *files, helm_chart *parent, unsigned depth, helm_chart **ret);

bool
helm_in_range(pv_arena *arena, const char *range, const char *version)
{
	bool is = false;
	return pv_semver_check(arena, pv_str_of(range), pv_str_of(version), &is) == NULL && is;
}

const char *
helm_chart_path(pv_arena *arena, const helm_chart *chart)
{
	const char *path = chart->name;
	for (const helm_chart *up = chart->parent; up != NULL; up = up->parent)
		path = pv_printf(arena, "%s/charts/%s", up->name, path);
	return path;
}

/* ---- Chart.yaml ---- */

const char *
helm_meta_text(pv_arena *arena, const pv_val *of, const char *key)
{
	const pv_val *v = pv_get(of, key);
	pv_buf b;
	if (v == NULL || (v->type != PV_NUMBER && v->type != PV_BOOL))
		return pv_text(v, "");
	if (v->type == PV_BOOL)
		return v->b ? "true" : "false";
	if (v->num == PV_INT)
		return pv_printf(arena, "%lld", (long long)v->i);
	pv_buf_init(&b, arena);
	pv_go_float(&b, pv_f64(v, 0));
	return b.s;
}

void
helm_dependency_read(pv_arena *arena, const pv_val *v, helm_dependency *d)
{
	d->name = helm_meta_text(arena, v, "name");
	d->version = helm_meta_text(arena, v, "version");
	d->repository = helm_meta_text(arena, v, "repository");
	d->condition = helm_meta_text(arena, v, "condition");
	d->alias = helm_meta_text(arena, v, "alias");
	d->tags = pv_get(v, "tags");
	d->import_values = pv_get(v, "import-values");
	d->enabled = true;
}

static bool
is_alias(const char *s)
{
	for (; *s; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
		      *s == '_' || *s == '-'))
			return false;
	return true;
}

static int
invalid(pv_ctx *cx, const char *what)
{
	return pv_fail(cx, PV_EINVALID, "validation: %s", what);
}

static int
check_dependencies(pv_ctx *cx, const helm_chart *chart)
{
	pv_map *seen = pv_map_new(cx->arena);
	for (size_t i = 0; i < chart->dependencies.len; i++) {
		const helm_dependency *d = PV_AT(helm_dependency, &chart->dependencies, i);
		const char *key = *d->alias ? d->alias : d->name;
		if (!is_alias(d->alias))
			return invalid(cx,
				       pv_printf(cx->arena,
						 "dependency \"%s\" has disallowed characters in the alias",
						 d->name));
		if (pv_map_puts(seen, key, (void *)(uintptr_t)d) != NULL)
			return invalid(cx,
				       pv_printf(cx->arena,
						 "more than one dependency with name or alias \"%s\"", key));
	}
	return 0;
}

static int
check(pv_ctx *cx, const helm_chart *chart)
{
	const char *type = pv_text_at(chart->meta, "type", "");
	pv_semver v;
	pv_str build;
	if (!*chart->name)
		return invalid(cx, "chart.metadata.name is required");
	if (strchr(chart->name, '/') || pv_streq(chart->name, ".") || pv_streq(chart->name, ".."))
		return invalid(cx,
			       pv_printf(cx->arena, "chart.metadata.name \"%s\" is invalid", chart->name));
	if (!*chart->version)
		return invalid(cx, "chart.metadata.version is required");
	if (!pv_semver_loose(pv_str_of(chart->version), &v, &build))
		return invalid(
			cx, pv_printf(cx->arena, "chart.metadata.version \"%s\" is invalid", chart->version));
	if (*type && !pv_streq(type, "application") && !pv_streq(type, "library"))
		return invalid(cx, "chart.metadata.type must be application or library");
	return check_dependencies(cx, chart);
}

static int
read_meta(pv_ctx *cx, const pv_vec *files, helm_chart *chart)
{
	for (size_t i = 0; i < files->len; i++) {
		const helm_file *f = PV_AT(helm_file, files, i);
		bool old = pv_streq(f->name, "requirements.yaml");
		const pv_val *doc, *list;
		if (!pv_streq(f->name, "Chart.yaml") && !old)
			continue;
		if (helm_yaml_failed(cx, pv_yaml_parse(cx, f->data, NULL, &doc)) < 0)
			return pv_wrap(cx, -PV_EINVALID, "cannot load %s", f->name);
		if (!pv_is(doc, PV_OBJECT) && !pv_is(doc, PV_NULL))
			return pv_fail(cx, PV_EINVALID, "cannot load %s: expected a map, found %s", f->name,
				       pv_type_name(doc));
		if (!old)
			chart->meta = doc;
		list = pv_get(doc, "dependencies");
		for (size_t k = 0; k < pv_count(list); k++)
			helm_dependency_read(cx->arena, pv_item(list, k), pv_vec_add(&chart->dependencies));
	}
	if (chart->meta == NULL)
		return pv_fail(cx, PV_EINVALID, "Chart.yaml file is missing");
	chart->name = helm_meta_text(cx->arena, chart->meta, "name");
	chart->version = helm_meta_text(cx->arena, chart->meta, "version");
	return check(cx, chart);
}

/* ---- the other files ---- */

/* Files by the chart in charts/ that they belong to, in the order of names. */
static pv_vec *
group(pv_ctx *cx, pv_map *groups, const char *path)
{
	const char *slash = strchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : strlen(path);
	pv_vec *of = pv_map_find(groups, path, n);
	if (of == NULL) {
		of = pv_new(cx->arena, pv_vec);
		pv_vec_init(of, cx->arena, sizeof(helm_file));
		pv_map_put(groups, path, n, of);
	}
	return of;
}

static int
place(pv_ctx *cx, helm_chart *chart, const helm_file *f, pv_map *groups)
{
	const char *v1 = pv_text_at(chart->meta, "apiVersion", "v1");
	if (pv_streq(f->name, "values.yaml")) {
		int r = helm_values_parse(cx, f->data, &chart->values);
		return r < 0 ? pv_wrap(cx, r, "cannot load values.yaml: cannot unmarshal yaml document") : 0;
	}
	if (pv_streq(f->name, "values.schema.json")) {
		chart->schema = f->data;
	} else if (pv_starts_with(f->name, "templates/")) {
		pv_vec_push(&chart->templates, f);
	} else if (pv_starts_with(f->name, "charts/") && !pv_ends_with(f->name, ".prov")) {
		helm_file inner = {.name = f->name + strlen("charts/"), .data = f->data};
		pv_vec_push(group(cx, groups, inner.name), &inner);
	} else if (!pv_streq(f->name, "Chart.yaml") && !pv_streq(f->name, "Chart.lock") &&
		   (!pv_starts_with(f->name, "requirements.") || pv_streq(v1, "v1"))) {
		pv_vec_push(&chart->files, f);
	}
	return 0;
}

static int
load_within(pv_ctx *cx, helm_chart *chart, pv_str name, const pv_vec *files, unsigned depth)
{
	const helm_file *first = PV_AT(helm_file, files, 0);
	pv_vec inner;
	helm_chart *sub;
	int r = 0;
	if (*name.s == '_' || *name.s == '.')
		return 0;
	pv_vec_init(&inner, cx->arena, sizeof(helm_file));
	if (pv_ends_with(pv_strndup(cx->arena, name.s, name.len), ".tgz"))
		r = helm_files_unpack(cx, first->data, &inner);
	else
		for (size_t i = 0; i < files->len; i++) {
			helm_file f = *PV_AT(helm_file, files, i);
			if (strchr(f.name, '/') == NULL)
				continue;
			f.name = strchr(f.name, '/') + 1;
			pv_vec_push(&inner, &f);
		}
	if (r == 0)
		r = load(cx, &inner, chart, depth + 1, &sub);
	if (r < 0)
		return pv_wrap(cx, r, "error unpacking subchart %.*s in %s", (int)name.len, name.s,
			       chart->name);
	pv_vec_push(&chart->charts, &sub);
	return 0;
}

static int
load(pv_ctx *cx, const pv_vec *files, helm_chart *parent, unsigned depth, helm_chart **ret)
{
	helm_chart *chart = pv_new(cx->arena, helm_chart);
	pv_map *groups = pv_map_new(cx->arena);
	size_t pos = 0;
	pv_str name;
	void *of;
	if (depth > HELM_DEPTH)
		return pv_fail(cx, PV_ETOOLARGE, "charts lie more than %d deep within one another",
			       HELM_DEPTH);
	chart->parent = parent;
	chart->raw = *files;
	chart->values = pv_tmap_new(cx->arena);
	pv_vec_init(&chart->dependencies, cx->arena, sizeof(helm_dependency));
	pv_vec_init(&chart->templates, cx->arena, sizeof(helm_file));
	pv_vec_init(&chart->files, cx->arena, sizeof(helm_file));
	pv_vec_init(&chart->charts, cx->arena, sizeof(helm_chart *));
	int r = read_meta(cx, files, chart);
	for (size_t i = 0; r == 0 && i < files->len; i++)
		r = place(cx, chart, PV_AT(helm_file, files, i), groups);
	while (r == 0 && pv_map_each(groups, &pos, &name, &of))
		r = load_within(cx, chart, name, of, depth);
	*ret = chart;
	return r;
}

int
helm_chart_load(pv_ctx *cx, const pv_vec *files, helm_chart **ret)
{
	return load(cx, files, NULL, 0, ret);
}
