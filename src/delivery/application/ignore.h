/* ignore: what spec.ignoreDifferences and argocd-cm leave out of a comparison.  Private. */
#pragma once
#include "delivery/application/app.h"

struct ignored {
	const char *pointer; /* RFC 6901, in the object that was asked about */
	const pv_val *live;  /* what the live object has there, NULL: nothing */
};

/* The places of an object (of the item's kind) that do not count: of struct ignored. */
void ignore_places(app *a, const item *it, const pv_val *object, pv_vec *ret);
/* Collects the rules.  False: a condition names what is not understood; nothing can be compared then. */
bool ignore_init(app *a);
/* The object with the value at the pointer; NULL: without what is there. */
const pv_val *ignore_put(pv_ctx *cx, const pv_val *object, const char *pointer, const pv_val *value);
/* The object with what lives at these places, as ignore_places() found them in it. */
const pv_val *ignore_with_live(pv_ctx *cx, const pv_val *object, const pv_vec *places);
