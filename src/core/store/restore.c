/* Putting a backup back: a database beside the one that is there, read and checked whole, and only
 * then put in its place.  Cut short before that, nothing has changed; in the moment itself, a
 * marker keeps Pave from starting on half of it, and restoring again ends it. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "base/time.h"
#include "core/store/backup.h"
#include "core/store/backup_priv.h"
#include "core/store/sqlite.h"

#define ROWS 256 /* a transaction, and bytes */
#define BYTES ((size_t)8 << 20)
#define NEW ".new"
#define FAULT 512
#define REPLACED ".replaced"

typedef struct restoring {
	const pv_restore_conf *conf;
	sqlite place; /* path and lock_fd alone: where it is to lie */
	const char *staged;
	pv_engine *engine;
	pv_backup_reader *reader;
	pv_ctx turn;  /* of one transaction */
	pv_vec rows;  /* rec_row */
	pv_vec facts; /* pv_meta, of all */
	size_t bytes;
	int64_t there; /* how far what is replaced may have come */
} restoring;

static const char *const parts[] = {"", "-wal", "-shm"};
#define REVISION_TEXT 64 /* bytes that the marker has, at most */

static int
fail_errno(pv_ctx *cx, const char *doing, const char *path)
{
	int e = errno;

	return pv_fail(cx, PV_EUNAVAILABLE, "restore: cannot %s %s: %s", doing, path, strerror(e));
}

static bool
is_there(pv_ctx *cx, const restoring *in, const char *suffix)
{
	return access(pv_printf(cx->arena, "%s%s", in->place.path, suffix), F_OK) == 0;
}

/* ---- before ---- */

/* Our own traces of a restore that was cut short are nothing. */
static int
check_empty(pv_ctx *cx, const restoring *in)
{
	DIR *d = opendir(in->conf->dir);
	const struct dirent *e;
	int r = 0;

	if (d == NULL)
		return fail_errno(cx, "read", in->conf->dir);
	while (r == 0 && (e = readdir(d)) != NULL)
		if (!pv_streq(e->d_name, ".") && !pv_streq(e->d_name, "..") &&
		    !pv_streq(e->d_name, "pave.db.lock") && !pv_starts_with(e->d_name, "pave.db" NEW))
			r = pv_fail(
				cx, PV_EEXISTS,
				"restore: %s is not empty (it has %s): choose another directory, or say --replace",
				in->conf->dir, e->d_name);
	closedir(d);
	return r;
}

static int
clear_staged(pv_ctx *cx, const restoring *in)
{
	static const char *const more[] = {"", "-wal", "-shm", ".lock", MARK};

	for (size_t i = 0; i < PV_LEN(more); i++) {
		const char *path = pv_printf(cx->arena, "%s%s", in->staged, more[i]);

		if (unlink(path) != 0 && errno != ENOENT)
			return fail_errno(cx, "remove", path);
	}
	return 0;
}

static const char *
marker_of(pv_ctx *cx, const restoring *in)
{
	return pv_printf(cx->arena, "%s" RESTORING, in->place.path);
}

/* As an earlier try found it, which was cut short: what lies there now may be its own.  0: not known. */
static int64_t
revision_told(pv_ctx *cx, const restoring *in)
{
	int64_t rev;
	pv_str text;

	if (pv_file_load(cx, marker_of(cx, in), REVISION_TEXT, &text) == 0)
		return pv_parse_int(text, &rev) ? rev : 0;
	pv_recover(cx);
	return 0;
}

/* The newest revision that the database there ever gave; 0 if it cannot be read any more.  It stays as it is,
 * with its write-ahead log. */
static int64_t
revision_there(const restoring *in)
{
	static const char sql[] =
		"SELECT max(ifnull((SELECT max(rev) FROM object), 0), ifnull((SELECT max(rev) FROM log), 0),"
		" ifnull((SELECT CAST(CAST(value AS TEXT) AS INTEGER) FROM meta WHERE name = '" FACT_REVISION
		"'), 0))";
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	int64_t rev = 0;

	if (sqlite3_open_v2(in->place.path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
	    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
		rev = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return rev;
}

/* Where revisions go on.  What is there and cannot be read may itself have been restored, and
 * nobody knows how far it came: then the clock says, in milliseconds. */
static int64_t
go_on_at(pv_ctx *cx, restoring *in, int64_t rev)
{
	if (is_there(cx, in, RESTORING))
		in->there = revision_told(cx, in);
	else
		in->there = is_there(cx, in, "") ? revision_there(in) : rev;
	if (in->there == 0)
		in->there = pv_now() / PV_MS;
	return (in->there > rev ? in->there : rev) + REVISION_FAR;
}

/* ---- the database beside ---- */

static int
flush(pv_ctx *cx, restoring *in)
{
	int r = in->rows.len == 0 ? 0 : in->engine->ops->fill(cx, in->engine, in->rows.data, in->rows.len);

	pv_ctx_reset(&in->turn);
	pv_vec_init(&in->rows, in->turn.arena, sizeof(rec_row));
	in->bytes = 0;
	return r;
}

static pv_str
copy(pv_arena *arena, pv_str s)
{
	return (pv_str){pv_strndup(arena, s.s, s.len), s.len};
}

static int
take(pv_ctx *cx, restoring *in, pv_str line)
{
	pv_arena *arena = in->turn.arena;
	backup_item item;
	int r = backup_parse(cx, in->reader, line, &item);

	if (r < 0)
		return r;
	if (item.is_fact) {
		item.fact = (pv_meta){pv_strdup(cx->arena, item.fact.name), copy(cx->arena, item.fact.value)};
		pv_vec_push(&in->facts, &item.fact);
	}
	if (!item.is_object)
		return 0;
	item.row.key = (pv_key){pv_strdup(arena, item.row.key.type), pv_strdup(arena, item.row.key.ns),
				pv_strdup(arena, item.row.key.name)};
	item.row.json = copy(arena, item.row.json);
	pv_vec_push(&in->rows, &item.row);
	in->bytes += item.row.json.len;
	return in->rows.len < ROWS && in->bytes < BYTES ? 0 : flush(cx, in);
}

static int
put_facts(pv_ctx *cx, restoring *in, int64_t rev)
{
	pv_meta own = {FACT_REVISION, pv_str_of(pv_printf(cx->arena, "%lld", (long long)rev))};
	engine_batch batch;

	pv_vec_push(&in->facts, &own);
	batch = (engine_batch){.metas = in->facts.data, .n_metas = in->facts.len};
	return in->engine->ops->commit(cx, in->engine, &batch);
}

static int
stage(pv_ctx *cx, restoring *in, pv_backup_info *ret, int64_t *ret_rev)
{
	int r = in->engine == NULL ? engine_sqlite.open(cx, in->staged, NULL, &in->engine) : 0, more = 1;
	pv_str line;

	while (r == 0 && (more = in->conf->line(cx, in->conf->arg, &line)) == 1)
		r = take(cx, in, line);
	if (r == 0 && more < 0)
		r = more;
	if (r == 0)
		r = pv_backup_end(cx, in->reader, ret);
	if (r == 0)
		r = flush(cx, in);
	if (r < 0)
		return r;
	*ret_rev = go_on_at(cx, in, ret->rev);
	return put_facts(cx, in, *ret_rev - 1);
}

static void
note(void *arg, const char *fault)
{
	char *first = arg;

	if (*first == '\0')
		snprintf(first, FAULT, "%s", fault);
}

/* Closed, all of it is in the one file; it is read again as a start would. */
static int
seal_off(pv_ctx *cx, restoring *in)
{
	char fault[FAULT] = "";
	size_t n;
	int r;

	in->engine = in->engine->ops->close(in->engine);
	if (access(pv_printf(cx->arena, "%s-wal", in->staged), F_OK) == 0)
		return pv_fail(cx, PV_EUNAVAILABLE,
			       "restore: %s could not be written whole: free some room on the disk",
			       in->staged);
	r = sqlite_check_file(cx, in->staged, note, fault, &n);
	if (r == 0 && n > 0)
		r = pv_fail(cx, PV_EINTERNAL,
			    "restore: %s is not what was written to it (%s): try another disk", in->staged,
			    fault);
	return r;
}

/* ---- in the place of the other ---- */

static int
move(pv_ctx *cx, const char *from, const char *to)
{
	int r = pv_file_move(cx, from, to);

	return r < 0 ? pv_wrap(cx, r, "restore") : 0;
}

static int
drop(pv_ctx *cx, const char *path)
{
	return unlink(path) == 0 || errno == ENOENT ? 0 : fail_errno(cx, "remove", path);
}

static int
sync_names(pv_ctx *cx, const restoring *in)
{
	int r = pv_dir_sync_of(cx, in->place.path);

	return r < 0 ? pv_wrap(cx, r, "restore") : 0;
}

/* What an earlier restore kept goes, before the marker is there: else this one would be taken for that. */
static int
forget_replaced(pv_ctx *cx, const restoring *in)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < PV_LEN(parts); i++)
		r = drop(cx, pv_printf(cx->arena, "%s" REPLACED "%s", in->place.path, parts[i]));
	return r < 0 ? r : sync_names(cx, in);
}

/* If one is kept already, this restore was cut short behind it: what lies there is its own. */
static int
put_aside(pv_ctx *cx, const restoring *in)
{
	bool kept = is_there(cx, in, REPLACED);
	int r = 0;

	for (size_t i = 0; r == 0 && i < PV_LEN(parts); i++) {
		const char *from = pv_printf(cx->arena, "%s%s", in->place.path, parts[i]);
		const char *to = pv_printf(cx->arena, "%s" REPLACED "%s", in->place.path, parts[i]);

		if (kept && i == 0)
			r = drop(cx, from);
		else if (access(from, F_OK) == 0)
			r = move(cx, from, to);
	}
	return r;
}

static int
put_marker(pv_ctx *cx, const restoring *in)
{
	const char *text = pv_printf(cx->arena, "%lld", (long long)in->there);
	int r = forget_replaced(cx, in);

	if (r < 0)
		return r;
	r = pv_file_save(cx, marker_of(cx, in), pv_str_of(text), 0600);
	if (r < 0)
		unlink(marker_of(cx, in)); /* nothing has changed */
	return r < 0 ? pv_wrap(cx, r, "restore") : 0;
}

static int
put_in_place(pv_ctx *cx, const restoring *in)
{
	int r = is_there(cx, in, RESTORING) ? 0 : put_marker(cx, in);

	if (r == 0)
		r = put_aside(cx, in);
	if (r == 0)
		r = move(cx, in->staged, in->place.path);
	if (r == 0)
		r = drop(cx, marker_of(cx, in));
	return r < 0 ? r : sync_names(cx, in);
}

/* ---- the whole ---- */

static int
run(pv_ctx *cx, restoring *in, pv_backup_info *ret, int64_t *ret_rev)
{
	int r = pv_dir_make(cx, in->conf->dir, 0700);

	if (r == 0)
		r = sqlite_lock(cx, &in->place);
	if (r == 0 && !in->conf->replace && !is_there(cx, in, RESTORING))
		r = check_empty(cx, in);
	if (r == 0)
		r = clear_staged(cx, in);
	if (r == 0)
		r = stage(cx, in, ret, ret_rev);
	if (r == 0)
		r = seal_off(cx, in);
	return r < 0 ? r : put_in_place(cx, in);
}

int
pv_restore(pv_ctx *cx, const pv_restore_conf *conf, pv_backup_info *ret, int64_t *ret_rev)
{
	restoring in = {.conf = conf, .place = {.lock_fd = -1}};
	pv_error *error;
	int r;

	in.place.path = pv_printf(cx->arena, "%s/pave.db", conf->dir);
	in.staged = pv_printf(cx->arena, "%s" NEW, in.place.path);
	in.reader = pv_backup_reader_new();
	pv_ctx_init(&in.turn, "store-restore");
	pv_vec_init(&in.rows, in.turn.arena, sizeof(rec_row));
	pv_vec_init(&in.facts, cx->arena, sizeof(pv_meta));
	r = run(cx, &in, ret, ret_rev);
	if (in.engine != NULL)
		in.engine->ops->close(in.engine);
	if (in.place.lock_fd >= 0) { /* what was made beside goes; the first error stays */
		error = pv_take_error(cx);
		if (clear_staged(cx, &in) < 0)
			pv_recover(cx);
		cx->err = error;
		close(in.place.lock_fd);
	}
	pv_ctx_done(&in.turn);
	pv_backup_reader_free(in.reader);
	return r;
}
