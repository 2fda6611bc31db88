/* kustomization: an Application whose source is a kustomization in Git.  Private to this folder. */
#pragma once
#include "delivery/application/app.h"

/* The objects that it is built to at the source's tree: 1 and *ret {manifests}, 0 not known yet, negative with
 * cx->err set. */
PV_MUST_USE int kustomization_manifests(app *a, const pv_val **ret);
