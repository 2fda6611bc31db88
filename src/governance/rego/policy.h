/* policy: one ConfigMap, compiled.  Immutable and counted; any thread.  Private. */
#pragma once
#include "core/enforcement/enforcement.h"
#include "core/reconcile/reconcile.h"
#include "lang/rego/rego.h"

#define POLICY_ROOT "kubernetes.admission" /* the package whose rules are asked, and those below it */
#define POLICY_LABEL "openpolicyagent.org/policy"
#define STATUS_ANNOTATION "openpolicyagent.org/kube-mgmt-status"
#define MODE_ANNOTATION "pave.dev/enforcement"
#define SYNTAX_ANNOTATION "pave.dev/rego-version"
#define STRICT_ANNOTATION "pave.dev/strict-builtin-errors"
#define SEVERITY_ANNOTATION "pave.dev/severity" /* for reports */

enum mode { MODE_DENY, MODE_WARN, MODE_AUDIT };

typedef struct policy policy;

/* Is it one: labelled, and in a namespace whose ConfigMaps are policies? */
bool policy_is(const pv_val *config_map);
/* Why a ConfigMap with the label of policies is none: another namespace, another value.  NULL:
 * it has no such label, or is one. */
const char *policy_overlooked(pv_ctx *cx, const pv_val *config_map);
/* Are both the same policy: nothing differs that decides?  Either may be NULL or none. */
bool policy_same(const pv_val *config_map, const pv_val *other);
/* Are rules of the package ("kubernetes.admission.pods") asked? */
bool policy_asks(const char *package);
/* The modules of these ConfigMaps (const pv_val *) that serve every policy: those of packages
 * that are not asked.  *ret: of pv_rego_module. */
void policy_libraries(pv_ctx *cx, const pv_vec *config_maps, pv_vec *ret);
/* Compiles its modules together with the libraries that are not its own. */
PV_MUST_USE int policy_compile(pv_ctx *cx, const pv_val *config_map, const pv_vec *libraries, policy **ret);
/* What stands for a policy that does not load and has no version that did: every
 * evaluation fails with this error. */
policy *policy_unloaded(pv_ctx *cx, const pv_val *config_map, const char *error);
/* Who prints a policy's error names the policy in front: its name goes from the place and the text. */
void policy_shorten_error(pv_ctx *cx, const char *name);
policy *policy_ref(policy *p);
policy *policy_unref(policy *p);          /* accepts NULL */
const char *policy_name(const policy *p); /* "namespace/name" */
/* Its modules and the libraries it was compiled with, as pv_rego_describe() tells them. */
pv_val policy_modules(pv_arena *arena, const policy *p);
enum mode policy_mode(const policy *p);
const char *mode_name(enum mode mode);
/* The mode that its annotation says. */
PV_MUST_USE int mode_of(pv_ctx *cx, const pv_val *config_map, enum mode *ret);

typedef struct finding {
	const policy *policy;
	const char *message, *field; /* field NULL unless the rule gives one */
	bool warning;                /* from a `warn` rule */
	const pv_val *basis;         /* what it stands on (core/enforcement/why.h), if that was asked */
} finding;
/* Adds what the policy's rules say of an AdmissionReview to ret (of finding). */
PV_MUST_USE int policy_eval(pv_ctx *cx, const policy *p, const pv_val *review, bool explains, pv_vec *ret);
