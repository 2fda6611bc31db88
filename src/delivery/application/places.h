/* places: where in an object something does not count, and that object with what lives there, or without.
 * Private to this folder; results share what does not change. */
#pragma once
#include "base/vec.h"
#include "lang/value/value.h"

struct place {
	const char *pointer; /* RFC 6901, in the object that was asked about */
	const pv_val *live;  /* what the live object has there, NULL: nothing */
};

/* Of struct place: each once, in the order in which the functions below go through an object. */
void places_order(pv_vec *places);
const pv_val *places_without(pv_ctx *cx, const pv_val *object, const pv_vec *places);
/* Where nothing lives, what the object has there goes.  What it has no room for stays away; `room`: the live
 * object, whose objects around a place are made, too; NULL: none are. */
const pv_val *places_with_live(pv_ctx *cx, const pv_val *object, const pv_vec *places, const pv_val *room);
