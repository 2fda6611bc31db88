/* refusal: what is wrong with an object of a built-in kind, with no server.
 * One world a test program; its memory is the context's. */
#pragma once
#include "core/resource/resource.h"

typedef struct refusal_world {
	pv_ctx cx;
	pv_registry *registry;
} refusal_world;

int refusal_setup(void **state);
int refusal_teardown(void **state);
const pv_val *refusal_yaml(refusal_world *w, const char *text);
const pv_resource *refusal_resource_of(refusal_world *w, const pv_val *object);
const pv_val *refusal_completed(refusal_world *w, const char *text);
/* "field: message" of each fault, one a line; old_text may be NULL. */
const char *refusal_faults(refusal_world *w, const char *text, const char *old_text);
/* The lines in an order of their own: the order of causes says nothing. */
const char *refusal_sorted(refusal_world *w, const char *text);
/* These are its faults, in any order; else it prints which are not. */
bool refusal_is(refusal_world *w, const char *object, const char *old, const char *faults);
