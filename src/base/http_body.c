/* What of a body is kept.  Callers who have shown valid credentials may send one up to
 * the limit each; all others together have a budget, or a few thousand connections of
 * nobody's would fill the memory. */
#include "base/http_priv.h"

#define DRAIN_FACTOR 8         /* a body over the limit is read this far to get the answer across */
#define FREE_BYTES (16u << 10) /* of a body that count for nobody */
#define STRANGERS_MOST ((size_t)32 << 20)

static bool
is_known(pv_http_req *req)
{
	const pv_http_conf *conf = &req->http->conf;

	if (!req->asked)
		req->known = conf->knows == NULL || conf->knows(&req->cx, req, conf->arg);
	req->asked = true;
	return req->known;
}

static bool
charge(pv_http_req *req, size_t len)
{
	size_t budget = req->http->conf.strangers_limit;

	if (budget == 0)
		budget = STRANGERS_MOST;
	if (atomic_fetch_add(&req->http->strangers, len) + len > budget) {
		atomic_fetch_sub(&req->http->strangers, len);
		return false;
	}
	req->charged += len;
	return true;
}

void
http_body_done(pv_http_req *req)
{
	pv_buf_done(&req->body);
	atomic_fetch_sub(&req->http->strangers, req->charged);
	req->charged = 0;
}

/* No more is reserved than what somebody has a right to: to announce costs nothing. */
void
http_body_expect(pv_http_req *req, size_t announced)
{
	req->announced = announced;
	pv_buf_grow(&req->body, announced < FREE_BYTES ? announced : FREE_BYTES);
}

static bool
has_room(pv_http_req *req, size_t len)
{
	if (req->body.len + len <= FREE_BYTES || req->known)
		return true;
	if (!is_known(req))
		return charge(req, len);
	if (req->announced > req->body.len)
		pv_buf_grow(&req->body, req->announced - req->body.len);
	return true;
}

enum MHD_Result
http_body_take(pv_http_req *req, const char *bytes, size_t len)
{
	size_t limit = req->http->conf.body_limit;
	bool dropped = req->too_large || req->crowded;

	if (!dropped && req->body.len + len <= limit && has_room(req, len)) {
		pv_buf_add(&req->body, bytes, len);
		return MHD_YES;
	}
	if (!dropped && req->body.len + len <= limit)
		req->crowded = true;
	else if (!dropped)
		req->too_large = true;
	http_body_done(req);
	req->discarded += len;
	return req->discarded / DRAIN_FACTOR > limit ? MHD_NO : MHD_YES;
}
