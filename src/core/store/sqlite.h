/* The SQLite engine's insides, shared by sqlite_open.c (files, schema, errors),
 * sqlite.c (reading and committing), sqlite_checkpoint.c and the small ones beside. */
#pragma once
#include <pthread.h>
#include <sqlite3.h>

#include "core/store/engine.h"

#define SQLITE_PATIENCE 10000 /* ms to wait for another's lock */
#define SQLITE_LOG_PAGES 2048
#define PAGE_SIZE 8192

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
	int patience;  /* ms */
	int log_pages; /* the log is to begin anew behind so many */
	int lock_fd;   /* holds the lock against other processes */
	int mark_fd;
	int64_t marked; /* the newest revision of the last life; 0: not known */
	bool mark_kept; /* the file has one */
	bool mark_told; /* the database knows that there has been one */
	sqlite3 *db;    /* the writer's */
	sqlite3_stmt *sql[SQL_STATEMENTS];
	bool lax;        /* commits do not wait for the disk (sqlite_lax.c); side_lock, too */
	bool lax_lost;   /* the sync that was to make up for it failed */
	int64_t lax_rev; /* the newest that did not */
	int last_errno;  /* behind the last statement's failure */
	int wal_again;   /* the writer's own checkpoint failed: not before the log has so many pages */
	pthread_mutex_t side_lock;
	sqlite3 *side;               /* for reading and checkpoints beside the commits */
	bool doubt;                  /* nothing of the log counts as copied (sqlite_checkpoint.c) */
	_Atomic int wal_pages;       /* of the write-ahead log, in all */
	_Atomic int wal_done;        /* of them, copied to the database already */
	_Atomic int wal_high;        /* the most pages since its file was last emptied */
	_Atomic int64_t wal_written; /* pages in all */
	int64_t sampled, sample;     /* upkeep's: when it looked at them, and how many there were */
} sqlite;

/* What a row is checked by: over its numbers and its texts, with their lengths. */
int64_t sqlite_sum(const int64_t *numbers, size_t n, const pv_str *texts, size_t n_texts);
int64_t sqlite_sum_object(const rec_row *row);
int64_t sqlite_sum_log(const engine_log_row *row);
int64_t sqlite_sum_meta(const pv_meta *meta);

#define RESTORING ".restoring" /* beside a database that is being put in the place of another */
/* One process at a time: s->lock_fd, which the caller closes. */
PV_MUST_USE int sqlite_lock(pv_ctx *cx, sqlite *s);
int sqlite_open(pv_ctx *cx, const char *place, const pv_store_conf *conf, pv_engine **ret);
pv_engine *sqlite_close(pv_engine *engine);
/* -PV_E* with a text that says what is wrong with which file, and what to do. */
int sqlite_fail(pv_ctx *cx, const sqlite *s, sqlite3 *db, int rc, const char *doing);
/* sqlite_lax.c: SQLITE_* */
int sqlite_lax_begin(sqlite *s);
int sqlite_lax_end(sqlite *s);              /* returns when all is on the disk */
sqlite3_file *sqlite_log_file(sqlite3 *db); /* NULL: it has not seen it */
/* sqlite_checkpoint.c; SQLITE_* */
void sqlite_checkpoint_long(sqlite *s); /* the writer's: if it is time */
int sqlite_checkpoint_all(sqlite *s);   /* and the log is empty */
void sqlite_checkpoint_last(sqlite *s); /* before closing, which makes one */
bool sqlite_due(pv_engine *engine);
bool sqlite_upkeep(pv_engine *engine);
/* sqlite_again.c */
PV_MUST_USE int sqlite_again_first_page(int fd); /* errno */
PV_MUST_USE int sqlite_again_log(pv_ctx *cx, const sqlite *s);
/* sqlite_wal.c: the file layer to open databases with, and whether a write-ahead log of its may put syncs off. */
const char *sqlite_vfs(void);
int sqlite_wal_lax(sqlite3_file *log, bool lax);
int sqlite_run(sqlite *s, int number); /* a statement that gives no rows */
int sqlite_put_meta(sqlite *s, const pv_meta *meta);
/* A row of: id, rev, stamp, json, type, ns, name, sum.  Borrowed until the next step. */
rec_row sqlite_object_at(sqlite3_stmt *stmt);
/* rev, op, id, type, ns, name, prev_rev, prev_stamp, prev_json, sum */
engine_log_row sqlite_log_at(sqlite3_stmt *stmt);
pv_meta sqlite_meta_at(sqlite3_stmt *stmt, bool *ret_torn); /* name, value, sum */
#define MARK ".mark"
/* sqlite_mark.c */
PV_MUST_USE int sqlite_mark_open(pv_ctx *cx, sqlite *s);
void sqlite_mark_set(sqlite *s, int64_t rev);
PV_MUST_USE int sqlite_mark_told(pv_ctx *cx, sqlite *s); /* reads whether */
int sqlite_mark_tell(sqlite *s);                         /* in a transaction: SQLITE_* */
void sqlite_mark_done(sqlite *s);                        /* all will be in the database itself */
int sqlite_given(pv_ctx *cx, pv_engine *engine, int64_t newest);
#define OBJECT_COLUMNS "id, rev, stamp, json, type, ns, name, sum"
#define LOG_COLUMNS "rev, op, id, type, ns, name, prev_rev, prev_stamp, prev_json, sum"
#define META_COLUMNS "name, value, sum"
/* sqlite_rewrite.c */
int sqlite_rewrite(pv_ctx *cx, pv_engine *engine, engine_rewrite *fn, void *arg);
int sqlite_look(pv_ctx *cx, pv_engine *engine, int64_t *at);
int sqlite_check(pv_ctx *cx, pv_engine *engine, void (*tell)(void *arg, const char *fault), void *arg);
/* check.c: pv_store_check() of one file. */
PV_MUST_USE int sqlite_check_file(pv_ctx *cx, const char *path, void (*tell)(void *arg, const char *fault),
				  void *arg, size_t *ret);
/* The first number of a statement's first row. */
int sqlite_number(pv_ctx *cx, const sqlite *s, const char *sql, int64_t *ret);
