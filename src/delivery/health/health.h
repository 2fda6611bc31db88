/* delivery/health: how an object is doing, as Argo CD decides it: by the user's script for its kind, or
 * else by our own check of it.  Pure.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/health/ */
#pragma once
#include "core/module.h"
#include "delivery/custom/custom.h"

enum health { HEALTHY, SUSPENDED, PROGRESSING, MISSING, DEGRADED, HEALTH_UNKNOWN, HEALTH_NONE };

const char *health_name(enum health health); /* "Healthy"; "" for HEALTH_NONE */
/* The worse of two, in the order of the enum; HEALTH_NONE gives way. */
enum health health_worse(enum health a, enum health b);

/* HEALTH_NONE: its kind has no check.  *ret_message may be "".  c: the users' scripts, or NULL.  What is being
 * deleted is Progressing; _by_kind asks its kind's check all the same. */
enum health health_of(pv_ctx *cx, const custom *c, const pv_val *object, const char **ret_message);
enum health health_by_kind(pv_ctx *cx, const custom *c, const pv_val *object, const char **ret_message);
