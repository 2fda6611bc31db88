/* rego_exec: `pave rego exec`: one decision for each of many input files, as `opa exec` gives it. */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/str.h"
#include "base/time.h"
#include "cmd/input.h"
#include "cmd/rego_eval.h"
#include "cmd/verbs.h"
#include "core/outside/outside.h"
#include "lang/yaml/yaml.h"

#define INPUT_LIMIT ((size_t)1 << 30)
#define DEPTH 100 /* of folders */

typedef struct job {
	pv_ctx *cx;
	const pv_args *args;
	const pv_rego_query *query;
	const pv_val *data;
	int64_t timeout;
	const pv_rego_outside *outside;
	pv_listb results;
	size_t errors, undefined, defined, filled; /* decisions that came out so */
} job;

static void
print_line(void *arg, const char *line)
{
	(void)arg;
	fprintf(stderr, "%s\n", line);
}

/* ---- decisions ---- */

static pv_val
fault(pv_ctx *cx, const char *code, const char *message)
{
	pv_objb o;
	pv_objb_init(&o, cx->arena);
	if (code)
		pv_objb_puts(&o, "code", code);
	pv_objb_put(&o, "message", pv_string(cx->arena, message));
	return pv_objb_end(&o);
}

static void
tell(job *j, const char *path, const pv_val *result, const pv_val *error)
{
	pv_objb o;
	pv_objb_init(&o, j->cx->arena);
	if (result)
		pv_objb_put(&o, "decision_id", pv_string_ref(pv_uuid(j->cx->arena)));
	if (path)
		pv_objb_put(&o, "path", pv_string(j->cx->arena, path));
	if (error)
		pv_objb_put(&o, "error", *error);
	else
		pv_objb_put(&o, "result", *result);
	pv_listb_add(&j->results, pv_objb_end(&o));
}

/* Nothing to complain of, as opa sees it. */
static bool
is_empty(const pv_val *v)
{
	return v->type == PV_NULL || (v->type == PV_LIST && v->len == 0);
}

static void
decide(job *j, const char *path, const pv_val *input)
{
	pv_rego_result result;
	pv_rego_eval eval = {.input = input,
			     .data = j->data,
			     .now_ns = pv_now(),
			     .cpu_ns = j->timeout,
			     .outside = j->outside,
			     .print = print_line};
	pv_val told;
	int r = pv_rego_run(j->cx, j->query, &eval, &result);
	if (r == 0 && result.expressions.len) {
		const pv_val *row = *PV_AT(const pv_val *, &result.expressions, 0);
		told = pv_rego_json(j->cx->arena, pv_item(row, 0));
		j->defined++;
		j->filled += !is_empty(&told);
		tell(j, path, &told, NULL);
		return;
	}
	if (r < 0)
		j->errors++;
	else
		j->undefined++;
	if (r < 0)
		told = fault(j->cx, pv_rego_error_code(j->cx), j->cx->err->message);
	else
		told = fault(j->cx, "opa_undefined_error",
			     pv_printf(j->cx->arena, "%s decision was undefined",
				       pv_args_text(j->args, "decision", "")));
	if (r < 0)
		pv_recover(j->cx);
	tell(j, path, NULL, &told);
}

/* ---- inputs ---- */

static void
decide_file(job *j, const char *path)
{
	const pv_val *input;
	pv_str text;
	int r = pv_file_load(j->cx, path, INPUT_LIMIT, &text);
	if (r == 0)
		r = pv_document_parse(j->cx, path, text, &input);
	if (r == 0) {
		decide(j, path, input);
		return;
	}
	pv_val told = fault(j->cx, NULL, pv_error_text(j->cx));
	pv_recover(j->cx);
	j->errors++;
	tell(j, path, NULL, &told);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A file, or every document of a folder and of those in it, in the order of their names. */
static int
decide_all(job *j, const char *path, int depth)
{
	const struct dirent *e;
	struct stat st;
	pv_vec names;
	int r = 0;
	if (stat(path, &st) != 0)
		return pv_fail(j->cx, PV_ENOTFOUND, "%s: no such file or directory", path);
	if (!S_ISDIR(st.st_mode)) {
		decide_file(j, path);
		return 0;
	}
	DIR *d = depth < DEPTH ? opendir(path) : NULL;
	if (!d)
		return pv_fail(j->cx, PV_EBADREQUEST, "%s: not readable, or below more than %d folders", path,
			       DEPTH);
	pv_vec_init(&names, j->cx->arena, sizeof(const char *));
	while ((e = readdir(d)) != NULL) {
		const char *name = pv_printf(j->cx->arena, "%s/%s", path, e->d_name);
		bool folder = stat(name, &st) == 0 && S_ISDIR(st.st_mode);
		if (e->d_name[0] != '.' && (folder || pv_ends_with(name, ".json") ||
					    pv_ends_with(name, ".yaml") || pv_ends_with(name, ".yml")))
			pv_vec_push(&names, &name);
	}
	closedir(d);
	pv_vec_sort(&names, by_name);
	for (size_t i = 0; r == 0 && i < names.len; i++)
		r = decide_all(j, *PV_AT(const char *, &names, i), depth + 1);
	return r;
}

static int
decide_each(job *j)
{
	const pv_val *input;
	pv_str text;
	int r = 0;
	if (pv_args_has(j->args, "stdin-input")) {
		r = input_load(j->cx, &text);
		if (r == 0)
			r = pv_document_parse(j->cx, NULL, text, &input);
		if (r == 0)
			decide(j, NULL, input);
		return r;
	}
	for (size_t i = 0; r == 0 && i < pv_args_count(j->args); i++)
		r = decide_all(j, pv_args_at(j->args, i), 0);
	return r;
}

/* ---- the verb ---- */

/* a/b, a.b or /a/b -> data["a"]["b"] */
static const char *
query_of(pv_ctx *cx, const char *decision)
{
	char sep = strchr(decision, '/') ? '/' : '.';
	pv_str rest = pv_str_of(decision), piece;
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	pv_buf_adds(&b, "data");
	while (pv_str_next(&rest, sep, &piece)) {
		if (piece.len == 0)
			continue;
		pv_buf_addc(&b, '[');
		pv_buf_add_json(&b, piece.s, piece.len);
		pv_buf_addc(&b, ']');
	}
	return b.s;
}

static int
settings(job *j)
{
	pv_ctx *cx = j->cx;
	const char *timeout = pv_args_text(j->args, "timeout", "0s");
	bool stdin_input = pv_args_has(j->args, "stdin-input");
	int chosen = pv_args_has(j->args, "fail") + pv_args_has(j->args, "fail-defined") +
		     pv_args_has(j->args, "fail-non-empty");
	int r = rego_target_check(cx, j->args);
	if (r < 0)
		return r;
	if (!pv_streq(pv_args_text(j->args, "format", "json"), "json"))
		return pv_fail(cx, PV_EUSAGE, "--format: expected json, found %s",
			       pv_args_text(j->args, "format", ""));
	if (!pv_args_has(j->args, "decision"))
		return pv_fail(cx, PV_EUSAGE, "--decision: expected the path of a rule, such as authz/allow");
	if (stdin_input ? pv_args_count(j->args) != 0 : pv_args_count(j->args) == 0)
		return pv_fail(cx, PV_EUSAGE, "expected files or folders of inputs, or --stdin-input");
	if (chosen > 1)
		return pv_fail(cx, PV_EUSAGE,
			       "expected one of --fail, --fail-defined and --fail-non-empty, found %d",
			       chosen);
	if (!pv_duration_parse(pv_str_of(timeout), &j->timeout) || j->timeout < 0)
		return pv_fail(cx, PV_EUSAGE, "--timeout: expected a duration such as 5s, found %s", timeout);
	return 0;
}

static int
load(job *j, rego_source *src, pv_rego **ret_rego, pv_rego_query **ret_query)
{
	pv_bundle_opts opts = {.v0 = rego_source_opts(j->args).v0};
	const char *path;
	int r = 0;
	rego_source_init(j->cx, src);
	src->prints = true;
	src->query = query_of(j->cx, pv_args_text(j->args, "decision", ""));
	for (size_t i = 0; r == 0 && (path = pv_args_nth(j->args, "bundle", i)) != NULL; i++)
		r = pv_rego_source_bundle(j->cx, &src->from, path, &opts);
	if (r == 0)
		r = rego_source_compile(j->cx, j->args, src, ret_rego, ret_query);
	j->query = *ret_query;
	j->data = src->from.data;
	return r;
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	job j = {.cx = cx, .args = args};
	rego_source src;
	pv_rego *rego = NULL;
	pv_rego_query *query = NULL;
	pv_objb o;
	pv_listb_init(&j.results, cx->arena);
	int r = settings(&j);
	if (r == 0)
		r = pv_outside_hold(cx, args, NULL, &j.outside);
	if (r == 0)
		r = load(&j, &src, &rego, &query);
	if (r == 0)
		r = decide_each(&j);
	if (r == 0) {
		pv_objb_init(&o, cx->arena);
		pv_objb_put(&o, "result", pv_listb_end(&j.results));
		pv_val all = pv_objb_end(&o);
		rego_print_json(cx, stdout, &all);
	}
	pv_rego_query_free(query);
	pv_rego_unref(rego);
	if (r < 0)
		return r;
	bool failed = (pv_args_has(args, "fail") && (j.errors || j.undefined)) ||
		      (pv_args_has(args, "fail-defined") && (j.errors || j.defined)) ||
		      (pv_args_has(args, "fail-non-empty") && (j.errors || j.filled));
	return failed ? PV_EXIT_FAILED : PV_EXIT_OK;
}

static const pv_option options[] = {
	{"decision", 0, "PATH", "the rule that decides: authz/allow"},
	{"bundle", 'b', "PATH", "a bundle: a folder or an archive; repeats"},
	{"stdin-input", 'I', NULL, "read one input from stdin"},
	{"timeout", 0, "DURATION", "processor time of a decision (default: no limit)"},
	{"fail", 0, NULL, "exit 1 if a decision is undefined, or an error"},
	{"fail-defined", 0, NULL, "exit 1 if one is defined, or an error"},
	{"fail-non-empty", 0, NULL, "exit 1 if one is not an empty list or null, or an error"},
	{"v0-compatible", 0, NULL, "read modules as Rego v0"},
	{"v1-compatible", 0, NULL, "read them as Rego v1 (default)"},
	{"format", 'f', "json", "how to print (json)"},
	{"log-level", 'l', "LEVEL", "of no effect: nothing is logged"},
	{"log-format", 0, "NAME", "of no effect: nothing is logged"},
	{"log-timestamp-format", 0, "LAYOUT", "of no effect: nothing is logged"},
	{"allow-net", 0, "HOST,...", "hosts that http.send and net.lookup_ip_addr may ask (default: none)"},
	{0},
};

static const pv_option refused[] = {
	{"config-file", 'c', "FILE", "policies come with --bundle"},
	{"set", 0, "KEY=VALUE", "goes with --config-file"},
	{"set-file", 0, "KEY=FILE", "goes with --config-file"},
	{0},
};

const pv_verb rego_exec_verb = {
	.name = "rego exec",
	.usage = "PATH...",
	.summary = "decide for each of many input files, as `opa exec` does",
	.help = "Prints {result: [{path, result or error}...]}; folders are read with what is in them.\n\n"
		"  pave rego exec --decision terraform/deny --fail-non-empty -b policy/ plans/",
	.options = options,
	.refused = refused,
	.run = run,
};
