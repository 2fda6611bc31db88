/* unpack: an archive as a tree of a mirror.  Runs in a child that may read the archive and write the mirror. */
#include <string.h>

#include "base/file.h"
#include "base/gzip.h"
#include "base/str.h"
#include "base/tar.h"
#include "core/git/git.h"
#include "core/git/inside.h"
#include "core/git/repo.h"

#define TAR_MOST (BYTES_MOST + (size_t)FILES_MOST * 1024) /* two blocks a file besides its bytes */

struct unpacking {
	pv_ctx *cx;
	const char *name; /* of the repository, for people */
	git_repository *repo;
	git_index *index;
	bool strip;
	size_t bytes;
};

static int
fault(struct unpacking *u)
{
	return git_fail(u->cx, u->name, GIT_ERROR);
}

static int
load(struct unpacking *u, const char *archive, pv_vec *ret)
{
	pv_str bytes;
	int r = pv_file_load(u->cx, archive, BYTES_MOST, &bytes);
	if (r == 0 && bytes.len > 2 && memcmp(bytes.s, "\x1f\x8b", 2) == 0)
		r = pv_gunzip_strange(u->cx, bytes, TAR_MOST, &bytes);
	if (r == 0)
		r = pv_tar_read_links(u->cx, bytes, FILES_MOST, ret);
	return r < 0 ? pv_wrap(u->cx, r, "repository %s: could not decompress layer", u->name) : 0;
}

/* How many folders below the archive's own the path ends, -1 if it leaves it on the way. */
static int
depth_of(pv_str path, int depth)
{
	pv_str piece;
	if (path.len && *path.s == '/')
		return -1;
	while (depth >= 0 && pv_str_next(&path, '/', &piece)) {
		if (pv_str_is(piece, ".."))
			depth--;
		else if (piece.len && !pv_str_is(piece, "."))
			depth++;
	}
	return depth;
}

static int
check(struct unpacking *u, const pv_tar_file *f)
{
	const char *slash = strrchr(f->name, '/');
	pv_str folder = {f->name, slash ? (size_t)(slash - f->name) : 0};
	bool out = depth_of(pv_str_of(f->name), 0) < 1,
	     link = !out && f->link && depth_of(pv_str_of(f->link), depth_of(folder, 0)) < 0;
	if (!out && !link)
		return 0;
	return pv_fail(
		u->cx, PV_EINVALID,
		"repository %s: could not decompress layer: illegal filepath%s: %s%s%s leads out of it",
		u->name, link ? " in symlink" : "", f->name, f->link ? " -> " : "", f->link ? f->link : "");
}

static int
add_file(struct unpacking *u, const pv_tar_file *f)
{
	git_index_entry entry = {.mode = GIT_FILEMODE_BLOB};
	char *path = pv_git_path(u->cx->arena, f->name), *inner = strchr(path, '/');
	entry.path = u->strip && inner ? inner + 1 : path;
	u->bytes += f->bytes.len;
	if (f->bytes.len > FILE_BYTES_MOST || u->bytes > BYTES_MOST)
		return pv_fail(u->cx, PV_ETOOLARGE, "repository %s: %s (at %s)", u->name,
			       f->bytes.len > FILE_BYTES_MOST ? "a file is larger than 1 MiB"
							      : "the files come to more than 64 MiB",
			       f->name);
	if (git_blob_create_from_buffer(&entry.id, u->repo, f->bytes.s, f->bytes.len) < 0)
		return fault(u);
	if (git_index_add(u->index, &entry) < 0)
		return pv_fail(u->cx, PV_EINVALID,
			       "repository %s: could not decompress layer: illegal filepath: %s", u->name,
			       f->name);
	return 0;
}

static int
write_tree(struct unpacking *u, pv_val *ret)
{
	git_tree *tree = NULL;
	pv_val directories;
	git_oid id;
	if (git_index_write_tree_to(&id, u->index, u->repo) < 0 || git_tree_lookup(&tree, u->repo, &id) < 0)
		return fault(u);
	*ret = pv_with(u->cx->arena, NULL, "tree", pv_string(u->cx->arena, git_oid_tostr_s(&id)));
	if (git_directories(u->cx, tree, &directories))
		*ret = pv_with(u->cx->arena, ret, "directories", directories);
	git_tree_free(tree);
	return 0;
}

int
repo_unpack(pv_ctx *cx, const pv_val *request, pv_val *ret)
{
	struct unpacking u = {.cx = cx,
			      .name = pv_text_at(request, "name", ""),
			      .strip = pv_truth_at(request, "strip", false)};
	pv_vec files;
	int r = load(&u, pv_text_at(request, "archive", ""), &files);
	for (size_t i = 0; r == 0 && i < files.len; i++)
		r = check(&u, PV_AT(pv_tar_file, &files, i));
	if (r < 0)
		return r;
	git_start();
	r = git_open_or_make(cx, pv_text_at(request, "mirror", ""), u.name, &u.repo);
	if (r == 0 && git_index_new(&u.index) < 0)
		r = fault(&u);
	for (size_t i = 0; r == 0 && i < files.len; i++)
		if (!PV_AT(pv_tar_file, &files, i)->link)
			r = add_file(&u, PV_AT(pv_tar_file, &files, i));
	if (r == 0)
		r = write_tree(&u, ret);
	git_index_free(u.index);
	git_repository_free(u.repo);
	return r;
}
