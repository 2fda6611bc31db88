/* set: what of Gatekeeper is in force on the server.  A question drains watches first, so an answer is
 * never older than the last acknowledged write.  Results are held by cx.  Thread-safe.  Private. */
#pragma once
#include "core/admission/setup.h"
#include "core/api/api.h"
#include "governance/gatekeeper/expand.h"

PV_MUST_USE int gk_set_open(pv_ctx *cx, pv_api *api); /* a module's `start` */

/* All constraints with their templates; rules whose template does not compile have `error`. */
PV_MUST_USE int gk_set_book(pv_ctx *cx, pv_api *api, gk_book *ret);
/* Mutators and ExpansionTemplates that are sound. */
PV_MUST_USE int gk_set_expander(pv_ctx *cx, pv_api *api, const gk_expander **ret);
/* The template of a kind of constraints; NULL: there is none. */
PV_MUST_USE int gk_set_template(pv_ctx *cx, pv_api *api, const char *kind, const gk_template **ret);
/* Does the Config exclude the object's namespace, or the Namespace that it is, from that process
 * ("webhook", "mutation-webhook", "audit", "sync")? */
PV_MUST_USE int gk_set_excludes(pv_ctx *cx, pv_api *api, const char *process, const pv_key *key, bool *ret);
/* data.inventory: the objects of the kinds that Config and SyncSets name (sync.c). */
PV_MUST_USE int gk_sync_data(pv_ctx *cx, pv_api *api, const pv_val **ret);
/* What one version of an object is in it; NULL: it is not there. */
PV_MUST_USE int gk_sync_one(pv_ctx *cx, pv_api *api, const pv_rec *rec, const pv_val **ret);
PV_MUST_USE int gk_sync_open(pv_ctx *cx, pv_api *api);
/* Config and SyncSets: const pv_val * each; *ret_stamp changes when one of them or an ExpansionTemplate does. */
PV_MUST_USE int gk_set_sync(pv_ctx *cx, pv_api *api, const pv_vec **ret, uint64_t *ret_stamp);
void gk_stamp(pv_buf *b, const pv_val *object); /* adds what is another when its spec is */
/* What is wrong with one of Gatekeeper's own objects that is about to be stored (check.c). */
PV_MUST_USE int gk_check_own(pv_ctx *cx, const pv_admit *admit);
