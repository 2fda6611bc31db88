/* events: what answers say of more than one kind of object.  Private to this folder. */
#pragma once
#include "delivery/argocd/impl.h"

/* The Events about an object, as an EventList; uid "": of whatever had the name.  right: to what they are about. */
int events_answer(call *c, enum right right, const char *ns, const char *kind, const char *name,
		  const char *uid);
/* Makes it known that the caller did something to the object; 0, also where no Event can be made. */
int event_tell(call *c, const pv_val *object, const char *reason, const char *what);
/* The deep links that argocd-cm has for them: none, or -PV_EUNSUPPORTED by name. */
int links_answer(call *c, const char *key);
