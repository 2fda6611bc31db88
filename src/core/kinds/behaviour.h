/* behaviour: what built-in kinds do beyond their schemas; private to core/kinds. */
#pragma once
#include "core/kinds/kinds.h"

/* crd.c */
const pv_val *pv_crd_fill(pv_ctx *cx, const pv_val *object);
size_t pv_crd_check(pv_faults *f, const pv_val *object, const pv_val *old);
