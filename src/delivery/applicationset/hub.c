/* hub: GitHub and Gitea (Forgejo), whose APIs are alike.
 * https://docs.github.com/en/rest/repos/repos, https://docs.gitea.com/api/ */
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "delivery/applicationset/forge.h"

struct dialect {
	const char *many;    /* how a list's pages are asked for */
	const char *hash;    /* of a branch's commit */
	bool topics_missing; /* a list of repositories may come without them */
};
static const struct dialect github = {"per_page=100", "commit.sha", false},
			    gitea = {"limit=50&state=open", "commit.id", true};

static const char *
escaped(struct ask *a, const char *name)
{
	return pv_url_escape(a->cx->arena, name);
}

static const char *
asked(struct ask *a, const char *name)
{
	return escaped(a, pv_text_at(a->request, name, ""));
}

static const struct dialect *
dialect_of(const struct ask *a)
{
	return pv_streq(pv_text_at(a->request, "forge", ""), "gitea") ? &gitea : &github;
}

/* ---- repositories ---- */

static int
trim_repos(struct ask *a, const pv_val *doc, pv_val *ret)
{
	pv_listb list;
	pv_listb_init(&list, a->cx->arena);
	for (size_t i = 0; i < pv_count(doc); i++) {
		const pv_val *r = pv_item(doc, i), *topics = pv_get(r, "topics");
		pv_objb b;
		pv_objb_init(&b, a->cx->arena);
		pv_objb_puts(&b, "organization",
			     pv_text_at(r, "owner.login", pv_text_at(a->request, "owner", "")));
		pv_objb_puts(&b, "repository", pv_text_at(r, "name", ""));
		pv_objb_put(&b, "repository_id", pv_get(r, "id") ? *pv_get(r, "id") : pv_null());
		pv_objb_puts(&b, "https", pv_text_at(r, "clone_url", ""));
		pv_objb_puts(&b, "ssh", pv_text_at(r, "ssh_url", ""));
		pv_objb_puts(&b, "main", pv_text_at(r, "default_branch", ""));
		if (pv_is(topics, PV_LIST))
			pv_objb_put(&b, "labels", *topics);
		if (pv_truth_at(r, "archived", false))
			pv_objb_put(&b, "archived", pv_bool(true));
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
		pv_objb_puts(&b, "sha", pv_text_at(it, dialect_of(a)->hash, ""));
		pv_listb_add(&list, pv_objb_end(&b));
	}
	*ret = pv_listb_end(&list);
	return 0;
}

static int
trim_topics(struct ask *a, const pv_val *doc, pv_val *ret)
{
	pv_listb list;
	pv_listb_init(&list, a->cx->arena);
	for (size_t i = 0; i < pv_count(pv_get(doc, "topics")); i++)
		pv_listb_add(&list, *pv_item(pv_get(doc, "topics"), i));
	*ret = pv_listb_end(&list);
	return 0;
}

static const char *
repo_path(struct ask *a, const pv_val *repo, const char *rest)
{
	return pv_printf(a->cx->arena, "repos/%s/%s/%s", escaped(a, pv_text_at(repo, "organization", "")),
			 escaped(a, pv_text_at(repo, "repository", "")), rest);
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
				      escaped(a, pv_strndup(a->cx->arena, segment.s, segment.len)));
	pv_buf_printf(&where, "?ref=%s", escaped(a, b->branch));
	return forge_has(a, repo_path(a, b->repo, where.s), ret);
}

static int
each_branch(struct ask *a, const pv_val *item, void *arg)
{
	struct forge_branch b = {
		.repo = arg, .branch = pv_text_at(item, "name", ""), .sha = pv_text_at(item, "sha", "")};
	return forge_take_branch(a, &b, has);
}

static int
each_topic(struct ask *a PV_UNUSED, const pv_val *item, void *arg)
{
	pv_listb_add(arg, *item);
	return 0;
}

static int
add_topics(struct ask *a, const pv_val *repo, pv_val *ret)
{
	pv_listb topics;
	int r;
	pv_listb_init(&topics, a->cx->arena);
	r = forge_walk(a, repo_path(a, repo, "topics"), trim_topics, each_topic, &topics);
	if (r == -PV_ENOTFOUND) {
		pv_recover(a->cx);
		r = 0;
	}
	*ret = pv_with(a->cx->arena, repo, "labels", pv_listb_end(&topics));
	return r;
}

static int
each_repo(struct ask *a, const pv_val *repo, void *arg PV_UNUSED)
{
	const char *first = pv_text_at(repo, "main", "");
	pv_val with = *repo;
	int r = 0;
	if (!*first || (pv_get(repo, "archived") && pv_truth_at(a->request, "excludeArchivedRepos", false)))
		return 0; /* nothing is in it yet */
	if (dialect_of(a)->topics_missing && !pv_get(repo, "labels"))
		r = add_topics(a, repo, &with);
	if (r < 0)
		return r;
	repo = pv_box(a->cx->arena, with);
	r = forge_walk(a,
		       repo_path(a, repo,
				 pv_truth_at(a->request, "allBranches", false)
					 ? pv_printf(a->cx->arena, "branches?%s", dialect_of(a)->many)
					 : pv_printf(a->cx->arena, "branches/%s", escaped(a, first))),
		       trim_branches, each_branch, (void *)(uintptr_t)repo);
	if (r != -PV_ENOTFOUND)
		return r;
	pv_recover(a->cx); /* it went in between, or has no commit */
	return 0;
}

static int
repos(struct ask *a)
{
	return forge_walk(a,
			  pv_printf(a->cx->arena, "orgs/%s/repos?%s", asked(a, "owner"), dialect_of(a)->many),
			  trim_repos, each_repo, NULL);
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

static int
trim_pulls(struct ask *a, const pv_val *doc, pv_val *ret)
{
	pv_listb list;
	pv_listb_init(&list, a->cx->arena);
	for (size_t i = 0; i < pv_count(doc); i++) {
		const pv_val *p = pv_item(doc, i);
		pv_objb b;
		pv_objb_init(&b, a->cx->arena);
		pv_objb_put(&b, "number",
			    pv_stringf(a->cx->arena, "%lld", (long long)pv_i64_at(p, "number", 0)));
		pv_objb_puts(&b, "title", pv_text_at(p, "title", ""));
		pv_objb_puts(&b, "branch", pv_text_at(p, "head.ref", ""));
		pv_objb_puts(&b, "target_branch", pv_text_at(p, "base.ref", ""));
		pv_objb_puts(&b, "head_sha", pv_text_at(p, "head.sha", ""));
		pv_objb_put(&b, "labels", names_of(a, pv_get(p, "labels")));
		pv_objb_puts(&b, "author", pv_text_at(p, "user.login", ""));
		pv_listb_add(&list, pv_objb_end(&b));
	}
	*ret = pv_listb_end(&list);
	return 0;
}

static int
each_pull(struct ask *a, const pv_val *pull, void *arg PV_UNUSED)
{
	return forge_has_labels(a, pv_get(pull, "labels")) ? forge_take_pull(a, pull) : 0;
}

static int
pulls(struct ask *a)
{
	return forge_walk(a,
			  pv_printf(a->cx->arena, "repos/%s/%s/pulls?%s", asked(a, "owner"), asked(a, "repo"),
				    dialect_of(a)->many),
			  trim_pulls, each_pull, NULL);
}

const forge_api forge_github = {
	"github", "GitHub", "https://api.github.com/", "api/v3/", "Authorization: Bearer", repos, pulls};
const forge_api forge_gitea = {"gitea", "Gitea", NULL, "api/v1/", "Authorization: token", repos, pulls};
