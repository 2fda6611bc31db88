/* index: the current records of one type in order of namespace and name: a
 * B-tree of two levels, whose leaves are shared with readers and copied before a
 * change while anyone reads them.  Internal to the store; changes under its write
 * lock, look-ups and snapshots under the read lock. */
#pragma once
#include "core/store/rec.h"

#define INDEX_LEAF 256

typedef struct index_leaf {
	_Atomic uint32_t refs;
	uint32_t len;
	pv_rec *recs[INDEX_LEAF]; /* a reference each */
} index_leaf;

typedef struct rec_index {
	index_leaf **leaves; /* none is empty */
	size_t len, cap;
	size_t count; /* records */
} rec_index;

void index_done(rec_index *index);
/* Borrowed.  *ret_leaf: a hint for a change that follows; may be NULL. */
pv_rec *index_find(const rec_index *index, const char *ns, const char *name, size_t *ret_leaf);
/* Takes the caller's reference; returns the record that was there before, with its. */
pv_rec *index_put(rec_index *index, pv_rec *rec, size_t hint);
/* Returns the record with its reference; it must be there. */
pv_rec *index_del(rec_index *index, const char *ns, const char *name, size_t hint);
/* Fills an empty index with records in order, taking the references. */
void index_fill(rec_index *index, pv_rec *const *recs, size_t n);

typedef struct index_range { /* a stretch of the index as it was, held by cx */
	index_leaf *const *leaves;
	size_t len;
	size_t first, end; /* first of the first leaf; behind the last of the last leaf */
	size_t count;
} index_range;
/* The records behind (ns, name), or from the start of ns when `after` is NULL; of all
 * namespaces when ns is NULL. */
void index_snapshot(pv_ctx *cx, const rec_index *index, const char *ns, const char *after_ns,
		    const char *after_name, index_range *ret);
