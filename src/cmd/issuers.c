/* The options about who is let in from outside: issuers of tokens, and signing in at one. */
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "base/time.h"
#include "cmd/server.h"
#include "core/args/args.h"

#define CA_LIMIT (1u << 20) /* bytes */
#define SESSION_LEAST (60 * PV_SEC)
#define SESSION_MOST (12 * 3600 * PV_SEC)

const char *const *
server_list(pv_ctx *cx, const pv_args *args, const char *option)
{
	const char *one, *end = NULL;
	pv_vec all;

	pv_vec_init(&all, cx->arena, sizeof one);
	for (size_t n = 0; (one = pv_args_nth(args, option, n)); n++) {
		pv_str rest = pv_str_of(one), piece;

		while (pv_str_next(&rest, ',', &piece)) {
			one = pv_strndup(cx->arena, piece.s, piece.len);
			pv_vec_push(&all, &one);
		}
	}
	pv_vec_push(&all, &end);
	return all.data;
}

static bool
has_oidc_flag(const pv_args *args)
{
	const pv_option *o = pv_args_verb(args)->options;

	while (o->name && !(pv_starts_with(o->name, "oidc-") && pv_args_has(args, o->name)))
		o++;
	return o->name != NULL;
}

static int
parse_oidc(pv_ctx *cx, const pv_args *args, pv_oidc_conf *ret)
{
	const char *ca = pv_args_text(args, "oidc-ca-file", NULL);
	pv_str pem;
	int r = ca ? pv_file_load(cx, ca, CA_LIMIT, &pem) : 0;

	if (r < 0)
		return pv_wrap(cx, r, "--oidc-ca-file");
	if (pv_args_has(args, "authentication-config") && has_oidc_flag(args))
		return pv_fail(
			cx, PV_EUSAGE,
			"authentication-config file and oidc-* flags are mutually exclusive: say what the "
			"flags say under jwt in the file");
	*ret = (pv_oidc_conf){
		.file = pv_args_text(args, "authentication-config", NULL),
		.issuer = pv_args_text(args, "oidc-issuer-url", NULL),
		.client_id = pv_args_text(args, "oidc-client-id", NULL),
		.username_claim = pv_args_text(args, "oidc-username-claim", NULL),
		.username_prefix = pv_args_text(args, "oidc-username-prefix", NULL),
		.groups_claim = pv_args_text(args, "oidc-groups-claim", NULL),
		.groups_prefix = pv_args_text(args, "oidc-groups-prefix", NULL),
		.required = server_list(cx, args, "oidc-required-claim"),
		.algs = server_list(cx, args, "oidc-signing-algs"),
		.ca_pem = ca ? pem.s : NULL,
	};
	return 0;
}

/* Any of them asks for it; without an id there is nobody to sign in as. */
static int
parse_signin(pv_ctx *cx, const pv_args *args, pv_signin_conf *ret)
{
	const char *session = pv_args_text(args, "signin-session", "12h");
	bool any = pv_args_has(args, "signin-client-secret-file") || pv_args_has(args, "signin-issuer") ||
		   pv_args_has(args, "signin-name") || pv_args_has(args, "signin-scopes") ||
		   pv_args_has(args, "signin-session");

	*ret = (pv_signin_conf){
		.issuer = pv_args_text(args, "signin-issuer", NULL),
		.client_id = pv_args_text(args, "signin-client-id", NULL),
		.secret_file = pv_args_text(args, "signin-client-secret-file", NULL),
		.scopes = pv_args_text(args, "signin-scopes", NULL),
		.name = pv_args_text(args, "signin-name", NULL),
		.url = pv_args_text(args, "portal-url", NULL),
	};
	if (any && !ret->client_id)
		return pv_fail(cx, PV_EUSAGE,
			       "--signin-client-id: expected it with the other --signin options: the client "
			       "that the portal is at the issuer");
	if (!pv_duration_parse(pv_str_of(session), &ret->session_ns) || ret->session_ns < SESSION_LEAST ||
	    ret->session_ns > SESSION_MOST)
		return pv_fail(cx, PV_EUSAGE,
			       "--signin-session: expected a duration of 1m to 12h, found \"%s\"", session);
	return 0;
}

/* Others look for its keys below it (OpenID Connect Discovery 1.0, section 2). */
static int
parse_own(pv_ctx *cx, const pv_args *args, const char *const **ret)
{
	*ret = server_list(cx, args, "service-account-issuer");
	for (const char *const *one = *ret; *one; one++)
		if (!pv_starts_with(*one, "https://") || strpbrk(*one, "?#"))
			return pv_fail(
				cx, PV_EUSAGE,
				"--service-account-issuer: expected an address that begins with https://, "
				"without a query or a fragment, found \"%s\"",
				*one);
	return 0;
}

int
server_issuers(pv_ctx *cx, const pv_args *args, server *s)
{
	int r = parse_own(cx, args, &s->issuers);

	if (r == 0)
		r = parse_oidc(cx, args, &s->oidc);
	return r == 0 ? parse_signin(cx, args, &s->signin) : r;
}
