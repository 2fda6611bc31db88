/* template: a ConstraintTemplate, compiled: the rules that its constraints are judged by, in Rego
 * or in CEL, and the schema of those constraints.  Immutable and counted; any thread.  Private. */
#pragma once
#include "core/policy/policy.h"
#include "core/schema/schema.h"
#include "lang/rego/rego.h"

#define GK_TARGET "admission.k8s.gatekeeper.sh"
#define GK_CONSTRAINTS "constraints.gatekeeper.sh"
#define GK_TEMPLATES "templates.gatekeeper.sh"
#define GK_REGO "Rego"
#define GK_CEL "K8sNativeValidation"

typedef struct gk_engines { /* how templates are read; NULL: as the server does */
	bool no_cel;        /* of a template in both languages the Rego is taken */
	bool ignores;       /* failurePolicy of CEL that says none: Ignore instead of Fail */
	bool prints;        /* print() is heard */
} gk_engines;

typedef struct gk_template gk_template;

/* -PV_EINVALID says what keeps it from working, with file:line:column in its Rego. */
PV_MUST_USE int gk_template_compile(pv_ctx *cx, const pv_val *object, const gk_engines *how,
				    gk_template **ret);
gk_template *gk_template_ref(gk_template *t);
gk_template *gk_template_unref(gk_template *t); /* accepts NULL */
const char *gk_template_kind(const gk_template *t);
const char *gk_template_engine(const gk_template *t);      /* GK_REGO, GK_CEL */
const char *gk_template_stamp(const gk_template *t);       /* of the object it was compiled from */
const pv_schema *gk_template_schema(const gk_template *t); /* of a constraint's spec */
/* May it have anything against an object of that kind?  No: it need not be asked. */
bool gk_template_speaks(const gk_template *t, const char *kind);
const char *gk_template_doubt(const gk_template *t); /* why it may decide nothing; NULL: no doubt */
bool gk_template_asks(const gk_template *t);         /* Providers */
bool gk_template_reads_inventory(const gk_template *t);
/* What it finds is the sum of what it would find with each of those objects alone. */
bool gk_template_parts(const gk_template *t);
bool gk_template_reads(const gk_template *t, const char *kind); /* objects of that kind in it */

/* The schema of a constraint's spec, and the CustomResourceDefinition of the constraints (crd.c). */
pv_val gk_spec_schema(pv_ctx *cx, const pv_val *template);
pv_val gk_constraint_crd(pv_ctx *cx, const pv_val *template);

/* ---- judging ---- */
typedef struct gk_violation {
	const char *message;
	const pv_val *details; /* NULL: CEL has none */
	bool failed;           /* it could not be judged: message says why */
	const pv_val *basis;   /* what it stands on (core/enforcement/why.h), if that was asked for */
} gk_violation;

typedef struct gk_question {
	const pv_val *review;  /* AdmissionRequest with namespaceObject; object is the old one of a delete */
	const pv_val *request; /* the same as CEL sees it */
	const pv_val *object, *old, *space; /* as CEL sees them; NULL: null */
	const pv_val *constraint;
	const pv_val *data; /* {inventory}; NULL: nothing */
	pv_api *api;        /* whose Providers are asked; NULL: none are */
	bool audits;        /* nobody waits for the answer */
	bool explains;
	void (*print)(void *arg, const char *line); /* of print(); may be NULL */
	void *print_arg;
} gk_question;
/* Adds what the template has against it (gk_violation; arena of cx). */
void gk_template_judge(pv_ctx *cx, const gk_template *t, const gk_question *q, pv_vec *ret);

/* ---- between the files of this module ---- */
typedef struct gk_rego { /* rego.c */
	pv_rego *rego;
	pv_rego_query *query;
	pv_vec reads;       /* const char *: kinds in data.inventory; "*": any */
	size_t refs, parts; /* to it; of them those to one object, for itself, in a rule of violation */
	bool apart;         /* none of its rules has two of these */
	pv_vec kinds;       /* const char *: those that input.review.kind.kind must be for a violation */
	bool of_any;        /* it need not */
	bool external;      /* it asks Providers */
	bool mocks;         /* `with`: nobody knows what input has there */
	const char *doubt;  /* why it may decide nothing; NULL: nothing is known */
} gk_rego;
/* doubt.c: texts in cx's arena, or NULL.  Of a module's tree: what a violation gives that is no result. */
const char *gk_rego_other_result(pv_ctx *cx, const char *file, const pv_val *tree);
const char *gk_rego_stray_input(pv_ctx *cx, const pv_rego *rego); /* the member of input that no review has */
/* Is the rule called so? */
bool gk_rego_is_rule(const pv_val *rule, const char *name);
PV_MUST_USE int gk_rego_compile(pv_ctx *cx, pv_arena *arena, const pv_val *source, bool prints, gk_rego *ret);
void gk_rego_done(gk_rego *rego);
void gk_rego_judge(pv_ctx *cx, const gk_rego *rego, const gk_question *q, pv_vec *ret);
