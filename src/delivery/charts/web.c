/* web: one request of a chart's way here: with whose credentials, and to which addresses. */
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/time.h"
#include "core/git/reach.h"
#include "delivery/charts/impl.h"

#define PATIENCE (60 * PV_SEC)
#define REDIRECTS 5

static pv_httpc_conf
conf_of(struct fetch *f, const struct web_get *get, struct reach *reach)
{
	const pv_val *r = f->request;
	pv_httpc_conf conf = {.ca_pem = pv_text_at(r, "authorities", NULL),
			      .insecure = pv_truth_at(r, "insecure", false),
			      .proxy = pv_text_at(r, "proxy", NULL),
			      .no_proxy = pv_text_at(r, "noProxy", NULL),
			      .permits = reach_permits,
			      .permits_arg = reach};
	if (get->as == WEB_NOBODY)
		return conf;
	conf.cert_pem = pv_text_at(r, "tlsClientCertData", NULL);
	conf.key_pem = pv_text_at(r, "tlsClientCertKey", NULL);
	if (get->as == WEB_TOKEN)
		conf.token = get->token;
	else if (get->as == WEB_SELF && pv_get(r, "bearerToken"))
		conf.token = pv_text_at(r, "bearerToken", "");
	else
		conf.user = pv_text_at(r, "username", NULL);
	conf.password = pv_text_at(r, "password", NULL);
	return conf;
}

static pv_str
authority(const char *url)
{
	const char *scheme = strstr(url, "://"), *host = scheme ? scheme + 3 : url, *at;
	size_t len = strcspn(host, "/?#");
	at = memrchr(host, '@', len);
	return at ? (pv_str){at + 1, len - (size_t)(at + 1 - host)} : (pv_str){host, len};
}

/* Of a host that is written as an address nobody looks up the name, so a proxy is not asked for it either. */
static bool
host_permitted(struct fetch *f, const char *url, struct reach *reach)
{
	pv_str host = authority(url);
	size_t len = host.len;
	if (len && *host.s == '[')
		return reach_permits_literal(reach,
					     pv_strndup(f->cx->arena, host.s + 1, strcspn(host.s + 1, "]/")));
	for (size_t i = 0; i < host.len && len == host.len; i++)
		if (host.s[i] == ':')
			len = i;
	return reach_permits_literal(reach, pv_strndup(f->cx->arena, host.s, len));
}

static int
out_of_reach(struct fetch *f, const char *address)
{
	return reach_refused(f->cx, pv_printf(f->cx->arena, "chart repository %s", f->plain), address);
}

int
web_get(struct fetch *f, const struct web_get *get, pv_httpc_answer *ret)
{
	const char *accept = pv_printf(f->cx->arena, "Accept: %s", get->accept ? get->accept : "*/*");
	const char *const headers[] = {accept, NULL};
	pv_httpc_req req = {.url = get->url,
			    .headers = headers,
			    .timeout_ns = PATIENCE,
			    .limit = get->limit,
			    .redirects = REDIRECTS};
	pv_httpc *client = NULL;
	struct reach reach;
	int r = reach_init(f->cx, f->request, &reach);
	if (r == 0 && !host_permitted(f, get->url, &reach))
		return out_of_reach(f, reach.refused);
	if (r == 0) {
		pv_httpc_conf conf = conf_of(f, get, &reach);
		r = pv_httpc_open(f->cx, &conf, &client);
	}
	if (r == 0)
		r = pv_httpc_do(f->cx, client, &req, ret);
	pv_httpc_close(client);
	if (r < 0 && reach.refused) {
		pv_recover(f->cx);
		return out_of_reach(f, reach.refused);
	}
	if (r == 0 && (ret->status >= 500 || ret->status == 429))
		return web_refused(f, get->url, ret);
	return r < 0 ? pv_wrap(f->cx, r, "chart repository %s", f->plain) : 0;
}

int
web_refused(struct fetch *f, const char *url, const pv_httpc_answer *answer)
{
	const char *secret = pv_text_at(f->request, "secret", NULL);
	const char *where = pv_printf(f->cx->arena, "%.*s", (int)strcspn(url, "?"), url);
	const char *scheme = strstr(where, "://"), *at = scheme ? strchr(scheme, '@') : NULL;
	if (at && at < scheme + 3 + strcspn(scheme + 3, "/"))
		where = pv_printf(f->cx->arena, "%.*s%s", (int)(scheme + 3 - where), where, at + 1);
	switch (answer->status) {
	case 401:
	case 403:
		return pv_fail(f->cx, answer->status == 401 ? PV_EUNAUTHORIZED : PV_EFORBIDDEN,
			       "chart repository %s: %s is refused (%d)%s%s", f->plain, where, answer->status,
			       secret ? " with the credentials of Secret "
				      : ": it wants credentials, or others",
			       secret ? secret : "");
	case 404:
		return pv_fail(f->cx, PV_ENOTFOUND, "chart repository %s: there is no %s (404)", f->plain,
			       where);
	default:
		return pv_fail(f->cx, PV_EUNAVAILABLE,
			       "chart repository %s: %s: expected an answer of 200, found %d", f->plain,
			       where, answer->status);
	}
}

/* ---- addresses ---- */

bool
web_same_host(pv_arena *arena, const char *a, const char *b)
{
	const char *x = strstr(a, "://"), *y = strstr(b, "://");
	pv_str p = authority(a), q = authority(b);
	return x && y && x - a == y - b && strncasecmp(a, b, (size_t)(x - a)) == 0 &&
	       pv_streq(pv_str_lower(arena, pv_strndup(arena, p.s, p.len)),
			pv_str_lower(arena, pv_strndup(arena, q.s, q.len)));
}

const char *
web_resolve(pv_arena *arena, const char *base, const char *ref)
{
	const char *scheme = strstr(base, "://"), *host = scheme ? scheme + 3 : base;
	if (strstr(ref, "://"))
		return ref;
	if (*ref == '/')
		return pv_printf(arena, "%.*s%s", (int)(host - base) + (int)strcspn(host, "/"), base, ref);
	return pv_printf(arena, "%s/%s", base, ref);
}
