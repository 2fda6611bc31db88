/* mirror: what a cluster holds, as far as it is kept: of each object its version and whose it says it is, about 200
 * bytes.  On the heap; whoever has it locks.  Private to this folder. */
#pragma once
#include "base/map.h"
#include "base/vec.h"
#include "lang/value/value.h"

#define MIRROR_MOST 300000 /* objects */

typedef struct mirror mirror;
mirror *mirror_new(void);
mirror *mirror_free(mirror *m);
size_t mirror_len(const mirror *m);

/* Names of objects: "apps/Deployment/NS/NAME". */
char *mirror_key(pv_arena *arena, const char *group, const char *kind, const char *ns, const char *name);

/* The object is there, as its metadata says, seen in that round of lists; older news than what was written
 * is none, and so is what has texts as no server has them.  False: there is no room for it. */
bool mirror_put(mirror *m, const char *key, const pv_val *meta, uint64_t round);
/* The same of what somebody here wrote just now, whatever lists and watches say that are older. */
bool mirror_wrote(mirror *m, const char *key, const pv_val *meta);
/* It is gone; version: at which (NULL: it was not found). */
void mirror_drop(mirror *m, const char *key, const char *version);
/* Something came of the object, which is not kept: who asked of its key is told. */
void mirror_tell(mirror *m, const char *key);
/* What of a kind ("apps/Deployment", and a namespace or NULL) was not seen in the round, whose list is of that
 * version, is gone. */
void mirror_sweep(mirror *m, const char *type, const char *ns, uint64_t round, const char *version);

const char *mirror_version(const mirror *m, const char *key); /* NULL: it is not there */
/* Keys (const char *) of what is marked so: "tracking KEY", "instance KEY". */
void mirror_marked(const mirror *m, pv_arena *arena, const char *mark, pv_vec *ret);

/* An apply of the wanted object (a digest) to that version changes nothing. */
void mirror_note_same(mirror *m, const char *key, const char *version, const char *digest);
bool mirror_is_same(const mirror *m, const char *key, const char *version, const char *digest);

/* Who asks is told when one that is marked so changes, or the object of the key: once. */
void mirror_ask(mirror *m, const char *mark, const char *asker);
void mirror_ask_key(mirror *m, const char *key, const char *asker);
/* The askers (const char *) of what has changed since the last call. */
void mirror_take_changed(mirror *m, pv_arena *arena, pv_vec *ret);
