/* governance/webhook: the policies for other clusters: AdmissionReview v1 over HTTP, and the webhook
 * configurations that make a cluster ask.  Any thread. */
#pragma once
#include "core/module.h"

#define WEBHOOK_BASE "/admission/v1/"

int webhook_validate(pv_ctx *cx, pv_http_req *req, pv_api *api); /* POST /admission/v1/validate */
int webhook_mutate(pv_ctx *cx, pv_http_req *req, pv_api *api);   /* POST /admission/v1/mutate */
int webhook_show(pv_ctx *cx, pv_http_req *req, pv_api *api);     /* GET /admission/v1/webhook-config */
int webhook_print(pv_ctx *cx, const pv_args *args);              /* `pave admission webhook-config` */

/* An AdmissionReview's answer, whoever asks (review.c).  Refused is answered; -PV_E*: it cannot be judged. */
PV_MUST_USE int webhook_judge(pv_ctx *cx, pv_api *api, bool mutating, pv_str body, pv_val *ret);

/* The configurations that the policies in force need (config.c). */
typedef struct webhook_wish {
	const char *url, *name, *failure_policy;
	int64_t timeout; /* seconds */
} webhook_wish;
PV_MUST_USE int webhook_config(pv_ctx *cx, pv_api *api, const webhook_wish *wish, pv_val *ret);

/* The rules of a webhook: elements of `rules`, [] if nothing is to be asked about (rules.c). */
PV_MUST_USE int webhook_rules(pv_ctx *cx, pv_api *api, bool mutating, pv_val *ret);
