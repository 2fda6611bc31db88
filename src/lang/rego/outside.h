/* rego/outside: what http.send and net.lookup_ip_addr ask of whoever lets an evaluation ask the network: the
 * language itself opens no connection.  Given by pv_rego_eval.outside; without it both end the evaluation.
 * Called from the thread that evaluates, may block it; what they return lies in the arena of cx. */
#pragma once
#include "base/ctx.h"
#include "base/vec.h"

typedef struct pv_rego_request {
	const char *method; /* in capitals */
	const char *url;
	pv_vec headers; /* of const char *: "Name: value" */
	pv_str body;
	bool redirects, insecure;
	int64_t timeout_ns;
	const char *ca, *cert, *key; /* PEM, or NULL */
	const char *id;    /* the whole request in one form: what is the same may be answered by one answer */
	bool cached;       /* by an earlier one, as long as its headers say */
	int64_t cached_ns; /* > 0: so long, whatever they say */
} pv_rego_request;

typedef struct pv_rego_response {
	int status;
	const char *reason; /* "Not Found" */
	pv_vec headers;     /* of const char *[2]: name in lower case, value */
	pv_str body;
} pv_rego_response;

typedef struct pv_rego_outside {
	void *arg;
	/* -PV_EFORBIDDEN: that host may not be asked, which ends the evaluation; any other error is the request's. */
	int (*send)(void *arg, pv_ctx *cx, const pv_rego_request *req, pv_rego_response *ret);
	int (*lookup)(void *arg, pv_ctx *cx, const char *name, pv_vec *ret /* of const char * */);
} pv_rego_outside;
