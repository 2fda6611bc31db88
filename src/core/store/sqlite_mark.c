/* The mark: beside the database, the newest revision whose group was acknowledged.  SQLite takes its
 * write-ahead log to end at the first frame that is not whole, for so looks a torn write; damage in the
 * middle of it, or a log that is gone, looks the same, and what was behind would be missing without a word.
 * The mark is written behind each commit and not synced: it may come to the disk late, but never says more
 * than the disk had. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "core/store/sqlite.h"

#define FORM "%020lld\n" /* one length always, so that a write replaces all of it */
#define LENGTH 21

int
sqlite_mark_open(pv_ctx *cx, sqlite *s)
{
	const char *path = pv_printf(cx->arena, "%s" MARK, s->path);
	char text[LENGTH + 1] = "";
	ssize_t n;

	s->mark_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	n = s->mark_fd < 0 ? -1 : pread(s->mark_fd, text, LENGTH, 0);
	if (n < 0)
		return pv_fail(cx, PV_EUNAVAILABLE, "store: cannot open %s: %s", path, strerror(errno));
	if (n < LENGTH || !pv_parse_int((pv_str){text, LENGTH - 1}, &s->marked))
		s->marked = 0; /* none yet */
	return 0;
}

/* Without room for it the next commit will not have any either; that one tells. */
void
sqlite_mark_set(const sqlite *s, int64_t rev)
{
	char text[LENGTH + 1];
	int n = snprintf(text, sizeof text, FORM, (long long)rev);

	if (pwrite(s->mark_fd, text, (size_t)n, 0) < 0)
		errno = 0;
}

int
sqlite_given(pv_ctx *cx, pv_engine *engine, int64_t newest)
{
	const sqlite *s = (const sqlite *)engine;

	if (s->marked <= newest)
		return 0;
	/* What is left of the log stays for whoever looks at it. */
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_db_config(s->side, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	return pv_fail(cx, PV_EINTERNAL,
		       "store: %s has lost writes: revision %lld was acknowledged, and the newest there is "
		       "%lld: its write-ahead log (%s-wal) is damaged, cut or gone: put it back, restore a "
		       "backup, or go on without them: pave check --data DIR --accept-loss",
		       s->path, (long long)s->marked, (long long)newest, s->path);
}
