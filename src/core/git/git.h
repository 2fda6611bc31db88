/* git: repositories through libgit2 (wrapped here only).  A shared bare mirror for
 * each remote lies under DATA/facts/git; fetching and reading happen in sandboxed
 * jobs.  As facts:
 *   git-tree {repo, revision, path, secret?} -> {commit, tree, author, date, message,
 *            files: [{path, size, mode}]}  the resolved revision's files below path
 *   git-files {repo, commit, paths:[glob]} -> {files: [{path, text}]}
 * Errors name the repository and say which: missing, empty, unreachable, no such
 * revision, no such path, authentication. */
#pragma once
#include "core/fact/fact.h"

extern const pv_fact_kind pv_git_tree_fact, pv_git_files_fact;
/* A push webhook or a file event: look at the remote again now. */
void pv_git_touch(pv_facts *facts, const char *repo);
/* Same repository?  Ignores scheme, user, port and ".git" as Argo CD does. */
bool pv_git_same(const char *a, const char *b);
