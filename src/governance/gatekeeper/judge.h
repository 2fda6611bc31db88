/* judge: constraints over one review.  The one evaluator: admission, audit and the tools of gator
 * come here.  Private. */
#pragma once
#include "core/enforcement/enforcement.h"
#include "governance/gatekeeper/constraint.h"
#include "governance/gatekeeper/review.h"

typedef struct gk_rule {             /* a constraint and its template */
	const gk_template *template; /* NULL: it does not compile, and error says why */
	const gk_constraint *constraint;
	const char *error;
	const pv_val *operations; /* of the template: which writes it is asked about; tools need none */
} gk_rule;

typedef struct gk_book {    /* what is in force */
	pv_vec rules;       /* of gk_rule */
	const pv_val *data; /* gk_inventory() */
	pv_api *api;        /* whose Providers are asked; NULL: none are */
	bool explains;      /* findings say what they stand on */
	void (*print)(void *arg, const char *line);
	void *print_arg;
} gk_book;

typedef struct gk_finding {
	const gk_constraint *constraint;
	const char *message;
	const pv_val *details;     /* NULL: none */
	const char *action;        /* the constraint's, or an ExpansionTemplate's */
	const char *const *scoped; /* at this point, NULL-terminated; of action "scoped" */
	bool failed;               /* the rule could not be asked */
	const pv_val *basis;       /* core/enforcement/why.h; NULL: nobody asked */
} gk_finding;

/* Adds what the book has against it at an enforcement point (gk_finding; arena of cx). */
void gk_judge(pv_ctx *cx, const gk_book *book, const gk_review *review, const char *point, pv_vec *ret);
/* As Gatekeeper answers: by action, then by message. */
void gk_findings_sort(pv_vec *findings);
enum pv_effect gk_finding_effect(const gk_finding *f); /* of its actions the strongest */
/* Is that action among those the finding has? */
bool gk_finding_does(const gk_finding *f, const char *action);
