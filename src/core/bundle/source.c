/* source: modules and documents from files and folders, as `opa eval -d` reads them. */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/str.h"
#include "core/bundle/bundle.h"

#define FILE_LIMIT ((size_t)1 << 30)
#define DEPTH 100 /* folders below each other */

typedef struct loader {
	pv_ctx *cx;
	pv_rego_source *to;
	bool modules;       /* no documents at all */
	const char *prefix; /* where documents go below data: "a/b" */
	pv_vec documents;   /* pv_bundle_document */
} loader;

static bool
is_document(const char *path)
{
	return pv_ends_with(path, ".json") || pv_ends_with(path, ".yaml") || pv_ends_with(path, ".yml");
}

static bool
is_archive(const char *path)
{
	return pv_ends_with(path, ".tar.gz") || pv_ends_with(path, ".tgz");
}

static int
load_file(loader *l, const char *path)
{
	pv_str text;
	const pv_val *doc;
	if (l->to->modules_only && !pv_ends_with(path, ".rego"))
		return 0;
	if (is_archive(path) && !l->modules)
		return pv_rego_source_bundle(l->cx, l->to, path, &(pv_bundle_opts){0});
	int r = pv_file_load(l->cx, path, FILE_LIMIT, &text);
	if (r < 0)
		return r;
	if (l->modules || pv_ends_with(path, ".rego")) {
		pv_rego_module m = {.name = pv_strdup(l->cx->arena, path), .text = text};
		pv_vec_push(&l->to->modules, &m);
		return 0;
	}
	r = pv_document_parse(l->cx, path, text, &doc);
	if (r == 0)
		*(pv_bundle_document *)pv_vec_add(&l->documents) =
			(pv_bundle_document){pv_strdup(l->cx->arena, path), l->prefix, doc};
	return r;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int load_path(loader *l, const char *path, int depth);

static int
load_entry(loader *l, const char *folder, const char *name, int depth)
{
	const char *prefix = l->prefix;
	const char *kid = pv_streq(folder, ".") ? name : pv_printf(l->cx->arena, "%s/%s", folder, name);
	struct stat st;
	bool directory = stat(kid, &st) == 0 && S_ISDIR(st.st_mode);
	if (!directory && !pv_ends_with(kid, ".rego") && (l->modules || !is_document(kid)))
		return 0;
	if (directory)
		l->prefix = *prefix ? pv_printf(l->cx->arena, "%s/%s", prefix, name) : name;
	int r = load_path(l, kid, depth + 1);
	l->prefix = prefix;
	return r;
}

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
		if (name[0] != '.' && !pv_bundle_ignores(l->to->ignore, name))
			pv_vec_push(&names, &name);
	}
	closedir(d);
	pv_vec_sort(&names, by_text);
	for (size_t i = 0; r == 0 && i < names.len; i++)
		r = load_entry(l, path, *PV_AT(const char *, &names, i), depth);
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

void
pv_rego_source_init(pv_ctx *cx, pv_rego_source *ret)
{
	static const pv_val nothing = {.type = PV_OBJECT};
	*ret = (pv_rego_source){.data = &nothing};
	pv_vec_init(&ret->modules, cx->arena, sizeof(pv_rego_module));
}

int
pv_rego_source_add(pv_ctx *cx, pv_rego_source *to, const char *spec)
{
	loader l = {.cx = cx, .to = to, .prefix = ""};
	const pv_val *all;
	const char *colon = strchr(spec, ':');
	if (pv_starts_with(spec, "file://")) {
		spec += strlen("file://");
	} else if (colon) {
		char *prefix = pv_strndup(cx->arena, spec, (size_t)(colon - spec));
		for (char *c = prefix; *c; c++)
			*c = *c == '.' ? '/' : *c;
		l.prefix = prefix;
		spec = colon + 1;
	}
	pv_vec_init(&l.documents, cx->arena, sizeof(pv_bundle_document));
	int r = load_path(&l, spec, 0);
	if (r == 0)
		r = pv_documents_merge(cx, &l.documents, &all);
	return r < 0 ? r : pv_document_merge(cx, spec, to->data, "", all, &to->data);
}

int
pv_rego_source_modules(pv_ctx *cx, pv_rego_source *to, const char *path)
{
	loader l = {.cx = cx, .to = to, .modules = true, .prefix = ""};
	return load_path(&l, path, 0);
}

int
pv_rego_source_bundle(pv_ctx *cx, pv_rego_source *to, const char *path, const pv_bundle_opts *opts)
{
	pv_bundle b;
	int r = pv_bundle_load(cx, path, opts, &b);
	if (r == 0 && b.patch)
		r = pv_fail(
			cx, PV_EUNSUPPORTED,
			"%s: expected a whole bundle, found a delta bundle: only a server has data to patch",
			path);
	for (size_t i = 0; r == 0 && i < b.modules.len; i++)
		pv_vec_push(&to->modules, PV_AT(pv_rego_module, &b.modules, i));
	return r < 0 ? r : pv_document_merge(cx, path, to->data, "", b.data, &to->data);
}
