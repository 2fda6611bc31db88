/* audit: who did what, as audit.k8s.io/v1 Events, one JSON line each in
 * DIR/audit.log (rotated by size).  Without a policy: level Metadata, no bodies.
 * Thread-safe; writing is off the request's path, and bounded: when the disk does
 * not keep up (or is full), events are dropped and counted, never waited for. */
#pragma once
#include "base/ctx.h"
#include "core/audit/policy.h"

typedef struct pv_audit pv_audit;
typedef struct pv_metrics pv_metrics; /* core/metrics/metrics.h */
typedef struct pv_audit_conf {
	const char *dir;
	int64_t max_bytes;       /* of one file; 0 = 100 MiB */
	int keep;                /* older files kept: audit.log.1 (newest) ...; 0 = 5 */
	pv_audit_policy *policy; /* NULL: none; the log's from here on */
	pv_metrics *metrics;     /* pave_audit_events_total, pave_audit_dropped_total; NULL: none */
} pv_audit_conf;
PV_MUST_USE int pv_audit_open(pv_ctx *cx, const pv_audit_conf *conf, pv_audit **ret);
pv_audit *pv_audit_close(pv_audit *audit); /* writes what is queued; accepts NULL */

const pv_audit_policy *pv_audit_policy_of(const pv_audit *audit); /* NULL: there is none */

typedef struct pv_audit_event {    /* borrowed; NULL or "" leaves a field out */
	enum pv_audit_level level; /* PV_AUDIT_NONE stands for Metadata */
	unsigned stage;            /* 0 stands for PV_AUDIT_COMPLETE */
	const char *id, *verb, *uri, *peer, *agent;
	pv_str user, as; /* UserInfo, JSON: who asks, and whom they impersonate */
	const char *group, *version, *resource, *subresource, *ns, *name;
	const char *object_uid, *object_version; /* of what was sent or made */
	int status;
	const char *outcome, *reason, *message; /* of the Status that was answered, if it was one */
	pv_str details;                         /* its, JSON */
	pv_str request, response;               /* bodies, JSON */
	const char *decision, *why;             /* "allow" or "forbid", and the binding that says so */
	const char *const *notes;               /* more annotations: keys and values in turn */
	size_t n_notes;
	int64_t received_ns, done_ns;
} pv_audit_event;
/* The same with texts of its own, for what ends later. */
pv_audit_event *pv_audit_event_copy(pv_arena *arena, const pv_audit_event *event);
void pv_audit_add(pv_audit *audit, const pv_audit_event *event); /* accepts a NULL audit */
