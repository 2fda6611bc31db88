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
			     .strict_builtin_errors = pv_args_has(args, "strict-builtin-errors")};
	r = pv_rego_run(cx, query, &eval, &result);
	if (r == 0) {
		rego_print_result(cx, format, query, &result);
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
