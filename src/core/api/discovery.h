/* discovery: what a client asks before it asks for anything: groups, versions,
 * resources, the server's version.  Plain and aggregated (apidiscovery.k8s.io
 * v2 and v2beta1, each only to an Accept that lists it).  Rendered once for each
 * generation of the registry and shared; any thread. */
#pragma once
#include "core/resource/resource.h"

#define PV_KUBERNETES "v1.34.0+pave" /* what API this is */

/* Written by tools/commit: the commit of which this program was built, "" if it is not known, and
 * whether the tree was "clean" or "dirty". */
extern const char *const pv_build_commit;
extern const char *const pv_build_tree;

/* An answer ready to be sent; everything lives as long as cx. */
typedef struct pv_document {
	int status;           /* 200, 304 with an empty body, or 301 */
	const char *type;     /* Content-Type */
	const char *etag;     /* with its quotes, or NULL */
	const char *cache;    /* Cache-Control, or NULL */
	const char *encoding; /* Content-Encoding, or NULL */
	const char *location; /* of a 301, or NULL */
	pv_str body;
} pv_document;

/* What the request says; NULL where it is silent. */
typedef struct pv_document_query {
	const char *path; /* decoded, no query */
	const char *accept;
	const char *if_none_match;
	const char *accept_encoding;
	const char *hash; /* ?hash= of /openapi/v3/... */
} pv_document_query;

/* /api /apis /api/v1 /apis/G /apis/G/V (one trailing slash allowed), /version. */
bool pv_discovery_has(const char *path);
/* -PV_ENOTFOUND: no such group or version; -PV_ENOTACCEPTABLE: the Accept lists nothing we write. */
PV_MUST_USE int pv_discovery(pv_ctx *cx, pv_registry *registry, const pv_document_query *query,
			     pv_document *ret);

/* ---- content negotiation, shared by discovery, OpenAPI and tables ---- */
typedef struct pv_accept { /* one media range */
	pv_str type;       /* "application/json" */
	pv_str as, v, g;
} pv_accept;
/* Cuts the next range off *rest; false at the end. */
bool pv_accept_next(pv_str *rest, pv_accept *ret);
bool pv_accept_is_json(const pv_accept *range); /* or a wildcard that covers it */
/* NULL and "" accept everything. */
bool pv_accept_json(const char *accept);
/* Fills ret for a body with this hash: ETag, and 304 when the client has it. */
void pv_document_fill(pv_ctx *cx, const pv_document_query *query, const char *type, pv_str body,
		      uint64_t hash, pv_document *ret);
