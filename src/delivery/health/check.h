/* check: one function a kind.  Private. */
#pragma once
#include "delivery/health/health.h"

enum health health_parse(const char *name); /* HEALTH_NONE: it is the name of none */

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

/* What the user's script for the kind says, HEALTH_NONE too; one that fails: HEALTH_UNKNOWN.  False: there is
 * none. */
bool script_judges(pv_ctx *cx, const custom *c, pv_str group, const char *kind, const pv_val *object,
		   verdict *ret);

static inline verdict
is(enum health health, const char *message)
{
	return (verdict){health, message};
}
