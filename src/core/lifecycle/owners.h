/* owners: which objects name which uid as an owner.  One thread.  Private. */
#pragma once
#include "core/store/store.h"

typedef struct owners owners;
owners *owners_new(void);
owners *owners_free(owners *o);
/* prev and rec as in pv_event; rec NULL when the object is gone. */
void owners_update(owners *o, pv_arena *arena, const pv_rec *prev, const pv_rec *rec);
/* Elements: const char * "type ns name" of what the uid owns. */
void owners_dependents(const owners *o, pv_arena *arena, const char *uid, pv_vec *ret);
/* Does the record mention owners at all?  Without parsing it. */
bool owners_any(const pv_rec *rec);
char *owners_place(pv_arena *arena, const pv_key *key); /* "type ns name" */
