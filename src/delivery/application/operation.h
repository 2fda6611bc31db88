/* operation: .status.operationState, made and changed.  Private. */
#pragma once
#include "delivery/application/app.h"

/* Not a field of Argo CD's: when the operation was taken over (ns).  It is about what the
 * repository had then or later. */
#define OP_SINCE "since"
#define OP_ASKED "asked"         /* likewise: the group that the driver has not answered for yet */
#define OP_BLOCKED "blocked"     /* likewise: what applying would still have said when an attempt failed */
#define OP_DIFFERING "differing" /* likewise: what an attempt with ApplyOutOfSyncOnly=true is about */
#define OP_WAVES "waves"         /* likewise: what the waves of an attempt go by (task.h) */
#define OP_DONE "done"           /* likewise: when another cluster had last done what was asked (ns) */
#define OP_LET "let"             /* likewise: a digest of what dependencies let through (depends.h) */
#define OP_SPEC "spec"           /* likewise: a digest of the spec that it was begun with */

bool op_running(const pv_val *state); /* Running (also while it waits for a retry) or Terminating */
bool op_terminating(const pv_val *state);
bool op_pauses(const pv_val *state);              /* between an attempt that failed and the next */
bool op_waits(const app *a, const pv_val *state); /* for the time of its next attempt */
bool op_partial(const pv_val *state);             /* chosen resources only, or only tried: no deployment */
bool op_finished(const pv_val *state);

/* A new one of what automated sync wants, about the commit that was compared with. */
const pv_val *op_begin(app *a, const pv_val *operation);
/* A new one of .operation.  What it is about is looked up anew, for it may be newer than what is
 * known; op_resolve() is told. */
const pv_val *op_take(app *a, const pv_val *operation);
const pv_val *op_resolve(app *a, const pv_val *state);
/* The automated operation, if one is due: NULL with the reason in the plan if not. */
const pv_val *op_automated(app *a);

const pv_val *op_message(app *a, const pv_val *state, const char *fmt, ...) PV_PRINTF(3, 4);
/* Ends it, or waits for the next attempt if it failed and may be tried again. */
const pv_val *op_end(app *a, const pv_val *state, const char *phase, const char *message);
int64_t op_backoff(const pv_val *operation, int64_t n); /* ns to wait after the n-th failure, from 0 */
/* Waiting for a retry: the state to go on with when it is time, NULL while it is not. */
const pv_val *op_retry(app *a, const pv_val *state);
const pv_val *op_history(app *a, const pv_val *state); /* .status.history with this deployment */

/* The wanted object that a result of a sync is of; NULL: none. */
const item *op_item(const app *a, const pv_val *result);
/* What applying would say now of what the last attempt could not apply; NULL: nothing. */
const char *op_obstacle(app *a, const pv_val *state);
/* Was there an obstacle when the last attempt failed, and is there none any more? */
bool op_unblocked(app *a, const pv_val *state);
const char *op_spec(const app *a);
/* An automated one that failed, and the spec has changed since it began. */
bool op_outdated(const app *a, const pv_val *state);
