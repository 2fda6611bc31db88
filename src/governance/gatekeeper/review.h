/* review: what rules are asked about: an AdmissionRequest and the objects in it.  Values in the
 * arena of cx.  Private. */
#pragma once
#include "base/vec.h"
#include "core/admission/admission.h"

typedef struct gk_review {
	const pv_val *request;      /* of input.review; its object is the old one of a delete */
	const pv_val *object, *old; /* as the request has them; NULL: none */
	const pv_val *space;        /* the Namespace of the object; NULL: not known, or none */
	const char *source;         /* "Original", "Generated" */
	const char *operation;      /* "" of what exists */
} gk_review;

/* An object as nobody writes it: tools, audit, what is made by expansion. */
gk_review gk_review_of(pv_ctx *cx, const pv_val *object, const char *source, const pv_val *space);
/* The request of an admission.k8s.io AdmissionReview.  -PV_EINVALID says what it lacks. */
PV_MUST_USE int gk_review_request(pv_ctx *cx, const pv_val *admission_review, gk_review *ret);
gk_review gk_review_admit(pv_ctx *cx, const pv_admit *admit, const pv_val *space);

/* {inventory: {cluster: {v1: {Kind: {name: object}}}, namespace: {ns: {v1: ...}}}} of objects
 * (const pv_val *); of two in one place the later.  NULL: there are none. */
const pv_val *gk_inventory(pv_ctx *cx, pv_arena *arena, const pv_vec *objects);

#define GK_PLACE_MOST 5
typedef struct gk_place { /* of an object in data.inventory, or of all of one kind in a namespace */
	const char *path[GK_PLACE_MOST]; /* "" behind its n words */
	size_t n, order;                 /* of two at one path the one of the higher order is taken */
	const pv_val *object;
} gk_place;
/* gk_inventory() of places, which it sorts. */
const pv_val *gk_inventory_at(pv_arena *arena, pv_vec *places);
const pv_val *gk_inventory_namespace(const pv_val *data, const char *name);
