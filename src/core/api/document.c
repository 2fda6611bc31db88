#include "base/str.h"
#include "core/api/discovery.h"
#include <inttypes.h>

bool
pv_accept_next(pv_str *rest, pv_accept *ret)
{
	pv_str range, piece;

	do {
		if (!pv_str_next(rest, ',', &range))
			return false;
		range = pv_str_trim(range);
	} while (!range.len);
	*ret = (pv_accept){0};
	pv_str_next(&range, ';', &piece);
	ret->type = pv_str_trim(piece);
	while (pv_str_next(&range, ';', &piece)) {
		pv_str name;

		pv_str_next(&piece, '=', &name);
		name = pv_str_trim(name);
		if (pv_str_is(name, "as"))
			ret->as = pv_str_trim(piece);
		else if (pv_str_is(name, "v"))
			ret->v = pv_str_trim(piece);
		else if (pv_str_is(name, "g"))
			ret->g = pv_str_trim(piece);
	}
	return true;
}

bool
pv_accept_is_json(const pv_accept *range)
{
	return pv_str_is(range->type, "application/json") || pv_str_is(range->type, "*/*") ||
	       pv_str_is(range->type, "application/*");
}

bool
pv_accept_json(const char *accept)
{
	pv_str rest = pv_str_of(accept);
	pv_accept range;
	bool any = false;

	while (pv_accept_next(&rest, &range)) {
		any = true;
		if (pv_accept_is_json(&range) && !range.as.len)
			return true;
	}
	return !any;
}

static bool
etag_listed(const char *list, const char *etag)
{
	pv_str rest = pv_str_of(list), piece;

	while (pv_str_next(&rest, ',', &piece)) {
		piece = pv_str_trim(piece);
		if (piece.len > 2 && piece.s[0] == 'W' && piece.s[1] == '/')
			piece = (pv_str){piece.s + 2, piece.len - 2};
		if (pv_str_is(piece, etag) || pv_str_is(piece, "*"))
			return true;
	}
	return false;
}

void
pv_document_fill(pv_ctx *cx, const pv_document_query *query, const char *type, pv_str body, uint64_t hash,
		 pv_document *ret)
{
	ret->status = 200;
	ret->type = type;
	ret->body = body;
	ret->cache = "public";
	ret->encoding = NULL;
	ret->location = NULL;
	ret->etag = pv_printf(cx->arena, "\"%016" PRIx64 "\"", hash);
	if (etag_listed(query->if_none_match, ret->etag)) {
		ret->status = 304;
		ret->body = (pv_str){"", 0};
	}
}
