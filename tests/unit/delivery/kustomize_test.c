/* Kustomizations in memory, through the interface that commits and folders come through: what is
 * built of them, and in which words they are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "delivery/kustomize/kustomize.h"

/* Lines "== /path" and what the file has. */
static enum kust_entry
find(pv_ctx *cx, const kust_files *files, const char *path, const char **ret_real)
{
	const char *all = files->of, *head = pv_printf(cx->arena, "== %s", path), *at = all;
	size_t n = strlen(head);
	*ret_real = path;
	while ((at = strstr(at, head)) != NULL) {
		if (at[n] == '\n')
			return KUST_FILE;
		if (at[n] == '/' || pv_streq(path, "/"))
			return KUST_FOLDER;
		at += n;
	}
	return KUST_NOTHING;
}

static int
load(pv_ctx *cx, const kust_files *files, const char *real, pv_str *ret)
{
	const char *head = pv_printf(cx->arena, "== %s\n", real), *at = strstr(files->of, head), *end;
	if (at == NULL)
		return pv_fail(cx, PV_ENOTFOUND, "no %s", real);
	at += strlen(head);
	end = strstr(at, "== /");
	*ret = (pv_str){at, end ? (size_t)(end - at) : strlen(at)};
	return 0;
}

/* What is printed for the kustomization in /k, or the error. */
static const char *
build(pv_ctx *cx, const char *all)
{
	kust_files files = {.find = find, .load = load, .of = (void *)(uintptr_t)all};
	kust_options options = {.order = KUST_ORDER_NONE};
	pv_vec objects;
	pv_buf b;
	if (kust_build(cx, &files, "/k", &options, &objects) < 0)
		return pv_take_error(cx)->message;
	pv_buf_init(&b, cx->arena);
	kust_print(&b, &objects);
	return b.len ? b.s : "";
}

#define CM(name) "== /k/cm.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: " name "}\ndata: {a: x}\n"
#define POD(fields) \
	"== /k/pod.yaml\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - {name: a, image: i}\n" \
	"  - {name: b, image: i}\n" fields

static const struct {
	const char *what, *files, *want;
} rows[] = {
	{"a resource as it is", "== /k/kustomization.yaml\nresources: [cm.yaml]\n" CM("c"),
	 "apiVersion: v1\ndata:\n  a: x\nkind: ConfigMap\nmetadata:\n  name: c\n"},
	{"values as they are written, where kustomize changes them (docs/kustomize.md)",
	 "== /k/kustomization.yaml\nresources: [a.yaml]\n== /k/a.yaml\nkind: A\nmetadata: {name: a, annotations: {n: ~}}\n"
	 "spec: {date: 2020-01-01, number: 1_000, whole: 18446744073709551616, 1: b}\n",
	 "kind: A\nmetadata:\n  annotations:\n    \"n\": \"\"\n  name: a\nspec:\n  \"1\": b\n  date: \"2020-01-01\"\n"
	 "  number: \"1_000\"\n  whole: 18446744073709551616\n"},
	{"a base beside it",
	 "== /k/kustomization.yaml\nresources: [../b]\nnameSuffix: -s\n== /b/kustomization.yaml\nnamePrefix: p-\n"
	 "resources: [c.yaml]\n== /b/c.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n",
	 "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: p-c-s\n"},
	{"a patch's items come first, and null takes away",
	 "== /k/kustomization.yaml\nresources: [pod.yaml]\npatches:\n- patch: |\n    apiVersion: v1\n    kind: Pod\n"
	 "    metadata: {name: p}\n    spec:\n      nodeName: null\n      containers:\n      - {name: c, image: j}\n"
	 "      - {name: b, image: j}\n" POD("  nodeName: n\n"),
	 "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  containers:\n  - image: j\n    name: c\n  - image: j\n"
	 "    name: b\n  - image: i\n    name: a\n"},
	{"$patch: delete of an item",
	 "== /k/kustomization.yaml\nresources: [pod.yaml]\npatches:\n- target: {kind: Pod}\n  patch: |\n    kind: Pod\n"
	 "    metadata: {name: any}\n    spec: {containers: [{name: a, $patch: delete}]}\n" POD(""),
	 "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  containers:\n  - image: i\n    name: b\n"},
	{"a JSON patch for what a regular expression names",
	 "== /k/kustomization.yaml\nresources: [cm.yaml]\npatches:\n- target: {name: c.*}\n"
	 "  patch: '[{\"op\": \"add\", \"path\": \"/data/b\", \"value\": \"1\"}]'\n" CM("cm"),
	 "apiVersion: v1\ndata:\n  a: x\n  b: \"1\"\nkind: ConfigMap\nmetadata:\n  name: cm\n"},
	{"a replacement, of a part between delimiters",
	 "== /k/kustomization.yaml\nresources: [cm.yaml, pod.yaml]\nreplacements:\n- source: {kind: ConfigMap, fieldPath: data.a}\n"
	 "  targets:\n  - select: {kind: Pod}\n    fieldPaths: [\"spec.containers.[name=a].image\"]\n"
	 "    options: {delimiter: \":\", index: 1}\n" CM("c") POD(""),
	 "apiVersion: v1\ndata:\n  a: x\nkind: ConfigMap\nmetadata:\n  name: c\n---\napiVersion: v1\nkind: Pod\nmetadata:\n"
	 "  name: p\nspec:\n  containers:\n  - image: i:x\n    name: a\n  - image: i\n    name: b\n"},
	{"a field that no kustomization has", "== /k/kustomization.yaml\nnamePrefx: a\n",
	 "invalid Kustomization: json: unknown field \"namePrefx\""},
	{"a field of another type", "== /k/kustomization.yaml\nresources: a.yaml\n",
	 "invalid Kustomization: json: cannot unmarshal string into Go struct field Kustomization.resources of type []string"},
	{"a transformer configuration with a field that none has",
	 "== /k/kustomization.yaml\nconfigurations: [c.yaml]\n== /k/c.yaml\nfoo: bar\n",
	 "error unmarshaling JSON: while decoding JSON: json: unknown field \"foo\""},
	{"a patch that begins as JSON and is none",
	 "== /k/kustomization.yaml\nresources: [cm.yaml]\npatches:\n- target: {kind: ConfigMap}\n"
	 "  patch: '[{op: remove, path: /data}]'\n" CM("c"),
	 "trouble configuring builtin PatchTransformer with config: `\npatch: '[{op: remove, path: /data}]'\ntarget:\n"
	 "  kind: ConfigMap\n`: unable to parse SM or JSON patch from [patch: \"[{op: remove, path: /data}]\"]"},
	{"null in a list stays",
	 "== /k/kustomization.yaml\nresources: [a.yaml]\n== /k/a.yaml\nkind: A\nmetadata: {name: a}\nl: [1, null]\n",
	 "kind: A\nl:\n- 1\n- null\nmetadata:\n  name: a\n"},
	{"a key twice",
	 "== /k/kustomization.yaml\nresources: [a.yaml]\n== /k/a.yaml\nkind: A\nmetadata: {name: a}\nb: 1\nb: 2\n",
	 "accumulating resources: accumulating resources from 'a.yaml': yaml: unmarshal errors: mapping key b already defined "
	 "in a.yaml"},
	{"nothing at all", "== /k/kustomization.yaml\nkind: Kustomization\n", "kustomization.yaml is empty"},
	{"two kustomization files",
	 "== /k/kustomization.yaml\nnamePrefix: a\n== /k/Kustomization\nnamePrefix: a\n",
	 "Found multiple kustomization files under: /k\n"},
	{"a file elsewhere",
	 "== /k/kustomization.yaml\nconfigMapGenerator:\n- name: a\n  files: [../b/x]\n== /b/x\n1\n",
	 "loading KV pairs: file sources: [../b/x]: security; file '/b/x' is not in or below '/k'"},
	{"a circle",
	 "== /k/kustomization.yaml\nresources: [../b]\n== /b/kustomization.yaml\nresources: [../k]\n",
	 "accumulating resources: accumulation err='accumulating resources from '../b': '/b' must resolve to a file': recursed "
	 "accumulation of path '/b': accumulating resources: accumulation err='accumulating resources from '../k': '/k' must "
	 "resolve to a file': cycle detected: candidate root '/k' contains visited root '/k'"},
	{"one object twice", "== /k/kustomization.yaml\nresources: [cm.yaml, ./cm.yaml]\n" CM("c"),
	 "accumulating resources: accumulation err='merging resources from './cm.yaml': may not add resource with an already "
	 "registered id: ConfigMap.v1.[noGrp]/c.[noNs]': must build at directory: '/k/cm.yaml': file is not directory"},
	{"a base of another repository",
	 "== /k/kustomization.yaml\nresources: [\"https://example.org/a/b?ref=v1\"]\n",
	 "accumulating resources: https://example.org/a/b?ref=v1: a base of another repository cannot be brought here: "
	 "expected a folder"},
	{"a file over HTTP", "== /k/kustomization.yaml\nresources: [\"https://example.org/a/b/c.yaml\"]\n",
	 "accumulating resources: accumulation err='accumulating resources from 'https://example.org/a/b/c.yaml': "
	 "https://example.org/a/b/c.yaml: a file over HTTP is not supported yet: expected one of this folder': must build "
	 "at directory: not a valid directory: evalsymlink failure on '/k/https:/example.org/a/b/c.yaml' : lstat "
	 "/k/https:/example.org/a/b/c.yaml: no such file or directory"},
	{"a chart without leave",
	 "== /k/kustomization.yaml\nhelmCharts: [{name: a, repo: \"https://example.org\"}]\n",
	 "/k/kustomization.yaml: helmCharts: must specify --enable-helm"},
};

static void
test_builds(void **state)
{
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_ctx cx;
		pv_ctx_init(&cx, "test");
		const char *got = build(&cx, rows[i].files);
		if (!pv_streq(got, rows[i].want))
			fail_msg("%s: expected\n%s\nfound\n%s", rows[i].what, rows[i].want, got);
		pv_ctx_done(&cx);
	}
}

/* Kustomizations that go on and on end, in words. */
static void
test_limits(void **state)
{
	pv_ctx cx;
	pv_buf b;
	(void)state;
	pv_ctx_init(&cx, "test");
	pv_buf_init(&b, cx.arena);
	pv_buf_adds(&b, "== /k/kustomization.yaml\nresources: [../d0]\n");
	for (int i = 0; i < 60; i++)
		pv_buf_printf(&b, "== /d%d/kustomization.yaml\nresources: [../d%d]\n", i, i + 1);
	assert_non_null(strstr(build(&cx, b.s), "kustomizations lie more than 50 deep"));
	pv_buf_clear(&b);
	pv_buf_adds(&b, "== /k/kustomization.yaml\nresources: [a.yaml]\n== /k/a.yaml\n");
	for (int i = 0; i < 20001; i++)
		pv_buf_printf(&b, "---\n{kind: A, metadata: {name: a%d}}\n", i);
	assert_non_null(strstr(build(&cx, b.s), "more than 20000 objects in one build"));
	pv_ctx_done(&cx);
}

/* Twice the objects take about twice the room, though each might name any other. */
static void
test_room(void **state)
{
	size_t used[2];
	(void)state;
	for (int i = 0; i < 2; i++) {
		pv_ctx cx;
		pv_buf b;
		pv_ctx_init(&cx, "test");
		pv_buf_init(&b, cx.arena);
		pv_buf_adds(&b, "== /k/kustomization.yaml\nresources: [a.yaml]\n== /k/a.yaml\n");
		for (int k = 0; k < 1000 * (i + 1); k++)
			pv_buf_printf(&b, "---\n{kind: A, metadata: {name: a%d}}\n", k);
		assert_true(pv_starts_with(build(&cx, b.s), "kind: A\n"));
		used[i] = pv_arena_used(cx.arena);
		pv_ctx_done(&cx);
	}
	assert_in_range(used[1], used[0], 3 * used[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_builds), cmocka_unit_test(test_limits),
					   cmocka_unit_test(test_room)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
