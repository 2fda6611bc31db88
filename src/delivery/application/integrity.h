/* integrity: what a project wants to be signed.  Private to this folder. */
#pragma once
#include "delivery/application/app.h"

/* Holds the source that is looked at against what the project demands of it: 1, with a->unverified and conditions
 * if it falls short, so that it is compared and not synced; 0: not known yet; or negative. */
PV_MUST_USE int integrity_check(app *a);
