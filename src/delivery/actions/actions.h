/* delivery/actions: what can be done to an object beside editing it: restart, pause, scale .., as Argo CD has
 * it: the user's Lua in argocd-cm, or else our rules for the kind.  Pure: a document in, documents out. */
#pragma once
#include "core/module.h"
#include "delivery/custom/custom.h"

/* Those of the object's kind, sorted by name: {name, disabled, iconClass, displayName, params: [{name,
 * default}]}.  c: the user's scripts, or NULL. */
PV_MUST_USE int actions_list(pv_ctx *cx, const custom *c, const pv_val *object, int64_t now, pv_val *ret);
/* What the action makes of it: a list of {operation: patch|create, resource}.  params: an object of texts.
 * -PV_ENOTFOUND: the kind has no such action; -PV_EINVALID: the action refuses, or its script failed. */
PV_MUST_USE int actions_run(pv_ctx *cx, const custom *c, const pv_val *object, const char *name,
			    const pv_val *params, int64_t now, pv_val *ret);
