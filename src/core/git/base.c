/* base: where two revisions parted, and what a checkout on this machine is of.  As a fact:
 *   git-base {repo, revision, with} -> {revision, with, commit}: both as commits, and the newest that both come from
 *             (none, if they have none in common) */
#include <string.h>

#include "base/str.h"
#include "core/git/access.h"
#include "core/git/checkout.h"
#include "core/git/git.h"
#include "core/git/inside.h"
#include "core/git/mirror.h"
#include "core/git/repo.h"

static const char *
id_text(pv_arena *arena, const git_oid *oid)
{
	char text[GIT_OID_HEXSZ + 1];
	return pv_strdup(arena, git_oid_tostr(text, sizeof(text), oid));
}

int
repo_base(pv_ctx *cx, const pv_val *request, pv_val *ret)
{
	static const char *const sides[] = {"revision", "with"};
	const char *name = pv_text_at(request, "name", "");
	git_repository *repo = NULL;
	git_oid ids[2], base;
	pv_objb b;
	int r, code = 0;
	git_start();
	r = git_open(cx, pv_text_at(request, "mirror", ""), name, &repo);
	pv_objb_init(&b, cx->arena);
	for (size_t i = 0; r == 0 && i < PV_LEN(sides); i++) {
		git_commit *commit = NULL;
		r = git_resolve(cx, repo, name, pv_text_at(request, sides[i], ""), &commit);
		if (r < 0)
			break;
		ids[i] = *git_commit_id(commit);
		pv_objb_puts(&b, sides[i], id_text(cx->arena, &ids[i]));
		git_commit_free(commit);
	}
	if (r == 0)
		code = git_merge_base(&base, repo, &ids[0], &ids[1]);
	if (r == 0 && code == 0)
		pv_objb_puts(&b, "commit", id_text(cx->arena, &base));
	else if (r == 0 && code != GIT_ENOTFOUND)
		r = git_fail(cx, name, code);
	git_repository_free(repo);
	*ret = pv_objb_end(&b);
	return r;
}

static int
find_base(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous PV_UNUSED, pv_val *ret)
{
	return git_ask(cx, facts, "git-base", args, ret);
}

const pv_fact_kind git_base_fact = {.name = "git-base", .find = find_base, .base = git_mirror_base};

/* ---- a checkout ---- */

/* Read one by one: what the library finds by an expression it keeps for its thread, and a command that ends leaks it. */
static pv_val
remotes_of(pv_ctx *cx, git_repository *repo)
{
	git_config *config = NULL;
	git_config_iterator *it = NULL;
	git_config_entry *entry;
	pv_listb list;
	int code = git_repository_config_snapshot(&config, repo);
	pv_listb_init(&list, cx->arena);
	if (code == 0)
		code = git_config_iterator_new(&it, config);
	while (code == 0 && git_config_next(&entry, it) == 0)
		if (pv_starts_with(entry->name, "remote.") && pv_ends_with(entry->name, ".url"))
			pv_listb_add(&list, pv_string_ref(pv_git_plain_url(
						    cx->arena, entry->value ? entry->value : "")));
	git_config_iterator_free(it);
	git_config_free(config);
	return pv_listb_end(&list);
}

int
pv_git_checkout(pv_ctx *cx, const char *path, const char *revision, pv_val *ret)
{
	git_repository *repo = NULL;
	git_object *object = NULL;
	git_commit *commit = NULL;
	pv_objb b;
	int code, r = 0;
	git_start();
	code = git_repository_open_ext(&repo, path, 0, NULL);
	if (code < 0)
		r = pv_fail(cx, PV_ENOTFOUND, "%s: expected a checkout of a Git repository", path);
	pv_objb_init(&b, cx->arena);
	if (r == 0)
		r = git_resolve_object(cx, repo,
				       git_repository_workdir(repo) ? git_repository_workdir(repo) : path,
				       &revision, &object);
	if (r == 0)
		r = git_commit_of(cx, path, revision, object, &commit);
	if (r == 0) {
		pv_objb_puts(&b, "commit", id_text(cx->arena, git_commit_id(commit)));
		pv_objb_put(&b, "root",
			    pv_string(cx->arena,
				      git_repository_workdir(repo) ? git_repository_workdir(repo) : ""));
		pv_objb_put(&b, "remotes", remotes_of(cx, repo));
	}
	git_commit_free(commit);
	git_object_free(object);
	git_repository_free(repo);
	*ret = pv_objb_end(&b);
	return r;
}
