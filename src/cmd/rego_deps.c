/* rego_deps: `pave rego deps`: the documents that a query reads. */
#include <stdio.h>

#include "base/str.h"
#include "cmd/rego_eval.h"
#include "cmd/rego_table.h"
#include "cmd/verbs.h"

/* A reference in the words of OPA's ast package: [{type: var, value: data}, {type: string, value: a}]. */
static pv_val
ref_json(pv_ctx *cx, const pv_val *path)
{
	pv_listb list;
	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < path->len; i++) {
		pv_objb o;
		pv_objb_init(&o, cx->arena);
		pv_objb_puts(&o, "type", i ? pv_type_name(&path->items[i]) : "var");
		pv_objb_put(&o, "value", path->items[i]);
		pv_listb_add(&list, pv_objb_end(&o));
	}
	return pv_listb_end(&list);
}

/* data.a["b-c"][0] */
static const char *
ref_text(pv_ctx *cx, const pv_val *path)
{
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	for (size_t i = 0; i < path->len; i++)
		pv_rego_put_key(&b, &path->items[i]);
	return b.s + 1; /* behind the dot: data or input is the first */
}

static void
print_json(pv_ctx *cx, const pv_vec *base, const pv_vec *virtual)
{
	const pv_vec *const both[] = {base, virtual};
	static const char *const names[] = {"base", "virtual"};
	pv_objb o;
	pv_objb_init(&o, cx->arena);
	for (size_t k = 0; k < PV_LEN(both); k++) {
		pv_listb list;
		pv_listb_init(&list, cx->arena);
		for (size_t i = 0; i < both[k]->len; i++)
			pv_listb_add(&list, ref_json(cx, PV_AT(pv_val, both[k], i)));
		if (list.len)
			pv_objb_put(&o, names[k], pv_listb_end(&list));
	}
	pv_val all = pv_objb_end(&o);
	rego_print_json(cx, stdout, &all);
}

static void
print_table(pv_ctx *cx, const pv_vec *base, const pv_vec *virtual)
{
	size_t rows = base->len > virtual->len ? base->len : virtual->len;
	const char **left = pv_new_array(cx->arena, const char *, rows + 1);
	const char **right = pv_new_array(cx->arena, const char *, rows + 1);
	rego_column columns[] = {{"BASE DOCUMENTS", left}, {"VIRTUAL DOCUMENTS", right}};
	pv_buf b;
	for (size_t i = 0; i < base->len; i++)
		left[i] = ref_text(cx, PV_AT(pv_val, base, i));
	for (size_t i = 0; i < virtual->len; i++)
		right[i] = ref_text(cx, PV_AT(pv_val, virtual, i));
	pv_buf_init(&b, cx->arena);
	rego_table_put(&b, cx->arena, columns, 2, rows);
	fwrite(b.s, 1, b.len, stdout);
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	const char *format = pv_args_text(args, "format", "pretty");
	pv_rego_opts opts = rego_source_opts(args);
	rego_source src = {0};
	pv_vec base, virtual;
	pv_rego *rego = NULL;
	if (!pv_streq(format, "pretty") && !pv_streq(format, "json"))
		return pv_fail(cx, PV_EUSAGE, "--format: expected pretty or json, found %s", format);
	int r = rego_source_load(cx, args, &src);
	if (r == 0)
		r = pv_rego_compile(cx, src.from.modules.data, src.from.modules.len, &opts, &rego);
	if (r == 0)
		r = pv_rego_deps(cx, rego, src.query, &base, &virtual);
	pv_rego_unref(rego);
	if (r < 0)
		return rego_told_once(cx, r);
	if (pv_streq(format, "json"))
		print_json(cx, &base, &virtual);
	else
		print_table(cx, &base, &virtual);
	return PV_EXIT_OK;
}

static const pv_option options[] = {
	{"data", 'd', "PATH", "modules, as for `rego eval`; repeats"},
	{"bundle", 'b', "PATH", "a bundle: a folder or an archive; repeats"},
	{"format", 'f', "pretty|json", "how to print (default: pretty)"},
	{"ignore", 0, "GLOB", "names in folders that are left out; repeats"},
	{"v0-compatible", 0, NULL, "read modules and the query as Rego v0"},
	{"v1-compatible", 0, NULL, "read them as Rego v1 (default)"},
	{0},
};

const pv_verb rego_deps_verb = {
	.name = "rego deps",
	.usage = "QUERY",
	.summary = "print the documents that a Rego query reads, as `opa deps` does",
	.help = "Base documents are the input and data, virtual ones the rules.\n\n"
		"  pave rego deps -d policy/ data.authz.allow",
	.options = options,
	.run = run,
};
