/* table: the inside of the table of facts.  Private to this folder. */
#pragma once
#include <pthread.h>

#include "base/keyq.h"
#include "base/map.h"
#include "core/fact/fact.h"

#define MAX_THREADS 16

struct fact {
	const pv_fact_kind *kind;
	uint64_t id;             /* no other fact's, ever: tells it from a later one of the same key */
	char *asker;             /* the namespace that asked first */
	bool parked;             /* in the lanes' list */
	size_t wants;            /* bytes of an answer that there was no room for; 0 = none */
	char *base;              /* key of the fact it is made of, or NULL */
	size_t users;            /* facts made of this one */
	bool asked;              /* for its own sake, not only as a base */
	const pv_val *args;      /* frozen */
	const pv_val *value;     /* frozen; the last that was found, NULL until then */
	const pv_val *error;     /* frozen {code, message}; NULL while it is well */
	int64_t at;              /* wall clock of the last answer, 0 = none */
	int64_t news_at;         /* monotonic, of the last answer that was news */
	int64_t told_at;         /* monotonic, when who asks was last told to look again */
	int64_t began, began_at; /* when the last answer was begun to be looked for: monotonic, wall clock */
	int64_t awaited;         /* somebody waits for an answer begun since then (wall clock); 0 = nobody */
	unsigned failures;
	bool stale; /* told to look again, has not yet */
};

/* Who has the threads (lanes.c). */
struct parked {
	struct parked *next;
	char *asker, *key;
};
struct lanes {
	size_t n, taken;
	char *of[MAX_THREADS]; /* askers (or lanes) of what is being found out; NULL: free */
	struct parked *first, **last;
};

struct pv_facts {
	pthread_mutex_t lock;
	pv_map *table; /* key -> struct fact */
	uint64_t ids;
	size_t awaited; /* how many are */
	pv_keyq *queue;
	struct lanes lanes; /* under the lock, too */
	char *dir;
	pv_api *api;
	pthread_mutex_t listening; /* of the two below, also while it is called */
	void (*changed)(void *arg, const char *key);
	void *changed_arg;
	pthread_t threads[MAX_THREADS];
	size_t room; /* bytes that all answers may take (room.c) */
	void (*leave)(void *arg);
	void *leave_arg;
	int stop; /* eventfd: readable when the threads shall end what they wait for */
};

/* The ctx's error, taken, as a fact keeps it. */
const pv_val *fact_error(pv_ctx *cx);
/* How long to wait after so many failures in a row, the last of which took so long. */
int64_t fact_pause(const pv_fact_kind *kind, unsigned failures, int64_t took);
/* Calls the listener.  Not under the lock. */
void fact_tell(pv_facts *facts, const char *key);
/* Tells those who wait for answers no older than they say and have them now.  Takes the lock. */
void since_tell(pv_ctx *cx, pv_facts *facts);

/* One of many who ask may have half of the threads while nobody else does, the next half of the rest, and
 * so on: there is always one for whoever has none.  Under the lock. */
void lanes_open(struct lanes *lanes, size_t n);
void lanes_close(struct lanes *lanes);
/* False: not now; the key is parked until lanes_next() gives it back. */
bool lanes_enter(struct lanes *lanes, const char *asker, const char *key);
void lanes_leave(struct lanes *lanes, const char *asker);
/* A parked key that may enter now and is to be queued again, which the caller frees; NULL: none.  To be
 * asked whenever a key that was handed out has not entered, or has left. */
char *lanes_next(struct lanes *lanes);

/* Under the lock: an answer that there is no room for becomes an error. */
void room_admit(pv_ctx *cx, pv_facts *facts, struct fact *f, const pv_val **value, const pv_val **error);
/* Is it worth finding out what there was no room for? */
bool room_again(const struct fact *f, pv_facts *facts);
/* What there is no room for in the name of who asked first may be there for who asks now. */
void room_hand_over(pv_facts *facts, struct fact *f, const char *key, const char *asker);
