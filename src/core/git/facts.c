/* facts: from a repository's name to what is in it, in steps, each found out again only when
 * the one below it changes:
 *   git-local, git-remote {repo} -> {refs}     (mirror.c)
 *   git-commit {repo, revision}                one child for all who follow a branch
 *   git-tree   {repo, revision, path}          no child while the directory is the same */
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/near.h"
#include "base/str.h"
#include "base/vec.h"
#include "core/git/access.h"
#include "core/git/git.h"
#include "core/git/mirror.h"

static pv_val
request_of(pv_ctx *cx, const struct mirror *m, const pv_val *args)
{
	pv_val request = pv_with(cx->arena, args, "mirror", pv_string(cx->arena, m->dir));
	request = pv_without(cx->arena, &request, "base");
	return pv_with(cx->arena, &request, "name", pv_string(cx->arena, m->plain));
}

static int
run(pv_ctx *cx, pv_facts *facts, const char *job, const pv_val *args, const char *const *read_only,
    pv_val *ret)
{
	struct mirror m;
	const char *end = NULL;
	pv_vec reads;
	pv_val request;
	int r = git_mirror_locate(cx, facts, pv_text_at(args, "repo", ""), &m);
	if (r < 0)
		return r;
	pv_vec_init(&reads, cx->arena, sizeof(const char *));
	pv_vec_push(&reads, &m.dir);
	for (; read_only && *read_only; read_only++)
		pv_vec_push(&reads, read_only);
	pv_vec_push(&reads, &end);
	request = request_of(cx, &m, args);
	r = pv_job_run(cx, job, &request, reads.data, NULL, ret);
	if (r < 0 && !strstr(pv_error_text(cx), m.plain)) /* a limit of the job: of whose? */
		r = pv_wrap(cx, r, "repository %s", m.plain);
	return r;
}

int
git_ask(pv_ctx *cx, pv_facts *facts, const char *job, const pv_val *args, pv_val *ret)
{
	return run(cx, facts, job, args, NULL, ret);
}

static bool
is_whole_id(const char *revision)
{
	return strlen(revision) == 40 && strspn(revision, "0123456789abcdef") == 40;
}

/* ---- git-commit ---- */

bool
git_mirror_base(pv_ctx *cx, const pv_val *args, const char **ret_fact, pv_val *ret_args)
{
	const char *repo = pv_text_at(args, "repo", "");
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "repo", repo);
	*ret_args = pv_objb_end(&b);
	*ret_fact = git_mirror_fact(cx->arena, repo);
	return true;
}

static int
find_commit(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous, pv_val *ret)
{
	if (previous && is_whole_id(pv_text_at(args, "revision", ""))) { /* that never becomes another */
		*ret = *previous;
		return 0;
	}
	return git_ask(cx, facts, "git-commit", args, ret);
}

/* ---- git-tree ---- */

static bool
tree_base(pv_ctx *cx, const pv_val *args, const char **ret_fact, pv_val *ret_args)
{
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "repo", pv_text_at(args, "repo", ""));
	pv_objb_puts(&b, "revision", pv_text_at(args, "revision", ""));
	*ret_args = pv_objb_end(&b);
	*ret_fact = pv_starts_with(pv_text_at(args, "repo", ""), "oci://") ? "image-commit" : "git-commit";
	return true;
}

static const char *
said(pv_arena *arena, const char *commit)
{
	bool image = pv_starts_with(commit, "sha256:");
	return pv_printf(arena, image ? "image %.14s" : "commit %.7s", commit);
}

/* The commit's id of the directory: NULL if the commit does not list its directories. */
static int
directory_id(pv_ctx *cx, const pv_val *args, const char **ret)
{
	const pv_val *commit = pv_get(args, "base"), *directories = pv_get(commit, "directories");
	const char *path = pv_git_path(cx->arena, pv_text_at(args, "path", ""));
	pv_near near = {0};
	*ret = *path ? pv_text(pv_get(directories, path), NULL) : pv_text_at(commit, "tree", NULL);
	if (*ret || !directories)
		return 0;
	near.word = path;
	for (size_t i = 0; i < pv_member_count(directories); i++)
		pv_near_try(&near, pv_text(&directories->members[i].key, ""));
	return pv_fail(cx, PV_ENOTFOUND, "%s: app path does not exist in repository %s at %s%s%s%s", path,
		       pv_git_plain_url(cx->arena, pv_text_at(args, "repo", "")),
		       said(cx->arena, pv_text_at(commit, "commit", "")), near.best ? "; did you mean " : "",
		       near.best ? near.best : "", near.best ? "?" : "");
}

static pv_val
with_commit(pv_ctx *cx, const pv_val *tree, const pv_val *commit)
{
	static const char *const keys[] = {"commit", "author", "date", "message"};
	pv_objb b;
	pv_objb_from(&b, cx->arena, tree);
	for (size_t i = 0; i < PV_LEN(keys); i++)
		pv_objb_puts(&b, keys[i], pv_text_at(commit, keys[i], ""));
	return pv_objb_end(&b);
}

static int
find_tree(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous, pv_val *ret)
{
	const pv_val *commit = pv_get(args, "base");
	const char *id;
	pv_val request;
	int r = directory_id(cx, args, &id);
	if (r < 0)
		return r;
	if (id && previous && pv_streq(id, pv_text_at(previous, "tree", ""))) {
		*ret = with_commit(cx, previous, commit);
		return 0;
	}
	if (id && !pv_truth_at(args, "names", true)) {
		*ret = pv_with(cx->arena, NULL, "tree", pv_string(cx->arena, id));
		*ret = with_commit(cx, ret, commit);
		return 0;
	}
	request =
		pv_with(cx->arena, args, "revision", pv_string(cx->arena, pv_text_at(commit, "commit", "")));
	return git_ask(cx, facts, "git-tree", &request, ret);
}

/* ---- git-files ---- */

/* A commit's files never change: found out once. */
static int
find_files(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous, pv_val *ret)
{
	if (previous) {
		*ret = *previous;
		return 0;
	}
	return git_ask(cx, facts, "git-files", args, ret);
}

int
pv_git_files(pv_ctx *cx, pv_facts *facts, const char *repo, const char *commit, const pv_val *globs,
	     pv_val *ret)
{
	pv_val args;
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "repo", repo);
	pv_objb_puts(&b, "commit", commit);
	pv_objb_put(&b, "paths", *globs);
	args = pv_objb_end(&b);
	return git_ask(cx, facts, "git-files", &args, ret);
}

int
pv_git_log(pv_ctx *cx, pv_facts *facts, const char *repo, const pv_val *steps, pv_val *ret)
{
	pv_val args = pv_with(cx->arena, NULL, "repo", pv_string(cx->arena, repo));
	args = pv_with(cx->arena, &args, "steps", *steps);
	return git_ask(cx, facts, "git-log", &args, ret);
}

int
pv_git_job_run(pv_ctx *cx, pv_facts *facts, const char *job, const char *repo, const pv_val *request,
	       const char *const *read_only, pv_val *ret)
{
	pv_val with = pv_with(cx->arena, request, "repo", pv_string(cx->arena, repo));
	return run(cx, facts, job, &with, read_only, ret);
}

int
pv_git_mirror(pv_ctx *cx, pv_facts *facts, const char *repo, const char **ret)
{
	struct mirror m;
	int r = git_mirror_locate(cx, facts, repo, &m);
	if (r == 0)
		*ret = m.dir;
	return r;
}

int
pv_git_export(pv_ctx *cx, pv_facts *facts, const char *repo, const char *tree, const char *folder, bool modes)
{
	const char *reads[] = {NULL, NULL}, *writes[] = {folder, NULL};
	struct mirror m;
	pv_val request, done;
	pv_objb b;
	int r = git_mirror_locate(cx, facts, repo, &m);
	if (r < 0)
		return r;
	reads[0] = m.dir;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "mirror", m.dir);
	pv_objb_puts(&b, "name", m.plain);
	pv_objb_puts(&b, "tree", tree);
	pv_objb_puts(&b, "folder", folder);
	pv_objb_put(&b, "modes", pv_bool(modes));
	request = pv_objb_end(&b);
	return pv_job_run(cx, "git-export", &request, reads, writes, &done);
}

int
pv_git_unpack(pv_ctx *cx, pv_facts *facts, const char *repo, const char *archive, bool strip, pv_val *ret)
{
	const char *reads[] = {archive, NULL}, *writes[] = {NULL, NULL};
	struct mirror m;
	pv_objb b;
	pv_val request;
	int lock = -1, r = git_mirror_locate(cx, facts, repo, &m);
	if (r == 0)
		r = pv_dir_make(cx, m.dir, 0700);
	if (r == 0)
		r = git_mirror_lock(cx, &m, &lock);
	if (r < 0)
		return r;
	writes[0] = m.dir;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "mirror", m.dir);
	pv_objb_puts(&b, "name", m.plain);
	pv_objb_puts(&b, "archive", archive);
	pv_objb_put(&b, "strip", pv_bool(strip));
	request = pv_objb_end(&b);
	r = pv_job_run(cx, "git-unpack", &request, reads, writes, ret);
	close(lock);
	return r;
}

void
pv_git_touch(pv_ctx *cx, pv_facts *facts, const char *repo)
{
	pv_facts_touch_all(cx, facts, "git-local", "repo", repo, pv_git_same);
	pv_facts_touch_all(cx, facts, "git-remote", "repo", repo, pv_git_same);
}

const pv_fact_kind git_commit_fact = {.name = "git-commit", .find = find_commit, .base = git_mirror_base};
const pv_fact_kind git_tree_fact = {.name = "git-tree", .find = find_tree, .base = tree_base};
const pv_fact_kind git_files_fact = {.name = "git-files", .find = find_files};
