/* openapi: the schemas that kubectl validates and explains by: /openapi/v3 (an
 * index, one document a group-version), and /openapi/v2 for kubectl up to 1.31 (one
 * document, JSON or gnostic's protobuf).  A document is rendered when first asked for
 * and kept until its kinds change; any thread. */
#pragma once
#include "core/api/discovery.h"

/* /openapi/v2, /openapi/v3, /openapi/v3/api/v1, /openapi/v3/apis/G/V */
bool pv_openapi_has(const char *path);
/* -PV_ENOTFOUND: no such group-version; -PV_ENOTACCEPTABLE: nothing that we write is accepted. */
PV_MUST_USE int pv_openapi(pv_ctx *cx, pv_registry *registry, const pv_document_query *query,
			   pv_document *ret);
