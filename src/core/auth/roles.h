/* roles: the roles and bindings that roles.tsv says every server has.  Internal to
 * core/auth.  Any thread. */
#pragma once
#include "base/vec.h"
#include "lang/value/value.h"

/* Whole objects without uid and time, in cx's arena. */
PV_MUST_USE int roles_wanted(pv_ctx *cx, pv_vec *ret /* of pv_val */);
/* An object of the store with what it lacks of the wanted one of its name; nothing that it has more is
 * taken away (upstream pkg/registry/rbac/reconciliation).  NULL: it lacks nothing, or refuses. */
const pv_val *roles_mended(pv_ctx *cx, const pv_val *have, const pv_val *want);
