/* lab: GitLab.  https://docs.gitlab.com/api/rest/ */
#include "base/str.h"
#include "delivery/applicationset/forge.h"

/* ---- projects of a group ---- */

static pv_val
trim_project(struct ask *a, const pv_val *entry)
{
	const pv_val *topics = pv_get(entry, "topics");
	pv_objb b;
	pv_objb_init(&b, a->cx->arena);
	pv_objb_puts(&b, "organization", pv_text_at(entry, "namespace.full_path", ""));
	pv_objb_puts(&b, "repository", pv_text_at(entry, "path", ""));
	pv_objb_put(&b, "repository_id", pv_get(entry, "id") ? *pv_get(entry, "id") : pv_null());
	pv_objb_puts(&b, "https", pv_text_at(entry, "http_url_to_repo", ""));
	pv_objb_puts(&b, "ssh", pv_text_at(entry, "ssh_url_to_repo", ""));
	pv_objb_puts(&b, "main", pv_text_at(entry, "default_branch", ""));
	if (pv_is(topics, PV_LIST))
		pv_objb_put(&b, "labels", *topics);
	return pv_objb_end(&b);
}

static const char *
project_path(struct ask *a, const pv_val *repo, const char *rest)
{
	return pv_printf(a->cx->arena, "projects/%lld/repository/%s",
			 (long long)pv_i64_at(repo, "repository_id", 0), rest);
}

static pv_val
trim_entry(struct ask *a PV_UNUSED, const pv_val *entry PV_UNUSED)
{
	return pv_null(); /* that there is one is all that is asked */
}

static int
any(struct ask *a PV_UNUSED, const pv_val *item PV_UNUSED, void *arg)
{
	*(bool *)arg = true;
	return 1; /* the others are pages of their own */
}

/* A file, or else a directory with something in it. */
static int
has(struct ask *a, const struct forge_branch *b, const char *path, bool *ret)
{
	const char *branch = pv_url_escape(a->cx->arena, b->branch);
	int r = forge_has(a,
			  project_path(a, b->repo,
				       pv_printf(a->cx->arena, "files/%s?ref=%s",
						 pv_url_escape(a->cx->arena, path), branch)),
			  ret);
	if (r < 0 || *ret)
		return r;
	r = forge_walk(a,
		       project_path(a, b->repo,
				    pv_printf(a->cx->arena, "tree?per_page=1&path=%s&ref=%s",
					      pv_url_escape(a->cx->arena, path), branch)),
		       trim_entry, any, ret);
	if (r == -PV_ENOTFOUND) {
		pv_recover(a->cx);
		r = 0;
	}
	return r < 0 ? r : 0;
}

static int
each_project(struct ask *a, const pv_val *repo, void *arg PV_UNUSED)
{
	return forge_add_branches(a, repo, project_path, has);
}

static int
repos(struct ask *a)
{
	const pv_val *q = a->request;
	const char *topic = pv_text_at(q, "topic", "");
	return forge_walk(a,
			  pv_printf(a->cx->arena,
				    "groups/%s/projects?%s&include_subgroups=%s&with_shared=%s%s%s%s",
				    forge_asked(a, "owner"), a->forge->many,
				    pv_truth_at(q, "includeSubgroups", false) ? "true" : "false",
				    pv_truth_at(q, "includeSharedProjects", true) ? "true" : "false",
				    pv_truth_at(q, "includeArchivedRepos", false) ? "" : "&archived=false",
				    *topic ? "&topic=" : "", pv_url_escape(a->cx->arena, topic)),
			  trim_project, each_project, NULL);
}

/* ---- merge requests ---- */

static pv_val
trim_request(struct ask *a, const pv_val *entry)
{
	const pv_val *labels = pv_get(entry, "labels");
	pv_objb b;
	pv_objb_init(&b, a->cx->arena);
	pv_objb_put(&b, "number", pv_stringf(a->cx->arena, "%lld", (long long)pv_i64_at(entry, "iid", 0)));
	pv_objb_puts(&b, "title", pv_text_at(entry, "title", ""));
	pv_objb_puts(&b, "branch", pv_text_at(entry, "source_branch", ""));
	pv_objb_puts(&b, "target_branch", pv_text_at(entry, "target_branch", ""));
	pv_objb_puts(&b, "head_sha", pv_text_at(entry, "sha", ""));
	if (pv_is(labels, PV_LIST))
		pv_objb_put(&b, "labels", *labels);
	pv_objb_puts(&b, "author", pv_text_at(entry, "author.username", ""));
	if (pv_i64_at(entry, "source_project_id", 0) != pv_i64_at(entry, "target_project_id", -1))
		pv_objb_put(&b, "fork", pv_bool(true));
	return pv_objb_end(&b);
}

static int
pulls(struct ask *a)
{
	const char *state = pv_text_at(a->request, "state", "");
	return forge_add_pulls(a,
			       pv_printf(a->cx->arena, "projects/%s/merge_requests?%s%s%s",
					 forge_asked(a, "repo"), a->forge->many, *state ? "&state=" : "",
					 forge_asked(a, "state")),
			       trim_request);
}

const forge_api forge_gitlab = {.name = "gitlab",
				.title = "GitLab",
				.api = "https://gitlab.com/",
				.suffix = "api/v4/",
				.header = "PRIVATE-TOKEN:",
				.many = "per_page=100",
				.hash = "commit.id",
				.repos = repos,
				.pulls = pulls};
