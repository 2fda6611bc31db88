/* microhttpd's callbacks, and the way of a request through them. */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/http_priv.h"
#include "base/str.h"
#include "base/time.h"
#include "base/turn.h"

/* ---- one request ---- */

/* To HEAD, of what would be pulled: microhttpd would end the chunks that it did not send.  How long the
 * answer to GET is nobody knows, so nothing is said of it (RFC 9110, 8.6 and 9.3.2). */
static struct MHD_Response *
head_only(void)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);

	if (response != NULL)
		MHD_set_response_options(response, MHD_RF_INSANITY_HEADER_CONTENT_LENGTH, MHD_RO_END);
	return response;
}

static struct MHD_Response *
make_response(pv_http_req *req)
{
	struct MHD_Response *response;

	if (req->upgrade != NULL) {
		response = http_upgrade_response(req->upgrade);
	} else if (req->stream != NULL && strcmp(req->method, "HEAD") == 0) {
		response = head_only();
	} else if (req->stream != NULL) {
		response = http_stream_response(req->stream);
	} else {
		/* The reply lives until http_on_completed, which is after the last use. */
		response = MHD_create_response_from_buffer(req->reply.len, (void *)(uintptr_t)req->reply.s,
							   MHD_RESPMEM_PERSISTENT);
		req->sent = req->reply.len;
	}
	if (response == NULL)
		return NULL;
	if (req->type != NULL)
		MHD_add_response_header(response, "Content-Type", req->type);
	for (size_t i = 0; i < req->answer.len; i++) {
		const http_pair *h = PV_AT(http_pair, &req->answer, i);
		MHD_add_response_header(response, h->name, h->value);
	}
	return response;
}

static void answer_error(pv_http_req *req);

/* Of an answer that lies in the request's arena, which stays until it is read. */
static void
hold_answer(pv_http_req *req)
{
	size_t used = pv_arena_used(req->cx.arena), most = http_hold_most(req->http);

	if (req->stream != NULL || req->upgrade != NULL)
		return;
	if (used < req->reply.len)
		used = req->reply.len;
	if (http_hold(req, used))
		return;
	if (used > most) { /* by itself: no later try would do better */
		pv_fail(&req->cx, PV_ETOOLARGE,
			"this takes more than the %zu MB of memory that one request has: send or ask for less at "
			"a time",
			most >> 20);
	} else {
		pv_fail(&req->cx, PV_ETOOMANY,
			"answers that their clients do not read take too much memory, and this one is large: try "
			"again later, ask for less (limit), or for JSON");
		req->cx.err->retry_after = 5;
	}
	answer_error(req);
}

/* Is its head followed by a body at once?  (RFC 9110, 6.4.1) */
static bool
has_body(const pv_http_req *req)
{
	return req->stream == NULL && req->upgrade == NULL && req->reply.len > 0 && req->status >= 200 &&
	       req->status != 204 && req->status != 304 && strcmp(req->method, "HEAD") != 0;
}

static enum MHD_Result
queue_answer(pv_http_req *req)
{
	struct MHD_Response *response;
	enum MHD_Result r;

	hold_answer(req);
	response = make_response(req);

	if (response == NULL)
		return MHD_NO; /* closes the connection */
	req->stage = HTTP_QUEUED;
	req->conn->body_follows = has_body(req);
	r = http_queue(req->mhd, (unsigned)req->status, response);
	MHD_destroy_response(response);
	if (r != MHD_YES)
		req->conn->body_follows = false;
	if (req->stream != NULL && req->stream->alone)
		http_req_forget(req);
	return r;
}

static void
answer_error(pv_http_req *req)
{
	req->http->conf.fail(&req->cx, req, req->http->conf.arg);
	PV_ASSERT(req->status != 0);
}

static void
run_handler(pv_http_req *req)
{
	const pv_http_conf *conf = &req->http->conf;
	int r = pv_checked(&req->cx, conf->handle(&req->cx, req, conf->arg));

	if (r < 0 && req->cx.err == NULL) /* a release: debug builds stop in pv_checked */
		pv_fail(&req->cx, PV_EINTERNAL, "%s %s: failed without a reason", req->method, req->path);
	if (r == 0 && req->status == 0)
		r = pv_fail(&req->cx, PV_EINTERNAL, "%s %s: the handler gave no answer", req->method,
			    req->path);
	if (r < 0)
		answer_error(req);
}

static enum MHD_Result
refuse(pv_http_req *req, int code, const char *why)
{
	pv_fail(&req->cx, code, "%s", why);
	answer_error(req);
	return queue_answer(req);
}

static void
fail_busy(pv_http_req *req, const char *why)
{
	pv_fail(&req->cx, PV_ETOOMANY, "%s", why);
	req->cx.err->retry_after = 1;
	answer_error(req);
}

/* Back to its loop: http_on_request is called again and queues the answer. */
static void
resume(pv_http_req *req)
{
	pv_http *http = req->http;

	if (http->conf.leave != NULL)
		http->conf.leave(req, http->conf.arg);
	MHD_resume_connection(req->mhd); /* from here on the request is the loop's */
	pthread_mutex_lock(&http->mutex);
	if (--http->waiting == 0)
		pthread_cond_broadcast(&http->calm);
	pthread_mutex_unlock(&http->mutex);
}

static void
run_on_worker(void *arg)
{
	pv_http_req *req = arg;

	run_handler(req);
	pv_turn_over(&req->cx); /* its answer is counted until it is read (http_hold.c) */
	resume(req);
}

void
pv_http_run(pv_http_req *req)
{
	if (pv_pool_run(req->http->pool, run_on_worker, req))
		return;
	fail_busy(req, "too many requests wait for a worker; try again");
	resume(req);
}

void **
pv_http_ticket(pv_http_req *req)
{
	return &req->ticket;
}

/* Once `closing` is set no more of them wait. */
static enum MHD_Result
start_blocking(pv_http_req *req)
{
	pv_http *http = req->http;
	bool closing;
	int r = 0;

	pthread_mutex_lock(&http->mutex);
	closing = atomic_load(&http->closing);
	if (!closing)
		http->waiting++;
	pthread_mutex_unlock(&http->mutex);
	if (closing)
		return refuse(req, PV_EUNAVAILABLE, "the server is shutting down");
	req->stage = HTTP_RUNNING;
	MHD_suspend_connection(req->mhd); /* first: others may be done with it before we return */
	if (http->conf.enter != NULL)
		r = http->conf.enter(&req->cx, req, http->conf.arg);
	if (r == 0)
		pv_http_run(req);
	if (r < 0) {
		answer_error(req);
		resume(req);
	}
	return MHD_YES;
}

static enum MHD_Result
dispatch(pv_http_req *req)
{
	const pv_http_conf *conf = &req->http->conf;

	if (!req->whole) {
		pthread_mutex_lock(&req->http->mutex);
		http_conn_busy(req->conn);
		pthread_mutex_unlock(&req->http->mutex);
	}
	if (req->too_large)
		return refuse(req, PV_ETOOLARGE,
			      pv_printf(req->cx.arena, "request body is over the limit of %zu bytes",
					conf->body_limit));
	if (req->crowded) {
		fail_busy(req, "too many large requests without valid credentials at a time; try again");
		return queue_answer(req);
	}
	if (atomic_load(&req->http->closing))
		return refuse(req, PV_EUNAVAILABLE, "the server is shutting down");
	if (conf->blocks != NULL && conf->blocks(req, conf->arg))
		return start_blocking(req);
	run_handler(req);
	return queue_answer(req);
}

static enum MHD_Result
begin(pv_http *http, struct MHD_Connection *mhd, const char *method, const char *version, void **ret_req)
{
	pv_http_req *req = calloc(1, sizeof *req);
	const char *length, *expect, *coding, *fault;
	int64_t announced = 0;

	PV_ASSERT(req != NULL);
	req->http = http;
	req->mhd = mhd;
	req->conn = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
	http_req_init(req, method, req->conn->target);
	req->cx.stop_fd = http->stop;
	req->conn->target = NULL;
	req->chunks = strcmp(version, "HTTP/1.1") == 0;
	*ret_req = req;
	length = pv_http_header(req, "Content-Length");
	coding = pv_http_header(req, "Transfer-Encoding");
	pthread_mutex_lock(&http->mutex);
	http->active++;
	req->whole = length == NULL && coding == NULL;
	if (req->whole)
		http_conn_busy(req->conn);
	pthread_mutex_unlock(&http->mutex);

	fault = http_head_fault(req, version);
	if (fault != NULL)
		return refuse(req, PV_EBADREQUEST, fault);
	if (length == NULL || !pv_parse_int(pv_str_of(length), &announced))
		return MHD_YES;
	if ((uint64_t)announced <= http->conf.body_limit) {
		http_body_expect(req, (size_t)announced);
		return MHD_YES;
	}
	req->too_large = true;
	expect = pv_http_header(req, "Expect");
	if (expect != NULL && strcasecmp(expect, "100-continue") == 0)
		return dispatch(req); /* the client holds the body back until told */
	return MHD_YES;
}

enum MHD_Result
http_on_request(void *arg, struct MHD_Connection *mhd, const char *url, const char *method,
		const char *version, const char *bytes, size_t *len, void **state)
{
	pv_http_req *req = *state;
	enum MHD_Result r;

	(void)url;
	if (req == NULL)
		return begin(arg, mhd, method, version, state);
	if (*len > 0) {
		r = http_body_take(req, bytes, *len);
		*len = 0;
		return r;
	}
	if (req->stage == HTTP_READING)
		return dispatch(req);
	return req->stage == HTTP_RUNNING ? queue_answer(req) : MHD_YES;
}

void
http_on_completed(void *arg, struct MHD_Connection *mhd, void **state, enum MHD_RequestTerminationCode how)
{
	pv_http_req *req = *state;
	pv_http *http = arg;
	http_conn *conn = req != NULL ? req->conn : NULL;

	(void)mhd, (void)how;
	if (req == NULL)
		return;
	*state = NULL;
	(void)http_hold(req, 0);
	if (req->stream != NULL)
		http_stream_end(req->stream);
	http_upgrade_free(req->upgrade);
	if (http->conf.sent != NULL)
		http->conf.sent(req, req->status, req->sent, pv_mono() - req->started, http->conf.arg);
	if (req->release != NULL)
		req->release(req->release_arg);
	http_body_done(req);
	pv_ctx_done(&req->cx);
	free(req);
	pthread_mutex_lock(&http->mutex);
	http_conn_idle(conn);
	if (--http->active == 0)
		pthread_cond_broadcast(&http->calm);
	pthread_mutex_unlock(&http->mutex);
}
