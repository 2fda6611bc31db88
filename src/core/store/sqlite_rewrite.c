/* Putting every value of the database through a function, at start, when the keys that seal them
 * are others than before; and looking for what is wrong with the file. */
#include <string.h>

#include "base/str.h"
#include "core/store/sqlite.h"

#define SLICE 256 /* rows a transaction */
#define LOOK 64   /* rows at a time, beside the commits */

typedef struct rewriting {
	sqlite *s;
	pv_ctx cx; /* of one row */
	engine_rewrite *fn;
	void *arg;
	int64_t rows; /* replaced */
} rewriting;

/* What takes the place of a value, or 0. */
static int
ask(pv_ctx *cx, rewriting *w, const pv_key *key, pv_str kept, pv_str *ret)
{
	int r = w->fn(&w->cx, w->arg, key, kept, ret);

	if (r < 0) {
		r = pv_fail(cx, -r, "%s", pv_error_text(&w->cx));
		pv_recover(&w->cx);
	}
	return r;
}

static int
bind_kept(sqlite3_stmt *stmt, int at, pv_str kept, int64_t sum)
{
	int rc = sqlite3_bind_text64(stmt, at, kept.s, kept.len, SQLITE_STATIC, SQLITE_UTF8);

	return rc | sqlite3_bind_int64(stmt, at + 1, sum);
}

/* One row that a SELECT stands on, into an UPDATE; 1 if there is anything to run. */
static int
object_row(pv_ctx *cx, rewriting *w, sqlite3_stmt *row, sqlite3_stmt *update)
{
	rec_row r = sqlite_object_at(row);
	pv_str kept;
	int n = ask(cx, w, &r.key, r.json, &kept);

	if (n <= 0)
		return n;
	r.json = kept;
	sqlite3_bind_int64(update, 1, r.id);
	return bind_kept(update, 2, kept, sqlite_sum_object(&r)) == SQLITE_OK ? 1 : -PV_EINTERNAL;
}

static int
log_row(pv_ctx *cx, rewriting *w, sqlite3_stmt *row, sqlite3_stmt *update)
{
	engine_log_row r = sqlite_log_at(row);
	pv_str kept;
	int n = r.prev.json.s == NULL ? 0 : ask(cx, w, &r.key, r.prev.json, &kept);

	if (n <= 0)
		return n;
	r.prev.json = kept;
	sqlite3_bind_int64(update, 1, r.rev);
	return bind_kept(update, 2, kept, sqlite_sum_log(&r)) == SQLITE_OK ? 1 : -PV_EINTERNAL;
}

static int
meta_row(pv_ctx *cx, rewriting *w, sqlite3_stmt *row, sqlite3_stmt *update)
{
	bool torn;
	pv_meta m = sqlite_meta_at(row, &torn);
	int n = ask(cx, w, &(pv_key){"", "", m.name}, m.value, &m.value);

	if (n <= 0)
		return n;
	sqlite3_bind_text(update, 1, m.name, -1, SQLITE_STATIC);
	sqlite3_bind_blob64(update, 2, m.value.s, m.value.len, SQLITE_STATIC);
	return sqlite3_bind_int64(update, 3, sqlite_sum_meta(&m)) == SQLITE_OK ? 1 : -PV_EINTERNAL;
}

typedef struct table {
	const char *select, *update; /* rows behind ?1, in order of it */
	const char *before;          /* all of them; NULL: they are numbers */
	int (*row)(pv_ctx *cx, rewriting *w, sqlite3_stmt *row, sqlite3_stmt *update);
} table;

static const table tables[] = {
	{"SELECT " OBJECT_COLUMNS " FROM object WHERE id > ?1 ORDER BY id LIMIT ?2",
	 "UPDATE object SET json = ?2, sum = ?3 WHERE id = ?1", NULL, object_row},
	{"SELECT " LOG_COLUMNS " FROM log WHERE rev > ?1 ORDER BY rev LIMIT ?2",
	 "UPDATE log SET prev_json = ?2, sum = ?3 WHERE rev = ?1", NULL, log_row},
	{"SELECT " META_COLUMNS " FROM meta WHERE name > ?1 ORDER BY name LIMIT ?2",
	 "UPDATE meta SET value = ?2, sum = ?3 WHERE name = ?1", "", meta_row},
};

/* The rows behind *last; *last becomes the key of the last one, NULL at the end. */
static int
slice(pv_ctx *cx, rewriting *w, const table *t, sqlite3_stmt *select, sqlite3_stmt *update,
      sqlite3_value **last)
{
	sqlite3_value *at = *last;
	int r = 0, n = 0, rc;

	if (at != NULL)
		rc = sqlite3_bind_value(select, 1, at);
	else if (t->before != NULL)
		rc = sqlite3_bind_text(select, 1, t->before, -1, SQLITE_STATIC);
	else
		rc = sqlite3_bind_int64(select, 1, INT64_MIN);

	rc |= sqlite3_bind_int(select, 2, SLICE);
	*last = NULL;
	while (rc == SQLITE_OK && r >= 0 && (rc = sqlite3_step(select)) == SQLITE_ROW) {
		rc = SQLITE_OK;
		r = t->row(cx, w, select, update);
		if (r > 0) {
			rc = sqlite3_step(update) == SQLITE_DONE ? SQLITE_OK : SQLITE_ERROR;
			sqlite3_reset(update);
			w->rows++;
		}
		if (++n == SLICE)
			*last = sqlite3_value_dup(sqlite3_column_value(select, 0));
		pv_ctx_reset(&w->cx);
	}
	sqlite3_value_free(at);
	if (r >= 0 && rc != SQLITE_DONE && rc != SQLITE_OK)
		r = sqlite_fail(cx, w->s, w->s->db, rc, "rewrite");
	sqlite3_reset(select);
	return r < 0 ? r : 0;
}

static int
run(pv_ctx *cx, rewriting *w, const char *sql)
{
	int rc = sqlite3_exec(w->s->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : sqlite_fail(cx, w->s, w->s->db, rc, "rewrite");
}

static int
rewrite_table(pv_ctx *cx, rewriting *w, const table *t)
{
	sqlite3_stmt *select = NULL, *update = NULL;
	sqlite3_value *last = NULL;
	int rc = sqlite3_prepare_v2(w->s->db, t->select, -1, &select, NULL), r = 0;

	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(w->s->db, t->update, -1, &update, NULL);
	if (rc != SQLITE_OK)
		r = sqlite_fail(cx, w->s, w->s->db, rc, "read");
	while (r == 0) {
		r = run(cx, w, "BEGIN IMMEDIATE");
		if (r == 0)
			r = slice(cx, w, t, select, update, &last);
		if (r == 0)
			r = run(cx, w, "COMMIT");
		if (last == NULL)
			break;
	}
	if (sqlite3_get_autocommit(w->s->db) == 0)
		sqlite3_exec(w->s->db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_value_free(last);
	sqlite3_finalize(select);
	sqlite3_finalize(update);
	return r;
}

/* A page keeps the bytes of what moved to another one: all are written anew, and the log that
 * has the old ones is emptied.  VACUUM's copy is as large as the database: a file, not memory. */
int
sqlite_rewrite(pv_ctx *cx, pv_engine *engine, engine_rewrite *fn, void *arg)
{
	rewriting w = {.s = (sqlite *)engine, .fn = fn, .arg = arg};
	int r = 0, rc;

	pv_ctx_init(&w.cx, "store-rewrite");
	for (size_t i = 0; r == 0 && i < PV_LEN(tables); i++)
		r = rewrite_table(cx, &w, &tables[i]);
	if (r == 0)
		r = run(cx, &w, "PRAGMA temp_store = FILE; VACUUM; PRAGMA temp_store = MEMORY");
	if (r == 0 && (rc = sqlite_checkpoint_all(w.s)) != SQLITE_OK)
		r = sqlite_fail(cx, w.s, w.s->db, rc, "rewrite");
	pv_ctx_done(&w.cx);
	return r;
}

int
sqlite_check(pv_ctx *cx, pv_engine *engine, void (*tell)(void *arg, const char *fault), void *arg)
{
	const sqlite *s = (const sqlite *)engine;
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(s->db, "PRAGMA integrity_check", -1, &stmt, NULL);

	while (rc == SQLITE_OK || rc == SQLITE_ROW) {
		rc = sqlite3_step(stmt);
		if (rc == SQLITE_ROW && !pv_streq((const char *)sqlite3_column_text(stmt, 0), "ok"))
			tell(arg, (const char *)sqlite3_column_text(stmt, 0));
	}
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? 0 : sqlite_fail(cx, s, s->db, rc, "read");
}

/* One row; the copy of it in memory is another one, and sound. */
static int
look_at(pv_ctx *cx, const sqlite *s, const rec_row *row)
{
	if (!row->torn)
		return 0;
	return pv_fail(
		cx, PV_EINTERNAL,
		"store: %s is damaged: the row of %s \"%s\" in \"%s\" is not what was written: what runs has it "
		"whole: make a backup now, with `pave backup FILE`, and restore it",
		s->path, row->key.type, row->key.name, row->key.ns);
}

int
sqlite_look(pv_ctx *cx, pv_engine *engine, int64_t *at)
{
	sqlite *s = (sqlite *)engine;
	sqlite3_stmt *stmt = NULL;
	int rc, r = 0, n = 0;

	pthread_mutex_lock(&s->side_lock);
	rc = sqlite3_prepare_v2(s->side, tables[0].select, -1, &stmt, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(stmt, 1, *at) | sqlite3_bind_int(stmt, 2, LOOK);
	while (rc == SQLITE_OK && r == 0 && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		rec_row row = sqlite_object_at(stmt);

		rc = SQLITE_OK;
		r = look_at(cx, s, &row);
		*at = ++n < LOOK ? 0 : row.id;
	}
	if (r == 0 && rc != SQLITE_DONE && rc != SQLITE_BUSY)
		r = sqlite_fail(cx, s, s->side, rc, "read");
	if (n == 0)
		*at = 0;
	sqlite3_finalize(stmt);
	pthread_mutex_unlock(&s->side_lock);
	return r;
}
