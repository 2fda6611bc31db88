#include "core/auth/issuer.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/httpc.h"
#include "base/jwa.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "core/auth/impl.h"
#include "lang/json/json.h"
#include "lang/json/jwk.h"

#define REFRESH (600 * PV_SEC)
#define LEAST_PAUSE (10 * PV_SEC) /* between two fetches, whatever tokens come */
#define RETRY_FIRST PV_SEC
#define RETRY_MOST (60 * PV_SEC)
#define FETCH_TIME (5 * PV_SEC)
#define FETCH_LIMIT (1u << 20)

typedef struct keyset {
	pv_ctx cx;           /* the keys live in its arena */
	pv_vec keys;         /* of pv_jwk */
	issuer_endpoints at; /* NULL in it: none */
} keyset;

struct issuer {
	atomic_uint refs;
	char *url, *discovery;
	pv_httpc *http;
	pthread_t thread;
	pthread_rwlock_t lock; /* of keys */
	keyset *keys;          /* NULL until the first were fetched */
	pthread_mutex_t mutex; /* of asked and closing */
	pthread_cond_t cond;
	bool asked; /* a token names a key that is not here */
	bool closing;
};

static void
keyset_free(keyset *set)
{
	if (set) {
		pv_ctx_done(&set->cx);
		free(set);
	}
}

/* ---- fetching ---- */

static int
fetch(pv_ctx *cx, issuer *in, const char *url, const pv_val **ret)
{
	pv_httpc_req req = {.url = url, .timeout_ns = FETCH_TIME, .limit = FETCH_LIMIT};
	pv_httpc_answer answer;
	int r = pv_httpc_do(cx, in->http, &req, &answer);

	if (r < 0)
		return r;
	if (answer.status != 200)
		return pv_fail(cx, PV_EUNAVAILABLE, "%s: expected status 200, found %d", url, answer.status);
	r = pv_json_parse(cx, answer.body, NULL, ret);
	return r < 0 ? pv_wrap(cx, r, "%s", url) : 0;
}

/* What is not there, or would be sent in the open, counts as absent. */
static const char *
https(const pv_val *found, const char *name)
{
	const char *url = pv_text_at(found, name, "");

	return pv_starts_with(url, "https://") ? url : NULL;
}

static bool
wants_body(const pv_val *methods)
{
	bool body = false;

	for (size_t i = 0; i < pv_count(methods); i++) {
		if (pv_streq(pv_text(pv_item(methods, i), ""), "client_secret_basic"))
			return false;
		body = body || pv_streq(pv_text(pv_item(methods, i), ""), "client_secret_post");
	}
	return body;
}

static int
find_keys(pv_ctx *cx, issuer *in, issuer_endpoints *ret_at, const char **ret_url)
{
	const char *place = in->discovery;
	const pv_val *found;
	int r = fetch(cx, in, place, &found);

	if (r < 0)
		return r;
	if (!pv_streq(pv_text_at(found, "issuer", ""), in->url))
		return pv_fail(cx, PV_EUNAUTHORIZED, "%s: expected the issuer \"%s\", found \"%.*s\"", place,
			       in->url, PV_CLIP(pv_text_at(found, "issuer", "")));
	*ret_url = pv_text_at(found, "jwks_uri", "");
	if (!pv_starts_with(*ret_url, "https://"))
		return pv_fail(cx, PV_EUNAUTHORIZED,
			       "%s: expected jwks_uri to begin with https://, found \"%.*s\"", place,
			       PV_CLIP(*ret_url));
	*ret_at = (issuer_endpoints){https(found, "authorization_endpoint"), https(found, "token_endpoint"),
				     wants_body(pv_get(found, "token_endpoint_auth_methods_supported"))};
	return 0;
}

/* Keys that cannot be used (for encryption, of unknown kinds) are left out. */
static void
read_keys(pv_ctx *cx, const pv_val *list, pv_vec *ret)
{
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *one = pv_item(list, i);
		pv_jwk key;

		if (pv_streq(pv_text_at(one, "use", "sig"), "enc") ||
		    pv_streq(pv_text_at(one, "kty", ""), "oct"))
			continue;
		if (pv_jwk_read(cx, one, &key) < 0)
			(void)pv_recover(cx);
		else if (key.key)
			pv_vec_push(ret, &key);
	}
}

static int
refresh(issuer *in, keyset *set)
{
	pv_ctx *cx = &set->cx;
	const pv_val *found;
	const char *url = "";
	int r = find_keys(cx, in, &set->at, &url);

	if (r == 0)
		r = fetch(cx, in, url, &found);
	if (r < 0)
		return r;
	pv_vec_init(&set->keys, cx->arena, sizeof(pv_jwk));
	read_keys(cx, pv_get(found, "keys"), &set->keys);
	if (set->keys.len == 0)
		return pv_fail(cx, PV_EUNAUTHORIZED, "%s: no key for signatures among %zu", url,
			       pv_count(pv_get(found, "keys")));
	return 0;
}

/* Takes the keys of now; false, and says why, if there are none: the old ones stay. */
static bool
renew(issuer *in)
{
	keyset *set = calloc(1, sizeof *set), *old;
	bool ok;

	PV_ASSERT(set);
	pv_ctx_init(&set->cx, "oidc keys");
	ok = refresh(in, set) == 0;
	if (!ok) {
		pv_log(PV_WARN, "auth", "the OIDC issuer's keys cannot be read", "issuer", in->url, "error",
		       pv_error_text(&set->cx), NULL);
		(void)pv_recover(&set->cx);
		keyset_free(set);
		return false;
	}
	pthread_rwlock_wrlock(&in->lock);
	old = in->keys;
	in->keys = set;
	pthread_rwlock_unlock(&in->lock);
	keyset_free(old);
	return true;
}

/* Until `until`, or somebody asks; false at the end. */
static bool
rest(issuer *in, int64_t until, bool wake_when_asked)
{
	struct timespec ts = {until / PV_SEC, until % PV_SEC};
	bool go_on;

	pthread_mutex_lock(&in->mutex);
	while (!in->closing && !(wake_when_asked && in->asked) &&
	       pthread_cond_timedwait(&in->cond, &in->mutex, &ts) == 0)
		;
	go_on = !in->closing;
	pthread_mutex_unlock(&in->mutex);
	return go_on;
}

static void
nothing_asked(issuer *in)
{
	pthread_mutex_lock(&in->mutex);
	in->asked = false;
	pthread_mutex_unlock(&in->mutex);
}

static void *
run(void *arg)
{
	issuer *in = arg;
	int64_t pause = RETRY_FIRST;
	bool go_on = true;

	while (go_on) {
		int64_t now = pv_mono();

		nothing_asked(in);
		if (renew(in)) {
			pause = RETRY_FIRST;
			go_on = rest(in, now + LEAST_PAUSE, false) && rest(in, now + REFRESH, true);
		} else {
			go_on = rest(in, now + pause, false);
			pause = pause * 2 < RETRY_MOST ? pause * 2 : RETRY_MOST;
		}
	}
	return NULL;
}

int
issuer_open(pv_ctx *cx, const char *url, const char *discovery, const char *ca_pem, issuer **ret)
{
	issuer *in = calloc(1, sizeof *in);
	pv_httpc_conf conf = {.ca_pem = ca_pem, .use_proxy_env = true};
	pthread_condattr_t attr;
	int r;

	if (!discovery)
		discovery = pv_printf(cx->arena, "%s%s.well-known/openid-configuration", url,
				      pv_ends_with(url, "/") ? "" : "/");
	PV_ASSERT(in && (in->url = strdup(url)) && (in->discovery = strdup(discovery)));
	in->refs = 1;
	r = pv_httpc_open(cx, &conf, &in->http);
	if (r < 0) {
		free(in->discovery);
		free(in->url);
		free(in);
		return r;
	}
	pthread_rwlock_init(&in->lock, NULL);
	pthread_mutex_init(&in->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&in->cond, &attr);
	pthread_condattr_destroy(&attr);
	PV_ASSERT(pthread_create(&in->thread, NULL, run, in) == 0);
	*ret = in;
	return 0;
}

issuer *
issuer_ref(issuer *in)
{
	atomic_fetch_add(&in->refs, 1);
	return in;
}

const char *
issuer_url(const issuer *in)
{
	return in->url;
}

issuer *
issuer_close(issuer *in)
{
	if (!in || atomic_fetch_sub(&in->refs, 1) > 1)
		return NULL;
	pthread_mutex_lock(&in->mutex);
	in->closing = true;
	pthread_cond_signal(&in->cond);
	pthread_mutex_unlock(&in->mutex);
	pthread_join(in->thread, NULL);
	keyset_free(in->keys);
	pv_httpc_close(in->http);
	pthread_cond_destroy(&in->cond);
	pthread_mutex_destroy(&in->mutex);
	pthread_rwlock_destroy(&in->lock);
	free(in->discovery);
	free(in->url);
	free(in);
	return NULL;
}

bool
issuer_signed(issuer *in, const pv_jwt *jwt, const char *alg, const char *kid)
{
	bool known = false, good = false;

	pthread_rwlock_rdlock(&in->lock);
	for (size_t i = 0; !good && in->keys && i < in->keys->keys.len; i++) {
		const pv_jwk *key = PV_AT(pv_jwk, &in->keys->keys, i);

		if ((*kid && key->kid && !pv_streq(key->kid, kid)) || (key->alg && !pv_streq(key->alg, alg)))
			continue;
		known = true;
		good = pv_jwa_verify(alg, key->key, jwt->input, jwt->signature);
	}
	pthread_rwlock_unlock(&in->lock);
	if (!known) {
		pthread_mutex_lock(&in->mutex);
		in->asked = true;
		pthread_cond_signal(&in->cond);
		pthread_mutex_unlock(&in->mutex);
	}
	return good;
}

bool
issuer_find_endpoints(pv_ctx *cx, issuer *in, issuer_endpoints *ret)
{
	bool found;

	pthread_rwlock_rdlock(&in->lock);
	found = in->keys && in->keys->at.authorize && in->keys->at.token;
	if (found)
		*ret = (issuer_endpoints){pv_strdup(cx->arena, in->keys->at.authorize),
					  pv_strdup(cx->arena, in->keys->at.token),
					  in->keys->at.secret_in_body};
	pthread_rwlock_unlock(&in->lock);
	return found;
}

int
issuer_post(pv_ctx *cx, issuer *in, const char *url, const char *const *headers, pv_str body,
	    pv_httpc_answer *ret)
{
	pv_httpc_req req = {.method = "POST",
			    .url = url,
			    .headers = headers,
			    .body = body,
			    .timeout_ns = 2 * FETCH_TIME,
			    .limit = FETCH_LIMIT};

	return pv_httpc_do(cx, in->http, &req, ret);
}
