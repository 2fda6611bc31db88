/* node: what a node's own identity may do, as Kubernetes' Node authorizer says it: what concerns itself, and of what
 * Pods use only what Pods on it use.  Internal to core/auth, but for what a Pod names, which NodeRestriction
 * (core/admission) asks.  Any thread. */
#pragma once
#include "core/auth/auth.h"

typedef struct node_rules node_rules;

/* What nodes may do at all: the rules of system:node as a new server has them, whatever became of that role. */
PV_MUST_USE int node_rules_open(pv_ctx *cx, node_rules **ret);
node_rules *node_rules_close(node_rules *rules);

/* *ret_why (may be NULL): why not, if there is more to say than that no rule does; else NULL. */
bool node_allows(pv_ctx *cx, pv_auth *auth, const pv_identity *who, const pv_attributes *what,
		 const char **ret_why);

/* What a Pod can use. */
enum node_thing { NODE_SECRET, NODE_CONFIG, NODE_CLAIM, NODE_VOLUME, NODE_DEVICES, NODE_ACCOUNT, NODE_POD };
/* Does a Pod name any of them (nodeuse.c)? */
bool node_pod_names(const pv_val *pod, enum node_thing thing);
