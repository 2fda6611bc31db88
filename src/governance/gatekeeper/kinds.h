/* kinds: are the fields of Gatekeeper's own objects of the types that they must be?  Pure.  Private. */
#pragma once
#include "lang/value/value.h"

/* Objects of other kinds are fine. */
PV_MUST_USE int gk_check_types(pv_ctx *cx, const pv_val *object);
