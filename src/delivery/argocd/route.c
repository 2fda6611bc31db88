/* route: from a request to the function of its path, and how it is answered: in JSON, errors as grpc-gateway writes
 * them ({error, code, message}, where code is gRPC's). */
#include <string.h>

#include "base/str.h"
#include "delivery/argocd/impl.h"
#include "lang/json/json.h"

#define TRIES 8 /* of a write that others overtake, as upstream has a few */

static const struct path *const *const tables = argocd_paths;

/* ---- answers ---- */

int
call_answer(call *c, pv_val v)
{
	pv_http_set(c->req, "Cache-Control", "no-cache, private");
	pv_http_reply(c->req, 200, "application/json", pv_str_of(pv_json_text(c->cx->arena, &v)), NULL, NULL);
	return 0;
}

int
call_answer_nothing(call *c)
{
	return call_answer(c, pv_object_of(c->cx->arena, NULL, 0, NULL, NULL));
}

struct outcome {
	int code, grpc, status;
};

/* As Argo CD's server makes gRPC's codes of Kubernetes' errors, and grpc-gateway HTTP's of those. */
static struct outcome
outcome_of(int code)
{
	static const struct outcome rows[] = {
		{PV_EBADREQUEST, 3, 400}, {PV_EINVALID, 3, 400},  {PV_EUNAUTHORIZED, 16, 401},
		{PV_EFORBIDDEN, 7, 403},  {PV_ENOTFOUND, 5, 404}, {PV_EEXISTS, 6, 409},
		{PV_ECONFLICT, 9, 400},   {PV_ETOOMANY, 8, 429},  {PV_EUNSUPPORTED, 12, 501},
		{PV_EMETHOD, 12, 501},    {PV_ETIMEOUT, 4, 504},  {PV_EUNAVAILABLE, 14, 503},
		{PV_ETOOLARGE, 8, 429},   {PV_EGONE, 11, 400},    {PV_EMEDIA, 3, 415},
	};
	for (size_t i = 0; i < PV_LEN(rows); i++)
		if (rows[i].code == code)
			return rows[i];
	return (struct outcome){code, 13, 500};
}

int
call_answer_error(call *c)
{
	const pv_error *e = pv_take_error(c->cx);
	struct outcome o = outcome_of(e->code);
	pv_objb b;
	pv_val v;
	pv_objb_init(&b, c->cx->arena);
	pv_objb_puts(&b, "error", e->message);
	pv_objb_put(&b, "code", pv_int(o.grpc));
	pv_objb_puts(&b, "message", e->message);
	v = pv_objb_end(&b);
	pv_http_set(c->req, "Cache-Control", "no-cache, private");
	pv_http_reply(c->req, o.status, "application/json", pv_str_of(pv_json_text(c->cx->arena, &v)), NULL,
		      NULL);
	return 0;
}

/* ---- paths ---- */

/* "{}" stands for one element, "{**}" for all that are left; *ret: what stood there, raw. */
static bool
fits(const char *pattern, const char *path, pv_str *ret, size_t *ret_n)
{
	pv_str want = pv_str_of(pattern), have = pv_str_of(path), a, b;
	*ret_n = 0;
	while (pv_str_next(&want, '/', &a)) {
		if (pv_str_is(a, "{**}")) {
			ret[(*ret_n)++] = have;
			return have.len != 0;
		}
		if (!pv_str_next(&have, '/', &b))
			return false;
		if (pv_str_is(a, "{}")) {
			if (!b.len)
				return false;
			ret[(*ret_n)++] = b;
		} else if (!pv_str_eq(a, b))
			return false;
	}
	return have.len == 0;
}

/* *ret_other: the path is there for another method. */
static const struct path *
find(call *c, const char *path, bool *ret_other)
{
	const char *method = pv_http_method(c->req);
	pv_str part[PV_LEN(c->part)];
	size_t n;
	*ret_other = false;
	for (size_t t = 0; tables[t]; t++)
		for (const struct path *p = tables[t]; p->method; p++) {
			if (!fits(p->path, path, part, &n))
				continue;
			*ret_other = true;
			if (!pv_streq(p->method, method) &&
			    !(pv_streq(method, "HEAD") && pv_streq(p->method, "GET")))
				continue;
			for (size_t i = 0; i < n; i++) {
				c->part[i] = pv_percent_decode(
					c->cx->arena, pv_strndup(c->cx->arena, part[i].s, part[i].len));
				c->part[i] = c->part[i] ? c->part[i] : "";
			}
			return p;
		}
	return NULL;
}

const char *
call_query(call *c, const char *name)
{
	const char *text = pv_http_query(c->req, name);
	if (!text && c->path && c->path->flags & PATH_MESSAGE)
		text = pv_text(pv_get(c->body, name), NULL);
	return text ? text : "";
}

static int
read_body(call *c)
{
	pv_str body = pv_str_trim(pv_http_body(c->req));
	int r;
	c->body = pv_box(c->cx->arena, pv_object_of(c->cx->arena, NULL, 0, NULL, NULL));
	if (!body.len)
		return 0;
	r = pv_json_parse(c->cx, body, NULL, &c->body);
	return r < 0 ? pv_wrap(c->cx, r, "the body") : 0;
}

/* A browser sends its cookie, or its certificate, with a form of any site, but JSON only where it was asked first. */
static int
check_origin(call *c)
{
	const char *type = pv_http_header(c->req, "Content-Type");
	if (!c->who.ambient || !pv_streq(pv_http_method(c->req), "POST") ||
	    (type && pv_starts_with(type, "application/json")))
		return 0;
	return pv_fail(c->cx, PV_EMEDIA, "Invalid content type: expected application/json, found %s",
		       type ? type : "none");
}

static int
run(call *c, const struct path *p)
{
	int r = caller_find(c->cx, c->req, c->api, &c->who);
	if (r < 0 && (p->flags & PATH_PUBLIC)) { /* what is shown is wrong: nobody */
		(void)pv_recover(c->cx);
		c->who.kind = CALLER_NOBODY;
		c->who.name = "";
		r = 0;
	}
	if (r == 0 && c->who.kind == CALLER_NOBODY && !(p->flags & PATH_PUBLIC) &&
	    !pv_streq(settings_text(c->cx, c->api, "argocd-cm", "users.anonymous.enabled", ""), "true"))
		r = pv_fail(c->cx, PV_EUNAUTHORIZED, "no session information");
	if (r == 0)
		r = check_origin(c);
	if (r == 0 && !p->run)
		r = pv_fail(c->cx, PV_EUNSUPPORTED, "%s /api/%s is not supported yet", p->method, p->path);
	if (r == 0)
		r = read_body(c);
	if (r < 0)
		return r;
	c->rights = rights_of(c->cx, c->api, &c->who);
	r = p->run(c);
	for (int i = 1; r == -PV_ECONFLICT && i < TRIES;
	     i++) { /* the controller wrote its status meanwhile */
		(void)pv_recover(c->cx);
		r = p->run(c);
	}
	return r;
}

int
call_handle(pv_ctx *cx, pv_http_req *req, pv_api *api)
{
	call *c = pv_new(cx->arena, call);
	const char *path = pv_http_path(req) + strlen("/api/");
	const struct path *p;
	bool other;
	int r;
	*c = (call){.cx = cx, .req = req, .api = api};
	c->path = p = find(c, path, &other);
	if (p)
		r = run(c, p);
	else if (other)
		r = pv_fail(cx, PV_EMETHOD, "Method Not Allowed");
	else
		r = pv_fail(cx, PV_ENOTFOUND, "Not Found");
	return r < 0 ? call_answer_error(c) : 0;
}

pv_call
call_on(call *c, const char *plural, const char *ns, const char *name, enum right right)
{
	return (pv_call){
		.resource = pv_resource_find(c->cx, pv_api_registry(c->api), ARGO, "v1alpha1", plural),
		.ns = ns,
		.name = name,
		.subresource = "",
		.manager = "argocd-server",
		.permitted = right == RIGHT_POLICY,
		.grace_seconds = -1,
	};
}
