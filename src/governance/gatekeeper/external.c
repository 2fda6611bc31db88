/* external: the protocol is that of frameworks/constraint's pkg/externaldata: ProviderRequest and
 * ProviderResponse.  What is wrong is told in system_error: a rule decides what comes of it. */
#include "governance/gatekeeper/external.h"

#include <pthread.h>
#include <string.h>

#include "base/buf.h"
#include "base/heap.h"
#include "base/map.h"
#include "base/str.h"
#include "base/time.h"
#include "core/admission/webhook/webhook.h"

#define API_VERSION "externaldata.gatekeeper.sh/v1beta1"
#define KEPT (180 * PV_SEC)
#define KEPT_MOST 100000   /* answers: then all are forgotten */
#define REST (10 * PV_SEC) /* for one who did not answer */
#define TIMEOUT 3          /* seconds, where a Provider says nothing */
#define TIMEOUT_MOST 30
#define KEYS_MOST 1000 /* of one question */

typedef struct known {
	int64_t at;
	const pv_val *item; /* frozen: {key, value, error}; a text: why a Provider did not answer */
} known;

struct external {
	pthread_mutex_t lock;
	pv_map *known; /* "UID GENERATION\nKEY" -> known; without a key: of the Provider itself */
};

typedef struct question {
	pv_ctx *cx;
	pv_api *api;
	struct external *e;
	const pv_val *provider;
	const char *prefix; /* of its entries */
	pv_vec items;       /* const pv_val * */
	const char *system_error;
	bool mutates; /* then only idempotent answers count, and are remembered apart */
} question;

static const char owner;

static void
forget(struct external *e)
{
	size_t pos = 0;
	void *k;

	while (pv_map_each(e->known, &pos, NULL, &k)) {
		pv_unref(((known *)k)->item);
		pv_heap_free(k);
	}
	pv_map_free(e->known);
	e->known = pv_map_new(NULL);
}

static void
external_close(void *arg)
{
	struct external *e = arg;

	forget(e);
	pv_map_free(e->known);
	pthread_mutex_destroy(&e->lock);
	pv_heap_free(e);
}

void
gk_external_open(pv_api *api)
{
	struct external *e = pv_heap_new(sizeof *e);

	pthread_mutex_init(&e->lock, NULL);
	e->known = pv_map_new(NULL);
	pv_api_keep(api, &owner, e, external_close);
}

/* ---- what is remembered ---- */

static const pv_val *
recall(question *q, const char *key, int64_t for_ns)
{
	const char *name = pv_printf(q->cx->arena, "%s\n%s", q->prefix, key);
	const pv_val *item = NULL;
	known *k;

	pthread_mutex_lock(&q->e->lock);
	k = pv_map_finds(q->e->known, name);
	if (k && pv_mono() - k->at < for_ns)
		item = pv_hold(q->cx, k->item);
	pthread_mutex_unlock(&q->e->lock);
	return item;
}

static void
remember(question *q, const char *key, const pv_val *item)
{
	const char *name = pv_printf(q->cx->arena, "%s\n%s", q->prefix, key);
	known *k = pv_heap_new(sizeof *k), *before;

	*k = (known){pv_mono(), pv_freeze(item)};
	pthread_mutex_lock(&q->e->lock);
	if (pv_map_len(q->e->known) >= KEPT_MOST)
		forget(q->e);
	before = pv_map_puts(q->e->known, name, k);
	if (before)
		pv_unref(before->item);
	pv_heap_free(before);
	pthread_mutex_unlock(&q->e->lock);
}

/* ---- one exchange ---- */

static pv_val
request_of(pv_ctx *cx, const pv_vec *keys)
{
	pv_objb request, b;
	pv_listb list;

	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < keys->len; i++)
		pv_listb_add(&list, pv_string(cx->arena, *PV_AT(const char *, keys, i)));
	pv_objb_init(&request, cx->arena);
	pv_objb_put(&request, "keys", pv_listb_end(&list));
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", API_VERSION);
	pv_objb_puts(&b, "kind", "ProviderRequest");
	pv_objb_put(&b, "request", pv_objb_end(&request));
	return pv_objb_end(&b);
}

/* A text, or nothing: anything else would pass for no error. */
static int
is_text(pv_ctx *cx, const pv_val *at, const char *where)
{
	if (!at || pv_is(at, PV_NULL) || pv_is(at, PV_STRING))
		return 0;
	return pv_fail(cx, PV_EUNAVAILABLE,
		       "the ProviderResponse cannot be read: %s: expected a text, found %s", where,
		       pv_type_name(at));
}

static int
check_answer(pv_ctx *cx, const pv_val *answer)
{
	const pv_val *items = pv_at(answer, "response.items");
	int r = is_text(cx, pv_at(answer, "response.systemError"), "response.systemError");

	if (!pv_is(pv_get(answer, "response"), PV_OBJECT))
		return pv_fail(cx, PV_EUNAVAILABLE,
			       "expected a ProviderResponse with a response, found none");
	if (r == 0 && items && !pv_is(items, PV_NULL) && !pv_is(items, PV_LIST))
		r = pv_fail(cx, PV_EUNAVAILABLE,
			    "the ProviderResponse cannot be read: response.items: expected a list, found %s",
			    pv_type_name(items));
	for (size_t i = 0; r == 0 && i < pv_count(items); i++) {
		const pv_val *item = pv_item(items, i);

		if (!pv_is(item, PV_OBJECT))
			r = pv_fail(
				cx, PV_EUNAVAILABLE,
				"the ProviderResponse cannot be read: response.items[%zu]: expected an object, "
				"found %s",
				i, pv_type_name(item));
		if (r == 0)
			r = is_text(cx, pv_get(item, "key"), "the key of an item");
		if (r == 0)
			r = is_text(cx, pv_get(item, "error"), "the error of an item");
	}
	return r;
}

static int
exchange(question *q, const pv_vec *keys)
{
	int64_t seconds = pv_i64_at(q->provider, "spec.timeout", TIMEOUT);
	const webhook_target to = {.client = pv_get(q->provider, "spec"), .timeout_ns = seconds * PV_SEC};
	pv_val request = request_of(q->cx, keys);
	const pv_val *answer, *items;
	int r = webhook_post(q->cx, q->api, &to, &request, &answer);

	if (r == 0)
		r = check_answer(q->cx, answer);
	if (r < 0)
		return r;
	q->system_error = pv_text_at(answer, "response.systemError", "");
	if (q->mutates && !pv_truth_at(answer, "response.idempotent", false))
		return pv_fail(q->cx, PV_EUNAVAILABLE, "non-idempotent response");
	items = pv_at(answer, "response.items");
	for (size_t i = 0; i < pv_count(items); i++) {
		const pv_val *item = pv_item(items, i);
		const char *key = pv_text_at(item, "key", NULL);

		if (!key)
			continue;
		pv_vec_push(&q->items, &item);
		if (!*q->system_error)
			remember(q, key, item);
	}
	return 0;
}

/* ---- one question ---- */

static int
find_provider(question *q, const char *name)
{
	const pv_key key = {GK_PROVIDER, "", name};
	const pv_rec *rec = pv_store_find(q->cx, pv_api_store(q->api), &key);

	if (!rec)
		return pv_fail(q->cx, PV_EBADREQUEST,
			       "key is not found in provider cache: there is no Provider \"%s\"", name);
	q->provider = pv_rec_val(rec);
	q->prefix = pv_printf(q->cx->arena, "%s %lld%s", pv_text_at(q->provider, "metadata.uid", ""),
			      (long long)pv_i64_at(q->provider, "metadata.generation", 0),
			      q->mutates ? " mutates" : "");
	return 0;
}

/* Each key once; those that are known are answered at once. */
static int
sort_keys(question *q, const pv_val *keys, pv_vec *ret_unknown)
{
	pv_map *seen = pv_map_new(q->cx->arena);

	if (!pv_is(keys, PV_LIST) || pv_count(keys) > KEYS_MOST)
		return pv_fail(q->cx, PV_EBADREQUEST, "keys: expected a list of at most %d texts", KEYS_MOST);
	for (size_t i = 0; i < pv_count(keys); i++) {
		const char *key = pv_text(pv_item(keys, i), NULL);
		const pv_val *item;

		if (!key)
			return pv_fail(q->cx, PV_EBADREQUEST, "keys[%zu]: expected a text, found %s", i,
				       pv_type_name(pv_item(keys, i)));
		if (pv_map_puts(seen, key, q))
			continue;
		item = recall(q, key, KEPT);
		if (item)
			pv_vec_push(&q->items, &item);
		else
			pv_vec_push(ret_unknown, &key);
	}
	return 0;
}

static int
ask(question *q, const char *provider, const pv_val *keys, bool patient)
{
	const pv_val *failed;
	pv_vec unknown;
	pv_val text;
	int r = find_provider(q, provider);

	pv_vec_init(&unknown, q->cx->arena, sizeof(const char *));
	if (r == 0)
		r = sort_keys(q, keys, &unknown);
	if (r < 0 || !unknown.len)
		return r;
	failed = patient ? recall(q, "", REST) : NULL;
	if (failed)
		return pv_fail(q->cx, PV_EUNAVAILABLE, "%s", pv_text(failed, ""));
	r = exchange(q, &unknown);
	if (r == -PV_EUNAVAILABLE || r == -PV_ETIMEOUT) {
		text = pv_string(q->cx->arena, pv_error_text(q->cx));
		remember(q, "", &text);
	}
	return r;
}

static pv_val
pair(pv_ctx *cx, const char *key, const pv_val *value)
{
	pv_val two[2] = {pv_string(cx->arena, key), value ? *value : pv_null()};

	return pv_list_of(cx->arena, two, 2);
}

pv_val
gk_external_rego(pv_ctx *cx, pv_api *api, const pv_val *request, bool patient)
{
	question q = {.cx = cx, .api = api, .e = pv_api_kept(api, &owner), .system_error = ""};
	int64_t status = 200;
	pv_listb responses, errors;
	pv_objb b;
	int r;

	pv_vec_init(&q.items, cx->arena, sizeof(const pv_val *));
	r = ask(&q, pv_text_at(request, "provider", ""), pv_get(request, "keys"), patient);
	if (r < 0) {
		status = r == -PV_EBADREQUEST ? 400 : 500;
		q.system_error = pv_strdup(cx->arena, pv_error_text(cx));
		q.items.len = 0;
		(void)pv_recover(cx);
	}
	pv_listb_init(&responses, cx->arena);
	pv_listb_init(&errors, cx->arena);
	for (size_t i = 0; i < q.items.len; i++) {
		const pv_val *item = *PV_AT(const pv_val *, &q.items, i), *error = pv_get(item, "error");
		const char *key = pv_text_at(item, "key", "");
		bool failed = *pv_text(error, "");

		pv_listb_add(failed ? &errors : &responses,
			     pair(cx, key, failed ? error : pv_get(item, "value")));
	}
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "responses", pv_listb_end(&responses));
	pv_objb_put(&b, "errors", pv_listb_end(&errors));
	pv_objb_put(&b, "status_code", pv_int(status));
	pv_objb_puts(&b, "system_error", q.system_error);
	return pv_objb_end(&b);
}

int
gk_external_ask(pv_ctx *cx, pv_api *api, const char *provider, const pv_val *keys, pv_map *ret)
{
	question q = {
		.cx = cx, .api = api, .e = pv_api_kept(api, &owner), .system_error = "", .mutates = true};
	int r;

	pv_vec_init(&q.items, cx->arena, sizeof(const pv_val *));
	r = ask(&q, provider, keys, false);
	if (r == 0 && pv_str_trim(pv_str_of(q.system_error)).len)
		r = pv_fail(cx, PV_EUNAVAILABLE, "non-empty system error: %s", q.system_error);
	for (size_t i = 0; r == 0 && i < q.items.len; i++) {
		pv_val *item = pv_new(cx->arena, pv_val);

		*item = **PV_AT(const pv_val *, &q.items, i);
		pv_map_puts(ret, pv_text_at(item, "key", ""), item);
	}
	return r;
}

/* ---- before it is in force ---- */

int
gk_external_check(pv_ctx *cx, const pv_val *provider)
{
	const char *url = pv_text_at(provider, "spec.url", ""),
		   *bundle = pv_text_at(provider, "spec.caBundle", "");
	int64_t timeout = pv_i64_at(provider, "spec.timeout", TIMEOUT);
	const char *pem;
	uint8_t *bytes;
	size_t len;

	if (!pv_starts_with(url, "https://") || !url[strlen("https://")])
		return pv_fail(
			cx, PV_EINVALID,
			"spec.url: only HTTPS scheme is supported for Providers: expected https://..., found "
			"\"%s\"",
			url);
	if (timeout < 1 || timeout > TIMEOUT_MOST)
		return pv_fail(
			cx, PV_EINVALID,
			"spec.timeout: provider timeout should be a positive integer: expected 1 to %d "
			"seconds, found %lld",
			TIMEOUT_MOST, (long long)timeout);
	bytes = *bundle ? pv_unbase64(cx->arena, pv_str_of(bundle), false, &len) : NULL;
	pem = bytes ? pv_strndup(cx->arena, (const char *)bytes, len) : "";
	if (!strstr(pem, "-----BEGIN CERTIFICATE-----"))
		return pv_fail(
			cx, PV_EINVALID,
			"spec.caBundle: expected the certificates of who signed the Provider's, in PEM, in "
			"base64");
	return 0;
}
