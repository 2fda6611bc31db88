/* Signing in at an issuer: there, back, and the code for a token. */
#include "core/auth/signin.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/httpc.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "core/auth/oidc_impl.h"
#include "lang/json/json.h"

#define SECRET_LIMIT ((size_t)4096)
#define ABOUT "sign-in at an issuer"
#define AT_ONCE 8 /* who wait for an issuer's answer; others are told to try again */

struct signin {
	pv_arena *arena; /* of conf */
	pv_signin_conf conf;
	uint8_t key[PV_SEAL_KEY_LEN]; /* of cookies; a restart makes another */
	atomic_int asking;
};

/* ---- cookies ---- */

static const char *
seal(pv_ctx *cx, const signin *s, pv_objb *b)
{
	pv_val v;
	pv_str sealed;

	pv_objb_put(b, "until", pv_int(pv_now() / PV_SEC + PV_SIGNIN_TIME));
	v = pv_objb_end(b);
	if (pv_seal(cx, s->key, pv_str_of(ABOUT), pv_str_of(pv_json_text(cx->arena, &v)), &sealed) < 0) {
		(void)pv_recover(cx);
		return "";
	}
	return pv_base64(cx->arena, sealed.s, sealed.len, true);
}

/* NULL: it is not ours, or too old. */
static const pv_val *
unseal(pv_ctx *cx, const signin *s, const char *cookie)
{
	const pv_val *v = NULL;
	pv_str sealed, plain;
	uint8_t *bytes = cookie ? pv_unbase64(cx->arena, pv_str_of(cookie), true, &sealed.len) : NULL;

	if (!bytes)
		return NULL;
	sealed.s = (const char *)bytes;
	if (pv_unseal(cx, s->key, pv_str_of(ABOUT), sealed, &plain) < 0 ||
	    pv_json_parse(cx, plain, NULL, &v) < 0) {
		(void)pv_recover(cx);
		return NULL;
	}
	return pv_i64_at(v, "until", 0) > pv_now() / PV_SEC ? v : NULL;
}

const char *
pv_auth_signin_failure(pv_ctx *cx, pv_auth *auth, const char *why)
{
	signin *s = atomic_load(&auth->signin);
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "failed", pv_stringf(cx->arena, "%.*s", PV_CLIP(why)));
	return s ? seal(cx, s, &b) : "";
}

const char *
pv_auth_signin_failed(pv_ctx *cx, pv_auth *auth, const char *cookie)
{
	signin *s = atomic_load(&auth->signin);

	return s ? pv_text(pv_get(unseal(cx, s, cookie), "failed"), NULL) : NULL;
}

/* ---- there ---- */

static const char *
new_secret(pv_arena *arena)
{
	uint8_t dice[32];

	pv_random(dice, sizeof dice);
	return pv_base64(arena, dice, sizeof dice, true);
}

/* A page of ours: no other host, by whatever spelling, and not the way out again. */
static const char *
safe_back(const char *back)
{
	if (!back || back[0] != '/' || back[1] == '/' || back[1] == '\\' || strlen(back) > 1024 ||
	    pv_starts_with(back, "/portal/") || pv_starts_with(back, "/signin"))
		return "/";
	for (const char *c = back; *c; c++)
		if (*c <= ' ' || *c >= 0x7f || *c == '\\')
			return "/";
	return back;
}

/* Name, value, name, value, ... NULL -> "name=value&..." */
static const char *
form(pv_ctx *cx, const char *const *pairs)
{
	const char *out = "";

	for (; pairs[0]; pairs += 2)
		if (pairs[1])
			out = pv_printf(cx->arena, "%s%s%s=%s", out, *out ? "&" : "", pairs[0],
					pv_url_escape(cx->arena, pairs[1]));
	return out;
}

static const char *
return_url(pv_ctx *cx, const signin *s)
{
	return pv_printf(cx->arena, "%s" PV_SIGNIN_RETURN, s->conf.url);
}

static int
find_signin(pv_ctx *cx, pv_auth *auth, signin **ret, issuer **ret_issuer)
{
	*ret = atomic_load(&auth->signin);
	if (!*ret)
		return pv_fail(
			cx, PV_ENOTFOUND,
			"nobody signs in at an issuer here: `pave serve --signin-client-id` offers it");
	*ret_issuer = oidc_issuer(auth->oidc, (*ret)->conf.issuer);
	if (!*ret_issuer)
		return pv_fail(cx, PV_EUNAVAILABLE,
			       "the issuer that people sign in at is not in the authentication configuration "
			       "any more");
	return 0;
}

static int
endpoints(pv_ctx *cx, issuer *from, issuer_endpoints *ret)
{
	if (issuer_find_endpoints(cx, from, ret))
		return 0;
	return pv_fail(
		cx, PV_EUNAVAILABLE,
		"the issuer %s has not said yet where people sign in: try again soon; the server's log "
		"says why",
		issuer_url(from));
}

int
pv_auth_signin_start(pv_ctx *cx, pv_auth *auth, const char *back, const char **ret_url,
		     const char **ret_cookie)
{
	const char *state = new_secret(cx->arena), *nonce = new_secret(cx->arena),
		   *verifier = new_secret(cx->arena);
	uint8_t digest[PV_SHA256_LEN];
	issuer_endpoints at;
	issuer *from = NULL;
	signin *s;
	pv_objb b;
	int r = find_signin(cx, auth, &s, &from);

	if (r == 0)
		r = endpoints(cx, from, &at);
	if (r == 0) {
		pv_sha256(verifier, strlen(verifier), digest);
		const char *const asked[] = {"response_type",
					     "code",
					     "client_id",
					     s->conf.client_id,
					     "redirect_uri",
					     return_url(cx, s),
					     "scope",
					     s->conf.scopes,
					     "state",
					     state,
					     "nonce",
					     nonce,
					     "code_challenge",
					     pv_base64(cx->arena, digest, sizeof digest, true),
					     "code_challenge_method",
					     "S256",
					     NULL};

		*ret_url = pv_printf(cx->arena, "%s%c%s", at.authorize, strchr(at.authorize, '?') ? '&' : '?',
				     form(cx, asked));
		pv_objb_init(&b, cx->arena);
		pv_objb_puts(&b, "state", state);
		pv_objb_puts(&b, "nonce", nonce);
		pv_objb_puts(&b, "verifier", verifier);
		pv_objb_puts(&b, "issuer", issuer_url(from));
		pv_objb_put(&b, "back", pv_string(cx->arena, safe_back(back)));
		*ret_cookie = seal(cx, s, &b);
	}
	issuer_close(from);
	return r;
}

/* ---- and back ---- */

/* RFC 6749, 2.3.1: by Basic authentication, or in the body for who knows no other. */
static int
client_secret(pv_ctx *cx, const signin *s, bool in_body, const char **ret_header, const char **ret_field)
{
	pv_str text;
	const char *both;
	int r = pv_file_load_secret(cx, s->conf.secret_file, SECRET_LIMIT, &text);

	if (r < 0) {
		pv_log(PV_ERROR, "auth", "the client's secret cannot be read", "error", pv_error_text(cx),
		       NULL);
		(void)pv_recover(cx);
		return pv_fail(cx, PV_EUNAVAILABLE,
			       "the server cannot read its own secret for the issuer: its log says why");
	}
	text = pv_str_trim(text);
	*ret_field = pv_strndup(cx->arena, text.s, text.len);
	if (in_body)
		return 0;
	both = pv_printf(cx->arena, "%s:%s", pv_url_escape(cx->arena, s->conf.client_id),
			 pv_url_escape(cx->arena, *ret_field));
	*ret_field = NULL;
	*ret_header = pv_printf(cx->arena, "Authorization: Basic %s",
				pv_base64(cx->arena, both, strlen(both), false));
	return 0;
}

static int
read_token(pv_ctx *cx, const pv_httpc_answer *answer, const char **ret)
{
	const pv_val *said = NULL;

	if (pv_json_parse(cx, answer->body, NULL, &said) < 0)
		(void)pv_recover(cx);
	if (answer->status != 200)
		return pv_fail(cx, PV_EUNAUTHORIZED,
			       "the issuer gave no token: expected status 200, found %d (%.*s%s%.*s)",
			       answer->status, PV_CLIP(pv_text_at(said, "error", "no reason")),
			       *pv_text_at(said, "error_description", "") ? ": " : "",
			       PV_CLIP(pv_text_at(said, "error_description", "")));
	*ret = pv_text_at(said, "id_token", NULL);
	if (!*ret)
		return pv_fail(cx, PV_EUNAUTHORIZED,
			       "the issuer's answer has no id_token: is the scope openid asked for?");
	return 0;
}

static int
exchange(pv_ctx *cx, const signin *s, issuer *from, const char *code, const char *verifier, const char **ret)
{
	const char *header = NULL, *secret = NULL;
	pv_httpc_answer answer;
	issuer_endpoints at;
	int r = endpoints(cx, from, &at);

	if (r == 0 && s->conf.secret_file)
		r = client_secret(cx, s, at.secret_in_body, &header, &secret);
	if (r < 0)
		return r;
	const char *const sent[] = {"grant_type", "authorization_code", "code",
				    code,         "redirect_uri",       return_url(cx, s),
				    "client_id",  s->conf.client_id,    "code_verifier",
				    verifier,     "client_secret",      secret,
				    NULL};
	const char *const headers[] = {"Content-Type: application/x-www-form-urlencoded",
				       "Accept: application/json", header, NULL};

	r = issuer_post(cx, from, at.token, headers, pv_str_of(form(cx, sent)), &answer);
	return r < 0 ? pv_wrap(cx, r, "the issuer cannot be asked") : read_token(cx, &answer, ret);
}

/* What came back is of the sign-in that this browser began. */
static int
check_answer(pv_ctx *cx, const pv_val *begun, const pv_signin_answer *answer)
{
	const char *state = pv_text_at(begun, "state", "");

	if (!*state)
		return pv_fail(
			cx, PV_EUNAUTHORIZED,
			"this sign-in was not begun in this browser, or more than ten minutes ago: begin "
			"again");
	if (!answer->state || !pv_same_secret(pv_str_of(answer->state), pv_str_of(state)))
		return pv_fail(cx, PV_EUNAUTHORIZED,
			       "state: what came back is of another sign-in than this browser's last: begin "
			       "again");
	if (answer->iss && !pv_streq(answer->iss, pv_text_at(begun, "issuer", "")))
		return pv_fail(cx, PV_EUNAUTHORIZED, "iss: expected %s, found %.*s",
			       pv_text_at(begun, "issuer", ""), PV_CLIP(answer->iss));
	if (answer->error)
		return pv_fail(cx, PV_EUNAUTHORIZED, "the issuer refuses: %.*s%s%.*s", PV_CLIP(answer->error),
			       answer->description ? ": " : "",
			       PV_CLIP(answer->description ? answer->description : ""));
	if (!answer->code || !*answer->code)
		return pv_fail(cx, PV_EUNAUTHORIZED, "code: expected one, found none: begin again");
	return 0;
}

static int
identify(pv_ctx *cx, pv_auth *auth, signin *s, issuer *from, const pv_val *begun, const char *code,
	 pv_identity *ret)
{
	const oidc_want want = {pv_text_at(begun, "issuer", ""), s->conf.client_id,
				pv_text_at(begun, "nonce", "")};
	const char *token = NULL, *why = NULL;
	const pv_identity *who;
	int r;

	if (!pv_streq(want.issuer, issuer_url(from)))
		return pv_fail(cx, PV_EUNAUTHORIZED, "the issuer has changed since: begin again");
	if (atomic_fetch_add(&s->asking, 1) < AT_ONCE)
		r = exchange(cx, s, from, code, pv_text_at(begun, "verifier", ""), &token);
	else
		r = pv_fail(cx, PV_ETOOMANY, "many people are signing in: try again in a moment");
	atomic_fetch_sub(&s->asking, 1);
	if (r < 0)
		return r;
	who = oidc_login(cx, auth->oidc, token, &want, &why);
	if (!who)
		return pv_fail(cx, PV_EUNAUTHORIZED, "the issuer's token is refused: %s", why);
	*ret = *who;
	ret->expires = s->conf.session_ns ? pv_now() + s->conf.session_ns : 0;
	return 0;
}

int
pv_auth_signin_finish(pv_ctx *cx, pv_auth *auth, const pv_signin_answer *answer, const char **ret_cookie,
		      int64_t *ret_expires, const char **ret_back)
{
	pv_identity *who = pv_new(cx->arena, pv_identity);
	const pv_val *begun = NULL;
	issuer *from = NULL;
	signin *s;
	int r = find_signin(cx, auth, &s, &from);

	if (r == 0) {
		begun = unseal(cx, s, answer->cookie);
		r = check_answer(cx, begun, answer);
	}
	if (r == 0)
		r = identify(cx, auth, s, from, begun, answer->code, who);
	issuer_close(from);
	if (r < 0)
		return r;
	cx->identity = who;
	*ret_back = safe_back(pv_text_at(begun, "back", "/"));
	pv_log(PV_INFO, "auth", "somebody signed in at an issuer", "user", who->user, "issuer",
	       pv_text_at(begun, "issuer", ""), NULL);
	return sessions_start(cx, auth->sessions, who, ret_cookie, ret_expires);
}

/* ---- opening ---- */

const char *
pv_auth_signin_name(pv_ctx *cx, pv_auth *auth)
{
	const signin *s = atomic_load(&auth->signin);
	issuer *from = s ? oidc_issuer(auth->oidc, s->conf.issuer) : NULL;
	const char *host = from ? pv_strdup(cx->arena, issuer_url(from)) + strlen("https://") : "";

	issuer_close(from);
	if (!from)
		return NULL;
	return s->conf.name ? s->conf.name : pv_strndup(cx->arena, host, strcspn(host, "/:"));
}

static int
check(pv_ctx *cx, pv_auth *auth, const pv_signin_conf *conf)
{
	issuer *from = auth->oidc ? oidc_issuer(auth->oidc, conf->issuer) : NULL;
	bool known = from != NULL;
	pv_str secret;
	int r = conf->secret_file ? pv_file_load_secret(cx, conf->secret_file, SECRET_LIMIT, &secret) : 0;

	issuer_close(from);
	if (r < 0)
		return pv_wrap(cx, r, "--signin-client-secret-file");
	if (!known)
		return pv_fail(cx, PV_EUSAGE,
			       "--signin-issuer: expected the address of an issuer that --oidc-issuer-url or "
			       "--authentication-config names%s%s",
			       conf->issuer ? ", found " : ": which one if there are several",
			       conf->issuer ? conf->issuer : "");
	if (!pv_starts_with(conf->url, "https://"))
		return pv_fail(cx, PV_EUSAGE,
			       "--portal-url: expected an address that begins with https://, found \"%s\"",
			       conf->url);
	return 0;
}

static const char *
copy(pv_arena *arena, const char *text, const char *otherwise)
{
	return text ? pv_strdup(arena, text) : otherwise;
}

int
pv_auth_signin(pv_ctx *cx, pv_auth *auth, const pv_signin_conf *conf)
{
	size_t len = strlen(conf->url);
	signin *s;
	int r = check(cx, auth, conf);

	if (r < 0)
		return r;
	s = calloc(1, sizeof *s);
	PV_ASSERT(s);
	s->arena = pv_arena_new("sign-in");
	while (len && conf->url[len - 1] == '/')
		len--;
	s->conf = (pv_signin_conf){
		.issuer = copy(s->arena, conf->issuer, NULL),
		.client_id = copy(s->arena, conf->client_id, NULL),
		.secret_file = copy(s->arena, conf->secret_file, NULL),
		.scopes = copy(s->arena, conf->scopes, "openid email profile"),
		.name = copy(s->arena, conf->name, NULL),
		.url = pv_strndup(s->arena, conf->url, len),
		.session_ns = conf->session_ns,
	};
	pv_random(s->key, sizeof s->key);
	atomic_store(&auth->signin, s);
	return 0;
}

signin *
signin_close(signin *s)
{
	if (s) {
		pv_arena_free(s->arena);
		free(s);
	}
	return NULL;
}
