/* hydrate: spec.sourceHydrator: what its drySource gives is committed to a branch, which is synced.
 * Private to this folder. */
#pragma once
#include "delivery/application/app.h"

#define HYDRATE_INDEX "hydrates" /* Applications by where they are committed to */
void hydrate_keys(pv_ctx *cx, const pv_val *object, pv_vec *ret);
/* Has what the dry source gives committed, if it is not yet: 1: go on with what is synced, 0: not done yet,
 * -1: it never was, and a condition says why. */
int hydrate(app *a);

/* ---- what is committed: hydrate_files.c ---- */
typedef struct hydration {
	app *a;
	const pv_val *spec;     /* spec.sourceHydrator */
	const app_source *dry;  /* as it was found */
	const pv_val *rendered; /* {manifests} */
	const char *path;       /* of syncSource, clean */
} hydration;
/* {files, drop, key, message, author} of pv_git_push. */
PV_MUST_USE int hydrate_change(const hydration *h, pv_val *ret);
