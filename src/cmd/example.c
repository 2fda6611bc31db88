/* The example organisation: what a person would `kubectl apply` on the first day, its policies last. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "cmd/server.h"
#include "core/git/git.h"
#include "lang/yaml/yaml.h"

#define FILE_LIMIT (4u << 20)
#define KIND_PATIENCE (30 * PV_SEC)
#define MOMENT (20 * PV_MS)

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
list_files(pv_ctx *cx, const char *dir, pv_vec *ret)
{
	DIR *d = opendir(dir);
	const struct dirent *entry;

	if (!d)
		return pv_fail(cx, PV_ENOTFOUND, "--example: %s: %s", dir, strerror(errno));
	while ((entry = readdir(d))) {
		char *path = pv_printf(cx->arena, "%s/%s", dir, entry->d_name);

		if (pv_ends_with(entry->d_name, ".yaml") || pv_ends_with(entry->d_name, ".yml"))
			pv_vec_push(ret, &path);
	}
	closedir(d);
	pv_vec_sort(ret, by_text);
	return 0;
}

/* ---- repositories: DIR/repos/NAME becomes the Git repository DATA/example/NAME ---- */

static int
import_repositories(pv_ctx *cx, server *s, const char *dir)
{
	char *repos = pv_printf(cx->arena, "%s/repos", dir);
	DIR *d = opendir(repos);
	const struct dirent *entry;
	int r = 0;

	if (!d) /* an example without repositories is fine */
		return 0;
	while (r == 0 && (entry = readdir(d)))
		if (entry->d_name[0] != '.')
			r = pv_git_import(cx, pv_printf(cx->arena, "%s/%s", repos, entry->d_name),
					  pv_printf(cx->arena, "%s/example/%s", s->data, entry->d_name));
	closedir(d);
	return r;
}

/* "example:NAME" anywhere in a document stands for that repository, "example:+720h" for that long from now. */
static pv_val
placed(pv_ctx *cx, const char *data, const pv_val *v)
{
	const char *text = pv_text(v, "");
	int64_t from_now;

	if (pv_starts_with(text, "example:+") &&
	    pv_duration_parse(pv_str_of(text + strlen("example:+")), &from_now))
		return pv_string(cx->arena, pv_time_format(cx->arena, pv_now() + from_now));
	if (pv_starts_with(text, "example:"))
		return pv_stringf(cx->arena, "%s/example/%s", data, text + strlen("example:"));
	if (pv_is(v, PV_OBJECT)) {
		pv_objb b;

		pv_objb_init(&b, cx->arena);
		for (size_t i = 0; i < pv_member_count(v); i++)
			pv_objb_add(&b, v->members[i].key, placed(cx, data, &v->members[i].val));
		return pv_objb_end(&b);
	}
	if (pv_is(v, PV_LIST)) {
		pv_listb b;

		pv_listb_init(&b, cx->arena);
		for (size_t i = 0; i < pv_count(v); i++)
			pv_listb_add(&b, placed(cx, data, pv_item(v, i)));
		return pv_listb_end(&b);
	}
	return *v;
}

/* ---- kinds that something else makes: a template those of its constraints ---- */

/* Nobody tells that a kind is served now, so it is asked for now and then.  NULL: nobody made it in time. */
static const pv_resource *
await_kind(pv_ctx *cx, server *s, const char *version, const char *kind)
{
	const struct timespec moment = {.tv_nsec = MOMENT};
	int64_t until = pv_mono() + KIND_PATIENCE;
	const pv_resource *res;

	while (!(res = pv_resource_of_kind(cx, s->registry, version, kind)) && pv_mono() < until)
		(void)nanosleep(&moment, NULL);
	return res;
}

static int
apply(pv_ctx *cx, server *s, const char *file, const pv_yaml_doc *doc)
{
	const char *version = pv_text_at(doc->val, "apiVersion", ""),
		   *kind = pv_text_at(doc->val, "kind", "");
	const pv_resource *res = await_kind(cx, s, version, kind);
	pv_call call = {.resource = res, .manager = "example", .force = true, .grace_seconds = -1};
	char absolute[PATH_MAX];
	const char *data = realpath(s->data, absolute) ? absolute : s->data;
	pv_val object = placed(cx, data, doc->val);
	const pv_val *made;
	int r;

	if (!res)
		return pv_fail_at(cx, PV_ENOTFOUND, file, doc->line, 1, "no such kind here: %s %s", version,
				  kind);
	call.ns = res->namespaced ? pv_text_at(doc->val, "metadata.namespace", "default") : "";
	call.name = pv_text_at(doc->val, "metadata.name", "");
	r = pv_api_patch(cx, s->api, &call, PV_PATCH_APPLY, &object, &made, NULL);
	return r < 0 ? pv_wrap(cx, r, "%s:%d: %s/%s", file, doc->line, kind, call.name) : 0;
}

/* What other objects need to be there before them. */
static bool
is_early(const pv_val *object)
{
	const char *kind = pv_text_at(object, "kind", "");

	return pv_streq(kind, "CustomResourceDefinition") || pv_streq(kind, "Namespace");
}

static int
apply_file(pv_ctx *cx, server *s, const char *file, bool early)
{
	pv_yaml_opts opts = {.file = file};
	pv_vec docs;
	pv_str text;
	int r = pv_file_load(cx, file, FILE_LIMIT, &text);

	if (r == 0)
		r = pv_yaml_parse_all(cx, text, &opts, &docs);
	for (size_t i = 0; r == 0 && i < docs.len; i++) {
		const pv_yaml_doc *doc = PV_AT(pv_yaml_doc, &docs, i);

		if (pv_is(doc->val, PV_OBJECT) && is_early(doc->val) == early)
			r = apply(cx, s, file, doc);
	}
	return r;
}

/* ---- a library of policies: DIR/policies/NAME, its template and then its constraint ---- */

static int
apply_library(pv_ctx *cx, server *s, const char *dir)
{
	static const char *const parts[] = {"template.yaml", "constraint.yaml"};
	char *library = pv_printf(cx->arena, "%s/policies", dir);
	DIR *d = opendir(library);
	const struct dirent *entry;
	pv_vec names;
	int r = 0;

	if (!d) /* an example without one is fine */
		return 0;
	pv_vec_init(&names, cx->arena, sizeof(char *));
	while ((entry = readdir(d)))
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			pv_vec_push(&names, &(char *){pv_strdup(cx->arena, entry->d_name)});
	closedir(d);
	pv_vec_sort(&names, by_text);
	for (size_t part = 0; r == 0 && part < PV_LEN(parts); part++)
		for (size_t i = 0; r == 0 && i < names.len; i++)
			r = apply_file(cx, s,
				       pv_printf(cx->arena, "%s/%s/%s", library, *PV_AT(char *, &names, i),
						 parts[part]),
				       false);
	return r;
}

int
server_example(pv_ctx *cx, server *s, const char *dir)
{
	pv_vec files;
	int r;

	pv_vec_init(&files, cx->arena, sizeof(char *));
	pv_auth_internal(cx, "system:pave:example");
	r = import_repositories(cx, s, dir);
	if (r == 0)
		r = list_files(cx, dir, &files);
	for (int late = 0; r == 0 && late <= 1; late++)
		for (size_t i = 0; r == 0 && i < files.len; i++)
			r = apply_file(cx, s, *PV_AT(const char *, &files, i), !late);
	return r < 0 ? r : apply_library(cx, s, dir);
}
