/* Runs OPA's own test cases (JSON, ../shared/conformance/policy) in process.
 * As a unit test: the counts must not fall below what was reached.  By hand:
 *     rego_conformance_test FOLDER [CATEGORY [NOTE]]  prints each failure. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/json/json.h"
#include "lang/rego/rego.h"

#ifndef PAVE_SOURCE_DIR
#define PAVE_SOURCE_DIR "."
#endif

typedef struct tally {
	int pass, fail, all_pass, all_fail;
	const char *only, *note;
	bool v0, loud;
} tally;

static bool
read_file(pv_arena *arena, const char *path, pv_str *ret)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return false;
	fseek(f, 0, SEEK_END);
	size_t n = (size_t)ftell(f);
	rewind(f);
	char *s = pv_alloc(arena, n + 1);
	n = fread(s, 1, n, f);
	s[n] = '\0';
	fclose(f);
	*ret = (pv_str){s, n};
	return true;
}

static pv_val
sorted_arrays(pv_arena *arena, const pv_val *v)
{
	pv_listb b;
	pv_objb o;
	if (v->type == PV_OBJECT) {
		pv_objb_init(&o, arena);
		for (uint32_t i = 0; i < v->len; i++)
			pv_objb_add(&o, v->members[i].key, sorted_arrays(arena, &v->members[i].val));
		return pv_objb_end(&o);
	}
	if (v->type != PV_LIST)
		return *v;
	pv_listb_init(&b, arena);
	for (uint32_t i = 0; i < v->len; i++) {
		pv_val x = sorted_arrays(arena, &v->items[i]);
		size_t at = b.len;
		pv_listb_add(&b, x);
		for (; at > 0 && pv_cmp(&b.items[at - 1], &b.items[at]) > 0; at--) {
			pv_val swap = b.items[at];
			b.items[at] = b.items[at - 1];
			b.items[at - 1] = swap;
		}
	}
	return pv_listb_end(&b);
}

static int
evaluate(pv_ctx *cx, const pv_val *c, bool v0, pv_val *ret)
{
	const pv_val *modules = pv_get(c, "modules"), *term = pv_get(c, "input_term");
	size_t n = pv_count(modules);
	pv_rego_module *m = pv_new_array(cx->arena, pv_rego_module, n + 1);
	pv_rego_opts opts = {.v0 = v0};
	pv_rego *rego;
	pv_rego_query *query;
	pv_rego_result result = {0};
	pv_listb rows;
	for (size_t i = 0; i < n; i++)
		m[i] = (pv_rego_module){.name = pv_printf(cx->arena, "test-%zu.rego", i),
					.text = pv_strv(pv_item(modules, i))};
	int r = pv_rego_compile(cx, m, n, &opts, &rego);
	if (r < 0)
		return r;
	r = pv_rego_prepare(cx, rego, pv_text(pv_get(c, "query"), ""), &query);
	pv_rego_unref(rego);
	if (r < 0)
		return r;
	pv_rego_eval eval = {.input = pv_get(c, "input"),
			     .data = pv_get(c, "data"),
			     .now_ns = INT64_C(1780000000000000000),
			     .strict_builtin_errors = pv_truth(pv_get(c, "strict_error"), false)};
	if (eval.data && eval.data->type != PV_OBJECT)
		eval.data = NULL;
	if (pv_is(term, PV_STRING))
		r = pv_rego_term(cx, term->s, &eval.input);
	if (r == 0)
		r = pv_rego_run(cx, query, &eval, &result);
	pv_rego_query_free(query);
	if (r < 0)
		return r;
	pv_listb_init(&rows, cx->arena);
	for (size_t i = 0; i < result.sets.len; i++)
		pv_listb_add(&rows, pv_rego_json(cx->arena, *PV_AT(const pv_val *, &result.sets, i)));
	*ret = pv_listb_end_set(&rows);
	ret->type = PV_LIST;
	return 0;
}

static const char *
judge(pv_ctx *cx, const pv_val *c, bool v0)
{
	pv_val got = {0}, want;
	const pv_val *want_result = pv_get(c, "want_result");
	const char *code = pv_text(pv_get(c, "want_error_code"), NULL),
		   *text = pv_text(pv_get(c, "want_error"), NULL);
	int r = evaluate(cx, c, v0, &got);
	if (code || text) {
		const char *found = pv_rego_error_code(cx);
		if (r == 0)
			return pv_printf(cx->arena, "no error; got %s", pv_json_text(cx->arena, &got));
		if (code && !pv_streq(code, found))
			return pv_printf(cx->arena, "wrong code: %s", pv_error_text(cx));
		if (text && !strstr(cx->err->message, text))
			return pv_printf(cx->arena, "wrong text: %s", pv_error_text(cx));
		return NULL;
	}
	if (r < 0)
		return pv_printf(cx->arena, "%s", pv_error_text(cx));
	if (!want_result)
		return NULL;
	if (pv_truth(pv_get(c, "sort_bindings"), false))
		got = sorted_arrays(cx->arena, &got);
	want = *want_result;
	if (pv_truth(pv_get(c, "sort_bindings"), false))
		want = sorted_arrays(cx->arena, &want);
	pv_listb rows;
	pv_listb_init(&rows, cx->arena);
	for (uint32_t i = 0; i < want.len; i++)
		pv_listb_add(&rows, want.items[i]);
	want = pv_listb_end_set(&rows);
	want.type = PV_LIST;
	if (pv_eq(&want, &got))
		return NULL;
	return pv_printf(cx->arena, "want %s\n#     got  %s", pv_json_text(cx->arena, &want),
			 pv_json_text(cx->arena, &got));
}

static void
run_case(tally *t, const pv_val *c)
{
	pv_ctx cx;
	const char *note = pv_text(pv_get(c, "note"), "");
	if (t->note && !strstr(note, t->note) && !strstr(pv_text(pv_get(c, "id"), ""), t->note))
		return;
	pv_ctx_init(&cx, "case");
	if (getenv("TRACE_CASES"))
		fprintf(stderr, "case %s %s\n", pv_text(pv_get(c, "id"), ""), note);
	const char *fault = judge(&cx, c, t->v0);
	t->pass += fault == NULL;
	t->fail += fault != NULL;
	if (fault && t->loud)
		printf("# %s: %s\n#     %.600s\n", pv_text(pv_get(c, "id"), ""), note, fault);
	pv_ctx_done(&cx);
}

static void
run_file(tally *t, const char *path, const char *name)
{
	pv_ctx cx;
	pv_str text;
	const pv_val *doc;
	pv_ctx_init(&cx, "file");
	t->pass = t->fail = 0;
	if (read_file(cx.arena, path, &text) && pv_json_parse(&cx, text, NULL, &doc) == 0) {
		const pv_val *cases = pv_get(doc, "cases");
		t->v0 = pv_streq(pv_text(pv_get(doc, "rego_version"), "v1"), "v0");
		for (size_t i = 0; i < pv_count(cases); i++)
			run_case(t, pv_item(cases, i));
	}
	if (t->loud && t->pass + t->fail)
		printf("# %-40s %4d passed %4d failed\n", name, t->pass, t->fail);
	t->all_pass += t->pass;
	t->all_fail += t->fail;
	pv_ctx_done(&cx);
}

static bool
run_folder(tally *t, const char *folder)
{
	struct dirent **names;
	int n = scandir(folder, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		char path[4096];
		size_t len = strlen(names[i]->d_name);
		snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
		bool wanted = pv_ends_with(names[i]->d_name, ".json") &&
			      (!t->only || (strlen(t->only) == len - 5 &&
					    strncmp(names[i]->d_name, t->only, len - 5) == 0));
		if (wanted)
			run_file(t, path, names[i]->d_name);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return n >= 0;
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *folder;
		int least;
	} suites[] = {
		{"rego-conformance", 1555},
		{"rego-conformance-v0", 1268},
	};
	if (argc > 1) {
		tally t = {.loud = true,
			   .only = argc > 2 && *argv[2] ? argv[2] : NULL,
			   .note = argc > 3 ? argv[3] : NULL};
		if (!run_folder(&t, argv[1]))
			return 2;
		printf("%d passed, %d failed\n", t.all_pass, t.all_fail);
		return t.all_fail ? 1 : 0;
	}
	printf("1..%zu\n", PV_LEN(suites));
	for (size_t i = 0; i < PV_LEN(suites); i++) {
		char path[4096];
		tally t = {0};
		snprintf(path, sizeof path, "%s/../shared/conformance/policy/%s", PAVE_SOURCE_DIR,
			 suites[i].folder);
		if (access(path, R_OK) != 0 || !run_folder(&t, path))
			printf("ok %zu - %s # SKIP %s is not there\n", i + 1, suites[i].folder, path);
		else
			printf("%s %zu - %s: %d passed, %d failed, at least %d wanted\n",
			       t.all_pass >= suites[i].least ? "ok" : "not ok", i + 1, suites[i].folder,
			       t.all_pass, t.all_fail, suites[i].least);
	}
	return 0;
}
