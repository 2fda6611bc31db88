/* clusters: other Kubernetes clusters as destinations, as Secrets of namespace argocd describe them in Argo CD's
 * format.  What a turn asks is answered from what is known; who calls a cluster blocks.  Any thread. */
#pragma once
#include "core/api/api.h"
#include "core/fact/fact.h"
#include "core/reconcile/reconcile.h"

#define CLUSTERS_HERE "https://kubernetes.default.svc" /* this server's own API */
#define CLUSTERS_HERE_NAME "in-cluster"

typedef struct clusters_place {
	const char *name, *server, *project; /* project: whose it is, "" nobody's */
	const char *secret;                  /* the Secret's name; NULL: this server */
} clusters_place;

/* ---- in a turn ---- */
/* Which one a spec.destination means; -PV_EINVALID in Argo CD's words. */
PV_MUST_USE int clusters_find(pv_ctx *cx, pv_plan *plan, const pv_val *destination, clusters_place *ret);
/* What it serves, {version, kinds: {"apps/v1/Deployment": true: namespaced}}; as pv_plan_fact.  An error: it cannot be
 * asked now. */
int clusters_serves(pv_ctx *cx, pv_plan *plan, const clusters_place *c, const pv_val **ret);

/* What it holds of the objects that are wanted, and what else is of the asker. */
typedef struct clusters_question {
	const char *manager;     /* who would apply */
	const char *index, *key; /* "tracking" or "instance", and whose objects */
	/* [{object, takesOver, exists, mayRefuse}]: exists: what it would become is not asked; mayRefuse: that it may not be
	 * read is a `problem` */
	pv_val wants;
	int64_t since; /* no older than that (wall clock); 0: any */
} clusters_question;
/* {objects: [{key, live, ahead, problem}], tracked: [{key, live}]}: objects as the wants; key:
 * "apps/Deployment/NS/NAME", none of what has no name or place; ahead: live as an apply would leave it, where that is something else.  As pv_plan_fact_since; asked again when one of them changes. */
int clusters_look(pv_ctx *cx, pv_plan *plan, const clusters_place *c, const clusters_question *q,
		  const pv_val **ret);

/* Objects that are nobody's question above: the one of that name (or none), or with name "" all of the namespace, or
 * with ns "" of the kind.  As pv_plan_fact; asked again when that one changes, of all every three minutes. */
typedef struct clusters_object {
	const char *api_version, *kind, *ns, *name;
} clusters_object;
int clusters_read(pv_ctx *cx, pv_plan *plan, const clusters_place *c, const clusters_object *what,
		  const pv_val **ret);

/* Deletes the object, of that uid, or applies it: once for each args, as pv_plan_effect. */
int clusters_delete(pv_ctx *cx, pv_plan *plan, const clusters_place *c, const pv_val *object,
		    const char *propagation, const pv_val **ret);
int clusters_apply(pv_ctx *cx, pv_plan *plan, const clusters_place *c, const pv_val *object,
		   const char *manager, const char *once, const pv_val **ret);

/* Is the error of such a question or call one of reaching it, so that it is to be asked again later? */
bool clusters_is_away(int code);

/* ---- for drivers: calls, as core/api has them; results live as long as cx ---- */
typedef struct spoke spoke;
/* The one that the Secret describes, held until it is let go.  -PV_ENOTFOUND, or why it cannot be asked now. */
PV_MUST_USE int spoke_hold(pv_ctx *cx, pv_api *api, const char *secret, spoke **ret);
void spoke_let_go(spoke *s); /* accepts NULL */
/* The kind, with what a call needs; *ret NULL: it is not served.  meant: of another version, too. */
PV_MUST_USE int spoke_resource(pv_ctx *cx, spoke *s, const char *api_version, const char *kind,
			       const pv_resource **ret);
const pv_resource *spoke_resource_meant(pv_ctx *cx, spoke *s, const char *kind);
bool spoke_is_there(spoke *s); /* asks it now */
PV_MUST_USE int spoke_find(pv_ctx *cx, spoke *s, const pv_call *call,
			   const pv_val **ret); /* *ret NULL: none */
PV_MUST_USE int spoke_create(pv_ctx *cx, spoke *s, const pv_call *call, const pv_val *object,
			     const pv_val **ret);
PV_MUST_USE int spoke_update(pv_ctx *cx, spoke *s, const pv_call *call, const pv_val *object,
			     const pv_val **ret);
PV_MUST_USE int spoke_apply(pv_ctx *cx, spoke *s, const pv_call *call, const pv_val *object,
			    const pv_val **ret);
PV_MUST_USE int spoke_delete(pv_ctx *cx, spoke *s, const pv_call *call); /* gone already is no error */
/* type: "application/merge-patch+json", .. */
PV_MUST_USE int spoke_patch(pv_ctx *cx, spoke *s, const pv_call *call, const char *type, const pv_val *patch,
			    const pv_val **ret);
/* All of the call's kind and namespace ("": all) that `query` selects ("fieldSelector=..", or ""): the list, of which
 * more than 500 are -PV_ETOOLARGE. */
PV_MUST_USE int spoke_list(pv_ctx *cx, spoke *s, const pv_call *call, const char *query, const pv_val **ret);

/* ---- for people ---- */
/* The cluster that the destination means as it is now; -PV_EINVALID: it means none. */
PV_MUST_USE int clusters_which(pv_ctx *cx, pv_api *api, const pv_val *destination, clusters_place *ret);
/* Does the destination mean this server?  One that is of no cluster does not. */
bool clusters_is_here(pv_ctx *cx, pv_api *api, const pv_val *destination);
/* {status: Successful|Failed|Unknown, message, attemptedAt}, and version, objects where they are known. */
pv_val clusters_connection(pv_ctx *cx, pv_api *api, const char *secret);
