/* change: the rules of metadata, for what a client sends and for what admission makes of it (update.c).
 * Private to core/api. */
#pragma once
#include "core/api/impl.h"

/* What the server alone says of an object as `of` has it, or has not. */
const pv_val *change_servers(pv_ctx *cx, const pv_val *object, const pv_val *of);
/* What admission made of the object may not change what is the server's, as what a client sends may not. */
PV_MUST_USE int change_mutated(pv_ctx *cx, const write_op *w, const pv_val *object);
/* What is being deleted gets no new finalizers. */
PV_MUST_USE int change_finalizers(pv_ctx *cx, const write_op *w, const pv_val *object);
