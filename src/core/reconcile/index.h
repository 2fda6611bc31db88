/* index: who asked for what, and who owns whom.  Told of every store event and of
 * every turn's reads; answers which askers (keys "controller ns name") must run
 * again.  The caller locks.  Private to this folder. */
#pragma once
#include "base/map.h"
#include "core/store/store.h"

typedef struct pv_index pv_index;

pv_index *index_new(void);
pv_index *index_free(pv_index *ix);

/* The asker's turn read exactly these (const char *).  Facts that nobody asks for any
 * more are passed to forget(arg, key).  True if one was not read the turn before: then what
 * happened since this turn began may have passed the asker by. */
bool index_asked(pv_index *ix, const char *asker, const pv_vec *deps,
		 void (*forget)(void *arg, const char *fact_key), void *arg);
/* Calls again(arg, asker) for each asker of the key. */
void index_each_asker(pv_index *ix, const char *dep, void (*again)(void *arg, const char *asker), void *arg);

/* Ownership by uid; rec NULL: deleted.  Cheap for objects without owners. */
void index_owner(pv_index *ix, pv_arena *arena, const pv_rec *prev, const pv_rec *rec);
/* Elements of ret: const char * "ns name" of what uid owns of the type. */
void index_owned(pv_index *ix, pv_arena *arena, const char *type, const char *uid, pv_vec *ret);

/* The indexes of modules, in the same way. */
void index_rows(pv_ctx *cx, pv_index *ix, const pv_rec *prev, const pv_rec *rec);
/* Elements of ret: const char * "type ns name". */
void index_match(pv_index *ix, pv_arena *arena, const char *index, const char *key, pv_vec *ret);
/* The uids of an object's owners, all of them: const char *. */
void index_owners_of(pv_arena *arena, const pv_rec *rec, pv_vec *ret);
