/* revise: other values in YAML files of a branch, for a push; and the commit that made them already. */
#include <string.h>

#include "base/str.h"
#include "core/git/git.h"
#include "core/git/inside.h"
#include "lang/yaml/yaml.h"

#define LOOKED_BACK 100 /* commits */

static int
load(pv_ctx *cx, git_repository *repo, const git_index_entry *entry, const char *name, pv_str *ret)
{
	git_blob *blob = NULL;
	size_t len;
	int code = git_blob_lookup(&blob, repo, &entry->id);
	if (code < 0)
		return git_fail(cx, name, code);
	len = (size_t)git_blob_rawsize(blob);
	if (len <= FILE_BYTES_MOST)
		*ret = (pv_str){pv_strndup(cx->arena, git_blob_rawcontent(blob), len), len};
	git_blob_free(blob);
	return len <= FILE_BYTES_MOST
		       ? 0
		       : pv_fail(cx, PV_ETOOLARGE, "repository %s: %s: a file is larger than 1 MiB", name,
				 entry->path);
}

static int
revise(pv_ctx *cx, git_repository *repo, git_index *index, const char *name, const pv_val *one)
{
	const char *path = pv_git_path(cx->arena, pv_text_at(one, "path", ""));
	const git_index_entry *found = git_index_get_bypath(index, path, 0);
	git_index_entry entry = {.path = path};
	pv_str was, is;
	int code, r;
	if (!found || (found->mode & 0170000) != 0100000) /* a link, or a module */
		return pv_fail(cx, PV_ENOTFOUND, "repository %s has no file \"%s\" on that branch", name,
			       path);
	entry.mode = found->mode;
	r = load(cx, repo, found, name, &was);
	if (r < 0)
		return r;
	r = pv_yaml_edit(cx, was, pv_text_at(one, "field", ""), pv_text_at(one, "text", ""), &is);
	if (r < 0)
		return pv_wrap(cx, r, "repository %s: %s", name, path);
	if (pv_str_eq(was, is))
		return 0;
	code = git_blob_create_from_buffer(&entry.id, repo, is.s, is.len);
	if (code == 0)
		code = git_index_add(index, &entry);
	return code < 0 ? git_fail(cx, name, code) : 0;
}

int
git_revise(pv_ctx *cx, git_repository *repo, git_index *index, const char *name, const pv_val *edits)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < pv_count(edits); i++)
		r = revise(cx, repo, index, name, pv_item(edits, i));
	return r;
}

void
git_find_made(git_repository *repo, const char *message, git_oid *tip)
{
	git_revwalk *walk = NULL;
	git_oid at;
	bool same = false;
	if (git_revwalk_new(&walk, repo) < 0)
		return;
	git_revwalk_simplify_first_parent(walk);
	if (git_revwalk_push(walk, tip) == 0)
		for (size_t n = 0; !same && n < LOOKED_BACK && git_revwalk_next(&at, walk) == 0; n++) {
			git_commit *commit = NULL;
			same = git_commit_lookup(&commit, repo, &at) == 0 &&
			       pv_streq(git_commit_message(commit), message);
			git_commit_free(commit);
		}
	git_revwalk_free(walk);
	if (same)
		*tip = at;
}
