/* gate: at most so many threads are inside at once; who comes later waits, in no order.
 * For work whose memory or processor time is bounded each, and not all together.
 * Thread-safe.  Initialised statically: static pv_gate gate = PV_GATE(4); */
#pragma once
#include <pthread.h>

typedef struct pv_gate {
	pthread_mutex_t lock;
	pthread_cond_t left;
	int free;
} pv_gate;

#define PV_GATE(most) \
	{ \
		PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, (most) \
	}

void pv_gate_enter(pv_gate *gate); /* not twice by one thread: it would wait for itself */
void pv_gate_leave(pv_gate *gate);
