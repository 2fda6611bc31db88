/* rego_load: modules and documents from files and directories, as `opa eval -d`. */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "cmd/rego_eval.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

#define FILE_LIMIT ((size_t)1 << 30)
#define DEPTH 100 /* directories below each other */

typedef struct loader {
	pv_ctx *cx;
	rego_source *to;
	bool modules;  /* no documents at all */
	bool bundle;   /* documents are data.json, data.yaml and data.yml only */
	pv_vec prefix; /* const char *: where documents go below data */
} loader;

static int
conflict(pv_ctx *cx, const char *path, const pv_val *key)
{
	return pv_fail(cx, PV_EINVALID, "%s: merge error: key %s is given by another file too", path,
		       pv_text(key, "?"));
}

/* Both documents in one: objects are merged, anything else must not meet. */
static int
merge(pv_ctx *cx, const char *path, const pv_val *a, const pv_val *b, const pv_val **ret)
{
	pv_objb o;
	pv_objb_from(&o, cx->arena, a);
	for (uint32_t i = 0; i < b->len; i++) {
		const pv_member *m = &b->members[i];
		const pv_val *old = pv_getv(a, &m->key), *both = &m->val;
		if (old && (old->type != PV_OBJECT || both->type != PV_OBJECT))
			return conflict(cx, path, &m->key);
		int r = old ? merge(cx, path, old, both, &both) : 0;
		if (r < 0)
			return r;
		pv_objb_putv(&o, m->key, *both);
	}
	*ret = pv_box(cx->arena, pv_objb_end(&o));
	return 0;
}

static int
add_document(loader *l, const char *path, const pv_val *doc)
{
	for (size_t i = l->prefix.len; i > 0; i--) {
		pv_objb o;
		pv_objb_init(&o, l->cx->arena);
		pv_objb_put(&o, *PV_AT(const char *, &l->prefix, i - 1), *doc);
		doc = pv_box(l->cx->arena, pv_objb_end(&o));
	}
	if (doc->type != PV_OBJECT)
		return pv_fail(l->cx, PV_EINVALID, "%s: document must be of type object, found %s", path,
			       pv_type_name(doc));
	return merge(l->cx, path, l->to->data, doc, &l->to->data);
}

static int
parse_document(pv_ctx *cx, const char *path, pv_str text, const pv_val **ret)
{
	pv_json_opts json = {.file = path};
	pv_yaml_opts yaml = {.file = path};
	if (pv_ends_with(path, ".json"))
		return pv_json_parse(cx, text, &json, ret);
	return pv_yaml_parse(cx, text, &yaml, ret);
}

static bool
is_document(const char *path)
{
	return pv_ends_with(path, ".json") || pv_ends_with(path, ".yaml") || pv_ends_with(path, ".yml");
}

static bool
is_bundled(const char *name)
{
	return pv_streq(name, "data.json") || pv_streq(name, "data.yaml") || pv_streq(name, "data.yml");
}

static int
load_file(loader *l, const char *path)
{
	pv_str text;
	const pv_val *doc;
	int r = pv_file_load(l->cx, path, FILE_LIMIT, &text);
	if (r < 0)
		return r;
	if (l->modules || pv_ends_with(path, ".rego")) {
		pv_rego_module m = {.name = pv_strdup(l->cx->arena, path), .text = text};
		pv_vec_push(&l->to->modules, &m);
		return 0;
	}
	r = parse_document(l->cx, path, text, &doc);
	return r < 0 ? r : add_document(l, path, doc);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int load_path(loader *l, const char *path, int depth);

static int
load_directory(loader *l, const char *path, int depth)
{
	pv_vec names;
	const struct dirent *e;
	DIR *d = opendir(path);
	int r = 0;
	if (!d)
		return pv_fail(l->cx, PV_ENOTFOUND, "open %s: not readable", path);
	pv_vec_init(&names, l->cx->arena, sizeof(char *));
	while ((e = readdir(d)) != NULL) {
		char *name = pv_strdup(l->cx->arena, e->d_name);
		if (name[0] != '.')
			pv_vec_push(&names, &name);
	}
	closedir(d);
	pv_vec_sort(&names, by_text);
	for (size_t i = 0; r == 0 && i < names.len; i++) {
		const char *name = *PV_AT(const char *, &names, i);
		char *kid = pv_streq(path, ".") ? pv_strdup(l->cx->arena, name)
						: pv_printf(l->cx->arena, "%s/%s", path, name);
		struct stat st;
		bool directory = stat(kid, &st) == 0 && S_ISDIR(st.st_mode);
		if (!directory && !pv_ends_with(kid, ".rego") &&
		    (l->modules || !(l->bundle ? is_bundled(name) : is_document(kid))))
			continue;
		if (directory)
			pv_vec_push(&l->prefix, &name);
		r = load_path(l, kid, depth + 1);
		if (directory)
			pv_vec_pop(&l->prefix);
	}
	return r;
}

static int
load_path(loader *l, const char *path, int depth)
{
	struct stat st;
	if (depth > DEPTH)
		return pv_fail(l->cx, PV_EINVALID, "%s: directories are nested more than %d deep", path,
			       DEPTH);
	if (stat(path, &st) != 0)
		return pv_fail(l->cx, PV_ENOTFOUND, "stat %s: no such file or directory", path);
	return S_ISDIR(st.st_mode) ? load_directory(l, path, depth) : load_file(l, path);
}

/* "a.b:FILE" puts the document at data.a.b. */
int
rego_source_add(pv_ctx *cx, rego_source *to, const char *spec, bool bundle)
{
	loader l = {.cx = cx, .to = to, .bundle = bundle};
	const char *colon = strchr(spec, ':');
	pv_vec_init(&l.prefix, cx->arena, sizeof(const char *));
	if (pv_starts_with(spec, "file://")) {
		spec += strlen("file://");
	} else if (colon) {
		pv_str rest = {spec, (size_t)(colon - spec)}, piece;
		while (pv_str_next(&rest, '.', &piece)) {
			const char *key = pv_strndup(cx->arena, piece.s, piece.len);
			pv_vec_push(&l.prefix, &key);
		}
		spec = colon + 1;
	}
	return load_path(&l, spec, 0);
}

int
rego_source_modules(pv_ctx *cx, rego_source *to, const char *path)
{
	loader l = {.cx = cx, .to = to, .modules = true};
	pv_vec_init(&l.prefix, cx->arena, sizeof(const char *));
	return load_path(&l, path, 0);
}

int
rego_source_stdin(pv_ctx *cx, pv_str *ret)
{
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	for (;;) {
		char *to = pv_buf_grow(&b, 65536);
		ssize_t n = read(STDIN_FILENO, to, 65536);
		if (n <= 0)
			break;
		b.len += (size_t)n;
		if (b.len > FILE_LIMIT)
			return pv_fail(cx, PV_ETOOLARGE, "stdin: input is larger than %zu bytes", FILE_LIMIT);
	}
	*ret = (pv_str){b.len ? b.s : "", b.len};
	return 0;
}

static int
load_input(pv_ctx *cx, const pv_args *args, rego_source *ret)
{
	const char *path = pv_args_text(args, "input", NULL);
	pv_str text;
	int r;
	if (pv_args_has(args, "stdin-input")) {
		r = rego_source_stdin(cx, &text);
		return r < 0 ? r : pv_yaml_parse(cx, text, NULL, &ret->input);
	}
	if (!path)
		return 0;
	r = pv_file_load(cx, path, FILE_LIMIT, &text);
	if (r == 0)
		r = parse_document(cx, path, text, &ret->input);
	return r < 0 ? pv_wrap(cx, r, "unable to parse input") : 0;
}

void
rego_source_init(pv_ctx *cx, rego_source *ret)
{
	static const pv_val nothing = {.type = PV_OBJECT};
	*ret = (rego_source){.data = &nothing};
	pv_vec_init(&ret->modules, cx->arena, sizeof(pv_rego_module));
}

int
rego_source_paths(pv_ctx *cx, const pv_args *args, rego_source *ret)
{
	int r = 0;
	rego_source_init(cx, ret);
	if (pv_args_count(args) == 0)
		return pv_fail(cx, PV_EUSAGE, "expected files or directories of modules, found no argument");
	for (size_t i = 0; r == 0 && i < pv_args_count(args); i++)
		r = rego_source_add(cx, ret, pv_args_at(args, i), pv_args_has(args, "bundle"));
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
	if (opts.v0 || pv_args_has(args, "v1-compatible") || !src->modules.len || !is_unparsed(cx))
		return;
	opts.v0 = true;
	pv_ctx_init(&try, "rego-v0");
	if (pv_rego_compile(&try, src->modules.data, src->modules.len, &opts, &rego) == 0 ||
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
	if (pv_args_count(args) != 1)
		return pv_fail(cx, PV_EUSAGE, "expected one query, found %zu arguments", pv_args_count(args));
	ret->query = pv_args_at(args, 0);
	for (size_t i = 0; r == 0 && (spec = pv_args_nth(args, "data", i)) != NULL; i++)
		r = rego_source_add(cx, ret, spec, false);
	return r < 0 ? r : load_input(cx, args, ret);
}

int
rego_source_compile(pv_ctx *cx, const pv_args *args, const rego_source *src, pv_rego **ret_rego,
		    pv_rego_query **ret_query)
{
	pv_rego_opts opts = rego_source_opts(args);
	opts.prints = src->prints;
	int r = pv_rego_compile(cx, src->modules.data, src->modules.len, &opts, ret_rego);
	if (r < 0)
		return r;
	r = pv_rego_prepare(cx, *ret_rego, src->query, ret_query);
	if (r < 0)
		*ret_rego = pv_rego_unref(*ret_rego);
	return r;
}
