/* Commits that do not wait for the disk, and the one sync that makes up for all of them: groups lie in the log in
 * their order, and no checkpoint is made meanwhile, so a crash leaves some of the first of them and never half of
 * one.  If that sync fails they are in nothing but the system's memory, and no other sync would say so: nothing
 * is taken any more, and the next start writes what is left of them again. */
#include "core/store/sqlite.h"

sqlite3_file *
sqlite_log_file(sqlite3 *db)
{
	sqlite3_file *log = NULL;
	int rc = sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, (void *)&log);

	return rc != SQLITE_OK || log == NULL || log->pMethods == NULL ? NULL : log;
}

static int
set(sqlite *s, bool lax)
{
	sqlite3_file *log = sqlite_log_file(s->db);
	int rc;

	pthread_mutex_lock(&s->side_lock);
	rc = log == NULL ? SQLITE_OK : sqlite_wal_lax(log, lax);
	s->lax = lax || rc != SQLITE_OK;
	s->lax_lost = rc != SQLITE_OK;
	pthread_mutex_unlock(&s->side_lock);
	return rc;
}

int
sqlite_lax_begin(sqlite *s)
{
	if (s->lax)
		return s->lax_lost ? SQLITE_IOERR_FSYNC : SQLITE_OK;
	return set(s, true);
}

int
sqlite_lax_end(sqlite *s)
{
	int rc;

	if (!s->lax || s->lax_lost)
		return s->lax ? SQLITE_IOERR_FSYNC : SQLITE_OK;
	rc = set(s, false);
	if (rc == SQLITE_OK && s->lax_rev > 0)
		sqlite_mark_set(s, s->lax_rev);
	return rc;
}
