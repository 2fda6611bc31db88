/* read: files -> a bundle, and the other way. */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/gzip.h"
#include "base/str.h"
#include "base/tar.h"
#include "core/bundle/bundle.h"
#include "lang/glob/glob.h"
#include "lang/json/literal.h"

#define DEPTH 100 /* folders below each other */

static const char *
last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static bool
is_data(const char *path)
{
	const char *name = last_part(path);
	return pv_streq(name, "data.json") || pv_streq(name, "data.yaml") || pv_streq(name, "data.yml");
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const pv_bundle_file *)a)->path, ((const pv_bundle_file *)b)->path);
}

/* ---- the manifest ---- */

static int
bad_manifest(pv_ctx *cx, const char *member, const char *wanted, const pv_val *found)
{
	return pv_fail(cx, PV_EINVALID, "bundle load failed on manifest: %s: expected %s, found %s", member,
		       wanted, pv_type_name(found));
}

static const char *
trimmed(pv_arena *arena, const char *root)
{
	while (*root == '/')
		root++;
	size_t n = strlen(root);
	while (n > 0 && root[n - 1] == '/')
		n--;
	return pv_strndup(arena, root, n);
}

static int
read_roots(pv_ctx *cx, pv_bundle *b)
{
	const pv_val *roots = pv_get(b->manifest, "roots");
	const char *all = "";
	pv_vec_init(&b->roots, cx->arena, sizeof(const char *));
	if (roots == NULL || roots->type == PV_NULL) {
		pv_vec_push(&b->roots, &all);
		return 0;
	}
	if (roots->type != PV_LIST)
		return bad_manifest(cx, "roots", "an array of strings", roots);
	for (size_t i = 0; i < roots->len; i++) {
		if (!pv_is(&roots->items[i], PV_STRING))
			return bad_manifest(cx, "roots", "an array of strings", &roots->items[i]);
		const char *root = trimmed(cx->arena, roots->items[i].s);
		pv_vec_push(&b->roots, &root);
	}
	return 0;
}

static int
read_manifest(pv_ctx *cx, pv_bundle *b, const pv_bundle_file *f)
{
	const pv_val *v;
	int r = pv_json_parse(cx, f->bytes, &(pv_json_opts){.file = f->path}, &b->manifest);
	if (r < 0)
		return pv_wrap(cx, r, "bundle load failed on manifest decode");
	if (b->manifest->type != PV_OBJECT)
		return bad_manifest(cx, ".manifest", "an object", b->manifest);
	v = pv_get(b->manifest, "revision");
	if (v && v->type != PV_STRING && v->type != PV_NULL)
		return bad_manifest(cx, "revision", "a string", v);
	b->revision = pv_text(v, "");
	v = pv_get(b->manifest, "rego_version");
	if (v && v->type != PV_NULL && pv_i64(v, -1) != 0 && pv_i64(v, -1) != 1)
		return pv_fail(cx, PV_EINVALID,
			       "bundle load failed on manifest: rego_version: expected 0 or 1");
	return 0;
}

/* Is a module Rego v0: as the manifest says of the file, of all, or as the caller says. */
static bool
is_v0(const pv_bundle *b, const char *path, bool otherwise)
{
	const pv_val *files = pv_get(b->manifest, "file_rego_versions");
	for (size_t i = 0; i < pv_member_count(files) && pv_is(files, PV_OBJECT); i++) {
		const char *glob = pv_text(&files->members[i].key, "");
		if (pv_glob_match(*glob == '/' ? glob + 1 : glob, path))
			return pv_i64(&files->members[i].val, 1) == 0;
	}
	return pv_i64(pv_get(b->manifest, "rego_version"), otherwise ? 0 : 1) == 0;
}

/* ---- what the files are ---- */

static void
add_module(pv_ctx *cx, pv_bundle *b, const pv_bundle_file *f, const pv_bundle_opts *opts)
{
	pv_rego_module m = {.text = f->bytes};
	m.name = pv_printf(cx->arena, "%s%s", opts->prefix ? opts->prefix : "", f->path);
	m.v0 = is_v0(b, f->path, opts->v0);
	m.v1 = !m.v0;
	pv_vec_push(&b->modules, &m);
}

static int
add_data(pv_ctx *cx, const pv_bundle_file *f, pv_vec *documents)
{
	const char *name = last_part(f->path);
	const pv_val *doc;
	size_t n = name > f->path ? (size_t)(name - f->path) - 1 : 0;
	int r = pv_document_parse(cx, f->path, f->bytes, &doc);
	if (r < 0)
		return pv_wrap(cx, r, "bundle load failed on %s", f->path);
	*(pv_bundle_document *)pv_vec_add(documents) =
		(pv_bundle_document){f->path, pv_strndup(cx->arena, f->path, n), doc};
	return 0;
}

static int
add_patch(pv_ctx *cx, pv_bundle *b, const pv_bundle_file *f)
{
	const pv_val *doc;
	int r = pv_json_parse_literal(cx, f->bytes, &(pv_json_opts){.file = f->path}, &doc);
	if (r < 0)
		return pv_wrap(cx, r, "bundle load failed on patch decode");
	b->patch = pv_get(doc, "data");
	if (!pv_is(b->patch, PV_LIST))
		return pv_fail(cx, PV_EINVALID,
			       "patch.json: expected {\"data\": [operation...]}, found no such list");
	return 0;
}

/* Without its modules a compiled policy says nothing here: there is no WebAssembly machine. */
static int
check_wasm(pv_ctx *cx, const pv_bundle *b)
{
	for (size_t i = 0; i < b->files.len; i++) {
		const char *path = PV_AT(pv_bundle_file, &b->files, i)->path;
		if (pv_streq(last_part(path), "policy.wasm") && b->modules.len == 0)
			return pv_fail(
				cx, PV_EUNSUPPORTED,
				"%s: WebAssembly policies are not supported, and the bundle has no Rego "
				"modules beside it: build it with -t rego",
				path);
	}
	return 0;
}

static int
check_delta(pv_ctx *cx, const pv_bundle *b)
{
	if (!b->patch)
		return 0;
	if (b->data->len)
		return pv_fail(cx, PV_EINVALID,
			       "delta bundle expected to contain only patch file but data files found");
	if (b->modules.len)
		return pv_fail(cx, PV_EINVALID,
			       "delta bundle expected to contain only patch file but policy files found");
	return 0;
}

static int
read_files(pv_ctx *cx, const pv_bundle_opts *opts, pv_bundle *b)
{
	pv_vec documents;
	int r = 0;
	pv_vec_init(&documents, cx->arena, sizeof(pv_bundle_document));
	for (size_t i = 0; r == 0 && i < b->files.len; i++) { /* it says how the others are read */
		const pv_bundle_file *f = PV_AT(pv_bundle_file, &b->files, i);
		if (pv_streq(f->path, ".manifest"))
			r = read_manifest(cx, b, f);
	}
	for (size_t i = 0; r == 0 && i < b->files.len; i++) {
		const pv_bundle_file *f = PV_AT(pv_bundle_file, &b->files, i);
		if (pv_streq(f->path, ".signatures.json"))
			r = pv_json_parse(cx, f->bytes, &(pv_json_opts){.file = f->path}, &b->signatures);
		else if (pv_streq(f->path, "patch.json"))
			r = add_patch(cx, b, f);
		else if (is_data(f->path))
			r = add_data(cx, f, &documents);
		else if (pv_ends_with(f->path, ".rego"))
			add_module(cx, b, f, opts);
	}
	if (r == 0)
		r = pv_documents_merge(cx, &documents, &b->data);
	if (r == 0)
		r = check_delta(cx, b);
	if (r == 0)
		r = check_wasm(cx, b);
	if (r == 0)
		r = read_roots(cx, b);
	if (r == 0)
		r = opts->trust ? pv_bundle_verify(cx, b, opts->trust) : 0;
	return r < 0 ? r : pv_bundle_check_roots(cx, b);
}

static void
begin(pv_ctx *cx, pv_bundle *ret)
{
	static const pv_val nothing = {.type = PV_OBJECT};
	*ret = (pv_bundle){.data = &nothing, .revision = ""};
	pv_vec_init(&ret->files, cx->arena, sizeof(pv_bundle_file));
	pv_vec_init(&ret->modules, cx->arena, sizeof(pv_rego_module));
}

static int
too_deep(pv_ctx *cx, const char *path)
{
	return pv_fail(cx, PV_EINVALID, "%.*s: directories are nested more than %d deep", PV_CLIP(path),
		       DEPTH);
}

/* A path that leads out of the archive names nothing in it. */
static int
add_file(pv_ctx *cx, pv_bundle *b, const char *name, pv_str bytes)
{
	pv_bundle_file f = {.path = name, .bytes = bytes};
	int depth = 0;
	while (*f.path == '/' || pv_starts_with(f.path, "./"))
		f.path += *f.path == '/' ? 1 : 2;
	if (strstr(f.path, "../") || pv_ends_with(f.path, "..") || *f.path == '\0')
		return pv_fail(cx, PV_EINVALID, "bundle: illegal path \"%.*s\"", PV_CLIP(name));
	for (const char *c = f.path; *c; c++)
		depth += *c == '/';
	if (depth > DEPTH)
		return too_deep(cx, name);
	pv_vec_push(&b->files, &f);
	return 0;
}

int
pv_bundle_read(pv_ctx *cx, pv_str packed, const pv_bundle_opts *opts, pv_bundle *ret)
{
	pv_str tar;
	pv_vec all;
	bool zipped = packed.len > 1 && memcmp(packed.s, "\x1f\x8b", 2) == 0;
	int r = 0;
	if (zipped) /* else an HTTP client has unpacked it already */
		r = pv_gunzip_strange(cx, packed, opts->limit ? opts->limit : PV_BUNDLE_LIMIT, &tar);
	else
		tar = packed;
	begin(cx, ret);
	if (r == 0)
		r = pv_tar_read(cx, tar, PV_BUNDLE_FILES, &all);
	if (r < 0)
		return pv_wrap(cx, r, "bundle read failed");
	if (all.len == 0)
		return pv_fail(cx, PV_EINVALID, "bundle read failed: expected a packed archive of files");
	for (size_t i = 0; r == 0 && i < all.len; i++)
		r = add_file(cx, ret, PV_AT(pv_tar_file, &all, i)->name, PV_AT(pv_tar_file, &all, i)->bytes);
	pv_vec_sort(&ret->files, by_path);
	return r < 0 ? r : read_files(cx, opts, ret);
}

/* ---- folders ---- */

static bool
is_wanted(const char *path)
{
	return is_data(path) || pv_ends_with(path, ".rego") || pv_streq(path, ".manifest") ||
	       pv_streq(path, ".signatures.json") || pv_streq(path, "patch.json") ||
	       pv_ends_with(path, ".wasm");
}

bool
pv_bundle_ignores(const char *const *globs, const char *name)
{
	for (; globs && *globs; globs++)
		if (pv_glob_match(*globs, name))
			return true;
	return false;
}

static int
walk(pv_ctx *cx, const char *folder, const char *below, int depth, const pv_bundle_opts *opts, pv_bundle *b)
{
	const struct dirent *e;
	DIR *d = opendir(folder);
	int r = 0;
	if (!d)
		return pv_fail(cx, PV_ENOTFOUND, "open %s: not readable", folder);
	if (depth > DEPTH)
		r = too_deep(cx, folder);
	while (r == 0 && (e = readdir(d)) != NULL) {
		char *path = pv_printf(cx->arena, "%s/%s", folder, e->d_name);
		char *name = pv_printf(cx->arena, "%s%s", below, e->d_name);
		struct stat st;
		pv_str bytes;
		if (pv_streq(e->d_name, ".") || pv_streq(e->d_name, "..") ||
		    pv_bundle_ignores(opts->ignore, e->d_name) || stat(path, &st) != 0)
			continue;
		if (S_ISDIR(st.st_mode) && e->d_name[0] != '.')
			r = walk(cx, path, pv_printf(cx->arena, "%s/", name), depth + 1, opts, b);
		if (!S_ISREG(st.st_mode) || !is_wanted(name))
			continue;
		r = pv_file_load(cx, path, PV_BUNDLE_LIMIT, &bytes);
		if (r == 0)
			r = add_file(cx, b, name, bytes);
	}
	closedir(d);
	return r;
}

int
pv_bundle_load(pv_ctx *cx, const char *path, const pv_bundle_opts *opts, pv_bundle *ret)
{
	pv_bundle_opts own = *opts;
	struct stat st;
	pv_str packed;
	int r;
	if (pv_starts_with(path, "file://"))
		path += strlen("file://");
	if (stat(path, &st) != 0)
		return pv_fail(cx, PV_ENOTFOUND, "stat %s: no such file or directory", path);
	if (!own.prefix)
		own.prefix = pv_streq(path, ".") ? "" : pv_printf(cx->arena, "%s/", path);
	if (!S_ISDIR(st.st_mode)) {
		r = pv_file_load(cx, path, own.limit ? own.limit : PV_BUNDLE_LIMIT, &packed);
		if (r == 0)
			r = pv_bundle_read(cx, packed, &own, ret);
	} else {
		begin(cx, ret);
		r = walk(cx, path, "", 0, &own, ret);
		pv_vec_sort(&ret->files, by_path);
		if (r == 0)
			r = read_files(cx, &own, ret);
	}
	return r < 0 && !pv_rego_error_code(cx) ? pv_wrap(cx, r, "bundle %s", path) : r;
}

/* ---- the other way ---- */

int
pv_bundle_pack(pv_ctx *cx, const pv_vec *files, pv_buf *ret)
{
	pv_buf tar;
	int r = 0;
	pv_buf_init(&tar, cx->arena);
	for (size_t i = 0; r == 0 && i < files->len; i++) {
		const pv_bundle_file *f = PV_AT(pv_bundle_file, files, i);
		r = pv_tar_add(cx, &tar, pv_printf(cx->arena, "/%s", f->path), f->bytes);
	}
	pv_tar_end(&tar);
	return r < 0 ? r : pv_gzip(cx, (pv_str){tar.s, tar.len}, PV_GZIP_SMALL, ret);
}
