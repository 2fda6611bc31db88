/* touch: telling one fact that the world moved, by its key, which is far less work than asking all of them
 * (pv_facts_touch_all).  Any thread. */
#pragma once
#include "core/fact/fact.h"

/* What names the fact of such a question; args without a payload. */
char *pv_facts_key(pv_arena *arena, const char *fact, const pv_val *args);
/* It is found out anew.  False: there is none. */
bool pv_facts_touch(pv_ctx *cx, pv_facts *facts, const char *key);
