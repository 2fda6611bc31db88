/* audit: who did what, as audit.k8s.io/v1 Events, one JSON line each in
 * DIR/audit.log (rotated by size).  Level Metadata; bodies are never written.
 * Thread-safe; writing is off the request's path, and bounded. */
#pragma once
#include "base/ctx.h"

typedef struct pv_audit pv_audit;
PV_MUST_USE int pv_audit_open(pv_ctx *cx, const char *dir, pv_audit **ret);
pv_audit *pv_audit_close(pv_audit *audit);
typedef struct pv_audit_event {
	const char *id, *verb, *uri, *user, *how, *peer, *agent;
	const char *const *groups;
	const char *group, *version, *resource, *subresource, *ns, *name;
	int status;
	const char *reason; /* of a refusal, or NULL */
	int64_t received_ns, done_ns;
} pv_audit_event;
void pv_audit_add(pv_audit *audit, const pv_audit_event *event);
