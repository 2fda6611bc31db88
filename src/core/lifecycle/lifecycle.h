/* lifecycle: what happens to objects because of other objects, of whatever kind:
 * garbage collection by owner references (background, foreground, orphan) and the
 * life of namespaces (their default ServiceAccount and CA, and their emptying when
 * they are deleted), certificates and tokens that objects ask for.  Events end when they are old.  One thread of its own over one watch.  Thread-safe. */
#pragma once
#include "core/api/api.h"

typedef struct pv_lifecycle pv_lifecycle;

typedef struct pv_self {     /* where this server is found; the text outlives who is given it */
	const char *address; /* NULL: from this machine alone, which no endpoint can say */
	int port;
} pv_self;

/* The Service `kubernetes` of the namespace default and its endpoints: made, or as they should be again. */
PV_MUST_USE int pv_self_keep(pv_ctx *cx, pv_api *api, const pv_self *self);

/* Priority classes, the clients' authority and the like (given.c): made when they are not there; the lease renewed. */
PV_MUST_USE int pv_given_keep(pv_ctx *cx, pv_api *api);

/* event_ttl: how long Events are kept after their last write, ns; 0 = for ever.  self NULL: it is not kept. */
PV_MUST_USE int pv_lifecycle_open(pv_ctx *cx, pv_api *api, int64_t event_ttl, const pv_self *self,
				  pv_lifecycle **ret);
pv_lifecycle *pv_lifecycle_close(pv_lifecycle *lc);
