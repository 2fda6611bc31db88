/* lab: GitLab.  https://docs.gitlab.com/api/rest/ */
#include "base/str.h"
#include "delivery/applicationset/forge.h"

static const char *
escaped(struct ask *a, const char *name)
{
	return pv_url_escape(a->cx->arena, name);
}

/* ---- projects of a group ---- */

static int
trim_projects(struct ask *a, const pv_val *doc, pv_val *ret)
{
	pv_listb list;
	pv_listb_init(&list, a->cx->arena);
	for (size_t i = 0; i < pv_count(doc); i++) {
		const pv_val *p = pv_item(doc, i), *topics = pv_get(p, "topics");
		pv_objb b;
		pv_objb_init(&b, a->cx->arena);
		pv_objb_puts(&b, "organization", pv_text_at(p, "namespace.full_path", ""));
		pv_objb_puts(&b, "repository", pv_text_at(p, "path", ""));
		pv_objb_put(&b, "repository_id", pv_get(p, "id") ? *pv_get(p, "id") : pv_null());
		pv_objb_puts(&b, "https", pv_text_at(p, "http_url_to_repo", ""));
		pv_objb_puts(&b, "ssh", pv_text_at(p, "ssh_url_to_repo", ""));
		pv_objb_puts(&b, "main", pv_text_at(p, "default_branch", ""));
		if (pv_is(topics, PV_LIST))
			pv_objb_put(&b, "labels", *topics);
		pv_listb_add(&list, pv_objb_end(&b));
	}
	*ret = pv_listb_end(&list);
	return 0;
}

static int
trim_branches(struct ask *a, const pv_val *doc, pv_val *ret)
{
	size_t n = pv_is(doc, PV_LIST) ? pv_count(doc) : 1;
	pv_listb list;
	pv_listb_init(&list, a->cx->arena);
	for (size_t i = 0; i < n; i++) {
		const pv_val *it = pv_is(doc, PV_LIST) ? pv_item(doc, i) : doc;
		pv_objb b;
		pv_objb_init(&b, a->cx->arena);
		pv_objb_puts(&b, "name", pv_text_at(it, "name", ""));
		pv_objb_puts(&b, "sha", pv_text_at(it, "commit.id", ""));
		pv_listb_add(&list, pv_objb_end(&b));
	}
	*ret = pv_listb_end(&list);
	return 0;
}

static const char *
project_path(struct ask *a, const pv_val *repo, const char *rest)
{
	return pv_printf(a->cx->arena, "projects/%lld/repository/%s",
			 (long long)pv_i64_at(repo, "repository_id", 0), rest);
}

static int
trim_entries(struct ask *a PV_UNUSED, const pv_val *doc, pv_val *ret)
{
	*ret = pv_is(doc, PV_LIST) ? *doc : pv_null();
	return 0;
}

static int
count(struct ask *a PV_UNUSED, const pv_val *item PV_UNUSED, void *arg)
{
	*(size_t *)arg += 1;
	return 0;
}

/* A file, or else a directory with something in it. */
static int
has(struct ask *a, const struct forge_branch *b, const char *path, bool *ret)
{
	const char *branch = escaped(a, b->branch);
	size_t n = 0;
	int r = forge_has(a,
			  project_path(a, b->repo,
				       pv_printf(a->cx->arena, "files/%s?ref=%s", escaped(a, path), branch)),
			  ret);
	if (r < 0 || *ret)
		return r;
	r = forge_walk(a,
		       project_path(a, b->repo,
				    pv_printf(a->cx->arena, "tree?per_page=1&path=%s&ref=%s",
					      escaped(a, path), branch)),
		       trim_entries, count, &n);
	if (r == -PV_ENOTFOUND) {
		pv_recover(a->cx);
		r = 0;
	}
	*ret = n > 0;
	return r;
}

static int
each_branch(struct ask *a, const pv_val *item, void *arg)
{
	struct forge_branch b = {
		.repo = arg, .branch = pv_text_at(item, "name", ""), .sha = pv_text_at(item, "sha", "")};
	return forge_take_branch(a, &b, has);
}

static int
each_project(struct ask *a, const pv_val *repo, void *arg PV_UNUSED)
{
	const char *first = pv_text_at(repo, "main", "");
	int r;
	if (!*first)
		return 0; /* nothing is in it yet */
	r = forge_walk(a,
		       project_path(a, repo,
				    pv_truth_at(a->request, "allBranches", false)
					    ? "branches?per_page=100"
					    : pv_printf(a->cx->arena, "branches/%s", escaped(a, first))),
		       trim_branches, each_branch, (void *)(uintptr_t)repo);
	if (r != -PV_ENOTFOUND)
		return r;
	pv_recover(a->cx);
	return 0;
}

static int
repos(struct ask *a)
{
	const pv_val *q = a->request;
	const char *topic = pv_text_at(q, "topic", "");
	return forge_walk(
		a,
		pv_printf(a->cx->arena,
			  "groups/%s/projects?per_page=100&include_subgroups=%s&with_shared=%s%s%s%s",
			  escaped(a, pv_text_at(q, "owner", "")),
			  pv_truth_at(q, "includeSubgroups", false) ? "true" : "false",
			  pv_truth_at(q, "includeSharedProjects", true) ? "true" : "false",
			  pv_truth_at(q, "includeArchivedRepos", false) ? "" : "&archived=false",
			  *topic ? "&topic=" : "", escaped(a, topic)),
		trim_projects, each_project, NULL);
}

/* ---- merge requests ---- */

static int
trim_requests(struct ask *a, const pv_val *doc, pv_val *ret)
{
	pv_listb list;
	pv_listb_init(&list, a->cx->arena);
	for (size_t i = 0; i < pv_count(doc); i++) {
		const pv_val *p = pv_item(doc, i), *labels = pv_get(p, "labels");
		pv_objb b;
		pv_objb_init(&b, a->cx->arena);
		pv_objb_put(&b, "number",
			    pv_stringf(a->cx->arena, "%lld", (long long)pv_i64_at(p, "iid", 0)));
		pv_objb_puts(&b, "title", pv_text_at(p, "title", ""));
		pv_objb_puts(&b, "branch", pv_text_at(p, "source_branch", ""));
		pv_objb_puts(&b, "target_branch", pv_text_at(p, "target_branch", ""));
		pv_objb_puts(&b, "head_sha", pv_text_at(p, "sha", ""));
		if (pv_is(labels, PV_LIST))
			pv_objb_put(&b, "labels", *labels);
		pv_objb_puts(&b, "author", pv_text_at(p, "author.username", ""));
		pv_listb_add(&list, pv_objb_end(&b));
	}
	*ret = pv_listb_end(&list);
	return 0;
}

static int
each_request(struct ask *a, const pv_val *pull, void *arg PV_UNUSED)
{
	return forge_has_labels(a, pv_get(pull, "labels")) ? forge_take_pull(a, pull) : 0;
}

static int
pulls(struct ask *a)
{
	const char *state = pv_text_at(a->request, "state", "");
	return forge_walk(a,
			  pv_printf(a->cx->arena, "projects/%s/merge_requests?per_page=100%s%s",
				    escaped(a, pv_text_at(a->request, "repo", "")), *state ? "&state=" : "",
				    escaped(a, state)),
			  trim_requests, each_request, NULL);
}

const forge_api forge_gitlab = {
	"gitlab", "GitLab", "https://gitlab.com/", "api/v4/", "PRIVATE-TOKEN:", repos, pulls};
