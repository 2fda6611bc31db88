/* webhook: mutating and validating admission webhooks.  Called on the request's thread
 * (mutating, one after another) or side by side on a pool (validating); no lock is held
 * while one is waited for, and it may itself write to the API. */
#pragma once
#include "core/admission/admission.h"
#include "core/admission/setup.h"
#include "core/api/api.h"

/* The clients and the pool; kept with the API (module.c). */
typedef struct webhook_state webhook_state;
extern const char webhook_owner; /* of pv_api_keep */
PV_MUST_USE int webhook_open(pv_ctx *cx, pv_store *store, webhook_state **ret);
void webhook_close(void *state);

/* The configurations, compiled (dispatch.c). */
extern const pv_setup_plan webhook_plan;
pv_setup *webhook_setup(webhook_state *state);

extern const pv_admission webhook_admission;

/* ---- one call (call.c); conversion webhooks are called the same way ---- */
typedef struct webhook_target {
	const pv_val *client; /* clientConfig: url or service, caBundle */
	int64_t timeout_ns;
	bool timeout_in_url; /* ?timeout=10s, as admission has it */
} webhook_target;
/* Sends the review; *ret is the answer's JSON.  An error says "Post "URL": why". */
PV_MUST_USE int webhook_post(pv_ctx *cx, pv_api *api, const webhook_target *target, const pv_val *review,
			     const pv_val **ret);

/* The first version of reviews in the webhook's list that we know, "v1" or "v1beta1". */
const char *webhook_version(const pv_val *list);

/* ---- one answer (answer.c, types.c) ---- */
typedef struct webhook_answer {
	bool allowed;
	const pv_val *status; /* of a refusal; may be NULL */
	const pv_val *patch;  /* JSON patch, NULL: nothing is changed */
	const char *const *warnings;
	size_t n_warnings;
	const pv_val *notes; /* auditAnnotations; may be NULL */
} webhook_answer;
/* asked: the review that was sent. */
PV_MUST_USE int webhook_read(pv_ctx *cx, const pv_val *asked, const pv_val *review, bool mutating,
			     webhook_answer *ret);
/* An answer whose values have other types than an AdmissionReview's is none (upstream's words). */
PV_MUST_USE int webhook_check_types(pv_ctx *cx, const pv_val *answer);
/* The refusal as the client gets it: the webhook's own code and reason. */
PV_MUST_USE int webhook_refuse(pv_ctx *cx, const char *name, const pv_val *status);
