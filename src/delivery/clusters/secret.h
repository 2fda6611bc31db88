/* secret: what a cluster's Secret says.  What is secret in it is in no error.  Private to this folder. */
#pragma once
#include "core/client/direct.h"
#include "lang/value/value.h"

#define CLUSTERS_HOME "argocd"
#define CLUSTERS_INDEX "cluster"
#define ANSWER_MOST ((size_t)8 << 20) /* an object has 1.5 MB at etcd, and 3 MB at a server */

typedef struct secret_says {         /* arena of the ctx */
	const char *server, *digest; /* digest: of all of it */
	pv_vec namespaces;           /* const char *; none: all */
	bool whole;                  /* objects of the whole cluster, too, where namespaces are named */
	pv_client_at at;
	pv_httpc_conf http;
} secret_says;

/* Of all that it says. */
const char *secret_digest(pv_ctx *cx, const pv_val *secret);
/* Is it one that describes a cluster? */
bool secret_is_cluster(const pv_val *secret);
/* A member that is no secret: name, server, project; NULL: it has none. */
const char *secret_text(pv_arena *arena, const pv_val *secret, const char *key);
PV_MUST_USE int secret_read(pv_ctx *cx, const pv_val *secret, secret_says *ret);
/* Its keys in the index: "name NAME", "server URL". */
void secret_keys(pv_ctx *cx, const pv_val *object, pv_vec *ret);
