/* kubeconfig: the file that says which server, which credentials and which
 * namespace.  Internal to core/client. */
#pragma once
#include "base/httpc.h"
#include "core/client/client.h"

typedef struct kubeconfig { /* arena of the ctx */
	const char *server, *ns;
	pv_httpc_conf http;
} kubeconfig;

PV_MUST_USE int kubeconfig_load(pv_ctx *cx, const pv_client_conf *conf, kubeconfig *ret);
