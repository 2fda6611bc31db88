/* quantity: Kubernetes' resource quantities ("100m", "1.5Gi", "1e3"), exact.
 * Pure.  (apimachinery pkg/api/resource: decimal SI, binary SI, decimal exponent.) */
#pragma once
#include "lang/value/value.h"

/* A fixed-point number: value * 10^-9, saturating at the ends of 128 bits. */
typedef struct pv_quantity {
	__int128 nano;
	bool binary;   /* written with Ki, Mi...: printed so */
	bool exponent; /* written with e: printed so */
} pv_quantity;

/* false: not a quantity.  More than nine decimals are rounded up, as upstream does. */
bool pv_quantity_parse(pv_str text, pv_quantity *ret);
bool pv_quantity_of(const pv_val *v, pv_quantity *ret); /* of text or a number; of nothing else */
int pv_quantity_cmp(const pv_quantity *a, const pv_quantity *b);
pv_quantity pv_quantity_add(const pv_quantity *a, const pv_quantity *b);
/* Canonical text: no fraction, the largest suffix that keeps it whole. */
char *pv_quantity_format(pv_arena *arena, const pv_quantity *q);
/* What upstream writes when it has read the text: the text itself (then text.s is returned) where it
 * takes it for canonical already ("1.500"), else the canonical text.  milli: rounded up to
 * thousandths, as each list of resources is.  NULL: no quantity. */
const char *pv_quantity_text(pv_arena *arena, pv_str text, bool milli);
int64_t pv_quantity_milli(const pv_quantity *q); /* thousandths, rounded up */
