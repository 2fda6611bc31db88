/* git: repositories through libgit2 (wrapped here only).  A shared bare mirror of
 * each remote lies under DATA/facts/git; fetching and reading happen in sandboxed
 * jobs (core/fact).  Facts are asked for from any
 * thread; the threads of core/fact run the jobs.  As facts:
 *   git-commit {repo, revision} -> {commit, tree, author, date, message, directories: {path: id}}
 *             (no directories if there are more than 100,000)
 *   git-tree  {repo, revision, path} -> {commit, tree, author, date, message, files: [{path, size}]}
 *             the files below path ("" or "." = all) of the revision, paths from the root;
 *             with `names: false` no files, which costs no child.  tree: the directory's id; of an oci:// address
 *             by the fact image-commit of whoever knows registries, in place of git-commit
 *   git-files {repo, commit, paths: [glob]} -> {files: [{path, text}]}
 *   git-signatures {repo, revision, all} -> {commit, signatures: [{revision, author, result, key, primary, tag}]}
 *             who signed its annotated tag, or else its commit; with `all` also every commit before it, as far as
 *             the newest that seals what is before it: of one key and one result the newest, of unsigned ones
 *             UNSIGNED_TOLD.  result: "good", "unsigned", or what is wrong; key, primary: ids (base/gpg.h)
 * Errors name the repository (never its credentials) and say which: missing, empty,
 * unreachable, no such revision, no such path, authentication. */
#pragma once
#include "core/fact/fact.h"

/* The texts of a commit's files, for other facts: {files: [{path, text}]}.  Blocks. */
PV_MUST_USE int pv_git_files(pv_ctx *cx, pv_facts *facts, const char *repo, const char *commit,
			     const pv_val *globs, pv_val *ret);
/* Commits that followed one another somewhere, out of the mirror as it is: steps [{commit, before, path}] ->
 * {steps: [{commit, author, email, date, subject, commits, others: [subject], back, files: [{path, change}],
 * moreFiles}]}, one for each, in one child.  A commit that the mirror has not is told by its id alone.  Since
 * `before`: commits: how many came along the first parents, others: the subjects of those but this one; or
 * back: how many it goes back; neither if it is not that near.  files: what differs below path, and
 * moreFiles: true if that is not all.  Blocks. */
PV_MUST_USE int pv_git_log(pv_ctx *cx, pv_facts *facts, const char *repo, const pv_val *steps, pv_val *ret);
/* Files as a commit on a branch, pushed to where the repository is: change {branch, from: the branch that a new
 * one begins at (not there: at nothing), drop: [file that goes, or folder of files that do], files: [{path, text}], edits: [{path, field, text}] (values of YAML files,
 * pv_yaml_edit; if all are there already the commit is the one with this message, if one has it), key: the one
 * that says whether there is anything new, if not all do, message, author: {name, email}, project: of whoever asks} -> {commit, changed: false if the branch was so already}.
 * Only where an administrator's Secret of type repository-write or repo-write-creds is for the address:
 * without one -PV_EFORBIDDEN.  -PV_ECONFLICT: somebody else pushed, or what is there refuses it.  Blocks. */
PV_MUST_USE int pv_git_push(pv_ctx *cx, pv_facts *facts, const char *repo, const pv_val *change, pv_val *ret);
/* Runs a module's own job over a repository's mirror, which the child may read: in it,
 * pv_git_read(request {tree, path, paths: [glob]}) -> {files: [{path, text}]}; with `bytes: true`
 * a text may be any bytes, for the child's own use.  read_only: what it may read besides, or NULL.  Blocks. */
PV_MUST_USE int pv_git_job_run(pv_ctx *cx, pv_facts *facts, const char *job, const char *repo,
			       const pv_val *request, const char *const *read_only, pv_val *ret);
PV_MUST_USE int pv_git_read(pv_ctx *cx, const pv_val *request, pv_val *ret);
/* The folder of another repository's mirror, for such a job to read: its `mirror` for pv_git_read. */
PV_MUST_USE int pv_git_mirror(pv_ctx *cx, pv_facts *facts, const char *repo, const char **ret);
/* Writes a tree of the mirror into an empty folder: files, and links that stay in it; modes: what may be executed
 * stays so.  Blocks. */
PV_MUST_USE int pv_git_export(pv_ctx *cx, pv_facts *facts, const char *repo, const char *tree,
			      const char *folder, bool modes);
/* Makes a tree of an archive (tar, or a gzip of one) in the mirror of `repo`, an oci:// address, where the jobs above
 * read it as they do a commit's: {tree, directories: {path: id}}.  strip: without its one outermost folder.  A file
 * or link that leads out of it is -PV_EINVALID; links are left out.  Blocks. */
PV_MUST_USE int pv_git_unpack(pv_ctx *cx, pv_facts *facts, const char *repo, const char *archive, bool strip,
			      pv_val *ret);
/* Looks at every repository that is the same as this one again now (push webhook). */
void pv_git_touch(pv_ctx *cx, pv_facts *facts, const char *repo);
/* The same repository?  Ignores scheme, user, port, case of the host and ".git", as Argo CD
 * does when it matches webhooks. */
bool pv_git_same(const char *a, const char *b);
/* Which networks a repository may not be in (beside link-local ones) and may be in all the same,
 * once its name is looked up; NULL-terminated, CIDR.  At the start, before the first question. */
PV_MUST_USE int pv_git_limit(pv_ctx *cx, pv_api *api, const char *const *deny, const char *const *allow);
/* A path inside a repository: "./a//b/" -> "a/b"; "" for the root. */
char *pv_git_path(pv_arena *arena, const char *path);
/* The URL without what may be secret: user, password, query, fragment. */
char *pv_git_plain_url(pv_arena *arena, const char *repo);
/* Is it a path of this machine ("/srv/x", "file:///srv/x")?  Then *ret_path is it. */
bool pv_git_local(pv_arena *arena, const char *repo, const char **ret_path);
/* Makes a repository with a work tree at `path` out of a folder's files, one commit on main;
 * nothing if there is one already.  For the example organisation. */
PV_MUST_USE int pv_git_import(pv_ctx *cx, const char *folder, const char *path);
