/* resize: what the node makes of a Pod whose containers ask for other amounts than they have (subresource
 * resize), and of containers that came to debug it (ephemeralcontainers).  Private; pure. */
#pragma once
#include "core/reconcile/reconcile.h"

typedef struct resize {
	const char *infeasible; /* what is not there for it; NULL: it can be done */
	bool wished, done; /* some container asks for something else than it has; it has it from now on */
	int64_t next;      /* look again after, ns; 0: when something changes */
} resize;

void resize_look(pv_ctx *cx, pv_plan *plan, const pv_val *pod, resize *ret);
/* Adds allocatedResources and resources to the status of a container, if its spec asks for any. */
void resize_tell(const resize *r, const pv_val *pod, const pv_val *spec, pv_objb *status);
pv_val resize_conditions(pv_ctx *cx, const resize *r, const pv_val *conditions, int64_t now);

/* status.ephemeralContainerStatuses.  ended: when the Pod's containers did, 0: they did not. */
pv_val debug_statuses(pv_ctx *cx, const pv_val *pod, bool started, int64_t ended, int64_t now);
