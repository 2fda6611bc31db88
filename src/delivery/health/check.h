/* check: one function a kind.  Private. */
#pragma once
#include "delivery/health/health.h"

typedef struct verdict {
	enum health health;
	const char *message;
} verdict;

verdict check_deployment(pv_ctx *cx, const pv_val *object);
verdict check_statefulset(pv_ctx *cx, const pv_val *object);
verdict check_replicaset(pv_ctx *cx, const pv_val *object);
verdict check_daemonset(pv_ctx *cx, const pv_val *object);
verdict check_ingress(pv_ctx *cx, const pv_val *object);
verdict check_service(pv_ctx *cx, const pv_val *object);
verdict check_claim(pv_ctx *cx, const pv_val *object);
verdict check_pod(pv_ctx *cx, const pv_val *object);
verdict check_job(pv_ctx *cx, const pv_val *object);
verdict check_autoscaler(pv_ctx *cx, const pv_val *object);
verdict check_apiservice(pv_ctx *cx, const pv_val *object);
verdict check_workflow(pv_ctx *cx, const pv_val *object);

static inline verdict
is(enum health health, const char *message)
{
	return (verdict){health, message};
}
