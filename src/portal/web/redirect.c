/* redirect: signing in at an issuer: there and back.  A browser navigates here; every answer is
 * another place to go. */
#include "base/str.h"
#include "base/time.h"
#include "core/auth/signin.h"
#include "lang/json/json.h"
#include "portal/web/web.h"

static int
send_to(pv_http_req *req, const char *place)
{
	pv_http_set(req, "Location", place);
	pv_http_set(req, "Cache-Control", "no-store");
	pv_http_set(req, "Referrer-Policy", "no-referrer"); /* the code stands in the address */
	pv_http_reply(req, 303, "text/plain", pv_str_of("see the Location\n"), NULL, NULL);
	return 0;
}

/* Lax: a browser sends it when the issuer sends it back here. */
static void
set_cookie(pv_ctx *cx, pv_http_req *req, const char *value)
{
	pv_http_set(req, "Set-Cookie",
		    pv_printf(cx->arena, "%s=%s; Path=/portal; HttpOnly; Secure; SameSite=Lax; Max-Age=%d",
			      PV_SIGNIN_COOKIE, value, *value ? PV_SIGNIN_TIME : 0));
}

/* The page says why; it takes that from a cookie that only we can make. */
static int
go_back(pv_ctx *cx, pv_http_req *req, pv_api *api)
{
	const char *why = pv_strdup(cx->arena, pv_error_text(cx));

	(void)pv_recover(cx);
	set_cookie(cx, req, pv_auth_signin_failure(cx, pv_api_auth(api), why));
	return send_to(req, "/signin?failed");
}

int
web_signin_ways(pv_ctx *cx, pv_http_req *req, pv_api *api)
{
	const char *name = pv_auth_signin_name(cx, pv_api_auth(api));
	const char *failed =
		pv_auth_signin_failed(cx, pv_api_auth(api), pv_auth_cookie_named(cx, req, PV_SIGNIN_COOKIE));
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	if (name)
		pv_objb_put(&b, "issuer", pv_string(cx->arena, name));
	if (failed) {
		pv_objb_put(&b, "failed", pv_string(cx->arena, failed));
		set_cookie(cx, req, "");
	}
	return web_reply(cx, req, pv_objb_end(&b));
}

int
web_signin_start(pv_ctx *cx, pv_http_req *req, pv_api *api)
{
	const char *place, *cookie;

	if (pv_auth_signin_start(cx, pv_api_auth(api), pv_http_query(req, "to"), &place, &cookie) < 0)
		return go_back(cx, req, api);
	set_cookie(cx, req, cookie);
	return send_to(req, place);
}

int
web_signin_finish(pv_ctx *cx, pv_http_req *req, pv_api *api)
{
	const pv_signin_answer answer = {.code = pv_http_query(req, "code"),
					 .state = pv_http_query(req, "state"),
					 .iss = pv_http_query(req, "iss"),
					 .error = pv_http_query(req, "error"),
					 .description = pv_http_query(req, "error_description"),
					 .cookie = pv_auth_cookie_named(cx, req, PV_SIGNIN_COOKIE)};
	const char *cookie, *back;
	int64_t expires;

	if (pv_auth_signin_finish(cx, pv_api_auth(api), &answer, &cookie, &expires, &back) < 0)
		return go_back(cx, req, api);
	set_cookie(cx, req, "");
	web_set_session(cx, req, cookie, expires);
	return send_to(req, back);
}
