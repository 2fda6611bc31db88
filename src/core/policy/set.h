/* set: policies compiled, and which are in force.  Private to core/policy. */
#pragma once
#include "core/admission/expr.h"
#include "core/admission/match.h"
#include "core/admission/setup.h"
#include "core/module.h"

/* Variables of every expression: those of expr.h, then `variables` itself, where it is known, so that its
 * fields are undefined and not it; then params, if there is a paramKind, and variables.NAME in the order in
 * which the policy has them. */
#define POLICY_VARIABLES 256 /* of one policy */
enum policy_var { POLICY_ALL = EXPR_VARS, POLICY_BASE };

typedef struct policy_expr {
	const char *name; /* of a variable or annotation; NULL */
	const char *text;
	const pv_cel *program;
	const uint16_t *needs; /* the variables it stands on, also through others; ascending */
	size_t n_needs;
} policy_expr;

typedef struct policy_rule {       /* of .validations */
	policy_expr expr, message; /* message.program NULL: text is what it says, or NULL */
	const char *reason;
} policy_rule;

typedef struct policy_mutation {
	policy_expr expr;
	bool applies; /* an apply configuration; else a JSON patch */
} policy_mutation;

typedef struct policy_binding {
	const pv_val *object; /* of the set */
	const char *name;
	const pv_match *match; /* NULL: everything that the policy speaks of */
	bool denies, warns, audits;
} policy_binding;

typedef struct policy {
	const char *name;
	const char *error;                      /* it does not compile; NULL */
	const pv_match *match;                  /* NULL only if it does not compile */
	const char *param_version, *param_kind; /* NULL: no params */
	bool mutates, ignores_errors, reinvoked;
	expr_conditions conditions;
	const policy_expr *variables, *annotations;
	const policy_rule *rules;
	const policy_mutation *mutations;
	size_t n_variables, n_annotations, n_rules, n_mutations;
	const policy_binding *bindings;
	size_t n_bindings;
} policy;

typedef struct policy_list {
	const policy *list; /* by name */
	size_t n;
} policy_list;

typedef struct policy_set {
	policy_list validating, mutating;
} policy_set;

/* ---- compile.c, rules.c ---- */
typedef struct policy_types { /* what the variables are, to check expressions by; NULL: anything */
	const void *object, *params;
} policy_types;

typedef struct policy_compile {
	pv_ctx *cx;
	pv_arena *arena;
	pv_vec *causes; /* of pv_cause */
	bool mutation;  /* Object{} and JSONPatch{} are known */
	bool lent;      /* rules of another kind: nobody's authorizer is known to them */
	size_t hidden;  /* so many variables in front are not the author's */
	pv_cel_var *vars;
	size_t n_vars;
	const policy_expr *named; /* the policy's variables so far */
	size_t n_named;
} policy_compile;

/* Adds a pv_cause for each fault; *ret is of use only if there is none.  Programs lie in arena. */
void policy_read(pv_ctx *cx, pv_arena *arena, const pv_val *object, policy *ret, pv_vec *causes);
/* Declares the variables of a policy up to its own, and what it has in front of its rules. */
void policy_declare(policy_compile *c, const pv_val *spec, const policy_types *types, policy *ret);
void policy_fault(policy_compile *c, const char *reason, const char *field, const char *fmt, ...)
	PV_PRINTF(4, 5);
const char *policy_shown(policy_compile *c, const pv_val *v); /* JSON; "" for nothing */
const char *policy_type_shown(const char *type);
/* A text that must be there and give the type (want NULL: any); false if it does not. */
bool policy_expression(policy_compile *c, const pv_val *v, const char *field, const char *want,
		       policy_expr *ret);
void policy_read_rules(policy_compile *c, const pv_val *list, policy *ret);
void policy_read_annotations(policy_compile *c, const char *name, const pv_val *list, policy *ret);
void policy_read_mutations(policy_compile *c, const pv_val *list, policy *ret);

/* ---- set.c ---- */
PV_MUST_USE int policy_start(pv_ctx *cx, pv_api *api);
/* Those in force, never older than the last acknowledged change; held by cx. */
PV_MUST_USE int policy_now(pv_ctx *cx, pv_api *api, const policy_set **ret);
/* No policy keeps anybody from mending policies, or from asking what they may. */
bool policy_exempts(const pv_resource *resource);

extern const pv_admission policy_validating, policy_mutating;
