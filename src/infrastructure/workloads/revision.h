/* revision: the templates that a StatefulSet or DaemonSet had, as ControllerRevisions.  Private. */
#pragma once
#include "infrastructure/workloads/pods.h"

/* Keeps the template of now; its name.  Old ones beyond revisionHistoryLimit go. */
const char *revision_keep(pv_ctx *cx, pv_plan *plan, const pv_val *owner);
/* The template of a revision; the one of now if it is not kept any more. */
const pv_val *revision_template(pv_ctx *cx, pv_plan *plan, const pv_val *owner, const char *name);
