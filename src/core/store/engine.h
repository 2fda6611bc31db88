/* engine: where a store's changes are kept: what a database must do for it.
 * Internal to the store.  An engine keeps two things apart: the current objects,
 * and a log of the latest changes with what each replaced (so the new value is
 * never written twice: it is in the objects, or in a later row of the log).
 *
 * commit() is called by one thread; meta(), metas(), look() and upkeep() by any, one at a time each;
 * load(), fill(), rewrite() and check() before the first commit or after the last.
 * An engine over PostgreSQL needs one thing more: to tell of changes that another
 * replica committed; there, revisions are handed out under one row's lock. */
#pragma once
#include "core/store/rec.h"

typedef struct pv_engine pv_engine;

typedef struct engine_change { /* rec and prev carry key, id, revision and bytes */
	enum pv_event_type type;
	const pv_rec *rec;  /* new version; deleted: the last one under the delete's revision */
	const pv_rec *prev; /* what it replaces, NULL when added */
	pv_str json, old;   /* of both, as they are to lie there: sealed, perhaps */
} engine_change;

typedef struct engine_batch { /* all of it or nothing, durable when commit() returns unless it is lax */
	const engine_change *changes; /* in order of revision */
	size_t n_changes;
	const pv_meta *metas;
	size_t n_metas;
	int64_t forget; /* drop the log up to this revision; 0: nothing */
	bool lax;       /* it is durable when the next one is that is not */
} engine_batch;

typedef struct engine_log_row {
	enum pv_event_type type;
	int64_t rev, id;
	pv_key key;
	rec_row prev; /* json.s NULL when added */
	bool torn;    /* not as it was written */
} engine_log_row;

typedef struct engine_loader {
	void *arg;
	/* Every object, in any order. */
	int (*object)(pv_ctx *cx, void *arg, const rec_row *row);
	/* Then the log, newest first.  1: enough; 0: go on; or -PV_E*. */
	int (*log)(pv_ctx *cx, void *arg, const engine_log_row *row);
} engine_loader;

/* One small fact; not 0 ends it. */
typedef int engine_each(pv_ctx *cx, void *arg, const pv_meta *meta, bool torn);
/* What is to lie there instead of a value; 0: it stays, 1: *ret, or -PV_E*. */
typedef int engine_rewrite(pv_ctx *cx, void *arg, const pv_key *key, pv_str kept, pv_str *ret);

typedef struct engine_ops {
	const char *scheme; /* "sqlite" */
	/* conf: NULL, or what it says of patience and length of log. */
	int (*open)(pv_ctx *cx, const char *place, const pv_store_conf *conf, pv_engine **ret);
	pv_engine *(*close)(pv_engine *engine);
	/* *ret_first: the oldest revision in the log, 0 if it is empty. */
	int (*load)(pv_ctx *cx, pv_engine *engine, const engine_loader *loader, int64_t *ret_first);
	int (*commit)(pv_ctx *cx, pv_engine *engine, const engine_batch *batch);
	int (*meta)(pv_ctx *cx, pv_engine *engine, const char *name, pv_str *ret);
	int (*metas)(pv_ctx *cx, pv_engine *engine, engine_each *fn, void *arg);
	/* Objects into an empty engine, without history: all or nothing. */
	int (*fill)(pv_ctx *cx, pv_engine *engine, const rec_row *rows, size_t n);
	/* Puts every value through fn, before the first commit, and leaves no trace of what
	 * was replaced.  Cut short, it is called again. */
	int (*rewrite)(pv_ctx *cx, pv_engine *engine, engine_rewrite *fn, void *arg);
	/* Fails if a newer revision than the newest of load() was ever acknowledged. */
	int (*given)(pv_ctx *cx, pv_engine *engine, int64_t newest);
	/* Tells of all that the engine itself finds wrong with its files. */
	int (*check)(pv_ctx *cx, pv_engine *engine, void (*tell)(void *arg, const char *fault), void *arg);
	/* Looks at some more rows, beside the commits, from *at on; *at 0: from the start, and at the end.
	 * -PV_EINTERNAL says which one is not what was written. */
	int (*look)(pv_ctx *cx, pv_engine *engine, int64_t *at);
	bool (*due)(pv_engine *engine);    /* do commits call for upkeep? */
	bool (*upkeep)(pv_engine *engine); /* checkpoints and the like, beside the commits; was there any? */
} engine_ops;

struct pv_engine {
	const engine_ops *ops;
	_Atomic int64_t faults; /* of upkeep, for the keeper to tell of */
};

extern const engine_ops engine_sqlite, engine_memory;
