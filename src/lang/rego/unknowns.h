/* rego/unknowns: partial evaluation: what is left of a query when some documents are not known yet.
 * Any thread; what it gives lives in the ctx's arena. */
#pragma once
#include "lang/rego/rego.h"

typedef struct pv_rego_partial_opts {
	const char *query;
	const char *const *unknowns; /* "input", "data.reports" */
	size_t n_unknowns;
	const char *const *apart; /* "data.a": rules there and below are kept apart, not solved in place */
	size_t n_apart;
	bool shallow;          /* so are all rules */
	pv_rego_eval eval;     /* the documents that are known, and limits */
	bool nondeterministic; /* builtins such as time.now_ns are evaluated now */
	bool text;             /* as Rego, too */
} pv_rego_partial_opts;
typedef struct pv_rego_left { /* as OPA's ast package has them */
	pv_val queries; /* any of which must hold: [[{index, terms}...]...]; [[]]: whatever is unknown; []: never */
	pv_val support;                    /* modules that the queries read, in package data.partial... */
	pv_vec query_texts, support_texts; /* const char * (pv_rego_partial_opts.text) */
} pv_rego_left;
/* What cannot be solved is left as it is: references and calls of the policy's own rules. */
PV_MUST_USE int pv_rego_partial(pv_ctx *cx, pv_rego *rego, const pv_rego_partial_opts *opts,
				pv_rego_left *ret);
