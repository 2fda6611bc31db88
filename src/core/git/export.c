/* export: a tree of a mirror as files.  Runs in a child that may read the mirror and write the folder. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "core/git/git.h"
#include "core/git/inside.h"
#include "core/git/repo.h"

struct export
{
	pv_ctx *cx;
	git_repository *repo;
	const char *name, *folder; /* name: of the repository, for people */
	bool modes;                /* files that may be executed stay so */
	size_t bytes, files, entries;
	int failed;
};

static int
fault(struct export *e, const char *path)
{
	return pv_fail(e->cx, PV_EUNAVAILABLE, "repository %s: writing %s: %s", e->name, path,
		       strerror(errno));
}

/* Does the text of a link, in that folder, stay below the top? */
static bool
stays(const char *folder, const char *text)
{
	int depth = 0;
	pv_str rest = pv_str_of(folder), one;
	while (pv_str_next(&rest, '/', &one))
		depth += one.len > 0;
	rest = pv_str_of(text);
	while (depth >= 0 && pv_str_next(&rest, '/', &one)) {
		if (pv_str_is(one, ".."))
			depth--;
		else if (one.len && !pv_str_is(one, "."))
			depth++;
	}
	return depth >= 0 && *text && *text != '/';
}

static int
write_bytes(struct export *e, const char *path, const git_blob *blob, mode_t mode)
{
	const char *at = git_blob_rawcontent(blob);
	size_t left = (size_t)git_blob_rawsize(blob);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode), r = 0;
	if (fd < 0)
		return fault(e, path);
	while (r == 0 && left > 0) {
		ssize_t n = write(fd, at, left);
		if (n < 0 && errno != EINTR)
			r = fault(e, path);
		at += n > 0 ? n : 0;
		left -= n > 0 ? (size_t)n : 0;
	}
	close(fd);
	return r;
}

static int
write_blob(struct export *e, const char *root, const git_tree_entry *entry, const char *path)
{
	git_filemode_t mode = git_tree_entry_filemode(entry);
	git_blob *blob = NULL;
	int r = 0;
	if (git_blob_lookup(&blob, e->repo, git_tree_entry_id(entry)) < 0)
		return git_fail(e->cx, e->name, GIT_ERROR);
	e->bytes += (size_t)git_blob_rawsize(blob);
	if (++e->files > FILES_MOST || e->bytes > BYTES_MOST) {
		r = pv_fail(e->cx, PV_ETOOLARGE, "repository %s: more than 10,000 files or 64 MiB (at %s)",
			    e->name, path);
	} else if (mode == GIT_FILEMODE_LINK) {
		const char *text =
			pv_strndup(e->cx->arena, git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));
		if (stays(root, text) && symlink(text, path) < 0)
			r = fault(e, path);
	} else {
		r = write_bytes(e, path, blob,
				e->modes && mode == GIT_FILEMODE_BLOB_EXECUTABLE ? 0700 : 0600);
	}
	git_blob_free(blob);
	return r;
}

static int
visit(const char *root, const git_tree_entry *entry, void *arg)
{
	struct export *e = arg;
	const char *path = pv_printf(e->cx->arena, "%s/%s%s", e->folder, root, git_tree_entry_name(entry));
	git_object_t type = git_tree_entry_type(entry);
	if (++e->entries > ENTRIES_MOST)
		e->failed = pv_fail(e->cx, PV_ETOOLARGE,
				    "repository %s: more than 1,000,000 files and directories", e->name);
	else if (type == GIT_OBJECT_TREE && mkdir(path, 0700) < 0)
		e->failed = fault(e, path);
	else if (type == GIT_OBJECT_BLOB)
		e->failed = write_blob(e, root, entry, path);
	return e->failed ? -1 : 0;
}

int
repo_export(pv_ctx *cx, const pv_val *request, pv_val *ret)
{
	struct export e = {.cx = cx,
			   .name = pv_text_at(request, "name", ""),
			   .folder = pv_text_at(request, "folder", ""),
			   .modes = pv_truth_at(request, "modes", false)};
	git_tree *tree = NULL;
	git_oid id;
	int code, r;
	git_start();
	r = git_open(cx, pv_text_at(request, "mirror", ""), e.name, &e.repo);
	if (r == 0 && (git_oid_fromstr(&id, pv_text_at(request, "tree", "")) < 0 ||
		       git_tree_lookup(&tree, e.repo, &id) < 0))
		r = git_fail(cx, e.name, GIT_ERROR);
	if (r == 0) {
		code = git_tree_walk(tree, GIT_TREEWALK_PRE, visit, &e);
		r = e.failed ? e.failed : code < 0 ? git_fail(cx, e.name, code) : 0;
	}
	*ret = pv_null();
	git_tree_free(tree);
	git_repository_free(e.repo);
	return r;
}
