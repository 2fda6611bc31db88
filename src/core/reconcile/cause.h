/* cause: what keeps an object from being well: the Pods it owns that are not, and what events warn
 * of.  Private to this folder. */
#pragma once
#include "core/reconcile/live.h"

/* [{object, reason, message, count, at}]: of at most CAUSES_MOST objects, as far as cx's identity may
 * read Pods and Events in its namespace; empty if all is well.  What summary says is left out. */
pv_val cause_list(pv_ctx *cx, pv_runtime *rt, const pv_val *object, const char *summary);
const char *finalizers_text(pv_ctx *cx, const pv_val *list); /* "a, b" */
