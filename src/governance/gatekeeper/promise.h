/* promise: what mutators put where a Provider's answer is to stand (externalData), while the others go on; when
 * nothing changes any more, each Provider is asked once and the promises are kept: its answers take their places
 * (pkg/mutation/system_external_data.go).  One set per object that is mutated; private. */
#pragma once
#include "base/map.h"
#include "governance/gatekeeper/mutator_priv.h"

typedef struct gk_promises {
	pv_map *all;       /* by their texts */
	const char *nonce; /* begins those: nobody who writes an object knows it */
	const char *user;  /* who writes */
} gk_promises;

void gk_promises_init(pv_ctx *cx, gk_promises *set, const char *user);
/* A text that stands for the answer.  -PV_EINVALID: what stood there is no text to ask about. */
PV_MUST_USE int gk_promise_make(pv_ctx *cx, gk_promises *set, const gk_mutator *m, const pv_val *was,
				const pv_val **ret);
bool gk_promise_is(const gk_promises *set, const pv_val *v);
/* The object with the answers.  api NULL: nobody is asked, -PV_EUNSUPPORTED.  Blocks. */
PV_MUST_USE int gk_promises_keep(pv_ctx *cx, gk_promises *set, pv_api *api, const pv_val **object);
