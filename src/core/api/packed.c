/* Large documents are kept as gzip, which most clients take as it is. */
#include "core/api/packed.h"

#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "base/str.h"

#define GZIP (15 + 16) /* zlib's windowBits for a gzip frame */

/* "gzip", "gzip;q=0.5"; not "gzip;q=0" or "gzip; q=0.000" (RFC 9110, 12.4.2). */
static bool
is_gzip(pv_str range)
{
	pv_str name, q;

	pv_str_next(&range, ';', &name);
	name = pv_str_trim(name);
	if (name.len != 4 || strncasecmp(name.s, "gzip", 4) != 0)
		return false;
	q = pv_str_trim(range);
	if (q.len < 3 || strncasecmp(q.s, "q=", 2) != 0)
		return true;
	for (size_t i = 2; i < q.len; i++)
		if (q.s[i] != '0' && q.s[i] != '.')
			return true;
	return false;
}

bool
packed_taken(const char *accept_encoding)
{
	pv_str rest = pv_str_of(accept_encoding), range;

	while (pv_str_next(&rest, ',', &range))
		if (is_gzip(range))
			return true;
	return false;
}

int
packed_write(pv_ctx *cx, pv_str text, pv_buf *out)
{
	z_stream z = {.next_in = (Bytef *)(uintptr_t)text.s, .avail_in = (uInt)text.len};
	int r;

	if (text.len > UINT32_MAX / 2 || deflateInit2(&z, 6, Z_DEFLATED, GZIP, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return pv_fail(cx, PV_EINTERNAL, "a document of %zu bytes cannot be compressed", text.len);
	z.avail_out = (uInt)deflateBound(&z, (uLong)text.len);
	z.next_out = (Bytef *)pv_buf_grow(out, z.avail_out);
	r = deflate(&z, Z_FINISH);
	out->len += z.total_out;
	out->s[out->len] = '\0';
	deflateEnd(&z);
	return r == Z_STREAM_END ? 0 : pv_fail(cx, PV_EINTERNAL, "a document was not compressed to its end");
}

/* The last four bytes of a frame are the text's length (RFC 1952). */
static size_t
text_length(pv_str packed)
{
	const unsigned char *at = (const unsigned char *)packed.s + packed.len - 4;

	return (size_t)at[0] | (size_t)at[1] << 8 | (size_t)at[2] << 16 | (size_t)at[3] << 24;
}

int
packed_read(pv_ctx *cx, pv_str packed, pv_str *ret)
{
	z_stream z = {.next_in = (Bytef *)(uintptr_t)packed.s, .avail_in = (uInt)packed.len};
	size_t len = text_length(packed);
	char *text = pv_alloc(cx->arena, len + 1);
	int r;

	if (inflateInit2(&z, GZIP) != Z_OK)
		return pv_fail(cx, PV_EINTERNAL, "a document cannot be decompressed");
	z.next_out = (Bytef *)text;
	z.avail_out = (uInt)len;
	r = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	if (r != Z_STREAM_END || z.total_out != len)
		return pv_fail(cx, PV_EINTERNAL, "a document was not decompressed to its end");
	text[len] = '\0';
	*ret = (pv_str){text, len};
	return 0;
}
