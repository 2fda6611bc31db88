/* policy: one ConfigMap, compiled.  Immutable and counted; any thread.  Private. */
#pragma once
#include "core/enforcement/enforcement.h"
#include "core/reconcile/reconcile.h"
#include "governance/rego/rego.h"
#include "lang/rego/rego.h"

#define POLICY_ROOT "kubernetes.admission" /* the package whose rules are asked, and those below it */
#define POLICY_LABEL "openpolicyagent.org/policy"
#define STATUS_ANNOTATION "openpolicyagent.org/kube-mgmt-status"
#define MODE_ANNOTATION "pave.dev/enforcement"
#define SYNTAX_ANNOTATION "pave.dev/rego-version"
#define STRICT_ANNOTATION "pave.dev/strict-builtin-errors"
#define BUNDLE_ANNOTATION "pave.dev/bundle"     /* whose rules it stands for, instead of modules of its own */
#define PACKAGE_ANNOTATION "pave.dev/package"   /* of the bundle, in the place of POLICY_ROOT */
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
/* Is the package ("kubernetes.admission.pods") the root, or below it? */
bool policy_below(const char *package, const char *root);
/* The modules of these ConfigMaps (const pv_val *) that serve every policy: those of packages
 * that are not asked.  *ret: of pv_rego_module. */
void policy_libraries(pv_ctx *cx, const pv_vec *config_maps, pv_vec *ret);
bool policy_serves(pv_ctx *cx, const pv_val *config_map); /* has it such modules? */
/* Compiles its modules, or those of the bundle that it stands for, together with the libraries that are not its
 * own and the modules of bundles. */
PV_MUST_USE int policy_compile(pv_ctx *cx, const pv_val *config_map, const pv_vec *libraries,
			       const rego_bundles *bundles, policy **ret);
/* What stands for a policy that does not load and has no version that did: every
 * evaluation fails with this error. */
policy *policy_unloaded(pv_ctx *cx, const pv_val *config_map, const char *error);
bool policy_is_loaded(const policy *p); /* false: it is such a one */
/* Who prints a policy's error names the policy in front: its name goes from the place and the text. */
void policy_shorten_error(pv_ctx *cx, const char *name);
policy *policy_ref(policy *p);
policy *policy_unref(policy *p);          /* accepts NULL */
const char *policy_name(const policy *p); /* "namespace/name" */
/* Its modules and the libraries it was compiled with, as pv_rego_describe() tells them. */
pv_val policy_modules(pv_arena *arena, const policy *p);
const char *policy_root(const policy *p);   /* the package whose rules are asked, and those below it */
const char *policy_bundle(const policy *p); /* NULL: its modules are its own */
/* Is the module ("namespace/name/key", or as its bundle calls it) its own, and no library? */
bool policy_owns(const policy *p, const rego_bundles *bundles, const char *module);
enum mode policy_mode(const policy *p);
bool policy_asks(const policy *p); /* the network, perhaps */
const char *mode_name(enum mode mode);
/* The mode that its annotation says. */
PV_MUST_USE int mode_of(pv_ctx *cx, const pv_val *config_map, enum mode *ret);

/* ---- what bundles have (bundle.c) ---- */
rego_bundles bundles_now(pv_ctx *cx, pv_api *api);
/* Adds the modules of all of them (pv_rego_module). */
void bundles_modules(const rego_bundles *bundles, pv_vec *ret);
/* Does the module of that name come with that bundle? */
bool bundles_have(const rego_bundles *bundles, const char *module, const char *bundle);
/* -PV_EINVALID: the ConfigMap stands for a bundle that is not in force, or says so in a way that is none. */
PV_MUST_USE int bundles_check(pv_ctx *cx, const rego_bundles *bundles, const pv_val *config_map);
/* The same as a fact has it, of a value that lives as long as cx. */
rego_bundles bundles_of(const pv_val *fact);

typedef struct finding {
	const policy *policy;
	const char *message, *field; /* field NULL unless the rule gives one */
	bool warning;                /* from a `warn` rule */
	const pv_val *basis;         /* what it stands on (core/enforcement/why.h), if that was asked */
} finding;
/* A policy at work, and the base documents that it sees. */
typedef struct in_force {
	const policy *policy;
	const pv_val *data;                    /* a frozen root; NULL: there are none */
	const struct pv_rego_outside *outside; /* whom it may ask; NULL: nobody */
} in_force;
/* Adds what the policy's rules say of an AdmissionReview to ret (of finding). */
PV_MUST_USE int policy_eval(pv_ctx *cx, const in_force *at_work, const pv_val *review, bool explains,
			    pv_vec *ret);
