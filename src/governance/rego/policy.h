/* policy: one ConfigMap, compiled.  Immutable and counted; any thread.  Private. */
#pragma once
#include "core/reconcile/reconcile.h"
#include "lang/rego/rego.h"

#define POLICY_ROOT "kubernetes.admission" /* the package whose rules are asked, and those below it */
#define POLICY_LABEL "openpolicyagent.org/policy"
#define STATUS_ANNOTATION "openpolicyagent.org/kube-mgmt-status"
#define MODE_ANNOTATION "pave.dev/enforcement"
#define SYNTAX_ANNOTATION "pave.dev/rego-version"

enum mode { MODE_DENY, MODE_WARN, MODE_AUDIT };

typedef struct policy policy;

/* Is it one: labelled, and in a namespace whose ConfigMaps are policies? */
bool policy_is(const pv_val *config_map);
/* Are both the same policy: nothing differs that decides?  Either may be NULL or none. */
bool policy_same(const pv_val *config_map, const pv_val *other);
/* Compiles its modules together with the libraries (modules of other policies outside
 * package kubernetes.admission; elements of others: const pv_val * ConfigMaps). */
PV_MUST_USE int policy_compile(pv_ctx *cx, const pv_val *config_map, const pv_vec *others, policy **ret);
/* What stands for a policy that does not load and has no version that did: every
 * evaluation fails with this error. */
policy *policy_unloaded(pv_ctx *cx, const pv_val *config_map, const char *error);
policy *policy_ref(policy *p);
policy *policy_unref(policy *p); /* accepts NULL */
const char *policy_name(const policy *p);       /* "namespace/name" */
/* Its modules and the libraries it was compiled with, as pv_rego_describe() tells them. */
pv_val policy_modules(pv_arena *arena, const policy *p);
enum mode policy_mode(const policy *p);
const char *mode_name(enum mode mode);
/* The policy with another mode: what its annotation says now. */
PV_MUST_USE int mode_of(pv_ctx *cx, const pv_val *config_map, enum mode *ret);

typedef struct finding {
	const policy *policy;
	const char *message, *field; /* field NULL unless the rule gives one */
	bool warning;                /* from a `warn` rule */
} finding;
/* Adds what the policy's rules say of an AdmissionReview to ret (of finding). */
PV_MUST_USE int policy_eval(pv_ctx *cx, const policy *p, const pv_val *review, pv_vec *ret);
