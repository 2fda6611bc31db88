/* plugins: what a configured server does by itself: brings bundles and puts them in force, tells its
 * status.  Each bundle has a thread; the calls below are for any thread.  Private. */
#pragma once
#include <pthread.h>

#include "governance/opa/log.h"

typedef struct opa_plugins opa_plugins;

typedef struct opa_bundle_conf {
	const char *name, *resource; /* resource: below the service's URL; file:///...; HOST/NAME:TAG */
	const opa_service *service;  /* NULL: a file */
	const char *persist;         /* the file that keeps the last one; NULL: none does */
	int64_t min_ns, max_ns, long_poll_ns; /* long_poll_ns 0: none */
	size_t limit;
	bool v0;
	const pv_bundle_trust *trust;
	const char *repository, *revision, *folder; /* of Git; repository NULL: none */
	struct pv_facts *facts;                     /* who knows repositories */
} opa_bundle_conf;

typedef struct opa_plugins_conf {
	opa_engine *engine;
	opa_log *log; /* NULL: none */
	const pv_val *labels;
	pv_vec bundles;            /* opa_bundle_conf */
	const opa_service *status; /* who is told; NULL: nobody */
	const char *status_path;
	bool status_console, has_status;
} opa_plugins_conf;

/* Keeps pointers into conf.  Bundles that were kept are in force when it returns. */
PV_MUST_USE int opa_plugins_open(pv_ctx *cx, const opa_plugins_conf *conf, opa_plugins **ret);
/* Nothing is brought or told any more; what it knows can still be asked. */
void opa_plugins_halt(opa_plugins *plugins);
opa_plugins *opa_plugins_close(opa_plugins *plugins); /* accepts NULL */

void opa_plugins_states(opa_plugins *plugins, pv_objb *ret); /* {bundle: "OK"|"NOT_READY", ...} */
bool opa_plugins_ready(opa_plugins *plugins);                /* have all been OK at once */
bool opa_plugins_have_status(const opa_plugins *plugins);
pv_val opa_plugins_status(pv_ctx *cx, opa_plugins *plugins);

/* ---- how one bundle is brought (fetch.c, oci.c) ---- */
typedef struct opa_fetched {
	pv_str bytes;     /* empty: what there is is the newest */
	const char *etag; /* "" if there is none */
	bool long_polled; /* the server waited until there was news */
	int status;       /* of HTTP; 0: none */
} opa_fetched;
PV_MUST_USE int opa_fetch(pv_ctx *cx, const opa_bundle_conf *conf, const char *etag, atomic_bool *stop,
			  opa_fetched *ret);
PV_MUST_USE int opa_fetch_oci(pv_ctx *cx, const opa_bundle_conf *conf, const char *etag, atomic_bool *stop,
			      opa_fetched *ret);
PV_MUST_USE int opa_fetch_git(pv_ctx *cx, const opa_bundle_conf *conf, const char *etag, atomic_bool *stop,
			      opa_fetched *ret);
/* A bundle's bytes, put in force under the name; *ret (arena of cx). */
PV_MUST_USE int opa_put(pv_ctx *cx, opa_engine *engine, const opa_bundle_conf *conf, pv_str bytes,
			pv_bundle *ret);
