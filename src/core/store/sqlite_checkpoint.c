/* Checkpoints: the write-ahead log is copied to the database, and begins anew.
 *
 * One that does not come to the end of the log writes without a sync, and counts what it wrote as copied.  When
 * the disk fails a later sync, Linux says so once and takes all those pages for clean: a sync that succeeds
 * says nothing of them any more, and they are gone when the power is.  The log still has them.  So after any
 * failure nothing counts as copied: the next checkpoint writes all of the log again, which makes every page
 * dirty again, and the log does not begin anew before one has come to its end and was synced. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "core/store/sqlite.h"

/* The file stays as long as it ever was, for to write over is faster than to append; it is
 * emptied after a while with so few pages written. */
#define WAL_CALM (20 * PV_SEC)
#define WAL_FEW 128

/* Of the log's index, in words: the form of it, and the frames that are copied; and the lock of who copies:
 * https://sqlite.org/walformat.html */
#define INDEX_FORM 0
#define INDEX_COPIED 24
#define INDEX_SIZE 32768
#define INDEX_LOCK 1
#define FORM 3007000u

/* From so many pages on the log is copied to the database beside the commits; from log_pages on the writer
 * itself copies what is left, so that the log can begin anew however busy it is. */
static int
soon(const sqlite *s)
{
	return s->log_pages / 4;
}

/* ---- what is copied ---- */

static int
set_copied_none(sqlite3_file *f)
{
	void volatile *at = NULL;
	_Atomic uint32_t *index;
	int rc = f->pMethods->xShmMap(f, 0, INDEX_SIZE, 0, &at);

	if (rc != SQLITE_OK || at == NULL) /* no index: nothing is copied */
		return rc;
	index = (_Atomic uint32_t *)(uintptr_t)at;
	if (atomic_load(&index[INDEX_FORM]) != FORM && atomic_load(&index[INDEX_FORM]) != 0)
		return SQLITE_INTERNAL;
	rc = f->pMethods->xShmLock(f, INDEX_LOCK, 1, SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE);
	if (rc != SQLITE_OK)
		return rc;
	atomic_store(&index[INDEX_COPIED], 0);
	return f->pMethods->xShmLock(f, INDEX_LOCK, 1, SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE);
}

/* Readers that go by the database alone keep checkpoints out of it until they are done: less may count as
 * copied at any time. */
static int
doubt_copied(sqlite *s, sqlite3 *db)
{
	sqlite3_file *f = NULL;
	int rc;

	if (!s->doubt)
		return SQLITE_OK;
	if (sqlite_log_file(db) == NULL) /* it has not read yet, and copies nothing */
		return SQLITE_BUSY;
	rc = sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, (void *)&f);
	if (rc == SQLITE_OK)
		rc = set_copied_none(f);
	s->doubt = rc != SQLITE_OK;
	return rc;
}

static void
tell_failed(const sqlite *s, sqlite3 *db, int rc)
{
	int e = sqlite3_system_errno(db);
	bool full = (rc & 0xff) == SQLITE_FULL || e == ENOSPC || e == EDQUOT;

	pv_log(PV_ERROR, "store", "checkpoint failed", "file", s->path, "error", sqlite3_errstr(rc), "cause",
	       (rc & 0xff) == SQLITE_IOERR && e != 0 ? strerror(e) : "", "state",
	       "nothing is lost: the write-ahead log has everything, and all of it is copied again", "advice",
	       full ? "free some room on the disk" : "look at the disk, and make a backup", NULL);
}

/* side_lock is held. */
static int
checkpoint(sqlite *s, sqlite3 *db, int mode, int *ret_pages, int *ret_done)
{
	int rc = doubt_copied(s, db);

	if (rc == SQLITE_OK)
		rc = sqlite3_wal_checkpoint_v2(db, NULL, mode, ret_pages, ret_done);
	if (rc == SQLITE_OK || (rc & 0xff) == SQLITE_BUSY)
		return rc;
	s->doubt = true;
	atomic_fetch_add(&s->engine.faults, 1);
	tell_failed(s, db, rc);
	(void)doubt_copied(s, db); /* at once, for readers; if it cannot be yet, before the next one */
	return rc;
}

/* ---- by the writer ---- */

/* While another one is at work the next commit will do. */
void
sqlite_checkpoint_long(sqlite *s)
{
	int pages = atomic_load_explicit(&s->wal_pages, memory_order_relaxed), rc;

	if (s->lax || pages < s->log_pages || pages < s->wal_again ||
	    pthread_mutex_trylock(&s->side_lock) != 0)
		return;
	rc = checkpoint(s, s->db, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	s->wal_again = rc == SQLITE_OK || (rc & 0xff) == SQLITE_BUSY ? 0 : pages + soon(s);
	pthread_mutex_unlock(&s->side_lock);
}

int
sqlite_checkpoint_all(sqlite *s)
{
	int rc;

	pthread_mutex_lock(&s->side_lock);
	rc = checkpoint(s, s->db, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	pthread_mutex_unlock(&s->side_lock);
	return rc;
}

/* Closing the last connection copies the log and removes it: not one that the disk may not have, for a
 * checkpoint does not look at the sums of frames, as a start does. */
void
sqlite_checkpoint_last(sqlite *s)
{
	if (s->db != NULL && (s->lax_lost || doubt_copied(s, s->db) != SQLITE_OK))
		sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

/* ---- beside the commits ---- */

bool
sqlite_due(pv_engine *engine)
{
	const sqlite *s = (const sqlite *)engine;

	return atomic_load_explicit(&s->wal_pages, memory_order_relaxed) -
		       atomic_load_explicit(&s->wal_done, memory_order_relaxed) >=
	       soon(s);
}

/* Is the log's file long for nothing?  Looked at once in a while. */
static bool
is_long(sqlite *s)
{
	int64_t now = pv_mono(), before = s->sample;

	if (now - s->sampled < WAL_CALM)
		return false;
	s->sampled = now;
	s->sample = atomic_load(&s->wal_written);
	return s->sample - before < WAL_FEW && atomic_load(&s->wal_high) >= soon(s);
}

bool
sqlite_upkeep(pv_engine *engine)
{
	sqlite *s = (sqlite *)engine;
	bool empty = is_long(s);
	int pages = 0, done = 0, rc = SQLITE_BUSY;

	if (!empty && !sqlite_due(engine))
		return false;
	pthread_mutex_lock(&s->side_lock);
	if (empty) /* it keeps the writer out: never while a stranger reads on */
		sqlite3_busy_timeout(s->side, 0);
	if (!s->lax) /* its sync is the one that tells of all the others */
		rc = checkpoint(s, s->side, empty ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE,
				&pages, &done);
	if (empty)
		sqlite3_busy_timeout(s->side, s->patience);
	if (empty && rc == SQLITE_OK) {
		atomic_store(&s->wal_high, 0);
		atomic_store(&s->wal_pages, pages);
	}
	pthread_mutex_unlock(&s->side_lock);
	atomic_store_explicit(&s->wal_done, rc == SQLITE_OK ? done : atomic_load(&s->wal_pages),
			      memory_order_relaxed);
	return rc == SQLITE_OK;
}
