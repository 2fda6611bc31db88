/* gzip: for large answers to clients that ask for it and are not on this machine (on
 * loopback it only costs). */
#include "base/gzip.h"
#include <string.h>
#include "core/api/http.h"

#define WORTH (128u << 10) /* bytes, as Kubernetes */

bool
gzip_wanted(request *q, size_t size)
{
	const char *peer = pv_http_peer(q->http);

	if (size < WORTH || pv_starts_with(peer, "127.") || pv_streq(peer, "::1"))
		return false;
	return pv_http_takes(pv_http_header(q->http, "Accept-Encoding"), "gzip");
}

pv_http_source
gzip_source(request *q, const pv_http_source *from)
{
	pv_http_set(q->http, "Content-Encoding", "gzip");
	pv_http_set(q->http, "Vary", "Accept-Encoding");
	return pv_gzip_source(q->cx->arena, from, PV_GZIP_FAST);
}

/* ---- a body that is there, as a stream ---- */

typedef struct body {
	pv_str left;
} body;

static ptrdiff_t
pull(void *arg, char *out, size_t cap)
{
	body *b = arg;
	size_t n = b->left.len < cap ? b->left.len : cap;

	memcpy(out, b->left.s, n);
	b->left = (pv_str){b->left.s + n, b->left.len - n};
	return n ? (ptrdiff_t)n : -1;
}

void
gzip_reply(request *q, int status, const char *type, pv_str text)
{
	body *b = pv_new(q->cx->arena, body);
	pv_http_source source = {pull, pv_http_keep, b};

	if (!gzip_wanted(q, text.len)) {
		pv_http_reply(q->http, status, type, text, pv_http_keep, NULL);
		return;
	}
	b->left = text;
	source = gzip_source(q, &source);
	pv_http_stream_open(q->http, status, type, &source);
}
