/* revision: the templates that a StatefulSet or a DaemonSet had, as ControllerRevisions: what
 * `kubectl rollout history` shows and `kubectl rollout undo` goes back to.  Private. */
#pragma once
#include "infrastructure/workloads/pods.h"

#define REVISION_LABEL "controller-revision-hash" /* of Pods: which template they are of */

struct revision {
	const char *name, *hash; /* "web-5c9b...", "5c9b..." */
	int64_t collisions;      /* of the name, with what others own: .status.collisionCount */
};

/* Keeps the template of now.  Those beyond revisionHistoryLimit go, if no Pod is of them. */
struct revision revision_keep(pv_ctx *cx, pv_plan *plan, const pv_val *owner, const pv_vec *pods);
/* The template of a revision; the one of now if it is not kept any more. */
const pv_val *revision_template(pv_ctx *cx, pv_plan *plan, const pv_val *owner, const char *name);
const char *revision_label(const pv_val *pod);
