/* sigv4: AWS Signature Version 4 of a request (docs.aws.amazon.com, "Create a signed AWS API request").
 * The path and the query are signed as they are given.  Any thread: no state. */
#pragma once
#include "base/ctx.h"

typedef struct pv_sigv4 {
	const char *method, *stamp; /* stamp: 20151228T140825Z */
	pv_str path, query;
	const char *payload;             /* hash of the body, or UNSIGNED-PAYLOAD */
	const char *const (*headers)[2]; /* names in lower case, sorted, and values */
	size_t n;
	const char *service, *region, *access_key, *secret_key;
} pv_sigv4;
/* What the header Authorization says. */
const char *pv_sigv4_authorization(pv_arena *arena, const pv_sigv4 *s);
