#include "base/gate.h"

void
pv_gate_enter(pv_gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	while (gate->free == 0)
		pthread_cond_wait(&gate->left, &gate->lock);
	gate->free--;
	pthread_mutex_unlock(&gate->lock);
}

void
pv_gate_leave(pv_gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	gate->free++;
	pthread_cond_signal(&gate->left);
	pthread_mutex_unlock(&gate->lock);
}
