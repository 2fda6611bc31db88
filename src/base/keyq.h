/* keyq: a queue of keys with times: what reconcilers and fact finders take work
 * from.  A key is in it once however often it is added (the earliest time wins)
 * and is worked on by one thread at a time; added while being worked on, it comes
 * again after pv_keyq_done().  Thread-safe.  Times are monotonic (pv_mono). */
#pragma once
#include "base/base.h"

typedef struct pv_keyq pv_keyq;

pv_keyq *pv_keyq_new(void);
void pv_keyq_close(pv_keyq *q);    /* takers return false; adding does nothing */
pv_keyq *pv_keyq_free(pv_keyq *q); /* after every taker has returned */

void pv_keyq_add(pv_keyq *q, const char *key, int64_t at);
/* Forgets a key that waits; one that is being worked on will not come again. */
void pv_keyq_drop(pv_keyq *q, const char *key);
/* Blocks until a key is due; false when closed.  *ret_key is valid until done. */
bool pv_keyq_take(pv_keyq *q, const char **ret_key);
void pv_keyq_done(pv_keyq *q, const char *key);
size_t pv_keyq_len(pv_keyq *q); /* waiting, due or not */
/* Blocks until nothing is due within `horizon` from now and nothing is worked on; for tests. */
void pv_keyq_settle(pv_keyq *q, int64_t horizon);
