/* external: Providers (externaldata.gatekeeper.sh/v1beta1): what servers outside say of keys, asked over TLS
 * while a write waits and remembered for three minutes.  Thread-safe; blocks.  Private. */
#pragma once
#include "core/api/api.h"

#define GK_PROVIDER "externaldata.gatekeeper.sh/Provider"

void gk_external_open(pv_api *api);
/* For mutators: what the Provider says of each of the keys, by key (const pv_val *: {key, value, error}).  An answer
 * that says it is another the next time (idempotent) is none. */
PV_MUST_USE int gk_external_ask(pv_ctx *cx, pv_api *api, const char *provider, const pv_val *keys,
				pv_map *ret);
/* What is wrong with a Provider that is about to be stored. */
PV_MUST_USE int gk_external_check(pv_ctx *cx, const pv_val *provider);
/* external_data({provider, keys}) -> {responses: [[key, value]], errors: [[key, error]], status_code,
 * system_error}.  Patient: one who did not answer is left alone for a while, for nobody waits. */
pv_val gk_external_rego(pv_ctx *cx, pv_api *api, const pv_val *request, bool patient);
