/* desired: what a source has and gives, one step at a time: 1, 0: not known yet, or negative with cx->err
 * set.  Private to this folder. */
#pragma once
#include "delivery/application/app.h"

/* Finds its commit and directory. */
PV_MUST_USE int desired_tree(app *a, app_source *from);
/* Of what was found, {manifests: [{file, line, object}]} by the tool that it is of. */
PV_MUST_USE int desired_manifests(app *a, app_source *from, const pv_val **ret);
