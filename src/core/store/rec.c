/* Records: making, counting, the lazily parsed value. */
#include "core/store/rec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "lang/json/json.h"

#define DIGITS 19 /* of the largest revision */

rec_pool *
rec_pool_new(void)
{
	rec_pool *pool = calloc(1, sizeof *pool);

	PV_ASSERT(pool != NULL);
	atomic_init(&pool->refs, 1);
	return pool;
}

rec_pool *
rec_pool_unref(rec_pool *pool)
{
	if (pool != NULL && atomic_fetch_sub_explicit(&pool->refs, 1, memory_order_acq_rel) == 1)
		free(pool);
	return NULL;
}

static char *
put_text(char *to, const char *s, const char **ret)
{
	size_t size = strlen(s) + 1;

	memcpy(to, s, size);
	*ret = to;
	return to + size;
}

/* A record without a revision; *ret_json has room for `room` bytes and a NUL. */
static pv_rec *
rec_new(rec_pool *pool, const pv_key *key, size_t room, char **ret_json)
{
	size_t keys = strlen(key->type) + strlen(key->ns) + strlen(key->name) + 3;
	pv_rec *rec = malloc(sizeof *rec + keys + room + 1);
	char *p;

	PV_ASSERT(rec != NULL && room < UINT32_MAX);
	memset(rec, 0, sizeof *rec);
	atomic_init(&rec->refs, 1);
	atomic_fetch_add_explicit(&pool->refs, 1, memory_order_relaxed);
	rec->pool = pool;
	p = put_text(rec->bytes, key->type, &rec->key.type);
	p = put_text(p, key->ns, &rec->key.ns);
	p = put_text(p, key->name, &rec->key.name);
	rec->json = *ret_json = p;
	return rec;
}

static void
write_member(pv_buf *b, const pv_member *member, bool first)
{
	if (!first)
		pv_buf_addc(b, ',');
	pv_json_write(b, &member->key);
	pv_buf_addc(b, ':');
}

static void
write_key(pv_buf *b, const char *key, bool first)
{
	if (!first)
		pv_buf_addc(b, ',');
	pv_buf_add_json(b, key, strlen(key));
	pv_buf_addc(b, ':');
}

static size_t
write_gap(pv_buf *b, bool first)
{
	write_key(b, "resourceVersion", first);
	pv_buf_addc(b, '"');
	pv_buf_addc(b, '"');
	return b->len - 1;
}

/* Metadata with an empty resourceVersion, in its place or at the end.  Returns
 * where its digits belong. */
static size_t
write_metadata(pv_buf *b, const pv_val *metadata)
{
	size_t gap = 0;

	pv_buf_addc(b, '{');
	for (uint32_t i = 0; metadata != NULL && i < metadata->len; i++) {
		const pv_member *m = &metadata->members[i];

		if (pv_streq(pv_text(&m->key, NULL), "resourceVersion")) {
			gap = write_gap(b, i == 0);
			continue;
		}
		write_member(b, m, i == 0);
		pv_json_write(b, &m->val);
	}
	if (gap == 0)
		gap = write_gap(b, pv_count(metadata) == 0);
	pv_buf_addc(b, '}');
	return gap;
}

static size_t
write_document(pv_buf *b, const pv_val *doc)
{
	size_t gap = 0;

	pv_buf_addc(b, '{');
	for (uint32_t i = 0; i < doc->len; i++) {
		const pv_member *m = &doc->members[i];

		write_member(b, m, i == 0);
		if (pv_streq(pv_text(&m->key, NULL), "metadata"))
			gap = write_metadata(b, &m->val);
		else
			pv_json_write(b, &m->val);
	}
	if (gap == 0) {
		write_key(b, "metadata", doc->len == 0);
		gap = write_metadata(b, NULL);
	}
	pv_buf_addc(b, '}');
	return gap;
}

int
rec_encode(pv_ctx *cx, rec_pool *pool, const pv_key *key, const pv_val *doc, pv_rec **ret)
{
	const pv_val *metadata = pv_get(doc, "metadata");
	pv_buf b;
	size_t gap;
	char *json;

	if (!pv_is(doc, PV_OBJECT))
		return pv_fail(cx, PV_EINVALID, "%s \"%s\": expected an object, found %s", key->type,
			       key->name, pv_type_name(doc));
	if (metadata != NULL && !pv_is(metadata, PV_OBJECT))
		return pv_fail(cx, PV_EINVALID, "%s \"%s\": metadata: expected an object, found %s",
			       key->type, key->name, pv_type_name(metadata));
	pv_buf_init(&b, cx->arena);
	gap = write_document(&b, doc);
	*ret = rec_new(pool, key, b.len + DIGITS, &json);
	memcpy(json, b.s, b.len + 1);
	(*ret)->len = (uint32_t)b.len;
	(*ret)->stamp = (uint32_t)gap;
	return 0;
}

void
rec_stamp(pv_rec *rec, int64_t rev)
{
	char digits[DIGITS + 2];
	size_t n = (size_t)snprintf(digits, sizeof digits, "%" PRId64, rev);
	char *at = rec->bytes + (rec->json - rec->bytes) + rec->stamp; /* writable */

	PV_ASSERT(rec->rev == 0 && rev > 0 && n <= DIGITS);
	memmove(at + n, at, rec->len - rec->stamp + 1);
	memcpy(at, digits, n);
	rec->len += (uint32_t)n;
	rec->rev = rev;
}

pv_rec *
rec_restamp(const pv_rec *old, int64_t rev)
{
	size_t tail_at = old->stamp + strspn(old->json + old->stamp, "0123456789");
	size_t tail = old->len - tail_at;
	char *json;
	pv_rec *rec = rec_new(old->pool, &old->key, old->stamp + tail + DIGITS, &json);

	memcpy(json, old->json, old->stamp);
	memcpy(json + old->stamp, old->json + tail_at, tail + 1);
	rec->len = (uint32_t)(old->stamp + tail);
	rec->stamp = old->stamp;
	rec->id = old->id;
	rec_stamp(rec, rev);
	return rec;
}

pv_rec *
rec_decode(rec_pool *pool, const rec_row *row)
{
	char digits[DIGITS + 3];
	size_t n = (size_t)snprintf(digits, sizeof digits, "%" PRId64 "\"", row->rev);
	char *json;
	pv_rec *rec;

	if (row->rev <= 0 || row->json.len >= UINT32_MAX || row->stamp <= 0 ||
	    (size_t)row->stamp >= row->json.len || n > row->json.len - (size_t)row->stamp ||
	    memcmp(row->json.s + row->stamp, digits, n) != 0)
		return NULL;
	rec = rec_new(pool, &row->key, row->json.len, &json);
	memcpy(json, row->json.s, row->json.len);
	json[row->json.len] = '\0';
	rec->len = (uint32_t)row->json.len;
	rec->stamp = (uint32_t)row->stamp;
	rec->rev = row->rev;
	rec->id = row->id;
	return rec;
}

int
rec_cmp(const pv_rec *rec, const char *ns, const char *name)
{
	int order = strcmp(rec->key.ns, ns);

	return order != 0 ? order : strcmp(rec->key.name, name);
}

/* ---- counting ---- */

pv_rec *
rec_mine(const pv_rec *rec)
{
	union {
		const pv_rec *outer;
		pv_rec *inner;
	} u = {rec};

	return u.inner;
}

pv_rec *
rec_ref(const pv_rec *rec)
{
	pv_rec *r = rec_mine(rec);

	if (r != NULL)
		atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
	return r;
}

const pv_rec *
pv_rec_ref(const pv_rec *rec)
{
	return rec_ref(rec);
}

const pv_rec *
pv_rec_unref(const pv_rec *rec)
{
	pv_rec *r = rec_mine(rec);
	const pv_val *val;

	if (r == NULL || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) != 1)
		return NULL;
	val = atomic_load_explicit(&r->val, memory_order_acquire);
	if (val != NULL) {
		atomic_fetch_sub_explicit(&r->pool->parsed, (int64_t)pv_frozen_size(val),
					  memory_order_relaxed);
		pv_unref(val);
	}
	rec_pool_unref(r->pool);
	free(r);
	return NULL;
}

static void
let_go(void *arg)
{
	pv_rec_unref(arg);
}

const pv_rec *
pv_rec_hold(pv_ctx *cx, const pv_rec *rec)
{
	if (rec != NULL)
		pv_arena_defer(cx->arena, let_go, rec_ref(rec));
	return rec;
}

/* ---- reading ---- */

const pv_key *
pv_rec_key(const pv_rec *rec)
{
	return &rec->key;
}

int64_t
pv_rec_rev(const pv_rec *rec)
{
	return rec->rev;
}

pv_str
pv_rec_json(const pv_rec *rec)
{
	return (pv_str){rec->json, rec->len};
}

int
pv_rec_parse(pv_ctx *cx, const pv_rec *rec, const pv_val **ret)
{
	int r = pv_json_parse(cx, pv_rec_json(rec), NULL, ret);

	return r < 0 ? pv_wrap(cx, r, "%s \"%s\": what is stored is damaged", rec->key.type, rec->key.name)
		     : 0;
}

static const pv_val *
parse(const pv_rec *rec)
{
	pv_ctx cx;
	const pv_val *val = NULL;

	pv_ctx_init(&cx, "record");
	if (pv_json_parse(&cx, pv_rec_json(rec), NULL, &val) < 0) {
		pv_log(PV_ERROR, "store", "a stored document is damaged", "type", rec->key.type, "namespace",
		       rec->key.ns, "name", rec->key.name, "error", pv_error_text(&cx), NULL);
		pv_recover(&cx);
	} else {
		val = pv_freeze(val);
	}
	pv_ctx_done(&cx);
	return val;
}

const pv_val *
pv_rec_val(const pv_rec *rec)
{
	pv_rec *r = rec_mine(rec);
	const pv_val *val, *none = NULL;

	if (r == NULL)
		return NULL;
	val = atomic_load_explicit(&r->val, memory_order_acquire);
	if (!atomic_load_explicit(&r->warm, memory_order_relaxed))
		atomic_store_explicit(&r->warm, true, memory_order_relaxed);
	if (val != NULL || (val = parse(rec)) == NULL)
		return val;
	if (!atomic_compare_exchange_strong_explicit(&r->val, &none, val, memory_order_acq_rel,
						     memory_order_acquire)) {
		pv_unref(val); /* another thread was quicker */
		return none;
	}
	atomic_fetch_add_explicit(&r->pool->parsed, (int64_t)pv_frozen_size(val), memory_order_relaxed);
	return val;
}

const pv_val *
rec_cool(pv_rec *rec)
{
	const pv_val *val = atomic_load_explicit(&rec->val, memory_order_acquire);

	if (val == NULL || atomic_load_explicit(&rec->refs, memory_order_acquire) != rec->inner)
		return NULL;
	if (atomic_exchange_explicit(&rec->warm, false, memory_order_relaxed))
		return NULL;
	atomic_store_explicit(&rec->val, NULL, memory_order_relaxed);
	atomic_fetch_sub_explicit(&rec->pool->parsed, (int64_t)pv_frozen_size(val), memory_order_relaxed);
	return val;
}
