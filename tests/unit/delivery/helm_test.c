/* Charts in memory: which subcharts take part, what their values are, and in which order
 * their manifests come; what --set means; what a schema refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/gzip.h"
#include "base/str.h"
#include "delivery/helm/helm.h"
#include "lang/json/json.h"

#define CHART(name) "apiVersion: v2\nname: " name "\nversion: 1.0.0\n"

struct entry {
	const char *name, *text;
};

/* What `helm template` prints of manifests and hooks: "path: text" lines, or the error. */
static const char *
render(pv_ctx *cx, const struct entry *entries, const char *values, const helm_release *how)
{
	helm_release release = how ? *how : (helm_release){0};
	helm_rendering out;
	helm_chart *chart;
	pv_tmap *vals;
	pv_vec files;
	pv_buf b;

	release.name = "rel";
	release.namespace = "ns";
	pv_buf_init(&b, cx->arena);
	pv_vec_init(&files, cx->arena, sizeof(helm_file));
	for (; entries->name; entries++)
		pv_vec_push(&files, &(helm_file){entries->name, pv_str_of(entries->text)});
	if (helm_values_parse(cx, pv_str_of(values), &vals) < 0 || helm_chart_load(cx, &files, &chart) < 0 ||
	    helm_render(cx, chart, vals, &release, &out) < 0)
		return pv_take_error(cx)->message;
	const pv_vec *lists[] = {&out.crds, &out.manifests, &out.hooks};
	for (size_t k = 0; k < 3; k++)
		for (size_t i = 0; i < lists[k]->len; i++) {
			const helm_manifest *m = PV_AT(helm_manifest, lists[k], i);
			pv_buf_printf(&b, "%s: %.*s\n", m->path, (int)m->text.len, m->text.s);
		}
	return b.len ? b.s : "";
}

static void
expect(const struct entry *entries, const char *values, const helm_release *how, const char *want)
{
	pv_ctx cx;

	pv_ctx_init(&cx, "helm");
	assert_string_equal(render(&cx, entries, values, how), want);
	pv_ctx_done(&cx);
}

static void
values_are_merged_and_null_deletes(void **state)
{
	static const struct entry chart[] = {
		{"Chart.yaml", CHART("a")},
		{"values.yaml", "x: 1\ns: {p: 1, q: 2}\nz: [1]\n"},
		{"templates/t.yaml", "v: {{ toJson .Values }}"},
		{0},
	};

	(void)state;
	expect(chart, "x: null\ns: {q: null, r: 3}\nz: [2, 3]\n", NULL,
	       "a/templates/t.yaml: v: {\"s\":{\"p\":1,\"r\":3},\"z\":[2,3]}\n");
}

static void
subcharts_have_conditions_tags_aliases_and_globals(void **state)
{
	static const struct entry chart[] = {
		{"Chart.yaml", CHART("a") "dependencies:\n"
					  "- {name: sub, version: 1.x, alias: one, condition: one.enabled}\n"
					  "- {name: sub, version: '>0', alias: two, tags: [t]}\n"
					  "- {name: other, version: 2.x}\n"},
		{"values.yaml", "one: {v: 1}\nglobal: {g: top}\n"},
		{"charts/sub/Chart.yaml", CHART("sub")},
		{"charts/sub/values.yaml", "v: 0\nglobal: {g: low, h: 2}\n"},
		{"charts/sub/templates/t.yaml", "n: {{ .Chart.Name }} {{ .Values | toJson }}"},
		{0},
	};

	(void)state;
	expect(chart, "one: {enabled: true}\n", NULL,
	       "an error occurred while checking for chart dependencies. You may need to run `helm dependency build` to "
	       "fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: other");
	struct entry two[6];
	memcpy(two, chart, sizeof two);
	two[0].text =
		CHART("a") "dependencies:\n- {name: sub, version: 1.x, alias: one, condition: one.enabled}\n"
			   "- {name: sub, version: '>0', alias: two, tags: [t]}\n";
	expect(two, "one: {enabled: true}\n", NULL,
	       "a/charts/one/templates/t.yaml: n: one {\"enabled\":true,\"global\":{\"g\":\"top\",\"h\":2},\"v\":1}\n"
	       "a/charts/two/templates/t.yaml: n: two {\"global\":{\"g\":\"top\",\"h\":2},\"v\":0}\n");
	expect(two, "one: {enabled: false}\ntags: {t: false}\n", NULL, "");
}

static void
values_are_imported_from_subcharts(void **state)
{
	static const struct entry chart[] = {
		{"Chart.yaml", CHART("a") "dependencies:\n- name: sub\n  version: 1.x\n  import-values:\n"
					  "  - data\n  - {child: deep.er, parent: own.place}\n"},
		{"values.yaml", "kept: mine\n"},
		{"templates/t.yaml", "v: {{ omit .Values \"sub\" | toJson }}"},
		{"charts/sub/Chart.yaml", CHART("sub")},
		{"charts/sub/values.yaml", "exports: {data: {kept: theirs, new: 1}}\ndeep: {er: {x: z}}\n"},
		{0},
	};

	(void)state;
	expect(chart, "", NULL,
	       "a/templates/t.yaml: v: {\"kept\":\"mine\",\"new\":1,\"own\":{\"place\":{\"x\":\"z\"}}}\n");
}

static void
manifests_come_in_helms_order(void **state)
{
	static const struct entry chart[] = {
		{"Chart.yaml", CHART("a")},
		{"crds/c.yaml", "kind: CRD"},
		{"templates/NOTES.txt", "hello {{ .Release.Name }}"},
		{"templates/_x.tpl", "{{ define \"x\" }}kind: Service{{ end }}"},
		{"templates/a.yaml", "kind: Widget\n---\nkind: Deployment\n---\n\n---\nkind: Apple\n"},
		{"templates/b.yaml", "{{ include \"x\" . }}\n---\nkind: Namespace"},
		{"templates/h.yaml",
		 "kind: Job\nmetadata: {annotations: {helm.sh/hook: 'pre-install, test'}}\n---\n"
		 "kind: Pod\nmetadata: {annotations: {helm.sh/hook: unheard-of}}"},
		{0},
	};

	(void)state;
	expect(chart, "", &(helm_release){.include_crds = true},
	       "a/crds/c.yaml: kind: CRD\n"
	       "a/templates/b.yaml: kind: Namespace\n"
	       "a/templates/b.yaml: kind: Service\n"
	       "a/templates/a.yaml: kind: Deployment\n"
	       "a/templates/a.yaml: kind: Apple\n"
	       "a/templates/a.yaml: kind: Widget\n"
	       "a/templates/h.yaml: kind: Job\nmetadata: {annotations: {helm.sh/hook: 'pre-install, test'}}\n");
}

static void
what_a_template_sees(void **state)
{
	static const struct entry chart[] = {
		{"Chart.yaml",
		 "apiVersion: v2\nname: a\nversion: 1.5\nappVersion: 7.0\nannotations: {x: 1}\n"},
		{"conf/x.txt", "line\n"},
		{"templates/t.yaml",
		 "a: {{ .Release.Name }} {{ .Release.Namespace }} {{ .Release.IsInstall }} {{ .Chart.AppVersion }} {{ .Chart.Version }} {{ .Chart.Annotations.x }}\n"
		 "b: {{ .Files.Get \"conf/x.txt\" | trim }} {{ range $k, $_ := .Files.Glob \"conf/*\" }}{{ $k }}{{ end }}\n"
		 "c: {{ .Capabilities.KubeVersion.Minor }} {{ .Capabilities.APIVersions.Has \"x/v1\" }} "
		 "{{ .Capabilities.APIVersions.Has \"apps/v1\" }}\n"
		 "d: {{ .Template.Name }} {{ .Template.BasePath }}"},
		{0},
	};
	static const char *const apis[] = {"x/v1", NULL};

	(void)state;
	expect(chart, "", &(helm_release){.kube_version = "1.29", .apis = apis},
	       "a/templates/t.yaml: a: rel ns true 7 1.5 1\nb: line conf/x.txt\nc: 29 true true\n"
	       "d: a/templates/t.yaml a/templates\n");
}

static void
refusals_are_helms(void **state)
{
	static const struct {
		const char *chart, *template, *schema, *want;
	} cases[] = {
		{CHART("a") "type: library\n", "", NULL, "library charts are not installable"},
		{CHART("a") "kubeVersion: '>=9'\n", "", NULL,
		 "chart requires kubeVersion: >=9 which is incompatible with Kubernetes " HELM_KUBE_VERSION},
		{"name: a\n", "", NULL, "validation: chart.metadata.version is required"},
		{CHART("../a"), "", NULL, "validation: chart.metadata.name \"../a\" is invalid"},
		{CHART("a"), "{{ fail \"no\" }}", NULL, "execution error at (a/templates/t.yaml:1:3): no"},
		{CHART("a"), "{{ required \"need x\" .Values.x }}", NULL,
		 "execution error at (a/templates/t.yaml:1:3): need x"},
		{CHART("a"), "{{ .Values.x.y }}", NULL,
		 "a/templates/t.yaml:1:10\n  executing \"a/templates/t.yaml\" at <.Values.x.y>:\n"
		 "    nil pointer evaluating interface {}.y"},
		{CHART("a"), "{{ nope }}", NULL,
		 "parse error at (a/templates/t.yaml:1): function \"nope\" not defined"},
		{CHART("a"), "a: [", NULL,
		 "YAML parse error on a/templates/t.yaml: error converting YAML to JSON: yaml: line 1: did not find "
		 "expected node content"},
		{CHART("a"), "a: 1", "{\"required\":[\"x\"],\"properties\":{\"num\":{\"type\":\"string\"}}}",
		 "values don't meet the specifications of the schema(s) in the following chart(s):\na:\n"
		 "- at '': missing property 'x'\n- at '/num': got number, want string\n"},
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(cases); i++) {
		const struct entry chart[] = {
			{"Chart.yaml", cases[i].chart},
			{"templates/t.yaml", cases[i].template},
			{cases[i].schema ? "values.schema.json" : NULL, cases[i].schema},
			{0},
		};
		expect(chart, "num: 1\n", NULL, cases[i].want);
	}
}

static void
set_means_what_it_does_in_helm(void **state)
{
	static const struct {
		enum helm_set how;
		const char *text, *want;
	} cases[] = {
		{HELM_SET, "a=1,b=true,c=null,d=x\\,y,e={1,two},f.g[1].h=01",
		 "{\"a\":1,\"b\":true,\"c\":null,\"d\":\"x,y\","
		 "\"e\":[1,\"two\"],\"f\":{\"g\":[null,{\"h\":\"01\"}]}}"},
		{HELM_SET_STRING, "a=1,b=true", "{\"a\":\"1\",\"b\":\"true\"}"},
		{HELM_SET_JSON, "a={\"x\":[1]},b=2", "{\"a\":{\"x\":[1]},\"b\":2}"},
		{HELM_SET_LITERAL, "a.b=1,c=2", "{\"a\":{\"b\":\"1,c=2\"}}"},
		{HELM_SET, "a", "key \"a\" has no value"},
		{HELM_SET, "a,b=1", "key \"a\" has no value (cannot end with ,)"},
		{HELM_SET, "a[-1]=x", "negative -1 index not allowed"},
		{HELM_SET, "a[65537]=x", "index of 65537 is greater than maximum supported index of 65536"},
		{HELM_SET, "a={1", "list must terminate with '}'"},
	};
	pv_ctx cx;

	(void)state;
	pv_ctx_init(&cx, "helm");
	for (size_t i = 0; i < PV_LEN(cases); i++) {
		pv_tmap *values = pv_tmap_new(cx.arena);
		pv_tv all = pv_tv_map(values);
		pv_val doc;

		if (helm_set(&cx, cases[i].how, pv_str_of(cases[i].text), values, NULL, NULL) < 0) {
			assert_string_equal(pv_take_error(&cx)->message, cases[i].want);
			continue;
		}
		assert_true(pv_tv_to(cx.arena, &all, &doc));
		assert_string_equal(pv_json_text(cx.arena, &doc), cases[i].want);
	}
	pv_ctx_done(&cx);
}

/* One file as tar has it. */
static void
tar_add(pv_buf *b, const char *name, const char *text)
{
	char head[512] = {0};
	size_t n = strlen(text);

	memcpy(head, name, strlen(name));
	snprintf(head + 124, 12, "%011zo", n);
	head[156] = '0';
	memcpy(head + 257, "ustar", 5);
	pv_buf_add(b, head, sizeof head);
	pv_buf_add(b, text, n);
	while (b->len % 512)
		pv_buf_addc(b, '\0');
}

static void
packed_charts_are_unpacked_or_refused(void **state)
{
	static const struct {
		const char *name, *want;
	} cases[] = {
		{"a/Chart.yaml", NULL},
		{"a/../../x", "chart illegally references parent directory"},
		{"Chart.yaml", "chart yaml not in base directory"},
		{"a//etc/passwd", "chart illegally contains absolute paths"},
	};
	pv_ctx cx;

	(void)state;
	pv_ctx_init(&cx, "helm");
	for (size_t i = 0; i < PV_LEN(cases); i++) {
		pv_buf tar, tgz;
		pv_vec files;

		pv_buf_init(&tar, cx.arena);
		pv_buf_init(&tgz, cx.arena);
		tar_add(&tar, cases[i].name, CHART("a"));
		assert_int_equal(pv_gzip(&cx, (pv_str){tar.s, tar.len}, PV_GZIP_FAST, &tgz), 0);
		int r = helm_files_unpack(&cx, (pv_str){tgz.s, tgz.len}, &files);
		if (cases[i].want != NULL) {
			assert_true(r < 0);
			assert_string_equal(pv_take_error(&cx)->message, cases[i].want);
			continue;
		}
		assert_int_equal(r, 0);
		assert_string_equal(PV_AT(helm_file, &files, 0)->name, "Chart.yaml");
		tgz.s[tgz.len / 2] ^= 0x55;
		assert_true(helm_files_unpack(&cx, (pv_str){tgz.s, tgz.len}, &files) < 0);
		pv_recover(&cx);
	}
	pv_ctx_done(&cx);
}

/* The digest is the one of Helm's own test (internal/resolver). */
static void
a_lock_is_of_its_dependencies(void **state)
{
	static const char lock[] =
		"dependencies: [{name: alpine, version: 0.1.0, repository: 'http://localhost:8879/charts'}]\n"
		"digest: sha256:fb239e836325c5fa14b29d1540a13b7d3ba13151b67fe719f820e0ef6d66aaaf\n";
	static const struct {
		const char *wanted, *version; /* NULL: refused */
	} cases[] = {{"0.1.0", "0.1.0"}, {"^0.1.0", NULL}, {"0.1.2", NULL}};
	pv_ctx cx;

	(void)state;
	pv_ctx_init(&cx, "helm");
	for (size_t i = 0; i < PV_LEN(cases); i++) {
		const char *meta =
			pv_printf(cx.arena,
				  CHART("a") "dependencies: [{name: alpine, version: %s, repository: "
					     "'http://localhost:8879/charts'}]\n",
				  cases[i].wanted);
		helm_chart *chart;
		pv_vec files, needs;

		pv_vec_init(&files, cx.arena, sizeof(helm_file));
		pv_vec_push(&files, &(helm_file){"Chart.yaml", pv_str_of(meta)});
		pv_vec_push(&files, &(helm_file){"Chart.lock", pv_str_of(lock)});
		assert_int_equal(helm_chart_load(&cx, &files, &chart), 0);
		if (cases[i].version == NULL) {
			assert_int_equal(helm_needs(&cx, chart, &needs), -PV_ECONFLICT);
			assert_non_null(strstr(pv_take_error(&cx)->message, "Chart.lock) is out of sync"));
			continue;
		}
		assert_int_equal(helm_needs(&cx, chart, &needs), 0);
		assert_int_equal(needs.len, 1);
		assert_string_equal(PV_AT(helm_dependency, &needs, 0)->version, cases[i].version);
	}
	pv_ctx_done(&cx);
}

#define MISSING 5000

static void
missing_dependencies_take_no_square(void **state)
{
	pv_ctx cx;
	pv_buf chart;
	const char *said;
	size_t before;

	(void)state;
	pv_ctx_init(&cx, "test");
	pv_buf_init(&chart, cx.arena);
	pv_buf_adds(&chart, CHART("shop") "dependencies:\n");
	for (size_t i = 0; i < MISSING; i++)
		pv_buf_printf(&chart, "- {name: n%04zu, version: 1.0.0}\n", i);
	before = pv_arena_used(cx.arena);
	said = render(&cx, (const struct entry[]){{"Chart.yaml", chart.s}, {0}}, "", NULL);
	assert_non_null(strstr(said, "missing in charts/ directory: n0000, n0001, "));
	assert_true(pv_arena_used(cx.arena) - before < MISSING * UINT64_C(5000));
	pv_ctx_done(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_merged_and_null_deletes),
		cmocka_unit_test(subcharts_have_conditions_tags_aliases_and_globals),
		cmocka_unit_test(values_are_imported_from_subcharts),
		cmocka_unit_test(manifests_come_in_helms_order),
		cmocka_unit_test(what_a_template_sees),
		cmocka_unit_test(refusals_are_helms),
		cmocka_unit_test(set_means_what_it_does_in_helm),
		cmocka_unit_test(a_lock_is_of_its_dependencies),
		cmocka_unit_test(packed_charts_are_unpacked_or_refused),
		cmocka_unit_test(missing_dependencies_take_no_square),
	};

	return cmocka_run_group_tests_name("delivery/helm", tests, NULL, NULL);
}
