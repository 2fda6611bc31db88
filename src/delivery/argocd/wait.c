#include "delivery/argocd/wait.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "base/str.h"
#include "base/time.h"
#include "base/turn.h"

#define WAIT_MOST (30 * PV_SEC)
#define WAITING_MOST 16   /* each holds a worker, that others need to write */
#define LOOK (PV_SEC / 5) /* who waits looks whether the server stops */

static atomic_int waiting; /* of the process, as its workers are */

struct bell {
	pthread_mutex_t lock;
	pthread_cond_t rung;
	bool rings;
};

static void
ring(void *arg)
{
	struct bell *bell = arg;
	pthread_mutex_lock(&bell->lock);
	bell->rings = true;
	pthread_cond_signal(&bell->rung);
	pthread_mutex_unlock(&bell->lock);
}

static void
listen(struct bell *bell)
{
	int64_t until = pv_mono() + LOOK;
	struct timespec at = {until / PV_SEC, until % PV_SEC};
	int e = 0;
	pthread_mutex_lock(&bell->lock);
	while (!bell->rings && e == 0)
		e = pthread_cond_clockwait(&bell->rung, &bell->lock, CLOCK_MONOTONIC, &at);
	bell->rings = false;
	pthread_mutex_unlock(&bell->lock);
}

static int
look(call *c, const pv_key *key, const pv_val **ret)
{
	const pv_rec *rec;
	int r = pv_store_get(c->cx, pv_api_store(c->api), key, &rec);
	if (r == 0)
		*ret = pv_rec_val(rec);
	return r;
}

static int
until(call *c, const pv_key *key, bool (*is)(const pv_val *now), struct bell *bell, pv_watch *watch,
      const pv_val **ret)
{
	int64_t end = pv_mono() + WAIT_MOST;
	pv_event event;
	int r;
	for (;;) {
		while ((r = pv_watch_next(c->cx, watch, &event)) == 1)
			;
		if (r == 0)
			r = look(c, key, ret);
		if (r == 0)
			r = pv_ctx_check(c->cx);
		if (r < 0 || is(*ret))
			return r;
		if (pv_mono() >= end)
			return pv_fail(c->cx, PV_ETIMEOUT, "%s %s/%s was not looked at within %d s",
				       key->type, key->ns, key->name, (int)(WAIT_MOST / PV_SEC));
		listen(bell);
	}
}

static int
watch_until(call *c, const pv_key *key, bool (*is)(const pv_val *now), const pv_val **ret)
{
	struct bell bell = {.rings = false};
	pv_store *store = pv_api_store(c->api);
	pv_watch *watch = NULL;
	int r;
	pthread_mutex_init(&bell.lock, NULL);
	pthread_cond_init(&bell.rung, NULL);
	r = pv_watch_open(c->cx, store, key->type, pv_store_rev(store), ring, &bell, &watch);
	if (r == 0)
		r = until(c, key, is, &bell, watch, ret);
	pv_watch_close(watch);
	pthread_cond_destroy(&bell.rung);
	pthread_mutex_destroy(&bell.lock);
	return r;
}

int
wait_until(call *c, const pv_key *key, bool (*is)(const pv_val *now), const pv_val **ret)
{
	int r = atomic_fetch_add(&waiting, 1) < WAITING_MOST
			? watch_until(c, key, is, ret)
			: pv_fail(c->cx, PV_ETOOMANY,
				  "%d wait already for what they asked for: try again in a moment",
				  WAITING_MOST);
	atomic_fetch_sub(&waiting, 1);
	return r;
}
