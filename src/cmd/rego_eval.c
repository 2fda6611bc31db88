/* rego_eval: `pave rego eval`: evaluates a query as `opa eval` does, to its output
 * and its exit codes (0; 1 with --fail and --fail-defined; 2 for errors). */
#include "cmd/rego_eval.h"

#include <stdio.h>

#include "base/str.h"
#include "base/time.h"
#include "cmd/rego_explain.h"
#include "cmd/rego_repeat.h"
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
	int64_t left;  /* runs to come */
	rego_repeat runs;
	bool defined;
} job;

/* `--partial`: what is left of the query while the unknowns are not known. */
static int
evaluate_partially(job *j, pv_rego *rego, const pv_rego_eval *eval)
{
	pv_rego_partial_opts opts = rego_partial_opts(j->cx, j->args, &j->src, eval);
	pv_rego_left left;
	opts.text = !pv_streq(j->format, "json");
	int r = pv_rego_partial(j->cx, rego, &opts, &left);
	if (r < 0)
		return r;
	if (!j->left)
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

/* Of this run. */
static void
note_figures(job *j, const pv_rego_eval *eval, const pv_rego_result *result)
{
	pv_vec costs;
	if (pv_args_has(j->args, "instrument"))
		pv_objb_put(&j->metrics, "counter_rego_eval_steps", pv_int((int64_t)result->steps));
	*(pv_val *)pv_vec_add(&j->runs.metrics) = pv_objb_end(&j->metrics);
	if (!pv_args_has(j->args, "profile"))
		return;
	rego_profile_costs(j->cx, &j->profile, eval->watch, &costs);
	pv_vec_push(&j->runs.costs, &costs);
}

/* Of all runs: of one as they are, of several how they spread. */
static void
show_figures(job *j, rego_shown *shown)
{
	bool profile = pv_args_has(j->args, "profile"), many = j->runs.metrics.len > 1,
	     metrics = profile || pv_args_has(j->args, "instrument") || pv_args_has(j->args, "metrics");
	const pv_vec *costs = profile ? pv_vec_at(&j->runs.costs, j->runs.costs.len - 1) : NULL;
	if (metrics && many)
		shown->all_metrics = pv_box(j->cx->arena, rego_repeat_metrics(j->cx, &j->runs));
	else if (metrics)
		shown->metrics = PV_AT(pv_val, &j->runs.metrics, 0);
	if (profile && many)
		shown->all_profile = pv_box(j->cx->arena, rego_repeat_profile(j->cx, &j->runs, costs));
	else
		shown->profile = costs;
}

static void
tell(job *j, const pv_rego *rego, const pv_rego_query *query, const pv_rego_eval *eval,
     pv_rego_result *result)
{
	rego_shown shown = {.cell = (size_t)j->limit};
	pv_val covered, errors;
	pv_vec lines;
	j->defined = result->sets.len > 0;
	note_figures(j, eval, result);
	if (j->left || !tell_faults(j, result, &errors, &shown))
		return;
	show_figures(j, &shown);
	if (eval->cover) {
		covered = pv_rego_cover_report(j->cx->arena, eval->cover, rego);
		shown.covered = &covered;
	}
	if (!pv_streq(j->explain, "off")) {
		pv_vec_init(&lines, j->cx->arena, sizeof(const char *));
		pv_rego_explain_lines(j->cx, eval->watch, j->explain, &lines);
		shown.explanation = &lines;
	}
	rego_print_result(j->cx, j->format, query, result, &shown);
}

/* What stdin has can be read once. */
static int
load(job *j)
{
	bool stdin_too = pv_args_has(j->args, "stdin") || pv_args_has(j->args, "stdin-input");
	return stdin_too && j->src.query ? 0 : rego_source_load(j->cx, j->args, &j->src);
}

/* Rules are prepared for each query, whatever the level: the entry points must be there. */
static int
check_entries(job *j, const pv_rego *rego)
{
	int64_t level;
	int r = pv_args_number(j->cx, j->args, "optimize", 0, 0, &level);
	if (r == 0 && level > 0 && !pv_args_has(j->args, "entrypoint"))
		return pv_fail(j->cx, PV_EUSAGE, "bundle optimizations require at least one entrypoint");
	return r < 0 || level == 0 ? r : rego_entries_check(j->cx, j->args, rego);
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
	pv_objb_init(&j->metrics, j->cx->arena);
	j->since = pv_mono();
	int r = load(j);
	stage(j, "timer_rego_load_files_ns");
	if (r == 0)
		r = rego_source_compile(j->cx, args, &j->src, &rego, &query);
	stage(j, "timer_rego_module_compile_ns");
	if (r == 0)
		r = check_entries(j, rego);
	if (r == 0)
		r = rego_capabilities_load(j->cx, args, &capabilities);
	if (r == 0)
		r = pv_outside_hold(j->cx, args, pv_get(capabilities, "allow_net"), &outside);
	if (r < 0) {
		pv_rego_query_free(query);
		pv_rego_unref(rego);
		return r;
	}
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
		return pv_fail(cx, PV_EUSAGE,
			       "--format: expected json, pretty or source with --partial, found %s",
			       j->format);
	if (!partial && source)
		return pv_fail(cx, PV_EUSAGE, "--format: source: expected --partial beside it");
	if (pv_args_has(args, "coverage") && !json)
		return pv_fail(cx, PV_EUSAGE, "--format: expected json with --coverage, found %s", j->format);
	if (pv_args_has(args, "show-builtin-errors") && pv_args_has(args, "strict-builtin-errors"))
		return pv_fail(
			cx, PV_EUSAGE,
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
	if (r == 0)
		r = pv_args_number(cx, args, "count", 1, 1, &j->left);
	return r < 0 ? r : rego_profile_orders(cx, args, &j->profile);
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	job j = {.cx = cx, .args = args, .src = {.prints = true}};
	j.format = pv_args_text(args, "format", "json");
	j.explain = pv_args_text(args, "explain", "off");
	rego_repeat_init(cx, &j.runs);
	int r = settings(&j);
	if (r == 0)
		r = rego_target_check(cx, args);
	if (r < 0)
		return r;
	if (pv_args_count(args) != (pv_args_has(args, "stdin") ? 0 : 1))
		return pv_fail(cx, PV_EUSAGE, "expected one query, found %zu arguments", pv_args_count(args));
	while (j.left-- > 0 && r == 0)
		r = evaluate(&j);
	if (r < 0) {
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
	{"count", 0, "N", "load and evaluate so often; --metrics and --profile tell the spread (default: 1)"},
	{"optimize", 'O', "LEVEL",
	 "of no effect on results, rules are prepared for each query; above 0 with --entrypoint"},
	{"entrypoint", 'e', "PATH",
	 "with --optimize: a decision such as authz/allow that must be there; repeats"},
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
	{"coverage-runs", 0, "KINDS", "coverage runs everything as written, once"},
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
