/* Tokens of ServiceAccounts: made, and asked whose they are. */
#include <string.h>

#include "base/digest.h"
#include "base/str.h"
#include "base/time.h"
#include "base/vec.h"
#include "core/auth/impl.h"

#define DYING (60 * PV_SEC) /* what is being deleted may still speak for so long, as upstream */

static pv_val
bound(pv_ctx *cx, const char *name, const char *uid)
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "name", pv_string(cx->arena, name));
	pv_objb_put(&b, "uid", pv_string(cx->arena, uid));
	return pv_objb_end(&b);
}

int
pv_auth_sa_token(pv_ctx *cx, pv_auth *auth, const char *ns, const char *name, const char *uid, int64_t ttl_ns,
		 const char *const *audiences, const pv_bound *to, const char **ret_token,
		 int64_t *ret_expires)
{
	int64_t now = pv_now() / PV_SEC, end = now + ttl_ns / PV_SEC;
	pv_objb claims, own;
	pv_listb aud;
	pv_val made;

	pv_listb_init(&aud, cx->arena);
	for (const char *const *a = audiences && *audiences ? audiences : auth->issuers; *a; a++)
		pv_listb_add(&aud, pv_string(cx->arena, *a));
	pv_objb_init(&own, cx->arena);
	pv_objb_put(&own, "namespace", pv_string(cx->arena, ns));
	pv_objb_put(&own, "serviceaccount", bound(cx, name, uid));
	if (to)
		pv_objb_put(&own, pv_str_lower(cx->arena, to->kind), bound(cx, to->name, to->uid));
	pv_objb_init(&claims, cx->arena);
	pv_objb_put(&claims, "aud", pv_listb_end(&aud));
	pv_objb_put(&claims, "exp", pv_int(end));
	pv_objb_put(&claims, "iat", pv_int(now));
	pv_objb_puts(&claims, "iss", auth->issuers[0]);
	pv_objb_put(&claims, "jti", pv_string_ref(pv_uuid(cx->arena)));
	pv_objb_put(&claims, "kubernetes.io", pv_objb_end(&own));
	pv_objb_put(&claims, "nbf", pv_int(now));
	pv_objb_put(&claims, "sub", pv_stringf(cx->arena, PV_SA_PREFIX "%s:%s", ns, name));
	made = pv_objb_end(&claims);
	*ret_expires = end * PV_SEC;
	return keys_sign(cx, auth->keys, &made, ret_token);
}

/* Is it there, the same one, and not yet a minute into its end (a finalizer may hold it for ever)? */
static bool
lives(pv_ctx *cx, pv_auth *auth, const pv_key *key, const char *uid)
{
	const pv_rec *rec = pv_store_find(cx, auth->store, key);
	int64_t ends = INT64_MAX;

	if (!rec || !pv_streq(pv_text_at(pv_rec_val(rec), "metadata.uid", ""), uid))
		return false;
	(void)pv_time_parse(pv_str_of(pv_text_at(pv_rec_val(rec), "metadata.deletionTimestamp", "")), &ends);
	return ends == INT64_MAX || ends + DYING >= pv_now();
}

bool
tokens_account_lives(pv_ctx *cx, pv_auth *auth, const char *ns, const char *name, const char *uid)
{
	return lives(cx, auth, &(pv_key){"/ServiceAccount", ns, name}, uid);
}

/* A token that is bound dies with what it is bound to. */
static bool
bond_lives(pv_ctx *cx, pv_auth *auth, const char *ns, const pv_val *own)
{
	static const struct {
		const char *claim, *type;
		bool namespaced;
	} kinds[] = {{"pod", "/Pod", true}, {"secret", "/Secret", true}, {"node", "/Node", false}};

	for (size_t i = 0; i < PV_LEN(kinds); i++) {
		const pv_val *ref = pv_get(own, kinds[i].claim);
		pv_key key = {kinds[i].type, kinds[i].namespaced ? ns : "", pv_text_at(ref, "name", "")};

		if (ref && !lives(cx, auth, &key, pv_text_at(ref, "uid", "")))
			return false;
	}
	return true;
}

/* Those of the wanted audiences that the token is for, in the token's order. */
static const char *const *
shared(pv_ctx *cx, const pv_val *aud, const char *const *wanted)
{
	const char **out = pv_new_array(cx->arena, const char *, pv_count(aud) + 1);
	size_t n = 0;

	for (size_t i = 0; i < pv_count(aud); i++)
		if (auth_among(wanted, pv_text(pv_item(aud, i), "")))
			out[n++] = pv_text(pv_item(aud, i), "");
	return (const char *const *)out;
}

/* What upstream tells of a token beside its account (serviceaccount.UserInfo). */
static const char *const *
extra_of(pv_ctx *cx, const pv_val *claims, const pv_val *own)
{
	static const char *const kinds[] = {"node", "pod"};
	const char *end = NULL, *key, *value;
	pv_vec out;

	pv_vec_init(&out, cx->arena, sizeof key);
	key = "authentication.kubernetes.io/credential-id";
	value = pv_printf(cx->arena, "JTI=%s", pv_text_at(claims, "jti", ""));
	pv_vec_push(&out, &key);
	pv_vec_push(&out, &value);
	for (size_t i = 0; i < PV_LEN(kinds); i++)
		for (int uid = 0; uid < 2 && pv_get(own, kinds[i]); uid++) {
			key = pv_printf(cx->arena, "authentication.kubernetes.io/%s-%s", kinds[i],
					uid ? "uid" : "name");
			value = pv_strdup(cx->arena,
					  pv_text(pv_get(pv_get(own, kinds[i]), uid ? "uid" : "name"), ""));
			pv_vec_push(&out, &key);
			pv_vec_push(&out, &value);
		}
	pv_vec_push(&out, &end);
	return out.data;
}

static const char *const *
both(pv_ctx *cx, const char *const *ours, const char *const *wanted)
{
	const char *one, *end = NULL;
	pv_vec out;

	pv_vec_init(&out, cx->arena, sizeof one);
	for (; *ours; ours++)
		if (auth_among(wanted, *ours)) {
			one = *ours;
			pv_vec_push(&out, &one);
		}
	pv_vec_push(&out, &end);
	return out.data;
}

/* ---- of Secrets that hold a token: they have no end of their own, and die with their Secret ---- */

#define LEGACY_ISSUER "kubernetes/serviceaccount"
#define LEGACY "kubernetes.io/serviceaccount/"

int
pv_auth_legacy_token(pv_ctx *cx, pv_auth *auth, const char *ns, const char *name, const char *uid,
		     const char *secret, const char **ret)
{
	pv_objb claims;
	pv_val made;

	pv_objb_init(&claims, cx->arena);
	pv_objb_puts(&claims, "iss", LEGACY_ISSUER);
	pv_objb_puts(&claims, LEGACY "namespace", ns);
	pv_objb_puts(&claims, LEGACY "secret.name", secret);
	pv_objb_puts(&claims, LEGACY "service-account.name", name);
	pv_objb_puts(&claims, LEGACY "service-account.uid", uid);
	pv_objb_put(&claims, "sub", pv_stringf(cx->arena, PV_SA_PREFIX "%s:%s", ns, name));
	made = pv_objb_end(&claims);
	return keys_sign(cx, auth->keys, &made, ret);
}

/* The Secret still holds this very token, and neither it nor the account is going. */
static bool
secret_holds(pv_ctx *cx, pv_auth *auth, const pv_key *key, const char *token)
{
	const pv_rec *rec = pv_store_find(cx, auth->store, key);
	const pv_val *secret = rec ? pv_rec_val(rec) : NULL;
	size_t len = 0;
	uint8_t *held;

	if (!secret || pv_at(secret, "metadata.deletionTimestamp"))
		return false;
	held = pv_unbase64(cx->arena, pv_str_of(pv_text_at(secret, "data.token", "")), false, &len);
	return held && pv_same_secret((pv_str){(const char *)held, len}, pv_str_of(token));
}

static const pv_identity *
by_legacy_token(pv_ctx *cx, pv_auth *auth, const char *token, const pv_val *claims, const char *const *wanted,
		const char *const **ret_audiences)
{
	const char *ns = pv_text(pv_get(claims, LEGACY "namespace"), ""),
		   *name = pv_text(pv_get(claims, LEGACY "service-account.name"), ""),
		   *uid = pv_text(pv_get(claims, LEGACY "service-account.uid"), ""),
		   *secret = pv_text(pv_get(claims, LEGACY "secret.name"), "");
	const char *user = pv_printf(cx->arena, PV_SA_PREFIX "%s:%s", ns, name);
	const pv_rec *account = pv_store_find(cx, auth->store, &(pv_key){"/ServiceAccount", ns, name});
	pv_identity *who;

	*ret_audiences = both(cx, auth->issuers, wanted); /* it names none: it is for this server */
	if (!**ret_audiences || !*ns || !*secret || !pv_streq(pv_text_at(claims, "sub", ""), user) ||
	    !account || pv_at(pv_rec_val(account), "metadata.deletionTimestamp") ||
	    !tokens_account_lives(cx, auth, ns, name, uid) ||
	    !secret_holds(cx, auth, &(pv_key){"/Secret", ns, secret}, token))
		return NULL;
	who = identity_new(cx, user, uid, "token");
	identity_groups(cx, who,
			(const char *const[]){"system:serviceaccounts",
					      pv_printf(cx->arena, "system:serviceaccounts:%s", ns), NULL});
	return who;
}

static const pv_identity *
by_own_token(pv_ctx *cx, pv_auth *auth, const char *token, const char *const *wanted,
	     const char *const **ret_audiences)
{
	const pv_val *claims = keys_verify(cx, auth->keys, token), *own = pv_get(claims, "kubernetes.io");
	const char *ns = pv_text_at(own, "namespace", ""), *name = pv_text_at(own, "serviceaccount.name", "");
	const char *uid = pv_text_at(own, "serviceaccount.uid", "");
	int64_t now = pv_now() / PV_SEC;
	pv_identity *who;

	if (pv_streq(pv_text_at(claims, "iss", ""), LEGACY_ISSUER))
		return by_legacy_token(cx, auth, token, claims, wanted, ret_audiences);
	if (!claims || pv_i64_at(claims, "exp", 0) <= now ||
	    !auth_among(auth->issuers, pv_text_at(claims, "iss", "")))
		return NULL;
	*ret_audiences = shared(cx, pv_get(claims, "aud"), wanted);
	if (!**ret_audiences)
		return NULL;
	if (!ns[0] || !name[0] || !tokens_account_lives(cx, auth, ns, name, uid) ||
	    !bond_lives(cx, auth, ns, own))
		return NULL;
	who = identity_new(cx, pv_printf(cx->arena, PV_SA_PREFIX "%s:%s", ns, name), uid, "token");
	who->expires = pv_seconds(pv_i64_at(claims, "exp", 0));
	identity_groups(cx, who,
			(const char *const[]){"system:serviceaccounts",
					      pv_printf(cx->arena, "system:serviceaccounts:%s", ns), NULL});
	who->extra = extra_of(cx, claims, own);
	return who;
}

/* Issuers outside know nothing of audiences: their tokens are for this server. */
const pv_identity *
pv_auth_token_for(pv_ctx *cx, pv_auth *auth, const char *token, const char *const *wanted,
		  const char *const **ret_audiences)
{
	const pv_identity *who;

	if (!wanted || !*wanted)
		wanted = auth->issuers;
	who = by_own_token(cx, auth, token, wanted, ret_audiences);
	if (who || !auth->oidc)
		return who;
	*ret_audiences = both(cx, auth->issuers, wanted);
	return **ret_audiences ? oidc_token(cx, auth->oidc, token) : NULL;
}

const pv_identity *
pv_auth_token(pv_ctx *cx, pv_auth *auth, const char *token)
{
	const char *const *audiences;

	return pv_auth_token_for(cx, auth, token, NULL, &audiences);
}

const char *const *
pv_auth_issuers(const pv_auth *auth)
{
	return auth->issuers;
}
