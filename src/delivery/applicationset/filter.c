/* filter: which branches of repositories and which pull requests are taken: those that fit one filter in all that it says.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-SCM-Provider/ */
#include "base/regex.h"
#include "base/str.h"
#include "delivery/applicationset/forge.h"

static int
matches(struct ask *a, const pv_val *filter, const char *name, const char *text, bool *io)
{
	const char *pattern = pv_text_at(filter, name, NULL);
	const pv_re *re;
	int r;
	if (!pattern || !*io)
		return 0;
	r = pv_re_cached(a->cx, pv_str_of(pattern), NULL, &re);
	if (r < 0)
		return pv_wrap(a->cx, r, "filters: %s", name);
	*io = pv_re_match(re, pv_str_of(text));
	return 0;
}

static int
label_matches(struct ask *a, const pv_val *filter, const pv_val *labels, bool *io)
{
	bool any = false;
	int r = 0;
	if (!pv_get(filter, "labelMatch") || !*io)
		return 0;
	for (size_t i = 0; r == 0 && !any && i < pv_count(labels); i++) {
		any = true;
		r = matches(a, filter, "labelMatch", pv_text(pv_item(labels, i), ""), &any);
	}
	*io = any;
	return r;
}

static int
paths(struct ask *a, const pv_val *list, bool wanted, const struct forge_branch *b, forge_path has, bool *io)
{
	int r = 0;
	for (size_t i = 0; r == 0 && *io && i < pv_count(list); i++) {
		bool there = false;
		r = has(a, b, pv_text(pv_item(list, i), ""), &there);
		*io = there == wanted;
	}
	return r;
}

/* What costs requests comes last. */
static int
branch_fits(struct ask *a, const pv_val *filter, const struct forge_branch *b, forge_path has, bool *ret)
{
	int r;
	*ret = true;
	r = matches(a, filter, "repositoryMatch", pv_text_at(b->repo, "repository", ""), ret);
	r = r < 0 ? r : matches(a, filter, "branchMatch", b->branch, ret);
	r = r < 0 ? r : label_matches(a, filter, pv_get(b->repo, "labels"), ret);
	r = r < 0 ? r : paths(a, pv_get(filter, "pathsExist"), true, b, has, ret);
	return r < 0 ? r : paths(a, pv_get(filter, "pathsDoNotExist"), false, b, has, ret);
}

static int
take_branch(struct ask *a, const struct forge_branch *b, forge_path has)
{
	const pv_val *filters = pv_get(a->request, "filters");
	bool fits = pv_count(filters) == 0;
	pv_objb item;
	int r = 0;
	for (size_t i = 0; r == 0 && !fits && i < pv_count(filters); i++)
		r = branch_fits(a, pv_item(filters, i), b, has, &fits);
	if (r < 0 || !fits)
		return r;
	pv_objb_from(&item, a->cx->arena, b->repo);
	pv_objb_puts(&item, "branch", b->branch);
	pv_objb_puts(&item, "sha", b->sha);
	pv_listb_add(&a->items, pv_objb_end(&item));
	return 0;
}

struct of_repo {
	const pv_val *repo;
	forge_path has;
};

static pv_val
trim_branch(struct ask *a, const pv_val *entry)
{
	pv_objb b;
	pv_objb_init(&b, a->cx->arena);
	pv_objb_puts(&b, "name", pv_text_at(entry, "name", ""));
	pv_objb_puts(&b, "sha", pv_text_at(entry, a->forge->hash, ""));
	return pv_objb_end(&b);
}

static int
each_branch(struct ask *a, const pv_val *item, void *arg)
{
	const struct of_repo *of = arg;
	struct forge_branch b = {
		.repo = of->repo, .branch = pv_text_at(item, "name", ""), .sha = pv_text_at(item, "sha", "")};
	return take_branch(a, &b, of->has);
}

int
forge_add_branches(struct ask *a, const pv_val *repo, forge_place place, forge_path has)
{
	const char *first = pv_text_at(repo, "main", ""), *rest;
	bool all = pv_truth_at(a->request, "allBranches", false);
	struct of_repo of = {repo, has};
	int r;
	if (!*first)
		return 0; /* nothing is in it yet */
	rest = all ? pv_printf(a->cx->arena, "branches?%s", a->forge->many)
		   : pv_printf(a->cx->arena, "branches/%s", pv_url_escape(a->cx->arena, first));
	r = (all ? forge_walk : forge_one)(a, place(a, repo, rest), trim_branch, each_branch, &of);
	if (r != -PV_ENOTFOUND)
		return r;
	pv_recover(a->cx);
	return 0;
}

/* ---- pull requests ---- */

static bool
has_labels(const struct ask *a, const pv_val *labels)
{
	const pv_val *wanted = pv_get(a->request, "labels");
	for (size_t i = 0; i < pv_count(wanted); i++)
		if (!pv_list_has(labels, pv_item(wanted, i)))
			return false;
	return true;
}

static int
take_pull(struct ask *a, const pv_val *pull, void *arg PV_UNUSED)
{
	const pv_val *filters = pv_get(a->request, "filters");
	bool fits = pv_count(filters) == 0;
	int r = 0;
	if (!has_labels(a, pv_get(pull, "labels")))
		return 0;
	for (size_t i = 0; r == 0 && !fits && i < pv_count(filters); i++) {
		const pv_val *f = pv_item(filters, i);
		fits = true;
		r = matches(a, f, "branchMatch", pv_text_at(pull, "branch", ""), &fits);
		r = r < 0 ? r
			  : matches(a, f, "targetBranchMatch", pv_text_at(pull, "target_branch", ""), &fits);
		r = r < 0 ? r : matches(a, f, "titleMatch", pv_text_at(pull, "title", ""), &fits);
	}
	if (r == 0 && fits)
		pv_listb_add(&a->items, *pull);
	return r;
}

int
forge_add_pulls(struct ask *a, const char *path, forge_trim trim)
{
	return forge_walk(a, path, trim, take_pull, NULL);
}
