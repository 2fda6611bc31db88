/* flow: who waits for whom.  FlowSchemas say which priority level a request belongs to,
 * PriorityLevelConfigurations how many seats a level has and how its requests queue; both
 * are objects (flowcontrol.apiserver.k8s.io/v1), read again when they change.
 * Thread-safe. */
#pragma once
#include "core/auth/auth.h"
#include "core/metrics/metrics.h"

typedef struct pv_flow pv_flow;
typedef struct pv_flow_level pv_flow_level;
typedef struct pv_flow_share pv_flow_share; /* what one flow has of a level */
typedef struct pv_flow_tally pv_flow_tally; /* what is counted of a schema's requests */

/* One request from its classification to its end; the caller's memory. */
typedef struct pv_flow_ticket {
	const char *schema_uid, *level_uid; /* arena of the ctx; "" if nothing says */
	const char *by;                     /* whose flow it is: a user or a namespace, or "" */
	uint64_t hash;                      /* of its flow */
	pv_flow_level *level;               /* counted until pv_flow_leave */
	pv_flow_tally *tally;               /* NULL: nothing is counted */
	const pv_identity *who;             /* for pv_flow_show; live until pv_flow_leave */
	const pv_attributes *what;
	int width; /* seats that it is worth: set before pv_flow_enter, else 1 */
	int seats; /* that it has: fewer, when its flow has to leave some */
	int queue; /* of its level; -1: that has none */
	void (*run)(void *arg);
	void *arg;
	int64_t came;         /* wall clock */
	int64_t since, began; /* monotonic: it came, it had its turn */
	bool late;            /* it waited too long, its turn is to be told so */
	bool borrowed;        /* its seats are another level's */
	pv_flow_share *share;
	struct pv_flow_ticket *next;
	struct pv_flow_ticket *elder, *younger; /* of those of its level that wait or have seats */
} pv_flow_ticket;

/* seats: requests of all limited levels that run at a time; most: with those of levels that take seats
 * of their own while others have borrowed them. */
PV_MUST_USE int pv_flow_open(pv_ctx *cx, pv_store *store, pv_metrics *metrics, int seats, int most,
			     pv_flow **ret);
pv_flow *pv_flow_close(pv_flow *flow);
/* The objects that every server has, as they should be (bootstrap.c); idempotent. */
PV_MUST_USE int pv_flow_bootstrap(pv_ctx *cx, pv_store *store);

/* The spec of an object that has to be just so, whatever people say: false if it is none of those. */
bool pv_flow_fixed(pv_arena *arena, const char *kind, const char *name, pv_val *ret_spec);

/* Which schema and level the request falls under; who and what are kept in the ticket.  hold: enter
 * follows, and leave; else it is counted as one that needed no seat. */
void pv_flow_classify(pv_ctx *cx, pv_flow *flow, const pv_identity *who, const pv_attributes *what, bool hold,
		      pv_flow_ticket *ret);
/* 0: it has a seat; 1: it waits, run(arg) is called when it has one (by whoever gave a seat
 * back); -PV_ETOOMANY with retry_after.  In each case leave ends it. */
PV_MUST_USE int pv_flow_enter(pv_ctx *cx, pv_flow *flow, pv_flow_ticket *ticket);
void pv_flow_leave(pv_flow *flow, pv_flow_ticket *ticket);
/* The refusal of enter, for a ticket that came late to its turn. */
int pv_flow_refuse(pv_ctx *cx);

/* Levels, queues or requests of now, as a table in upstream's columns (show.c).  details: who asks for what. */
enum pv_flow_table { PV_FLOW_LEVELS, PV_FLOW_QUEUES, PV_FLOW_REQUESTS };
void pv_flow_show(pv_flow *flow, enum pv_flow_table table, bool details, pv_buf *b);
