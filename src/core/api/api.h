/* api: the Kubernetes resource API as calls: what HTTP handlers, controllers and
 * the CLI's in-process paths share.  Authorisation, admission, schema, patches,
 * finalizers and owner references all happen in here, once.  Thread-safe. */
#pragma once
#include "base/http.h"
#include "core/admission/admission.h"
#include "core/audit/audit.h"
#include "core/metrics/metrics.h"
#include "core/store/store.h"

#define PV_SERVICE_RANGE "10.96.0.0/16" /* of the addresses of Services */

typedef struct pv_api pv_api;

typedef struct pv_api_conf {
	pv_store *store;
	pv_registry *registry;
	pv_auth *auth;
	pv_audit *audit;      /* NULL: none */
	pv_metrics *metrics;  /* NULL: none; for /metrics and the API's own counters */
	struct pv_flow *flow; /* NULL: first come, first served */
	bool alone;           /* whoever acts on what is written is somebody else's */
} pv_api_conf;
PV_MUST_USE int pv_api_open(pv_ctx *cx, const pv_api_conf *conf, pv_api **ret);
pv_api *pv_api_close(pv_api *api);
pv_store *pv_api_store(pv_api *api);
pv_registry *pv_api_registry(pv_api *api);
pv_auth *pv_api_auth(pv_api *api);
bool pv_api_alone(const pv_api *api); /* as its conf says: kinds of products are kinds like any others */
/* Five characters at random that spell no words (apimachinery util/rand): what a generated name ends in. */
char *pv_api_suffix(pv_arena *arena);
/* State of a module that lives as long as the API: `owner` is any address of the module's,
 * close(state) is called by pv_api_close.  Only from a module's `start`. */
void pv_api_keep(pv_api *api, const void *owner, void *state, void (*close)(void *state));
void *pv_api_kept(pv_api *api, const void *owner); /* NULL if there is none */
/* A node that serves logs and sessions of its Pods (core/session).  Only from a module's `start`. */
struct pv_node;
void pv_api_add_node(pv_api *api, const struct pv_node *node);
const struct pv_node *pv_api_node(const pv_api *api, const char *name); /* who serves it; NULL: nobody here */
/* Why nothing can be listening at the address of a Pod on that node: pv_node's `lacks`.  NULL: something
 * can, or nobody here knows the node.  Who dials a Pod or what is behind a Service asks first. */
const char *pv_api_node_lacks(const pv_api *api, const char *node_name);
/* The runtime is opened over the API and told to it: for /why.  NULL: it is closing. */
struct pv_runtime;
void pv_api_set_runtime(pv_api *api, struct pv_runtime *runtime);
/* /readyz says ok from now on. */
void pv_api_set_ready(pv_api *api);

/* An error as the meta/v1 Status that clients are told. */
pv_val pv_api_status(pv_arena *arena, const pv_error *err);

/* The HTTP face: give these to pv_http_conf (core/api/http.c). */
int pv_api_handle(pv_ctx *cx, pv_http_req *req, void *api);
void pv_api_fail(pv_ctx *cx, pv_http_req *req, void *api);
const char *pv_api_refuse(pv_ctx *cx, int status, void *api);
int pv_api_enter(pv_ctx *cx, pv_http_req *req, void *api);
void pv_api_leave(pv_http_req *req, void *api);
bool pv_api_blocks(pv_http_req *req, void *api);
bool pv_api_knows(pv_ctx *cx, pv_http_req *req, void *api);
void pv_api_sent(pv_http_req *req, int status, size_t bytes, int64_t ns, void *api);

/* The same operations for code in this process; the caller is cx->identity. */
typedef struct pv_call {
	const pv_resource *resource;
	const char *ns, *name;   /* "" when absent */
	const char *subresource; /* "", "status", "scale" */
	const char *manager;     /* field manager */
	const char *asked;       /* the manager as the client named it; NULL: it did not */
	bool force;              /* server-side apply: take conflicts */
	bool exact; /* a client's own apply: what the kind does not declare is refused, not left out */
	bool dry_run;
	bool permitted;      /* the caller was asked for a right to it already: of many, for all at once */
	bool past_admission; /* what the server does itself, with what it was let do already */
	const pv_val
		*ns_to_come; /* a dry run: the namespace, which is not there yet, as it will be; or NULL */
	const char *
		takes_over; /* an apply: what this client-side applier holds becomes the manager's; may be NULL */
	int64_t expect_rev;       /* precondition, 0 = none */
	const char *expect_text;  /* the same where it is no number, and so nobody's (expect_rev: -1) */
	const char *expect_uid;   /* precondition, NULL = none */
	const char *propagation;  /* Background (NULL), Foreground, Orphan */
	bool unsaid;              /* a client said neither that nor orphans: its kind's old default holds */
	const char *orphans;      /* orphanDependents, "true" or "false", where that was said instead */
	const char *validation;   /* Strict, Warn (NULL), Ignore */
	const pv_vec *duplicates; /* const char *: keys that the body repeats; may be NULL */
	pv_vec *warnings;         /* const char *, may be NULL */
	pv_vec *notes;            /* for the audit log: const char *, keys and values in turn; or NULL */
	int64_t grace_seconds;    /* of a delete: -1 = the kind's default, 0 = at once */
	/* For `pave why`: the object for whose sake a controller writes {apiVersion, kind, namespace,
	 * name} (NULL: the caller for itself), and its reason; planned: its plan lists the write. */
	const pv_val *by;
	const char *reason;
	bool planned;
} pv_call;
enum pv_patch_kind { PV_PATCH_JSON, PV_PATCH_MERGE, PV_PATCH_STRATEGIC, PV_PATCH_APPLY };

/* Goes on with what a crash cut short: kinds that were being deleted.  Once, before anybody else comes. */
PV_MUST_USE int pv_api_resume(pv_ctx *cx, pv_api *api);

/* The object as that version of its kind; may ask a conversion webhook (blocks). */
PV_MUST_USE int pv_api_convert(pv_ctx *cx, pv_api *api, const pv_resource *to, const pv_val *object,
			       const pv_val **ret);

/* Results live as long as cx. */
PV_MUST_USE int pv_api_get(pv_ctx *cx, pv_api *api, const pv_call *call, const pv_val **ret);
PV_MUST_USE int pv_api_create(pv_ctx *cx, pv_api *api, const pv_call *call, const pv_val *object,
			      const pv_val **ret);
PV_MUST_USE int pv_api_update(pv_ctx *cx, pv_api *api, const pv_call *call, const pv_val *object,
			      const pv_val **ret);
PV_MUST_USE int pv_api_patch(pv_ctx *cx, pv_api *api, const pv_call *call, enum pv_patch_kind kind,
			     const pv_val *patch, const pv_val **ret, bool *ret_created);
PV_MUST_USE int pv_api_delete(pv_ctx *cx, pv_api *api, const pv_call *call,
			      const pv_val **ret); /* what is left, or the last version */

/* An Event about an object, in its namespace or in "default"; the same news again raises the Event's
 * count.  The caller is cx->identity. */
typedef struct pv_news {
	const pv_val *about;
	const char *component, *type, *reason, *message; /* type: "Normal", "Warning" */
	int64_t at;                                      /* wall clock */
	const char *field; /* of the object: "spec.containers{web}"; NULL: all of it */
	const char *node;  /* where the component is; NULL: with the API */
} pv_news;
PV_MUST_USE int pv_api_report(pv_ctx *cx, pv_api *api, const pv_news *news);
