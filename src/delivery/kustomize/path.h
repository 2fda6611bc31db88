/* path: paths of fields as replacements and vars write them: "spec.containers.[name=x].image", "a.0", "a.*".
 * Private to this folder. */
#pragma once
#include "delivery/kustomize/impl.h"

/* Its parts, of const char *: dots in brackets and behind a backslash part nothing. */
void kust_field_path(pv_arena *arena, const char *path, pv_vec *ret);
/* The same, and "ports[0]" is two parts. */
void kust_var_path(pv_arena *arena, const char *path, pv_vec *ret);
/* What it leads to; NULL: nothing, or (negative) it is no such path. */
PV_MUST_USE int kust_field_get(kust_state *s, const pv_val *object, const pv_vec *parts, const pv_val **ret);

typedef struct kust_put {
	kust_leaf *leaf; /* of what is there; of null where a scalar was made */
	void *of;
	bool create;
	enum pv_type made; /* of what is made at the end: PV_NULL stands for a scalar */
	size_t found;
} kust_put;
/* All that it leads to, changed. */
PV_MUST_USE int kust_field_put(kust_state *s, kust_put *put, const pv_vec *parts, const pv_val *object,
			       pv_val *ret);
