/* rego_annotations: annotations as `opa inspect -a` prints them.  Private to cmd. */
#pragma once
#include "core/bundle/bundle.h"

/* Of the bundle's modules, whose names stand behind the prefix: pv_rego_annotation, sorted. */
PV_MUST_USE int rego_annotations_find(pv_ctx *cx, const pv_bundle *b, const char *prefix, pv_vec *ret);
pv_val rego_annotations_json(pv_ctx *cx, const pv_vec *all);
void rego_annotations_put(pv_ctx *cx, pv_buf *out, const pv_vec *all);
