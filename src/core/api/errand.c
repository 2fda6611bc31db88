#include "core/api/errand.h"

void
errand_init(errand *e, const scribe *style, void (*wake)(void *arg), void *arg)
{
	*e = (errand){.scribe = *style, .wake = wake, .arg = arg};
	pv_buf_init(&e->scribe.out, NULL);
	pthread_mutex_init(&e->mutex, NULL);
}

void
errand_done(errand *e)
{
	pv_buf_done(&e->scribe.out);
	pthread_mutex_destroy(&e->mutex);
}

bool
errand_run(errand *e, pv_pool *pool, void (*run)(void *arg), void *arg)
{
	e->away = pv_pool_run(pool, run, arg);
	return e->away;
}

bool
errand_over(errand *e)
{
	bool gone;

	pthread_mutex_lock(&e->mutex);
	e->written = true;
	gone = e->gone;
	if (!gone)
		e->wake(e->arg);
	pthread_mutex_unlock(&e->mutex);
	return !gone;
}

static bool
is_written(errand *e)
{
	bool written;

	pthread_mutex_lock(&e->mutex);
	written = e->written;
	pthread_mutex_unlock(&e->mutex);
	return written;
}

bool
errand_take(errand *e, scribe *s)
{
	if (!is_written(e))
		return false;
	e->away = e->written = false;
	pv_buf_add(&s->out, e->scribe.out.s, e->scribe.out.len);
	pv_buf_done(&e->scribe.out); /* an idle watch keeps no buffer */
	pv_buf_init(&e->scribe.out, NULL);
	s->columns_told = s->columns_told || e->scribe.columns_told;
	s->ended = s->ended || e->scribe.ended;
	return true;
}

bool
errand_drop(errand *e)
{
	bool away;

	pthread_mutex_lock(&e->mutex);
	e->gone = true;
	away = e->away && !e->written;
	pthread_mutex_unlock(&e->mutex);
	return !away;
}
