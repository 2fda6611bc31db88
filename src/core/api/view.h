/* view: a watch of what is computed (pv_view, core/module.h), for a stream that tells of several resources: JSON
 * lines {"resource", "type", "object"}, of all there is first, then of what differs.  While nothing changes that
 * the view heeds, nothing is computed.  Of one thread at a time. */
#pragma once
#include "core/api/api.h"

typedef struct pv_view_watch pv_view_watch;

typedef struct pv_view_wish {
	const pv_resource *res;        /* has a view that can be watched */
	const char *name;              /* as lines call the resource */
	const char *const *namespaces; /* NULL-terminated; NULL: all */
	void (*wake)(void *arg);       /* on any thread: there is something to look at */
	void *arg;
} pv_view_wish;

/* The wish is copied.  -PV_EMETHOD: nobody can watch it.  Owner: caller, pv_view_watch_close(). */
PV_MUST_USE int pv_view_watch_open(pv_ctx *cx, pv_api *api, const pv_view_wish *wish, pv_view_watch **ret);
/* Adds the lines that are news.  false: it has ended, as its last line says. */
bool pv_view_watch_fill(pv_view_watch *w, pv_buf *out);
bool pv_view_watch_synced(const pv_view_watch *w); /* all that there was has been told */
int64_t pv_view_watch_at(const pv_view_watch *w);  /* when to look again at the latest, monotonic */
pv_view_watch *
pv_view_watch_close(pv_view_watch *w); /* accepts NULL, returns NULL; no wake after it returns */
