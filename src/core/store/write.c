/* The callers' side of writing: encode, queue, wait, say what went wrong. */
#include <string.h>

#include "base/str.h"
#include "core/store/store_priv.h"

static uint64_t
key_hash(const pv_key *key)
{
	uint64_t h = pv_hash(key->type, strlen(key->type));

	h = h * 31 + pv_hash(key->ns, strlen(key->ns));
	return h * 31 + pv_hash(key->name, strlen(key->name));
}

/* "apps/Deployment" into the error's group and kind. */
static int
name_object(pv_ctx *cx, int r, const pv_key *key)
{
	const char *slash = strchr(key->type, '/');

	cx->err->group = slash == NULL ? "" : pv_strndup(cx->arena, key->type, (size_t)(slash - key->type));
	cx->err->kind = pv_strdup(cx->arena, slash == NULL ? key->type : slash + 1);
	cx->err->name = pv_strdup(cx->arena, key->name);
	return r;
}

static int
fail(pv_ctx *cx, const request *r)
{
	const pv_key *key;

	if (r->why[0] != '\0')
		return pv_fail(cx, r->code, "%s", r->why);
	key = &r->writes[r->culprit].key;
	if (r->code == PV_EEXISTS)
		return name_object(cx, pv_fail(cx, r->code, "%s \"%s\" already exists", key->type, key->name),
				   key);
	if (r->code == PV_ENOTFOUND)
		return name_object(cx, pv_fail(cx, r->code, "%s \"%s\" not found", key->type, key->name),
				   key);
	return name_object(cx,
			   pv_fail(cx, r->code,
				   "%s \"%s\": expected revision %lld, found %lld: the object has been "
				   "modified; please apply your changes to the latest version and try again",
				   key->type, key->name, (long long)r->writes[r->culprit].expect,
				   (long long)r->found),
			   key);
}

static int
encode_all(pv_ctx *cx, pv_store *store, request *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const pv_write *w = &r->writes[i];
		int e;

		PV_ASSERT(w->key.name[0] != '\0' && (w->doc != NULL || w->expect != PV_REV_ABSENT));
		r->changes[i].hash = key_hash(&w->key);
		if (w->doc == NULL)
			continue;
		e = rec_encode(cx, store->pool, &w->key, w->doc, &r->changes[i].rec);
		if (e == 0 && r->changes[i].rec->len > PV_RECORD_MOST)
			e = pv_fail(
				cx, PV_ETOOLARGE,
				"%s \"%s\": Request entity too large: the object with its defaults and managed "
				"fields has %u bytes, the limit is %u",
				w->key.type, w->key.name, r->changes[i].rec->len, PV_RECORD_MOST);
		if (e < 0)
			return e;
		r->bytes += r->changes[i].rec->len;
	}
	return 0;
}

static void
let_go(void *arg)
{
	pv_rec_unref(arg);
}

int
pv_store_write(pv_ctx *cx, pv_store *store, pv_write *writes, size_t n)
{
	request r = {.writes = writes, .n = n, .changes = pv_new_array(cx->arena, change, n)};
	int e = encode_all(cx, store, &r);

	if (e == 0 && n > 0) {
		queue_submit(store, &r);
		if (r.code != 0)
			e = fail(cx, &r);
	}
	for (size_t i = 0; i < n; i++) {
		writes[i].ret = NULL;
		if (e < 0) {
			pv_rec_unref(r.changes[i].rec);
			continue;
		}
		writes[i].ret = r.changes[i].rec;
		pv_arena_defer(cx->arena, let_go, r.changes[i].rec);
	}
	return e;
}

void
pv_store_lax(pv_store *store)
{
	atomic_store(&store->lax, true);
}

int
pv_store_firm(pv_ctx *cx, pv_store *store)
{
	request r = {.firm = true};

	if (!atomic_exchange(&store->lax, false))
		return 0;
	queue_submit(store, &r);
	return r.code == 0 ? 0 : fail(cx, &r);
}

int
pv_store_metas_put(pv_ctx *cx, pv_store *store, const pv_meta *metas, size_t n)
{
	pv_meta *kept = pv_new_array(cx->arena, pv_meta, n);
	request r = {.metas = kept, .n_metas = n};
	int e = 0;

	for (size_t i = 0; e == 0 && i < n; i++) {
		kept[i] = metas[i];
		e = seal_close(cx, store->sealer, &META_KEY(metas[i].name), metas[i].value, &kept[i].value);
		r.bytes += kept[i].value.len;
	}
	if (e < 0 || n == 0)
		return e;
	queue_submit(store, &r);
	return r.code == 0 ? 0 : fail(cx, &r);
}

int
pv_store_meta_put(pv_ctx *cx, pv_store *store, const char *name, pv_str value)
{
	return pv_store_metas_put(cx, store, &(pv_meta){name, value}, 1);
}

int
pv_store_meta_get(pv_ctx *cx, pv_store *store, const char *name, pv_str *ret)
{
	pv_str kept;
	int r = store->engine->ops->meta(cx, store->engine, name, &kept);

	*ret = kept;
	return r < 0 || kept.s == NULL ? r : seal_open(cx, store->sealer, &META_KEY(name), kept, ret);
}
