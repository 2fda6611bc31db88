/* owners: which objects name which uid as an owner: a set of "type ns name" of each uid.
 * Apart from the index of core/reconcile, which answers for one type at a time, locked, in the order of turns.
 * One thread.  Private. */
#pragma once
#include "base/sets.h"
#include "core/store/store.h"

/* prev and rec as in pv_event; rec NULL when the object is gone. */
void owners_update(pv_sets *owners, pv_arena *arena, const pv_rec *prev, const pv_rec *rec);
/* Does the record mention owners at all?  Without parsing it. */
bool owners_any(const pv_rec *rec);
char *owners_place(pv_arena *arena, const pv_key *key); /* "type ns name" */
