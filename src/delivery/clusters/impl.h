/* impl: the inside of a spoke.  One thread keeps what it holds up to date (spoke.c, feed.c); others ask (look.c) and
 * call (call.c).  Private to this folder. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>

#include "base/httpc_many.h"
#include "base/sets.h"
#include "core/client/direct.h"
#include "core/module.h"
#include "delivery/clusters/clusters.h"
#include "delivery/clusters/mirror.h"
#include "delivery/clusters/secret.h"

typedef struct table table;

typedef struct kind { /* that the cluster serves */
	char *group, *version, *kind, *plural;
	char *api_version, *type;   /* "apps/v1", "apps/Deployment" */
	bool namespaced, preferred; /* preferred: of the versions of its kind the one that is listed */
	bool fed;                   /* it can be listed and watched, and is */
} kind;

typedef struct kinds { /* all of them; replaced as a whole */
	kind *all;
	size_t n;
	int refs; /* under the spoke's lock */
} kinds;

enum spoke_state { SPOKE_NEW, SPOKE_UP, SPOKE_DOWN };

struct spoke {
	table *of;
	char *secret, *digest, *server; /* digest: of what the Secret says */
	atomic_int refs;                /* of the table, of its thread, of who holds it */
	_Atomic int64_t held;           /* monotonic: when somebody last asked for it */
	atomic_bool over;               /* it shall end */
	atomic_bool doubted;            /* a call failed: is it there? */
	atomic_bool stale;              /* other kinds may be served now */
	pthread_mutex_t lock;           /* of all below but what is the thread's */
	pthread_cond_t news;            /* over: who waits between two attempts wakes */
	enum spoke_state state;
	int code;            /* of what keeps it down */
	char *why, *version; /* heap */
	int64_t since;       /* wall clock: it came to be so */
	pv_client *client;   /* once it was up: kept until the spoke goes */
	kinds *kinds;
	mirror *mirror;
	pv_sets *askers; /* who asks -> the keys of the facts that he asks by */
	pv_map *unknown; /* feed_place() of what is not listed: not yet, or it cannot be */

	/* the thread's */
	pv_ctx cx;   /* holds what the Secret says */
	pv_ctx line; /* of one line of a watch */
	secret_says says;
	pv_httpc_many *many;
	struct feed **feeds;
	size_t n_feeds, listing; /* listing: feeds that have not listed yet */
	bool warm;               /* a request has ended: over HTTP/2 the others share its connection */
	bool broken;             /* a feed could not reach it */
	bool overfull;           /* it has more than is kept in view */
	unsigned failures;
};

/* ---- table.c ---- */
pv_api *table_api(const table *t);
pv_facts *table_facts(const table *t);
void table_ended(table *t); /* a spoke's thread did */
/* Ends it if its Secret is gone or says something else, or nobody has asked for it for long. */
void table_check(pv_ctx *cx, spoke *s);
/* As spoke_hold, whether it can be asked now or not. */
PV_MUST_USE int table_hold(pv_ctx *cx, pv_api *api, const char *secret, spoke **ret);

/* ---- spoke.c ---- */
/* With a reference for the caller; -PV_E..: what is wrong with the Secret. */
PV_MUST_USE int spoke_open(pv_ctx *cx, table *t, const pv_val *secret, spoke **ret);
void spoke_end(spoke *s); /* it shall; does not wait */
void spoke_unref(spoke *s);
/* Why it cannot be asked now: -PV_E..; 0: it can; 1: that is not known yet. */
int spoke_check(pv_ctx *cx, spoke *s);
void spoke_tell(spoke *s);                                     /* those who asked of what has changed */
void spoke_asks(spoke *s, const char *asker, const char *key); /* who is told by that fact from now on */
/* As spoke_resource, of what is known already. */
const pv_resource *spoke_resource_known(pv_ctx *cx, spoke *s, const char *api_version, const char *kind);

/* ---- kinds.c ---- */
PV_MUST_USE int kinds_discover(pv_ctx *cx, pv_client *client, kinds **ret);
kinds *kinds_ref(spoke *s); /* NULL: none are known */
void kinds_unref(spoke *s, kinds *k);
const kind *kinds_find(const kinds *k, const char *api_version, const char *name); /* NULL: not served */
/* The kind ("apps/Deployment") if it is watched, and in that namespace (""); or NULL. */
const kind *kinds_watched(const spoke *s, const kinds *k, const char *type, const char *ns);
pv_val kinds_val(pv_arena *arena, const kinds *k);

/* ---- feed.c: the spoke's thread ---- */
void feeds_begin(spoke *s); /* of the kinds that are served, going on where they were */
void feeds_end(spoke *s);
void feeds_free(spoke *s);
void feeds_turn(spoke *s); /* those that paused long enough go on */
/* A kind ("apps/Deployment") in a namespace, or "" where it is watched in all. */
char *feed_place(pv_arena *arena, const char *type, const char *ns);

/* ---- verb.c ---- */
extern const pv_verb clusters_verbs[];

/* ---- turn.c ---- */
void clusters_describe(pv_ctx *cx, const pv_val *secret, clusters_place *ret);

/* ---- facts (look.c, turn.c) ---- */
#define RESYNC \
	(180 * PV_SEC) /* what cannot be watched is looked at so often; who asks is heard of so often */
#define SERVES_FACT "cluster"
#define LOOK_FACT "cluster-objects"
#define DEED_FACT "cluster-deed"
#define READ_FACT "cluster-read"
extern const pv_fact_kind serves_fact, look_fact, deed_effect, read_fact;
