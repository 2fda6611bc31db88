/* maps: the ConfigMaps that are policies (governance/rego) or, labelled openpolicyagent.org/data=opa, documents,
 * in an engine.  A question drains a watch first, so an answer is never older than the last acknowledged
 * change.  Thread-safe.  Private. */
#pragma once
#include "core/store/store.h"
#include "governance/opa/engine.h"

typedef struct opa_maps opa_maps;

/* wake(arg): a ConfigMap changed; on any thread, must be quick.  The engine outlives it. */
PV_MUST_USE int opa_maps_open(pv_ctx *cx, pv_store *store, opa_engine *engine, void (*wake)(void *arg),
			      void *arg, opa_maps **ret);
opa_maps *opa_maps_close(opa_maps *maps); /* accepts NULL */
/* The engine has them as they are now, or it is said why they do not load together: found out, and logged, once. */
PV_MUST_USE int opa_maps_freshen(pv_ctx *cx, opa_maps *maps);
/* Would it load together with the others, in the place of the one of its name? */
PV_MUST_USE int opa_maps_try(pv_ctx *cx, const opa_maps *maps, const pv_val *map);
/* {PATH: WHOSE} of what a ConfigMap holds, which no bundle may have: its packages, or its documents. */
PV_MUST_USE int opa_maps_held(pv_ctx *cx, const pv_val *map, pv_objb *ret);
