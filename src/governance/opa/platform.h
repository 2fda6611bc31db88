/* platform: OPA's REST API of the platform itself, over the policies of its ConfigMaps (maps.h), and what its
 * configuration asks for: bundles, decision logs, status.  The configuration is OPA's own, at the key
 * config.yaml of the Secret opa-config in pave-system; it is followed: a change comes into force by itself,
 * one that is wrong does not, and is told.  Any thread.  Private. */
#pragma once
#include "core/module.h"
#include "governance/opa/setup.h"

struct rego_decision;

#define OPA_CONFIG_NS "pave-system"
#define OPA_CONFIG_NAME "opa-config"

PV_MUST_USE int opa_platform_start(pv_ctx *cx, pv_api *api); /* the module's `start` */
/* A route: who may ask is RBAC's nonResourceURLs. */
int opa_platform_handle(pv_ctx *cx, pv_http_req *req, pv_api *api);

bool opa_platform_is_config(const pv_key *key);
/* Reads what a Secret says, without opening anything that lasts; *ret is closed by the caller. */
PV_MUST_USE int opa_platform_read(pv_ctx *cx, pv_api *api, const pv_val *secret, opa_conf *ret);
/* What is at work, as long as cx. */
opa_setup *opa_platform_setup(pv_ctx *cx, pv_api *api);
/* The engine has the ConfigMaps as they are now. */
PV_MUST_USE int opa_platform_freshen(pv_ctx *cx, pv_api *api);
/* Would a ConfigMap load together with the others? */
PV_MUST_USE int opa_platform_try(pv_ctx *cx, pv_api *api, const pv_val *map);
/* Why the Secret's configuration is not in force (arena of cx); NULL: it is. */
const char *opa_platform_fault(pv_ctx *cx, pv_api *api);

extern const pv_admission opa_admission;                                                /* judge.c */
extern const pv_fact_kind opa_status_fact;                                              /* standing.c */
extern const pv_controller opa_config_controller;                                       /* standing.c */
extern const pv_metric_row opa_metric_rows[];                                           /* standing.c */
void opa_tell_admission(pv_ctx *cx, pv_api *api, const struct rego_decision *decision); /* tell.c */
