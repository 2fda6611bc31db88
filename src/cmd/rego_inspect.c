/* rego_inspect: `pave rego inspect`: what a bundle, or a folder of modules, holds. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/str.h"
#include "cmd/rego_annotations.h"
#include "cmd/rego_eval.h"
#include "cmd/rego_table.h"
#include "cmd/verbs.h"
#include "lang/json/json.h"

typedef struct entry {
	const char *space, *file;
} entry;

static int
by_space(const void *a, const void *b)
{
	const entry *x = a, *y = b;
	int c = strcmp(x->space, y->space);
	return c ? c : strcmp(x->file, y->file);
}

static const char *
dotted(pv_arena *arena, const char *path)
{
	char *s = pv_printf(arena, "data%s%s", *path ? "." : "", path);
	for (char *c = s; *c; c++)
		*c = *c == '/' ? '.' : *c;
	return s;
}

/* Where each file is below data; of entry. */
static int
find_spaces(pv_ctx *cx, const pv_bundle *b, const char *prefix, pv_vec *ret)
{
	int r = 0;
	pv_vec_init(ret, cx->arena, sizeof(entry));
	for (size_t i = 0; r == 0 && i < b->modules.len; i++) {
		const pv_rego_module *m = PV_AT(pv_rego_module, &b->modules, i);
		const char *package;
		r = pv_bundle_package(cx, m, false, &package);
		if (r == 0)
			*(entry *)pv_vec_add(ret) = (entry){dotted(cx->arena, package),
							    pv_printf(cx->arena, "%s%s", prefix, m->name)};
	}
	for (size_t i = 0; r == 0 && i < b->files.len; i++) {
		const char *path = PV_AT(pv_bundle_file, &b->files, i)->path;
		const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
		if (!pv_starts_with(name, "data.") || pv_ends_with(name, ".rego"))
			continue;
		*(entry *)pv_vec_add(ret) = (entry){
			dotted(cx->arena, slash ? pv_strndup(cx->arena, path, (size_t)(slash - path)) : ""),
			pv_printf(cx->arena, "%s%s", prefix, path)};
	}
	pv_vec_sort(ret, by_space);
	return r;
}

/* ---- json ---- */

static pv_val
manifest_json(pv_ctx *cx, const pv_bundle *b)
{
	pv_objb o;
	pv_listb roots;
	pv_objb_init(&o, cx->arena);
	pv_objb_puts(&o, "revision", b->revision);
	pv_listb_init(&roots, cx->arena);
	for (size_t i = 0; i < b->roots.len; i++)
		pv_listb_add(&roots, pv_string(cx->arena, *PV_AT(const char *, &b->roots, i)));
	pv_objb_put(&o, "roots", pv_listb_end(&roots));
	for (size_t i = 0; b->manifest && i < pv_member_count(b->manifest); i++)
		if (!pv_streq(pv_text(&b->manifest->members[i].key, ""), "roots"))
			pv_objb_putv(&o, b->manifest->members[i].key, b->manifest->members[i].val);
	return pv_objb_end(&o);
}

static void
print_json(pv_ctx *cx, const pv_bundle *b, bool bundle, const pv_vec *spaces, const pv_vec *annotations)
{
	static const pv_val none = {.type = PV_OBJECT};
	pv_objb o, names;
	pv_objb_init(&o, cx->arena);
	pv_objb_init(&names, cx->arena);
	for (size_t i = 0; i < spaces->len;) {
		const char *space = PV_AT(entry, spaces, i)->space;
		pv_listb list;
		pv_listb_init(&list, cx->arena);
		for (; i < spaces->len && pv_streq(PV_AT(entry, spaces, i)->space, space); i++)
			pv_listb_add(&list, pv_string(cx->arena, PV_AT(entry, spaces, i)->file));
		pv_objb_put(&names, space, pv_listb_end(&list));
	}
	if (bundle)
		pv_objb_put(&o, "manifest", manifest_json(cx, b));
	pv_objb_put(&o, "signatures_config", b->signatures ? *b->signatures : none);
	pv_objb_put(&o, "namespaces", pv_objb_end(&names));
	if (annotations->len)
		pv_objb_put(&o, "annotations", rego_annotations_json(cx, annotations));
	pv_val all = pv_objb_end(&o);
	rego_print_json(cx, stdout, &all);
}

/* ---- tables ---- */

static void
put_field(pv_vec *fields, pv_vec *values, const char *field, const char *value)
{
	pv_vec_push(fields, &field);
	pv_vec_push(values, &value);
}

static void
put_manifest(pv_ctx *cx, pv_buf *out, const pv_bundle *b)
{
	const pv_val *metadata = pv_get(b->manifest, "metadata"), *v = pv_get(b->manifest, "rego_version");
	pv_vec fields, values;
	if (!b->manifest)
		return;
	pv_vec_init(&fields, cx->arena, sizeof(const char *));
	pv_vec_init(&values, cx->arena, sizeof(const char *));
	if (*b->revision)
		put_field(&fields, &values, "Revision", b->revision);
	if (v)
		put_field(&fields, &values, "Rego Version", pv_scalar_text(cx->arena, v));
	for (size_t i = 0; i < b->roots.len; i++)
		put_field(&fields, &values, i ? "" : "Roots", *PV_AT(const char *, &b->roots, i));
	if (metadata)
		put_field(&fields, &values, "Metadata", pv_json_text(cx->arena, metadata));
	rego_column columns[] = {{"FIELD", fields.data}, {"VALUE", values.data}};
	pv_buf_adds(out, "MANIFEST:\n");
	rego_table_put(out, cx->arena, columns, 2, fields.len);
}

static void
print_tables(pv_ctx *cx, const pv_bundle *b, const pv_vec *spaces, const pv_vec *annotations)
{
	const char **names = pv_new_array(cx->arena, const char *, spaces->len + 1);
	const char **files = pv_new_array(cx->arena, const char *, spaces->len + 1);
	rego_column columns[] = {{"NAMESPACE", names}, {"FILE", files}};
	pv_buf out;
	pv_buf_init(&out, cx->arena);
	for (size_t i = 0; i < spaces->len; i++) {
		const entry *e = PV_AT(entry, spaces, i);
		names[i] = i > 0 && pv_streq(PV_AT(entry, spaces, i - 1)->space, e->space) ? "" : e->space;
		files[i] = e->file;
	}
	put_manifest(cx, &out, b);
	if (spaces->len) {
		pv_buf_adds(&out, "NAMESPACES:\n");
		rego_table_put(&out, cx->arena, columns, 2, spaces->len);
	}
	rego_annotations_put(cx, &out, annotations);
	fwrite(out.len ? out.s : "", 1, out.len, stdout);
}

/* "./p//" -> "p/" */
static const char *
folder_prefix(pv_arena *arena, const char *path)
{
	size_t n;
	while (pv_starts_with(path, "./"))
		path += 2;
	n = strlen(path);
	while (n > 1 && path[n - 1] == '/')
		n--;
	return n == 0 || (n == 1 && *path == '.') ? "" : pv_printf(arena, "%.*s/", (int)n, path);
}

/* One module is told of as a bundle that holds it and nothing else. */
static int
load_module(pv_ctx *cx, const char *path, const pv_bundle_opts *opts, pv_bundle *ret)
{
	static const pv_val none = {.type = PV_OBJECT};
	pv_rego_module m = {.name = path, .v1 = !opts->v0, .v0 = opts->v0};
	int r = pv_file_load(cx, path, PV_BUNDLE_LIMIT, &m.text);
	*ret = (pv_bundle){.data = &none, .revision = ""};
	pv_vec_init(&ret->files, cx->arena, sizeof(pv_bundle_file));
	pv_vec_init(&ret->modules, cx->arena, sizeof(pv_rego_module));
	pv_vec_init(&ret->roots, cx->arena, sizeof(const char *));
	pv_vec_push(&ret->modules, &m);
	return r;
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	const char *format = pv_args_text(args, "format", "pretty"), *path = pv_args_at(args, 0);
	pv_bundle_opts opts = {.prefix = "", .v0 = rego_source_opts(args).v0};
	struct stat st;
	pv_vec spaces, annotations;
	pv_bundle b;
	if (!pv_streq(format, "pretty") && !pv_streq(format, "json"))
		return pv_fail(cx, PV_EUSAGE, "--format: expected pretty or json, found %s", format);
	if (pv_args_count(args) != 1)
		return pv_fail(cx, PV_EUSAGE, "expected one bundle, folder or module, found %zu arguments",
			       pv_args_count(args));
	bool folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
	bool module = !folder && pv_ends_with(path, ".rego");
	const char *prefix = module ? "" : folder ? folder_prefix(cx->arena, path) : "/";
	int r = module ? load_module(cx, path, &opts, &b) : pv_bundle_load(cx, path, &opts, &b);
	if (r == 0)
		r = find_spaces(cx, &b, prefix, &spaces);
	pv_vec_init(&annotations, cx->arena, 1);
	if (r == 0 && pv_args_has(args, "annotations"))
		r = rego_annotations_find(cx, &b, prefix, &annotations);
	if (r < 0)
		return r;
	if (pv_streq(format, "json"))
		print_json(cx, &b, !module, &spaces, &annotations);
	else
		print_tables(cx, &b, &spaces, &annotations);
	return PV_EXIT_OK;
}

static const pv_option options[] = {
	{"annotations", 'a', NULL, "list what modules say of themselves in METADATA comments"},
	{"format", 'f', "pretty|json", "how to print (default: pretty)"},
	{"v0-compatible", 0, NULL, "read modules as Rego v0"},
	{"v1-compatible", 0, NULL, "read them as Rego v1 (default)"},
	{0},
};

const pv_verb rego_inspect_verb = {
	.name = "rego inspect",
	.usage = "PATH",
	.summary =
		"print the manifest and the namespaces of a bundle, a folder or a module, as `opa inspect` does",
	.help = "  pave rego inspect bundle.tar.gz",
	.options = options,
	.run = run,
};
