/* rego_eval: `pave rego eval`: evaluates a query as `opa eval` does, to its output
 * and its exit codes (0; 1 with --fail and --fail-defined; 2 for errors). */
#include "cmd/rego_eval.h"

#include <stdio.h>

#include "base/str.h"
#include "base/time.h"
#include "cmd/verbs.h"

/* To the other stream, as opa does. */
static void
print_line(void *arg, const char *line)
{
	(void)arg;
	fprintf(stderr, "%s\n", line);
}

/* `--partial`: what is left of the query while the unknowns are not known. */
static int
evaluate_partially(pv_ctx *cx, const pv_args *args, const rego_source *src, pv_rego *rego,
		   const pv_rego_eval *eval, bool *ret_defined)
{
	static const char *const input[] = {"input"};
	pv_rego_partial_opts opts = {.query = src->query, .unknowns = input, .n_unknowns = 1, .eval = *eval};
	const char *given;
	pv_vec unknowns;
	pv_rego_left left;
	int r;
	pv_vec_init(&unknowns, cx->arena, sizeof(const char *));
	for (size_t i = 0; (given = pv_args_nth(args, "unknowns", i)) != NULL; i++) {
		pv_str rest = pv_str_of(given), one;
		while (pv_str_next(&rest, ',', &one)) {
			const char *path = pv_strndup(cx->arena, one.s, one.len);
			pv_vec_push(&unknowns, &path);
		}
	}
	if (unknowns.len) {
		opts.unknowns = unknowns.data;
		opts.n_unknowns = unknowns.len;
	}
	r = pv_rego_partial(cx, rego, &opts, &left);
	if (r < 0)
		return r;
	rego_print_partial(cx, &left);
	*ret_defined = left.queries.len > 0;
	return 0;
}

static int
evaluate(pv_ctx *cx, const pv_args *args, const char *format, rego_source *src, bool *ret_defined)
{
	pv_rego *rego = NULL;
	pv_rego_query *query = NULL;
	pv_rego_result result;
	int r = rego_source_load(cx, args, src);
	if (r == 0)
		r = rego_source_compile(cx, args, src, &rego, &query);
	if (r < 0)
		return r;
	pv_rego_eval eval = {.input = src->input,
			     .data = src->from.data,
			     .now_ns = pv_now(),
			     .print = print_line,
			     .cover = pv_args_has(args, "coverage") ? pv_rego_cover_new(cx->arena) : NULL,
			     .strict_builtin_errors = pv_args_has(args, "strict-builtin-errors")};
	if (pv_args_has(args, "partial"))
		r = evaluate_partially(cx, args, src, rego, &eval, ret_defined);
	else if ((r = pv_rego_run(cx, query, &eval, &result)) == 0) {
		pv_val covered = eval.cover ? pv_rego_cover_report(cx->arena, eval.cover, rego) : pv_null();
		rego_print_result(cx, format, query, &result, eval.cover ? &covered : NULL);
		*ret_defined = result.sets.len > 0;
	}
	pv_rego_query_free(query);
	pv_rego_unref(rego);
	return r;
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	const char *format = pv_args_text(args, "format", "json");
	rego_source src = {.prints = true};
	bool defined = false;
	if (!rego_format_is(format))
		return pv_fail(cx, PV_EUSAGE,
			       "--format: expected json, values, bindings, pretty or raw, found %s", format);
	if ((pv_args_has(args, "partial") || pv_args_has(args, "coverage")) && !pv_streq(format, "json"))
		return pv_fail(cx, PV_EUSAGE,
			       "--format: expected json with --partial and --coverage, found %s", format);
	if (pv_args_has(args, "partial") && pv_args_has(args, "coverage"))
		return pv_fail(cx, PV_EUSAGE, "--coverage: expected no --partial beside it: nothing is run");
	if (pv_args_has(args, "unknowns") && !pv_args_has(args, "partial"))
		return pv_fail(cx, PV_EUSAGE, "--unknowns: expected --partial beside it");
	if (pv_args_count(args) != 1)
		return pv_fail(cx, PV_EUSAGE, "expected one query, found %zu arguments", pv_args_count(args));
	if (evaluate(cx, args, format, &src, &defined) < 0) {
		rego_print_error(cx, format, &src);
		rego_source_hint(cx, args, &src);
		pv_recover(cx);
		return PV_EXIT_USAGE; /* opa's exit code for errors, too */
	}
	bool failed =
		(pv_args_has(args, "fail") && !defined) || (pv_args_has(args, "fail-defined") && defined);
	return failed ? PV_EXIT_FAILED : PV_EXIT_OK;
}

static const pv_option options[] = {
	{"data", 'd', "PATH",
	 "modules and documents: a file or directory; a.b:FILE puts it at data.a.b; repeats"},
	{"bundle", 'b', "PATH", "a bundle: a folder or an archive; repeats"},
	{"input", 'i', "FILE", "the input document (JSON or YAML)"},
	{"stdin-input", 'I', NULL, "read the input document from stdin"},
	{"format", 'f', "json|values|bindings|pretty|raw", "how to print (default: json)"},
	{"v0-compatible", 0, NULL, "read modules and the query as Rego v0"},
	{"v1-compatible", 0, NULL, "read them as Rego v1 (default)"},
	{"partial", 'p', NULL, "print what is left of the query while some documents are not known"},
	{"unknowns", 'u', "PATH", "with --partial: a document that is not known; repeats (default: input)"},
	{"coverage", 0, NULL, "report which rules and statements ran"},
	{"strict", 'S', NULL, "refuse unused and repeated imports and unused assigned variables"},
	{"strict-builtin-errors", 0, NULL, "an error in a built-in function ends the evaluation"},
	{"untyped", 0, NULL, "leave out the static type checker, for policies of engines that have none"},
	{"fail", 0, NULL, "exit 1 if the result is undefined"},
	{"fail-defined", 0, NULL, "exit 1 if the result is defined"},
	{0},
};

const pv_verb rego_eval_verb = {
	.name = "rego eval",
	.usage = "QUERY",
	.summary = "evaluate a Rego query as `opa eval` does",
	.help = "Prints what `opa eval` prints, and exits 2 on errors.\n\n"
		"  pave rego eval -d policy.rego -i input.json 'data.kubernetes.admission.deny'",
	.options = options,
	.run = run,
};
