/* httpc_many: requests of one client that one thread carries on side by side, for watches: a hundred of
 * them take no threads, and over HTTP/2, once one has ended, no more than its connection, up to 1,000 or as
 * many streams as the server lets it have.  One thread at a time. */
#pragma once
#include "base/httpc.h"

typedef struct pv_httpc_many pv_httpc_many;

/* Called by pv_httpc_many_run when a request has ended, as pv_httpc_do would have returned; cx and the answer
 * are there for the call only.  It may add others. */
typedef void pv_httpc_done(void *arg, pv_ctx *cx, int r, const pv_httpc_answer *answer);

pv_httpc_many *pv_httpc_many_open(pv_httpc *client);     /* the client outlives it.  Owner: caller */
pv_httpc_many *pv_httpc_many_close(pv_httpc_many *many); /* what has not ended is dropped, and not told */
/* Begins it.  What req points to is not copied: it stays until done. */
void pv_httpc_many_add(pv_httpc_many *many, const pv_httpc_req *req, pv_httpc_done *done, void *arg);
/* Carries all on, for about so long at most; returns when some ended. */
void pv_httpc_many_run(pv_httpc_many *many, int64_t most_ns);
