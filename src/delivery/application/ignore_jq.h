/* ignore_jq: jq expressions that are more than paths, run in a sandboxed child: what they mean in the objects
 * of an Application, all at once.  Private to this folder. */
#pragma once
#include "delivery/application/app.h"

/* The places (pointers) that the expression means in the object; NULL: not known, and noted to be asked for. */
const pv_val *ignore_jq_places(app *a, const char *expression, const pv_val *object);
/* Asks for what was noted: 1: all of it is known now, 0: not yet, negative with cx->err set. */
PV_MUST_USE int ignore_jq_ask(app *a);
