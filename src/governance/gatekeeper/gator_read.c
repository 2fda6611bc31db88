/* gator_read: manifests from files, folders and standard input. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/map.h"
#include "base/str.h"
#include "governance/gatekeeper/gator.h"
#include "lang/yaml/yaml.h"

#define FILE_LIMIT ((size_t)256 << 20)
#define DEPTH 100 /* of folders */

bool
gator_is(const pv_val *object, const char *group, const char *kind)
{
	const char *api = pv_text_at(object, "apiVersion", "");
	size_t len = strlen(group);

	if (kind && !pv_streq(pv_text_at(object, "kind", ""), kind))
		return false;
	return len ? strncmp(api, group, len) == 0 && api[len] == '/' : !strchr(api, '/');
}

int
gator_fatal(pv_ctx *cx, int r, const char *doing)
{
	if (r >= 0)
		return r;
	if (r == -PV_EUSAGE)
		return r;
	fprintf(stderr, "%s%s%s\n", doing ? doing : "", doing ? ": " : "", pv_error_text(cx));
	(void)pv_recover(cx);
	return PV_EXIT_FAILED;
}

int
gator_refuse_images(pv_ctx *cx, const pv_args *args)
{
	static const char *const none[] = {"image", "tempdir"};

	for (size_t i = 0; i < PV_LEN(none); i++)
		if (pv_args_has(args, none[i]))
			return pv_fail(
				cx, PV_EUSAGE,
				"--%s is not supported: Pave pulls no policies from registries; unpack them and "
				"name the folder with --filename",
				none[i]);
	return 0;
}

int
gator_engines(pv_ctx *cx, const pv_args *args, gk_engines *ret)
{
	const char *policy = pv_args_text(args, "default-k8s-native-validation-failure-policy", "Fail");

	*ret = (gk_engines){
		.no_cel = pv_streq(pv_args_text(args, "enable-k8s-native-validation", "true"), "false"),
		.ignores = pv_streq(policy, "Ignore"),
		.prints = pv_args_has(args, "verbose")};
	if (!pv_streq(policy, "Fail") && !pv_streq(policy, "Ignore"))
		return pv_fail(
			cx, PV_EUSAGE,
			"--default-k8s-native-validation-failure-policy: expected Fail or Ignore, found \"%s\"",
			policy);
	return 0;
}

/* ---- documents ---- */

static int
add_documents(pv_ctx *cx, pv_str text, const pv_yaml_opts *opts, pv_vec *ret)
{
	pv_vec docs;
	int r = pv_yaml_parse_all(cx, text, opts, &docs);

	for (size_t i = 0; r == 0 && i < docs.len; i++) {
		const pv_yaml_doc *doc = PV_AT(pv_yaml_doc, &docs, i);

		if (doc->val->type == PV_NULL || (pv_is(doc->val, PV_OBJECT) && !pv_count(doc->val)))
			continue;
		if (!pv_is(doc->val, PV_OBJECT))
			return pv_fail_at(cx, PV_EINVALID, opts->file, doc->line, 1,
					  "expected an object, found %s", pv_type_name(doc->val));
		pv_vec_push(ret, &doc->val);
	}
	return r;
}

int
gator_objects(pv_ctx *cx, const char *path, const char *what, pv_vec *ret)
{
	pv_yaml_opts opts = {.file = path, .core = true};
	pv_str text;
	int r = pv_file_load(cx, path, FILE_LIMIT, &text);

	if (r < 0)
		return pv_wrap(cx, r, "reading %s from \"%s\"", what, path);
	r = add_documents(cx, text, &opts, ret);
	return r < 0 ? pv_wrap(cx, r, "reading \"%s\": invalid yaml", path) : 0;
}

/* ---- files ---- */

static bool
is_wanted(const char *name, bool json)
{
	return pv_ends_with(name, ".yaml") || pv_ends_with(name, ".yml") ||
	       (json && pv_ends_with(name, ".json"));
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
names_of(pv_ctx *cx, const char *path, pv_vec *ret)
{
	const struct dirent *e;
	DIR *d = opendir(path);

	if (!d)
		return pv_fail(cx, PV_ENOTFOUND, "open %s: not readable", path);
	pv_vec_init(ret, cx->arena, sizeof(const char *));
	while ((e = readdir(d)) != NULL) {
		const char *name = pv_strdup(cx->arena, e->d_name);

		if (!pv_streq(name, ".") && !pv_streq(name, ".."))
			pv_vec_push(ret, &name);
	}
	closedir(d);
	pv_vec_sort(ret, by_text);
	return 0;
}

static int
walk(pv_ctx *cx, const char *path, bool deep, bool json, int depth, pv_vec *ret)
{
	pv_vec names;
	int r = names_of(cx, path, &names);

	for (size_t i = 0; r == 0 && i < names.len; i++) {
		const char *name = *PV_AT(const char *, &names, i),
			   *full = pv_printf(cx->arena, "%s%s%s", path, pv_ends_with(path, "/") ? "" : "/",
					     name);
		struct stat st;

		/* As gator: a link to a folder is not followed, so folders end. */
		if (lstat(full, &st) == 0 && S_ISDIR(st.st_mode)) {
			if (deep && depth < DEPTH)
				r = walk(cx, full, deep, json, depth + 1, ret);
		} else if (is_wanted(name, json)) {
			pv_vec_push(ret, &full);
		}
	}
	return r;
}

int
gator_files(pv_ctx *cx, const char *path, bool deep, bool json, pv_vec *ret)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return pv_fail(cx, PV_ENOTFOUND, "stat %s: no such file or directory", path);
	if (S_ISDIR(st.st_mode))
		return walk(cx, path, deep, json, 0, ret);
	pv_vec_push(ret, &path);
	return 0;
}

/* ---- what a command is given ---- */

typedef struct origins { /* who defined what, for the warning */
	pv_ctx *cx;
	pv_map *seen;
} origins;

static void
note_origin(origins *o, const pv_val *object, const char *from)
{
	const char *api = pv_text_at(object, "apiVersion", ""),
		   *name = pv_text_at(object, "metadata.name", "");
	const char *key =
		pv_printf(o->cx->arena, "%s %s %s %s", gk_group(o->cx->arena, api),
			  pv_text_at(object, "kind", ""), pv_text_at(object, "metadata.namespace", ""), name);
	const char *before = pv_map_puts(o->seen, key, pv_strdup(o->cx->arena, from));

	if (before)
		fprintf(stderr, "WARNING - Resource named \"%s\" (from %s) is already defined in %s\n", name,
			from, before);
}

/* A List, as `kubectl get -o yaml` prints it, stands for what is in it: gator takes it for an object, which
 * nothing matches. */
static int
add_listed(pv_ctx *cx, const pv_vec *documents, pv_vec *ret)
{
	for (size_t i = 0; i < documents->len; i++) {
		const pv_val *v = *PV_AT(const pv_val *, documents, i), *items = pv_get(v, "items");

		if (!gator_is(v, "", "List") || !pv_is(items, PV_LIST)) {
			pv_vec_push(ret, &v);
			continue;
		}
		for (size_t k = 0; k < items->len; k++) {
			const pv_val *item = pv_item(items, k);

			if (!pv_is(item, PV_OBJECT))
				return pv_fail(cx, PV_EINVALID,
					       "items[%zu] of a List: expected an object, found %s", k,
					       pv_type_name(item));
			pv_vec_push(ret, &item);
		}
	}
	return 0;
}

static int
load(origins *o, const char *path, const char *from, pv_vec *ret)
{
	pv_yaml_opts opts = {.file = path};
	size_t before = ret->len;
	pv_vec documents;
	pv_str text;
	int r = pv_file_load(o->cx, path, FILE_LIMIT, &text);

	pv_vec_init(&documents, o->cx->arena, sizeof(const pv_val *));
	if (r == 0 && ((r = add_documents(o->cx, text, &opts, &documents)) < 0 ||
		       (r = add_listed(o->cx, &documents, ret)) < 0))
		r = pv_wrap(o->cx, r, "reading yaml source");
	for (size_t i = before; r == 0 && i < ret->len; i++)
		note_origin(o, *PV_AT(const pv_val *, ret, i), from);
	return r;
}

static int
load_path(origins *o, const char *path, pv_vec *ret)
{
	pv_ctx *cx = o->cx;
	struct stat st;
	pv_vec files;
	int r;

	if (stat(path, &st) != 0)
		return pv_fail(cx, PV_ENOTFOUND, "stat on path \"%s\": no such file or directory", path);
	if (!S_ISDIR(st.st_mode) && !is_wanted(path, true))
		return pv_fail(cx, PV_EINVALID, "path \"%s\" must be of extensions: [.yaml .yml .json]",
			       path);
	pv_vec_init(&files, cx->arena, sizeof(const char *));
	r = gator_files(cx, path, true, true, &files);
	for (size_t i = 0; r == 0 && i < files.len; i++) {
		const char *file = *PV_AT(const char *, &files, i);

		r = load(o, file, pv_printf(cx->arena, "file: \"%s\"", file), ret);
		if (r < 0)
			r = pv_wrap(cx, r, "reading file \"%s\"", file);
	}
	return r;
}

static bool
is_piped(void)
{
	struct stat st;

	return fstat(STDIN_FILENO, &st) == 0 && !S_ISCHR(st.st_mode);
}

int
gator_sources(pv_ctx *cx, const pv_args *args, pv_vec *ret)
{
	origins o = {cx, pv_map_new(cx->arena)};
	const char *path;
	int r = 0;

	pv_vec_init(ret, cx->arena, sizeof(const pv_val *));
	for (size_t i = 0; r == 0 && (path = pv_args_nth(args, "filename", i)); i++)
		if ((r = load_path(&o, path, ret)) < 0)
			r = pv_wrap(cx, r, "reading from filenames");
	if (r == 0 && is_piped() && (r = load(&o, "/dev/stdin", "stdin", ret)) < 0)
		r = pv_wrap(cx, r, "reading from stdin");
	if (r < 0)
		return pv_wrap(cx, r, "reading");
	return ret->len ? 0 : pv_fail(cx, PV_EINVALID, "no input data identified");
}
