/* What a write will take of memory, told from its texts before any of it is read: an object of a few bytes gets
 * defaults, owners and the words of what is wrong with it.  Large ones wait until there is room (base/turn.h). */
#include <string.h>

#include "base/turn.h"
#include "core/api/http.h"

/* Bytes, as measured with Pods and ConfigMaps of 3 MB (tests/journeys/one-that-asks-much.t). */
#define OBJECT ((size_t)6 << 10)
#define PART ((size_t)512)
#define BYTE ((size_t)4)
#define DEPTH 32 /* of protobuf that is looked into */
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

/* ---- protobuf ---- */

struct counts {
	size_t objects, parts;
};

static bool
take_number(pv_str *rest, uint64_t *ret)
{
	*ret = 0;
	for (unsigned shift = 0; shift < 64 && rest->len; shift += 7) {
		unsigned char c = (unsigned char)*rest->s++;

		rest->len--;
		*ret |= (uint64_t)(c & 0x7f) << shift;
		if (c < 0x80)
			return true;
	}
	return false;
}

/* Do the bytes read as fields to their end?  Then *counts grows by what is in them.  Text seldom does, and an
 * empty one is taken for an object. */
static bool
is_message(pv_str rest, int depth, struct counts *counts)
{
	struct counts in = *counts;
	uint64_t key, n;

	while (rest.len) {
		if (!take_number(&rest, &key) || key >> 3 == 0)
			return false;
		switch (key & 7) {
		case 0: n = take_number(&rest, &n) ? 0 : UINT64_MAX; break;
		case 1: n = 8; break;
		case 2: n = take_number(&rest, &n) ? n : UINT64_MAX; break;
		case 5: n = 4; break;
		default: return false;
		}
		if (n > rest.len)
			return false;
		if ((key & 7) == 2 && depth < DEPTH && is_message((pv_str){rest.s, n}, depth + 1, &in))
			in.objects++;
		else
			in.parts++;
		rest.s += n;
		rest.len -= n;
	}
	*counts = in;
	return true;
}

static size_t
weigh_packed(pv_str body)
{
	const size_t magic = 4; /* "k8s", 0 */
	struct counts counts = {0};

	if (body.len > magic)
		(void)is_message((pv_str){body.s + magic, body.len - magic}, 0, &counts);
	return body.len * BYTE + counts.objects * OBJECT + counts.parts * PART;
}

static size_t
weigh_body(request *q)
{
	const char *type = pv_http_header(q->http, "Content-Type");
	pv_str body = pv_http_body(q->http);

	if (type && strstr(type, "protobuf"))
		return weigh_packed(body);
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
