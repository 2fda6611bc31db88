/* flow: who waits for whom.  FlowSchemas say which priority level a request belongs to,
 * PriorityLevelConfigurations how many seats a level has and how its requests queue; both
 * are objects (flowcontrol.apiserver.k8s.io/v1), read again when they change.
 * Thread-safe. */
#pragma once
#include "core/auth/auth.h"

typedef struct pv_flow pv_flow;
typedef struct pv_flow_level pv_flow_level;
typedef struct pv_flow_share pv_flow_share; /* what one flow has of a level */

/* One request from its classification to its end; the caller's memory. */
typedef struct pv_flow_ticket {
	const char *schema_uid, *level_uid; /* arena of the ctx; "" if nothing says */
	uint64_t hash;                      /* of its flow */
	pv_flow_level *level;               /* counted until pv_flow_leave */
	void (*run)(void *arg);
	void *arg;
	int64_t since;     /* monotonic: when it began to wait */
	bool seated, late; /* late: it waited too long, its turn is to be told so */
	bool borrowed;     /* its seat is another level's */
	pv_flow_share *share;
	struct pv_flow_ticket *next;
} pv_flow_ticket;

/* seats: requests of all limited levels that run at a time; most: with those of levels that take seats
 * of their own while others have borrowed them. */
PV_MUST_USE int pv_flow_open(pv_ctx *cx, pv_store *store, int seats, int most, pv_flow **ret);
pv_flow *pv_flow_close(pv_flow *flow);
/* The objects that every server has (bootstrap.c); idempotent. */
PV_MUST_USE int pv_flow_bootstrap(pv_ctx *cx, pv_store *store);

/* Which schema and level the request falls under.  hold: enter follows, and leave. */
void pv_flow_classify(pv_ctx *cx, pv_flow *flow, const pv_identity *who, const pv_attributes *what, bool hold,
		      pv_flow_ticket *ret);
/* 0: it has a seat; 1: it waits, run(arg) is called when it has one (by whoever gave a seat
 * back); -PV_ETOOMANY with retry_after.  In each case leave ends it. */
PV_MUST_USE int pv_flow_enter(pv_ctx *cx, pv_flow *flow, pv_flow_ticket *ticket);
void pv_flow_leave(pv_flow *flow, pv_flow_ticket *ticket);
/* The refusal of enter, for a ticket that came late to its turn. */
int pv_flow_refuse(pv_ctx *cx);
