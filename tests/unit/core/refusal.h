/* refusal: what is wrong with an object of a built-in kind, with no server.
 * Its memory is the context's. */
#pragma once
#include "unit/core/registry_world.h"

const pv_val *refusal_yaml(registry_world *w, const char *text);
const pv_resource *refusal_resource_of(registry_world *w, const pv_val *object);
const pv_val *refusal_completed(registry_world *w, const char *text);
/* "field: message" of each fault, one a line; old_text may be NULL. */
const char *refusal_faults(registry_world *w, const char *text, const char *old_text);
/* The lines in an order of their own: the order of causes says nothing. */
const char *refusal_sorted(registry_world *w, const char *text);
/* These are its faults, in any order; else it prints which are not. */
bool refusal_is(registry_world *w, const char *object, const char *old, const char *faults);
