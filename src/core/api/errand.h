/* errand: the scribe of a watch that a worker writes with while the watch sleeps.  Lies in what the worker reads, all
 * of which it owns: a client may leave in the meantime, then the worker clears up.  What the watch calls is for its
 * one thread, errand_over() for the worker.  Internal to core/api. */
#pragma once
#include <pthread.h>

#include "core/api/scribe.h"

typedef struct errand {
	scribe scribe;
	bool away;
	void (*wake)(void *arg);
	void *arg;
	pthread_mutex_t mutex; /* of what follows; held around wake */
	bool gone, written;
} errand;

void errand_init(errand *e, const scribe *style, void (*wake)(void *arg), void *arg);
void errand_done(errand *e);
/* false: too many wait. */
bool errand_run(errand *e, pv_pool *pool, void (*run)(void *arg), void *arg);
/* The worker's last word: wakes the watch.  false: that is gone, what the errand lies in is the worker's to free. */
bool errand_over(errand *e);
/* true: it is written, and its bytes are s's; it may run again. */
bool errand_take(errand *e, scribe *s);
/* The watch is gone.  false: what the errand lies in is left to the worker. */
bool errand_drop(errand *e);
