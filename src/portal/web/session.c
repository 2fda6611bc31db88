/* session: a cookie for a browser, in exchange for a one-time code (printed by serve) or
 * a ServiceAccount's token; redirect.c gives the same to who comes from an issuer. */
#include "base/str.h"
#include "base/time.h"
#include "lang/json/json.h"
#include "portal/web/web.h"

static pv_val
describe(pv_ctx *cx, const pv_identity *id, int64_t expires)
{
	pv_listb groups;
	pv_objb b;
	pv_listb_init(&groups, cx->arena);
	for (size_t i = 0; id->groups && id->groups[i]; i++)
		pv_listb_add(&groups, pv_string(cx->arena, id->groups[i]));
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "user", pv_string(cx->arena, id->user));
	pv_objb_put(&b, "displayName", pv_string(cx->arena, id->user));
	pv_objb_put(&b, "groups", pv_listb_end(&groups));
	if (expires)
		pv_objb_puts(&b, "expires", pv_time_format(cx->arena, expires));
	return pv_objb_end(&b);
}

int
web_reply(pv_ctx *cx, pv_http_req *req, pv_val v)
{
	const char *text = pv_json_text(cx->arena, &v);
	pv_http_set(req, "Cache-Control", "no-store");
	pv_http_reply(req, 200, "application/json", pv_str_of(text), NULL, NULL);
	return 0;
}

/* No other site's page signs a browser in or out: a form cannot send the header. */
static int
check_page(pv_ctx *cx, pv_http_req *req)
{
	const char *site = pv_http_header(req, "Sec-Fetch-Site");
	if (site && !pv_streq(site, "same-origin") && !pv_streq(site, "none"))
		return pv_fail(cx, PV_EFORBIDDEN,
			       "sessions begin and end on the portal's own pages (Sec-Fetch-Site: %s)", site);
	if (!pv_streq(pv_http_header(req, PV_PORTAL_HEADER), "1"))
		return pv_fail(cx, PV_EFORBIDDEN, "expected the header " PV_PORTAL_HEADER ": 1");
	return 0;
}

void
web_set_session(pv_ctx *cx, pv_http_req *req, const char *cookie, int64_t expires)
{
	pv_http_set(req, "Set-Cookie",
		    pv_printf(cx->arena, "%s=%s; Path=/; HttpOnly; Secure; SameSite=Strict; Max-Age=%lld",
			      PV_SESSION_COOKIE, cookie, (long long)((expires - pv_now()) / PV_SEC)));
}

int
web_sign_in(pv_ctx *cx, pv_http_req *req, pv_api *api)
{
	const pv_val *body;
	const char *code, *token, *cookie;
	int64_t expires;
	int r = check_page(cx, req);
	if (r < 0)
		return r;
	r = pv_json_parse(cx, pv_http_body(req), NULL, &body);
	if (r < 0)
		return pv_wrap(cx, r, "expected {\"code\": ...} or {\"token\": ...}");
	code = pv_text_at(body, "code", NULL);
	token = pv_text_at(body, "token", NULL);
	if (!code && !token)
		return pv_fail(cx, PV_EBADREQUEST,
			       "expected {\"code\": ...} or {\"token\": ...}, found neither as a string");
	r = pv_auth_session_open(cx, pv_api_auth(api), code, token, &cookie, &expires);
	if (r < 0)
		return r;
	web_set_session(cx, req, cookie, expires);
	return web_reply(cx, req, describe(cx, pv_auth_identity(cx), expires));
}

/* A link for the caller's own browser: the code rides behind the #, so no server's log sees it. */
int
web_code(pv_ctx *cx, pv_http_req *req, pv_api *api)
{
	const char *code;
	int64_t expires;
	pv_objb b;
	int r = pv_auth_code_new(cx, pv_api_auth(api), pv_auth_identity(cx), &code, &expires);
	if (r < 0)
		return r;
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "path", pv_string(cx->arena, pv_printf(cx->arena, "/signin#code=%s", code)));
	pv_objb_puts(&b, "expires", pv_time_format(cx->arena, expires));
	pv_objb_put(&b, "user", pv_string(cx->arena, pv_auth_identity(cx)->user));
	return web_reply(cx, req, pv_objb_end(&b));
}

int
web_whoami(pv_ctx *cx, pv_http_req *req, pv_api *api PV_UNUSED)
{
	return web_reply(cx, req, describe(cx, pv_auth_identity(cx), pv_auth_identity(cx)->expires));
}

int
web_sign_out(pv_ctx *cx, pv_http_req *req, pv_api *api)
{
	const char *cookie = pv_auth_cookie(cx, req);
	pv_objb b;
	int r = check_page(cx, req);
	if (r < 0)
		return r;
	if (cookie)
		pv_auth_session_close(pv_api_auth(api), cookie);
	pv_http_set(req, "Set-Cookie",
		    PV_SESSION_COOKIE "=; Path=/; HttpOnly; Secure; SameSite=Strict; Max-Age=0");
	pv_objb_init(&b, cx->arena);
	return web_reply(cx, req, pv_objb_end(&b));
}
