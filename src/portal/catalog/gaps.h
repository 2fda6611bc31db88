/* gaps: what the catalog shows to be missing of an entity, with what would mend it.  Private. */
#pragma once
#include "portal/catalog/catalog.h"

/* A list of {check, message, fix}. */
pv_val gaps_of(pv_ctx *cx, pv_plan *plan, const pv_val *entity);
