/* computed: what a view (core/module.h) lists, kept for who pages through it or goes on to watch it; and one
 * watch of a view.  A watch is told what differs between two results: it is woken by the store, and while it
 * rests nothing is computed.  Thread-safe but for view_watch, which one thread at a time may use.
 * Internal to core/api. */
#pragma once
#include "core/api/scribe.h"

typedef struct computed computed; /* of an API: all its views */
computed *computed_new(void);
computed *computed_free(computed *c);
pv_pool *computed_pool(computed *c);

/* Whole objects in order of namespace, then name, as of *ret_rev at least; held by cx.  ns "": all. */
PV_MUST_USE int computed_list(pv_ctx *cx, pv_api *api, const pv_resource *res, const char *ns,
			      int64_t *ret_rev, const pv_val **ret);
/* The same as somebody was told it, with that revision; NULL: it is not kept any more. */
const pv_val *computed_find(pv_ctx *cx, pv_api *api, const pv_resource *res, const char *ns, int64_t rev);

typedef struct view_watch view_watch;
/* Of q's target, from o->rev.  wake(arg) when there is something to look at.  -PV_EGONE: what was listed then is
 * not kept. */
PV_MUST_USE int view_watch_open(request *q, const scribe *style, void (*wake)(void *arg), void *arg,
				view_watch **ret);
/* The same for a stream of several, from what there is now on; namespaces: NULL-terminated, NULL: all. */
PV_MUST_USE int view_watch_open_in(pv_ctx *cx, const scribe *style, const char *const *namespaces,
				   void (*wake)(void *arg), void *arg, view_watch **ret);
/* Adds what is news to s.  true: it is being computed, wake comes when it is. */
bool view_watch_fill(view_watch *v, scribe *s);
int64_t view_watch_at(const view_watch *v);  /* when to look again at the latest, monotonic */
int64_t view_watch_rev(const view_watch *v); /* what was told up to */
void view_watch_drop(view_watch *v);         /* accepts NULL */
