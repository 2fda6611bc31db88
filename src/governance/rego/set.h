/* set: the policies in force.  A question drains a watch over ConfigMaps first, so an
 * answer is never older than the last acknowledged change.  Thread-safe.  Private. */
#pragma once
#include "core/api/api.h"
#include "governance/rego/policy.h"

/* Opens the set and keeps it with the API (a module's `start`). */
PV_MUST_USE int set_start(pv_ctx *cx, pv_api *api);
/* The ConfigMaps that are policies, but `except` (may be NULL): const pv_val *, held by cx. */
PV_MUST_USE int set_maps(pv_ctx *cx, pv_store *store, const pv_val *except, pv_vec *ret);
/* The policies in force (in_force), held by cx.  *ret_generation grows with every change of them, or of what they
 * see. */
PV_MUST_USE int set_policies(pv_ctx *cx, pv_api *api, pv_vec *ret, uint64_t *ret_generation);

/* What is remembered of an object's findings, for reports: NULL if the object or the
 * policies changed since, or minutes went by where policies may ask the network.  The result is held by cx. */
const pv_val *set_recall(pv_ctx *cx, pv_api *api, const pv_rec *rec, uint64_t generation);
void set_remember(pv_api *api, const pv_rec *rec, uint64_t generation, const pv_val *findings);
