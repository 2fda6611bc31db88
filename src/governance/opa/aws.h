/* aws: requests of a service signed for AWS (S3 and what speaks as it does).  Immutable; any thread.  No secret is
 * in an error.  Private. */
#pragma once
#include "base/vec.h"
#include "lang/value/value.h"

typedef struct opa_aws {
	const char *of;      /* the service of the configuration, for errors */
	const char *service; /* s3, execute-api, ... */
	bool environment;    /* who we are is said by the environment */
	bool profile;        /* or by a file of credentials */
	const char *path, *name, *region;
} opa_aws;

/* conf: credentials.s3_signing.  In cx's arena. */
PV_MUST_USE int opa_aws_read(pv_ctx *cx, const char *service, const pv_val *conf, bool confined,
			     opa_aws *ret);
/* Adds the headers of the signature to those of the request (const char *: "Name: value"). */
PV_MUST_USE int opa_aws_sign(pv_ctx *cx, const opa_aws *aws, const char *method, const char *url, pv_str body,
			     pv_vec *headers);
