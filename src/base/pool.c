/* A ring of calls under one mutex. */
#include "base/pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/thread.h"

typedef struct call {
	void (*fn)(void *arg);
	void *arg;
} call;

struct pv_pool {
	pthread_mutex_t mutex;
	pthread_cond_t work, quiet;
	const char *name;
	pthread_t *threads;
	int n_threads, max_threads, idle;
	call *ring;
	size_t head, len, limit;
	bool ending;
};

pv_pool *
pv_pool_new(const char *name, int threads, size_t queue_limit)
{
	pv_pool *p = calloc(1, sizeof *p);

	PV_ASSERT(p != NULL && threads > 0 && queue_limit > 0);
	pthread_mutex_init(&p->mutex, NULL);
	pthread_cond_init(&p->work, NULL);
	pthread_cond_init(&p->quiet, NULL);
	p->name = name;
	p->max_threads = threads;
	p->threads = calloc((size_t)threads, sizeof *p->threads);
	p->limit = queue_limit;
	p->ring = calloc(queue_limit, sizeof *p->ring);
	PV_ASSERT(p->threads != NULL && p->ring != NULL);
	return p;
}

static void *
worker(void *arg)
{
	pv_pool *p = arg;

	pthread_mutex_lock(&p->mutex);
	for (;;) {
		call c;

		while (p->len == 0 && !p->ending) {
			p->idle++;
			if (p->idle == p->n_threads)
				pthread_cond_broadcast(&p->quiet);
			pthread_cond_wait(&p->work, &p->mutex);
			p->idle--;
		}
		if (p->len == 0)
			break;
		c = p->ring[p->head];
		p->head = (p->head + 1) % p->limit;
		p->len--;
		pthread_mutex_unlock(&p->mutex);
		c.fn(c.arg);
		pthread_mutex_lock(&p->mutex);
	}
	pthread_mutex_unlock(&p->mutex);
	return NULL;
}

/* One more thread if the idle ones do not suffice.  Failing to start one is no
 * matter while there is another. */
static void
maybe_start(pv_pool *p)
{
	if ((size_t)p->idle >= p->len || p->n_threads == p->max_threads)
		return;
	if (pv_thread_start(&p->threads[p->n_threads], p->name, worker, p) == 0)
		p->n_threads++;
}

bool
pv_pool_run(pv_pool *p, void (*fn)(void *arg), void *arg)
{
	bool taken = false;

	pthread_mutex_lock(&p->mutex);
	if (p->len < p->limit && !p->ending) {
		p->ring[(p->head + p->len) % p->limit] = (call){fn, arg};
		p->len++;
		maybe_start(p);
		taken = p->n_threads > 0;
		if (!taken)
			p->len--;
		else if (p->idle > 0)
			pthread_cond_signal(&p->work);
	}
	pthread_mutex_unlock(&p->mutex);
	return taken;
}

void
pv_pool_wait(pv_pool *p)
{
	pthread_mutex_lock(&p->mutex);
	while (p->len > 0 || p->idle < p->n_threads)
		pthread_cond_wait(&p->quiet, &p->mutex);
	pthread_mutex_unlock(&p->mutex);
}

size_t
pv_pool_queued(pv_pool *p)
{
	size_t n;

	pthread_mutex_lock(&p->mutex);
	n = p->len;
	pthread_mutex_unlock(&p->mutex);
	return n;
}

pv_pool *
pv_pool_free(pv_pool *p)
{
	if (p == NULL)
		return NULL;
	pthread_mutex_lock(&p->mutex);
	p->ending = true;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->mutex);
	for (int i = 0; i < p->n_threads; i++)
		pthread_join(p->threads[i], NULL);
	pthread_cond_destroy(&p->work);
	pthread_cond_destroy(&p->quiet);
	pthread_mutex_destroy(&p->mutex);
	free(p->threads);
	free(p->ring);
	free(p);
	return NULL;
}
