/* service: an HTTP service of the configuration (bundles, logs, status): its address and who we are there.
 * Immutable; any thread.  What it carries as credentials stands in no error and no log.  Private. */
#pragma once
#include <stdatomic.h>

#include "base/httpc.h"
#include "governance/opa/aws.h"
#include "governance/opa/oauth.h"
#include "lang/value/value.h"

typedef struct opa_service {
	const char *name, *url; /* url: without a slash at its end */
	const char *token, *token_path, *scheme;
	const pv_val *headers; /* {NAME: TEXT}, or NULL */
	bool oci;              /* a registry of bundles */
	opa_oauth *oauth;      /* gives the tokens; or NULL */
	opa_aws *aws;          /* signs the requests; or NULL */
	int64_t timeout_ns;
	pv_httpc *client;
} opa_service;

/* Of the configuration {services: {NAME: service} or [service], keys}.  *ret: of opa_service, in cx's arena, closed with opa_services_close(). */
PV_MUST_USE int opa_services_open(pv_ctx *cx, const pv_val *doc, bool confined, pv_vec *ret);
/* What a member holds: a text of several lines itself, else the file of that name, unless `confined`; `where`
 * is for errors, which do not say the value. */
PV_MUST_USE int opa_text_or_file(pv_ctx *cx, const char *value, bool confined, const char *where,
				 const char **ret);
void opa_services_close(pv_vec *services);
/* NULL and an error if there is none of that name ("": the only one). */
const opa_service *opa_service_find(pv_ctx *cx, const pv_vec *services, const char *name, const char *whose);

typedef struct opa_service_req {
	const char *method, *path; /* path: below the service's URL, or a whole URL of its own */
	const char *headers[6];    /* "Name: value", ends with NULL */
	pv_str body;
	size_t limit;
	int64_t more_ns;    /* to wait longer than the service's timeout */
	const char *bearer; /* instead of the service's credentials; or NULL */
	bool own;           /* with a whole URL: it is the service's own, and gets its credentials */
	atomic_bool *stop;  /* true: give up; may be NULL */
} opa_service_req;
PV_MUST_USE int opa_service_do(pv_ctx *cx, const opa_service *s, const opa_service_req *req,
			       pv_httpc_answer *ret);
