/* impl: what the files of core/flow share. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>

#include "base/map.h"
#include "core/flow/flow.h"
#include "lang/value/value.h"

#define FLOW_SCHEMA "flowcontrol.apiserver.k8s.io/FlowSchema"
#define FLOW_LEVEL "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration"
#define FLOW_EXEMPT "exempt"
#define FLOW_CATCH_ALL "catch-all"

#define FLOW_SHARES 64 /* buckets */

typedef struct queue {
	pv_flow_ticket *first, **last;
	int len;
	int running, seats; /* of requests that were dealt this queue */
} queue;

struct pv_flow_share {
	uint64_t hash;     /* of the flow */
	int own, borrowed; /* seats that it holds */
	int refs;          /* its tickets that hold one or wait */
	pv_flow_share *next;
};

struct pv_flow_level {
	char name[64], uid[40];
	bool exempt, wanted;       /* wanted: an object says so, or it is one of the two that must be */
	int nominal, floor, limit; /* seats: its own; those that it lends to nobody; with borrowed ones */
	int n_queues, hand, length;
	queue *queues;
	int flows;                     /* 0, 1, or more: how many flows the schemas make of its requests */
	int own, borrowed;             /* seats that are taken: its own, and of others */
	int waiting, turn;             /* turn: the queue that is next */
	int refs;                      /* tickets that name it */
	int running;                   /* requests that have seats */
	int64_t served, refused, late; /* how many there were */
	pv_flow_ticket *eldest, *youngest;
	pv_flow_share *shares[FLOW_SHARES];
	pv_flow_level *next;
};

/* A schema's rules, ready to be matched: each request asks most of them in vain. */
typedef struct flow_subject {
	enum { FLOW_NOBODY, FLOW_USER, FLOW_GROUP, FLOW_ACCOUNT } kind;
	const char *name; /* of an account: "NAMESPACE:NAME"; a star: anyone of the kind */
	size_t len;       /* of an account with a star for its name: of "NAMESPACE:"; else 0 */
} flow_subject;

typedef struct flow_rule {
	flow_subject *subjects;
	size_t n;
	const pv_val *resources, *urls; /* resourceRules and nonResourceRules */
} flow_rule;

/* What classification reads: replaced as a whole when an object changes. */
typedef struct flow_index {
	pv_ctx cx; /* holds the objects */
	struct schema {
		const char *name, *uid;
		int64_t precedence;
		flow_rule *rules;
		size_t n_rules;
		const char *by; /* ByUser, ByNamespace, or "" */
		pv_flow_level *level;
		pv_flow_tally *tally;
	} * schemas;
	size_t n;
} flow_index;

struct pv_flow_tally {
	char *schema;
	const char *level; /* its name */
	pv_metric *running, *seats, *waiting, *served, *full, *none, *late, *width, *waited, *gave_up, *took;
	pv_flow_tally *next;
};

struct pv_flow {
	pv_store *store;
	pv_metrics *metrics;
	pv_flow_tally *tallies; /* never fewer: metrics name them until the end */
	pv_watch *watches[2];
	atomic_bool changed;
	pthread_rwlock_t lock; /* of index */
	flow_index *index;
	pthread_mutex_t seats; /* of everything below, and what levels count */
	int total, most;
	pv_flow_level *levels; /* whose turn it is first */
};

void flow_refresh(pv_flow *flow); /* flow.c: reads objects again that changed */

/* ---- levels.c: under flow->seats ---- */
pv_flow_level *flow_level_find(pv_flow *flow, const char *name); /* NULL if there is none */
/* Makes or changes the level of a PriorityLevelConfiguration; spec NULL: as catch-all is. */
pv_flow_level *flow_level_put(pv_flow *flow, const char *name, const char *uid, const pv_val *spec);
/* Seats by shares, when all levels are known; those that nobody wants or uses go. */
void flow_levels_share(pv_flow *flow);
void flow_levels_free(pv_flow *flow);

/* ---- tally.c ---- */
pv_flow_tally *tally_of(pv_flow *flow, const char *schema,
			const char *level);                  /* under flow->lock, to write */
void tally_level(pv_flow *flow, const pv_flow_level *level); /* how many seats it has */
void tally_free(pv_flow *flow);

/* ---- match.c ---- */
flow_rule *flow_compile(pv_arena *arena, const pv_val *rules, size_t *ret_n);
bool flow_matches(const flow_rule *rules, size_t n, const pv_identity *who, const pv_attributes *what);
