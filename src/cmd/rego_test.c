/* rego_test: `pave rego test`: runs the rules test_* of modules as `opa test` does: its flags,
 * its output, its exit codes (0; 2 if a test failed, or was skipped without -z; 1 if none could
 * be run). */
#include "cmd/rego_test.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/regex.h"
#include "base/str.h"
#include "base/time.h"
#include "cmd/verbs.h"
#include "core/outside/outside.h"

typedef struct run {
	pv_ctx *cx;
	const pv_args *args;
	rego_source src;
	pv_rego *rego;
	pv_rego_cover *cover; /* NULL: not wanted */
	pv_re *only;          /* NULL: all */
	int64_t timeout;      /* ns of one test */
	int64_t count;        /* how often each is run, until it fails */
	const char *explain;
	bool verbose, bench;
	pv_vec tests; /* rego_test */
	const pv_rego_outside *outside;
} run;

static void
add_line(void *to, const char *line)
{
	pv_buf_printf(to, "%s\n", line);
}

static bool
is_true(const pv_val *v)
{
	bool object = pv_is(v, PV_OBJECT), all = object || !(pv_is(v, PV_BOOL) && !v->b);
	for (uint32_t i = 0; object && i < v->len; i++)
		all = all && is_true(&v->members[i].val);
	return v && all;
}

/* Each case that began, and whether the document says that it came true. */
static void
add_cases(rego_test *t, const pv_rego_result *result, const pv_val *document)
{
	for (size_t i = 0; i < result->cases.len; i++) {
		const pv_val *keys = *PV_AT(const pv_val *, &result->cases, i), *v = document;
		bool known = false;
		for (size_t k = 0; k < t->cases.len; k++)
			known = known || pv_eq(PV_AT(rego_case, &t->cases, k)->keys, keys);
		for (uint32_t k = 0; v && k < keys->len; k++)
			v = pv_getv(v, &keys->items[k]);
		rego_case c = {.keys = keys, .passed = v && is_true(v)};
		if (!known)
			pv_vec_push(&t->cases, &c);
	}
}

static void
judge(rego_test *t, const pv_rego_result *result)
{
	const pv_val *list = result->expressions.len ? *PV_AT(const pv_val *, &result->expressions, 0) : NULL;
	const pv_val *document = pv_item(list, 0);
	add_cases(t, result, document);
	t->outcome = document && is_true(document) ? REGO_PASS : REGO_FAIL;
	for (size_t i = 0; i < t->cases.len; i++)
		if (!PV_AT(rego_case, &t->cases, i)->passed)
			t->outcome = REGO_FAIL;
	t->trace = result->trace;
}

typedef struct timed {
	const pv_rego_query *query;
	pv_rego_eval eval;
} timed;

static int
time_once(pv_ctx *cx, void *arg)
{
	const timed *x = arg;
	pv_rego_result result;
	return pv_rego_run(cx, x->query, &x->eval, &result);
}

/* Of one that passes: what it prints is not told again, nor what it does. */
static void
measure(run *r, rego_test *t, const pv_rego_query *query, pv_rego_eval eval)
{
	timed x = {.query = query, .eval = eval};
	pv_ctx turn;
	x.eval.watch = NULL;
	x.eval.cover = NULL;
	x.eval.trace = false;
	x.eval.print = NULL;
	pv_ctx_init(&turn, "rego-test-bench");
	t->measured = pv_new(r->cx->arena, rego_measured);
	if (rego_measure(&turn, time_once, &x, t->measured) < 0) {
		t->outcome = REGO_ERROR;
		t->error = pv_strdup(r->cx->arena, pv_error_text(&turn));
	}
	pv_ctx_done(&turn);
}

static void
run_test(run *r, rego_test *t)
{
	pv_rego_query *query = NULL;
	pv_rego_result result;
	pv_buf printed, asked;
	int64_t from = pv_mono();
	pv_buf_init(&asked, r->cx->arena);
	pv_buf_printf(&asked, "%s[", t->rule.package_ref);
	pv_buf_add_json(&asked, t->rule.name, strlen(t->rule.name));
	pv_buf_addc(&asked, ']');
	pv_buf_init(&printed, r->cx->arena);
	pv_buf_adds(&printed, "");
	pv_rego_eval eval = {.data = r->src.from.data,
			     .now_ns = pv_now(),
			     .cpu_ns = r->timeout,
			     .outside = r->outside,
			     .trace = r->verbose,
			     .watch = pv_streq(r->explain, "off") ? NULL
								  : pv_rego_watch_new(r->cx->arena, true),
			     .cover = r->cover,
			     .print = add_line,
			     .print_arg = &printed};
	int e = pv_rego_prepare(r->cx, r->rego, asked.s, &query);
	if (e == 0)
		e = pv_rego_run(r->cx, query, &eval, &result);
	if (e == 0) {
		judge(t, &result);
	} else {
		t->outcome = REGO_ERROR;
		t->error = pv_take_error(r->cx)->message;
	}
	if (eval.watch)
		pv_rego_explain_lines(r->cx, eval.watch, r->explain, &t->explained);
	if (t->outcome == REGO_PASS && r->bench)
		measure(r, t, query, eval);
	pv_rego_query_free(query);
	t->ns = pv_mono() - from;
	t->output = t->outcome == REGO_PASS && !r->verbose ? "" : printed.s;
}

static bool
is_wanted(const run *r, const pv_rego_rule *rule)
{
	if (!pv_starts_with(rule->name, "test_") && !pv_starts_with(rule->name, "todo_test_"))
		return false;
	const char *full = pv_printf(r->cx->arena, "%s.%s", rule->package, rule->name);
	return !r->only || pv_re_match(r->only, pv_str_of(full));
}

static void
run_all(run *r)
{
	pv_vec rules;
	pv_map *seen = pv_map_new(r->cx->arena);
	pv_vec_init(&rules, r->cx->arena, sizeof(pv_rego_rule));
	pv_rego_rules(r->rego, &rules);
	for (size_t i = 0; i < rules.len; i++) {
		const pv_rego_rule *rule = PV_AT(pv_rego_rule, &rules, i);
		if (!is_wanted(r, rule) ||
		    pv_map_puts(seen, pv_printf(r->cx->arena, "%s.%s", rule->package, rule->name), r))
			continue;
		rego_test *t = pv_vec_add(&r->tests);
		t->rule = *rule;
		t->output = "";
		pv_vec_init(&t->cases, r->cx->arena, sizeof(rego_case));
		pv_vec_init(&t->trace, r->cx->arena, sizeof(struct pv_rego_step));
		pv_vec_init(&t->explained, r->cx->arena, sizeof(const char *));
		if (pv_starts_with(rule->name, "todo_"))
			t->outcome = REGO_SKIP;
		for (int64_t k = 0; k < r->count && t->outcome == REGO_PASS; k++) {
			t->explained.len = t->cases.len = 0;
			run_test(r, t);
		}
	}
}

static int
exit_code(const run *r)
{
	for (size_t i = 0; i < r->tests.len; i++) {
		enum rego_outcome o = PV_AT(rego_test, &r->tests, i)->outcome;
		if (o == REGO_FAIL || o == REGO_ERROR ||
		    (o == REGO_SKIP && !pv_args_has(r->args, "exit-zero-on-skipped")))
			return 2;
	}
	return 0;
}

/* Coverage is told of tests that pass; of others, what fails. */
static int
report_cover(run *r, double threshold)
{
	pv_val report = pv_rego_cover_report(r->cx->arena, r->cover, r->rego);
	double have = pv_f64(pv_get(&report, "coverage"), 0);
	if (exit_code(r)) {
		rego_test_pretty(r->cx, &r->tests, r->verbose);
		return 2;
	}
	if (have < threshold) {
		printf("Code coverage threshold not met: got %.2f instead of %.2f\n", have, threshold);
		return 2;
	}
	rego_print_json(r->cx, stdout, &report);
	return 0;
}

static int
by_time(const void *a, const void *b)
{
	const rego_test *x = a, *y = b;
	return (x->ns < y->ns) - (x->ns > y->ns);
}

static int
tell(run *r, double threshold)
{
	const char *format = pv_args_text(r->args, "format", "pretty");
	if (r->cover)
		return report_cover(r, threshold);
	if (pv_streq(format, "json") && pv_streq(pv_args_text(r->args, "sort", "none"), "duration"))
		pv_vec_sort(&r->tests, by_time);
	if (pv_streq(format, "json"))
		rego_test_json(r->cx, &r->tests);
	else if (r->bench)
		rego_test_bench(r->cx, &r->tests, pv_streq(format, "gobench"),
				!pv_streq(pv_args_text(r->args, "benchmem", "true"), "false"));
	else
		rego_test_pretty(r->cx, &r->tests, r->verbose);
	return exit_code(r);
}

static int
settings(run *r, double *ret_threshold)
{
	const char *only = pv_args_text(r->args, "run", NULL),
		   *format = pv_args_text(r->args, "format", "pretty");
	r->bench = pv_args_has(r->args, "bench");
	const char *threshold = pv_args_text(r->args, "threshold", NULL),
		   *sort = pv_args_text(r->args, "sort", "none"),
		   *timeout = pv_args_text(r->args, "timeout", r->bench ? "30s" : "5s");
	char *end = NULL;
	r->explain = pv_args_text(r->args, "explain", "off");
	r->verbose = pv_args_has(r->args, "verbose") || !pv_streq(r->explain, "off");
	if (!pv_rego_explain_is(r->explain))
		return pv_fail(r->cx, PV_EUSAGE,
			       "--explain: expected off, full, notes, fails or debug, found %s", r->explain);
	if (!pv_streq(format, "pretty") && !pv_streq(format, "json") && !pv_streq(format, "gobench"))
		return pv_fail(r->cx, PV_EUSAGE, "--format: expected pretty, json or gobench, found %s",
			       format);
	if (pv_streq(format, "gobench") && !r->bench)
		return pv_fail(r->cx, PV_EUSAGE, "--format: gobench: expected --bench beside it");
	if (!pv_streq(sort, "none") && !pv_streq(sort, "duration"))
		return pv_fail(r->cx, PV_EUSAGE, "--sort: expected none or duration, found %s", sort);
	if (!pv_streq(sort, "none") && !pv_streq(format, "json"))
		fputs("warning: --sort is only supported with JSON format\n", stderr);
	if (!pv_duration_parse(pv_str_of(timeout), &r->timeout) || r->timeout < 0)
		return pv_fail(r->cx, PV_EUSAGE, "--timeout: expected a duration such as 5s, found %s",
			       timeout);
	*ret_threshold = threshold ? strtod(threshold, &end) : 0;
	if (threshold && (*end || *ret_threshold < 0 || *ret_threshold > 100))
		return pv_fail(r->cx, PV_EUSAGE, "--threshold: expected a number from 0 to 100, found %s",
			       threshold);
	if (threshold || pv_args_has(r->args, "coverage"))
		r->cover = pv_rego_cover_new(r->cx->arena);
	int e = pv_args_number(r->cx, r->args, "count", 1, 1, &r->count);
	return e == 0 && only ? pv_re_compile(r->cx, pv_str_of(only), &r->only) : e;
}

static int
failed(run *r)
{
	if (pv_rego_error_code(r->cx))
		printf("%s\n", rego_load_error(r->cx));
	else
		rego_print_error(r->cx, "pretty");
	rego_source_hint(r->cx, r->args, &r->src);
	pv_recover(r->cx);
	return PV_EXIT_FAILED;
}

static int
test(pv_ctx *cx, const pv_args *args)
{
	run r = {.cx = cx, .args = args};
	double threshold = 0;
	pv_rego_opts opts = rego_source_opts(args);
	int e = settings(&r, &threshold);
	if (e == 0)
		e = rego_max_errors(cx, args, &opts);
	if (e == 0)
		e = rego_target_check(cx, args);
	if (e == 0)
		e = rego_capabilities_load(cx, args, &opts.capabilities);
	if (e == 0)
		e = pv_outside_hold(cx, args, pv_get(opts.capabilities, "allow_net"), &r.outside);
	if (e < 0)
		return e;
	opts.prints = opts.tests = true;
	pv_vec_init(&r.tests, cx->arena, sizeof(rego_test));
	e = rego_source_paths(cx, args, false, &r.src);
	if (e == 0)
		e = rego_schemas_load(cx, args, &opts.schemas);
	if (e == 0)
		e = pv_rego_compile(cx, r.src.from.modules.data, r.src.from.modules.len, &opts, &r.rego);
	if (e < 0) {
		r.only = pv_re_free(r.only);
		return cx->err->code == PV_EUSAGE ? e : failed(&r);
	}
	run_all(&r);
	e = tell(&r, threshold);
	if (r.tests.len == 0 && pv_args_has(args, "fail-on-empty")) {
		fputs("no tests were run\n", stderr);
		e = PV_EXIT_FAILED;
	}
	pv_rego_unref(r.rego);
	r.only = pv_re_free(r.only);
	return e;
}

static const pv_option options[] = {
	{"verbose", 'v', NULL, "tell of tests that pass, and where those that fail do"},
	{"run", 'r', "REGEX", "run the tests whose full name (data.a.test_b) matches"},
	{"explain", 0, "off|full|notes|fails|debug",
	 "tell of tests that fail what was done (implies --verbose)"},
	{"count", 0, "N", "run each test so often, until it fails (default: 1)"},
	{"fail-on-empty", 0, NULL, "exit 1 if there was no test to run"},
	{"schema", 's', "PATH", "JSON Schema of the input, or a folder of those that METADATA names"},
	{"format", 'f', "pretty|json|gobench", "how to print (default: pretty)"},
	{"sort", 0, "none|duration",
	 "of the format json: in their order (default), or what took longest first"},
	{"bench", 0, NULL, "measure how long the tests that pass take"},
	{"benchmem", 0, "true|false", "with --bench, tell the memory too (default: true)"},
	{"coverage", 'c', NULL, "print which lines ran, as JSON"},
	{"threshold", 0, "PERCENT", "fail if fewer lines ran (implies --coverage)"},
	{"exit-zero-on-skipped", 'z', NULL, "a skipped test (todo_test_*) is no failure"},
	{"timeout", 0, "DURATION", "processor time of one test (default: 5s, with --bench 30s)"},
	{"ignore", 0, "GLOB", "names in folders that are left out; repeats"},
	{"max-errors", 'm', "N", "stop compiling after so many errors (default: 10; 0: all)"},
	{"bundle", 'b', NULL, "read directories as bundles: of documents, data.json and data.yaml only"},
	{"v0-compatible", 0, NULL, "read modules as Rego v0"},
	{"v1-compatible", 0, NULL, "read them as Rego v1 (default)"},
	{"capabilities", 0, "FILE|VERSION", "builtins that there are: a capabilities file"},
	{"allow-net", 0, "HOST,...", "hosts that http.send and net.lookup_ip_addr may ask (default: none)"},
	{"target", 't', "rego", "what evaluates the tests (rego)"},
	{"parallel", 'p', "N", "of no effect: one test runs behind the other"},
	{0},
};

static const pv_option refused[] = {
	{"coverage-runs", 0, "KINDS", "coverage runs everything as written, once"},
	{"var-values", 0, NULL, "print() tells values, --explain what was done"},
	{"watch", 'w', NULL, "run it again"},
	{0},
};

const pv_verb rego_test_verb = {
	.name = "rego test",
	.usage = "PATH...",
	.summary = "run the tests of Rego modules as `opa test` does",
	.help = "Runs each rule test_*; todo_test_* is skipped.  Exits 2 if one fails, 1 if none can be run.\n\n"
		"  pave rego test -v policy/",
	.options = options,
	.refused = refused,
	.run = test,
};
