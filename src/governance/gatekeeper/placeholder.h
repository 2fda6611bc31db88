/* placeholder: what mutators put where a Provider's answer is to stand (externalData), while the others go on;
 * when nothing changes any more, each Provider is asked once and the answers take the places
 * (pkg/mutation/system_external_data.go).  One per object that is mutated; private. */
#pragma once
#include "governance/gatekeeper/mutator_priv.h"

typedef struct gk_placeholders {
	pv_vec all;        /* of struct placeholder */
	const char *nonce; /* begins their texts: nobody who writes an object knows it */
	const char *user;  /* who writes */
} gk_placeholders;

void gk_placeholders_init(pv_ctx *cx, gk_placeholders *set, const char *user);
/* A text that stands for the answer.  -PV_EINVALID: what stood there is no text to ask about. */
PV_MUST_USE int gk_placeholder_put(pv_ctx *cx, gk_placeholders *set, const gk_mutator *m, const pv_val *was,
				   const pv_val **ret);
bool gk_placeholder_is(const gk_placeholders *set, const pv_val *v);
/* The object with the answers.  api NULL: nobody is asked, -PV_EUNSUPPORTED.  Blocks. */
PV_MUST_USE int gk_placeholders_settle(pv_ctx *cx, gk_placeholders *set, pv_api *api, const pv_val **object);
