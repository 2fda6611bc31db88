/* inside: libgit2 shared by the job bodies.  Private to this folder. */
#pragma once
#include <git2.h>

#include "base/ctx.h"
#include "lang/value/value.h"

#define FILES_MOST 10000
#define ENTRIES_MOST 1000000 /* files and directories looked at: a directory may be in a tree many times */
#define DIRECTORIES_MOST 100000
#define FILE_BYTES_MOST (1024 * 1024)
#define BYTES_MOST (64 * 1024 * 1024)

void git_start(void);
/* {path: id} of the directories in it: 1; 0: there are too many. */
int git_directories(pv_ctx *cx, const git_tree *tree, pv_val *ret);
/* The error of libgit2's last call as ours; `what` names the repository. */
int git_fail(pv_ctx *cx, const char *what, int code);
int git_open(pv_ctx *cx, const char *mirror, const char *repo, git_repository **ret);
/* For whoever holds the mirror's lock. */
int git_open_or_make(pv_ctx *cx, const char *mirror, const char *repo, git_repository **ret);
/* HEAD, branches, tags, refs/..., full and short commit ids; a range of versions is the highest tag in it,
 * whose name *revision becomes. */
int git_resolve_object(pv_ctx *cx, git_repository *repo, const char *url, const char **revision,
		       git_object **ret);
/* What that is, or an annotated tag of it speaks for. */
int git_commit_of(pv_ctx *cx, const char *url, const char *revision, const git_object *object,
		  git_commit **ret);
int git_resolve(pv_ctx *cx, git_repository *repo, const char *url, const char *revision, git_commit **ret);
/* Other values for [{path, field, text}] of the index's YAML files (pv_yaml_edit). */
int git_revise(pv_ctx *cx, git_repository *repo, git_index *index, const char *name, const pv_val *edits);
/* The commit with that message, not far back along the first parents; else *tip stays. */
void git_find_made(git_repository *repo, const char *message, git_oid *tip);
