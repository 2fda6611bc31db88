/* kustomization_others: what a kustomization is made of besides its repository: others, and charts. */
#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "core/git/git.h"
#include "delivery/application/kustomization.h"
#include "delivery/application/project.h"
#include "delivery/charts/charts.h"

const char *
kustomization_other(pv_arena *arena, const char *repo, const char *name, const char *version)
{
	return pv_printf(arena, "%s\n%s\n%s", repo, name, version);
}

/* The line at i. */
static const char *
line(pv_arena *arena, const char *key, int i)
{
	for (; i > 0 && strchr(key, '\n'); i--)
		key = strchr(key, '\n') + 1;
	return pv_strndup(arena, key, strcspn(key, "\n"));
}

static pv_val
question(pv_arena *arena, const char *repo, const char *key, bool chart)
{
	pv_objb b;
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "repo", repo);
	pv_objb_puts(&b, "revision", line(arena, key, 2));
	if (chart) {
		pv_objb_puts(&b, "chart", line(arena, key, 1));
	} else {
		pv_objb_puts(&b, "path", "");
		pv_objb_put(&b, "names", pv_bool(false));
	}
	return pv_objb_end(&b);
}

/* Its tree, or its archive's digest.  Where the project does not let the Application be from, nothing of it may
 * be from. */
static int
find(app *a, const char *key, bool chart, pv_val *ret)
{
	pv_arena *arena = a->cx->arena;
	const char *repo = line(arena, key, 0), *plain = pv_git_plain_url(arena, repo),
		   *what = chart ? "a chart" : "a base";
	const pv_val *found;
	pv_val args;
	pv_objb b;
	repo = chart ? charts_address(arena, repo) : repo;
	if (project_of(a) && !project_permits_repo(arena, project_of(a), repo))
		return pv_fail(
			a->cx, PV_EFORBIDDEN,
			"%s of repository %s is not permitted in project '%s': its sourceRepos do not name it",
			what, plain, pv_text_at(a->spec, "project", "default"));
	args = question(arena, repo, key, chart);
	int r = pv_plan_fact_since(a->cx, a->plan, chart ? CHARTS_FACT : "git-tree", &args, a->since, &found);
	if (r != 1)
		return r < 0 ? pv_wrap(a->cx, r, "%s of the kustomization", what) : 0;
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "repo", repo);
	pv_objb_puts(&b, "name", plain);
	pv_objb_puts(&b, "tree", pv_text_at(found, "tree", ""));
	if (chart) {
		pv_objb_puts(&b, "chart", line(arena, key, 1));
		pv_objb_puts(&b, "revision", pv_text_at(found, "commit", ""));
	}
	*ret = pv_objb_end(&b);
	return 1;
}

int
kustomization_add(app *a, const pv_val *wanted, bool charts, pv_objb *known)
{
	bool all = true;
	for (size_t i = 0; i < pv_count(wanted); i++) {
		const char *key = pv_strdup(a->cx->arena, pv_text(pv_item(wanted, i), ""));
		pv_val one;
		int r = find(a, key, charts, &one);
		if (r < 0)
			return r;
		all &= r == 1;
		if (r == 1)
			pv_objb_put(known, key, one);
	}
	return all;
}

/* ---- for the child ---- */

/* The file of an archive, brought anew if it went meanwhile; or the folder of a mirror. */
static int
locate(pv_ctx *cx, pv_facts *facts, const pv_val *one, bool chart, const char **ret)
{
	pv_val got;
	int r;
	if (!chart)
		return pv_git_mirror(cx, facts, pv_text_at(one, "repo", ""), ret);
	*ret = charts_kept(cx, facts, pv_text_at(one, "tree", ""));
	if (*ret)
		return 0;
	r = charts_get(cx, facts, one, &got);
	*ret = r == 0 ? pv_text_at(&got, "file", "") : NULL;
	return r;
}

static int
with_places(pv_ctx *cx, pv_facts *facts, const char *key, pv_val *request, pv_vec *reads)
{
	const pv_val *all = pv_get(request, key);
	bool charts = pv_streq(key, "charts");
	pv_objb b;
	int r = 0;
	pv_objb_init(&b, cx->arena);
	for (size_t i = 0; r == 0 && i < pv_member_count(all); i++) {
		const pv_member *m = &all->members[i];
		const char *place = "";
		r = locate(cx, facts, &m->val, charts, &place);
		pv_vec_push(reads, &place);
		pv_objb_putv(&b, m->key,
			     pv_with(cx->arena, &m->val, charts ? "file" : "mirror", pv_string_ref(place)));
	}
	if (all && r == 0)
		*request = pv_with(cx->arena, request, key, pv_objb_end(&b));
	return r;
}

int
kustomization_run(pv_ctx *cx, pv_facts *facts, const pv_val *args, pv_val *ret)
{
	pv_val request = *args;
	const char *end = NULL;
	pv_vec reads;
	pv_vec_init(&reads, cx->arena, sizeof(const char *));
	int r = with_places(cx, facts, "remotes", &request, &reads);
	if (r == 0)
		r = with_places(cx, facts, "charts", &request, &reads);
	pv_vec_push(&reads, &end);
	return r < 0 ? r
		     : pv_git_job_run(cx, facts, "build-kustomization", pv_text_at(args, "repo", ""),
				      &request, reads.data, ret);
}
