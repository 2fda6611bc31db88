/* store: versioned documents by key with one global, increasing revision.
 * Thread-safe.  Readers see memory and never wait for the disk; an acknowledged
 * write is on disk (group commit by one writer thread; the revision is given
 * there, without gaps).  The database is the durable log and what is loaded at
 * start.  No call blocks on a watcher.  See core/store/README.md.
 *
 * The store knows two fields of a document: it sets metadata.resourceVersion to
 * the revision of the write, and drops it from what it is given. */
#pragma once
#include "base/ctx.h"
#include "base/vec.h"
#include "lang/value/value.h"

typedef struct pv_metrics pv_metrics; /* core/metrics/metrics.h */
typedef struct pv_store pv_store;
typedef struct pv_rec pv_rec; /* one version of one object: immutable, counted */
typedef struct pv_watch pv_watch;

typedef struct pv_key {
	const char *type; /* "apps/Deployment", "/Pod" for the core group */
	const char *ns;   /* "" for cluster-scoped objects */
	const char *name;
} pv_key;

typedef struct pv_store_conf {
	const char *url; /* "sqlite:DIR/pave.db", "memory:" (tests, render) */
	/* Events younger than this are kept (0: 10 minutes), and of each type at least so many
	 * (0: 1,024), unless the versions they keep alive pass 32 MB in all. */
	int64_t history_ns;
	size_t history_min;
	int patience_ms;        /* how long another's lock on the database is waited for (0: 10 s) */
	int log_pages;          /* of the database's write-ahead log, before it begins anew (0: 2,048) */
	pv_metrics *metrics;    /* NULL: none; outlives the store */
	const char *encryption; /* file: an EncryptionConfiguration; NULL: nothing is sealed */
	/* "secrets", "" -> "/Secret"; NULL: no built-in kind.  For what the file says. */
	const char *(*type_of)(pv_ctx *cx, const char *plural, const char *group);
} pv_store_conf;

/* Owner: caller.  Errors say what to do: read-only directory, full disk, locked by
 * another process, newer schema, damaged file.  An empty store is at revision 1. */
PV_MUST_USE int pv_store_open(pv_ctx *cx, const pv_store_conf *conf, pv_store **ret);
/* Watches must be closed and writers gone; records may outlive it. */
pv_store *pv_store_close(pv_store *store);
int64_t pv_store_rev(const pv_store *store); /* newest published revision */
/* Did the disk take the last group?  After a refusal it is tried again every second. */
bool pv_store_writable(const pv_store *store);
/* Is all that was looked at on the disk what was written?  The log says what is not. */
bool pv_store_sound(const pv_store *store);

/* ---- records ---- */
#define PV_RECORD_MOST (8u << 20) /* bytes of one, serialised; a write of more is -PV_ETOOLARGE */
const pv_key *pv_rec_key(const pv_rec *rec);
int64_t pv_rec_rev(const pv_rec *rec);       /* resourceVersion */
pv_str pv_rec_json(const pv_rec *rec);       /* serialised once, with resourceVersion */
const pv_val *pv_rec_val(const pv_rec *rec); /* parsed on first use, then shared; lives as rec does */
/* The same in cx's arena, for who reads it once and is to leave nothing behind. */
PV_MUST_USE int pv_rec_parse(pv_ctx *cx, const pv_rec *rec, const pv_val **ret);
const pv_rec *pv_rec_ref(const pv_rec *rec);
const pv_rec *pv_rec_unref(const pv_rec *rec);
const pv_rec *pv_rec_hold(pv_ctx *cx, const pv_rec *rec); /* until the ctx's arena is reset */

/* ---- reading: results are held by cx ---- */
PV_MUST_USE int pv_store_get(pv_ctx *cx, pv_store *store, const pv_key *key, const pv_rec **ret);
const pv_rec *pv_store_find(pv_ctx *cx, pv_store *store, const pv_key *key); /* NULL if absent */

typedef struct pv_listing {
	const pv_rec **recs; /* in order of namespace, then name */
	size_t len;
	int64_t rev;      /* the listing is exactly this revision */
	bool more;        /* cut at the limit */
	size_t remaining; /* how many follow when cut; 0 (unknown) with a filter */
} pv_listing;
typedef struct pv_list_query {
	const char *type, *ns;             /* ns NULL: all */
	const char *after_ns, *after_name; /* continue behind this key; NULL: from the start */
	size_t limit;                      /* 0: all */
	int64_t rev;                       /* 0: newest; else exactly that one: -PV_EGONE if compacted */
	/* Keep only what it accepts (before the limit counts); may be NULL. */
	bool (*keep)(const pv_rec *rec, void *arg);
	void *arg;
} pv_list_query;
PV_MUST_USE int pv_store_list(pv_ctx *cx, pv_store *store, const pv_list_query *query, pv_listing *ret);
/* All that a query finds, `limit` at a time, each page as it is then: it is let go with its context before
 * the next.  Ends with the first negative answer of `each`, whose error is cx's. */
typedef int pv_store_page(void *arg, pv_ctx *page, const pv_listing *listing);
PV_MUST_USE int pv_store_pages(pv_ctx *cx, pv_store *store, const pv_list_query *query, pv_store_page *each,
			       void *arg);
size_t pv_store_count(pv_store *store, const char *type);

/* ---- writing ---- */
#define PV_REV_ANY INT64_C(-1)
#define PV_REV_ABSENT INT64_C(0)
typedef struct pv_write {
	pv_key key;
	const pv_val *doc; /* NULL: delete */
	int64_t expect;    /* revision it must have, PV_REV_ABSENT or PV_REV_ANY */
	const pv_rec
		*ret; /* the new version (a delete: the last one, with the delete's revision); held by cx */
} pv_write;
/* All or nothing, in one revision each, in order; returns when they are on disk.
 * -PV_EEXISTS, -PV_ENOTFOUND, -PV_ECONFLICT as the expectations say; -PV_EUNAVAILABLE
 * when the disk refuses (nothing is kept then).  Blocks: not on a loop thread. */
PV_MUST_USE int pv_store_write(pv_ctx *cx, pv_store *store, pv_write *writes, size_t n);

/* From here on writes return before they are on the disk, though in their order, until pv_store_firm() returns
 * when all of them are.  For a first start: nobody outside was told of anything yet. */
void pv_store_lax(pv_store *store);
PV_MUST_USE int pv_store_firm(pv_ctx *cx, pv_store *store);

/* ---- watching ---- */
enum pv_event_type { PV_ADDED, PV_MODIFIED, PV_DELETED };
typedef struct pv_event {
	enum pv_event_type type;
	int64_t rev;
	const pv_rec *rec;  /* new version; deleted: last version with the delete's revision */
	const pv_rec *prev; /* version before, or NULL: for selectors that an object leaves */
} pv_event;
/* Events after `from` of one type (NULL: all).  -PV_EGONE if `from` was compacted.
 * wake(arg) is called on any thread, must be quick, must not call the store, and
 * comes only when the watch had run dry: after pv_watch_next() gave 0, or after
 * opening when nothing was there yet.  Several events may come with one wake. */
PV_MUST_USE int pv_watch_open(pv_ctx *cx, pv_store *store, const char *type, int64_t from,
			      void (*wake)(void *arg), void *arg, pv_watch **ret);
/* 1: *ret holds the next event, valid until the next call; 0: none now;
 * -PV_EGONE: the watcher fell behind what is kept (error set). */
int pv_watch_next(pv_ctx *cx, pv_watch *watch, pv_event *ret);
int64_t pv_watch_rev(const pv_watch *watch); /* everything up to here was delivered */
pv_watch *pv_watch_close(pv_watch *watch);   /* no wake after it returns */

/* ---- upkeep ---- */
void pv_store_compact(pv_store *store, int64_t before); /* forget events before this revision */
/* Small facts that are not objects (keys of the CA, last plans): durable, by name. */
typedef struct pv_meta {
	const char *name;
	pv_str value; /* s NULL: forget it */
} pv_meta;
/* All or nothing. */
PV_MUST_USE int pv_store_metas_put(pv_ctx *cx, pv_store *store, const pv_meta *metas, size_t n);
PV_MUST_USE int pv_store_meta_put(pv_ctx *cx, pv_store *store, const char *name, pv_str value);
PV_MUST_USE int pv_store_meta_get(pv_ctx *cx, pv_store *store, const char *name,
				  pv_str *ret); /* {NULL,0} if absent */
