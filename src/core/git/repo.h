/* repo: what the sandboxed children do with libgit2.  Private to this folder. */
#pragma once
#include "base/ctx.h"
#include "lang/value/value.h"

#define GIT_SEAL "Argocd-gpg-seal:" /* a line of a message that begins so: what is before it was looked at */

/* Job bodies; requests and results are those of git.h's facts, plus `mirror`. */
int repo_fetch(pv_ctx *cx, const pv_val *request, pv_val *ret);
int repo_commit(pv_ctx *cx, const pv_val *request, pv_val *ret);
int repo_tree(pv_ctx *cx, const pv_val *request, pv_val *ret);
int repo_files(pv_ctx *cx, const pv_val *request, pv_val *ret);
int repo_log(pv_ctx *cx, const pv_val *request, pv_val *ret);
/* pv_git_push's change, and how to get there; with `local` its url is a path, and there is no mirror. */
int repo_push(pv_ctx *cx, const pv_val *request, pv_val *ret);
/* {tree, folder, modes} */
int repo_export(pv_ctx *cx, const pv_val *request, pv_val *ret);
int repo_base(pv_ctx *cx, const pv_val *request, pv_val *ret);
/* {archive, strip} -> {tree, directories} */
int repo_unpack(pv_ctx *cx, const pv_val *request, pv_val *ret);
/* {revision, all, known: commit whose history is not told} -> {commit, rows: [{revision, author, tag, parents,
 * seal, signature, data}], cut}: the annotated tag, then the commit or all commits, of too many (cut) the newest; the
 * last two in base64. */
int repo_signed(pv_ctx *cx, const pv_val *request, pv_val *ret);
