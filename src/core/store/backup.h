/* backup: a store at one revision as lines of JSON, and back.
 * The first line is a header, each that follows an object or a small fact, the last one counts
 * them and has the SHA-256 of all before it.  What is sealed at rest is sealed in a backup.
 *
 * A backup is of one thread at a time; readers and writers of the store go on beside it. */
#pragma once
#include "core/store/store.h"

typedef struct pv_backup pv_backup;
typedef struct pv_backup_reader pv_backup_reader;

/* The picture of this moment, which shares the store's memory.  Owner: caller, pv_backup_close(). */
PV_MUST_USE int pv_backup_open(pv_ctx *cx, pv_store *store, pv_backup **ret);
pv_backup *pv_backup_close(pv_backup *b); /* accepts NULL, returns NULL */
/* At most cap bytes; *ret 0 at the end. */
PV_MUST_USE int pv_backup_read(pv_ctx *cx, pv_backup *b, char *out, size_t cap, size_t *ret);

/* ---- reading ---- */
typedef struct pv_backup_info {
	int64_t rev;
	const char *time; /* when it was taken, RFC 3339; the reader's */
	size_t objects, facts;
} pv_backup_info;

/* Owner: caller, pv_backup_reader_free(). */
pv_backup_reader *pv_backup_reader_new(void);
pv_backup_reader *pv_backup_reader_free(pv_backup_reader *r); /* accepts NULL, returns NULL */
/* Each line, without its end.  -PV_EINVALID says which line, and what is wrong with it. */
PV_MUST_USE int pv_backup_take(pv_ctx *cx, pv_backup_reader *r, pv_str line);
/* Behind the last: -PV_EINVALID if it was cut short. */
PV_MUST_USE int pv_backup_end(pv_ctx *cx, const pv_backup_reader *r, pv_backup_info *ret);

/* ---- putting back ---- */
typedef struct pv_restore_conf {
	const char *dir; /* the data directory; no Pave may use it */
	bool replace;    /* what is there; it is kept beside, as pave.db.replaced */
	/* The lines: 1 and *ret, valid until the next call; 0 at the end; or -PV_E*. */
	int (*line)(pv_ctx *cx, void *arg, pv_str *ret);
	void *arg;
} pv_restore_conf;
/* Makes pave.db of a backup, or changes nothing.  Revisions go on far behind all that were ever
 * given, so that none means two things: *ret_rev is the first.  `info` lives in cx's arena. */
PV_MUST_USE int pv_restore(pv_ctx *cx, const pv_restore_conf *conf, pv_backup_info *ret, int64_t *ret_rev);

/* ---- looking for damage ---- */
/* The database of a data directory.  -PV_ENOTFOUND: there is none, and opening would make one. */
PV_MUST_USE int pv_store_at(pv_ctx *cx, const char *dir, const char **ret_path);
/* Tells of each fault of the database of a directory that no Pave uses: what, which object, and what
 * to do.  *ret: how many.  -PV_E* only if it cannot be looked at.  Needs no key. */
PV_MUST_USE int pv_store_check(pv_ctx *cx, const char *dir, void (*tell)(void *arg, const char *fault),
			       void *arg, size_t *ret);
/* Gives up writes that were acknowledged and are gone from the database's end: the next start goes on far
 * behind every revision that was given.  *ret_next: the first; 0: nothing is missing. */
PV_MUST_USE int pv_store_accept_loss(pv_ctx *cx, const char *dir, int64_t *ret_next);
