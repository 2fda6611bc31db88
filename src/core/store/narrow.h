/* narrow: a watch of one namespace, of one name, or of both: it is told of no other object, and what is more,
 * not woken for one: ten thousand such watches of a type cost a write little.  Thread: the watch's reader, before
 * its first event.  The texts stay the caller's, and as they are, until the watch is closed. */
#pragma once
#include "core/store/store.h"

void pv_watch_narrow(pv_watch *watch, const char *ns, const char *name); /* "": any */
