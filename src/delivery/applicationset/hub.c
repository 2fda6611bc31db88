/* hub: GitHub and Gitea (Forgejo), whose APIs are alike.
 * https://docs.github.com/en/rest/repos/repos, https://docs.gitea.com/api/ */
#include "base/buf.h"
#include "base/str.h"
#include "delivery/applicationset/forge.h"

/* ---- repositories ---- */

static pv_val
trim_repo(struct ask *a, const pv_val *entry)
{
	const pv_val *topics = pv_get(entry, "topics");
	pv_objb b;
	pv_objb_init(&b, a->cx->arena);
	pv_objb_puts(&b, "organization",
		     pv_text_at(entry, "owner.login", pv_text_at(a->request, "owner", "")));
	pv_objb_puts(&b, "repository", pv_text_at(entry, "name", ""));
	pv_objb_put(&b, "repository_id", pv_get(entry, "id") ? *pv_get(entry, "id") : pv_null());
	pv_objb_puts(&b, "https", pv_text_at(entry, "clone_url", ""));
	pv_objb_puts(&b, "ssh", pv_text_at(entry, "ssh_url", ""));
	pv_objb_puts(&b, "main", pv_text_at(entry, "default_branch", ""));
	if (pv_is(topics, PV_LIST))
		pv_objb_put(&b, "labels", *topics);
	if (pv_truth_at(entry, "archived", false))
		pv_objb_put(&b, "archived", pv_bool(true));
	return pv_objb_end(&b);
}

static const char *
repo_path(struct ask *a, const pv_val *repo, const char *rest)
{
	return pv_printf(a->cx->arena, "repos/%s/%s/%s",
			 pv_url_escape(a->cx->arena, pv_text_at(repo, "organization", "")),
			 pv_url_escape(a->cx->arena, pv_text_at(repo, "repository", "")), rest);
}

static int
has(struct ask *a, const struct forge_branch *b, const char *path, bool *ret)
{
	pv_str rest = pv_str_of(path), segment;
	pv_buf where;
	pv_buf_init(&where, a->cx->arena);
	pv_buf_adds(&where, "contents");
	while (pv_str_next(&rest, '/', &segment))
		if (segment.len)
			pv_buf_printf(&where, "/%s",
				      pv_url_escape(a->cx->arena,
						    pv_strndup(a->cx->arena, segment.s, segment.len)));
	pv_buf_printf(&where, "?ref=%s", pv_url_escape(a->cx->arena, b->branch));
	return forge_has(a, repo_path(a, b->repo, where.s), ret);
}

static pv_val
trim_topics(struct ask *a PV_UNUSED, const pv_val *entry)
{
	const pv_val *topics = pv_get(entry, "topics");
	return topics ? *topics : pv_null();
}

static int
take_topics(struct ask *a PV_UNUSED, const pv_val *topics, void *arg)
{
	*(const pv_val **)arg = topics;
	return 0;
}

/* A list of Gitea's repositories may come without them. */
static int
add_topics(struct ask *a, const pv_val **io_repo)
{
	const pv_val *topics = NULL;
	int r = forge_one(a, repo_path(a, *io_repo, "topics"), trim_topics, take_topics, &topics);
	if (r == -PV_ENOTFOUND) {
		pv_recover(a->cx);
		r = 0;
	}
	if (topics)
		*io_repo = pv_box(a->cx->arena, pv_with(a->cx->arena, *io_repo, "labels", *topics));
	return r;
}

static int
each_repo(struct ask *a, const pv_val *repo, void *arg PV_UNUSED)
{
	int r = 0;
	if (pv_get(repo, "archived") && pv_truth_at(a->request, "excludeArchivedRepos", false))
		return 0;
	if (a->forge == &forge_gitea && !pv_get(repo, "labels"))
		r = add_topics(a, &repo);
	return r < 0 ? r : forge_add_branches(a, repo, repo_path, has);
}

static int
repos(struct ask *a)
{
	return forge_walk(
		a, pv_printf(a->cx->arena, "orgs/%s/repos?%s", forge_asked(a, "owner"), a->forge->many),
		trim_repo, each_repo, NULL);
}

/* ---- pull requests ---- */

static pv_val
names_of(struct ask *a, const pv_val *labels)
{
	pv_listb list;
	pv_listb_init(&list, a->cx->arena);
	for (size_t i = 0; i < pv_count(labels); i++)
		pv_listb_add(&list, pv_string_ref(pv_text_at(pv_item(labels, i), "name", "")));
	return pv_listb_end(&list);
}

static pv_val
trim_pull(struct ask *a, const pv_val *entry)
{
	pv_objb b;
	pv_objb_init(&b, a->cx->arena);
	pv_objb_put(&b, "number", pv_stringf(a->cx->arena, "%lld", (long long)pv_i64_at(entry, "number", 0)));
	pv_objb_puts(&b, "title", pv_text_at(entry, "title", ""));
	pv_objb_puts(&b, "branch", pv_text_at(entry, "head.ref", ""));
	pv_objb_puts(&b, "target_branch", pv_text_at(entry, "base.ref", ""));
	pv_objb_puts(&b, "head_sha", pv_text_at(entry, "head.sha", ""));
	pv_objb_put(&b, "labels", names_of(a, pv_get(entry, "labels")));
	pv_objb_puts(&b, "author", pv_text_at(entry, "user.login", ""));
	if (!pv_streq(pv_text_at(entry, "head.repo.full_name", ""),
		      pv_text_at(entry, "base.repo.full_name", "-")))
		pv_objb_put(&b, "fork", pv_bool(true));
	return pv_objb_end(&b);
}

static int
pulls(struct ask *a)
{
	return forge_add_pulls(a,
			       pv_printf(a->cx->arena, "repos/%s/%s/pulls?%s", forge_asked(a, "owner"),
					 forge_asked(a, "repo"), a->forge->many),
			       trim_pull);
}

const forge_api forge_github = {.name = "github",
				.title = "GitHub",
				.api = "https://api.github.com/",
				.suffix = "api/v3/",
				.header = "Authorization: Bearer",
				.many = "per_page=100",
				.hash = "commit.sha",
				.repos = repos,
				.pulls = pulls};
const forge_api forge_gitea = {.name = "gitea",
			       .title = "Gitea",
			       .suffix = "api/v1/",
			       .header = "Authorization: token",
			       .many = "limit=50&state=open",
			       .hash = "commit.id",
			       .repos = repos,
			       .pulls = pulls};
