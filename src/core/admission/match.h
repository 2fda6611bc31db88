/* match: which writes rules and selectors speak of: MatchResources of policies and the rules of
 * webhooks (admissionregistration.k8s.io/v1).  Compiled once, asked at every write; immutable,
 * in its arena, and so is what it was made from. */
#pragma once
#include "core/admission/admission.h"

typedef struct pv_match pv_match;

/* Of spec's list `rules`, excludeResourceRules, selectors and matchPolicy.  open: without rules
 * it speaks of every kind (MatchResources), not of none (webhooks).  A selector that does not
 * parse is an error of pv_match_find(). */
const pv_match *pv_match_new(pv_ctx *cx, pv_arena *arena, const pv_val *spec, const char *rules, bool open);
/* *ret: the version of the write's kind that is spoken of, its own if any is; NULL: none is. */
PV_MUST_USE int pv_match_find(pv_ctx *cx, const pv_match *match, const pv_admit *admit,
			      const pv_resource **ret);
