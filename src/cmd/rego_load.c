/* rego_load: what the options of the verbs name: modules, documents, bundles, the input. */
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "cmd/input.h"
#include "cmd/rego_eval.h"

#define FILE_LIMIT ((size_t)1 << 30)

static int
load_input(pv_ctx *cx, const pv_args *args, rego_source *ret)
{
	const char *path = pv_args_text(args, "input", NULL);
	pv_str text;
	int r;
	if (pv_args_has(args, "stdin-input")) {
		r = input_load(cx, &text);
		return r < 0 ? r : pv_document_parse(cx, NULL, text, &ret->input);
	}
	if (!path)
		return 0;
	r = pv_file_load(cx, path, FILE_LIMIT, &text);
	if (r == 0)
		r = pv_document_parse(cx, path, text, &ret->input);
	return r < 0 ? pv_wrap(cx, r, "unable to parse input") : 0;
}

void
rego_source_init(pv_ctx *cx, rego_source *ret)
{
	*ret = (rego_source){0};
	pv_rego_source_init(cx, &ret->from);
}

static int
add(pv_ctx *cx, const pv_args *args, rego_source *to, const char *path, bool bundle)
{
	pv_bundle_opts opts = {.v0 = rego_source_opts(args).v0, .ignore = to->from.ignore};
	return bundle ? pv_rego_source_bundle(cx, &to->from, path, &opts)
		      : pv_rego_source_add(cx, &to->from, path);
}

int
rego_source_paths(pv_ctx *cx, const pv_args *args, bool modules_only, rego_source *ret)
{
	int r = 0;
	rego_source_init(cx, ret);
	ret->from.modules_only = modules_only;
	ret->from.ignore = pv_args_list(cx, args, "ignore", NULL);
	if (pv_args_count(args) == 0)
		return pv_fail(cx, PV_EUSAGE, "expected files or directories of modules, found no argument");
	for (size_t i = 0; r == 0 && i < pv_args_count(args); i++)
		r = add(cx, args, ret, pv_args_at(args, i), pv_args_has(args, "bundle"));
	return r;
}

pv_rego_opts
rego_source_opts(const pv_args *args)
{
	return (pv_rego_opts){.v0 = pv_args_has(args, "v0-compatible") && !pv_args_has(args, "v1-compatible"),
			      .strict = pv_args_has(args, "strict"),
			      .untyped = pv_args_has(args, "untyped")};
}

static bool
is_unparsed(const pv_ctx *cx)
{
	const char *code = pv_rego_error_code(cx);
	return code && pv_streq(code, "rego_parse_error");
}

void
rego_source_hint(const pv_ctx *cx, const pv_args *args, const rego_source *src)
{
	pv_rego_opts opts = rego_source_opts(args);
	pv_rego *rego = NULL;
	pv_ctx try;
	if (opts.v0 || pv_args_has(args, "v1-compatible") || !src->from.modules.len || !is_unparsed(cx))
		return;
	opts.v0 = true;
	pv_ctx_init(&try, "rego-v0");
	if (pv_rego_compile(&try, src->from.modules.data, src->from.modules.len, &opts, &rego) == 0 ||
	    !is_unparsed(&try))
		fprintf(stderr,
			"hint: it parses as Rego v0, which policies in ConfigMaps are unless they say "
			"otherwise: use --v0-compatible\n");
	pv_rego_unref(rego);
	pv_ctx_done(&try);
}

int
rego_source_load(pv_ctx *cx, const pv_args *args, rego_source *ret)
{
	const char *spec;
	bool prints = ret->prints;
	int r = 0;
	rego_source_init(cx, ret);
	ret->prints = prints;
	ret->from.ignore = pv_args_list(cx, args, "ignore", NULL);
	if (pv_args_has(args, "stdin")) {
		pv_str text;
		r = input_load(cx, &text);
		ret->query = r == 0 ? pv_strndup(cx->arena, text.s, text.len) : "";
	} else if (pv_args_count(args) == 1) {
		ret->query = pv_args_at(args, 0);
	} else {
		return pv_fail(cx, PV_EUSAGE, "expected one query, found %zu arguments", pv_args_count(args));
	}
	for (size_t i = 0; r == 0 && (spec = pv_args_nth(args, "data", i)) != NULL; i++)
		r = add(cx, args, ret, spec, false);
	for (size_t i = 0; r == 0 && (spec = pv_args_nth(args, "bundle", i)) != NULL; i++)
		r = add(cx, args, ret, spec, true);
	return r < 0 ? r : load_input(cx, args, ret);
}

/* By the names of --package and --import. */
static int
prepare(pv_ctx *cx, const pv_args *args, const rego_source *src, pv_rego *rego, pv_rego_query **ret)
{
	const char *package = pv_args_text(args, "package", NULL), *import;
	pv_rego_module head = {.name = "--package, --import"};
	pv_buf b;
	if (!package && !pv_args_has(args, "import"))
		return pv_rego_prepare(cx, rego, src->query, ret);
	pv_buf_init(&b, cx->arena);
	pv_buf_printf(&b, "package %s\n", package ? package : "query");
	for (size_t i = 0; (import = pv_args_nth(args, "import", i)) != NULL; i++)
		pv_buf_printf(&b, "import %s\n", import);
	head.text = (pv_str){b.s, b.len};
	return pv_rego_prepare_in(cx, rego, &head, src->query, ret);
}

int
rego_source_compile(pv_ctx *cx, const pv_args *args, const rego_source *src, pv_rego **ret_rego,
		    pv_rego_query **ret_query)
{
	pv_rego_opts opts = rego_source_opts(args);
	opts.prints = src->prints;
	int r = rego_schemas_load(cx, args, &opts.schemas);
	if (r == 0)
		r = rego_capabilities_load(cx, args, &opts.capabilities);
	if (r == 0)
		r = pv_rego_compile(cx, src->from.modules.data, src->from.modules.len, &opts, ret_rego);
	if (r < 0)
		return r;
	r = prepare(cx, args, src, *ret_rego, ret_query);
	if (r < 0)
		*ret_rego = pv_rego_unref(*ret_rego);
	return r;
}

/* ---- entry points ---- */

static bool
is_entry(const pv_vec *rules, const char *wanted)
{
	for (size_t i = 0; i < rules->len; i++) {
		const pv_rego_rule *rule = PV_AT(pv_rego_rule, rules, i);
		size_t n = strlen(rule->package);
		if (pv_streq(rule->package, wanted))
			return true;
		if (pv_starts_with(wanted, rule->package) && wanted[n] == '.' &&
		    pv_streq(wanted + n + 1, rule->name))
			return true;
	}
	return false;
}

int
rego_entries_check(pv_ctx *cx, const pv_args *args, const pv_rego *rego)
{
	const char *entry;
	pv_vec rules;
	pv_vec_init(&rules, cx->arena, sizeof(pv_rego_rule));
	pv_rego_rules(rego, &rules);
	for (size_t i = 0; (entry = pv_args_nth(args, "entrypoint", i)) != NULL; i++) {
		char *dotted = pv_printf(cx->arena, "data.%s", entry);
		for (char *c = dotted; *c; c++)
			*c = *c == '/' ? '.' : *c;
		if (!is_entry(&rules, dotted))
			return pv_fail(cx, PV_EINVALID,
				       "entrypoint \"%s\" does not refer to a rule or policy decision",
				       entry);
	}
	return 0;
}
