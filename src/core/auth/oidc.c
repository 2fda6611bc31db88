/* The claims of a token -> an identity. */
#include "core/auth/oidc.h"

#include <stdlib.h>
#include <string.h>

#include "base/jwa.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "core/auth/impl.h"
#include "core/auth/issuer.h"
#include "lang/json/json.h"

#define EARLY 300 /* seconds that a token may be used before its nbf: clocks differ */
#define LOG_PAUSE PV_SEC

struct oidc {
	pv_arena *arena; /* of conf */
	pv_oidc_conf conf;
	issuer *issuer;
	pthread_mutex_t mutex;
	int64_t logged; /* monotonic, of the last refusal that was told; under mutex */
};

/* ---- refusing ---- */

/* Whoever sends nonsense must not fill the log. */
static void
tell(oidc *o, const char *why)
{
	bool due;

	pthread_mutex_lock(&o->mutex);
	due = o->logged == 0 || pv_mono() - o->logged >= LOG_PAUSE;
	if (due)
		o->logged = pv_mono();
	pthread_mutex_unlock(&o->mutex);
	if (due)
		pv_log(PV_WARN, "auth", "an OIDC token is refused", "issuer", o->conf.issuer, "why", why,
		       NULL);
}

static bool
holds(const pv_val *one_or_many, const char *text)
{
	if (pv_is(one_or_many, PV_STRING))
		return pv_str_is(pv_strv(one_or_many), text);
	for (size_t i = 0; pv_is(one_or_many, PV_LIST) && i < pv_count(one_or_many); i++)
		if (pv_streq(pv_text(pv_item(one_or_many, i), ""), text))
			return true;
	return false;
}

/* NULL, or why the claims do not count here now. */
static const char *
fault_of_claims(pv_ctx *cx, const oidc *o, const pv_val *claims)
{
	int64_t now = pv_now() / PV_SEC;

	if (!holds(pv_get(claims, "aud"), o->conf.client_id))
		return pv_printf(cx->arena, "aud: expected the client id \"%s\" among them",
				 o->conf.client_id);
	if (pv_i64_at(claims, "exp", 0) <= now)
		return "exp: it has expired";
	if (pv_i64_at(claims, "nbf", 0) > now + EARLY)
		return "nbf: it is not valid yet";
	for (const char *const *q = o->conf.required; q && *q; q++) {
		const char *eq = strchr(*q, '=');
		const char *name = pv_strndup(cx->arena, *q, (size_t)(eq - *q));

		if (!pv_is(pv_get(claims, name), PV_STRING) ||
		    !pv_streq(pv_text(pv_get(claims, name), ""), eq + 1))
			return pv_printf(cx->arena, "%s: --oidc-required-claim wants another value", name);
	}
	return NULL;
}

/* Nobody of an issuer becomes a part of Pave by his name. */
static bool
is_reserved(const char *name)
{
	return pv_starts_with(name, "system:");
}

/* NULL, or why there is no name; *ret_name else. */
static const char *
name_of(pv_ctx *cx, const oidc *o, const pv_val *claims, const char **ret_name)
{
	const char *claim = o->conf.username_claim, *prefix = o->conf.username_prefix;
	const pv_val *value = pv_get(claims, claim), *verified = pv_get(claims, "email_verified");

	if (!pv_is(value, PV_STRING) || value->len == 0)
		return pv_printf(cx->arena, "%s: expected the user's name, a string", claim);
	if (pv_streq(claim, "email") && verified && !pv_truth(verified, false))
		return "email_verified: the e-mail address is not verified";
	*ret_name = pv_printf(cx->arena, "%s%s", prefix, pv_text(value, ""));
	return is_reserved(*ret_name)
		       ? pv_printf(cx->arena, "%s: names of system: are not an issuer's to give", claim)
		       : NULL;
}

static void
groups_of(pv_ctx *cx, const oidc *o, const pv_val *claims, pv_identity *who)
{
	const pv_val *groups = o->conf.groups_claim ? pv_get(claims, o->conf.groups_claim) : NULL;
	bool one = pv_is(groups, PV_STRING);
	size_t n = one ? 1 : pv_is(groups, PV_LIST) ? pv_count(groups) : 0, len = 0;
	const char **list = pv_new_array(cx->arena, const char *, n + 1);

	for (size_t i = 0; i < n; i++) {
		const pv_val *group = one ? groups : pv_item(groups, i);
		const char *name = pv_printf(cx->arena, "%s%s", o->conf.groups_prefix, pv_text(group, ""));

		if (pv_is(group, PV_STRING) && group->len && !is_reserved(name))
			list[len++] = name;
	}
	identity_groups(cx, who, list);
}

/* ---- one token ---- */

static bool
allows(const oidc *o, const char *alg)
{
	for (const char *const *a = o->conf.algs; *a; a++)
		if (pv_streq(*a, alg))
			return true;
	return false;
}

/* NULL, or why it is refused. */
static const char *
judge(pv_ctx *cx, oidc *o, const pv_jwt *jwt, const pv_val *claims, pv_identity **ret)
{
	const char *alg, *name = NULL, *fault;
	const pv_val *header;

	if (pv_json_parse(cx, jwt->header, NULL, &header) < 0) {
		(void)pv_recover(cx);
		return "its header is not JSON";
	}
	alg = pv_text_at(header, "alg", "");
	if (!allows(o, alg))
		return pv_printf(cx->arena, "alg: %.*s is none of --oidc-signing-algs", PV_CLIP(alg));
	if (!issuer_signed(o->issuer, jwt, alg, pv_text_at(header, "kid", "")))
		return "no key of the issuer made its signature";
	fault = fault_of_claims(cx, o, claims);
	if (!fault)
		fault = name_of(cx, o, claims, &name);
	if (fault)
		return fault;
	*ret = identity_new(cx, name, "", "oidc");
	groups_of(cx, o, claims, *ret);
	(*ret)->expires = pv_seconds(pv_i64_at(claims, "exp", 0));
	return NULL;
}

const pv_identity *
oidc_token(pv_ctx *cx, oidc *o, const char *token)
{
	const pv_val *claims = NULL;
	pv_identity *who = NULL;
	const char *fault;
	pv_jwt jwt;

	if (pv_jwt_parse(cx, token, &jwt) < 0 || pv_json_parse(cx, jwt.claims, NULL, &claims) < 0) {
		(void)pv_recover(cx);
		return NULL;
	}
	if (!pv_streq(pv_text_at(claims, "iss", ""), o->conf.issuer))
		return NULL; /* somebody else's */
	fault = judge(cx, o, &jwt, claims, &who);
	if (fault)
		tell(o, fault);
	return who;
}

/* ---- opening ---- */

static const char *const *
copy_list(pv_arena *arena, const char *const *list)
{
	const char **out;
	size_t n = 0;

	while (list && list[n])
		n++;
	out = pv_new_array(arena, const char *, n + 1);
	for (size_t i = 0; i < n; i++)
		out[i] = pv_strdup(arena, list[i]);
	return out;
}

static int
check_conf(pv_ctx *cx, const pv_oidc_conf *conf)
{
	if (!conf->issuer || !conf->client_id)
		return pv_fail(cx, PV_EUSAGE,
			       "--oidc-issuer-url and --oidc-client-id must be specified together");
	if (!pv_starts_with(conf->issuer, "https://"))
		return pv_fail(
			cx, PV_EUSAGE,
			"--oidc-issuer-url: expected an address that begins with https://, found \"%s\"",
			conf->issuer);
	for (const char *const *q = conf->required; q && *q; q++)
		if (!strchr(*q, '=') || **q == '=')
			return pv_fail(cx, PV_EUSAGE,
				       "--oidc-required-claim: expected CLAIM=VALUE, found \"%s\"", *q);
	for (const char *const *a = conf->algs; a && *a; a++)
		if (!pv_jwa_known(*a) || pv_starts_with(*a, "HS"))
			return pv_fail(
				cx, PV_EUSAGE,
				"--oidc-signing-algs: expected RS256, RS384, RS512, ES256, ES384, ES512, "
				"PS256, PS384 or PS512, found \"%s\"",
				*a);
	return 0;
}

/* What was left out filled in. */
static void
settle(oidc *o, const pv_oidc_conf *conf)
{
	static const char *const usual[] = {"RS256", NULL};
	const char *claim = conf->username_claim ? conf->username_claim : "sub",
		   *prefix = conf->username_prefix;

	if (!prefix)
		prefix = pv_streq(claim, "email") ? "" : pv_printf(o->arena, "%s#", conf->issuer);
	else if (pv_streq(prefix, "-"))
		prefix = "";
	o->conf = (pv_oidc_conf){
		.issuer = pv_strdup(o->arena, conf->issuer),
		.client_id = pv_strdup(o->arena, conf->client_id),
		.username_claim = pv_strdup(o->arena, claim),
		.username_prefix = pv_strdup(o->arena, prefix),
		.groups_claim = conf->groups_claim ? pv_strdup(o->arena, conf->groups_claim) : NULL,
		.groups_prefix = pv_strdup(o->arena, conf->groups_prefix ? conf->groups_prefix : ""),
		.required = copy_list(o->arena, conf->required),
		.algs = copy_list(o->arena, conf->algs && *conf->algs ? conf->algs : usual),
	};
}

int
pv_auth_oidc(pv_ctx *cx, pv_auth *auth, const pv_oidc_conf *conf)
{
	oidc *o;
	int r = check_conf(cx, conf);

	if (r < 0)
		return r;
	PV_ASSERT(!auth->oidc);
	o = calloc(1, sizeof *o);
	PV_ASSERT(o);
	o->arena = pv_arena_new("oidc");
	pthread_mutex_init(&o->mutex, NULL);
	settle(o, conf);
	r = issuer_open(cx, o->conf.issuer, conf->ca_pem, &o->issuer);
	if (r < 0)
		oidc_close(o);
	else
		auth->oidc = o;
	return r < 0 ? pv_wrap(cx, r, "--oidc-ca-file") : 0;
}

oidc *
oidc_close(oidc *o)
{
	if (o) {
		issuer_close(o->issuer);
		pthread_mutex_destroy(&o->mutex);
		pv_arena_free(o->arena);
		free(o);
	}
	return NULL;
}
