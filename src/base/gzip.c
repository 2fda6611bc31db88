#include "base/gzip.h"

#include <zlib.h>

#define WINDOW (15 + 16) /* zlib's windowBits for a gzip frame */
#define MEMORY 8         /* its default */
#define FRAME_LEAST 18   /* bytes of a head and a tail */
#define CHUNK 65536

int
pv_gzip(pv_ctx *cx, pv_str text, int level, pv_buf *out)
{
	z_stream z = {.next_in = (Bytef *)(uintptr_t)text.s, .avail_in = (uInt)text.len};
	int r;

	if (text.len > UINT32_MAX / 2)
		return pv_fail(cx, PV_ETOOLARGE, "%zu bytes are too many to compress", text.len);
	PV_ASSERT(deflateInit2(&z, level, Z_DEFLATED, WINDOW, MEMORY, Z_DEFAULT_STRATEGY) == Z_OK);
	z.avail_out = (uInt)deflateBound(&z, (uLong)text.len);
	z.next_out = (Bytef *)pv_buf_grow(out, z.avail_out);
	r = deflate(&z, Z_FINISH);
	deflateEnd(&z);
	PV_ASSERT(r == Z_STREAM_END); /* in the room that zlib asked for */
	out->len += z.total_out;
	out->s[out->len] = '\0';
	return 0;
}

/* The last four bytes of a frame are the text's length. */
static size_t
text_length(pv_str frame)
{
	const unsigned char *at = (const unsigned char *)frame.s + frame.len - 4;

	return (size_t)at[0] | (size_t)at[1] << 8 | (size_t)at[2] << 16 | (size_t)at[3] << 24;
}

static int
fail_damaged(pv_ctx *cx, pv_str frame)
{
	return pv_fail(cx, PV_EINTERNAL, "a gzip frame of %zu bytes is damaged", frame.len);
}

int
pv_gunzip(pv_ctx *cx, pv_str frame, pv_str *ret)
{
	z_stream z = {.next_in = (Bytef *)(uintptr_t)frame.s, .avail_in = (uInt)frame.len};
	size_t len;
	char *text;
	int r;

	if (frame.len < FRAME_LEAST)
		return fail_damaged(cx, frame);
	len = text_length(frame);
	text = pv_alloc(cx->arena, len + 1);
	PV_ASSERT(inflateInit2(&z, WINDOW) == Z_OK);
	z.next_out = (Bytef *)text;
	z.avail_out = (uInt)len;
	r = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	if (r != Z_STREAM_END || z.total_out != len)
		return fail_damaged(cx, frame);
	text[len] = '\0';
	*ret = (pv_str){text, len};
	return 0;
}

int
pv_gunzip_strange(pv_ctx *cx, pv_str frame, size_t limit, pv_str *ret)
{
	z_stream z = {.next_in = (Bytef *)(uintptr_t)frame.s};
	pv_buf b;
	int r = Z_OK;

	if (frame.len > UINT32_MAX)
		return pv_fail(cx, PV_ETOOLARGE, "gzip: expected at most 4 GB");
	z.avail_in = (uInt)frame.len;
	pv_buf_init(&b, cx->arena);
	PV_ASSERT(inflateInit2(&z, WINDOW) == Z_OK);
	while (r == Z_OK && b.len <= limit) {
		uInt room = CHUNK;

		z.next_out = (Bytef *)pv_buf_grow(&b, room);
		z.avail_out = room;
		r = inflate(&z, Z_NO_FLUSH);
		b.len += room - z.avail_out;
		if (r == Z_BUF_ERROR || (r == Z_OK && z.avail_in == 0 && z.avail_out > 0))
			break;
	}
	inflateEnd(&z);
	if (b.len > limit)
		return pv_fail(cx, PV_ETOOLARGE, "gzip: unpacked it is more than %zu bytes", limit);
	if (r != Z_STREAM_END)
		return pv_fail(cx, PV_EINVALID, "gzip: expected a gzip frame, found other or damaged bytes");
	*ret = (pv_str){b.len ? b.s : "", b.len};
	return 0;
}

/* ---- as it is pulled ---- */

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
	uInt room = (uInt)(cap < UINT32_MAX ? cap : UINT32_MAX);

	g->z.next_out = (Bytef *)out;
	g->z.avail_out = room;
	while (g->z.avail_out && !g->finished) {
		if (g->z.avail_in == 0 && !g->drained) {
			ptrdiff_t n = g->from.pull(g->from.arg, g->in, sizeof g->in);

			if (n == 0)
				break; /* nothing yet */
			g->drained = n < 0;
			g->z.next_in = (Bytef *)g->in;
			g->z.avail_in = n > 0 ? (uInt)n : 0;
		}
		g->finished = deflate(&g->z, g->drained ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_END;
	}
	if (g->z.avail_out == room)
		return g->finished ? -1 : 0;
	return (ptrdiff_t)(room - g->z.avail_out);
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
pv_gzip_source(pv_arena *arena, const pv_http_source *from, int level)
{
	zipper *g = pv_new(arena, zipper);

	g->from = *from;
	PV_ASSERT(deflateInit2(&g->z, level, Z_DEFLATED, WINDOW, MEMORY, Z_DEFAULT_STRATEGY) == Z_OK);
	return (pv_http_source){pull, done, g};
}
