/* gzip: for large answers to clients that ask for it and are not on this machine (on
 * loopback it only costs). */
#include "base/gzip.h"
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
