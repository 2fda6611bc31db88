/* read: the files of a commit, by name or by content.  Runs in a child that may read the
 * mirror and nothing else. */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "core/git/git.h"
#include "core/git/inside.h"
#include "core/git/repo.h"
#include "lang/glob/glob.h"

struct walk {
	pv_ctx *cx;
	git_repository *repo;
	git_odb *odb;
	const char *url, *base; /* base: what the walked tree's own names are below */
	const pv_val *globs;    /* NULL: names and sizes only */
	bool raw;               /* what is no UTF-8, too (a packed chart) */
	pv_listb files;
	pv_objb directories;
	size_t bytes, entries;
	int failed; /* -PV_E* once something is wrong */
};

static const char *
path_below(struct walk *w, const char *root, const git_tree_entry *entry)
{
	return pv_printf(w->cx->arena, "%s%s%s%s", w->base, *w->base ? "/" : "", root,
			 git_tree_entry_name(entry));
}

static bool
wanted(const struct walk *w, const char *path)
{
	for (size_t i = 0; i < pv_count(w->globs); i++)
		if (pv_glob_match(pv_text(pv_item(w->globs, i), ""), path))
			return true;
	return w->globs == NULL;
}

static int
too_much(struct walk *w, const char *what, const char *path)
{
	return pv_fail(w->cx, PV_ETOOLARGE, "repository %s: %s (at %s)", w->url, what, path);
}

static int
add_name(struct walk *w, const char *path, const git_tree_entry *entry)
{
	git_object_t type;
	size_t size = 0;
	pv_objb b;
	git_odb_read_header(&size, &type, w->odb, git_tree_entry_id(entry));
	pv_objb_init(&b, w->cx->arena);
	pv_objb_put(&b, "path", pv_string_ref(path));
	pv_objb_put(&b, "size", pv_int((int64_t)size));
	pv_listb_add(&w->files, pv_objb_end(&b));
	return 0;
}

static int
add_text(struct walk *w, const char *path, const git_tree_entry *entry)
{
	git_blob *blob = NULL;
	size_t size;
	pv_objb b;
	if (git_blob_lookup(&blob, w->repo, git_tree_entry_id(entry)) < 0)
		return git_fail(w->cx, w->url, GIT_ERROR);
	size = (size_t)git_blob_rawsize(blob);
	w->bytes += size;
	if (size > FILE_BYTES_MOST || w->bytes > BYTES_MOST) {
		git_blob_free(blob);
		return too_much(w,
				size > FILE_BYTES_MOST ? "a file is larger than 1 MiB"
						       : "the files come to more than 64 MiB",
				path);
	}
	pv_objb_init(&b, w->cx->arena);
	pv_objb_put(&b, "path", pv_string_ref(path));
	if (w->raw || pv_utf8_valid(git_blob_rawcontent(blob), size, NULL))
		pv_objb_put(&b, "text", pv_stringn(w->cx->arena, git_blob_rawcontent(blob), size));
	else
		pv_objb_puts(&b, "error", "not UTF-8 text");
	git_blob_free(blob);
	pv_listb_add(&w->files, pv_objb_end(&b));
	return 0;
}

static int
visit(const char *root, const git_tree_entry *entry, void *arg)
{
	struct walk *w = arg;
	const char *path;
	if (++w->entries > ENTRIES_MOST) {
		w->failed =
			too_much(w, "more than 1,000,000 files and directories", path_below(w, root, entry));
		return -1;
	}
	if (git_tree_entry_type(entry) != GIT_OBJECT_BLOB ||
	    git_tree_entry_filemode(entry) == GIT_FILEMODE_LINK) /* a link could point anywhere */
		return 0;
	path = path_below(w, root, entry);
	if (!wanted(w, path))
		return 0;
	if (w->files.len >= FILES_MOST)
		w->failed = too_much(w, "more than 10,000 files", path);
	else
		w->failed = w->globs ? add_text(w, path, entry) : add_name(w, path, entry);
	return w->failed ? -1 : 0;
}

static int
walk_tree(struct walk *w, git_tree *tree)
{
	int code;
	pv_listb_init(&w->files, w->cx->arena);
	if (git_repository_odb(&w->odb, w->repo) < 0)
		return git_fail(w->cx, w->url, GIT_ERROR);
	code = git_tree_walk(tree, GIT_TREEWALK_PRE, visit, w);
	git_odb_free(w->odb);
	if (w->failed)
		return w->failed;
	return code < 0 ? git_fail(w->cx, w->url, code) : 0;
}

static int
subtree(pv_ctx *cx, git_repository *repo, git_commit *commit, const char *url, const char *path,
	git_tree **ret)
{
	git_tree_entry *entry = NULL;
	git_tree *root = NULL;
	int r = 0;
	if (git_commit_tree(&root, commit) < 0)
		return git_fail(cx, url, GIT_ERROR);
	if (!*path) {
		*ret = root;
		return 0;
	}
	if (git_tree_entry_bypath(&entry, root, path) < 0 || git_tree_entry_type(entry) != GIT_OBJECT_TREE)
		r = pv_fail(cx, PV_ENOTFOUND, "%s: app path does not exist in repository %s at commit %.7s",
			    path, url, git_oid_tostr_s(git_commit_id(commit)));
	else if (git_tree_lookup(ret, repo, git_tree_entry_id(entry)) < 0)
		r = git_fail(cx, url, GIT_ERROR);
	git_tree_entry_free(entry);
	git_tree_free(root);
	return r;
}

static pv_val
describe(pv_ctx *cx, git_commit *commit, const git_oid *tree, const pv_val *files)
{
	const git_signature *author = git_commit_author(commit);
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "commit", pv_string(cx->arena, git_oid_tostr_s(git_commit_id(commit))));
	pv_objb_put(&b, "author", pv_stringf(cx->arena, "%s <%s>", author->name, author->email));
	pv_objb_put(&b, "date",
		    pv_string(cx->arena, pv_time_format(cx->arena, git_commit_time(commit) * PV_SEC)));
	pv_objb_put(&b, "message", pv_string(cx->arena, git_commit_message(commit)));
	pv_objb_put(&b, "tree",
		    pv_string(cx->arena, git_oid_tostr_s(tree))); /* one buffer for all of libgit2 */
	if (files)
		pv_objb_put(&b, "files", *files);
	return pv_objb_end(&b);
}

/* The files below `path` of a revision; with globs, their texts. */
static int
read_files(pv_ctx *cx, const pv_val *request, const char *revision, const char *path, const pv_val *globs,
	   pv_val *ret)
{
	const char *url = pv_text_at(request, "name", "");
	git_repository *repo = NULL;
	git_commit *commit = NULL;
	git_tree *tree = NULL;
	struct walk w = {.cx = cx, .url = url, .base = path, .globs = globs};
	int r;
	git_start();
	r = git_open(cx, pv_text_at(request, "mirror", ""), url, &repo);
	if (r == 0)
		r = git_resolve(cx, repo, url, revision, &commit);
	if (r == 0)
		r = subtree(cx, repo, commit, url, path, &tree);
	if (r == 0) {
		w.repo = repo;
		r = walk_tree(&w, tree);
	}
	if (r == 0)
		*ret = describe(cx, commit, git_tree_id(tree), pv_box(cx->arena, pv_listb_end(&w.files)));
	git_tree_free(tree);
	git_commit_free(commit);
	git_repository_free(repo);
	return r;
}

/* ---- which directories a commit has ---- */

static int
note_directory(const char *root, const git_tree_entry *entry, void *arg)
{
	struct walk *w = arg;
	if (++w->entries > ENTRIES_MOST)
		return -1;
	if (git_tree_entry_type(entry) != GIT_OBJECT_TREE)
		return 0;
	if (w->directories.len >= DIRECTORIES_MOST)
		return -1;
	pv_objb_add(&w->directories, pv_string_ref(path_below(w, root, entry)),
		    pv_string(w->cx->arena, git_oid_tostr_s(git_tree_entry_id(entry))));
	return 0;
}

int
git_directories(pv_ctx *cx, const git_tree *tree, pv_val *ret)
{
	struct walk w = {.cx = cx, .base = ""};
	pv_objb_init(&w.directories, cx->arena);
	if (git_tree_walk(tree, GIT_TREEWALK_PRE, note_directory, &w) != 0)
		return 0;
	*ret = pv_objb_end(&w.directories);
	return 1;
}

int
repo_commit(pv_ctx *cx, const pv_val *request, pv_val *ret)
{
	const char *url = pv_text_at(request, "name", "");
	git_repository *repo = NULL;
	git_commit *commit = NULL;
	git_tree *tree = NULL;
	pv_val directories;
	int r;
	git_start();
	r = git_open(cx, pv_text_at(request, "mirror", ""), url, &repo);
	if (r == 0)
		r = git_resolve(cx, repo, url, pv_text_at(request, "revision", ""), &commit);
	if (r == 0 && git_commit_tree(&tree, commit) < 0)
		r = git_fail(cx, url, GIT_ERROR);
	if (r == 0) {
		*ret = describe(cx, commit, git_tree_id(tree), NULL);
		if (git_directories(cx, tree, &directories))
			*ret = pv_with(cx->arena, ret, "directories", directories);
	}
	git_tree_free(tree);
	git_commit_free(commit);
	git_repository_free(repo);
	return r;
}

int
pv_git_read(pv_ctx *cx, const pv_val *request, pv_val *ret)
{
	const char *url = pv_text_at(request, "name", ""),
		   *base = pv_git_path(cx->arena, pv_text_at(request, "path", ""));
	struct walk w = {.cx = cx,
			 .url = url,
			 .base = base,
			 .globs = pv_get(request, "paths"),
			 .raw = pv_truth_at(request, "bytes", false)};
	git_tree *tree = NULL;
	git_oid id;
	pv_objb b;
	int r;
	git_start();
	r = git_open(cx, pv_text_at(request, "mirror", ""), url, &w.repo);
	if (r == 0 && (git_oid_fromstr(&id, pv_text_at(request, "tree", "")) < 0 ||
		       git_tree_lookup(&tree, w.repo, &id) < 0))
		r = git_fail(cx, url, GIT_ERROR);
	if (r == 0)
		r = walk_tree(&w, tree);
	if (r == 0) {
		pv_objb_init(&b, cx->arena);
		pv_objb_put(&b, "files", pv_listb_end(&w.files));
		*ret = pv_objb_end(&b);
	}
	git_tree_free(tree);
	git_repository_free(w.repo);
	return r;
}

int
repo_tree(pv_ctx *cx, const pv_val *request, pv_val *ret)
{
	return read_files(cx, request, pv_text_at(request, "revision", ""),
			  pv_git_path(cx->arena, pv_text_at(request, "path", "")), NULL, ret);
}

int
repo_files(pv_ctx *cx, const pv_val *request, pv_val *ret)
{
	pv_listb none;
	const pv_val *globs = pv_get(request, "paths");
	pv_val empty;
	pv_listb_init(&none, cx->arena);
	empty = pv_listb_end(&none);
	return read_files(cx, request, pv_text_at(request, "commit", ""), "", globs ? globs : &empty, ret);
}
