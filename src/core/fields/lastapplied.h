/* lastapplied: the annotation that client-side `kubectl apply` leaves, as server-side apply by the manager
 * "kubectl" takes it (apimachinery managedfields, lastappliedmanager.go and lastappliedupdater.go).
 * Pure functions; private. */
#pragma once
#include "core/fields/set.h"
#include "core/resource/resource.h"

#define LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"

/* What the annotation has and the object still is: in no conflict with an apply of the same author.
 * NULL if there is no annotation, or one of another version. */
const fset *lastapplied_owned(pv_ctx *cx, const pv_resource *resource, const pv_val *live);

/* An object that has the annotation gets the new intent in it, so that client-side apply finds its own. */
void lastapplied_follow(pv_ctx *cx, const pv_val *intent, const pv_val **object);
