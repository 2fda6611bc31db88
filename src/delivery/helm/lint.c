/* lint: `pave helm lint`: Helm's rules, in its words and order. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/time.h"
#include "delivery/helm/lint.h"
#include "lang/json/json.h"
#include "lang/jsonschema/jsonschema.h"
#include "lang/semver/constraint.h"
#include "lang/yaml/yaml.h"

void
lint_say(lint *l, enum lint_severity severity, const char *where, const char *fmt, ...)
{
	static const char *const names[] = {"INFO", "WARNING", "ERROR"};
	va_list ap;
	va_start(ap, fmt);
	const char *what = pv_vprintf(l->cx->arena, fmt, ap);
	va_end(ap);
	l->worst = severity > l->worst ? severity : l->worst;
	if (severity > LINT_INFO || !pv_args_has(l->args, "quiet"))
		pv_buf_printf(&l->out, "[%s] %s: %s\n", names[severity], where, what);
}

static const helm_file *
file_named(const lint *l, const char *name)
{
	for (size_t i = 0; i < l->files.len; i++)
		if (pv_streq(PV_AT(helm_file, &l->files, i)->name, name))
			return PV_AT(helm_file, &l->files, i);
	return NULL;
}

static const char *
taken_error(lint *l)
{
	return pv_take_error(l->cx)->message;
}

/* ---- Chart.yaml ---- */

#define CHARTFILE "Chart.yaml"

static void
check_type(lint *l, const pv_val *meta, const char *key)
{
	const pv_val *v = pv_get(meta, key);
	if (v == NULL || v->type == PV_STRING)
		return;
	lint_say(l, LINT_ERROR, CHARTFILE, "%s should be of type string but it's of type %s", key,
		 v->type == PV_NUMBER ? "float64"
		 : v->type == PV_BOOL ? "bool"
		 : v->type == PV_NULL ? "<nil>"
				      : "map[string]interface {}");
}

static void
check_version(lint *l, const pv_val *meta)
{
	const char *version = helm_meta_text(l->cx->arena, meta, "version");
	pv_semver v;
	pv_str build;
	bool above = false;
	check_type(l, meta, "version");
	if (!*version)
		lint_say(l, LINT_ERROR, CHARTFILE, "version is required");
	else if (!pv_semver_loose(pv_str_of(version), &v, &build))
		lint_say(l, LINT_ERROR, CHARTFILE, "version '%s' is not a valid SemVer", version);
	else if (pv_semver_check(l->cx->arena, PV_STR(">0.0.0-0"), pv_str_of(version), &above) == NULL &&
		 !above)
		lint_say(l, LINT_ERROR, CHARTFILE, "version %s is less than or equal to 0.0.0-0", version);
	check_type(l, meta, "appVersion");
}

static bool
is_url(const char *s)
{
	return (pv_starts_with(s, "http://") || pv_starts_with(s, "https://") || pv_starts_with(s, "data:") ||
		pv_starts_with(s, "ftp://") || pv_starts_with(s, "oci://") || pv_starts_with(s, "git")) &&
	       strchr(s, ' ') == NULL;
}

static void
check_people_and_links(lint *l, const pv_val *meta)
{
	const pv_val *people = pv_get(meta, "maintainers"), *sources = pv_get(meta, "sources");
	const char *icon = pv_text_at(meta, "icon", "");
	for (size_t i = 0; i < pv_count(people); i++) {
		if (!pv_is(pv_item(people, i), PV_OBJECT)) {
			lint_say(l, LINT_ERROR, CHARTFILE, "a maintainer entry is empty");
			break;
		}
		const char *name = pv_text_at(pv_item(people, i), "name", ""),
			   *email = pv_text_at(pv_item(people, i), "email", "");
		if (!*name) {
			lint_say(l, LINT_ERROR, CHARTFILE, "each maintainer requires a name");
			break;
		}
		if (*email && (strchr(email, '@') == NULL || strchr(email, ' ') != NULL)) {
			lint_say(l, LINT_ERROR, CHARTFILE, "invalid email '%s' for maintainer '%s'", email,
				 name);
			break;
		}
		const char *url = pv_text_at(pv_item(people, i), "url", "");
		if (*url && !is_url(url)) {
			lint_say(l, LINT_ERROR, CHARTFILE, "invalid url '%s' for maintainer '%s'", url, name);
			break;
		}
	}
	for (size_t i = 0; i < pv_count(sources); i++)
		if (!is_url(pv_text(pv_item(sources, i), ""))) {
			lint_say(l, LINT_ERROR, CHARTFILE, "invalid source URL '%s'",
				 pv_text(pv_item(sources, i), ""));
			break;
		}
	if (!*icon)
		lint_say(l, LINT_INFO, CHARTFILE, "icon is recommended");
	else if (!is_url(icon))
		lint_say(l, LINT_ERROR, CHARTFILE, "invalid icon URL '%s'", icon);
}

static void
check_fields(lint *l, const pv_val *meta)
{
	static const char *const known[] = {
		"name",        "home",        "sources",     "version",      "description", "keywords",
		"maintainers", "icon",        "apiVersion",  "condition",    "tags",        "appVersion",
		"deprecated",  "annotations", "kubeVersion", "dependencies", "type"};
	for (size_t i = 0; i < pv_count(meta); i++) {
		const char *key = pv_text(&pv_sorted(meta, i)->key, "");
		bool found = false;
		for (size_t k = 0; k < PV_LEN(known); k++)
			found |= pv_streq(known[k], key);
		if (!found) {
			lint_say(
				l, LINT_WARNING, CHARTFILE,
				"failed to strictly parse chart metadata file\n\terror unmarshaling JSON: while decoding JSON: "
				"json: unknown field \"%s\"",
				key);
			return;
		}
	}
}

static void
check_chartfile(lint *l)
{
	const helm_file *f = file_named(l, CHARTFILE);
	const pv_val *meta;
	pv_semver strict;
	if (pv_yaml_parse(l->cx, f->data, NULL, &meta) < 0) {
		lint_say(l, LINT_ERROR, CHARTFILE,
			 "unable to parse YAML\n\terror converting YAML to JSON: %s",
			 pv_yaml_go_error(l->cx->arena, pv_take_error(l->cx)));
		return;
	}
	check_fields(l, meta);
	pv_arena *arena = l->cx->arena;
	const char *name = helm_meta_text(arena, meta, "name");
	const char *api = helm_meta_text(arena, meta, "apiVersion");
	const char *version = helm_meta_text(arena, meta, "version");
	bool v2 = pv_streq(api, "v2");
	if (!*name)
		lint_say(l, LINT_ERROR, CHARTFILE, "name is required");
	else if (strchr(name, '/'))
		lint_say(l, LINT_ERROR, CHARTFILE, "chart name \"%s\" is invalid", name);
	if (!*api)
		lint_say(l, LINT_ERROR, CHARTFILE,
			 "apiVersion is required. The value must be either \"v1\" or \"v2\"");
	else if (!v2 && !pv_streq(api, "v1"))
		lint_say(l, LINT_ERROR, CHARTFILE,
			 "apiVersion '%s' is not valid. The value must be either \"v1\" or \"v2\"", api);
	check_version(l, meta);
	check_people_and_links(l, meta);
	if (*pv_text_at(meta, "type", "") && !v2)
		lint_say(l, LINT_ERROR, CHARTFILE,
			 "chart type is not valid in apiVersion '%s'. It is valid in apiVersion 'v2'", api);
	if (pv_count(pv_get(meta, "dependencies")) && !v2)
		lint_say(
			l, LINT_ERROR, CHARTFILE,
			"dependencies are not valid in the Chart file with apiVersion '%s'. They are valid in apiVersion 'v2'",
			api);
	if (!pv_semver_parse(pv_str_of(version), &strict))
		lint_say(l, LINT_WARNING, CHARTFILE, "version '%s' is not a valid SemVerV2", version);
}

/* ---- values ---- */

static void
check_values(lint *l)
{
	const helm_file *f = file_named(l, "values.yaml"), *s = file_named(l, "values.schema.json");
	const pv_val *schema;
	const char *faults = NULL;
	pv_tmap *own;
	pv_val doc;
	if (f == NULL) {
		lint_say(l, LINT_INFO, "values.yaml", "file does not exist");
		return;
	}
	if (helm_values_parse(l->cx, f->data, &own) < 0) {
		lint_say(l, LINT_ERROR, "values.yaml", "unable to parse YAML: %s", taken_error(l));
		return;
	}
	pv_tv asked = pv_tv_map(l->values);
	pv_tv all = pv_tv_copy(l->cx->arena, &asked);
	helm_coalesce_tables(all.map, own, false);
	if (s == NULL || pv_args_has(l->args, "skip-schema-validation"))
		return;
	if (pv_json_parse(l->cx, s->data, NULL, &schema) < 0 || !pv_tv_to(l->cx->arena, &all, &doc) ||
	    pv_schema_faults(l->cx, schema, &doc, &faults) < 0)
		lint_say(l, LINT_ERROR, "values.yaml", "%s",
			 l->cx->err ? taken_error(l) : "the values lie too deep");
	else if (faults != NULL)
		lint_say(l, LINT_ERROR, "values.yaml", "%s\n", faults);
}

/* ---- templates ---- */

/* Documents are cut at lines that begin with ---, whatever follows there. */
static bool
next_document(pv_str *rest, pv_str *ret)
{
	const char *at = rest->len ? memmem(rest->s, rest->len, "\n---", 4) : NULL,
		   *end = rest->s + rest->len;
	if (rest->len == 0)
		return false;
	*ret = (pv_str){rest->s, at ? (size_t)(at - rest->s) : rest->len};
	at = at ? memchr(at + 4, '\n', (size_t)(end - at - 4)) : NULL;
	*rest = at ? (pv_str){at + 1, (size_t)(end - at - 1)} : (pv_str){end, 0};
	return true;
}

static void
check_documents(lint *l, const char *file, pv_str text)
{
	pv_str first = text, line = {"", 0}, rest = text, one;
	while (pv_str_next(&first, '\n', &line) && pv_str_trim(line).len == 0)
		;
	if (line.len && (*line.s == ' ' || *line.s == '\t'))
		lint_say(l, LINT_WARNING, file,
			 "document starts with an illegal indent: \"%.*s\", which may cause parsing problems",
			 (int)line.len, line.s);
	while (next_document(&rest, &one)) {
		const pv_val *doc;
		if (pv_yaml_parse(l->cx, one, NULL, &doc) < 0) {
			lint_say(l, LINT_ERROR, file,
				 "unable to parse YAML: error converting YAML to JSON: %s",
				 pv_yaml_go_error(l->cx->arena, pv_take_error(l->cx)));
			return;
		}
		lint_object(l, file, doc, text);
	}
}

static void
check_rendered(lint *l, const helm_chart *chart, const pv_vec *texts)
{
	for (size_t i = 0; i < chart->templates.len; i++) {
		const char *name = PV_AT(helm_file, &chart->templates, i)->name, *dot = strrchr(name, '.');
		const char *full = pv_printf(l->cx->arena, "%s/%s", chart->name, name), *ext = dot ? dot : "";
		bool yaml = pv_streq(ext, ".yaml") || pv_streq(ext, ".yml");
		if (!yaml && !pv_streq(ext, ".tpl") && !pv_streq(ext, ".txt"))
			lint_say(
				l, LINT_ERROR, name,
				"file extension '%s' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt",
				ext);
		for (size_t k = 0; yaml && k < texts->len; k++) {
			const helm_text *t = PV_AT(helm_text, texts, k);
			if (pv_streq(t->path, full) && pv_str_trim(t->text).len)
				check_documents(l, name, t->text);
		}
	}
}

static void
check_templates(lint *l, helm_chart *chart)
{
	helm_release release = {.name = "test-release",
				.namespace = pv_args_text(l->args, "namespace", "default"),
				.kube_version = pv_args_text(l->args, "kube-version", NULL),
				.lint = true,
				.now = pv_now()};
	pv_tmap *all;
	pv_vec texts;
	int r = 0;
	if (chart->templates.len == 0) {
		lint_say(l, LINT_WARNING, "templates/", "directory does not exist");
		return;
	}
	if (helm_dependencies(l->cx, chart, l->values) < 0 ||
	    helm_coalesce(l->cx, chart, l->values, false, &all) < 0) {
		pv_recover(l->cx); /* Helm says nothing of it here */
		return;
	}
	if (!pv_args_has(l->args, "skip-schema-validation"))
		r = helm_schemas(l->cx, chart, all);
	if (r == 0)
		r = helm_execute(l->cx, chart, all, &release, &texts);
	if (r < 0)
		lint_say(l, LINT_ERROR, "templates/", "%s", taken_error(l));
	else
		check_rendered(l, chart, &texts);
}

/* ---- charts within, and CRDs ---- */

static void
check_dependencies(lint *l, const helm_chart *chart)
{
	const char *absent = NULL, *unnamed = NULL;
	char whole[PATH_MAX];
	for (size_t i = 0; i < chart->dependencies.len; i++) {
		const helm_dependency *d = PV_AT(helm_dependency, &chart->dependencies, i);
		bool found = false;
		for (size_t k = 0; k < chart->charts.len; k++)
			found |= pv_streq((*PV_AT(helm_chart *, &chart->charts, k))->name, d->name);
		if (!found)
			absent = absent ? pv_printf(l->cx->arena, "%s,%s", absent, d->name) : d->name;
	}
	for (size_t k = 0; k < chart->charts.len; k++) {
		const char *name = (*PV_AT(helm_chart *, &chart->charts, k))->name;
		bool found = false;
		for (size_t i = 0; i < chart->dependencies.len; i++)
			found |= pv_streq(PV_AT(helm_dependency, &chart->dependencies, i)->name, name);
		if (!found)
			unnamed = unnamed ? pv_printf(l->cx->arena, "%s,%s", unnamed, name) : name;
	}
	const char *path = realpath(l->path, whole) ? whole : l->path;
	if (unnamed)
		lint_say(l, LINT_ERROR, path, "chart metadata is missing these dependencies: %s", unnamed);
	if (absent)
		lint_say(l, LINT_WARNING, path, "chart directory is missing these dependencies: %s", absent);
}

static void
check_crds(lint *l)
{
	for (size_t i = 0; i < l->files.len; i++) {
		const helm_file *f = PV_AT(helm_file, &l->files, i);
		pv_vec docs;
		if (!pv_starts_with(f->name, "crds/") ||
		    !(pv_ends_with(f->name, ".yaml") || pv_ends_with(f->name, ".yml")))
			continue;
		if (pv_yaml_parse_all(l->cx, f->data, NULL, &docs) < 0) {
			lint_say(l, LINT_ERROR, f->name,
				 "unable to parse YAML: error converting YAML to JSON: %s",
				 pv_yaml_go_error(l->cx->arena, pv_take_error(l->cx)));
			return;
		}
		for (size_t k = 0; k < docs.len; k++) {
			const pv_val *doc = PV_AT(pv_yaml_doc, &docs, k)->val;
			if (!pv_is(doc, PV_OBJECT))
				continue;
			if (!pv_starts_with(pv_text_at(doc, "apiVersion", ""), "apiextensions.k8s.io"))
				lint_say(l, LINT_ERROR, f->name,
					 "apiVersion is not in 'apiextensions.k8s.io'");
			if (!pv_streq(pv_text_at(doc, "kind", ""), "CustomResourceDefinition"))
				lint_say(l, LINT_ERROR, f->name,
					 "object kind is not 'CustomResourceDefinition'");
		}
	}
}

static void
check_chart(lint *l)
{
	helm_chart *chart, *again;
	check_chartfile(l);
	check_values(l);
	if (helm_chart_load(l->cx, &l->files, &chart) < 0) {
		const char *why = taken_error(l);
		lint_say(l, LINT_ERROR, "templates/", "%s", why);
		lint_say(l, LINT_ERROR, "", "unable to load chart\n\t%s", why);
		return;
	}
	check_templates(l, chart);
	if (helm_chart_load(l->cx, &l->files, &again) < 0) /* without what the values made of it */
		(void)pv_recover(l->cx);
	else
		check_dependencies(l, again);
	check_crds(l);
}

int
helm_lint(pv_ctx *cx, const pv_args *args)
{
	enum lint_severity limit = pv_args_has(args, "strict") ? LINT_WARNING : LINT_ERROR;
	size_t n = pv_args_count(args), failed = 0;
	if (n == 0)
		return pv_fail(cx, PV_EUSAGE, "expected at least one chart: pave helm lint ./charts/web");
	for (size_t i = 0; i < n; i++) {
		lint l = {.cx = cx, .path = pv_args_at(args, i), .args = args};
		int r = helm_values_asked(cx, args, &l.values);
		pv_buf_init(&l.out, cx->arena);
		if (r == 0)
			r = helm_files_load(cx, l.path, &l.files);
		if (r < 0)
			return r;
		if (file_named(&l, CHARTFILE) == NULL) {
			printf("==> Linting %s\nError unable to check Chart.yaml file in chart: stat %s/Chart.yaml: no "
			       "such file or directory\n\n",
			       l.path, l.path);
			failed++;
			continue;
		}
		check_chart(&l);
		if (pv_args_has(args, "quiet") && l.worst < LINT_WARNING)
			continue;
		printf("==> Linting %s\n%s\n", l.path, l.out.len ? l.out.s : "");
		failed += l.worst >= limit;
	}
	if (failed > 0)
		return pv_fail(cx, PV_EINVALID, "%zu chart(s) linted, %zu chart(s) failed", n, failed);
	if (!pv_args_has(args, "quiet"))
		printf("%zu chart(s) linted, 0 chart(s) failed\n", n);
	return 0;
}
