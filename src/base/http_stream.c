/* Streamed answers: pulled by the loop thread, suspended while there is nothing.
 *
 * The race to get right is a wake between a pull that found nothing and the
 * suspension.  `pending` is cleared before each pull and set by each wake; the
 * decision to sleep is taken under the mutex and only while it is clear. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/http_priv.h"
#include "base/str.h"

#define PULLS_IN_A_ROW 16 /* then the other connections have their turn */
#define BLOCK 1024        /* of an answer that is not in chunks: to HTTP/1.0 */
#define LITTLE 4096       /* bytes written to the buffer that are not worth giving it back */

pv_http_stream *
pv_http_stream_open(pv_http_req *req, int status, const char *type, const pv_http_source *source)
{
	pv_http_stream *s = calloc(1, sizeof *s);
	pv_http *http = req->http;

	PV_ASSERT(s != NULL);
	pv_http_reply(req, status, type, PV_STR(""), pv_http_keep, NULL);
	s->req = req;
	s->source = *source;
	s->written = SIZE_MAX;
	pthread_mutex_init(&s->mutex, NULL);
	req->stream = s;
	pthread_mutex_lock(&http->streams_mutex);
	s->next = http->streams;
	s->prev = &http->streams;
	if (s->next != NULL)
		s->next->prev = &s->next;
	http->streams = s;
	pthread_mutex_unlock(&http->streams_mutex);
	return s;
}

void
pv_http_stream_alone(pv_http_stream *s)
{
	s->alone = true;
}

void
http_stream_end(pv_http_stream *s)
{
	pv_http *http = s->req->http;

	pthread_mutex_lock(&http->streams_mutex);
	*s->prev = s->next;
	if (s->next != NULL)
		s->next->prev = s->prev;
	pthread_mutex_unlock(&http->streams_mutex);
	pv_io_free(s->hangup);
	if (s->source.done != NULL)
		s->source.done(s->source.arg);
	pv_timer_free(s->timer); /* after: until then wake_at may be called */
	pthread_mutex_destroy(&s->mutex);
	free(s);
}

static void
sleep_now(pv_http_stream *s)
{
	s->asleep = true;
	MHD_suspend_connection(s->req->mhd);
}

static void
rouse(pv_http_stream *s)
{
	s->asleep = false;
	MHD_resume_connection(s->req->mhd);
}

void
pv_http_stream_wake(pv_http_stream *s)
{
	if (atomic_exchange(&s->pending, true))
		return; /* whoever set it rouses the stream, or the next pull sees it */
	pthread_mutex_lock(&s->mutex);
	if (s->asleep)
		rouse(s);
	pthread_mutex_unlock(&s->mutex);
}

static void
wake_by_timer(void *arg)
{
	pv_http_stream_wake(arg);
}

void
pv_http_stream_wake_at(pv_http_stream *s, int64_t mono_ns)
{
	pv_timer *timer;

	pthread_mutex_lock(&s->mutex);
	if (s->timer == NULL)
		s->timer = pv_timer_new(s->req->http->loop, wake_by_timer, s);
	timer = s->timer;
	pthread_mutex_unlock(&s->mutex);
	pv_timer_set(timer, mono_ns);
}

/* A suspended connection is not polled, so nobody else would see the client go. */
static void
on_hangup(void *arg, int events)
{
	pv_http_stream *s = arg;

	(void)events;
	atomic_store(&s->hung_up, true);
	pv_http_stream_wake(s);
}

/* The buffer to fill is nearly all that microhttpd has for a connection, and what is in it before a pull has
 * filled it means nothing: one that sleeps needs no pages for it. */
static void
give_back(pv_http_stream *s, char *out, size_t cap)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = ((uintptr_t)out + page - 1) & ~(page - 1),
		  to = ((uintptr_t)out + cap) & ~(page - 1);

	if (s->written > LITTLE && from < to)
		(void)madvise(out + (from - (uintptr_t)out), to - from, MADV_DONTNEED);
	s->written = 0;
}

/* Sleeps unless a wake came; with `again`, only lets others have their turn. */
static bool
try_sleep(pv_http_stream *s, bool again)
{
	bool slept = false;

	pthread_mutex_lock(&s->mutex);
	if (!atomic_load(&s->pending) || again) {
		sleep_now(s);
		slept = true;
		if (atomic_load(&s->pending))
			rouse(s);
	}
	pthread_mutex_unlock(&s->mutex);
	return slept;
}

static ssize_t
pull(void *arg, uint64_t pos, char *out, size_t cap)
{
	pv_http_stream *s = arg;

	(void)pos;
	for (int i = 1;; i++) {
		ptrdiff_t n;

		atomic_store(&s->pending, false);
		if (atomic_load(&s->hung_up))
			return MHD_CONTENT_READER_END_WITH_ERROR;
		if (atomic_load(&s->req->http->closing))
			return MHD_CONTENT_READER_END_OF_STREAM;
		n = s->source.pull(s->source.arg, out, cap);
		if (n < 0)
			return MHD_CONTENT_READER_END_OF_STREAM;
		if (n > 0) {
			s->req->sent += (size_t)n;
			s->written = (size_t)n > s->written ? (size_t)n : s->written;
			return n;
		}
		give_back(s, out, cap);
		if (try_sleep(s, i == PULLS_IN_A_ROW))
			return 0;
	}
}

struct MHD_Response *
http_stream_response(pv_http_stream *s)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(s->req->mhd, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (info != NULL && pv_io_new(&s->req->cx, s->req->http->loop, info->connect_fd,
				      PV_IO_HANGUP | PV_IO_ONCE, on_hangup, s, &s->hangup) < 0)
		pv_recover(&s->req->cx); /* then a client that left is seen at the next write */
	return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, s->req->chunks ? 1 : BLOCK, pull, s, NULL);
}
