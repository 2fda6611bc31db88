/* impl: what the files of this module share: settings, who calls, what they may, and how they are answered.
 * A call and all of it belongs to one thread and lives in the request's arena.  Private to this folder. */
#pragma once
#include "core/module.h"
#include "delivery/argocd/policy.h"
#include "delivery/clusters/clusters.h"

#define ARGOCD_NS "argocd"
#define ARGOCD_SECRET "argocd-secret"
#define ARGOCD_COOKIE "argocd.token"
#define ARGO "argoproj.io"
#define IN_CLUSTER CLUSTERS_HERE

/* ---- settings.c: argocd-cm, argocd-rbac-cm and argocd-secret as they are now ---- */
const pv_val *settings_stored(pv_ctx *cx, pv_api *api, const char *type, const char *ns, const char *name);
const char *settings_text(pv_ctx *cx, pv_api *api, const char *config_map, const char *key,
			  const char *otherwise);
/* A value of argocd-secret, decoded; s NULL: there is none. */
pv_str settings_secret(pv_ctx *cx, pv_api *api, const char *key);
/* Sets members of argocd-secret (texts), which is made if there is none; as Pave itself. */
PV_MUST_USE int settings_put_secret(pv_ctx *cx, pv_api *api, const pv_val *texts);
/* server.secretkey, made if there is none. */
PV_MUST_USE int settings_key(pv_ctx *cx, pv_api *api, pv_str *ret);
/* The policy of argocd-rbac-cm.  -PV_EINVALID names the wrong line. */
PV_MUST_USE int settings_policy(pv_ctx *cx, pv_api *api, policy **ret);

/* ---- account.c: local accounts ---- */
typedef struct account {
	const char *name;
	bool enabled, login, api_key;
	pv_str hash;           /* bcrypt of the password; empty: there is none */
	int64_t password_time; /* seconds since 1970 when it was set, 0: not known */
	const pv_val *tokens;  /* [{id, iat, exp}] */
} account;
bool account_find(pv_ctx *cx, pv_api *api, const char *name, account *ret);
void account_all(pv_ctx *cx, pv_api *api, pv_vec *ret); /* of account, by name */
pv_val account_show(pv_arena *arena, const account *a);
PV_MUST_USE int account_put_tokens(pv_ctx *cx, pv_api *api, const account *a, pv_val tokens);
PV_MUST_USE int account_put_password(pv_ctx *cx, pv_api *api, const account *a, const char *password);
/* Is it the password?  Takes as long for an account that is not there (NULL); guesses are counted by name, and
 * after too many of them none is right for a while.  -PV_EUNAUTHORIZED. */
PV_MUST_USE int account_prove(pv_ctx *cx, pv_api *api, const char *name, const account *a,
			      const char *password);
struct account_guesses *account_guesses_new(void);
void account_guesses_free(void *guesses);
/* Sessions that were ended, until they would have; kept in memory. */
void account_revoke(pv_api *api, const char *token, int64_t expires);
bool account_is_revoked(pv_api *api, const char *token);
void account_lock(pv_api *api, bool lock); /* while tokens or keys are read and written back */

/* ---- token.c: HS256 by server.secretkey ---- */
typedef struct jwt_claims {
	const char *subject, *id; /* "alice:apiKey", "alice:login", "proj:shop:ci" */
	int64_t issued, expires;  /* seconds; expires 0: never */
} jwt_claims;
PV_MUST_USE int token_sign(pv_ctx *cx, pv_api *api, const jwt_claims *t, const char **ret);
bool token_is_ours(pv_ctx *cx, const char *text); /* does it say that it is one of these? */
/* -PV_EUNAUTHORIZED: not signed here, or it has ended. */
PV_MUST_USE int token_read(pv_ctx *cx, pv_api *api, const char *text, jwt_claims *ret);

/* ---- caller.c ---- */
enum caller_kind { CALLER_NOBODY, CALLER_KUBERNETES, CALLER_ACCOUNT, CALLER_PROJECT };
typedef struct caller {
	enum caller_kind kind;
	const char *name;          /* "alice", "proj:shop:ci", or as Kubernetes calls them; "" for nobody */
	const char *project;       /* of a CALLER_PROJECT */
	const char *const *groups; /* NULL-terminated */
	const char *token;         /* its id, "" if there is none */
	int64_t issued;            /* of the token, seconds; 0: it has none */
	int64_t expires;
	bool ambient; /* by what a browser shows without anybody's doing: a cookie, a certificate */
} caller;
/* Who it is; cx->identity is who writes.  -PV_EUNAUTHORIZED: what was shown is wrong. */
PV_MUST_USE int caller_find(pv_ctx *cx, pv_http_req *req, pv_api *api, caller *ret);

/* ---- rights.c ---- */
enum right {
	RIGHT_NONE,
	RIGHT_POLICY /* past Kubernetes' RBAC */,
	RIGHT_KUBERNETES /* RBAC is asked again */
};
typedef struct rights rights;
/* Made once a request. */
rights *rights_of(pv_ctx *cx, pv_api *api, const caller *who);
/* object: "shop/front"; ns and name: where Kubernetes has it. */
enum right rights_have(rights *r, const char *resource, const char *action, const char *object,
		       const char *ns, const char *name);
/* -PV_EFORBIDDEN in Argo CD's words. */
PV_MUST_USE int rights_check(rights *r, const char *resource, const char *action, const char *object,
			     const char *ns, const char *name, enum right *ret);
int rights_refuse(rights *r, const char *resource, const char *action, const char *object);
/* Does Kubernetes' RBAC let them list these?  What they see of an Application by RIGHT_KUBERNETES. */
bool rights_may_list(rights *r, const char *group, const char *plural, const char *ns);

/* ---- one call of a path ---- */
typedef struct call {
	pv_ctx *cx;
	pv_http_req *req;
	pv_api *api;
	caller who;
	rights *rights;
	const char *part[6]; /* what stood at each {} of the path, decoded */
	const struct path *path;
	const pv_val *body; /* {} if there is none */
} call;
typedef int call_run(call *c);
#define PATH_PUBLIC 1u  /* whoever calls */
#define PATH_MESSAGE 2u /* its body may hold what else stands in the query */
struct path {
	const char *method;
	const char *path; /* below /api/, "v1/applications/{}/sync" */
	call_run *run;    /* NULL: not built, which is said by name */
	unsigned flags;
};
extern const struct path *const argocd_paths[]; /* of the files below; each ends with method NULL */
int call_handle(pv_ctx *cx, pv_http_req *req, pv_api *api); /* of pv_route */
const char *call_query(call *c, const char *name);          /* "" if absent */

int call_answer(call *c, pv_val v); /* 200 */
int call_answer_nothing(call *c);   /* {} */
/* cx's error, as grpc-gateway tells it; swallows it. */
int call_answer_error(call *c);

/* A PV_ call as this caller, permitted as `right` says. */
pv_call call_on(call *c, const char *plural, const char *ns, const char *name, enum right right);

/* A new token as the body wishes it: id, expiresIn; its subject is not set.  (session.c) */
PV_MUST_USE int token_wished(call *c, jwt_claims *ret);

/* ---- application.c ---- */
typedef struct target { /* an Application that is asked about */
	const pv_rec *rec;
	const pv_val *object;
	const char *ns, *name, *rbac; /* rbac: "shop/front", "shop/team/front" outside namespace argocd */
	enum right right;
} target;
/* {name} of the path, and ?appNamespace= and ?project=; action: "get", ... */
PV_MUST_USE int application_find(call *c, const char *name, const char *action, target *ret);
/* What is said in logs is of this server: -PV_EUNSUPPORTED of what is deployed to another cluster. */
PV_MUST_USE int application_check_here(call *c, const target *f);
const char *application_rbac(pv_arena *arena, const pv_val *object);
#define CASCADE "resources-finalizer.argocd.argoproj.io"
/* The object's finalizers without those of cascades, and with the one that is wished (NULL: none). */
pv_val application_finalizers(pv_arena *arena, const pv_val *object, const char *wish);
/* The same of what makes Applications of that project. */
const char *application_rbac_in(pv_arena *arena, const pv_val *object, const char *project);
const char *application_project(const pv_val *object); /* "default" where it says none */
/* The new form of one that is there: spec, labels, annotations and finalizers are the caller's, never status and
 * operation, which are written by other rights.  whole: what is not said goes; else labels and annotations come beside
 * those that are there. */
pv_val application_changed(pv_arena *arena, const pv_val *was, const pv_val *wanted, bool whole);
/* Is it one that can be deployed, as far as that is known without looking into its repository (valid.c)?  Its project
 * is there, admits it and permits its sources and its destination, which is there.  Whoever says ?validate=false is not asked. */
PV_MUST_USE int application_check(call *c, const pv_val *object);
/* Runs a merge patch of it; *ret (may be NULL) as it is then. */
PV_MUST_USE int application_patch(call *c, const target *f, pv_val patch, const pv_val **ret);

/* ---- place.c ---- */
/* Address and name of the destination of that address, or that name ("": not asked for); NULL: there is none.
 * Whoever calls. */
PV_MUST_USE int place_find_cluster(call *c, const char **server, const char **name);
/* Those that are of one project, and that the caller may get. */
PV_MUST_USE int place_of_project(call *c, const char *project, pv_val *ret_clusters,
				 pv_val *ret_repositories);

extern const struct path application_paths[], application_sync_paths[], application_view_paths[],
	application_resource_paths[], application_manifest_paths[], application_log_paths[], session_paths[],
	project_paths[], place_paths[], set_paths[], signer_paths[], stream_paths[], absent_paths[];
