/* What a write will take of memory, told from its texts before any of it is read: an object of a few bytes gets
 * defaults, owners and the words of what is wrong with it.  Large ones wait until there is room (base/turn.h). */
#include <string.h>

#include "base/turn.h"
#include "core/api/http.h"

/* Bytes, as measured with Pods and ConfigMaps of 3 MB (tests/journeys/one-that-asks-much.t). */
#define OBJECT ((size_t)6 << 10)
#define PART ((size_t)512)
#define BYTE ((size_t)4)
#define PACKED ((size_t)64) /* a byte of protobuf: an object there has two of them at least */
#define SMALL ((size_t)8 << 10)

/* Of JSON and YAML.  What stands in strings counts, too: that is cheaper than to tell. */
static size_t
weigh(pv_str text)
{
	size_t objects = 0, parts = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.s[i];

		if (c == '{')
			objects++;
		else if (c == ',' || c == '[' || c == '\n')
			parts++;
	}
	for (const char *p = text.s, *end = text.s + text.len;
	     p && (p = memmem(p, (size_t)(end - p), "- ", 2)); p++)
		objects++;
	return text.len * BYTE + objects * OBJECT + parts * PART;
}

static size_t
weigh_body(request *q)
{
	const char *type = pv_http_header(q->http, "Content-Type");
	pv_str body = pv_http_body(q->http);

	if (type && strstr(type, "protobuf"))
		return body.len * PACKED;
	return weigh(body);
}

/* What is to be changed is made again, too. */
static size_t
weigh_stored(request *q)
{
	const pv_key key = {q->t.res->type, q->t.res->namespaced ? q->t.ns : "", q->t.name};
	const pv_rec *rec = q->t.name[0] ? pv_store_find(q->cx, q->api->store, &key) : NULL;

	return rec && pv_rec_json(rec).len > SMALL ? weigh(pv_rec_json(rec)) : 0;
}

int
weight_claim(request *q)
{
	size_t bytes = pv_http_body(q->http).len > SMALL ? weigh_body(q) : 0;

	return pv_turn_claim(q->cx, bytes + weigh_stored(q));
}
