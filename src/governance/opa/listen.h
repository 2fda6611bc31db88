/* listen: an opa_server on an address of its own, with OPA's authentication (bearer token, client
 * certificate) and authorization (the policy system.authz).  Opened and closed by one thread.  Private. */
#pragma once
#include "governance/opa/serve.h"

typedef struct opa_listen_conf {
	const char *host;
	int port;
	const char *cert_pem, *key_pem, *client_ca_pem;
	bool by_token, by_tls; /* authentication */
	bool authorize;
	bool diagnostic;           /* /health and /metrics, nothing else */
	const char *authorization; /* "system/authz/allow" */
	size_t body_limit;
} opa_listen_conf;
typedef struct opa_listener opa_listener;
/* Keeps the server, which outlives it. */
PV_MUST_USE int opa_listen(pv_ctx *cx, opa_server *server, const opa_listen_conf *conf, opa_listener **ret);
opa_listener *opa_listener_close(opa_listener *l); /* accepts NULL */
int opa_listener_port(const opa_listener *l);
