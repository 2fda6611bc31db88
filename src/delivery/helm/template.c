/* template: `pave helm template`. */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/str.h"
#include "base/time.h"
#include "delivery/helm/command.h"
#include "lang/json/json.h"

#define VALUES_MAX ((size_t)16 << 20)

/* ---- values ---- */

static int
read_file(pv_ctx *cx, void *of, const char *path, pv_str *ret)
{
	(void)of;
	return pv_file_load(cx, path, VALUES_MAX, ret);
}

static int
add_files(pv_ctx *cx, const pv_args *args, pv_tmap **values)
{
	const char *path;
	for (size_t i = 0; (path = pv_args_nth(args, "values", i)) != NULL; i++) {
		pv_tmap *more;
		pv_str text;
		int r = pv_file_load(cx, path, VALUES_MAX, &text);
		if (r == 0)
			r = helm_values_parse(cx, text, &more);
		if (r < 0)
			return pv_wrap(cx, r, "failed to parse %s", path);
		*values = helm_values_over(cx->arena, *values, more);
	}
	return 0;
}

/* --set-json '{"a": 1}' is a whole object. */
static int
add_object(pv_ctx *cx, const char *text, pv_tmap **values)
{
	const pv_val *doc;
	int r = pv_json_parse(cx, pv_str_of(text), NULL, &doc);
	if (r == 0)
		*values = helm_values_over(cx->arena, *values, pv_tv_from(cx->arena, doc, true).map);
	return r;
}

int
helm_values_asked(pv_ctx *cx, const pv_args *args, pv_tmap **ret)
{
	static const struct {
		const char *option;
		enum helm_set how;
	} sets[] = {{"set-json", HELM_SET_JSON},
		    {"set", HELM_SET},
		    {"set-string", HELM_SET_STRING},
		    {"set-file", HELM_SET_FILE},
		    {"set-literal", HELM_SET_LITERAL}};
	const char *text;
	pv_tmap *values = pv_tmap_new(cx->arena);
	int r = add_files(cx, args, &values);
	for (size_t k = 0; k < PV_LEN(sets); k++)
		for (size_t i = 0; r == 0 && (text = pv_args_nth(args, sets[k].option, i)) != NULL; i++) {
			if (sets[k].how == HELM_SET_JSON && *text == '{')
				r = add_object(cx, text, &values);
			else
				r = helm_set(cx, sets[k].how, pv_str_of(text), values, read_file, NULL);
			if (r < 0)
				r = pv_wrap(cx, r, "failed parsing --%s data", sets[k].option);
		}
	*ret = values;
	return r;
}

/* ---- the release ---- */

static int
name_from_template(pv_ctx *cx, const char *text, const char **ret)
{
	static const pv_tfunc *const funcs[] = {PV_TMPL_SPRIG, pv_tmpl_random, pv_tmpl_keys, NULL};
	pv_tmpl *t = pv_tmpl_new(cx->arena, &(pv_tmpl_opts){.funcs = funcs});
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	int r = pv_tmpl_parse(cx, t, PV_STR("name-template"), pv_str_of(text));
	if (r == 0)
		r = pv_tmpl_execute(cx, t, &(pv_tmpl_run){.now = pv_now()}, PV_STR("name-template"),
				    pv_tv_invalid(), &b);
	*ret = b.len ? b.s : "";
	return r;
}

/* a,b and c, as one list. */
static const char *const *
api_versions(pv_ctx *cx, const pv_args *args)
{
	pv_vec all;
	const char *text, *end = NULL;
	pv_vec_init(&all, cx->arena, sizeof(const char *));
	for (size_t i = 0; (text = pv_args_nth(args, "api-versions", i)) != NULL; i++) {
		pv_str rest = pv_str_of(text), one;
		while (pv_str_next(&rest, ',', &one)) {
			const char *version = pv_strndup(cx->arena, one.s, one.len);
			pv_vec_push(&all, &version);
		}
	}
	pv_vec_push(&all, &end);
	return all.data;
}

static int
release_of(pv_ctx *cx, const pv_args *args, helm_release *ret)
{
	const char *name = pv_args_text(args, "name-template", NULL);
	*ret = (helm_release){
		.name = pv_args_count(args) > 1 ? pv_args_at(args, 0) : "release-name",
		.namespace = pv_args_text(args, "namespace", "default"),
		.upgrade = pv_args_has(args, "is-upgrade"),
		.kube_version = pv_args_text(args, "kube-version", NULL),
		.apis = api_versions(cx, args),
		.include_crds = pv_args_has(args, "include-crds"),
		.skip_schema = pv_args_has(args, "skip-schema-validation"),
		.now = pv_now(),
	};
	return name ? name_from_template(cx, name, &ret->name) : 0;
}

/* ---- printing ---- */

static void
put(pv_buf *b, const helm_manifest *m)
{
	pv_buf_printf(b, "---\n# Source: %s\n", m->path);
	pv_buf_add(b, m->text.s, m->text.len);
	pv_buf_addc(b, '\n');
}

static bool
is_test(const helm_manifest *m)
{
	return m->hook && strstr(m->hook, "test") != NULL;
}

static void
put_all(pv_buf *b, const pv_vec *of, bool skip_tests)
{
	for (size_t i = 0; i < of->len; i++) {
		const helm_manifest *m = PV_AT(helm_manifest, of, i);
		if (!skip_tests || !is_test(m))
			put(b, m);
	}
}

static bool
put_matching(pv_buf *b, const pv_vec *of, const char *pattern)
{
	bool some = false;
	for (size_t i = 0; i < of->len; i++) {
		const helm_manifest *m = PV_AT(helm_manifest, of, i);
		const char *slash = strchr(m->path, '/');
		if (slash == NULL || fnmatch(pattern, slash + 1, FNM_PATHNAME) != 0)
			continue;
		some = true;
		put(b, m);
	}
	return some;
}

static int
put_only(pv_ctx *cx, pv_buf *b, const pv_args *args, const helm_rendering *of)
{
	const char *pattern;
	for (size_t i = 0; (pattern = pv_args_nth(args, "show-only", i)) != NULL; i++) {
		bool crds = put_matching(b, &of->crds, pattern),
		     some = put_matching(b, &of->manifests, pattern);
		bool hooks = !pv_args_has(args, "no-hooks") && put_matching(b, &of->hooks, pattern);
		if (!some && !hooks && !crds)
			return pv_fail(cx, PV_EINVALID, "could not find template %s in chart", pattern);
	}
	return 0;
}

/* The manifests are trimmed as one text, then come the hooks. */
static void
put_rendering(pv_buf *b, const pv_args *args, const helm_rendering *of)
{
	pv_buf m;
	pv_buf_init(&m, b->arena);
	put_all(&m, &of->crds, false);
	put_all(&m, &of->manifests, false);
	pv_str trimmed = pv_str_trim((pv_str){m.len ? m.s : "", m.len});
	pv_buf_add(b, trimmed.s, trimmed.len);
	pv_buf_addc(b, '\n');
	if (!pv_args_has(args, "no-hooks"))
		put_all(b, &of->hooks, pv_args_has(args, "skip-tests"));
}

/* Helm's hint behind what went wrong in the templates. */
static int
with_hint(pv_ctx *cx)
{
	const pv_error *err = pv_take_error(cx);
	return pv_fail(cx, err->code, "%s\n\nUse --debug flag to render out invalid YAML", err->message);
}

int
helm_template(pv_ctx *cx, const pv_args *args)
{
	helm_release release;
	helm_rendering out = {0};
	helm_chart *chart;
	pv_tmap *values;
	pv_buf b;
	size_t n = pv_args_count(args);
	if (pv_args_has(args, "post-renderer"))
		return pv_fail(cx, PV_EUNSUPPORTED,
			       "--post-renderer is not supported: pipe what is printed through the program");
	if (n < 1 || n > 2)
		return pv_fail(cx, PV_EUSAGE, "expected [NAME] CHART: pave helm template web ./charts/web");
	pv_buf_init(&b, cx->arena);
	int r = release_of(cx, args, &release);
	if (r == 0)
		r = helm_values_asked(cx, args, &values);
	if (r == 0)
		r = helm_load_asked(cx, args, pv_args_at(args, n - 1), &chart);
	if (r == 0)
		r = helm_render(cx, chart, values, &release, &out);
	if (r < 0 && out.broken && pv_args_has(args, "debug")) {
		pv_str all = pv_str_trim(pv_str_of(out.broken));
		printf("%.*s\n", (int)all.len, all.s);
	}
	if (r < 0)
		return out.begun && !pv_args_has(args, "debug") ? with_hint(cx) : r;
	if (pv_args_has(args, "show-only"))
		r = put_only(cx, &b, args, &out);
	else
		put_rendering(&b, args, &out);
	if (r == 0)
		(void)fwrite(b.s, 1, b.len, stdout);
	return r;
}
