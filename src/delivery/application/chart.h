/* chart: an Application whose source is a Helm chart in Git.
 * Private to this folder. */
#pragma once
#include "delivery/application/app.h"

/* The objects that the chart renders to at the tree: 1 and *ret {manifests}, 0 not known yet,
 * negative with cx->err set. */
PV_MUST_USE int chart_manifests(app *a, const pv_val *tree, const pv_val **ret);
