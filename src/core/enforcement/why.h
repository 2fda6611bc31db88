/* why: what a finding of a policy stands on, in one form for policies in Rego, of Gatekeeper and in CEL, at a
 * refusal and of what exists:
 *   {policy: {kind, namespace, name}, rule, message, statements: [{text, line, holds}],
 *    reads: [{field | param | name, value | absent | hidden | large}]}
 * statements: of Rego those of the body that held (to pass, one must not), of CEL the parts that decided.
 * Values in the arena of cx.  Any thread. */
#pragma once
#include "core/enforcement/enforcement.h"
#include "lang/cel/why.h"
#include "lang/rego/held.h"

typedef struct pv_why_reader { /* whose reads they are */
	const char *object,
		*params; /* paths of the object and of the policy's parameters; NULL: it has none */
	bool hides;      /* values of the object are told to nobody: a Secret's */
	bool hides_params;
} pv_why_reader;
extern const pv_why_reader pv_why_of_reviews;  /* input.review, input.parameters */
extern const pv_why_reader pv_why_of_requests; /* input.request */

/* rule, statements and reads; to be completed by pv_why_entry(). */
pv_val pv_why_rego(pv_ctx *cx, const pv_rego_held *held, const pv_why_reader *how);
pv_val pv_why_cel(pv_ctx *cx, const char *rule, const pv_vec *parts, const pv_why_reader *how);
/* basis NULL: no more is known than what it says. */
pv_val pv_why_entry(pv_ctx *cx, const pv_rule_name *rule, const char *message, const pv_val *basis);
/* The first field that it read; NULL: it read none. */
const char *pv_why_field(const pv_val *why);

/* ---- in words ---- */
/* What must become of its statements. */
const char *pv_why_title(const pv_val *why);
/* Of one of its reads what was found: "9", "not there". */
const char *pv_why_found(pv_ctx *cx, const pv_val *read);
/* For who has nothing but the answer: lines of what it read, of the rule and of what would pass, each behind
 * "\n  ", bounded; "": that is not known. */
const char *pv_why_brief(pv_ctx *cx, const pv_val *why);
