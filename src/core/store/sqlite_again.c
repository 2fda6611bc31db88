/* What a life before this one wrote may look whole and not be on the disk: Linux takes the pages of a sync that
 * failed for clean, and a later sync, also by another process, says nothing of them.  What is built upon would
 * be lost with them, so it is written again first, byte for byte, which makes the pages dirty. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "core/store/sqlite.h"

#define PART ((size_t)64 << 10)

static int
write_again(int fd)
{
	char bytes[PART];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, bytes, sizeof bytes, at)) > 0) {
		if (pwrite(fd, bytes, (size_t)n, at) != n)
			return -1;
		at += n;
	}
	return n < 0 || fdatasync(fd) != 0 ? -1 : 0;
}

/* Until the first checkpoint the database is a page that says whose it is, and that there is a log. */
int
sqlite_again_first_page(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_size > 0 && st.st_size <= PAGE_SIZE ? write_again(fd) : 0;
}

/* A group that could not be synced has failed, and may be in the log all the same: without it, all groups
 * behind it are lost.  Nobody may write there meanwhile. */
int
sqlite_again_log(pv_ctx *cx, const sqlite *s)
{
	const char *path = pv_printf(cx->arena, "%s-wal", s->path);
	int fd = open(path, O_RDWR | O_CLOEXEC), rc, r = 0;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || st.st_size == 0) {
		bool none = fd >= 0 || errno == ENOENT;

		if (fd >= 0)
			close(fd);
		return none ? 0
			    : pv_fail(cx, PV_EUNAVAILABLE, "store: cannot open %s: %s", path,
				      strerror(errno));
	}
	rc = sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		r = sqlite_fail(cx, s, s->db, rc, "open");
	else if (write_again(fd) != 0)
		r = pv_fail(cx, PV_EUNAVAILABLE,
			    "store: cannot write %s: %s: the disk fails: look at it, and start again", path,
			    strerror(errno));
	if (rc == SQLITE_OK)
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	close(fd);
	return r;
}
