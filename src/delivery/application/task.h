/* task: what a sync does, in the order in which it does it.  Pure.  Private. */
#pragma once
#include "delivery/application/app.h"
#include "delivery/application/hook.h"

typedef struct task {
	const item *item;
	enum phase phase;
	int64_t wave;
	bool prune;
	int rank;             /* of its kind */
	const char *name;     /* the item's, or made for a hook without one */
	const pv_val *result; /* what is recorded of it in syncResult.resources; NULL: not done yet */
} task;

/* As an attempt finds them: {prunes: the waves of what is pruned, rising, last}, for
 * .status.operationState[OP_WAVES]. */
pv_val tasks_waves(app *a, const pv_val *state);
/* The tasks of an operation (.status.operationState), sorted by phase, wave, kind, name. */
void tasks_build(app *a, const pv_val *state, pv_vec *ret /* of task */);
/* What is wrong with the resources that an attempt which has done nothing yet was asked for: one is not of
 * this Application.  NULL: nothing.  Healing may find that what it wanted to mend is gone. */
const char *tasks_missing(app *a, const pv_val *state);
/* A hook without a name gets one of the commit, the phase and the time it is for. */
const char *hook_name(app *a, const item *it, enum phase phase, const char *since);
int task_cmp(const void *a, const void *b);
int kind_rank(const char *kind); /* the order in which Argo CD applies kinds */
