/* merge: what a strategic merge knows of the type of what it merges.
 * Private to this folder. */
#pragma once
#include "delivery/kustomize/impl.h"

#define KUST_KEYS 8

typedef struct kust_type {
	const pv_schema *schema; /* of a built-in kind; the items' of a list */
	const pv_val *api;       /* of the kustomization's own OpenAPI */
	bool merge;              /* the value is a list whose items are merged */
	const char *keys[KUST_KEYS];
	size_t n; /* keys; 0: items are texts, which are told from one another by themselves */
} kust_type;

/* Of a whole object, and of a field of a type; empty if nobody knows. */
PV_MUST_USE int kust_type_of(kust_state *s, const pv_val *object, kust_type *ret);
kust_type kust_type_field(kust_state *s, const kust_type *of, const char *name);
