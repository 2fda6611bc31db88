/* kube-apiserver's --oidc-* flags as the configuration of one issuer. */
#include <string.h>

#include "base/jwa.h"
#include "base/str.h"
#include "core/auth/oidc_impl.h"

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
check(pv_ctx *cx, const pv_oidc_conf *conf)
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

static const char *
prefix_of(pv_arena *arena, const pv_oidc_conf *conf, const char *claim)
{
	if (conf->username_prefix)
		return pv_streq(conf->username_prefix, "-") ? "" : pv_strdup(arena, conf->username_prefix);
	return pv_streq(claim, "email") ? "" : pv_printf(arena, "%s#", conf->issuer);
}

int
oidc_flags(pv_ctx *cx, const pv_oidc_conf *conf, authn_conf *ret)
{
	static const char *const usual[] = {"RS256", NULL};
	const char *claim = conf->username_claim ? conf->username_claim : "sub";
	pv_arena *arena = cx->arena;
	authn_jwt jwt;
	int r = check(cx, conf);

	if (r < 0)
		return r;
	authn_jwt_init(&jwt, arena);
	jwt.url = pv_strdup(arena, conf->issuer);
	jwt.ca_pem = conf->ca_pem ? pv_strdup(arena, conf->ca_pem) : NULL;
	jwt.audiences = copy_list(arena, (const char *const[]){conf->client_id, NULL});
	jwt.algs = copy_list(arena, conf->algs && *conf->algs ? conf->algs : usual);
	jwt.username = (authn_mapping){pv_strdup(arena, claim), prefix_of(arena, conf, claim), NULL};
	jwt.groups.claim = conf->groups_claim ? pv_strdup(arena, conf->groups_claim) : NULL;
	jwt.groups.prefix = pv_strdup(arena, conf->groups_prefix ? conf->groups_prefix : "");
	for (const char *const *q = conf->required; q && *q; q++) {
		const char *eq = strchr(*q, '=');
		authn_rule rule = {.claim = pv_strndup(arena, *q, (size_t)(eq - *q)),
				   .value = pv_strdup(arena, eq + 1)};

		pv_vec_push(&jwt.rules, &rule);
	}
	*ret = (authn_conf){.anonymous = true};
	pv_vec_init(&ret->jwt, arena, sizeof(authn_jwt));
	pv_vec_push(&ret->jwt, &jwt);
	return 0;
}
