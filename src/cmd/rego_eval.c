/* rego_eval: `pave rego eval`: evaluates a query as `opa eval` does, to its output
 * and its exit codes (0; 1 with --fail and --fail-defined; 2 for errors). */
#include "cmd/rego_eval.h"

#include <stdio.h>

#include "base/str.h"
#include "base/time.h"
#include "cmd/rego_explain.h"
#include "cmd/verbs.h"
#include "core/outside/outside.h"

/* Options that say how. */
static const char *const of_partial[] = {"unknowns", "disable-inlining", "shallow-inlining",
					 "nondeterminstic-builtins"};

/* To the other stream, as opa does. */
static void
print_line(void *arg, const char *line)
{
	(void)arg;
	fprintf(stderr, "%s\n", line);
}

typedef struct job {
	pv_ctx *cx;
	const pv_args *args;
	const char *format, *explain;
	rego_source src;
	rego_profile profile;
	int64_t timeout, limit; /* limit: bytes of a value in a table */
	pv_objb metrics;
	int64_t since; /* when the stage began that is measured */
	bool defined;
} job;

/* `--partial`: what is left of the query while the unknowns are not known. */
static int
evaluate_partially(job *j, pv_rego *rego, const pv_rego_eval *eval)
{
	static const char *const input[] = {"input"};
	pv_rego_partial_opts opts = {.query = j->src.query,
				     .eval = *eval,
				     .shallow = pv_args_has(j->args, "shallow-inlining"),
				     .nondeterministic = pv_args_has(j->args, "nondeterminstic-builtins"),
				     .text = !pv_streq(j->format, "json")};
	pv_rego_left left;
	opts.unknowns = pv_args_list(j->cx, j->args, "unknowns", &opts.n_unknowns);
	opts.apart = pv_args_list(j->cx, j->args, "disable-inlining", &opts.n_apart);
	if (!opts.n_unknowns) {
		opts.unknowns = input;
		opts.n_unknowns = 1;
	}
	int r = pv_rego_partial(j->cx, rego, &opts, &left);
	if (r < 0)
		return r;
	rego_print_left(j->cx, j->format, &left);
	j->defined = left.queries.len > 0;
	return 0;
}

/* What a stage took, by OPA's name of it. */
static void
stage(job *j, const char *name)
{
	int64_t now = pv_mono();
	pv_objb_put(&j->metrics, name, pv_int(now - j->since));
	j->since = now;
}

/* The errors of builtins, beside the result; false: in its place. */
static bool
tell_faults(job *j, pv_rego_result *result, pv_val *errors, rego_shown *shown)
{
	bool beside = pv_streq(j->format, "json") || pv_streq(j->format, "discard");
	if (pv_rego_faults(result) == 0)
		return true;
	*errors = pv_rego_errors_json(j->cx);
	shown->errors = errors;
	if (!beside)
		rego_print_error(j->cx, j->format);
	pv_recover(j->cx);
	return beside;
}

static void
tell(job *j, const pv_rego *rego, const pv_rego_query *query, const pv_rego_eval *eval,
     pv_rego_result *result)
{
	bool profile = pv_args_has(j->args, "profile"), instrument = pv_args_has(j->args, "instrument");
	rego_shown shown = {.cell = (size_t)j->limit};
	pv_val covered, metrics, errors;
	pv_vec lines, costs;
	j->defined = result->sets.len > 0;
	if (!tell_faults(j, result, &errors, &shown))
		return;
	if (instrument)
		pv_objb_put(&j->metrics, "counter_rego_eval_steps", pv_int((int64_t)result->steps));
	metrics = pv_objb_end(&j->metrics);
	if (profile || instrument || pv_args_has(j->args, "metrics"))
		shown.metrics = &metrics;
	if (eval->cover) {
		covered = pv_rego_cover_report(j->cx->arena, eval->cover, rego);
		shown.covered = &covered;
	}
	if (profile) {
		rego_profile_costs(j->cx, &j->profile, eval->watch, &costs);
		shown.profile = &costs;
	}
	if (!pv_streq(j->explain, "off")) {
		pv_vec_init(&lines, j->cx->arena, sizeof(const char *));
		pv_rego_explain_lines(j->cx, eval->watch, j->explain, &lines);
		shown.explanation = &lines;
	}
	rego_print_result(j->cx, j->format, query, result, &shown);
}

static int
evaluate(job *j)
{
	const pv_args *args = j->args;
	bool explained = !pv_streq(j->explain, "off");
	pv_rego *rego = NULL;
	pv_rego_query *query = NULL;
	pv_rego_result result;
	const pv_rego_outside *outside = NULL;
	const pv_val *capabilities;
	j->since = pv_mono();
	int r = rego_source_load(j->cx, args, &j->src);
	stage(j, "timer_rego_load_files_ns");
	if (r == 0)
		r = rego_source_compile(j->cx, args, &j->src, &rego, &query);
	stage(j, "timer_rego_module_compile_ns");
	if (r == 0)
		r = rego_capabilities_load(j->cx, args, &capabilities);
	if (r == 0)
		r = pv_outside_hold(j->cx, args, pv_get(capabilities, "allow_net"), &outside);
	if (r < 0)
		return r;
	pv_rego_eval eval = {.input = j->src.input,
			     .data = j->src.from.data,
			     .now_ns = pv_now(),
			     .cpu_ns = j->timeout,
			     .print = print_line,
			     .outside = outside,
			     .cover = pv_args_has(args, "coverage") ? pv_rego_cover_new(j->cx->arena) : NULL,
			     .watch = explained || pv_args_has(args, "profile")
					      ? pv_rego_watch_new(j->cx->arena, explained)
					      : NULL,
			     .strict_builtin_errors = pv_args_has(args, "strict-builtin-errors"),
			     .tells_builtin_errors = pv_args_has(args, "show-builtin-errors")};
	if (pv_args_has(args, "partial"))
		r = evaluate_partially(j, rego, &eval);
	else if ((r = pv_rego_run(j->cx, query, &eval, &result)) == 0) {
		stage(j, "timer_rego_query_eval_ns");
		tell(j, rego, query, &eval, &result);
	}
	pv_rego_query_free(query);
	pv_rego_unref(rego);
	return r;
}

static int
settings(job *j)
{
	pv_ctx *cx = j->cx;
	const pv_args *args = j->args;
	bool partial = pv_args_has(args, "partial"), json = pv_streq(j->format, "json"),
	     source = pv_streq(j->format, "source"),
	     pretty = pv_streq(j->format, "pretty") || pv_streq(j->format, "discard");
	const char *timeout = pv_args_text(args, "timeout", "0s");
	if (!rego_format_is(j->format))
		return pv_fail(cx, PV_EUSAGE,
			       "--format: expected json, values, bindings, pretty, raw, source or discard, "
			       "found %s",
			       j->format);
	if (!pv_rego_explain_is(j->explain))
		return pv_fail(cx, PV_EUSAGE,
			       "--explain: expected off, full, notes, fails or debug, found %s", j->explain);
	if (partial && !json && !source && !pv_streq(j->format, "pretty"))
		return pv_fail(cx, PV_EUSAGE, "--format: expected json, pretty or source with --partial, found %s",
			       j->format);
	if (!partial && source)
		return pv_fail(cx, PV_EUSAGE, "--format: source: expected --partial beside it");
	if (pv_args_has(args, "coverage") && !json)
		return pv_fail(cx, PV_EUSAGE, "--format: expected json with --coverage, found %s", j->format);
	if (pv_args_has(args, "show-builtin-errors") && pv_args_has(args, "strict-builtin-errors"))
		return pv_fail(cx, PV_EUSAGE,
			       "--show-builtin-errors: expected no --strict-builtin-errors, which ends at the first");
	if ((!pv_streq(j->explain, "off") || pv_args_has(args, "profile") || pv_args_has(args, "metrics") ||
	     pv_args_has(args, "instrument")) &&
	    (partial || (!json && !pretty)))
		return pv_fail(cx, PV_EUSAGE,
			       "--explain, --profile, --metrics, --instrument: expected the format json or "
			       "pretty, and no --partial");
	if (partial && (pv_args_has(args, "package") || pv_args_has(args, "import")))
		return pv_fail(cx, PV_EUNSUPPORTED,
			       "--package, --import: not supported beside --partial; write whole paths");
	if (partial && pv_args_has(args, "coverage"))
		return pv_fail(cx, PV_EUSAGE, "--coverage: expected no --partial beside it: nothing is run");
	for (size_t i = 0; i < PV_LEN(of_partial); i++)
		if (pv_args_has(args, of_partial[i]) && !partial)
			return pv_fail(cx, PV_EUSAGE, "--%s: expected --partial beside it", of_partial[i]);
	if (!pv_duration_parse(pv_str_of(timeout), &j->timeout) || j->timeout < 0)
		return pv_fail(cx, PV_EUSAGE, "--timeout: expected a duration such as 5s, found %s", timeout);
	int r = pv_args_number(cx, args, "pretty-limit", 0, 80, &j->limit);
	return r < 0 ? r : rego_profile_orders(cx, args, &j->profile);
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	job j = {.cx = cx, .args = args, .src = {.prints = true}};
	j.format = pv_args_text(args, "format", "json");
	j.explain = pv_args_text(args, "explain", "off");
	pv_objb_init(&j.metrics, cx->arena);
	int r = settings(&j);
	if (r == 0)
		r = rego_target_check(cx, args);
	if (r < 0)
		return r;
	if (pv_args_count(args) != (pv_args_has(args, "stdin") ? 0 : 1))
		return pv_fail(cx, PV_EUSAGE, "expected one query, found %zu arguments", pv_args_count(args));
	if (evaluate(&j) < 0) {
		rego_print_error(cx, j.format);
		rego_source_hint(cx, args, &j.src);
		pv_recover(cx);
		return PV_EXIT_USAGE; /* opa's exit code for errors, too */
	}
	bool failed =
		(pv_args_has(args, "fail") && !j.defined) || (pv_args_has(args, "fail-defined") && j.defined);
	return failed ? PV_EXIT_FAILED : PV_EXIT_OK;
}

static const pv_option options[] = {
	{"data", 'd', "PATH",
	 "modules and documents: a file or directory; a.b:FILE puts it at data.a.b; repeats"},
	{"bundle", 'b', "PATH", "a bundle: a folder or an archive; repeats"},
	{"ignore", 0, "GLOB", "names in folders that are left out, such as '*_test.rego'; repeats"},
	{"package", 0, "PATH", "the query may name this package's rules as its modules do"},
	{"import", 0, "PATH", "the query may name this as a module that imports it does; repeats"},
	{"input", 'i', "FILE", "the input document (JSON or YAML)"},
	{"stdin-input", 'I', NULL, "read the input document from stdin"},
	{"stdin", 0, NULL, "read the query from stdin"},
	{"format", 'f', "json|values|bindings|pretty|raw|source|discard",
	 "how to print (default: json); source: what --partial leaves over"},
	{"pretty-limit", 0, "N", "bytes of a value in a table (default: 80; 0: all)"},
	{"v0-compatible", 0, NULL, "read modules and the query as Rego v0"},
	{"v1-compatible", 0, NULL, "read them as Rego v1 (default)"},
	{"schema", 's', "PATH", "JSON Schema of the input, or a folder of those that METADATA names"},
	{"explain", 0, "off|full|notes|fails|debug",
	 "tell what was entered, evaluated, failed and tried again"},
	{"profile", 0, NULL, "tell what each line cost"},
	{"profile-sort", 0, "COLUMN",
	 "sort by total_time_ns, num_eval, num_redo, num_gen_expr, file, line; repeats"},
	{"profile-limit", 0, "N", "lines of the profile (default: 10; 0: all)"},
	{"metrics", 0, NULL, "tell how long each stage took"},
	{"instrument", 0, NULL, "the same, and how many steps the evaluation took"},
	{"partial", 'p', NULL, "print what is left of the query while some documents are not known"},
	{"unknowns", 'u', "PATH", "with --partial: a document that is not known; repeats (default: input)"},
	{"disable-inlining", 0, "PATH", "with --partial: keep rules there and below as modules; repeats"},
	{"shallow-inlining", 0, NULL, "with --partial: keep all rules that depend on what is not known"},
	{"nondeterminstic-builtins", 0, NULL, "with --partial: time.now_ns and its like are known now"},
	{"coverage", 0, NULL, "report which rules and statements ran"},
	{"strict", 'S', NULL, "refuse unused and repeated imports and unused assigned variables"},
	{"strict-builtin-errors", 0, NULL, "an error in a built-in function ends the evaluation"},
	{"show-builtin-errors", 0, NULL, "tell all errors in built-in functions, which end nothing"},
	{"untyped", 0, NULL, "leave out the static type checker, for policies of engines that have none"},
	{"timeout", 0, "DURATION", "processor time of the evaluation (default: no limit)"},
	{"target", 't', "rego", "what evaluates it (rego)"},
	{"capabilities", 0, "FILE|VERSION", "builtins that there are: a capabilities file"},
	{"allow-net", 0, "HOST,...", "hosts that http.send and net.lookup_ip_addr may ask (default: none)"},
	{"disable-indexing", 0, NULL, "of no effect on results; what is explained or profiled runs without"},
	{"disable-early-exit", 0, NULL,
	 "of no effect on results; what is explained or profiled runs without"},
	{"optimize-store-for-read-speed", 0, NULL, "of no effect: documents are held ready for reading"},
	{"fail", 0, NULL, "exit 1 if the result is undefined"},
	{"fail-defined", 0, NULL, "exit 1 if the result is defined"},
	{0},
};

static const pv_option refused[] = {
	{"count", 0, "N", "`pave rego bench` repeats and tells the spread"},
	{"coverage-runs", 0, "KINDS", "coverage runs everything as written, once"},
	{"entrypoint", 'e', "PATH", "goes with --optimize"},
	{"optimize", 'O', "LEVEL", "rules are prepared for each query anyway"},
	{"var-values", 0, NULL, "--explain debug tells what was done, print() values"},
	{0},
};

const pv_verb rego_eval_verb = {
	.name = "rego eval",
	.usage = "QUERY",
	.summary = "evaluate a Rego query as `opa eval` does",
	.help = "Prints what `opa eval` prints, and exits 2 on errors.\n\n"
		"  pave rego eval -d policy.rego -i input.json 'data.kubernetes.admission.deny'",
	.options = options,
	.refused = refused,
	.run = run,
};
