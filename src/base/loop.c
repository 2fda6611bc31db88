/* epoll, with an eventfd that other threads ring. */
#include "base/loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/thread.h"
#include "base/time.h"

typedef struct posted {
	struct posted *next;
	void (*fn)(void *arg);
	void *arg;
} posted;

struct pv_timer {
	pv_loop *loop;
	void (*fn)(void *arg);
	void *arg;
	int64_t at;
	size_t place; /* in the heap + 1; 0 = off */
};

struct pv_io {
	pv_loop *loop;
	void (*fn)(void *arg, int events);
	void *arg;
	int fd;
	bool dead; /* freed, but an event of this batch may still name it */
	pv_io *next_dead;
};

struct pv_loop {
	pthread_mutex_t mutex;
	pthread_cond_t ended; /* a callback has */
	pthread_t thread;
	int epoll, bell;
	bool rung, stop;
	posted *first, **last;
	pv_timer **heap; /* binary, earliest first */
	size_t timers, cap;
	pv_io *dead;
	const void *running; /* the timer or io whose callback runs */
};

/* ---- the heap ---- */

static void
heap_place(pv_loop *l, pv_timer *t, size_t i)
{
	l->heap[i] = t;
	t->place = i + 1;
}

static void
heap_up(pv_loop *l, pv_timer *t, size_t i)
{
	while (i > 0 && l->heap[(i - 1) / 2]->at > t->at) {
		heap_place(l, l->heap[(i - 1) / 2], i);
		i = (i - 1) / 2;
	}
	heap_place(l, t, i);
}

static void
heap_down(pv_loop *l, pv_timer *t, size_t i)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < l->timers && l->heap[child + 1]->at < l->heap[child]->at)
			child++;
		if (child >= l->timers || l->heap[child]->at >= t->at)
			break;
		heap_place(l, l->heap[child], i);
		i = child;
	}
	heap_place(l, t, i);
}

static void
heap_add(pv_loop *l, pv_timer *t)
{
	if (l->timers == l->cap) {
		l->cap = l->cap == 0 ? 16 : l->cap * 2;
		l->heap = realloc(l->heap, l->cap * sizeof(pv_timer *));
		PV_ASSERT(l->heap != NULL);
	}
	heap_up(l, t, l->timers++);
}

static void
heap_del(pv_loop *l, pv_timer *t)
{
	size_t i = t->place;
	pv_timer *moved;

	if (i == 0)
		return;
	t->place = 0;
	moved = l->heap[--l->timers];
	if (moved == t)
		return;
	i--;
	if (i > 0 && l->heap[(i - 1) / 2]->at > moved->at)
		heap_up(l, moved, i);
	else
		heap_down(l, moved, i);
}

/* ---- the thread ---- */

static void
ring(pv_loop *l)
{
	uint64_t one = 1;

	if (l->rung)
		return;
	l->rung = true;
	while (write(l->bell, &one, sizeof one) < 0 && errno == EINTR)
		;
}

static void
hush(pv_loop *l)
{
	uint64_t n;

	l->rung = false;
	while (read(l->bell, &n, sizeof n) < 0 && errno == EINTR)
		;
}

/* Milliseconds until the first timer, rounded up; -1 without one. */
static int
patience(const pv_loop *l)
{
	int64_t ns;

	if (l->first != NULL || l->stop)
		return 0;
	if (l->timers == 0)
		return -1;
	ns = l->heap[0]->at - pv_mono();
	if (ns <= 0)
		return 0;
	return ns > 60 * PV_SEC ? 60000 : (int)((ns + PV_MS - 1) / PV_MS);
}

static void
run_posted(pv_loop *l)
{
	posted *p = l->first;

	l->first = NULL;
	l->last = &l->first;
	pthread_mutex_unlock(&l->mutex);
	while (p != NULL) {
		posted *next = p->next;
		p->fn(p->arg);
		free(p);
		p = next;
	}
	pthread_mutex_lock(&l->mutex);
}

static void
ended(pv_loop *l)
{
	l->running = NULL;
	pthread_cond_broadcast(&l->ended);
}

static void
run_timers(pv_loop *l)
{
	int64_t now = pv_mono();

	while (l->timers > 0 && l->heap[0]->at <= now) {
		pv_timer *t = l->heap[0];
		void (*fn)(void *arg) = t->fn;
		void *arg = t->arg;

		heap_del(l, t);
		l->running = t;
		pthread_mutex_unlock(&l->mutex);
		fn(arg);
		pthread_mutex_lock(&l->mutex);
		ended(l);
	}
}

static int
events_of_epoll(uint32_t e)
{
	int events = 0;

	if (e & EPOLLIN)
		events |= PV_IO_READ;
	if (e & EPOLLOUT)
		events |= PV_IO_WRITE;
	if (e & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		events |= PV_IO_HANGUP;
	return events;
}

static void
run_ios(pv_loop *l, const struct epoll_event *events, int n)
{
	for (int i = 0; i < n; i++) {
		pv_io *io = events[i].data.ptr;
		if (io == NULL) {
			hush(l);
			continue;
		}
		if (io->dead)
			continue;
		l->running = io;
		pthread_mutex_unlock(&l->mutex);
		io->fn(io->arg, events_of_epoll(events[i].events));
		pthread_mutex_lock(&l->mutex);
		ended(l);
	}
	while (l->dead != NULL) {
		pv_io *io = l->dead;
		l->dead = io->next_dead;
		free(io);
	}
}

static void *
loop_main(void *arg)
{
	struct epoll_event events[64];
	pv_loop *l = arg;

	pthread_mutex_lock(&l->mutex);
	while (!l->stop || l->first != NULL) {
		int n, wait = patience(l);

		pthread_mutex_unlock(&l->mutex);
		n = epoll_wait(l->epoll, events, PV_LEN(events), wait);
		pthread_mutex_lock(&l->mutex);
		PV_ASSERT(n >= 0 || errno == EINTR);
		run_ios(l, events, n);
		run_timers(l);
		run_posted(l);
	}
	pthread_mutex_unlock(&l->mutex);
	return NULL;
}

/* ---- the face ---- */

static void
loop_discard(pv_loop *l)
{
	if (l->epoll >= 0)
		close(l->epoll);
	if (l->bell >= 0)
		close(l->bell);
	pthread_cond_destroy(&l->ended);
	pthread_mutex_destroy(&l->mutex);
	free(l->heap);
	free(l);
}

int
pv_loop_new(pv_ctx *cx, const char *name, pv_loop **ret)
{
	struct epoll_event bell = {.events = EPOLLIN};
	pv_loop *l = calloc(1, sizeof *l);
	int error = 0;

	PV_ASSERT(l != NULL);
	pthread_mutex_init(&l->mutex, NULL);
	pthread_cond_init(&l->ended, NULL);
	l->last = &l->first;
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->epoll < 0 || l->bell < 0 || epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->bell, &bell) < 0)
		error = errno;
	if (error == 0)
		error = pv_thread_start(&l->thread, name, loop_main, l);
	if (error != 0) {
		loop_discard(l);
		return pv_fail(cx, PV_EINTERNAL, "event loop %s: %s", name, strerror(error));
	}
	*ret = l;
	return 0;
}

pv_loop *
pv_loop_free(pv_loop *l)
{
	if (l == NULL)
		return NULL;
	PV_ASSERT(!pv_loop_is_here(l));
	pthread_mutex_lock(&l->mutex);
	l->stop = true;
	ring(l);
	pthread_mutex_unlock(&l->mutex);
	pthread_join(l->thread, NULL);
	PV_ASSERT(l->timers == 0);
	run_ios(l, NULL, 0); /* the dead */
	loop_discard(l);
	return NULL;
}

bool
pv_loop_is_here(const pv_loop *l)
{
	return pthread_equal(l->thread, pthread_self()) != 0;
}

void
pv_loop_post(pv_loop *l, void (*fn)(void *arg), void *arg)
{
	posted *p = malloc(sizeof *p);

	PV_ASSERT(p != NULL);
	*p = (posted){.fn = fn, .arg = arg};
	pthread_mutex_lock(&l->mutex);
	*l->last = p;
	l->last = &p->next;
	ring(l);
	pthread_mutex_unlock(&l->mutex);
}

pv_timer *
pv_timer_new(pv_loop *l, void (*fn)(void *arg), void *arg)
{
	pv_timer *t = malloc(sizeof *t);

	PV_ASSERT(t != NULL);
	*t = (pv_timer){.loop = l, .fn = fn, .arg = arg};
	return t;
}

/* The callback of `what` has ended, or we are in it. */
static void
wait_for_end(pv_loop *l, const void *what)
{
	while (l->running == what && !pv_loop_is_here(l))
		pthread_cond_wait(&l->ended, &l->mutex);
}

pv_timer *
pv_timer_free(pv_timer *t)
{
	pv_loop *l;

	if (t == NULL)
		return NULL;
	l = t->loop;
	pthread_mutex_lock(&l->mutex);
	wait_for_end(l, t);
	heap_del(l, t); /* after: its callback may have set it again */
	pthread_mutex_unlock(&l->mutex);
	free(t);
	return NULL;
}

void
pv_timer_set(pv_timer *t, int64_t mono_ns)
{
	pv_loop *l = t->loop;

	pthread_mutex_lock(&l->mutex);
	heap_del(l, t);
	t->at = mono_ns;
	if (mono_ns != 0) {
		heap_add(l, t);
		if (t->place == 1 && !pv_loop_is_here(l))
			ring(l);
	}
	pthread_mutex_unlock(&l->mutex);
}

static uint32_t
epoll_of_events(int events)
{
	uint32_t e = 0;

	if (events & PV_IO_READ)
		e |= EPOLLIN;
	if (events & PV_IO_WRITE)
		e |= EPOLLOUT;
	if (events & PV_IO_HANGUP)
		e |= EPOLLRDHUP;
	if (events & PV_IO_ONCE)
		e |= EPOLLONESHOT;
	return e;
}

int
pv_io_new(pv_ctx *cx, pv_loop *l, int fd, int events, void (*fn)(void *arg, int events), void *arg,
	  pv_io **ret)
{
	pv_io *io = malloc(sizeof *io);
	struct epoll_event e = {.events = epoll_of_events(events), .data.ptr = io};

	PV_ASSERT(io != NULL);
	*io = (pv_io){.loop = l, .fn = fn, .arg = arg, .fd = fd};
	*ret = io; /* before the first call, which may free it */
	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &e) < 0) {
		int error = errno;
		*ret = NULL;
		free(io);
		return pv_fail(cx, PV_EINTERNAL, "watching descriptor %d: %s", fd, strerror(error));
	}
	return 0;
}

pv_io *
pv_io_free(pv_io *io)
{
	pv_loop *l;

	if (io == NULL)
		return NULL;
	l = io->loop;
	pthread_mutex_lock(&l->mutex);
	epoll_ctl(l->epoll, EPOLL_CTL_DEL, io->fd, NULL);
	io->dead = true;
	io->next_dead = l->dead;
	l->dead = io;
	wait_for_end(l, io);
	pthread_mutex_unlock(&l->mutex);
	return NULL;
}

void
pv_io_want(pv_io *io, int events)
{
	struct epoll_event e = {.events = epoll_of_events(events), .data.ptr = io};

	PV_ASSERT(epoll_ctl(io->loop->epoll, EPOLL_CTL_MOD, io->fd, &e) == 0);
}
