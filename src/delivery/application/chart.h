/* chart: an Application whose source is a Helm chart, in Git or from a repository of charts.
 * Private to this folder. */
#pragma once
#include "delivery/application/app.h"

/* Is its source a packed chart, of a repository or registry, and no commit? */
bool chart_is_packed(const app *a);
/* The version that `revision` means: as ask_tree() has a commit, {commit: version, tree: digest}. */
PV_MUST_USE int chart_version(app *a, const char *revision, const pv_val **ret);
/* The objects that the chart renders to at the tree: 1 and *ret {manifests}, 0 not known yet,
 * negative with cx->err set. */
PV_MUST_USE int chart_manifests(app *a, const pv_val *tree, const pv_val **ret);
