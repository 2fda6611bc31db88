/* kustomization: an Application whose source is a kustomization in Git.  Private to this folder. */
#pragma once
#include "delivery/application/app.h"

/* The objects that it is built to at the source's tree: 1 and *ret {manifests}, 0 not known yet, negative with
 * cx->err set. */
PV_MUST_USE int kustomization_manifests(app *a, const pv_val **ret);

/* ---- what else it is made of ---- */
/* How another repository at a ref, or a chart, is called in what the child is asked and answers. */
const char *kustomization_other(pv_arena *arena, const char *repo, const char *name, const char *version);
/* Finds out about those, into *known by their names: 1, 0: not yet of all, or negative. */
PV_MUST_USE int kustomization_add(app *a, const pv_val *wanted, bool charts, pv_objb *known);
/* The child, which may read them. */
PV_MUST_USE int kustomization_run(pv_ctx *cx, pv_facts *facts, const pv_val *args, pv_val *ret);
