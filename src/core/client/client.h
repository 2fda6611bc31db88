/* client: a Kubernetes API server seen through its kubeconfig, over base/httpc.h.
 * Errors are the server's own: a Status comes back as the ctx's error with its code,
 * reason, causes and text.  One thread at a time; blocks. */
#pragma once
#include "base/ctx.h"
#include "base/vec.h"
#include "lang/value/value.h"

typedef struct pv_client pv_client;

typedef struct pv_client_conf {
	const char *kubeconfig; /* NULL: $KUBECONFIG, then ~/.kube/config */
	const char *context;    /* NULL: its current-context */
	const char *ns;         /* NULL or "": the context's, else "default" */
	const char *agent;      /* User-Agent; NULL: "pave/VERSION" */
} pv_client_conf;
/* Owner: caller.  -PV_ENOTFOUND: no such file or context; -PV_EINVALID: what is wrong in it. */
PV_MUST_USE int pv_client_open(pv_ctx *cx, const pv_client_conf *conf, pv_client **ret);
pv_client *pv_client_close(pv_client *client); /* accepts NULL */
const char *pv_client_namespace(const pv_client *client);
const char *pv_client_server(const pv_client *client); /* "https://127.0.0.1:8443" */

/* The names of the contexts that its kubeconfig has (const char *). */
PV_MUST_USE int pv_client_contexts(pv_ctx *cx, const pv_client_conf *conf, pv_vec *ret);

/* ---- requests ---- */
typedef struct pv_client_call {
	const char *method; /* NULL: GET */
	const char *path;   /* "/api/v1/namespaces?limit=5"; escaped (pv_url_escape) */
	const char *accept; /* NULL: application/json */
	const char *type;   /* of the body; NULL: application/json */
	pv_str body;
	int64_t timeout_ns; /* 0: 30 s; < 0: none */
} pv_client_call;
/* Warnings of the server (const char *) are added to `warnings`, which may be NULL. */
PV_MUST_USE int pv_client_do(pv_ctx *cx, pv_client *client, const pv_client_call *call, pv_vec *warnings,
			     pv_str *ret_body);
/* The same, with the answer parsed. */
PV_MUST_USE int pv_client_json(pv_ctx *cx, pv_client *client, const pv_client_call *call, pv_vec *warnings,
			       const pv_val **ret);
/* The name of who asks, as the server knows them. */
PV_MUST_USE int pv_client_who(pv_ctx *cx, pv_client *client, const char **ret);
/* Calls on_line for each line of a watch, until it returns not 0 or the server ends it. */
PV_MUST_USE int pv_client_stream(pv_ctx *cx, pv_client *client, const pv_client_call *call,
				 int (*on_line)(void *arg, pv_str line), void *arg);

/* ---- what there is ---- */
/* Asks for it, once: the functions below do so by themselves. */
PV_MUST_USE int pv_client_discover(pv_ctx *cx, pv_client *client);
typedef struct pv_client_kind {
	const char *group, *version, *kind, *plural, *singular; /* group "": core */
	const char *const *short_names, *const *categories;     /* NULL-terminated */
	const char *const *verbs;
	bool namespaced;
} pv_client_kind;
/* By what a person types: deploy, deployments.apps, Deployment; -PV_ENOTFOUND names the word. */
PV_MUST_USE int pv_client_find(pv_ctx *cx, pv_client *client, const char *word, const pv_client_kind **ret);
/* By a document's apiVersion and kind. */
PV_MUST_USE int pv_client_find_kind(pv_ctx *cx, pv_client *client, const char *api_version, const char *kind,
				    const pv_client_kind **ret);
bool pv_client_kind_each(pv_ctx *cx, pv_client *client, size_t *pos, const pv_client_kind **ret);
/* "/apis/apps/v1/namespaces/NS/deployments/NAME"; ns NULL: all or cluster-scoped, name NULL: the collection. */
char *pv_client_path(pv_arena *arena, const pv_client_kind *kind, const char *ns, const char *name,
		     const char *subresource);
