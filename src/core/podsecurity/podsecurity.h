/* podsecurity: the Pod Security Standards, as namespaces ask for them by label.  Pure; results live in the
 * ctx's arena; thread-safe.  Rules and words: k8s.io/pod-security-admission of Kubernetes 1.34. */
#pragma once
#include "base/vec.h"
#include "core/admission/admission.h"

enum podsecurity_level { PRIVILEGED, BASELINE, RESTRICTED };
#define PODSECURITY_LATEST 1000000 /* newer than any version that is named */

typedef struct podsecurity_rule {
	enum podsecurity_level level;
	int minor; /* of v1.N */
} podsecurity_rule;

enum podsecurity_mode { ENFORCE, AUDIT, WARN, PODSECURITY_MODES };
typedef struct podsecurity_policy {
	podsecurity_rule modes[PODSECURITY_MODES];
} podsecurity_policy;

/* ---- policy.c ---- */
/* What the namespace's labels ask for; faults (of pv_cause, may be NULL): of labels that say nonsense.  What
 * cannot be read enforces "restricted" and neither warns nor is noted, as upstream. */
podsecurity_policy podsecurity_policy_of(pv_ctx *cx, const pv_val *labels, pv_vec *faults);
const char *podsecurity_rule_text(pv_ctx *cx, podsecurity_rule rule); /* "baseline:v1.30" */
bool podsecurity_rule_is(podsecurity_rule a, podsecurity_rule b);

/* ---- checks.c ---- */
/* All that is wrong with a Pod or a template's: "privileged (container "c" must not ...), hostPort"; NULL: it
 * is fine.  details false: without what stands in parentheses. */
const char *podsecurity_violations(pv_ctx *cx, podsecurity_rule rule, const pv_val *metadata,
				   const pv_val *spec, bool details);

extern const pv_admission podsecurity_admission; /* admit.c */
