/* far: objects that an Application has in another cluster, as the caller may reach them.  Private. */
#pragma once
#include "delivery/argocd/tree.h"

/* -PV_EFORBIDDEN: the Application's project does not let it have such an object there. */
PV_MUST_USE int far_permitted(call *c, const target *f, const clusters_place *at, const char *group,
			      const char *kind, const char *ns, const char *name);
/* Fills in the call's kind and the uid that it expects, and holds the cluster for as long as the request lives.
 * *ret_live NULL: it is not there, not the Application's, or n is NULL. */
PV_MUST_USE int far_find(call *c, const target *f, const clusters_place *at, const node *n, pv_call *of,
			 spoke **ret, const pv_val **ret_live);
/* The events of one of the Application's objects, by name, namespace and uid ("": any), answered. */
PV_MUST_USE int far_events(call *c, const target *f, const clusters_place *at, const char *ns,
			   const char *name, const char *uid);
