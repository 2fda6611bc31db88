/* manifests_jsonnet: the objects of a *.jsonnet file, with what it imports from its repository.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/jsonnet/ */
#include <string.h>

#include "base/str.h"
#include "core/git/git.h"
#include "delivery/application/manifests.h"
#include "lang/jsonnet/jsonnet.h"

static bool
is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);
	return n == 0 || (strncmp(path, dir, n) == 0 && path[n] == '/');
}

/* A file of the directory, or else of the repository, if its tree is at hand. */
static int
load(pv_ctx *cx, void *of, const char *path, pv_str *ret)
{
	jsonnet_files *j = of;
	pv_val request = *j->request, found;
	const pv_val *file;
	pv_listb paths;
	int r;
	if (!is_below(path, j->dir)) {
		j->wants_root = j->wants_root || !pv_get(j->request, "root");
		if (j->wants_root)
			return pv_fail(cx, PV_ENOTFOUND, "%s is not at hand", path);
		request = pv_with(cx->arena, &request, "tree", *pv_get(j->request, "root"));
		request = pv_with(cx->arena, &request, "path", pv_string_ref(""));
	}
	pv_listb_init(&paths, cx->arena);
	pv_listb_add(&paths, pv_string_ref(path));
	request = pv_with(cx->arena, &request, "paths", pv_listb_end(&paths));
	r = pv_git_read(cx, &request, &found);
	if (r < 0)
		return r;
	file = pv_item(pv_get(&found, "files"), 0);
	if (!pv_count(pv_get(&found, "files")) || pv_get(file, "error"))
		return pv_fail(cx, PV_ENOTFOUND, "%s: no such file in the repository", path);
	*ret = pv_strv(pv_get(pv_box(cx->arena, *file), "text"));
	return 0;
}

/* The directory's own folder, then spec.source.directory.jsonnet.libs, from the root. */
static const char *const *
libraries(pv_ctx *cx, const jsonnet_files *j)
{
	const pv_val *libs = pv_at(j->request, "jsonnet.libs");
	const char **all = pv_new_array(cx->arena, const char *, pv_count(libs) + 2);
	all[0] = j->dir;
	for (size_t i = 0; i < pv_count(libs); i++)
		all[i + 1] = pv_git_path(cx->arena, pv_text(pv_item(libs, i), ""));
	return all;
}

int
manifests_add_jsonnet(manifest_list *l, jsonnet_files *j, const char *file, pv_str text)
{
	pv_jsonnet conf = {.load = load,
			   .of = j,
			   .libraries = libraries(l->cx, j),
			   .ext_vars = pv_at(j->request, "jsonnet.extVars"),
			   .tlas = pv_at(j->request, "jsonnet.tlas")};
	const pv_val *v;
	int r = pv_jsonnet_eval(l->cx, &conf, file, text, &v);
	return r == 0 ? manifests_add_value(l, file, v) : r;
}
