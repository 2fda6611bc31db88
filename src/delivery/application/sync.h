/* sync: the pieces of one step of a sync.  Private. */
#pragma once
#include "delivery/application/app.h"
#include "delivery/application/operation.h"
#include "delivery/application/task.h"

struct step {
	app *a;
	const pv_val *state; /* .status.operationState as it will be */
	pv_vec tasks;        /* of task */
	bool many;           /* more than one group, so each waits for the one before */
};

struct tally {
	size_t waiting, failed;
	const task *first_waiting;
	const char *reasons; /* of what failed, "a,b" */
	bool deleting;       /* the first one waits to be gone */
	bool hooks;          /* a hook is among those waiting */
};

/* Has the driver (apply.c) do something once; results as pv_plan_effect.  What was done for
 * this operation, attempt, phase and wave is not done again, whatever happens. */
int order_ask(struct step *s, const char *what, enum phase phase, int64_t wave, const pv_vec *tasks,
	      const pv_val **ret);
/* Why what is to be pruned stays; NULL: it goes. */
const char *order_why_not_pruned(app *a, const pv_val *state, const pv_val *object);
/* A hook as it is applied: with the name it has in this sync. */
const pv_val *order_hook(app *a, const task *t);

/* What failed, with what to do about it if that is known. */
const char *progress_advised(app *a, const char *why);
/* What a result says went wrong, and where in Git that is ("deploy/web.yaml:3"; NULL: nowhere). */
const char *progress_fault(app *a, const pv_val *result, const char **ret_place);
/* The reasons "a,b" with the result's, unless it is among them; reasons may be NULL. */
const char *progress_reason(app *a, const char *reasons, const pv_val *result);
/* What became of the tasks done so far; their results are brought up to date. */
struct tally progress_take(struct step *s);
/* The hooks that run are told to have been stopped. */
void progress_terminate(struct step *s);
/* syncResult.resources with the outcome of a group behind it; only_failed: of a dry run. */
void progress_record(struct step *s, const pv_val *outcome, bool only_failed);
