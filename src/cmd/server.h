/* server: the parts of a running Pave, and the steps of starting it that are more
 * than opening a part.  Private to cmd. */
#pragma once
#include "core/flow/flow.h"
#include "core/api/api.h"
#include "core/auth/oidc.h"
#include "core/auth/signin.h"
#include "core/fact/fact.h"
#include "core/lifecycle/lifecycle.h"
#include "core/module.h"
#include "core/reconcile/reconcile.h"
#include "core/outside/outside.h"

typedef struct server {
	const char *data, *host, *kubeconfig;
	const char *example, *encryption; /* NULL if not asked for */
	const char *const *git_deny, *const *git_allow;
	pv_outside *outside;        /* until the api has it */
	const char *const *names;   /* of the server, for its certificate; NULL-terminated */
	const char *const *issuers; /* of ServiceAccounts' tokens; NULL-terminated */
	pv_oidc_conf oidc;          /* file, issuer and client_id NULL: not asked for */
	pv_signin_conf signin;      /* client_id NULL: not asked for */
	int port;
	int64_t event_ttl;
	bool fresh; /* the store was empty */
	bool api_only;
	bool admin_due;         /* the kubeconfig's certificate is old */
	int64_t renew_after;    /* monotonic: not before */
	const char *url, *code; /* "https://127.0.0.1:8443", one-time code */
	pv_metrics *metrics;
	pv_store *store;
	pv_registry *registry;
	pv_auth *auth;
	pv_audit_policy *policy; /* of the audit log's file, until it takes it; NULL: none */
	pv_audit *audit;
	pv_flow *flow;
	pv_api *api;
	pv_facts *facts;
	pv_http *http;
	pv_lifecycle *lifecycle;
	pv_runtime *runtime;
} server;

/* "secrets", "" -> "/Secret"; NULL if no built-in kind is called so. */
const char *server_type_of(pv_ctx *cx, const char *plural, const char *group);
/* Every value of an option, each divided at commas; NULL-terminated. */
const char *const *server_list(pv_ctx *cx, const pv_args *args, const char *option);
/* --service-account-issuer, --authentication-config, --oidc-* and --signin-*. */
PV_MUST_USE int server_issuers(pv_ctx *cx, const pv_args *args, server *s);
/* --listen and --tls-san: fills host, port and names. */
PV_MUST_USE int server_listen(pv_ctx *cx, const pv_args *args, server *s);
PV_MUST_USE int server_install(pv_ctx *cx, server *s);    /* the CRDs of the program and of the store */
PV_MUST_USE int server_namespaces(pv_ctx *cx, server *s); /* those that every server has */
/* Logs a warning if what is stored says that the clock was put back. */
void server_clock(pv_ctx *cx, const server *s);
/* By which other machines reach it; NULL: by none. */
const char *server_address(const server *s);
PV_MUST_USE int server_kubeconfig(pv_ctx *cx, server *s); /* writes it; fills url */
/* Certificates whose time has come: the server's own, and the one in the kubeconfig.  Now and then, of one thread. */
void server_renew(server *s);
/* Applies every *.yaml of the directory, in order of name; definitions and namespaces first, its library of
 * policies last.  Blocks until the kinds of these are served. */
PV_MUST_USE int server_example(pv_ctx *cx, server *s, const char *dir);
