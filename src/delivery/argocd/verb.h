/* verb: the commands of this module, and what they share with its API.  Const rows; pure.  Private to this folder. */
#pragma once
#include "delivery/argocd/impl.h"

#define CASCADE "resources-finalizer.argocd.argoproj.io"

extern const pv_verb argocd_verbs[];
/* The object's finalizers without those of cascades, and with the one that is wished (NULL: none). */
pv_val application_finalizers(pv_arena *arena, const pv_val *object, const char *wish);
