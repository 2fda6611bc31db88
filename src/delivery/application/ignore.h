/* ignore: what spec.ignoreDifferences and argocd-cm leave out of a comparison.  Private. */
#pragma once
#include "delivery/application/app.h"

/* The object (the item's, or one of its kind) without what does not count, or with what lives there.  What jq
 * expressions mean in it may not be known yet (ignore_jq.h), so it lives as long as the turn. */
const pv_val *ignore_without(app *a, const item *it, const pv_val *object);
const pv_val *ignore_with_live(app *a, const item *it, const pv_val *object);
/* -PV_ETOOLARGE: not all could be found that does not count, so nothing is known of differences. */
PV_MUST_USE int ignore_check(const app *a);
/* Collects the rules.  False: a condition names what is not understood; nothing can be compared then. */
bool ignore_init(app *a);
