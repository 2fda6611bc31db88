/* manifests: the objects of a directory at a commit, as a fact: files from the mirror
 * (core/git), read in a sandboxed child. */
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "core/git/git.h"
#include "core/store/store.h"
#include "delivery/application/app.h"
#include "delivery/application/manifests.h"
#include "delivery/application/plugin.h"
#include "lang/glob/glob.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

#define OBJECTS_MOST 20000
#define MEMORY_MOST ((size_t)64 << 20) /* bytes of the objects of one source, as they are kept */
#define REPEATS_MOST 10

/* ---- in the child ---- */

static int
not_an_object(manifest_list *r, int line, const char *what)
{
	return pv_fail_at(r->cx, PV_EINVALID, r->file, line, 1,
			  "expected a Kubernetes object with apiVersion, kind and metadata.name, %s", what);
}

/* What is kept of all this is kept as long as the Application is there. */
static int
check_size(manifest_list *r, const pv_val *object, int line)
{
	const pv_val *kept = pv_freeze(object);
	pv_buf text;
	r->size += pv_frozen_size(kept);
	pv_unref(kept);
	if (r->out.len >= OBJECTS_MOST)
		return pv_fail_at(r->cx, PV_ETOOLARGE, r->file, line, 1, "more than %d objects",
				  OBJECTS_MOST);
	pv_buf_init(&text, r->cx->arena);
	pv_json_write(&text, object);
	if (text.len > PV_RECORD_MOST)
		return pv_fail_at(
			r->cx, PV_ETOOLARGE, r->file, line, 1,
			"the object has %zu bytes as JSON: expected at most %u, or nothing can store it",
			text.len, PV_RECORD_MOST);
	if (r->size > MEMORY_MOST)
		return pv_fail_at(
			r->cx, PV_ETOOLARGE, r->file, line, 1,
			"up to here the objects of this source take more than %zu MiB of memory, the limit: "
			"spread them over several Applications",
			MEMORY_MOST >> 20);
	return 0;
}

static int
add_object(manifest_list *r, const pv_val *object, int line)
{
	pv_objb b;
	int code;
	if (!pv_is(object, PV_OBJECT))
		return not_an_object(r, line, pv_printf(r->cx->arena, "found %s", pv_type_name(object)));
	if (!*pv_text_at(object, "apiVersion", ""))
		return not_an_object(r, line, "apiVersion is missing");
	if (!*pv_text_at(object, "kind", ""))
		return not_an_object(r, line, "kind is missing");
	if (!*pv_text_at(object, "metadata.name", "") && !*pv_text_at(object, "metadata.generateName", ""))
		return not_an_object(r, line, "metadata.name is missing");
	code = check_size(r, object, line);
	if (code < 0)
		return code;
	pv_objb_init(&b, r->cx->arena);
	pv_objb_puts(&b, "file", r->file);
	pv_objb_put(&b, "line", pv_int(line));
	pv_objb_put(&b, "object", *object);
	pv_listb_add(&r->out, pv_objb_end(&b));
	return 0;
}

static int
add_document(manifest_list *r, const pv_val *doc, int line)
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

/* The files of a directory that are manifests: *.yaml, *.yml, *.json, *.jsonnet (or all), as its include
 * and exclude patterns say (which match the path below the directory). */
static bool
is_manifest(const pv_val *args, const char *below)
{
	const char *include = pv_text_at(args, "include", ""), *exclude = pv_text_at(args, "exclude", "");
	if (!pv_truth_at(args, "recurse", false) && strchr(below, '/'))
		return false;
	if (!pv_truth_at(args, "anyName", false) && !pv_ends_with(below, ".yaml") &&
	    !pv_ends_with(below, ".yml") && !pv_ends_with(below, ".json") && !pv_ends_with(below, ".jsonnet"))
		return false;
	if (*exclude && pv_glob_match(exclude, below))
		return false;
	return !*include || pv_glob_match(include, below);
}

/* A directory with one of these at its top is another tool's. */
static const char *
other_tool(const char *dir, const char *path)
{
	static const char *const marks[] = {"Chart.yaml", "kustomization.yaml", "kustomization.yml",
					    "Kustomization"};
	const char *below = path + strlen(dir) + (*dir ? 1 : 0);
	for (size_t i = 0; i < PV_LEN(marks); i++)
		if (pv_streq(below, marks[i]))
			return i == 0 ? "Helm charts" : "Kustomizations";
	return NULL;
}

void
manifests_init(manifest_list *l, pv_ctx *cx)
{
	*l = (manifest_list){.cx = cx};
	pv_listb_init(&l->out, cx->arena);
	pv_listb_init(&l->repeats, cx->arena);
}

int
manifests_add(manifest_list *l, const char *file, pv_str text)
{
	pv_vec docs, duplicates;
	pv_yaml_opts opts = {.file = file, .duplicates = &duplicates};
	int code;
	pv_vec_init(&duplicates, l->cx->arena, sizeof(const char *));
	code = pv_yaml_parse_all(l->cx, text, &opts, &docs);
	l->file = file;
	for (size_t i = 0; code == 0 && i < duplicates.len && l->repeats.len < REPEATS_MOST; i++)
		pv_listb_add(&l->repeats, pv_stringf(l->cx->arena, "%s: %s is set twice: the last one counts",
						     file, *PV_AT(const char *, &duplicates, i)));
	for (size_t k = 0; code == 0 && k < docs.len; k++)
		code = add_document(l, PV_AT(pv_yaml_doc, &docs, k)->val, PV_AT(pv_yaml_doc, &docs, k)->line);
	return code;
}

int
manifests_add_value(manifest_list *l, const char *file, const pv_val *v)
{
	int code = 0;
	l->file = file;
	if (!pv_is(v, PV_LIST))
		return add_document(l, v, 1);
	for (size_t i = 0; code == 0 && i < pv_count(v); i++)
		code = add_document(l, pv_item(v, i), 1);
	return code;
}

int
manifests_add_object(manifest_list *l, const char *from, const pv_val *object)
{
	l->file = from;
	return add_object(l, object, 0);
}

static int
read_file(jsonnet_files *j, manifest_list *r, const pv_val *file)
{
	const char *path = pv_text_at(file, "path", "");
	if (pv_get(file, "error"))
		return pv_fail_at(r->cx, PV_EINVALID, path, 1, 1, "%s", pv_text_at(file, "error", ""));
	if (pv_ends_with(path, ".jsonnet"))
		return manifests_add_jsonnet(r, j, path, pv_strv(pv_get(file, "text")));
	return manifests_add(r, path, pv_strv(pv_get(file, "text")));
}

/* What could not be said without the rest of the repository is asked for again with it. */
static int
ask_for_root(pv_ctx *cx, int code, pv_val *ret)
{
	if (code < 0)
		pv_recover(cx);
	*ret = pv_with(cx->arena, NULL, "root", pv_bool(true));
	return 0;
}

/* Is it a plugin's, by a file that is there?  *ret says whose. */
static bool
known_by(pv_arena *arena, const pv_val *request, const char *dir, const pv_val *files, pv_val *ret)
{
	const pv_val *plugins = pv_get(request, "plugins");
	for (size_t i = 0; plugins && i < pv_count(files); i++) {
		const char *path = pv_text_at(pv_item(files, i), "path", ""),
			   *name = plugin_of(arena, plugins, path + strlen(dir) + (*dir ? 1 : 0));
		if (name)
			*ret = pv_with(arena, NULL, "plugin", pv_string(arena, name));
		if (name)
			return true;
	}
	return false;
}

static int
run_render(pv_ctx *cx, const pv_val *request, pv_val *ret)
{
	const char *dir = pv_git_path(cx->arena, pv_text_at(request, "path", ""));
	jsonnet_files jsonnet = {.request = request, .dir = dir};
	manifest_list r;
	const pv_val *files;
	pv_objb b;
	pv_val texts;
	int code = pv_git_read(cx, request, &texts);
	files = code == 0 ? pv_get(&texts, "files") : NULL;
	if (known_by(cx->arena, request, dir, files, ret))
		return 0;
	manifests_init(&r, cx);
	pv_objb_init(&b, cx->arena);
	for (size_t i = 0; code == 0 && i < pv_count(files); i++) {
		const char *path = pv_text_at(pv_item(files, i), "path", ""), *tool = other_tool(dir, path);
		if (tool && pv_ends_with(path, "Chart.yaml"))
			pv_objb_put(&b, "helm", pv_bool(true));
		if (tool)
			pv_objb_put(&b, "tool", pv_stringf(cx->arena, "%s: %s", path, tool));
		if (is_manifest(request, path + strlen(dir) + (*dir ? 1 : 0)) &&
		    (!tool || pv_truth_at(request, "directory", false)))
			code = read_file(&jsonnet, &r, pv_item(files, i));
		if (tool && !pv_truth_at(request, "directory", false))
			break;
	}
	if (jsonnet.wants_root)
		return ask_for_root(cx, code, ret);
	pv_objb_put(&b, "manifests", pv_listb_end(&r.out));
	if (r.repeats.len)
		pv_objb_put(&b, "repeats", pv_listb_end(&r.repeats));
	*ret = pv_objb_end(&b);
	return code;
}

const pv_job_kind render_job = {.name = "render-manifests", .run = run_render};

/* ---- outside ---- */

/* The key is the directory's own id: a commit that leaves it alone costs nothing. */
static int
find(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous, pv_val *ret)
{
	static const char *const names[] = {"**/*.yaml", "**/*.yml", "**/*.json", "**/*.jsonnet",
					    "**/Kustomization"},
				 *const any[] = {"**/*"};
	bool all_files = pv_truth_at(args, "anyName", false);
	const char *const *globs = all_files ? any : names;
	const char *dir = pv_git_path(cx->arena, pv_text_at(args, "path", ""));
	pv_listb all;
	pv_val request = *args, plugins = pv_null();
	int r;
	if (previous) {
		*ret = *previous;
		return 0;
	}
	r = pv_truth_at(args, "directory", false) ? 0 : plugins_load(cx, facts, &plugins);
	if (r < 0)
		return r;
	pv_listb_init(&all, cx->arena);
	plugin_patterns(cx->arena, &plugins, dir, &all);
	if (pv_count(&plugins))
		request = pv_with(cx->arena, &request, "plugins", plugins);
	for (size_t i = 0; i < (all_files ? PV_LEN(any) : PV_LEN(names)); i++) {
		const char *glob = pv_truth_at(args, "recurse", false) ? globs[i] : globs[i] + 3;
		pv_listb_add(&all, pv_stringf(cx->arena, "%s%s%s", dir, *dir ? "/" : "", glob));
	}
	request = pv_with(cx->arena, &request, "paths", pv_listb_end(&all));
	return pv_git_job_run(cx, facts, "render-manifests", pv_text_at(args, "repo", ""), &request, NULL,
			      ret);
}

const pv_fact_kind manifests_fact = {.name = "manifests", .find = find};
