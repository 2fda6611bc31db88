/* images: the container images that an object names.  Pure.  Private. */
#pragma once
#include "lang/value/value.h"

/* Adds them to a set, the keys of an object. */
void images_add(const pv_val *object, pv_objb *set);
/* The keys of a set in order. */
pv_val images_list(pv_arena *arena, const pv_objb *set);
pv_val images_of(pv_arena *arena, const pv_val *object);
