/* fact: what reconciling needs and the store does not hold, by key: found out once
 * however many ask (one flight a key), off the reconcile threads, strangers' bytes
 * only in a sandboxed child, within limits; kept by key and version.  When a fact
 * changes, exactly its askers run again.  Effects are the other direction. */
#pragma once
#include "base/ctx.h"
#include "lang/value/value.h"

typedef struct pv_facts pv_facts;
typedef struct pv_api pv_api;
typedef struct pv_rec pv_rec;

/* A way of finding out: a row of a module (or of core: git-tree). */
typedef struct pv_fact_kind {
	const char *name; /* "git-tree" */
	/* Runs on a job thread; may block, spawn sandboxed children, use the network.
	 * previous: the last value, NULL if there was none.  *ret is frozen by the caller.  Errors are kept and shown, and retried. */
	int (*find)(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous, pv_val *ret);
	/* Another fact that this one is made of (true), found out first: find sees its value as
	 * args.base and runs again when it changes; its error is this one's too.  May be NULL. */
	bool (*base)(pv_ctx *cx, const pv_val *args, const char **ret_fact, pv_val *ret_args);
	/* The world moved, says somebody: drop what would let the next find answer from memory. */
	void (*touch)(pv_ctx *cx, pv_facts *facts, const pv_val *args); /* may be NULL */
	/* Types of the store that find reads on the side ("/Secret"), ended by NULL, and whether an object
	 * of one, as it was or is, is of these args: when such a one comes, changes or goes, the fact is
	 * touched and found out anew at once, however long the pause it was in.  Both may be NULL. */
	const char *const *reads;
	bool (*heeds)(pv_ctx *cx, const pv_val *args, const pv_rec *rec);
	/* A member of args that says with whom it shares threads, in the place of the namespace that asks: what one
	 * cluster keeps waiting, others do not wait for.  NULL, or not there: the namespace. */
	const char *lane;
	bool effect;           /* finding out is the doing: its answer is kept whatever room it takes */
	int64_t refresh_ns;    /* ask again so often while somebody cares; 0 = only when told */
	int64_t retry_most_ns; /* the longest pause between attempts that fail; 0 = 60 s */
} pv_fact_kind;

/* A part of a fact that runs in a sandboxed child of this program: bytes in, value out. */
typedef struct pv_job_kind {
	const char *name; /* "render-manifests" */
	/* In the child, already confined: read what `request` allows, return a value. */
	int (*run)(pv_ctx *cx, const pv_val *request, pv_val *ret);
	bool network;
	size_t memory_limit, output_limit; /* bytes; 0 = defaults (1 GiB, 64 MiB) */
	int64_t timeout_ns;                /* 0 = 30 s, with the network 90 s */
} pv_job_kind;

/* The kinds come from pv_modules.  Mirrors and caches live under data_dir/facts. */
PV_MUST_USE int pv_facts_open(pv_ctx *cx, const char *data_dir, int threads, pv_facts **ret);
pv_facts *pv_facts_close(pv_facts *facts); /* ends running children; no question may come any more */
/* leave(arg) is called by pv_facts_close before anything else: who calls this table from threads of his own
 * ends them there. */
void pv_facts_on_close(pv_facts *facts, void (*leave)(void *arg), void *arg);
void pv_facts_set_api(pv_facts *facts, pv_api *api); /* once, before the first question */
pv_api *pv_facts_api(pv_facts *facts);               /* for credentials kept in Secrets */
pv_facts *pv_facts_of(pv_api *api);                  /* the way back, for routes; NULL: none are open */
typedef struct pv_question {
	const char *fact; /* its kind's name */
	const pv_val *args;
	const pv_val *payload; /* what the kind sees as args.payload besides the key; NULL: nothing */
	const char *asker;     /* the namespace it is asked for: each gets its share of threads and memory */
} pv_question;
/* As pv_plan_fact and pv_plan_effect.  *ret_key (arena of cx) names the fact in the calls below. */
int pv_facts_get(pv_ctx *cx, pv_facts *facts, const pv_question *question, const pv_val **ret,
		 const char **ret_key);
/* changed(arg, key) is called on any thread, one at a time, when the value or the error changes.  It must
 * not call this table.  When this returns, the listener before is not running and is not called again. */
void pv_facts_listen(pv_facts *facts, void (*changed)(void *arg, const char *key), void *arg);
/* The same for every fact of the kind (NULL: of any) whose args have this member with this text, or one
 * that is the same. */
void pv_facts_touch_all(pv_ctx *cx, pv_facts *facts, const char *fact, const char *member, const char *text,
			bool (*same)(const char *own, const char *text) /* NULL: equal */);
/* An object came (was NULL), changed, or went (is NULL): the facts that heed it are found out anew. */
void pv_facts_written(pv_ctx *cx, pv_facts *facts, const pv_rec *was, const pv_rec *is);
/* Is the answer one that was begun to be looked for at that time (wall clock) or later?  If not, it
 * is looked for now, and changed(key) comes when it is there, news or not. */
bool pv_facts_since(pv_ctx *cx, pv_facts *facts, const char *key, int64_t since);
/* Did changed(key) come since that monotonic instant?  For askers that note only later what they read. */
bool pv_facts_news(pv_facts *facts, const char *key, int64_t since);
void pv_facts_forget(pv_facts *facts, const char *key); /* no asker is left */
/* {key, state: fresh|stale|pending|failed, at, error} for `pave why`. */
pv_val pv_facts_describe(pv_arena *arena, pv_facts *facts, const char *key);

/* Runs a job kind in a sandboxed child; read_only / read_write: paths it may touch
 * (NULL-terminated, may be NULL).  Blocks.  The child's error comes back as cx's error. */
PV_MUST_USE int pv_job_run(pv_ctx *cx, const char *job, const pv_val *request, const char *const *read_only,
			   const char *const *read_write, pv_val *ret);
/* main() gives way to this when argv[1] is "--job": never returns to serve. */
int pv_job_main(int argc, char **argv);
const char *pv_facts_dir(const pv_facts *facts); /* DATA/facts: mirrors and caches live below */
