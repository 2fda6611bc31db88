/* ranges: batch/v1 completedIndexes, failedIndexes and succeededIndexes. */
#include "lang/ranges/ranges.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"

static int
mark(pv_ctx *cx, pv_str piece, bool *set, int64_t below, int64_t *last)
{
	const char *dash = piece.len ? memchr(piece.s, '-', piece.len) : NULL;
	size_t head = dash ? (size_t)(dash - piece.s) : piece.len;
	int64_t first, end;

	if (!pv_parse_int((pv_str){piece.s, head}, &first) ||
	    (dash && !pv_parse_int((pv_str){dash + 1, piece.len - head - 1}, &end)))
		return pv_fail(cx, PV_EINVALID, "expected numbers and ranges such as 0,2-4, found \"%.*s\"",
			       (int)piece.len, piece.s);
	if (!dash)
		end = first;
	if (first <= *last || end < first || (dash && end == first))
		return pv_fail(cx, PV_EINVALID, "expected numbers in ascending order, found \"%.*s\"",
			       (int)piece.len, piece.s);
	if (end >= below)
		return pv_fail(cx, PV_EINVALID, "expected numbers below %lld, found %lld", (long long)below,
			       (long long)end);
	for (int64_t i = first; i <= end; i++)
		set[i] = true;
	*last = end;
	return 0;
}

int
pv_ranges_parse(pv_ctx *cx, const char *text, bool *set, int64_t below)
{
	pv_str rest = pv_str_of(text), piece;
	int64_t last = -1;
	int r = 0;

	if (!rest.len)
		return 0;
	while (r == 0 && pv_str_next(&rest, ',', &piece))
		r = mark(cx, piece, set, below, &last);
	return r;
}

char *
pv_ranges_format(pv_arena *arena, const bool *set, int64_t below)
{
	pv_buf b;

	pv_buf_init(&b, arena);
	for (int64_t i = 0; i < below; i++) {
		int64_t first = i;

		if (!set[i])
			continue;
		while (i + 1 < below && set[i + 1])
			i++;
		pv_buf_printf(&b, "%s%lld", b.len ? "," : "", (long long)first);
		if (i > first)
			pv_buf_printf(&b, "%s%lld", i == first + 1 ? "," : "-", (long long)i);
	}
	return pv_strndup(arena, b.len ? b.s : "", b.len);
}
