/* near: which known word a mistyped one may have meant.  Pure. */
#pragma once
#include "base/base.h"

/* pv_near near = {.word = "deploymnet"}; pv_near_try(&near, each) ...; near.best or NULL.
 * One mistake in three characters (of the longer word) is forgiven; case is none. */
typedef struct pv_near {
	const char *word;
	const char *best; /* of those tried; NULL: none is near.  Borrowed. */
	size_t distance;  /* characters to insert, remove, replace or swap */
} pv_near;

void pv_near_try(pv_near *near, const char *candidate); /* the first of equals stays */
