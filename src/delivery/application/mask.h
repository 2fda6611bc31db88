/* mask: what Secrets hold, hidden where objects are shown.  Private to this folder. */
#pragma once
#include "delivery/application/app.h"

/* Of a Secret as it is and as it shall be (either may be NULL): values are replaced, by different texts where they
 * differ.  Other objects stay. */
void mask_pair(app *a, const pv_val **is, const pv_val **shall);
/* A Secret whose values can be decoded, and say nothing. */
pv_val mask_encoded(app *a, const pv_val *secret);
