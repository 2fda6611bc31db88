/* manifests: the objects of a directory at a commit, as a fact: files from the mirror
 * (core/git), read in a sandboxed child. */
#include <string.h>

#include "base/str.h"
#include "core/git/git.h"
#include "delivery/application/app.h"
#include "lang/glob/glob.h"
#include "lang/yaml/yaml.h"

#define OBJECTS_MOST 20000

/* ---- in the child ---- */

struct reading {
	pv_ctx *cx;
	const char *file;
	pv_listb out;
};

static int
not_an_object(struct reading *r, int line, const char *what)
{
	return pv_fail_at(r->cx, PV_EINVALID, r->file, line, 1, "expected a Kubernetes object with apiVersion, kind and metadata.name, %s",
	                  what);
}

static int
add_object(struct reading *r, const pv_val *object, int line)
{
	pv_objb b;
	if (!pv_is(object, PV_OBJECT))
		return not_an_object(r, line, pv_printf(r->cx->arena, "found %s", pv_type_name(object)));
	if (!*pv_text_at(object, "apiVersion", ""))
		return not_an_object(r, line, "apiVersion is missing");
	if (!*pv_text_at(object, "kind", ""))
		return not_an_object(r, line, "kind is missing");
	if (!*pv_text_at(object, "metadata.name", "") && !*pv_text_at(object, "metadata.generateName", ""))
		return not_an_object(r, line, "metadata.name is missing");
	if (r->out.len >= OBJECTS_MOST)
		return pv_fail(r->cx, PV_ETOOLARGE, "more than %d objects", OBJECTS_MOST);
	pv_objb_init(&b, r->cx->arena);
	pv_objb_puts(&b, "file", r->file);
	pv_objb_put(&b, "line", pv_int(line));
	pv_objb_put(&b, "object", *object);
	pv_listb_add(&r->out, pv_objb_end(&b));
	return 0;
}

static int
add_document(struct reading *r, const pv_val *doc, int line)
{
	const pv_val *items = pv_get(doc, "items");
	int code = 0;
	if (pv_is(doc, PV_NULL))
		return 0;
	if (!pv_ends_with(pv_text_at(doc, "kind", ""), "List") || !pv_is(items, PV_LIST))
		return add_object(r, doc, line);
	for (size_t i = 0; code == 0 && i < pv_count(items); i++)
		code = add_object(r, pv_item(items, i), line);
	return code;
}

static int
run_render(pv_ctx *cx, const pv_val *request, pv_val *ret)
{
	const pv_val *files = pv_get(request, "files");
	struct reading r = {.cx = cx};
	int code = 0;
	pv_listb_init(&r.out, cx->arena);
	for (size_t i = 0; code == 0 && i < pv_count(files); i++) {
		const pv_val *f = pv_item(files, i);
		pv_yaml_opts opts = {.file = pv_text_at(f, "path", "")};
		pv_vec docs;
		r.file = opts.file;
		if (pv_get(f, "error"))
			return pv_fail_at(cx, PV_EINVALID, r.file, 1, 1, "%s", pv_text_at(f, "error", ""));
		code = pv_yaml_parse_all(cx, pv_strv(pv_get(f, "text")), &opts, &docs);
		for (size_t k = 0; code == 0 && k < docs.len; k++)
			code = add_document(&r, PV_AT(pv_yaml_doc, &docs, k)->val, PV_AT(pv_yaml_doc, &docs, k)->line);
	}
	*ret = pv_listb_end(&r.out);
	return code;
}

const pv_job_kind render_job = {.name = "render-manifests", .run = run_render};

/* ---- outside ---- */

/* The files of a directory that are manifests: *.yaml, *.yml, *.json, as its include and
 * exclude patterns say (which match the path below the directory). */
static bool
is_manifest(const pv_val *args, const char *below)
{
	const char *include = pv_text_at(args, "include", ""), *exclude = pv_text_at(args, "exclude", "");
	if (!pv_truth_at(args, "recurse", false) && strchr(below, '/'))
		return false;
	if (!pv_ends_with(below, ".yaml") && !pv_ends_with(below, ".yml") && !pv_ends_with(below, ".json"))
		return false;
	if (*exclude && pv_glob_match(exclude, below))
		return false;
	return !*include || pv_glob_match(include, below);
}

static const char *
directory(pv_ctx *cx, const pv_val *args)
{
	const char *path = pv_text_at(args, "path", "");
	size_t len;
	while (pv_starts_with(path, "./"))
		path += 2;
	if (pv_streq(path, "."))
		path = "";
	len = strlen(path);
	while (len && path[len - 1] == '/')
		len--;
	return pv_strndup(cx->arena, path, len);
}

static int
find(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous, pv_val *ret)
{
	const char *dir = directory(cx, args);
	pv_val globs, texts, request;
	const pv_val *files;
	pv_listb all, chosen;
	pv_objb b;
	int r;
	if (previous) { /* a commit never changes */
		*ret = *previous;
		return 0;
	}
	pv_listb_init(&all, cx->arena);
	pv_listb_add(&all, pv_stringf(cx->arena, "%s%s**", dir, *dir ? "/" : ""));
	globs = pv_listb_end(&all);
	r = pv_git_files(cx, facts, pv_text_at(args, "repo", ""), pv_text_at(args, "commit", ""), &globs, &texts);
	if (r < 0)
		return r;
	files = pv_get(&texts, "files");
	pv_listb_init(&chosen, cx->arena);
	for (size_t i = 0; i < pv_count(files); i++) {
		const char *path = pv_text_at(pv_item(files, i), "path", "");
		if (is_manifest(args, path + strlen(dir) + (*dir ? 1 : 0)))
			pv_listb_add(&chosen, *pv_item(files, i));
	}
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "files", pv_listb_end(&chosen));
	request = pv_objb_end(&b);
	r = pv_job_run(cx, "render-manifests", &request, NULL, NULL, &globs);
	if (r < 0)
		return r;
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "manifests", globs);
	*ret = pv_objb_end(&b);
	return 0;
}

const pv_fact_kind manifests_fact = {.name = "manifests", .find = find};
