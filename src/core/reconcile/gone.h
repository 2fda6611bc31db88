/* gone: which objects that are no more are still explained: the newest GONE_MOST of them, in the
 * order in which they went.  The caller locks.  Private to this folder. */
#pragma once
#include "lang/value/value.h"

#define GONE_MOST 1024

typedef struct pv_gone pv_gone;
pv_gone *gone_new(void);
pv_gone *gone_free(pv_gone *gone);
/* It went.  The key that is to be forgotten for it, or NULL.  Owner: caller, pv_heap_free(). */
char *gone_add(pv_gone *gone, const char *key);
bool gone_remove(pv_gone *gone, const char *key); /* it is back; was it gone? */
/* A list of the keys, oldest first: what is stored. */
pv_val gone_list(pv_arena *arena, const pv_gone *gone);
