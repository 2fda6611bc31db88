/* Whole files. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/time.h"

#define DAY (24 * 3600 * PV_SEC)

static int
code_of_errno(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR: return PV_ENOTFOUND;
	case EACCES:
	case EPERM:
	case EROFS: return PV_EFORBIDDEN;
	case EIO:
	case ENOSPC:
	case EDQUOT: return PV_EUNAVAILABLE;
	default: return PV_EINTERNAL;
	}
}

static int
fail_errno(pv_ctx *cx, const char *doing, const char *path)
{
	int error = errno;

	return pv_fail(cx, code_of_errno(error), "%s %s: %s", doing, path, strerror(error));
}

static int
read_all(pv_ctx *cx, int fd, const char *path, size_t size, size_t limit, pv_str *ret)
{
	pv_buf b;

	pv_buf_init(&b, cx->arena);
	if (size > 0 && size <= limit)
		(void)pv_buf_grow(&b, size + 1); /* one more to see its end */
	for (;;) {
		char *end = pv_buf_grow(&b, b.cap - b.len > 1 ? b.cap - b.len - 1 : 4096);
		ssize_t n = read(fd, end, b.cap - b.len - 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(cx, "reading", path);
		b.len += (size_t)n;
		b.s[b.len] = '\0';
		if (b.len > limit)
			return pv_fail(cx, PV_ETOOLARGE, "reading %s: over the limit of %zu bytes", path,
				       limit);
		if (n == 0)
			break;
	}
	*ret = (pv_str){b.s, b.len};
	return 0;
}

static int
load(pv_ctx *cx, const char *path, size_t limit, bool secret, pv_str *ret)
{
	int r, fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return fail_errno(cx, "opening", path);
	if (fstat(fd, &st) < 0)
		r = fail_errno(cx, "looking at", path);
	else if (S_ISDIR(st.st_mode))
		r = pv_fail(cx, PV_EBADREQUEST, "reading %s: expected a file, found a directory", path);
	else if (secret && (st.st_mode & 077) != 0)
		r = pv_fail(cx, PV_EFORBIDDEN,
			    "%s holds a secret and has mode %03o: others may read it; run chmod 600 %s", path,
			    (unsigned)st.st_mode & 0777, path);
	else
		r = read_all(cx, fd, path, (size_t)st.st_size, limit, ret);
	close(fd);
	return r;
}

int
pv_file_load(pv_ctx *cx, const char *path, size_t limit, pv_str *ret)
{
	return load(cx, path, limit, false, ret);
}

int
pv_file_load_secret(pv_ctx *cx, const char *path, size_t limit, pv_str *ret)
{
	return load(cx, path, limit, true, ret);
}

static int
write_all(int fd, pv_str bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.s, bytes.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		bytes.s += n;
		bytes.len -= (size_t)n;
	}
	return 0;
}

int
pv_dir_sync_of(pv_ctx *cx, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *dir =
		slash == NULL ? "." : pv_strndup(cx->arena, path, slash == path ? 1 : (size_t)(slash - path));
	int r = 0, fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL)) /* EINVAL: its file system has no such thing */
		r = fail_errno(cx, "syncing", dir);
	if (fd >= 0)
		close(fd);
	return r;
}

int
pv_file_move(pv_ctx *cx, const char *from, const char *to)
{
	return rename(from, to) == 0 ? pv_dir_sync_of(cx, to) : fail_errno(cx, "moving", from);
}

int
pv_file_save(pv_ctx *cx, const char *path, pv_str bytes, unsigned mode)
{
	char *temporary = pv_printf(cx->arena, "%s.XXXXXX", path);
	int error, fd = mkostemp(temporary, O_CLOEXEC);

	if (fd < 0)
		return fail_errno(cx, "writing", path);
	if (fchmod(fd, (mode_t)mode) == 0 && write_all(fd, bytes) == 0 && fsync(fd) == 0 &&
	    rename(temporary, path) == 0) {
		close(fd);
		return pv_dir_sync_of(cx, path);
	}
	error = errno;
	close(fd);
	unlink(temporary);
	errno = error;
	return fail_errno(cx, "writing", path);
}

static int
make_one(pv_ctx *cx, const char *path, unsigned mode)
{
	int r;

	if (mkdir(path, (mode_t)mode) < 0)
		return errno == EEXIST ? 0 : fail_errno(cx, "making directory", path);
	r = pv_dir_sync_of(cx, path);
	if (r < 0)
		rmdir(path); /* the next try is to sync it, too */
	return r;
}

int
pv_dir_make(pv_ctx *cx, const char *path, unsigned mode)
{
	char *part = pv_strdup(cx->arena, path), *end = part + strlen(part);
	struct stat st;
	int r = 0;

	while (end > part + 1 && end[-1] == '/')
		*--end = '\0';
	for (char *c = part + 1; r == 0 && c < end; c++) {
		if (*c != '/')
			continue;
		*c = '\0';
		r = make_one(cx, part, 0755);
		*c = '/';
	}
	if (r == 0 && end > part)
		r = make_one(cx, part, mode);
	if (r < 0)
		return r;
	if (stat(path, &st) < 0)
		return fail_errno(cx, "looking at", path);
	if (!S_ISDIR(st.st_mode))
		return pv_fail(cx, PV_EBADREQUEST, "%s: expected a directory, found a file", path);
	return 0;
}

static int
remove_one(const char *path, const struct stat *st PV_UNUSED, int type PV_UNUSED, struct FTW *at PV_UNUSED)
{
	return remove(path);
}

void
pv_dir_drop(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void
pv_dir_sweep(pv_arena *arena, const char *folder, const char *prefix)
{
	DIR *dir = opendir(folder);

	for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
		const char *path = pv_printf(arena, "%s/%s", folder, e->d_name);
		struct stat st;

		if (pv_starts_with(e->d_name, prefix) && lstat(path, &st) == 0 &&
		    pv_now() - st.st_mtim.tv_sec * PV_SEC > DAY)
			pv_dir_drop(path);
	}
	if (dir != NULL)
		closedir(dir);
}
