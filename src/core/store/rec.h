/* rec: one version of one object, in one allocation: header, key, JSON.
 * Internal to the store.  Immutable once stamped, but for the parsed value, which
 * is made on first use and may be let go when nobody but the store holds the
 * record. */
#pragma once
#include <stdatomic.h>

#include "core/store/store.h"

/* What all records of one store share; it outlives the store while they do. */
typedef struct rec_pool {
	_Atomic int64_t refs;   /* the store's own and one a record */
	_Atomic int64_t parsed; /* bytes of parsed values */
} rec_pool;

rec_pool *rec_pool_new(void);
rec_pool *rec_pool_unref(rec_pool *pool); /* accepts NULL, returns NULL */

struct pv_rec {
	_Atomic uint32_t refs; /* all of them */
	uint32_t inner;        /* the index's and the rings' own; the store's lock */
	bool current;          /* in the index; the store's lock */
	atomic_bool warm;      /* the parsed value was used since the last sweep */
	uint32_t len;          /* of the JSON */
	uint32_t stamp;        /* where in it the digits of resourceVersion begin */
	int64_t rev;           /* 0: not stamped yet */
	int64_t id;            /* of the object's life, from create to delete: the engine's key */
	rec_pool *pool;
	_Atomic(const pv_val *) val; /* frozen; NULL until used */
	const char *json;
	pv_key key;
	char bytes[]; /* type, namespace, name, JSON, each with its NUL */
};

/* Serialises a document, leaving a gap for the revision.  Owner: caller,
 * pv_rec_unref().  -PV_EINVALID if it cannot be an object. */
PV_MUST_USE int rec_encode(pv_ctx *cx, rec_pool *pool, const pv_key *key, const pv_val *doc, pv_rec **ret);
/* Fills the gap, once. */
void rec_stamp(pv_rec *rec, int64_t rev);
/* The same document under another revision: what a delete leaves behind. */
pv_rec *rec_restamp(const pv_rec *old, int64_t rev);

typedef struct rec_row { /* as an engine keeps it; borrowed */
	int64_t id, rev;
	pv_key key;
	pv_str json;
	int64_t stamp;
	bool torn; /* not as it was written */
} rec_row;
/* NULL if the row contradicts itself (a damaged file). */
pv_rec *rec_decode(rec_pool *pool, const rec_row *row);

int rec_cmp(const pv_rec *rec, const char *ns, const char *name); /* namespace, then name */
/* The header of a record is mutable behind its const face, for the store itself. */
pv_rec *rec_mine(const pv_rec *rec);
pv_rec *rec_ref(const pv_rec *rec); /* accepts NULL */
/* Lets go of the parsed value if only the store holds the record and it was not
 * used since the last call.  Under the store's write lock.  Owner: caller. */
const pv_val *rec_cool(pv_rec *rec);
