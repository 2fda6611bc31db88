/* wait: until an object is as somebody wants it, told by the store, for a while.  On a worker's thread.  Private. */
#pragma once
#include "delivery/argocd/impl.h"

/* *ret: as it is then.  -PV_ETIMEOUT, -PV_ENOTFOUND if it goes, -PV_ETOOMANY where many wait. */
PV_MUST_USE int wait_until(call *c, const pv_key *key, bool (*is)(const pv_val *now), const pv_val **ret);
