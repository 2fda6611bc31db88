/* The engine over SQLite: committing in groups, loading. */
#include "core/store/sqlite.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

/* ---- committing ---- */

static int
bind_text(sqlite3_stmt *stmt, int i, const char *s, size_t len)
{
	return sqlite3_bind_text64(stmt, i, s, len, SQLITE_STATIC, SQLITE_UTF8);
}

static int
bind_key(sqlite3_stmt *stmt, int i, const pv_key *key)
{
	int rc = bind_text(stmt, i, key->type, strlen(key->type));

	rc |= bind_text(stmt, i + 1, key->ns, strlen(key->ns));
	return rc | bind_text(stmt, i + 2, key->name, strlen(key->name));
}

int
sqlite_run(sqlite *s, int number)
{
	sqlite3_stmt *stmt = s->sql[number];
	int rc;

	errno = 0;
	rc = sqlite3_step(stmt);
	s->last_errno = errno; /* what follows may change it */
	sqlite3_reset(stmt);   /* repeats the step's error */
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static rec_row
row_of(const pv_rec *rec, pv_str json)
{
	return (rec_row){.id = rec->id, .rev = rec->rev, .key = rec->key, .json = json, .stamp = rec->stamp};
}

/* SQL_ADD or SQL_CHANGE. */
static int
put_row(sqlite *s, int number, const rec_row *row)
{
	sqlite3_stmt *stmt = s->sql[number];
	int rc = sqlite3_bind_int64(stmt, 1, row->id);

	rc |= sqlite3_bind_int64(stmt, 2, row->rev);
	rc |= sqlite3_bind_int64(stmt, 3, row->stamp);
	rc |= bind_text(stmt, 4, row->json.s, row->json.len);
	rc |= sqlite3_bind_int64(stmt, 5, sqlite_sum_object(row));
	if (number == SQL_ADD)
		rc |= bind_key(stmt, 6, &row->key);
	return rc != SQLITE_OK ? rc : sqlite_run(s, number);
}

static int
put_object(sqlite *s, const engine_change *change)
{
	rec_row row = row_of(change->rec, change->json);

	return put_row(s, change->type == PV_ADDED ? SQL_ADD : SQL_CHANGE, &row);
}

static int
del_object(sqlite *s, const engine_change *change)
{
	int rc = sqlite3_bind_int64(s->sql[SQL_DELETE], 1, change->rec->id);

	return rc != SQLITE_OK ? rc : sqlite_run(s, SQL_DELETE);
}

static int
add_log(sqlite *s, const engine_change *change)
{
	sqlite3_stmt *stmt = s->sql[SQL_LOG];
	engine_log_row row = {.type = change->type,
			      .rev = change->rec->rev,
			      .id = change->rec->id,
			      .key = change->rec->key};
	int rc = sqlite3_bind_int64(stmt, 1, row.rev);

	rc |= sqlite3_bind_int64(stmt, 2, row.type);
	rc |= sqlite3_bind_int64(stmt, 3, row.id);
	rc |= bind_key(stmt, 4, &row.key);
	if (change->prev == NULL) {
		for (int i = 7; i <= 9; i++)
			rc |= sqlite3_bind_null(stmt, i);
	} else {
		row.prev = row_of(change->prev, change->old);
		rc |= sqlite3_bind_int64(stmt, 7, row.prev.rev);
		rc |= sqlite3_bind_int64(stmt, 8, row.prev.stamp);
		rc |= bind_text(stmt, 9, row.prev.json.s, row.prev.json.len);
	}
	rc |= sqlite3_bind_int64(stmt, 10, sqlite_sum_log(&row));
	return rc != SQLITE_OK ? rc : sqlite_run(s, SQL_LOG);
}

int
sqlite_put_meta(sqlite *s, const pv_meta *meta)
{
	int number = meta->value.s == NULL ? SQL_META_DELETE : SQL_META_PUT;
	sqlite3_stmt *stmt = s->sql[number];
	int rc = bind_text(stmt, 1, meta->name, strlen(meta->name));

	if (number == SQL_META_PUT) {
		rc |= sqlite3_bind_blob64(stmt, 2, meta->value.s, meta->value.len, SQLITE_STATIC);
		rc |= sqlite3_bind_int64(stmt, 3, sqlite_sum_meta(meta));
	}
	return rc != SQLITE_OK ? rc : sqlite_run(s, number);
}

static int
put_batch(sqlite *s, const engine_batch *batch)
{
	int rc = SQLITE_OK;

	for (size_t i = 0; rc == SQLITE_OK && i < batch->n_changes; i++) {
		const engine_change *change = &batch->changes[i];

		rc = change->type == PV_DELETED ? del_object(s, change) : put_object(s, change);
		if (rc == SQLITE_OK && sqlite3_changes(s->db) != 1)
			rc = SQLITE_CORRUPT; /* the row that memory knows is not there */
		if (rc == SQLITE_OK)
			rc = add_log(s, change);
	}
	for (size_t i = 0; rc == SQLITE_OK && i < batch->n_metas; i++)
		rc = sqlite_put_meta(s, &batch->metas[i]);
	if (rc == SQLITE_OK && batch->forget > 0)
		rc = sqlite3_bind_int64(s->sql[SQL_FORGET], 1, batch->forget);
	if (rc == SQLITE_OK && batch->forget > 0)
		rc = sqlite_run(s, SQL_FORGET);
	return rc;
}

/* Deleted or moved under us, its descriptor would go on taking writes that nobody can
 * ever read again. */
static int
check_place(pv_ctx *cx, sqlite *s)
{
	int moved = 0;

	if (sqlite3_file_control(s->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) != SQLITE_OK || !moved)
		return 0;
	return pv_fail(cx, PV_EUNAVAILABLE,
		       "store: %s was deleted or moved while Pave runs: put it back where it was, or "
		       "restart; nothing was stored",
		       s->path);
}

static int
sqlite_commit(pv_ctx *cx, pv_engine *engine, const engine_batch *batch)
{
	sqlite *s = (sqlite *)engine;
	int r = check_place(cx, s), rc;

	if (r < 0)
		return r;
	rc = batch->lax ? sqlite_lax_begin(s) : sqlite_lax_end(s);
	if (rc != SQLITE_OK)
		return sqlite_fail(cx, s, s->db, rc, "write");
	if (batch->n_changes == 0 && batch->n_metas == 0 && batch->forget == 0)
		return 0;
	rc = sqlite_run(s, SQL_BEGIN);
	if (rc == SQLITE_OK)
		rc = sqlite_mark_tell(s);
	if (rc == SQLITE_OK)
		rc = put_batch(s, batch);
	if (rc == SQLITE_OK)
		rc = sqlite_run(s, SQL_COMMIT);
	if (rc != SQLITE_OK) {
		r = sqlite_fail(cx, s, s->db, rc, "write");
		if (sqlite3_get_autocommit(s->db) == 0)
			sqlite_run(s, SQL_ROLLBACK);
		return r;
	}
	s->mark_told = s->mark_kept;
	if (batch->n_changes > 0 && batch->lax)
		s->lax_rev = batch->changes[batch->n_changes - 1].rec->rev;
	else if (batch->n_changes > 0)
		sqlite_mark_set(s, batch->changes[batch->n_changes - 1].rec->rev);
	sqlite_checkpoint_long(s); /* what fails in it is told, and is no failure of this group */
	return 0;
}

/* ---- reading ---- */

static pv_str
text_at(sqlite3_stmt *stmt, int i)
{
	const char *s = (const char *)sqlite3_column_text(stmt, i);

	return (pv_str){s == NULL ? "" : s, (size_t)sqlite3_column_bytes(stmt, i)};
}

static pv_key
key_at(sqlite3_stmt *stmt, int i)
{
	return (pv_key){text_at(stmt, i).s, text_at(stmt, i + 1).s, text_at(stmt, i + 2).s};
}

static bool
is_torn(sqlite3_stmt *stmt, int column, int64_t sum)
{
	return sqlite3_column_type(stmt, column) != SQLITE_NULL && sqlite3_column_int64(stmt, column) != sum;
}

rec_row
sqlite_object_at(sqlite3_stmt *stmt)
{
	rec_row row = {
		.id = sqlite3_column_int64(stmt, 0),
		.rev = sqlite3_column_int64(stmt, 1),
		.stamp = sqlite3_column_int64(stmt, 2),
		.json = text_at(stmt, 3),
		.key = key_at(stmt, 4),
	};

	row.torn = is_torn(stmt, 7, sqlite_sum_object(&row));
	return row;
}

engine_log_row
sqlite_log_at(sqlite3_stmt *stmt)
{
	engine_log_row row = {
		.rev = sqlite3_column_int64(stmt, 0),
		.type = (enum pv_event_type)sqlite3_column_int64(stmt, 1),
		.id = sqlite3_column_int64(stmt, 2),
		.key = key_at(stmt, 3),
	};

	if (sqlite3_column_type(stmt, 8) != SQLITE_NULL) {
		row.prev = (rec_row){
			.id = row.id,
			.rev = sqlite3_column_int64(stmt, 6),
			.stamp = sqlite3_column_int64(stmt, 7),
			.json = text_at(stmt, 8),
			.key = row.key,
		};
	}
	row.torn = is_torn(stmt, 9, sqlite_sum_log(&row));
	return row;
}

pv_meta
sqlite_meta_at(sqlite3_stmt *stmt, bool *ret_torn)
{
	const char *bytes = sqlite3_column_blob(stmt, 1);
	pv_meta meta = {text_at(stmt, 0).s,
			{bytes == NULL ? "" : bytes, (size_t)sqlite3_column_bytes(stmt, 1)}};

	*ret_torn = is_torn(stmt, 2, sqlite_sum_meta(&meta));
	return meta;
}

static int
load_object(pv_ctx *cx, const engine_loader *loader, sqlite3_stmt *stmt)
{
	rec_row row = sqlite_object_at(stmt);

	return loader->object(cx, loader->arg, &row);
}

static int
load_log(pv_ctx *cx, const engine_loader *loader, sqlite3_stmt *stmt)
{
	engine_log_row row = sqlite_log_at(stmt);

	return loader->log(cx, loader->arg, &row);
}

static int
load_rows(pv_ctx *cx, const sqlite *s, const engine_loader *loader, const char *sql,
	  int (*load)(pv_ctx *, const engine_loader *, sqlite3_stmt *))
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL), r = 0;

	while (rc == SQLITE_OK || rc == SQLITE_ROW) {
		rc = sqlite3_step(stmt);
		if (rc == SQLITE_ROW && (r = load(cx, loader, stmt)) != 0)
			break;
	}
	if (r == 0 && rc != SQLITE_DONE)
		r = sqlite_fail(cx, s, s->db, rc, "read");
	sqlite3_finalize(stmt);
	return r < 0 ? r : 0;
}

static int
sqlite_load(pv_ctx *cx, pv_engine *engine, const engine_loader *loader, int64_t *ret_first)
{
	const sqlite *s = (const sqlite *)engine;
	int r = sqlite_number(cx, s, "SELECT ifnull(min(rev), 0) FROM log", ret_first);

	if (r == 0)
		r = load_rows(cx, s, loader, "SELECT " OBJECT_COLUMNS " FROM object", load_object);
	return r < 0 ? r
		     : load_rows(cx, s, loader, "SELECT " LOG_COLUMNS " FROM log ORDER BY rev DESC",
				 load_log);
}

static int
sqlite_meta(pv_ctx *cx, pv_engine *engine, const char *name, pv_str *ret)
{
	sqlite *s = (sqlite *)engine;
	sqlite3_stmt *stmt = NULL;
	bool torn = false;
	int rc, r = 0;

	*ret = (pv_str){0};
	pthread_mutex_lock(&s->side_lock);
	rc = sqlite3_prepare_v2(s->side, "SELECT " META_COLUMNS " FROM meta WHERE name = ?", -1, &stmt, NULL);
	if (rc == SQLITE_OK)
		rc = bind_text(stmt, 1, name, strlen(name));
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		pv_meta meta = sqlite_meta_at(stmt, &torn);

		*ret = (pv_str){pv_strndup(cx->arena, meta.value.s, meta.value.len), meta.value.len};
		if (torn)
			r = pv_fail(
				cx, PV_EINTERNAL,
				"store: %s is damaged: the fact \"%s\" is not what was written: restore a backup",
				s->path, name);
	} else if (rc != SQLITE_DONE) {
		r = sqlite_fail(cx, s, s->side, rc, "read");
	}
	sqlite3_finalize(stmt);
	pthread_mutex_unlock(&s->side_lock);
	return r;
}

static int
sqlite_metas(pv_ctx *cx, pv_engine *engine, engine_each *fn, void *arg)
{
	sqlite *s = (sqlite *)engine;
	sqlite3_stmt *stmt = NULL;
	int rc, r = 0;

	pthread_mutex_lock(&s->side_lock);
	rc = sqlite3_prepare_v2(s->side, "SELECT " META_COLUMNS " FROM meta ORDER BY name", -1, &stmt, NULL);
	while (r == 0 && (rc == SQLITE_OK || rc == SQLITE_ROW)) {
		rc = sqlite3_step(stmt);
		if (rc == SQLITE_ROW) {
			bool torn;
			pv_meta meta = sqlite_meta_at(stmt, &torn);

			r = fn(cx, arg, &meta, torn);
		}
	}
	if (r == 0 && rc != SQLITE_DONE)
		r = sqlite_fail(cx, s, s->side, rc, "read");
	sqlite3_finalize(stmt);
	pthread_mutex_unlock(&s->side_lock);
	return r;
}

static int
sqlite_fill(pv_ctx *cx, pv_engine *engine, const rec_row *rows, size_t n)
{
	sqlite *s = (sqlite *)engine;
	int rc = sqlite_run(s, SQL_BEGIN), r;

	for (size_t i = 0; rc == SQLITE_OK && i < n; i++)
		rc = put_row(s, SQL_ADD, &rows[i]);
	if (rc == SQLITE_OK)
		rc = sqlite_run(s, SQL_COMMIT);
	if (rc == SQLITE_OK)
		return 0;
	r = sqlite_fail(cx, s, s->db, rc, "write");
	if (sqlite3_get_autocommit(s->db) == 0)
		sqlite_run(s, SQL_ROLLBACK);
	return r;
}

const engine_ops engine_sqlite = {
	.scheme = "sqlite",
	.open = sqlite_open,
	.close = sqlite_close,
	.load = sqlite_load,
	.commit = sqlite_commit,
	.meta = sqlite_meta,
	.metas = sqlite_metas,
	.fill = sqlite_fill,
	.rewrite = sqlite_rewrite,
	.given = sqlite_given,
	.check = sqlite_check,
	.look = sqlite_look,
	.due = sqlite_due,
	.upkeep = sqlite_upkeep,
};
