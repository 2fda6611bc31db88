/* gnostic: an OpenAPI v2 document in protobuf, as kubectl up to 1.31 reads it
 * (google/gnostic openapiv2/OpenAPIv2.proto).  A document is written in pieces, in
 * any order: parsers merge the pieces of a message.  Pure; internal to core/api. */
#pragma once
#include "base/buf.h"
#include "lang/value/value.h"

/* Clients ask with an @, which is no media type by RFC 6838: the answer has a dot, as upstream's. */
#define GNOSTIC_ASKED "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
#define GNOSTIC_TYPE "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

#define GNOSTIC3_ASKED "application/com.github.proto-openapi.spec.v3@v1.0+protobuf"
#define GNOSTIC3_TYPE "application/com.github.proto-openapi.spec.v3.v1.0+protobuf"

void gnostic3_document(pv_buf *b, const pv_val *v); /* a whole document of v3 */
void gnostic_head(pv_buf *b, const pv_val *v);      /* swagger and info */
void gnostic_definition(pv_buf *b, const char *name, const pv_val *v);
void gnostic_path(pv_buf *b, const char *path, const pv_val *item);
