/* What answers hold in memory until their clients have read them.  All together have a budget; over it, who
 * has held one longest without having read it is hung up, unless it is but a moment, and a large answer that
 * would come to twice the budget is refused. */
#include <sys/socket.h>

#include "base/http_priv.h"
#include "base/time.h"

#define SMALL ((size_t)64 << 10) /* what a connection costs anyway: not counted */
#define BUDGET ((size_t)512 << 20)
#define PATIENCE (5 * PV_SEC)

static size_t
budget_of(const pv_http *http)
{
	return http->conf.answers_limit ? http->conf.answers_limit : BUDGET;
}

size_t
http_hold_most(const pv_http *http)
{
	return 2 * budget_of(http);
}

static void
unlink_holder(pv_http *http, pv_http_req *req)
{
	*(req->holder_before ? &req->holder_before->holder_next : &http->holders) = req->holder_next;
	*(req->holder_next ? &req->holder_next->holder_before : &http->holders_last) = req->holder_before;
	req->holder_before = req->holder_next = NULL;
	http->held -= req->cut ? 0 : req->held;
}

static void
link_holder(pv_http *http, pv_http_req *req)
{
	req->holder_before = http->holders_last;
	*(http->holders_last ? &http->holders_last->holder_next : &http->holders) = req;
	http->holders_last = req;
	req->held_since = pv_mono();
	http->held += req->held;
}

/* The oldest first; its loop sees a dead connection and ends the request. */
static void
cut_the_slow(pv_http *http)
{
	int64_t before = pv_mono() - (http->conf.answers_patience ? http->conf.answers_patience : PATIENCE);

	for (pv_http_req *r = http->holders; r && r->held_since < before && http->held > budget_of(http);
	     r = r->holder_next) {
		if (r->cut)
			continue;
		r->cut = true;
		http->held -= r->held;
		(void)shutdown(r->conn->fd, SHUT_RDWR);
	}
}

bool
http_hold(pv_http_req *req, size_t bytes)
{
	pv_http *http = req->http;
	bool fits;

	if (bytes < SMALL)
		bytes = 0;
	if (bytes == 0 && req->held == 0)
		return true;
	pthread_mutex_lock(&http->mutex);
	if (req->held)
		unlink_holder(http, req);
	req->held = bytes;
	if (bytes)
		link_holder(http, req);
	if (http->held > budget_of(http))
		cut_the_slow(http);
	fits = http->held <= http_hold_most(http);
	pthread_mutex_unlock(&http->mutex);
	return fits;
}

void
pv_http_stream_holds(pv_http_stream *stream, size_t bytes)
{
	(void)http_hold(stream->req, bytes);
}
