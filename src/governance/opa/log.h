/* log: decision logs (https://www.openpolicyagent.org/docs/management-decision-logs): events of decisions,
 * masked or dropped by policy, to the console, to a file, and in packed batches to a service.
 * Thread-safe; a decision does not wait for the service: what does not fit is dropped and counted.  Private. */
#pragma once
#include "governance/opa/engine.h"
#include "governance/opa/service.h"

typedef struct opa_log opa_log;

typedef struct opa_log_conf {
	const opa_service *service; /* NULL: none */
	const char *resource;       /* "logs" */
	const char *file;           /* JSON lines are added to it; NULL: none */
	bool console;
	size_t buffer_limit;                /* bytes of events that wait */
	size_t event_limit;                 /* their number; 0: any */
	bool immediate;                     /* a batch that is full is sent at once */
	size_t upload_limit;                /* bytes of a packed batch */
	int64_t min_ns, max_ns, per_second; /* between uploads; events a second at most, 0: any */
	const char *mask, *drop;            /* decisions, "system/log/mask"; "": none */
	const pv_val *headers;              /* of the request that an event tells; or NULL */
} opa_log_conf;

/* From {service, console, file_path, reporting, mask_decision, ...}. */
PV_MUST_USE int opa_log_read(pv_ctx *cx, const pv_val *conf, const pv_vec *services, opa_log_conf *ret);
/* Copies nothing: what conf points to outlives the log. */
PV_MUST_USE int opa_log_open(pv_ctx *cx, const opa_log_conf *conf, opa_log **ret);
opa_log *opa_log_close(opa_log *log); /* sends what waits, once; accepts NULL */
const opa_log_conf *opa_log_conf_of(const opa_log *log);
/* -PV_EUNAVAILABLE: the file could not be written. */
PV_MUST_USE int opa_log_add(pv_ctx *cx, opa_log *log, const pv_val *event);
/* {code, message, metrics: {...}}: of the last upload. */
pv_val opa_log_status(pv_arena *arena, opa_log *log);
