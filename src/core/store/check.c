/* Looking for damage in a database that no Pave uses: every row by its sum and by what it says of
 * itself, every value of the log against the object it belongs to, and SQLite's own look at its pages. */
#include <unistd.h>

#include "base/str.h"
#include "core/store/backup.h"
#include "core/store/backup_priv.h"
#include "core/store/seal.h"
#include "core/store/sqlite.h"

typedef struct checking {
	void (*tell)(void *arg, const char *fault);
	void *arg;
	pv_ctx turn;
	rec_pool *pool;
	int64_t newest; /* revision */
	size_t faults;
} checking;

#define ADVICE "restore a backup"

static void
found(checking *in, const char *fault)
{
	in->faults++;
	in->tell(in->arg, fault);
	pv_ctx_reset(&in->turn);
}

static void
note_revision(checking *in, int64_t rev)
{
	if (in->newest < rev)
		in->newest = rev;
}

/* ---- only how far it came ---- */

static int
note_object(pv_ctx *cx, void *arg, const rec_row *row)
{
	(void)cx;
	note_revision(arg, row->rev);
	return 0;
}

static int
note_log(pv_ctx *cx, void *arg, const engine_log_row *row)
{
	(void)cx;
	note_revision(arg, row->rev);
	return 1; /* newest first */
}

static int
note_fact(pv_ctx *cx, void *arg, const pv_meta *meta, bool torn)
{
	int64_t earlier;

	(void)cx;
	if (!torn && pv_streq(meta->name, FACT_REVISION) && pv_parse_int(meta->value, &earlier))
		note_revision(arg, earlier);
	return 0;
}

/* What is wrong with a row, or NULL.  A sealed one tells of itself when it is opened. */
static const char *
fault_of(checking *in, const rec_row *row, bool torn)
{
	pv_rec *rec;

	if (torn)
		return "is not what was written";
	if (seal_is(row->json))
		return NULL;
	rec = rec_decode(in->pool, row);
	if (rec == NULL)
		return "contradicts itself";
	pv_rec_unref(rec);
	return NULL;
}

static int
see_object(pv_ctx *cx, void *arg, const rec_row *row)
{
	checking *in = arg;
	const char *fault = fault_of(in, row, row->torn);

	(void)cx;
	note_revision(in, row->rev);
	if (fault != NULL)
		found(in,
		      pv_printf(in->turn.arena, "%s \"%s\" in \"%s\" at revision %lld: the row %s: " ADVICE,
				row->key.type, row->key.name, row->key.ns, (long long)row->rev, fault));
	return 0;
}

static int
see_log(pv_ctx *cx, void *arg, const engine_log_row *row)
{
	checking *in = arg;
	const char *fault =
		row->prev.json.s == NULL && !row->torn ? NULL : fault_of(in, &row->prev, row->torn);

	(void)cx;
	note_revision(in, row->rev);
	if (fault != NULL)
		found(in,
		      pv_printf(
			      in->turn.arena,
			      "the change of %s \"%s\" in \"%s\" at revision %lld: the row of the log %s: " ADVICE,
			      row->key.type, row->key.name, row->key.ns, (long long)row->rev, fault));
	return 0;
}

static int
see_fact(pv_ctx *cx, void *arg, const pv_meta *meta, bool torn)
{
	checking *in = arg;

	note_fact(cx, arg, meta, torn);
	if (torn)
		found(in, pv_printf(in->turn.arena,
				    "the fact \"%s\": the row is not what was written: " ADVICE, meta->name));
	return 0;
}

static void
see_page(void *arg, const char *fault)
{
	checking *in = arg;

	found(in, pv_printf(in->turn.arena, "the file: %s: " ADVICE, fault));
}

/* A page that cannot be read ends the reading of its table: a fault like the others. */
static void
go_on(pv_ctx *cx, checking *in, int r)
{
	if (r >= 0)
		return;
	found(in, pv_printf(in->turn.arena, "%s", pv_error_text(cx)));
	pv_recover(cx);
}

int
sqlite_check_file(pv_ctx *cx, const char *path, void (*tell)(void *arg, const char *fault), void *arg,
		  size_t *ret)
{
	checking in = {.tell = tell, .arg = arg};
	engine_loader loader = {.arg = &in, .object = see_object, .log = see_log};
	pv_engine *engine;
	int64_t first;
	int r = engine_sqlite.open(cx, path, NULL, &engine);

	if (r < 0)
		return r;
	pv_ctx_init(&in.turn, "store-check");
	in.pool = rec_pool_new();
	go_on(cx, &in, engine->ops->metas(cx, engine, see_fact, &in));
	go_on(cx, &in, engine->ops->load(cx, engine, &loader, &first));
	go_on(cx, &in, engine->ops->check(cx, engine, see_page, &in));
	go_on(cx, &in, engine->ops->given(cx, engine, in.newest));
	engine->ops->close(engine);
	rec_pool_unref(in.pool);
	pv_ctx_done(&in.turn);
	*ret = in.faults;
	return 0;
}

int
pv_store_at(pv_ctx *cx, const char *dir, const char **ret)
{
	*ret = pv_printf(cx->arena, "%s/pave.db", dir);
	if (access(*ret, F_OK) == 0 || access(pv_printf(cx->arena, "%s" RESTORING, *ret), F_OK) == 0)
		return 0; /* who opens it tells of a restore that was cut short */
	return pv_fail(cx, PV_ENOTFOUND, "store: there is no %s: say which data directory with --data", *ret);
}

int
pv_store_accept_loss(pv_ctx *cx, const char *dir, int64_t *ret_next)
{
	checking in = {.newest = 0};
	engine_loader loader = {.arg = &in, .object = note_object, .log = note_log};
	pv_engine *engine;
	const char *path;
	int64_t first, marked;
	bool unknown;
	int r = pv_store_at(cx, dir, &path);

	if (r == 0)
		r = engine_sqlite.open(cx, path, NULL, &engine);
	if (r < 0)
		return r;
	marked = ((const sqlite *)engine)->marked;
	r = engine->ops->metas(cx, engine, note_fact, &in);
	if (r == 0)
		r = engine->ops->load(cx, engine, &loader, &first);
	*ret_next = 0;
	unknown = marked == 0 && ((const sqlite *)engine)->mark_told;
	marked = unknown ? in.newest : marked;
	if (r == 0 && (in.newest < marked || unknown)) {
		pv_meta facts[] = {
			{FACT_REVISION,
			 pv_str_of(pv_printf(cx->arena, "%lld", (long long)(marked + REVISION_FAR - 1)))},
			{FACT_MARKED, {NULL, 0}}};

		r = engine->ops->commit(cx, engine,
					&(engine_batch){.metas = facts, .n_metas = PV_LEN(facts)});
		*ret_next = marked + REVISION_FAR;
	}
	engine->ops->close(engine);
	return r;
}

int
pv_store_check(pv_ctx *cx, const char *dir, void (*tell)(void *arg, const char *fault), void *arg,
	       size_t *ret)
{
	const char *path;
	int r = pv_store_at(cx, dir, &path);

	return r < 0 ? r : sqlite_check_file(cx, path, tell, arg, ret);
}
