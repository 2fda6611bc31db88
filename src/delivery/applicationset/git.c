/* git: directories of a repository, or what its files say.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Git/ */
#include <string.h>

#include "base/str.h"
#include "core/git/git.h"
#include "delivery/application/application.h"
#include "delivery/applicationset/appset.h"
#include "delivery/applicationset/paths.h"
#include "lang/yaml/yaml.h"

#define PREFIX_MOST 253

/* ---- parameters of a path ---- */

static void
add_flat_path(pv_objb *b, const char *prefix, const char *dir, const char *file)
{
	const char *name = *prefix ? pv_printf(b->arena, "%s.path", prefix) : "path";
	pv_str rest = pv_str_of(dir), segment;
	pv_objb_puts(b, name, dir);
	pv_objb_puts(b, pv_printf(b->arena, "%s.basename", name), appset_path_base(dir));
	pv_objb_puts(b, pv_printf(b->arena, "%s.basenameNormalized", name),
		     appset_name_normalized(b->arena, pv_str_of(appset_path_base(dir))));
	if (file) {
		pv_objb_puts(b, pv_printf(b->arena, "%s.filename", name), file);
		pv_objb_puts(b, pv_printf(b->arena, "%s.filenameNormalized", name),
			     appset_name_normalized(b->arena, pv_str_of(file)));
	}
	for (size_t i = 0; pv_str_next(&rest, '/', &segment); i++)
		if (segment.len)
			pv_objb_put(b, pv_printf(b->arena, "%s[%zu]", name, i),
				    pv_stringn(b->arena, segment.s, segment.len));
}

static void
add_path(pv_objb *b, const char *prefix, const char *dir, const char *file)
{
	pv_str rest = pv_str_of(dir), segment;
	pv_listb segments;
	pv_objb path, outer;
	pv_objb_init(&path, b->arena);
	pv_objb_puts(&path, "path", dir);
	pv_objb_puts(&path, "basename", appset_path_base(dir));
	pv_objb_puts(&path, "basenameNormalized",
		     appset_name_normalized(b->arena, pv_str_of(appset_path_base(dir))));
	if (file) {
		pv_objb_puts(&path, "filename", file);
		pv_objb_puts(&path, "filenameNormalized", appset_name_normalized(b->arena, pv_str_of(file)));
	}
	pv_listb_init(&segments, b->arena);
	while (pv_str_next(&rest, '/', &segment))
		pv_listb_add(&segments, pv_stringn(b->arena, segment.s, segment.len));
	pv_objb_put(&path, "segments", pv_listb_end(&segments));
	pv_objb_init(&outer, b->arena);
	pv_objb_put(&outer, "path", pv_objb_end(&path));
	if (*prefix)
		pv_objb_put(b, prefix, pv_objb_end(&outer));
	else
		pv_objb_put(b, "path", outer.members[0].val);
}

static int
push(appset *s, const pv_val *of, const pv_val *content, const char *dir, const char *file, pv_vec *ret)
{
	const char *prefix = pv_text_at(of, "pathParamPrefix", "");
	pv_val set = content ? *content : pv_null();
	pv_objb b;
	int r = content && !s->go ? appset_params_flat(s, content, &set) : 0;
	if (r < 0)
		return r;
	pv_objb_from(&b, s->cx->arena, &set);
	(s->go ? add_path : add_flat_path)(&b, prefix, dir, file);
	set = pv_objb_end(&b);
	r = appset_params_add_values(s, pv_get(of, "values"), &set);
	return r < 0 ? r : appset_params_push(s, ret, set);
}

/* ---- directories ---- */

static bool
is_hidden(const char *path)
{
	return *path == '.' || strstr(path, "/.") != NULL;
}

/* What is left out is out, whatever else takes it in. */
static bool
is_chosen(const pv_val *items, const char *path, bool (*fits)(const char *pattern, const char *path))
{
	bool in = false;
	for (size_t i = 0; i < pv_count(items); i++) {
		bool fit = fits(pv_text_at(pv_item(items, i), "path", ""), path);
		if (fit && pv_truth_at(pv_item(items, i), "exclude", false))
			return false;
		in = in || fit;
	}
	return in;
}

static bool
dir_fits(const char *pattern, const char *path)
{
	return appset_path_fits(pattern, path, false);
}

static int
directories(appset *s, const pv_val *of, const char *field, const pv_val *commit, pv_vec *ret)
{
	const pv_val *all = pv_get(commit, "directories");
	int r = 0;
	if (!all)
		return pv_fail(
			s->cx, PV_ETOOLARGE,
			"%s: commit %.7s has more than 100000 directories, which are not listed: use files",
			field, pv_text_at(commit, "commit", ""));
	for (size_t i = 0; r == 0 && i < pv_count(all); i++) {
		const char *path = pv_text(&pv_sorted(all, i)->key, "");
		r = appset_goes_on(s);
		if (r == 0 && *path && !is_hidden(path) &&
		    is_chosen(pv_get(of, "directories"), path, dir_fits))
			r = push(s, of, NULL, path, NULL, ret);
	}
	return r;
}

/* ---- files ---- */

static int
file(appset *s, const pv_val *of, const pv_val *found, pv_vec *ret)
{
	const char *path = pv_text_at(found, "path", "");
	const char *dir = appset_path_dir(s->cx->arena, path);
	const pv_yaml_opts opts = {.file = path};
	const pv_val *content;
	int r = appset_goes_on(s);
	if (r < 0)
		return r;
	if (pv_get(found, "error"))
		return pv_fail_at(s->cx, PV_EINVALID, path, 1, 1, "%s", pv_text_at(found, "error", ""));
	r = pv_yaml_parse(s->cx, pv_strv(pv_get(found, "text")), &opts, &content);
	if (r < 0)
		return pv_wrap(s->cx, r, "unable to process file '%s': unable to parse file", path);
	if (pv_is(content, PV_OBJECT) || pv_is(content, PV_NULL))
		return push(s, of, content, dir, appset_path_base(path), ret);
	for (size_t i = 0; r == 0 && pv_is(content, PV_LIST) && i < pv_count(content); i++)
		if (pv_is(pv_item(content, i), PV_OBJECT))
			r = push(s, of, pv_item(content, i), dir, appset_path_base(path), ret);
		else
			r = pv_fail(
				s->cx, PV_EINVALID,
				"unable to process file '%s': expected a list of maps, found %s in place %zu",
				path, pv_type_name(pv_item(content, i)), i);
	if (r == 0 && !pv_is(content, PV_LIST))
		return pv_fail(s->cx, PV_EINVALID,
			       "unable to process file '%s': expected a map or a list of maps, found %s",
			       path, pv_type_name(content));
	return r;
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(pv_text_at(*(const pv_val *const *)a, "path", ""),
		      pv_text_at(*(const pv_val *const *)b, "path", ""));
}

static pv_val
files_asked(appset *s, const pv_val *of, const pv_val *commit)
{
	const pv_val *items = pv_get(of, "files");
	pv_listb globs;
	pv_objb b;
	pv_listb_init(&globs, s->cx->arena);
	for (size_t i = 0; i < pv_count(items); i++)
		if (!pv_truth_at(pv_item(items, i), "exclude", false))
			appset_path_globs(s->cx->arena, pv_text_at(pv_item(items, i), "path", ""), &globs);
	pv_objb_init(&b, s->cx->arena);
	pv_objb_puts(&b, "repo", pv_text_at(of, "repoURL", ""));
	pv_objb_puts(&b, "commit", pv_text_at(commit, "commit", ""));
	pv_objb_put(&b, "paths", pv_listb_end(&globs));
	return pv_objb_end(&b);
}

static int
files(appset *s, const pv_val *of, const pv_val *commit, pv_vec *ret)
{
	pv_val args = files_asked(s, of, commit);
	const pv_val *answer, *list;
	pv_vec sorted;
	int r = pv_plan_fact(s->cx, s->plan, "git-files", &args, &answer);
	if (r == 0)
		s->waiting = true;
	if (r <= 0)
		return r;
	list = pv_get(answer, "files");
	pv_vec_init(&sorted, s->cx->arena, sizeof(const pv_val *));
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *f = pv_item(list, i);
		if (is_chosen(pv_get(of, "files"), pv_text_at(f, "path", ""), appset_path_is_meant))
			pv_vec_push(&sorted, &f);
	}
	pv_vec_sort(&sorted, by_path);
	r = 0;
	for (size_t i = 0; r == 0 && i < sorted.len; i++)
		r = file(s, of, *PV_AT(const pv_val *, &sorted, i), ret);
	return r;
}

/* What a repository says comes into Applications, so outside namespace argocd the project says which may be read:
 * the server's credentials are not for everybody. */
static int
check_repo(appset *s, const pv_val *of, const char *field)
{
	const char *said = pv_text_at(s->spec, "template.spec.project", ""), *name = *said ? said : "default",
		   *repo = pv_text_at(of, "repoURL", "");
	if (s->alone || pv_streq(s->ns, APPSET_HOME) ||
	    strstr(name, "{{")) /* only who holds every right may write that (permit.c) */
		return 0;
	return application_permits_repo(s->cx->arena, appset_project(s, APPSET_HOME, name),
					appset_project(s, s->ns, name), s->ns, name, repo)
		       ? 0
		       : pv_fail(s->cx, PV_EFORBIDDEN,
				 "%s: repository %s is not permitted in project '%.*s' (spec.sourceRepos)",
				 field, pv_git_plain_url(s->cx->arena, repo), PV_CLIP(name));
}

static int
find(appset *s, const pv_val *of, const char *field, int depth PV_UNUSED, pv_vec *ret)
{
	bool dirs = pv_count(pv_get(of, "directories")) > 0;
	size_t prefix = strlen(pv_text_at(of, "pathParamPrefix", ""));
	const pv_val *commit;
	pv_val args;
	pv_objb b;
	int r;
	if (!dirs && pv_count(pv_get(of, "files")) == 0)
		return pv_fail(s->cx, PV_EINVALID, "%s: expected directories or files, found neither", field);
	if (prefix > PREFIX_MOST) /* it comes into the name of each part of each path */
		return pv_fail(s->cx, PV_EINVALID, "%s.pathParamPrefix: expected at most %d bytes, found %zu",
			       field, PREFIX_MOST, prefix);
	r = check_repo(s, of, field);
	if (r < 0)
		return r;
	pv_objb_init(&b, s->cx->arena);
	pv_objb_puts(&b, "repo", pv_text_at(of, "repoURL", ""));
	pv_objb_puts(&b, "revision",
		     *pv_text_at(of, "revision", "") ? pv_text_at(of, "revision", "") : "HEAD");
	args = pv_objb_end(&b);
	if (!appset_fact(s, "git-commit", &args, of, 0, &commit, &r))
		return r < 0 ? pv_wrap(s->cx, r, "%s: error generating params from git", field) : 0;
	r = dirs ? directories(s, of, field, commit, ret) : files(s, of, commit, ret);
	return r < 0 ? pv_wrap(s->cx, r, "%s: error generating params from git", field) : 0;
}

const generator git_generator = {"git", find};
