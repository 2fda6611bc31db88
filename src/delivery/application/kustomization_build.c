/* kustomization_build: a kustomization built in the sandboxed child (delivery/kustomize), out of the folders
 * whose ids are known; which others it needs, it answers. */
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "core/git/git.h"
#include "delivery/application/chart_job.h"
#include "delivery/application/kustomization.h"
#include "delivery/application/manifests.h"
#include "delivery/charts/charts.h"
#include "delivery/kustomize/kustomize.h"
#include "lang/yaml/yaml.h"

#define WISHES_MOST 500

typedef struct source {
	const pv_val *request, *folders; /* {path: id} */
	pv_map *files;                   /* path -> const pv_val *: its text; of folders that were read */
	pv_map *read;                    /* folders that were */
	pv_map *wishes;                  /* folders that must be known, too */
} source;
typedef struct building {
	const pv_val *request;
	pv_map *remotes;                      /* by kustomization_other() -> const kust_files * */
	pv_map *remote_wishes, *chart_wishes; /* the same, of those that must be known, too */
} building;

static bool
is_below(const char *path, const char *folder)
{
	size_t n = strlen(folder);
	return n == 0 || (strncmp(path, folder, n) == 0 && (path[n] == '/' || path[n] == '\0'));
}

/* Reads all below the folder, once. */
static int
read_folder(pv_ctx *cx, source *s, const char *folder, const char *id)
{
	pv_val request, found;
	pv_listb b;
	if (pv_map_finds(s->read, folder) || !*id)
		return 0;
	pv_map_puts(s->read, folder, s);
	pv_listb_init(&b, cx->arena);
	pv_listb_add(&b, pv_stringf(cx->arena, "%s%s**", folder, *folder ? "/" : ""));
	request = pv_with(cx->arena, s->request, "tree", pv_string_ref(id));
	request = pv_with(cx->arena, &request, "path", pv_string_ref(folder));
	request = pv_with(cx->arena, &request, "bytes", pv_bool(true));
	request = pv_with(cx->arena, &request, "paths", pv_listb_end(&b));
	int r = pv_git_read(cx, &request, &found);
	const pv_val *files = r == 0 ? pv_get(&found, "files") : NULL;
	for (size_t i = 0; i < pv_count(files); i++) {
		const pv_val *f = pv_box(cx->arena, *pv_item(files, i));
		const char *path = pv_text_at(f, "path", ""), *slash = path;
		pv_map_puts(s->files, path, (void *)(uintptr_t)f);
		while ((slash = strchr(slash + 1, '/')) != NULL) /* the folders above it are there */
			pv_map_puts(s->read, pv_strndup(cx->arena, path, (size_t)(slash - path)), s);
	}
	return r;
}

/* The known folder that the path is in; NULL: none is known. */
static const pv_member *
home_of(const source *s, const char *path)
{
	for (size_t i = 0; i < pv_member_count(s->folders); i++)
		if (is_below(path, pv_text(&s->folders->members[i].key, "")))
			return &s->folders->members[i];
	return NULL;
}

static enum kust_entry
find(pv_ctx *cx, const kust_files *files, const char *path, const char **ret_real)
{
	source *s = files->of;
	const char *own = path + 1, *slash = strrchr(own, '/');
	*ret_real = path;
	const pv_member *home = home_of(s, own);
	if (home == NULL) {
		pv_map_puts(s->wishes, own, s);
		return KUST_NOTHING;
	}
	if (!*pv_text(&home->val, "")) { /* no folder: a file, if its own folder has it */
		const char *above = slash ? pv_strndup(cx->arena, own, (size_t)(slash - own)) : "";
		if (pv_truth_at(s->request, "anywhere", false) && home_of(s, above) == NULL)
			pv_map_puts(s->wishes, above, s);
		if (home_of(s, above) == NULL)
			return KUST_NOTHING;
		home = home_of(s, above);
	}
	if (read_folder(cx, s, pv_text(&home->key, ""), pv_text(&home->val, "")) < 0)
		return pv_recover(cx), KUST_NOTHING;
	return pv_map_finds(s->files, own)  ? KUST_FILE
	       : pv_map_finds(s->read, own) ? KUST_FOLDER
					    : KUST_NOTHING;
}

static int
load(pv_ctx *cx, const kust_files *files, const char *real, pv_str *ret)
{
	const source *s = files->of;
	const pv_val *f = pv_map_finds(s->files, real + 1);
	if (f == NULL || pv_get(f, "error"))
		return pv_fail(cx, PV_EINVALID, "%s: %s", real + 1,
			       f ? pv_text_at(f, "error", "") : "no such file");
	*ret = pv_strv(pv_get(f, "text"));
	return 0;
}

static int
list(pv_ctx *cx, const kust_files *files, const char *real, pv_vec *ret)
{
	const source *s = files->of;
	return kust_list(cx, files, s->files, real, ret);
}

/* ---- what spec.source.kustomize says ---- */

static pv_val
filled(job *j, const pv_val *v)
{
	pv_objb b;
	pv_listb list;
	if (v->type == PV_STRING)
		return pv_string_ref(job_substituted(j, v->s));
	pv_objb_init(&b, j->cx->arena);
	pv_listb_init(&list, j->cx->arena);
	for (size_t i = 0; i < v->len; i++) {
		pv_val one = filled(j, pv_item(v, i));
		if (v->type == PV_LIST)
			pv_listb_add(&list, one);
		else
			pv_objb_putv(&b, v->members[i].key, one);
	}
	return v->type == PV_LIST ? pv_listb_end(&list) : pv_objb_end(&b);
}

static const pv_val *
edit_of(pv_ctx *cx, const pv_val *request)
{
	static const char *const fields[] = {"images", "commonLabels", "commonAnnotations"};
	const pv_val *kustomize = pv_get(request, "kustomize");
	job j = {.cx = cx, .request = request};
	if (kustomize == NULL || !pv_get(request, "environment"))
		return kustomize;
	pv_val v = *kustomize;
	for (size_t i = 0; i < PV_LEN(fields); i++) {
		const pv_val *field = pv_get(&v, fields[i]);
		if (field && (i < 2 || pv_truth_at(&v, "commonAnnotationsEnvsubst", false)))
			v = pv_with(cx->arena, &v, fields[i], filled(&j, field));
	}
	return pv_box(cx->arena, v);
}

/* ---- the answer ---- */

static int
wish(pv_ctx *cx, const pv_map *wishes, const char *what, pv_objb *ret)
{
	pv_listb b;
	pv_str key;
	void *value;
	pv_listb_init(&b, cx->arena);
	for (size_t pos = 0; pv_map_each(wishes, &pos, &key, &value);)
		pv_listb_add(&b, pv_stringn(cx->arena, key.s, key.len));
	if (b.len > WISHES_MOST)
		return pv_fail(cx, PV_ETOOLARGE, "a kustomization of more than %d %s", WISHES_MOST, what);
	if (b.len > 0)
		pv_objb_put(ret, what, pv_listb_end(&b));
	return 0;
}

static int
add_objects(pv_ctx *cx, const char *dir, const pv_vec *objects, pv_objb *ret)
{
	manifest_list list;
	int r = 0;
	manifests_init(&list, cx);
	for (size_t i = 0; r == 0 && i < objects->len; i++)
		r = manifests_add_object(&list, dir, *PV_AT(const pv_val *, objects, i));
	pv_objb_put(ret, "manifests", pv_listb_end(&list.out));
	return r;
}

/* ---- other repositories ---- */

static int
read_tree(pv_ctx *cx, void *of, const pv_val *globs, pv_val *ret)
{
	pv_val request = pv_with(cx->arena, of, "bytes", pv_bool(true));
	request = pv_with(cx->arena, &request, "paths", *globs);
	return pv_git_read(cx, &request, ret);
}

/* One that is at hand, or becomes a wish. */
static const pv_val *
known(building *b, const char *kind, pv_map *wishes, const char *key)
{
	const pv_val *found = pv_get(pv_get(b->request, kind), key);
	if (found == NULL)
		pv_map_puts(wishes, key, b);
	return found;
}

static int
bring(pv_ctx *cx, void *of, const kust_remote *remote, const kust_files **ret)
{
	building *b = of;
	const char *key =
		kustomization_other(cx->arena, remote->repo, "", *remote->ref ? remote->ref : "HEAD");
	const pv_val *found = known(b, "remotes", b->remote_wishes, key);
	const kust_files *files = pv_map_finds(b->remotes, key);
	if (found == NULL)
		return pv_fail(cx, PV_ENOTFOUND, "repository %s is not known yet", remote->repo);
	if (files == NULL) {
		files = kust_tree(cx->arena, read_tree, (void *)(uintptr_t)found);
		pv_map_puts(b->remotes, key, (void *)(uintptr_t)files);
	}
	*ret = files;
	return 0;
}

static int
bring_chart(pv_ctx *cx, void *of, const kust_chart *chart, pv_vec *ret)
{
	building *b = of;
	const pv_val *found = known(b, "charts", b->chart_wishes,
				    kustomization_other(cx->arena, chart->repo, chart->name, chart->version));
	pv_str archive;
	if (found == NULL)
		return pv_fail(cx, PV_ENOTFOUND, "chart %s is not known yet", chart->name);
	int r = charts_load(cx, pv_text_at(found, "file", ""), pv_text_at(found, "tree", ""), &archive);
	return r < 0 ? r : helm_files_unpack(cx, archive, ret);
}

/* False: there are none. */
static bool
wish_all(pv_ctx *cx, const source *own, const building *all, int *r, pv_objb *ret)
{
	if (pv_map_len(own->wishes) + pv_map_len(all->remote_wishes) + pv_map_len(all->chart_wishes) == 0)
		return false;
	if (*r < 0)
		pv_recover(cx);
	*r = wish(cx, own->wishes, "folders", ret);
	if (*r == 0)
		*r = wish(cx, all->remote_wishes, "remotes", ret);
	if (*r == 0)
		*r = wish(cx, all->chart_wishes, "charts", ret);
	return true;
}

static int
run(pv_ctx *cx, const pv_val *request, pv_val *ret)
{
	const char *dir = pv_git_path(cx->arena, pv_text_at(request, "path", ""));
	source own = {.request = request,
		      .folders = pv_get(request, "folders"),
		      .files = pv_map_new(cx->arena),
		      .read = pv_map_new(cx->arena),
		      .wishes = pv_map_new(cx->arena)};
	kust_files files = {.find = find, .load = load, .list = list, .together = true, .of = &own};
	building all = {.request = request,
			.remotes = pv_map_new(cx->arena),
			.remote_wishes = pv_map_new(cx->arena),
			.chart_wishes = pv_map_new(cx->arena)};
	kust_options options = {.anywhere = pv_truth_at(request, "anywhere", false),
				.edit = edit_of(cx, request),
				.remote = bring,
				.chart = bring_chart,
				.of = &all,
				.helm = pv_truth_at(request, "helm", false),
				.kube_version = pv_text_at(request, "kubeVersion", NULL)};
	pv_vec objects;
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	int r = kust_build(cx, &files, pv_printf(cx->arena, "/%s", dir), &options, &objects);
	if (!wish_all(cx, &own, &all, &r, &b) && r == 0)
		r = add_objects(cx, dir, &objects, &b);
	*ret = pv_objb_end(&b);
	return r;
}

const pv_job_kind kustomization_job = {.name = "build-kustomization", .run = run};
