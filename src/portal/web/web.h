/* portal/web: the web application out of the program itself, signing in, and one
 * multiplexed watch stream for each tab.  Const rows; called from the threads of the API. */
#pragma once
#include "core/module.h"

#define WEB_RESOURCES_MOST 64 /* of one stream or question */

/* Where somebody may list and watch a resource. */
typedef struct web_reach {
	bool everywhere;
	const char *const *namespaces; /* else there, sorted; in the arena */
	size_t n;
} web_reach;

/* GROUP/VERSION/PLURAL, "core" for the core group; NULL if it is not served. */
const pv_resource *web_resource(pv_ctx *cx, pv_api *api, const char *name);
/* -PV_EFORBIDDEN in Kubernetes' words if nowhere. */
PV_MUST_USE int web_reach_of(pv_ctx *cx, pv_api *api, const pv_resource *res, web_reach *ret);
bool web_reaches(const web_reach *reach, const char *ns);
bool web_reach_same(const web_reach *a, const web_reach *b);

/* Notices what may change a reach.  One thread; wake(arg) as of pv_watch_open(). */
#define WEB_GUARDED 6 /* types of objects */
typedef struct web_guard {
	pv_watch *watches[WEB_GUARDED];
} web_guard;

/* Open it before the rights are asked; to be closed even if it fails. */
PV_MUST_USE int web_guard_open(pv_ctx *cx, pv_api *api, void (*wake)(void *arg), void *arg, web_guard *guard);
void web_guard_close(web_guard *guard);
bool web_guard_noticed(pv_ctx *cx, web_guard *guard); /* since the last call */

int web_reply(pv_ctx *cx, pv_http_req *req, pv_val v); /* 200, JSON, kept by nobody */
void web_set_session(pv_ctx *cx, pv_http_req *req, const char *cookie, int64_t expires);

int web_asset(pv_ctx *cx, pv_http_req *req, pv_api *api);   /* GET /, /assets/..., any page */
int web_nowhere(pv_ctx *cx, pv_http_req *req, pv_api *api); /* GET anything that is not there, by a browser */
int web_sign_in(pv_ctx *cx, pv_http_req *req, pv_api *api); /* POST /portal/session */
int web_code(pv_ctx *cx, pv_http_req *req, pv_api *api);    /* POST /portal/code */
int web_whoami(pv_ctx *cx, pv_http_req *req, pv_api *api);  /* GET */
int web_sign_out(pv_ctx *cx, pv_http_req *req, pv_api *api);      /* DELETE */
int web_signin_ways(pv_ctx *cx, pv_http_req *req, pv_api *api);   /* GET /portal/signin */
int web_signin_start(pv_ctx *cx, pv_http_req *req, pv_api *api);  /* GET /portal/oidc/start */
int web_signin_finish(pv_ctx *cx, pv_http_req *req, pv_api *api); /* GET /portal/oidc/callback */
int web_watch(pv_ctx *cx, pv_http_req *req, pv_api *api);         /* GET /portal/watch?r=... */
