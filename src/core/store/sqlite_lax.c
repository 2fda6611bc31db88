/* Commits that do not wait for the disk, and the one sync that makes up for all of them: groups lie in the log in
 * their order, and a checkpoint syncs it first, so a crash leaves some of the first of them and never half of
 * one. */
#include "core/store/sqlite.h"

static int
set(sqlite *s, bool lax)
{
	sqlite3_file *log = NULL;
	int rc = sqlite3_file_control(s->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, (void *)&log);

	return rc != SQLITE_OK || log == NULL || log->pMethods == NULL ? rc : sqlite_wal_lax(log, lax);
}

int
sqlite_lax_begin(sqlite *s)
{
	if (s->lax)
		return SQLITE_OK;
	s->lax = true;
	return set(s, true);
}

int
sqlite_lax_end(sqlite *s)
{
	int rc;

	if (!s->lax)
		return SQLITE_OK;
	rc = set(s, false);
	if (rc == SQLITE_OK)
		s->lax = false;
	if (rc == SQLITE_OK && s->lax_rev > 0)
		sqlite_mark_set(s, s->lax_rev);
	return rc;
}
