/* platform: OPA's REST API of the platform itself, over the policies of its ConfigMaps (governance/rego),
 * and the documents of those labelled openpolicyagent.org/data=opa (kube-mgmt's convention).  Any thread.
 * Private. */
#pragma once
#include "core/module.h"

PV_MUST_USE int opa_platform_start(pv_ctx *cx, pv_api *api); /* the module's `start` */
/* A route: who may ask is RBAC's nonResourceURLs. */
int opa_platform_handle(pv_ctx *cx, pv_http_req *req, pv_api *api);
