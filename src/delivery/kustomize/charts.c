/* charts: helmCharts, and HelmChartInflationGenerator as an object of its own: charts rendered in process
 * (delivery/helm) where kustomize calls the program helm.
 * https://kubectl.docs.kubernetes.io/references/kustomize/builtins/#_helmchartinflationgenerator_ */
#include <string.h>

#include "base/time.h"
#include "delivery/helm/helm.h"
#include "delivery/kustomize/impl.h"

typedef struct inflation {
	kust_target *t;
	const pv_val *chart; /* {name, version, repo, ...} */
	const char *name, *home;
	pv_vec files; /* of helm_file */
} inflation;

/* Where it lies in the repository, as kustomize looks for it; NULL: nowhere. */
static const char *
local_folder(const inflation *f)
{
	kust_state *s = f->t->s;
	const char *version = pv_text_at(f->chart, "version", ""), *real,
		   *names[] = {*version ? pv_printf(s->cx->arena, "%s-%s/%s", f->name, version, f->name)
					: f->name,
			       f->name};
	for (size_t i = 0; i < PV_LEN(names); i++) {
		const char *path = pv_printf(s->cx->arena, "%s/%s/%s", f->t->loader->root, f->home, names[i]);
		if (f->t->loader->files->find(s->cx, f->t->loader->files, kust_path_clean(s->cx->arena, path),
					      &real) == KUST_FOLDER)
			return real;
	}
	return NULL;
}

static int
load_files(inflation *f)
{
	kust_state *s = f->t->s;
	const kust_files *files = f->t->loader->files;
	const char *folder = local_folder(f), *repo = pv_text_at(f->chart, "repo", "");
	if (folder && files->list)
		return files->list(s->cx, files, folder, &f->files);
	if (!*repo)
		return pv_fail(s->cx, PV_ENOTFOUND, "no repo specified for pull, no chart found at '%s/%s'",
			       f->home, f->name);
	if (s->options->chart == NULL)
		return pv_fail(s->cx, PV_EUNSUPPORTED, "a chart of %s cannot be brought here", repo);
	return s->options->chart(
		s->cx, s->options->of,
		&(kust_chart){.repo = repo, .name = f->name, .version = pv_text_at(f->chart, "version", "")},
		&f->files);
}

/* ---- values ---- */

static int
add_file(inflation *f, const char *path, pv_tmap **values)
{
	pv_tmap *more;
	pv_str text;
	int r = kust_load(f->t->s, f->t->loader, path, &text);
	if (r == 0)
		r = helm_values_parse(f->t->s->cx, text, &more);
	if (r == 0)
		*values = helm_values_over(f->t->s->cx->arena, *values, more);
	return r < 0 ? pv_wrap(f->t->s->cx, r, "values of chart %s: %s", f->name, path) : 0;
}

static int
add_inline(inflation *f, pv_tmap **values)
{
	pv_arena *arena = f->t->s->cx->arena;
	const pv_val *given = pv_get(f->chart, "valuesInline");
	const char *how = pv_text_at(f->chart, "valuesMerge", "override");
	pv_tv own = given ? pv_tv_from(arena, given, true) : pv_tv_nil();
	if (own.kind != PV_T_MAP)
		return 0;
	if (pv_streq(how, "merge"))
		*values = helm_values_over(arena, own.map, *values);
	else if (pv_streq(how, "override"))
		*values = helm_values_over(arena, *values, own.map);
	else if (pv_streq(how, "replace"))
		*values = own.map;
	else
		return pv_fail(f->t->s->cx, PV_EINVALID,
			       "valuesMerge must be one of merge, override, replace; found %s", how);
	return 0;
}

static int
values_of(inflation *f, pv_tmap **ret)
{
	const pv_val *more = pv_get(f->chart, "additionalValuesFiles");
	const char *file = pv_text_at(f->chart, "valuesFile", "");
	int r = 0;
	*ret = pv_tmap_new(f->t->s->cx->arena);
	if (*file)
		r = add_file(f, file, ret);
	if (r == 0)
		r = add_inline(f, ret);
	for (size_t i = 0; r == 0 && i < pv_count(more); i++)
		r = add_file(f, pv_text(pv_item(more, i), ""), ret);
	return r;
}

/* ---- rendering ---- */

static const char *const *
apis_of(const inflation *f)
{
	const pv_val *list = pv_get(f->chart, "apiVersions");
	const char **all = pv_new_array(f->t->s->cx->arena, const char *, pv_count(list) + 1);
	for (size_t i = 0; i < pv_count(list); i++)
		all[i] = pv_text(pv_item(list, i), "");
	return all;
}

static int
add_manifests(inflation *f, const pv_vec *of, kust_accumulated *a)
{
	bool no_tests = pv_truth_at(f->chart, "skipTests", false);
	kust_state *s = f->t->s;
	int r = 0;
	for (size_t i = 0; r == 0 && i < of->len; i++) {
		const helm_manifest *m = PV_AT(helm_manifest, of, i);
		pv_vec some;
		if (no_tests && m->hook && strstr(m->hook, "test"))
			continue;
		r = kust_parse(s, m->path, m->text, &some);
		if (r == 0)
			r = kust_append_all(s, &a->set, &some);
	}
	return r;
}

static int
render(inflation *f, kust_accumulated *a)
{
	pv_ctx *cx = f->t->s->cx;
	helm_release release = {.name = pv_text_at(f->chart, "releaseName", "release-name"),
				.namespace = pv_text_at(f->chart, "namespace", "default"),
				.kube_version =
					pv_text_at(f->chart, "kubeVersion", f->t->s->options->kube_version),
				.apis = apis_of(f),
				.include_crds = pv_truth_at(f->chart, "includeCRDs", false),
				.now = pv_now()};
	helm_rendering out;
	helm_chart *chart;
	pv_tmap *values;
	int r = helm_chart_load(cx, &f->files, &chart);
	if (r == 0)
		r = values_of(f, &values);
	if (r == 0)
		r = helm_render(cx, chart, values, &release, &out);
	if (r == 0)
		r = add_manifests(f, &out.crds, a);
	if (r == 0)
		r = add_manifests(f, &out.manifests, a);
	if (r == 0 && !pv_truth_at(f->chart, "skipHooks", false))
		r = add_manifests(f, &out.hooks, a);
	return r;
}

int
kust_inflate(kust_target *t, const pv_val *chart, const char *home, kust_accumulated *a)
{
	inflation f = {.t = t,
		       .chart = chart,
		       .name = pv_text_at(chart, "name", ""),
		       .home = *home ? home : "charts"};
	if (!t->s->options->helm)
		return pv_fail(t->s->cx, PV_EFORBIDDEN, "must specify --enable-helm");
	if (!*f.name)
		return pv_fail(t->s->cx, PV_EINVALID, "chart name cannot be empty");
	if (*pv_text_at(chart, "nameTemplate", "") || pv_truth_at(chart, "devel", false))
		return pv_fail(
			t->s->cx, PV_EUNSUPPORTED,
			"helmCharts: nameTemplate and devel are not supported: give releaseName and version");
	int r = load_files(&f);
	if (r == 0)
		r = render(&f, a);
	return r < 0 ? pv_wrap(t->s->cx, r, "chart %s", f.name) : 0;
}

int
kust_charts(kust_target *t, kust_accumulated *a)
{
	const pv_val *list = pv_get(t->k, "helmCharts");
	const char *home = pv_text_at(t->k, "helmGlobals.chartHome", "");
	int r = 0;
	for (size_t i = 0; r == 0 && i < pv_count(list); i++)
		r = kust_inflate(t, pv_item(list, i), home, a);
	return r < 0 ? pv_wrap(t->s->cx, r, "%s/%s: helmCharts", t->loader->root, t->file) : 0;
}
