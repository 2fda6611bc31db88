/* Opening the database: one process at a time, its own files only, in the schema
 * that this program knows. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "core/store/sqlite.h"

#define APPLICATION_ID 0x50617665 /* "Pave" */

/* upgrades[v] makes schema v + 1 out of v; schema 0 is the empty file. */
static const char *const upgrades[] = {
	"CREATE TABLE object(" /* stamp: where the revision's digits lie in json */
	" id INTEGER PRIMARY KEY, rev INTEGER NOT NULL, stamp INTEGER NOT NULL,"
	" type TEXT NOT NULL, ns TEXT NOT NULL, name TEXT NOT NULL, json TEXT NOT NULL) STRICT;"
	"CREATE TABLE log(" /* op: enum pv_event_type; prev_*: what was replaced */
	" rev INTEGER PRIMARY KEY, op INTEGER NOT NULL, id INTEGER NOT NULL,"
	" type TEXT NOT NULL, ns TEXT NOT NULL, name TEXT NOT NULL,"
	" prev_rev INTEGER, prev_stamp INTEGER, prev_json TEXT) STRICT;"
	"CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;",
	"ALTER TABLE object ADD COLUMN sum INTEGER;" /* sqlite_sum.c; NULL: written by schema 1 */
	"ALTER TABLE log ADD COLUMN sum INTEGER;"
	"ALTER TABLE meta ADD COLUMN sum INTEGER;",
};

static const char *const statements[SQL_STATEMENTS] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_ADD] = "INSERT INTO object(id, rev, stamp, json, sum, type, ns, name) VALUES(?,?,?,?,?,?,?,?)",
	[SQL_CHANGE] = "UPDATE object SET rev = ?2, stamp = ?3, json = ?4, sum = ?5 WHERE id = ?1",
	[SQL_DELETE] = "DELETE FROM object WHERE id = ?",
	[SQL_LOG] =
		"INSERT INTO log(rev, op, id, type, ns, name, prev_rev, prev_stamp, prev_json, sum) VALUES(?,?,?,?,?,?,?,?,?,?)",
	[SQL_FORGET] = "DELETE FROM log WHERE rev <= ?",
	[SQL_META_PUT] = "INSERT OR REPLACE INTO meta(name, value, sum) VALUES(?,?,?)",
	[SQL_META_DELETE] = "DELETE FROM meta WHERE name = ?",
};

int
sqlite_fail(pv_ctx *cx, const sqlite *s, sqlite3 *db, int rc, const char *doing)
{
	int e = db == NULL ? 0 : sqlite3_system_errno(db);
	int kind = rc & 0xff;

	if (e == 0 && db == s->db)
		e = s->last_errno;
	if (kind != SQLITE_IOERR && kind != SQLITE_CANTOPEN && kind != SQLITE_FULL)
		e = 0;
	if (kind == SQLITE_FULL || e == ENOSPC || e == EDQUOT || e == EFBIG)
		return pv_fail(cx, PV_EUNAVAILABLE,
			       "store: cannot %s %s: no room on the disk (%s): free some and "
			       "try again; nothing was stored",
			       doing, s->path, e != 0 ? strerror(e) : sqlite3_errstr(rc));
	if (kind == SQLITE_READONLY || kind == SQLITE_PERM || e == EROFS || e == EACCES || e == EPERM)
		return pv_fail(cx, PV_EUNAVAILABLE,
			       "store: cannot %s %s: it is read-only (%s): make the file and its "
			       "directory writable, or choose another with --data",
			       doing, s->path, e != 0 ? strerror(e) : sqlite3_errstr(rc));
	if (kind == SQLITE_BUSY)
		return pv_fail(
			cx, PV_EUNAVAILABLE,
			"store: cannot %s %s: another process has had it locked for %d ms: end that one "
			"(fuser %s names it) and try again; nothing was stored",
			doing, s->path, s->patience, s->path);
	if (s->lax_lost)
		return pv_fail(
			cx, PV_EUNAVAILABLE,
			"store: cannot %s %s: what the first start wrote did not come to the disk (%s): look at "
			"the disk, and start again; nothing was stored",
			doing, s->path, sqlite3_errstr(rc));
	if (kind == SQLITE_NOTADB)
		return pv_fail(cx, PV_EINTERNAL,
			       "store: %s is not a database of Pave's: move it away, or choose "
			       "another directory with --data",
			       s->path);
	if (kind == SQLITE_CORRUPT)
		return pv_fail(cx, PV_EINTERNAL,
			       "store: cannot %s %s: the file is damaged (%s): restore a backup, or "
			       "save what can be saved with: sqlite3 %s .recover",
			       doing, s->path, db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(rc), s->path);
	return pv_fail(cx, PV_EUNAVAILABLE, "store: cannot %s %s: %s%s%s", doing, s->path,
		       db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(rc), e != 0 ? ": " : "",
		       e != 0 ? strerror(e) : "");
}

static int
fail_errno(pv_ctx *cx, const char *doing, const char *path)
{
	int e = errno;
	const char *advice = "choose another directory with --data";

	if (e == ENOENT)
		advice = "make the directory, or choose another with --data";
	else if (e == EACCES || e == EPERM || e == EROFS)
		advice = "make the directory writable, or choose another with --data";
	else if (e == ENOSPC || e == EDQUOT)
		advice = "free some room on the disk";
	return pv_fail(cx, PV_EUNAVAILABLE, "store: cannot %s %s: %s: %s", doing, path, strerror(e), advice);
}

/* ---- one process at a time ---- */

static int
fail_locked(pv_ctx *cx, const sqlite *s, int fd)
{
	char text[32];
	ssize_t n = pread(fd, text, sizeof text - 1, 0);
	int64_t pid;

	if (n > 0 && pv_parse_int((pv_str){text, (size_t)n}, &pid))
		return pv_fail(cx, PV_EUNAVAILABLE,
			       "store: %s is in use by another pave (process %lld): stop it, or "
			       "choose another directory with --data",
			       s->path, (long long)pid);
	return pv_fail(cx, PV_EUNAVAILABLE,
		       "store: %s is in use by another pave: stop it, or choose another "
		       "directory with --data",
		       s->path);
}

int
sqlite_lock(pv_ctx *cx, sqlite *s)
{
	char *path = pv_printf(cx->arena, "%s.lock", s->path);
	char *pid = pv_printf(cx->arena, "%ld", (long)getpid());
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail_errno(cx, "write", path);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		int r = errno == EWOULDBLOCK ? fail_locked(cx, s, fd) : fail_errno(cx, "lock", path);

		close(fd);
		return r;
	}
	s->lock_fd = fd; /* the number is a courtesy: without room for it, the lock holds all the same */
	if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, strlen(pid), 0) < 0)
		errno = 0;
	return 0;
}

/* Keys and secrets will be in it: for the owner only, whatever the umask; SQLite
 * gives its other files the same mode. */
static int
make_file(pv_ctx *cx, const sqlite *s)
{
	int fd = open(s->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int r = fd < 0 || sqlite_again_first_page(fd) != 0 ? fail_errno(cx, "write", s->path) : 0;

	if (fd >= 0)
		close(fd);
	return r;
}

/* ---- schema ---- */

static int
exec(pv_ctx *cx, const sqlite *s, sqlite3 *db, const char *sql)
{
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : sqlite_fail(cx, s, db, rc, "open");
}

int
sqlite_number(pv_ctx *cx, const sqlite *s, const char *sql, int64_t *ret)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		*ret = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW ? 0 : sqlite_fail(cx, s, s->db, rc, "read");
}

static int
upgrade(pv_ctx *cx, const sqlite *s, int64_t from)
{
	const char *end = pv_printf(cx->arena, "PRAGMA user_version = %d; COMMIT", (int)PV_LEN(upgrades));
	int r = exec(cx, s, s->db, "BEGIN IMMEDIATE");

	for (int64_t v = from; r == 0 && v < (int64_t)PV_LEN(upgrades); v++)
		r = exec(cx, s, s->db, upgrades[v]);
	if (r == 0)
		r = exec(cx, s, s->db, end);
	if (r < 0 && sqlite3_get_autocommit(s->db) == 0)
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

static int
check_schema(pv_ctx *cx, const sqlite *s)
{
	int64_t pages = 0, id = 0, version = 0;
	int r = sqlite_number(cx, s, "PRAGMA page_count", &pages);

	if (r == 0)
		r = sqlite_number(cx, s, "PRAGMA application_id", &id);
	if (r == 0)
		r = sqlite_number(cx, s, "PRAGMA user_version", &version);
	if (r < 0)
		return r;
	if (s->marked > 0 && id != APPLICATION_ID)
		return pv_fail(
			cx, PV_EINTERNAL,
			"store: %s has lost everything: revision %lld was acknowledged, and nothing is "
			"there: put its write-ahead log (%s-wal) back, restore a backup, or choose another "
			"directory with --data",
			s->path, (long long)s->marked, s->path);
	if (pages > 0 && id != APPLICATION_ID)
		return sqlite_fail(cx, s, NULL, SQLITE_NOTADB, "open");
	if (version > (int64_t)PV_LEN(upgrades))
		return pv_fail(
			cx, PV_EUNAVAILABLE,
			"store: %s was written by a newer Pave (schema %lld, this one knows "
			"up to %d): install the newer program, or choose another directory with --data",
			s->path, (long long)version, (int)PV_LEN(upgrades));
	/* The first page says at once whose it is: a start that is killed is not a stranger's. */
	if (pages == 0)
		r = exec(cx, s, s->db,
			 pv_printf(cx->arena, "PRAGMA page_size = %d; PRAGMA application_id = %d", PAGE_SIZE,
				   APPLICATION_ID));
	if (r == 0)
		r = exec(cx, s, s->db, "PRAGMA journal_mode = WAL");
	return r < 0 || version == (int64_t)PV_LEN(upgrades) ? r : upgrade(cx, s, version);
}

/* ---- opening and closing ---- */

/* Called after each commit with the length of the write-ahead log. */
static int
count_pages(void *arg, sqlite3 *db, const char *name, int pages)
{
	sqlite *s = arg;
	(void)db, (void)name;
	int before = atomic_load_explicit(&s->wal_pages, memory_order_relaxed);

	if (pages < before) { /* it began anew */
		atomic_store_explicit(&s->wal_done, 0, memory_order_relaxed);
		before = 0;
	}
	atomic_store_explicit(&s->wal_pages, pages, memory_order_relaxed);
	atomic_fetch_add_explicit(&s->wal_written, pages - before, memory_order_relaxed);
	if (pages > atomic_load_explicit(&s->wal_high, memory_order_relaxed))
		atomic_store_explicit(&s->wal_high, pages, memory_order_relaxed);
	return SQLITE_OK;
}

static int
connect(pv_ctx *cx, const sqlite *s, sqlite3 **ret)
{
	int rc = sqlite3_open_v2(s->path, ret, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, sqlite_vfs());

	if (rc != SQLITE_OK)
		return sqlite_fail(cx, s, *ret, rc, "open");
	sqlite3_busy_timeout(*ret, s->patience);
	sqlite3_extended_result_codes(*ret, 1);
	return exec(cx, s, *ret,
		    "PRAGMA synchronous = FULL; PRAGMA secure_delete = FAST;"
		    "PRAGMA cache_size = -2000; PRAGMA temp_store = MEMORY");
}

static int
prepare(pv_ctx *cx, sqlite *s)
{
	for (size_t i = 0; i < SQL_STATEMENTS; i++) {
		int rc = sqlite3_prepare_v3(s->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT, &s->sql[i],
					    NULL);

		if (rc != SQLITE_OK)
			return sqlite_fail(cx, s, s->db, rc, "read");
	}
	return 0;
}

static int
open_all(pv_ctx *cx, sqlite *s)
{
	int r = sqlite_lock(cx, s);

	if (r == 0 && access(pv_printf(cx->arena, "%s" RESTORING, s->path), F_OK) == 0)
		r = pv_fail(
			cx, PV_EUNAVAILABLE,
			"store: a restore of %s was cut short: run `pave restore` with the same backup again",
			s->path);
	if (r == 0)
		r = make_file(cx, s);
	if (r == 0)
		r = sqlite_mark_open(cx, s);
	if (r == 0)
		r = connect(cx, s, &s->db);
	if (r == 0)
		r = sqlite_again_log(cx, s);
	if (r == 0)
		r = check_schema(cx, s);
	if (r == 0)
		r = prepare(cx, s);
	if (r == 0)
		r = sqlite_mark_told(cx, s);
	if (r == 0)
		r = connect(cx, s, &s->side);
	if (r < 0)
		return r;
	sqlite3_wal_hook(s->db, count_pages, s); /* in place of automatic checkpoints */
	sqlite3_wal_autocheckpoint(s->side, 0);
	r = pv_dir_sync_of(cx, s->path); /* the files' names are durable, too */
	return r < 0 ? pv_wrap(cx, r, "store") : 0;
}

int
sqlite_open(pv_ctx *cx, const char *place, const pv_store_conf *conf, pv_engine **ret)
{
	sqlite *s;
	int r;

	if (*place == '\0')
		return pv_fail(cx, PV_EBADREQUEST, "store: \"sqlite:\": expected a file behind the colon");
	s = calloc(1, sizeof *s);
	PV_ASSERT(s != NULL);
	s->engine.ops = &engine_sqlite;
	s->lock_fd = s->mark_fd = -1;
	s->patience = conf != NULL && conf->patience_ms > 0 ? conf->patience_ms : SQLITE_PATIENCE;
	s->log_pages = conf != NULL && conf->log_pages > 0 ? conf->log_pages : SQLITE_LOG_PAGES;
	s->doubt = true; /* the index may be older than we are */
	s->path = strdup(place);
	PV_ASSERT(s->path != NULL);
	pthread_mutex_init(&s->side_lock, NULL);
	r = open_all(cx, s);
	if (r < 0)
		sqlite_close(&s->engine);
	else
		*ret = &s->engine;
	return r;
}

pv_engine *
sqlite_close(pv_engine *engine)
{
	sqlite *s = (sqlite *)engine;

	(void)sqlite_lax_end(s);
	sqlite_mark_done(s);
	for (size_t i = 0; i < SQL_STATEMENTS; i++)
		sqlite3_finalize(s->sql[i]);
	sqlite_checkpoint_last(s);
	sqlite3_close(s->side);
	sqlite3_close(s->db); /* the last one copies the write-ahead log and removes it */
	if (s->mark_fd >= 0)
		close(s->mark_fd);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	pthread_mutex_destroy(&s->side_lock);
	free(s->path);
	free(s);
	return NULL;
}
