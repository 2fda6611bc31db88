/* gzip: for large answers to clients that ask for it and are not on this machine
 * (on loopback it only costs).  Level 1: a list shrinks tenfold at 100 MB/s. */
#include <string.h>
#include <zlib.h>

#include "core/api/http.h"
#include "core/api/packed.h"

#define WORTH (128u << 10) /* bytes, as Kubernetes */
#define CHUNK 65536

bool
gzip_wanted(request *q, size_t size)
{
	const char *peer = pv_http_peer(q->http);

	if (size < WORTH || pv_starts_with(peer, "127.") || pv_streq(peer, "::1"))
		return false;
	return packed_taken(pv_http_header(q->http, "Accept-Encoding"));
}

typedef struct zipper {
	pv_http_source from;
	z_stream z;
	bool drained, finished;
	char in[CHUNK];
} zipper;

static ptrdiff_t
pull(void *arg, char *out, size_t cap)
{
	zipper *g = arg;

	g->z.next_out = (Bytef *)out;
	g->z.avail_out = (uInt)(cap < UINT32_MAX ? cap : UINT32_MAX);
	while (g->z.avail_out && !g->finished) {
		if (g->z.avail_in == 0 && !g->drained) {
			ptrdiff_t n = g->from.pull(g->from.arg, g->in, sizeof g->in);

			g->drained = n < 0;
			g->z.next_in = (Bytef *)g->in;
			g->z.avail_in = n > 0 ? (uInt)n : 0;
		}
		g->finished = deflate(&g->z, g->drained ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_END;
	}
	if (g->z.avail_out == cap)
		return -1;
	return (ptrdiff_t)(cap - g->z.avail_out);
}

static void
done(void *arg)
{
	zipper *g = arg;

	deflateEnd(&g->z);
	if (g->from.done)
		g->from.done(g->from.arg);
}

pv_http_source
gzip_source(request *q, const pv_http_source *from)
{
	zipper *g = pv_new(q->cx->arena, zipper);

	g->from = *from;
	if (deflateInit2(&g->z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return *from; /* no memory: as it is */
	pv_http_set(q->http, "Content-Encoding", "gzip");
	pv_http_set(q->http, "Vary", "Accept-Encoding");
	return (pv_http_source){pull, done, g};
}
