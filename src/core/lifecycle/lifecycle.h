/* lifecycle: what happens to objects because of other objects, of whatever kind:
 * garbage collection by owner references (background, foreground, orphan) and the
 * life of namespaces (their default ServiceAccount and CA, and their emptying when
 * they are deleted).  Events end when they are old.  One thread of its own over one watch.  Thread-safe. */
#pragma once
#include "core/api/api.h"

typedef struct pv_lifecycle pv_lifecycle;

/* event_ttl: how long Events are kept after their last write, ns; 0 = for ever. */
PV_MUST_USE int pv_lifecycle_open(pv_ctx *cx, pv_api *api, int64_t event_ttl, pv_lifecycle **ret);
pv_lifecycle *pv_lifecycle_close(pv_lifecycle *lc);
