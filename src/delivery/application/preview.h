/* preview: an Application as a turn would see it, for who asks and carries nothing out.  A preview and all of it lives in
 * the ctx's arena and belongs to one thread.  Private to this folder. */
#pragma once
#include "core/reconcile/look.h"
#include "core/reconcile/turn.h"
#include "delivery/application/app.h"

#define PREVIEW_PATIENCE (110 * PV_SEC)

typedef struct preview {
	pv_ctx *cx;
	pv_plan plan; /* its own: what fails in it is told by the result */
	app app;
} preview;

/* What shall be: 1, with p->app.items; 0: not known yet; or negative.  `plan` reads what it reads.
 * since: what is known of its repositories must be no older (wall clock); 0: any. */
PV_MUST_USE int preview_open(preview *p, pv_plan *plan, const pv_val *object, int64_t since);
/* What is, and how it differs, which application.h describes: likewise. */
PV_MUST_USE int preview_compare(preview *p, pv_plan *plan, pv_val *ret);
/* The difference of two objects (NULL: there is none) as `diff -u` shows it; what is too long is said to be. */
const char *preview_diff(pv_arena *arena, const char *name, const pv_val *from, const pv_val *to);
/* pv_runtime_look for a route, of which a few may wait at once. */
PV_MUST_USE int preview_wait(pv_ctx *cx, pv_api *api, const pv_look *ask);

/* GET PREVIEW_ROUTE NAMESPACE/NAME?revision=: what application_preview says, as far as the caller may get it. */
#define PREVIEW_ROUTE "/delivery/preview/"
int app_preview(pv_ctx *cx, pv_http_req *req, pv_api *api);
/* POST CHANGES_ROUTE {repositories, base, head, paths}: what application_changes says, of the Applications that the
 * caller may get. */
#define CHANGES_ROUTE "/delivery/changes"
int app_changes(pv_ctx *cx, pv_http_req *req, pv_api *api);
