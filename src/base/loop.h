/* loop: one thread that waits for timers, file descriptors and posted calls.
 * Thread-safe.  Callbacks run on the loop's thread and must not block; they may
 * call anything here, free themselves included.  Freeing a timer or an io from
 * another thread waits for its callback to end, so hold no lock it may take. */
#pragma once
#include "base/ctx.h"

typedef struct pv_loop pv_loop;
typedef struct pv_timer pv_timer;
typedef struct pv_io pv_io;

enum pv_io_event {
	PV_IO_READ = 1,
	PV_IO_WRITE = 2,
	PV_IO_HANGUP = 4, /* the peer is gone or will send no more */
	PV_IO_ONCE = 8,   /* silent after one call, until pv_io_want */
};

/* Starts the thread; `name` (15 bytes) shows in ps.  Owner: caller, pv_loop_free(). */
PV_MUST_USE int pv_loop_new(pv_ctx *cx, const char *name, pv_loop **ret);
/* Runs what was posted, then ends the thread.  Timers and ios must be freed
 * before; accepts NULL; not from the loop's own thread. */
pv_loop *pv_loop_free(pv_loop *loop);
bool pv_loop_is_here(const pv_loop *loop); /* am I on its thread? */

/* Calls fn(arg) once, soon.  Calls keep their order. */
void pv_loop_post(pv_loop *loop, void (*fn)(void *arg), void *arg);

/* A timer that is off.  One shot: it is off again when fn is called. */
pv_timer *pv_timer_new(pv_loop *loop, void (*fn)(void *arg), void *arg);
pv_timer *pv_timer_free(pv_timer *timer);            /* accepts NULL */
void pv_timer_set(pv_timer *timer, int64_t mono_ns); /* replaces the instant; 0 = off */

/* Watches fd (not owned).  The same fd can be watched once a loop. */
PV_MUST_USE int pv_io_new(pv_ctx *cx, pv_loop *loop, int fd, int events, void (*fn)(void *arg, int events),
			  void *arg, pv_io **ret);
pv_io *pv_io_free(pv_io *io); /* before close(fd); accepts NULL */
void pv_io_want(pv_io *io, int events);
