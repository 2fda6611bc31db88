/* policy: which requests are audited, and how much of them: audit.k8s.io/v1 Policy, as
 * kube-apiserver's --audit-policy-file.  Immutable once read; any thread. */
#pragma once
#include "base/vec.h"
#include "lang/value/value.h"

typedef struct pv_audit_policy pv_audit_policy;

enum pv_audit_level { PV_AUDIT_NONE, PV_AUDIT_METADATA, PV_AUDIT_REQUEST, PV_AUDIT_RESPONSE };
/* Stages, as bits. */
#define PV_AUDIT_RECEIVED 1u
#define PV_AUDIT_STARTED 2u
#define PV_AUDIT_COMPLETE 4u
#define PV_AUDIT_PANIC 8u

typedef struct pv_audit_question { /* "" when absent; url NULL: a resource is asked for */
	const char *user;
	const char *const *groups;
	const char *verb, *group, *resource, *subresource, *ns, *name, *url;
} pv_audit_question;

typedef struct pv_audit_decision {
	enum pv_audit_level level;
	unsigned omitted;  /* stages */
	bool omit_managed; /* no metadata.managedFields in the bodies */
} pv_audit_decision;

/* From the file's text; each fault names its line.  Owner: caller, pv_audit_policy_free(). */
PV_MUST_USE int pv_audit_policy_parse(pv_ctx *cx, const char *file, pv_str text, pv_audit_policy **ret);
pv_audit_policy *pv_audit_policy_free(pv_audit_policy *policy); /* accepts NULL */
/* By the first rule that matches; none: PV_AUDIT_NONE. */
pv_audit_decision pv_audit_policy_decide(const pv_audit_policy *policy, const pv_audit_question *what);
const char *pv_audit_level_name(enum pv_audit_level level); /* "RequestResponse" */
