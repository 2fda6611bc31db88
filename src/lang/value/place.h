/* place: where in a document a value stands that was read out of it.  Values are shared, not copied, so one is
 * known by what it points to; a number or a boolean only while it lies in the document itself.  A path is written
 * when it is asked for.  One thread's; lies in its arena, and borrows the document. */
#pragma once
#include "lang/value/value.h"

typedef struct pv_places pv_places;

/* Of all that is in `root`; paths begin with `prefix` ("object"; "" for none). */
pv_places *pv_places_of(pv_arena *arena, const pv_val *root, const char *prefix);
/* "spec.containers[0].image"; NULL: it was not read there. */
const char *pv_place_find(pv_places *places, const pv_val *v);
/* The path of a member of what stands at `path`: object["a/b"], object.a. */
const char *pv_place_member(pv_arena *arena, const char *path, pv_str name);
const char *pv_place_item(pv_arena *arena, const char *path, size_t i);
/* Is `path` that of a part of what stands at `whole`, or the same? */
bool pv_place_within(const char *path, const char *whole);
