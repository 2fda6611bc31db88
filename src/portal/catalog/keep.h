/* keep: which entities of a source stay although no valid document names them any more,
 * and why.  Pure; everything lives in the arena of the turn.  Private. */
#pragma once
#include "base/map.h"
#include "portal/catalog/catalog.h"

#define KEEP_FILE "pave.dev/source-file" /* annotation: the file an entity came from */

typedef struct keep {
	pv_arena *arena;
	pv_map *owned;  /* ref -> entity that is there */
	pv_map *wanted; /* ref -> anything: a valid document names it */
	pv_map *by_ref; /* ref -> fault, text; grows */
	pv_map *by_file;
} keep;

/* Adds to by_ref every entity of `owned` that one of the errors (parse.h) may be about, and
 * every one that came in by a Location that is itself among them. */
void keep_undecided(keep *k, const pv_listb *errors);
/* FILE:LINE: FIELD: MESSAGE */
const char *keep_fault(pv_arena *arena, const pv_val *error);
