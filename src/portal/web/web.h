/* portal/web: the web application out of the program itself, signing in, and one
 * multiplexed watch stream for each tab. */
#pragma once
#include "core/module.h"

int web_asset(pv_ctx *cx, pv_http_req *req, pv_api *api);   /* GET /, /assets/..., any page */
int web_sign_in(pv_ctx *cx, pv_http_req *req, pv_api *api); /* POST /portal/session */
int web_whoami(pv_ctx *cx, pv_http_req *req, pv_api *api);  /* GET */
int web_sign_out(pv_ctx *cx, pv_http_req *req, pv_api *api); /* DELETE */
int web_watch(pv_ctx *cx, pv_http_req *req, pv_api *api);   /* GET /portal/watch?r=... */
