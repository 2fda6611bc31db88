/* fields_world: a kind with everything that apply distinguishes, and who applies to it.  One thread. */
#pragma once
#include "core/fields/fields.h"

typedef struct fixture {
	pv_ctx cx;
	pv_schema *schema;
	pv_resource res;
	const pv_val *live;
} fixture;

int fields_setup(void **state);
int fields_teardown(void **state);
const pv_val *json(fixture *f, const char *text);
int apply_in(fixture *f, const char *sub, const char *manager, bool force, const char *text);
/* Of the object's spec; apply() must succeed. */
void apply(fixture *f, const char *manager, const char *spec);
int try(fixture *f, const char *manager, bool force, const char *spec);
int update(fixture *f, const char *manager, int64_t now_ns, const pv_val *old, const pv_val **object);
void expect(fixture *f, const pv_val *v, const char *want);
const pv_val *owned(fixture *f, const char *manager); /* fieldsV1; NULL: nothing */
