/* governance/rego: Rego policies in ConfigMaps labelled openpolicyagent.org/policy=rego
 * (kube-mgmt's convention): at admission, and over what exists already.  The mode of a
 * policy is its annotation pave.dev/enforcement: deny (default), warn or audit.
 * Const rows; admission calls from the threads of the API. */
#pragma once
#include "core/enforcement/enforcement.h"
#include "core/module.h"

extern const pv_admission rego_admission;
extern const pv_controller rego_policy_controller;
extern const pv_index_row rego_indexes[];
extern const pv_fact_kind rego_bundles_fact;

/* For who serves the same policies otherwise (governance/opa): is the ConfigMap one, and its modules, named
 * NAMESPACE/NAME/KEY, v1 as its annotation says: of pv_rego_module. */
bool rego_is_policy(const pv_val *config_map);
/* Are both the same policy, or both none?  Either may be NULL. */
bool rego_same_policy(const pv_val *config_map, const pv_val *other);
PV_MUST_USE int rego_modules(pv_ctx *cx, const pv_val *config_map, pv_vec *ret);
/* Is it one that will be refused for what it says itself? */
bool rego_is_wrong(pv_ctx *cx, const pv_admit *admit);

/* ---- rules that bundles bring (governance/opa has them) ---- */
typedef struct rego_bundles {
	/* {ID: {raw, v0, bundle}}; without bundle: a ConfigMap's; NULL: there are none */
	const pv_val *policies;
	const pv_val *names; /* {NAME: {revision, ...}} of the bundles in force; NULL: there are none */
	uint64_t number;     /* another when names, or policies of bundles, are */
	bool asks;           /* policies may ask the network: hosts are named (core/outside) */
	/* Base documents, of bundles and ConfigMaps: a frozen root, another value when they change; NULL: none. */
	const pv_val *data;
} rego_bundles;
/* As they are in force, held by cx. */
typedef void (*rego_bundler)(pv_ctx *cx, pv_api *api, rego_bundles *ret);
void rego_keep_bundler(pv_api *api, rego_bundler bundler); /* once, from a module's `start` */

/* ---- whether a policy says something else than it did ---- */
#define REGO_BUNDLES_FACT "rego-bundles" /* args {}: what bundles have */
/* The modules that serve other policies, of these ConfigMaps (const pv_val *) and of the bundles of the fact. */
void rego_libraries(pv_ctx *cx, const pv_vec *config_maps, const pv_val *bundles, pv_vec *ret);
/* Of those what decides, beside the ConfigMap's own, what the policy in it says: {NAME: TEXT}. */
pv_val rego_uses(pv_ctx *cx, const pv_val *config_map, const pv_vec *libraries);

/* Who found it, by the policy's NAMESPACE/NAME, at a write and in a report alike; one that cannot be asked
 * counts as its deny rules. */
pv_rule_name rego_rule_name(pv_ctx *cx, const char *policy, bool warning);

/* ---- who is told of decisions at admission (governance/opa logs them) ---- */
typedef struct rego_decision {
	const pv_admit *admit;
	const pv_val *review;  /* the AdmissionReview that was asked about */
	const pv_vec *denials; /* pv_denial: ours from `first` on */
	size_t first;
	const pv_val *warnings; /* [TEXT] */
} rego_decision;
typedef void (*rego_teller)(pv_ctx *cx, pv_api *api, const rego_decision *decision);
void rego_keep_teller(pv_api *api, rego_teller tell); /* once, from a module's `start` */

/* ---- what exists already ---- */
typedef struct rego_audit rego_audit; /* the policies in force; lives as long as its cx */
typedef struct rego_finding {
	const char *policy;          /* NAMESPACE/NAME */
	const char *message, *field; /* field NULL unless the rule gives one */
	const char *mode;            /* "deny", "warn", "audit" */
	bool warning;                /* from a `warn` rule */
	bool failed;                 /* the policy could not be asked */
	const pv_val *basis; /* what it stands on (core/enforcement/why.h); NULL: that was not asked */
} rego_finding;
/* *ret NULL: there are no policies.  *ret_generation grows with every change of them. */
PV_MUST_USE int rego_audit_begin(pv_ctx *cx, pv_api *api, rego_audit **ret, uint64_t *ret_generation);
/* Adds what they have against the object (rego_finding; arena of cx). */
void rego_audit_object(pv_ctx *cx, const rego_audit *audit, const pv_resource *res, const pv_rec *rec,
		       pv_vec *ret);
/* The same, asked anew, with what each stands on. */
void rego_audit_explain(pv_ctx *cx, const rego_audit *audit, const pv_resource *res, const pv_rec *rec,
			pv_vec *ret);
