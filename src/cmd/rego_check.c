/* rego_check: `pave rego check`, `parse` and `capabilities`: modules compiled, or taken apart, without
 * being run; flags, output and exit codes of opa's commands. */
#include "base/file.h"
#include "base/str.h"
#include "cmd/rego_eval.h"
#include "cmd/verbs.h"

#define SCHEMA_LIMIT ((size_t)16 << 20)

/* As opa: to stderr, and exit 1. */
static int
report(pv_ctx *cx, const pv_args *args, const rego_source *src, const char *format)
{
	if (pv_streq(format, "json")) {
		pv_val all = rego_errors_json(cx);
		rego_print_json(cx, stderr, &all);
	} else {
		fprintf(stderr, "%s\n", pv_rego_error_code(cx) ? rego_load_error(cx) : pv_error_text(cx));
		rego_source_hint(cx, args, src);
	}
	pv_recover(cx);
	return PV_EXIT_FAILED;
}

int
rego_max_errors(pv_ctx *cx, const pv_args *args, pv_rego_opts *ret)
{
	int64_t most;
	int r = pv_args_number(cx, args, "max-errors", INT32_MIN, 10, &most);
	ret->max_errors = most <= 0 ? -1 : (int)most;
	return r;
}

static int
read_options(pv_ctx *cx, const pv_args *args, pv_rego_opts *ret)
{
	*ret = rego_source_opts(args);
	ret->prints = true;
	int r = rego_max_errors(cx, args, ret);
	if (r == 0)
		r = rego_target_check(cx, args);
	if (r == 0)
		r = rego_capabilities_load(cx, args, &ret->capabilities);
	return r < 0 ? r : rego_schemas_load(cx, args, &ret->schemas);
}

static int
check(pv_ctx *cx, const pv_args *args)
{
	const char *format = pv_args_text(args, "format", "pretty");
	bool both = pv_args_has(args, "v0-v1");
	pv_rego_opts opts;
	rego_source src = {0};
	pv_rego *rego = NULL;
	if (!pv_streq(format, "pretty") && !pv_streq(format, "json"))
		return pv_fail(cx, PV_EUSAGE, "--format: expected pretty or json, found %s", format);
	int r = read_options(cx, args, &opts);
	if (r < 0)
		return r;
	if ((r = rego_source_paths(cx, args, true, &src)) < 0 && cx->err->code == PV_EUSAGE)
		return r;
	if (r == 0 && both) {
		opts.v0 = true;
		r = pv_rego_compile(cx, src.from.modules.data, src.from.modules.len, &opts, &rego);
		rego = pv_rego_unref(rego);
		opts.v0 = false;
	}
	if (r == 0)
		r = pv_rego_compile(cx, src.from.modules.data, src.from.modules.len, &opts, &rego);
	if (r < 0)
		return cx->err->code == PV_EUSAGE ? r : report(cx, args, &src, format);
	pv_rego_unref(rego);
	if (pv_streq(format, "json"))
		puts("{}");
	return PV_EXIT_OK;
}

static const pv_option check_options[] = {
	{"strict", 'S', NULL, "refuse unused and repeated imports and unused assigned variables too"},
	{"format", 'f', "pretty|json", "how to print errors (default: pretty)"},
	{"schema", 's', "PATH", "JSON Schema of the input, or a folder of those that METADATA names"},
	{"ignore", 0, "GLOB", "names in folders that are left out; repeats"},
	{"max-errors", 'm', "N", "stop after so many errors (default: 10; 0: all)"},
	{"bundle", 'b', NULL, "read directories as bundles: of documents, data.json and data.yaml only"},
	{"capabilities", 0, "FILE|VERSION", "builtins that there are: a capabilities file"},
	{"v0-compatible", 0, NULL, "read modules as Rego v0"},
	{"v1-compatible", 0, NULL, "read them as Rego v1 (default)"},
	{"v0-v1", 0, NULL, "refuse what is not both Rego v0 and Rego v1"},
	{0},
};

const pv_verb rego_check_verb = {
	.name = "rego check",
	.usage = "PATH...",
	.summary = "compile Rego modules, types and all, as `opa check` does",
	.help = "Prints what is wrong and exits 1, or nothing.\n\n  pave rego check --strict policy/",
	.options = check_options,
	.run = check,
};

/* ---- parse ---- */

static int
parse(pv_ctx *cx, const pv_args *args)
{
	const char *format = pv_args_text(args, "format", "json");
	pv_rego_opts opts = rego_source_opts(args);
	pv_rego_module m;
	rego_source src;
	pv_val tree;
	if (!pv_streq(format, "json"))
		return pv_fail(cx, PV_EUSAGE, "--format: expected json, found %s", format);
	if (pv_args_count(args) != 1)
		return pv_fail(cx, PV_EUSAGE, "expected one module, found %zu arguments",
			       pv_args_count(args));
	m = (pv_rego_module){.name = pv_args_at(args, 0)};
	rego_source_init(cx, &src);
	int r = pv_file_load(cx, m.name, SCHEMA_LIMIT, &m.text);
	if (r == 0)
		r = pv_rego_parse(cx, &m, &opts, &tree);
	pv_vec_push(&src.from.modules, &m);
	if (r < 0)
		return report(cx, args, &src, format);
	rego_print_json(cx, stdout, &tree);
	return PV_EXIT_OK;
}

static const pv_option parse_options[] = {
	{"format", 'f', "json", "how to print (json)"},
	{"v0-compatible", 0, NULL, "read the module as Rego v0"},
	{"v1-compatible", 0, NULL, "read it as Rego v1 (default)"},
	{0},
};

static const pv_option parse_refused[] = {
	{"json-include", 0, "locations|comments", "the tree is told without"},
	{0},
};

const pv_verb rego_parse_verb = {
	.name = "rego parse",
	.usage = "FILE",
	.summary = "print the syntax tree of a Rego module, as `opa parse -f json` does",
	.help = "  pave rego parse policy.rego",
	.options = parse_options,
	.refused = parse_refused,
	.run = parse,
};

/* ---- capabilities ---- */

static int
capabilities(pv_ctx *cx, const pv_args *args)
{
	const char *named = pv_args_text(args, "file", pv_args_text(args, "version", NULL));
	const char *option = pv_args_has(args, "file") ? "file" : "version";
	const pv_val *all = pv_box(cx->arena, pv_rego_capabilities(cx->arena));
	if (pv_args_has(args, "file") + pv_args_has(args, "version") + pv_args_has(args, "current") > 1)
		return pv_fail(cx, PV_EUSAGE, "expected one of --current, --file and --version, found more");
	int r = named ? rego_capabilities_read(cx, option, named, &all) : 0;
	if (r < 0)
		return r;
	rego_print_json(cx, stdout, all);
	return PV_EXIT_OK;
}

static const pv_option capabilities_options[] = {
	{"current", 0, NULL, "those of this program (default)"},
	{"file", 0, "FILE", "those that a file holds"},
	{"version", 0, "VERSION", "those of a version of OPA, of which this program's is held"},
	{"v0-compatible", 0, NULL, "of no effect: builtins of v0 are listed as deprecated"},
	{0},
};

const pv_verb rego_capabilities_verb = {
	.name = "rego capabilities",
	.usage = "",
	.summary = "print the builtins with their types, as `opa capabilities --current` does",
	.help = "  pave rego capabilities",
	.options = capabilities_options,
	.run = capabilities,
};
