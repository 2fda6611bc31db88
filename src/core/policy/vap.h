/* vap: policies compiled, and which are in force.  Private to core/policy. */
#pragma once
#include <stdatomic.h>

#include "core/module.h"
#include "lang/cel/cel.h"

/* Variables of every expression, in this order; then params, if there is a paramKind, and
 * variables.NAME in the order in which the policy has them. */
#define VAP_VARIABLES 256 /* of one policy */
enum vap_var { VAP_OBJECT, VAP_OLD, VAP_REQUEST, VAP_NAMESPACE, VAP_BASE };

typedef struct vap_expr {
	const char *name; /* of a match condition or variable; NULL */
	const char *text;
	const pv_cel *program;
	const uint16_t *needs; /* the variables it stands on, also through others; ascending */
	size_t n_needs;
} vap_expr;

typedef struct vap_rule {
	vap_expr expr, message; /* message.program NULL: text is what it says, or NULL */
	const char *reason;
} vap_rule;

typedef struct vap_policy {
	const char *name;
	const char *error;                      /* it does not compile; NULL */
	const pv_val *spec;                     /* of the set */
	const char *param_version, *param_kind; /* NULL: no params */
	bool ignores_errors;                    /* failurePolicy Ignore */
	const vap_expr *conditions, *variables;
	const vap_rule *rules;
	size_t n_conditions, n_variables, n_rules;
} vap_policy;

typedef struct vap_set { /* immutable; holds what it points to */
	pv_arena *arena;
	atomic_int refs;
	const vap_policy *policies;
	const pv_val *const *bindings;
	size_t n_policies, n_bindings;
} vap_set;

/* Adds a pv_cause for each fault; *ret is of use only if there is none.  Programs lie in arena. */
void vap_compile(pv_ctx *cx, pv_arena *arena, const pv_val *object, vap_policy *ret, pv_vec *causes);
PV_MUST_USE int vap_start(pv_ctx *cx, pv_api *api);
/* Those in force, never older than the last acknowledged change; held by cx. */
PV_MUST_USE int vap_now(pv_ctx *cx, pv_api *api, const vap_set **ret);

extern const pv_admission vap_admission;
