/* deed: what was done to an object by somebody else than its controller, as entries of the history.
 * Private to this folder. */
#pragma once
#include "core/reconcile/live.h"

/* Not of Events and Leases: they come and go all day, and nobody asks. */
bool deed_counts(const char *type);
/* "application argocd/shop", "kubernetes-admin (kubectl-set)", "the garbage-collector". */
const char *deed_doer(pv_ctx *cx, const pv_val *deed);
/* "spec.replicas 7 -> 2" or "spec.replicas and 3 more"; NULL if it lists no fields. */
const char *deed_fields(pv_ctx *cx, const pv_val *change);
