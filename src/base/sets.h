/* sets: keys to sets of texts, as indexes are made of.  A set is there while it has members.
 * On the heap; one thread at a time.  Texts are copied. */
#pragma once
#include "base/map.h"
#include "base/vec.h"

typedef struct pv_sets pv_sets;

pv_sets *pv_sets_new(void);
pv_sets *pv_sets_free(pv_sets *sets); /* accepts NULL */
void pv_sets_add(pv_sets *sets, const char *key, const char *member);
/* True if the set is gone with its last member. */
bool pv_sets_remove(pv_sets *sets, const char *key, const char *member);
/* The set no more there, as a map whose keys are its members; NULL if there is none.  Owner: caller. */
pv_map *pv_sets_take(pv_sets *sets, const char *key);
/* The set as it lies there: NULL if there is none. */
const pv_map *pv_sets_find(const pv_sets *sets, const char *key);
/* All members, in the order in which they came: const char *, copied into the arena. */
void pv_sets_list(const pv_sets *sets, pv_arena *arena, const char *key, pv_vec *ret);
