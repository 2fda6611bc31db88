/* chart_render: a chart rendered in the sandboxed child (delivery/helm): the objects of its manifests,
 * as those of a directory, or what must be known first (chart_fact.c, chart_lookup.c). */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "base/vec.h"
#include "core/git/git.h"
#include "delivery/application/chart_job.h"
#include "delivery/application/manifests.h"
#include "delivery/charts/charts.h"
#include "lang/glob/glob.h"

#define STEPS UINT64_C(100000000)
#define OUTPUT ((size_t)48 << 20)

/* ---- values ---- */

static int
wanted_elsewhere(job *j, pv_vec *ret)
{
	const pv_val *files = pv_get(j->helm, "valueFiles"), *params = pv_get(j->helm, "fileParameters");
	size_t n = pv_count(files);
	pv_vec_init(ret, j->cx->arena, sizeof(const char *));
	for (size_t i = 0; i < n + pv_count(params); i++) {
		const char *path = i < n ? pv_text(pv_item(files, i), "")
					 : pv_text_at(pv_item(params, i - n), "path", "");
		const char *full = job_lent(j, path) ? j->dir : job_path(j, job_substituted(j, path));
		if (full == NULL)
			return -PV_EFORBIDDEN;
		if (!job_lent(j, path) && !job_is_below(j, full))
			pv_vec_push(ret, &full);
	}
	return 0;
}

static int
add_text(job *j, const char *name, pv_str text, pv_tmap **values)
{
	pv_tmap *more;
	int r = helm_values_parse(j->cx, text, &more);
	if (r < 0)
		return pv_wrap(j->cx, r, "failed to parse %s", name);
	*values = helm_values_over(j->cx->arena, *values, more);
	return 0;
}

/* In the words of helm, and of Argo CD. */
static int
no_value_file(job *j, size_t i, const char *path)
{
	if (pv_glob_is(path))
		return pv_fail(j->cx, PV_ENOTFOUND,
			       "spec.source.helm.valueFiles[%zu]: values file glob \"%s\" matched no files",
			       i, path);
	return pv_fail(
		j->cx, PV_ENOTFOUND,
		"spec.source.helm.valueFiles[%zu]: open %s: no such file or directory in the repository", i,
		path);
}

static int
add_files(job *j, pv_tmap **values)
{
	const pv_val *list = pv_get(j->helm, "valueFiles");
	int r = 0;
	for (size_t i = 0; r == 0 && i < pv_count(list); i++) {
		const char *path = pv_text(pv_item(list, i), "");
		pv_vec found;
		r = job_value_files(j, path, &found);
		if (r == 0 && found.len == 0 && !pv_truth_at(j->helm, "ignoreMissingValueFiles", false))
			r = no_value_file(j, i, path);
		for (size_t k = 0; r == 0 && k < found.len; k++) {
			const pv_val *f = *PV_AT(const pv_val *, &found, k);
			r = add_text(j, pv_text_at(f, "path", ""), pv_strv(pv_get(f, "text")), values);
		}
	}
	return r;
}

static int
read_parameter(pv_ctx *cx, void *of, const char *path, pv_str *ret)
{
	pv_vec found;
	int r = job_files_named(of, path, &found);
	if (r == 0 && found.len == 0)
		return pv_fail(cx, PV_ENOTFOUND,
			       "spec.source.helm.fileParameters: no file \"%s\" in the repository", path);
	if (r == 0)
		*ret = pv_strv(pv_get(*PV_AT(const pv_val *, &found, 0), "text"));
	return r;
}

/* Commas are part of a value, but in {a,b}. */
static const char *
escaped(job *j, const char *value)
{
	size_t n = strlen(value);
	pv_buf b;
	if (n > 1 && value[0] == '{' && value[n - 1] == '}')
		return value;
	pv_buf_init(&b, j->cx->arena);
	for (size_t i = 0; i < n; i++) {
		if (value[i] == ',' && i > 0 && value[i - 1] != '\\')
			pv_buf_addc(&b, '\\');
		pv_buf_addc(&b, value[i]);
	}
	return b.len ? b.s : "";
}

static int
set_parameter(job *j, const pv_val *p, bool file, pv_tmap *values)
{
	const char *name = pv_text_at(p, "name", ""), *value = pv_text_at(p, file ? "path" : "value", "");
	const char *text = pv_printf(j->cx->arena, "%s=%s", name, escaped(j, job_substituted(j, value)));
	enum helm_set how = file                                   ? HELM_SET_FILE
			    : pv_truth_at(p, "forceString", false) ? HELM_SET_STRING
								   : HELM_SET;
	int r = helm_set(j->cx, how, pv_str_of(text), values, read_parameter, j);
	return r < 0 ? pv_wrap(j->cx, r, "spec.source.helm.%s %s", file ? "fileParameters" : "parameters",
			       name)
		     : 0;
}

/* valueFiles, then valuesObject (or values), then parameters. */
static int
find_values(job *j, pv_tmap **ret)
{
	const pv_val *object = pv_get(j->helm, "valuesObject"), *params = pv_get(j->helm, "parameters"),
		     *files = pv_get(j->helm, "fileParameters");
	pv_tmap *values = pv_tmap_new(j->cx->arena);
	int r = add_files(j, &values);
	if (r == 0 && pv_is(object, PV_OBJECT))
		values = helm_values_over(j->cx->arena, values, pv_tv_from(j->cx->arena, object, true).map);
	else if (r == 0)
		r = add_text(j, "spec.source.helm.values", pv_str_of(pv_text_at(j->helm, "values", "")),
			     &values);
	for (size_t i = 0; r == 0 && i < pv_count(params); i++)
		r = set_parameter(j, pv_item(params, i), false, values);
	for (size_t i = 0; r == 0 && i < pv_count(files); i++)
		r = set_parameter(j, pv_item(files, i), true, values);
	*ret = values;
	return r;
}

/* ---- rendering ---- */

static const char *const *
apis_of(job *j)
{
	const pv_val *list = pv_get(j->request, "apis");
	const char **all = pv_new_array(j->cx->arena, const char *, pv_count(list) + 1);
	for (size_t i = 0; i < pv_count(list); i++)
		all[i] = pv_text(pv_item(list, i), "");
	return all;
}

static helm_release
release_of(job *j)
{
	return (helm_release){
		.name = pv_text_at(j->request, "release", ""),
		.namespace = pv_text_at(j->request, "namespace", ""),
		.kube_version = pv_text_at(j->request, "kubeVersion", NULL),
		.apis = apis_of(j),
		.include_crds = !pv_truth_at(j->helm, "skipCrds", false),
		.skip_schema = pv_truth_at(j->helm, "skipSchemaValidation", false),
		.now = pv_now(),
		.limits = {.steps = STEPS, .output = OUTPUT, .lookup = chart_lookup, .of = &j->lookups},
	};
}

static int
add_all(job *j, const pv_vec *of, manifest_list *out)
{
	bool skip_tests = pv_truth_at(j->helm, "skipTests", false);
	int r = 0;
	for (size_t i = 0; r == 0 && i < of->len; i++) {
		const helm_manifest *m = PV_AT(helm_manifest, of, i);
		if (!skip_tests || m->hook == NULL || strstr(m->hook, "test") == NULL)
			r = manifests_add(out, m->path, m->text);
	}
	return r;
}

/* ---- dependencies that are not in charts/ ---- */

/* One that was brought, as if it lay in charts/. */
static int
add_brought(job *j, const pv_val *archive, pv_vec *files)
{
	helm_file f = {.name = pv_printf(j->cx->arena, "charts/%s.tgz", pv_text_at(archive, "digest", ""))};
	int r = charts_load(j->cx, pv_text_at(archive, "file", ""), pv_text_at(archive, "digest", ""),
			    &f.data);
	if (r == 0)
		pv_vec_push(files, &f);
	return r;
}

/* One of another folder of the repository. */
static int
add_neighbour(job *j, const helm_dependency *d, pv_vec *files)
{
	const char *folder = job_path(j, d->repository + strlen("file://"));
	pv_val request = job_root(j);
	const pv_val *found;
	pv_vec own;
	int r = folder ? job_folder(j, &request, folder, &found) : -PV_EFORBIDDEN;
	if (r == 0)
		r = job_kept_files(j, found, folder, &own);
	for (size_t i = 0; r == 0 && i < own.len; i++) {
		helm_file f = *PV_AT(helm_file, &own, i);
		f.name = pv_printf(j->cx->arena, "charts/%s/%s", d->name, f.name);
		pv_vec_push(files, &f);
	}
	return r;
}

static pv_val
need(job *j, const helm_dependency *d)
{
	pv_objb b;
	pv_objb_init(&b, j->cx->arena);
	pv_objb_puts(&b, "chart", d->name);
	pv_objb_puts(&b, "revision", d->version);
	pv_objb_puts(&b, "repo", d->repository);
	return pv_objb_end(&b);
}

/* Loads the chart with what it depends on; *ret {root} or {needs} says what must be known first. */
static int
load_chart(job *j, helm_chart **ret_chart, pv_objb *ret)
{
	const pv_val *brought = pv_get(j->request, "archives");
	pv_vec files, needs;
	pv_listb list;
	int r = job_kept_files(j, j->files, j->dir, &files);
	pv_listb_init(&list, j->cx->arena);
	for (size_t i = 0; r == 0 && i < pv_count(brought); i++)
		r = add_brought(j, pv_item(brought, i), &files);
	if (r == 0)
		r = helm_chart_load(j->cx, &files, ret_chart);
	if (r == 0)
		r = helm_needs(j->cx, *ret_chart, &needs);
	size_t had = files.len;
	for (size_t i = 0; r == 0 && i < needs.len; i++) {
		const helm_dependency *d = PV_AT(helm_dependency, &needs, i);
		if (!pv_starts_with(d->repository, "file://"))
			pv_listb_add(&list, need(j, d));
		else if (pv_get(j->request, "root"))
			r = add_neighbour(j, d, &files);
		else
			pv_objb_put(ret, "root", pv_bool(true));
	}
	if (r == 0 && list.len > 0)
		pv_objb_put(ret, "needs", pv_listb_end(&list));
	return r == 0 && files.len > had ? helm_chart_load(j->cx, &files, ret_chart) : r;
}

/* What was rendered, or failed, without the objects that it would know is not looked at. */
static int
ask_for_objects(job *j, int r, pv_objb *ret)
{
	const pv_val *known = j->lookups.answers;
	for (size_t i = 0; i < pv_count(known); i++)
		pv_objb_putv(&j->lookups.wishes, pv_sorted(known, i)->key, pv_bool(true));
	if (r < 0)
		pv_recover(j->cx);
	pv_objb_put(ret, "lookups", pv_objb_end(&j->lookups.wishes));
	return 0;
}

static int
render(job *j, helm_chart *chart, pv_objb *ret)
{
	helm_release release = release_of(j);
	helm_rendering out;
	pv_tmap *values;
	pv_vec elsewhere;
	manifest_list list;
	int r = wanted_elsewhere(j, &elsewhere);
	manifests_init(&list, j->cx);
	if (r == 0)
		r = job_read_elsewhere(j, &elsewhere);
	if (r == 0)
		r = find_values(j, &values);
	if (r == 0)
		r = helm_render(j->cx, chart, values, &release, &out);
	if (j->lookups.wishes.len > 0)
		return ask_for_objects(j, r, ret);
	if (r == 0)
		r = add_all(j, &out.crds, &list);
	if (r == 0)
		r = add_all(j, &out.manifests, &list);
	if (r == 0)
		r = add_all(j, &out.hooks, &list);
	pv_objb_put(ret, "manifests", pv_listb_end(&list.out));
	return r;
}

static int
run_chart(pv_ctx *cx, const pv_val *request, pv_val *ret)
{
	job j = {.cx = cx,
		 .request = request,
		 .helm = pv_get(request, "helm"),
		 .dir = pv_git_path(cx->arena, pv_text_at(request, "path", ""))};
	helm_chart *chart;
	pv_objb b;
	int r = job_read_files(&j);
	j.lookups.answers = pv_at(request, "payload.lookups");
	pv_objb_init(&j.lookups.wishes, cx->arena);
	pv_objb_init(&b, cx->arena);
	if (r == 0)
		r = load_chart(&j, &chart, &b);
	if (r == 0 && b.len == 0)
		r = render(&j, chart, &b);
	*ret = pv_objb_end(&b);
	return r;
}

const pv_job_kind chart_job = {.name = "render-chart", .run = run_chart};
