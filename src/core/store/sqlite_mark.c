/* The mark: beside the database, the newest revision whose group was acknowledged.  SQLite takes its
 * write-ahead log to end at the first frame that is not whole, for so looks a torn write; damage in the
 * middle of it, or a log that is gone, looks the same, and what was behind would be missing without a word.
 * The mark is written behind each commit and not synced: it may come to the disk late, but never says more
 * than the disk had.  The database has a fact of its own that there is one, so that a mark that is gone is
 * noticed, too: from the first commit behind a mark that is on the disk to a close, which leaves no log. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "core/store/backup_priv.h"
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
	if (s->marked > 0)
		sqlite_mark_set(s, s->marked); /* what is there may not be on the disk, and look so */
	return 0;
}

/* Without room for it the next commit will not have any either; that one tells. */
void
sqlite_mark_set(sqlite *s, int64_t rev)
{
	char text[LENGTH + 1];
	int n = snprintf(text, sizeof text, FORM, (long long)rev);

	if (pwrite(s->mark_fd, text, (size_t)n, 0) == n)
		s->mark_kept = true;
	else
		errno = 0;
}

int
sqlite_mark_told(pv_ctx *cx, sqlite *s)
{
	int64_t n = 0;
	int r = sqlite_number(cx, s, "SELECT count(*) FROM meta WHERE name = '" FACT_MARKED "'", &n);

	s->mark_told = n > 0;
	return r;
}

int
sqlite_mark_tell(sqlite *s)
{
	pv_meta fact = {FACT_MARKED, PV_STR("")};

	if (s->mark_told || !s->mark_kept)
		return SQLITE_OK;
	if (fdatasync(s->mark_fd) == 0)
		return sqlite_put_meta(s, &fact);
	s->mark_kept = false; /* another sync would say nothing of it: the next write of it is another one */
	return SQLITE_OK;
}

void
sqlite_mark_done(sqlite *s)
{
	pv_meta fact = {FACT_MARKED, {NULL, 0}};

	if (s->mark_told && s->mark_kept && s->sql[SQL_META_DELETE] != NULL)
		(void)sqlite_put_meta(s, &fact);
}

static int
fail_unmarked(pv_ctx *cx, const sqlite *s)
{
	return pv_fail(
		cx, PV_EINTERNAL,
		"store: %s" MARK " is gone, empty or damaged, and there has been one: expected the newest "
		"revision that was acknowledged in it, for without it nobody knows whether the write-ahead "
		"log is whole: put it back, restore a backup, or go on with what there is: pave check "
		"--data DIR --accept-loss",
		s->path);
}

int
sqlite_given(pv_ctx *cx, pv_engine *engine, int64_t newest)
{
	sqlite *s = (sqlite *)engine;

	if (s->marked <= newest && (s->marked > 0 || !s->mark_told))
		return 0;
	/* What is left of the log stays for whoever looks at it. */
	s->mark_kept = false;
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_db_config(s->side, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	if (s->marked == 0)
		return fail_unmarked(cx, s);
	return pv_fail(cx, PV_EINTERNAL,
		       "store: %s has lost writes: revision %lld was acknowledged, and the newest there is "
		       "%lld: its write-ahead log (%s-wal) is damaged, cut or gone: put it back, restore a "
		       "backup, or go on without them: pave check --data DIR --accept-loss",
		       s->path, (long long)s->marked, (long long)newest, s->path);
}
