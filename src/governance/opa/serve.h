/* serve: OPA's REST API over an engine (https://www.openpolicyagent.org/docs/rest-api): one call at a
 * time on a thread, any number of threads.  A call lives as long as its ctx.  Private. */
#pragma once
#include <stdatomic.h>

#include "base/http.h"
#include "core/metrics/metrics.h"
#include "governance/opa/engine.h"

struct opa_log;     /* log.h */
struct opa_plugins; /* plugins.h */

typedef struct opa_server {
	opa_engine *engine;
	struct opa_log *log;         /* NULL: decisions are not logged */
	struct opa_plugins *plugins; /* NULL: none are configured */
	const pv_val *labels;        /* of this instance: id, version, and those of the configuration */
	const pv_val *config;        /* as /v1/config shows it: without secrets */
	const char *decision;        /* what POST / asks: "system/main" */
	bool read_only;              /* nothing is written by the API; `owner` says what to do */
	const char *owner;
	size_t gzip_limit;   /* bytes of an unpacked body */
	size_t gzip_least;   /* bytes of an answer that is packed */
	int gzip_level;      /* 0 to 9 */
	pv_metrics *metrics; /* for /metrics; NULL: that is somebody else's */
	pv_family *timings;  /* of requests, by code, handler and method */
	atomic_uint_least64_t requests;
} opa_server;

typedef struct opa_call {
	pv_ctx *cx;
	opa_server *server;
	pv_http_req *http; /* NULL: a decision that nobody asked for by the API */
	opa_state *state;
	const char *method, *rest; /* rest: what the path has behind the prefix of the route, raw */
	const char *type;          /* of the answer; NULL: application/json */
	int status;                /* that it was answered with */
	const char *id;            /* of the decision, NULL if decisions are not logged */
	const char *batch;         /* the id of the batch that it is of; NULL: it is alone */
	uint64_t number;           /* of the request */
	bool pretty, metrics, strict, provenance;
	bool packs;           /* an answer that is long may be packed */
	const char *explain;  /* NULL: off */
	pv_rego_watch *watch; /* for it */
	pv_str body;          /* unpacked */
	const pv_val *beside; /* what came beside the input, for the log; NULL: nothing */
	int64_t began, parse_ns;
} opa_call;

/* Answers it, errors in OPA's words included.  0, or -PV_E* of the connection. */
PV_MUST_USE int opa_handle(pv_ctx *cx, opa_server *server, pv_http_req *http);

/* ---- answers (answer.c); all return 0 ---- */
int opa_reply(opa_call *c, int status, const pv_val *v); /* members in order, the user's documents sorted */
int opa_reply_nothing(opa_call *c, int status);
int opa_refuse(opa_call *c, int status, const char *code, const char *fmt, ...) PV_PRINTF(4, 5);
/* The error in cx, taken, as one of these: of modules or queries (400, with its parts), or of
 * evaluation (500). */
int opa_refuse_compiled(opa_call *c, const char *code, const char *message);
int opa_refuse_error(opa_call *c);
int opa_refuse_text(opa_call *c, int status, const char *code); /* the error's own text, and its parts */
int opa_refuse_parts(opa_call *c, int status, const char *code, const char *message); /* with its causes */
pv_val opa_sorted(pv_arena *arena, const pv_val *v);                                  /* JSON, keys sorted */
void opa_put_explanation(const opa_call *c, pv_objb *o); /* as lines, whether pretty or not */
const pv_val *opa_input_of(const pv_val *body);          /* NULL: none, or null */
pv_val opa_metrics(const opa_call *c, const opa_finding *f);
bool opa_flag(pv_http_req *http, const char *name); /* ?name, ?name=true */
pv_val opa_error_json(pv_ctx *cx, const char *code, const char *message);
PV_MUST_USE int opa_unpack(opa_call *c); /* route.c: sets body */
/* What is in body: JSON, or, if `yaml`, YAML where its type says so; *ret NULL: empty. */
PV_MUST_USE int opa_read_body(opa_call *c, bool yaml, const pv_val **ret);

/* ---- routes ---- */
int opa_data(opa_call *c);     /* data.c: GET POST */
int opa_v0_data(opa_call *c);  /* data.c */
int opa_batch(opa_call *c);    /* data.c: POST /v1/batch/data/PATH */
int opa_main(opa_call *c);     /* data.c: POST / */
int opa_change(opa_call *c);   /* write.c: PUT PATCH DELETE of data */
int opa_query(opa_call *c);    /* query.c */
int opa_policies(opa_call *c); /* policies.c */
int opa_compile(opa_call *c);  /* compile.c */
int opa_health(opa_call *c);   /* health.c */
int opa_config(opa_call *c);   /* health.c */
int opa_status(opa_call *c);   /* health.c */
int opa_measures(opa_call *c); /* measures.c */
/* For a server of its own: its metrics, closed by the caller. */
pv_metrics *opa_measures_new(opa_server *server);
void opa_measures_add(opa_call *c, const char *handler); /* it is answered */

/* What a decision was, for the log. */
typedef struct opa_decision {
	const char *path, *query; /* one of them */
	const pv_val *input, *result;
	const opa_finding *finding; /* NULL: it does not say how long it took */
	const char *by;             /* who asked; NULL: the peer of the request */
	const pv_val *erased;       /* pointers to what the input had and is not told; NULL: none */
} opa_decision;
/* Logs it, with the error in cx if there is one.  -PV_E*: the log could not take it. */
PV_MUST_USE int opa_note(opa_call *c, const opa_decision *d);
