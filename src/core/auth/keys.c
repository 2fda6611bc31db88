/* The server's own authority and token key: made once, kept in the store's meta, so
 * that certificates and tokens outlive a restart and every replica has the same. */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/jwt.h"
#include "base/pki.h"
#include "base/str.h"
#include "base/time.h"
#include "core/auth/impl.h"
#include "lang/json/json.h"

#define CA_DAYS 3650
#define CERT_DAYS 365
#define BACKDATE (5 * 60 * PV_SEC)
#define SHORT_LIFE (8 * 3600 * PV_SEC)

#define SEEN 1024 /* tokens whose signature was found good, by hash: checking one costs 100 µs */

typedef struct seen {
	uint8_t hash[PV_SHA256_LEN];
	const pv_val *claims; /* frozen; NULL: an empty place */
} seen;

struct keys {
	pv_arena *arena; /* of the texts */
	pv_pem ca;
	_Atomic(const char *) server; /* the certificate that was made last; NULL: none */
	pv_jwt_key *token;
	pthread_mutex_t mutex; /* of seen */
	seen seen[SEEN];
};

static int
load_or_make(pv_ctx *cx, pv_store *store, const char *name, const char *cn, pv_pem *ret)
{
	const char *cert_name = pv_printf(cx->arena, "auth/%s.crt", name);
	const char *key_name = pv_printf(cx->arena, "auth/%s.key", name);
	pv_str cert = {0}, key = {0};
	int r = pv_store_meta_get(cx, store, cert_name, &cert);

	if (r == 0)
		r = pv_store_meta_get(cx, store, key_name, &key);
	if (r < 0)
		return r;
	if (cert.len && key.len) {
		ret->cert = pv_strndup(cx->arena, cert.s, cert.len);
		ret->key = pv_strndup(cx->arena, key.s, key.len);
		return 0;
	}
	r = pv_pki_new_ca(cx, cn, CA_DAYS, ret);
	if (r == 0) /* the key first: a certificate without its key is made anew */
		r = pv_store_meta_put(cx, store, key_name, pv_str_of(ret->key));
	if (r == 0)
		r = pv_store_meta_put(cx, store, cert_name, pv_str_of(ret->cert));
	return r;
}

int
keys_open(pv_ctx *cx, pv_store *store, keys **ret)
{
	keys *k = calloc(1, sizeof *k);
	pv_pem ca, token;
	int r;

	PV_ASSERT(k);
	k->arena = pv_arena_new("keys");
	pthread_mutex_init(&k->mutex, NULL);
	r = load_or_make(cx, store, "ca", "pave-ca", &ca);
	if (r == 0)
		r = load_or_make(cx, store, "token", "pave-tokens", &token);
	if (r == 0)
		r = pv_jwt_key_parse(cx, token.key, &k->token);
	if (r < 0) {
		keys_close(k);
		return pv_wrap(cx, r, "keys of this server");
	}
	k->ca.cert = pv_strdup(k->arena, ca.cert);
	k->ca.key = pv_strdup(k->arena, ca.key);
	*ret = k;
	return 0;
}

keys *
keys_close(keys *k)
{
	if (k) {
		for (size_t i = 0; i < SEEN; i++)
			pv_unref(k->seen[i].claims);
		pthread_mutex_destroy(&k->mutex);
		pv_jwt_key_free(k->token);
		pv_arena_free(k->arena);
		free(k);
	}
	return NULL;
}

int
keys_jwk(pv_ctx *cx, const keys *k, const char **ret)
{
	return pv_jwt_key_jwk(cx, k->token, ret);
}

const char *
keys_ca(const keys *k)
{
	return k->ca.cert;
}

int
keys_server(pv_ctx *cx, keys *k, const char *const *names, const char **ret_cert, const char **ret_key)
{
	static const char *const always[] = {"kubernetes", "kubernetes.default", "kubernetes.default.svc"};
	pv_vec all;
	pv_pem made;
	int r;

	pv_vec_init(&all, cx->arena, sizeof *names);
	for (size_t i = 0; i < PV_LEN(always); i++)
		pv_vec_push(&all, &always[i]);
	for (size_t i = 0; names[i]; i++)
		pv_vec_push(&all, &names[i]);
	r = pv_pki_new_server(cx, &k->ca, "pave", all.data, all.len, CERT_DAYS, &made);

	if (r == 0) {
		*ret_cert = made.cert;
		*ret_key = made.key;
		k->server = pv_strdup(k->arena, made.cert);
	}
	return r;
}

int
keys_serves(pv_ctx *cx, const keys *k, const char *host, bool *ret)
{
	const char *shown = k->server;
	pv_cert cert;
	int r = shown ? pv_pki_read(cx, shown, &cert) : 0;

	*ret = r == 0 && shown && pv_pki_covers(&cert, &host, 1);
	return r;
}

int
keys_due(pv_ctx *cx, const keys *k, int64_t now, bool *ret)
{
	const char *shown = k->server;
	pv_cert cert;
	int r = shown ? pv_pki_read(cx, shown, &cert) : 0;

	*ret = r == 0 && shown && pv_pki_due(&cert, now);
	return r;
}

int
keys_client(pv_ctx *cx, keys *k, const char *user, const char *const *groups, const char **ret_cert,
	    const char **ret_key)
{
	size_t n = 0;
	pv_pem made;
	int r;

	while (groups && groups[n])
		n++;
	r = pv_pki_new_client(cx, &k->ca, user, groups, n, CERT_DAYS, &made);
	if (r == 0) {
		*ret_cert = made.cert;
		*ret_key = made.key;
	}
	return r;
}

/* Times as upstream's signer chooses them (pkg/controller/certificates/authority): backdated, the end too
 * unless it is near, and never beyond the authority's own. */
int
keys_sign_request(pv_ctx *cx, keys *k, pv_str request, int64_t ttl_ns, bool signs, bool enciphers,
		  const char **ret_cert)
{
	int64_t now = pv_now(), end = now + ttl_ns - (ttl_ns < SHORT_LIFE ? 0 : BACKDATE);
	pv_cert_terms terms = {.not_before = now - BACKDATE, .signs = signs, .enciphers = enciphers};
	pv_cert ca;
	int r = pv_pki_read(cx, k->ca.cert, &ca);

	if (r < 0)
		return r;
	terms.not_after = end < ca.not_after ? end : ca.not_after;
	if (terms.not_before >= terms.not_after)
		return pv_fail(cx, PV_EINTERNAL, "the signer has expired: NotAfter=%s",
			       pv_time_format(cx->arena, ca.not_after));
	return pv_pki_sign_request(cx, &k->ca, request, &terms, ret_cert);
}

int
keys_sign(pv_ctx *cx, keys *k, const pv_val *claims, const char **ret_token)
{
	return pv_jwt_sign(cx, k->token, pv_str_of(pv_json_text(cx->arena, claims)), ret_token);
}

static seen *
place_of(keys *k, const uint8_t hash[PV_SHA256_LEN])
{
	return &k->seen[(hash[0] | (size_t)hash[1] << 8) % SEEN];
}

static const pv_val *
recall(pv_ctx *cx, keys *k, const uint8_t hash[PV_SHA256_LEN])
{
	const seen *at = place_of(k, hash);
	const pv_val *found = NULL;

	pthread_mutex_lock(&k->mutex);
	if (at->claims && memcmp(at->hash, hash, PV_SHA256_LEN) == 0)
		found = pv_hold(cx, at->claims);
	pthread_mutex_unlock(&k->mutex);
	return found;
}

static void
remember(keys *k, const uint8_t hash[PV_SHA256_LEN], const pv_val *claims)
{
	seen *at = place_of(k, hash);
	const pv_val *old;

	claims = pv_freeze(claims);
	pthread_mutex_lock(&k->mutex);
	old = at->claims;
	at->claims = claims;
	memcpy(at->hash, hash, PV_SHA256_LEN);
	pthread_mutex_unlock(&k->mutex);
	pv_unref(old);
}

static const pv_val *
check(pv_ctx *cx, keys *k, const char *token)
{
	const pv_val *claims = NULL;
	pv_jwt jwt;
	int r = pv_jwt_parse(cx, token, &jwt);

	if (r == 0)
		r = pv_jwt_verify(cx, &jwt, k->token);
	if (r == 0)
		r = pv_json_parse(cx, jwt.claims, NULL, &claims);
	if (r < 0) {
		(void)pv_recover(cx); /* any fault of a token is the same answer: not ours */
		return NULL;
	}
	return claims;
}

const pv_val *
keys_verify(pv_ctx *cx, keys *k, const char *token)
{
	uint8_t hash[PV_SHA256_LEN];
	const pv_val *claims;

	pv_sha256(token, strlen(token), hash);
	claims = recall(cx, k, hash);
	if (claims)
		return claims;
	claims = check(cx, k, token);
	if (claims)
		remember(k, hash, claims);
	return claims;
}
