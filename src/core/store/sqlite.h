/* The SQLite engine's insides, shared by sqlite_open.c (files, schema, errors) and
 * sqlite.c (reading and committing). */
#pragma once
#include <pthread.h>
#include <sqlite3.h>

#include "core/store/engine.h"

#define SQLITE_PATIENCE 10000 /* ms to wait for another's lock */

enum {
	SQL_BEGIN,
	SQL_COMMIT,
	SQL_ROLLBACK,
	SQL_ADD,
	SQL_CHANGE,
	SQL_DELETE,
	SQL_LOG,
	SQL_FORGET,
	SQL_META_PUT,
	SQL_META_DELETE,
	SQL_STATEMENTS
};

typedef struct sqlite {
	pv_engine engine;
	char *path;
	int lock_fd; /* holds the lock against other processes */
	sqlite3 *db; /* the writer's */
	sqlite3_stmt *sql[SQL_STATEMENTS];
	int last_errno; /* behind the last statement's failure */
	pthread_mutex_t side_lock;
	sqlite3 *side;         /* for reading and checkpoints beside the commits */
	_Atomic int wal_pages; /* of the write-ahead log, in all */
	_Atomic int wal_done;  /* of them, copied to the database already */
	_Atomic int wal_high;  /* the most pages since its file was last emptied */
	_Atomic int64_t wal_written; /* pages in all */
	int64_t sampled, sample; /* upkeep's: when it looked at them, and how many there were */
} sqlite;

int sqlite_open(pv_ctx *cx, const char *place, pv_engine **ret);
pv_engine *sqlite_close(pv_engine *engine);
/* -PV_E* with a text that says what is wrong with which file, and what to do. */
int sqlite_fail(pv_ctx *cx, const sqlite *s, sqlite3 *db, int rc, const char *doing);
/* The file layer to open databases with: sqlite_wal.c. */
const char *sqlite_vfs(void);
/* The first number of a statement's first row. */
int sqlite_number(pv_ctx *cx, const sqlite *s, const char *sql, int64_t *ret);
