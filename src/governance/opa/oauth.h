/* oauth: bearer tokens of an OAuth 2 server (RFC 6749 client credentials, RFC 7523 assertions), kept until they
 * expire.  Any thread.  No secret is in an error.  Private. */
#pragma once
#include "base/httpc.h"
#include "lang/value/value.h"

typedef struct opa_oauth opa_oauth;

/* conf: credentials.oauth2; keys: those of the configuration.  *ret lives in cx's arena, closed with
 * opa_oauth_close(). */
PV_MUST_USE int opa_oauth_open(pv_ctx *cx, const char *service, const pv_val *conf, const pv_val *keys,
			       bool confined, opa_oauth **ret);
opa_oauth *opa_oauth_close(opa_oauth *o); /* accepts NULL */
/* A token that holds, asked for by `client` if there is none. */
PV_MUST_USE int opa_oauth_token(pv_ctx *cx, opa_oauth *o, pv_httpc *client, const pv_httpc_req *like,
				const char **ret);
