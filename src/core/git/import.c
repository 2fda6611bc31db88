/* import: a folder becomes a repository.  Trusted files of the administrator's, so no job. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "core/git/git.h"
#include "core/git/inside.h"

#define DEPTH 16
#define FILE_MOST (16u << 20)

static int
copy_tree(pv_ctx *cx, const char *from, const char *to, int depth)
{
	DIR *d = opendir(from);
	const struct dirent *e;
	int r = d ? pv_dir_make(cx, to, 0755) : pv_fail(cx, PV_ENOTFOUND, "%s: %s", from, strerror(errno));
	while (r == 0 && (e = readdir(d))) {
		char *source = pv_printf(cx->arena, "%s/%s", from, e->d_name),
		     *target = pv_printf(cx->arena, "%s/%s", to, e->d_name);
		struct stat st;
		pv_str bytes;
		if (pv_streq(e->d_name, ".") || pv_streq(e->d_name, "..") || lstat(source, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode)) {
			r = depth < DEPTH
				    ? copy_tree(cx, source, target, depth + 1)
				    : pv_fail(cx, PV_EINVALID, "%s: deeper than %d folders", source, DEPTH);
		} else if (S_ISREG(st.st_mode)) {
			r = pv_file_load(cx, source, FILE_MOST, &bytes);
			if (r == 0)
				r = pv_file_save(cx, target, bytes, 0644);
		}
	}
	if (d)
		closedir(d);
	return r;
}

static int
commit_all(git_repository *repo)
{
	git_signature *who = NULL;
	git_index *index = NULL;
	git_tree *tree = NULL;
	git_oid oid;
	int code = git_repository_index(&index, repo);
	if (code == 0)
		code = git_index_add_all(index, NULL, 0, NULL, NULL);
	if (code == 0)
		code = git_index_write(index);
	if (code == 0)
		code = git_index_write_tree(&oid, index);
	if (code == 0)
		code = git_tree_lookup(&tree, repo, &oid);
	if (code == 0)
		code = git_signature_now(&who, "Pave example", "example@pave.dev");
	if (code == 0)
		code = git_commit_create(&oid, repo, "HEAD", who, who, NULL, "Start", tree, 0, NULL);
	git_signature_free(who);
	git_tree_free(tree);
	git_index_free(index);
	return code;
}

int
pv_git_import(pv_ctx *cx, const char *folder, const char *path)
{
	git_repository_init_options opts;
	git_repository *repo = NULL;
	int code, r;
	if (access(pv_printf(cx->arena, "%s/.git", path), F_OK) == 0)
		return 0;
	r = copy_tree(cx, folder, path, 0);
	if (r < 0)
		return r;
	git_start();
	code = git_repository_init_options_init(&opts, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
	opts.initial_head = "main";
	if (code == 0)
		code = git_repository_init_ext(&repo, path, &opts);
	if (code == 0)
		code = commit_all(repo);
	git_repository_free(repo);
	return code < 0 ? git_fail(cx, path, code) : 0;
}
