/* caller: who calls: somebody whom Kubernetes' API knows, a local account, the role of a project, or nobody. */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "delivery/argocd/impl.h"

static const char *const no_groups[] = {NULL};

static int
refuse(pv_ctx *cx, const char *why)
{
	return pv_fail(cx, PV_EUNAUTHORIZED, "invalid session: %s", why);
}

/* A token's row in a list [{id, iat}]; rows of old have no id. */
static bool
is_listed(const pv_val *list, const jwt_claims *t)
{
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *row = pv_item(list, i);
		const char *id = pv_text_at(row, "id", "");
		if (*id ? pv_streq(id, t->id) : pv_i64_at(row, "iat", -1) == t->issued)
			return true;
	}
	return false;
}

static void
act_as(pv_ctx *cx, const char *user, int64_t expires)
{
	pv_identity *id = pv_new(cx->arena, pv_identity);
	*id = (pv_identity){.user = user, .uid = "", .groups = no_groups, .how = "token"};
	id->expires = expires * PV_SEC;
	cx->identity = id;
}

/* ---- local accounts ---- */

static int
check_account(pv_ctx *cx, pv_api *api, const jwt_claims *t, const char *name, const char *how)
{
	account a;
	if (!account_find(cx, api, name, &a) || !a.enabled)
		return refuse(cx, "there is no such account, or it is disabled");
	if (account_is_revoked(api, t->id))
		return refuse(cx, "token is revoked, please re-login");
	if (pv_streq(how, "apiKey") && (!a.api_key || !is_listed(a.tokens, t)))
		return refuse(cx, "the account does not have the token (any more)");
	if (!pv_streq(how, "apiKey") && !a.login)
		return refuse(cx, "the account does not have login capability");
	if (a.password_time > t->issued)
		return refuse(cx, "account password has changed since token issued");
	return 0;
}

static int
account_of(pv_ctx *cx, pv_api *api, const jwt_claims *t, caller *ret)
{
	const char *colon = strchr(t->subject, ':');
	const char *how = colon ? colon + 1 : "login";
	const char *name =
		colon ? pv_strndup(cx->arena, t->subject, (size_t)(colon - t->subject)) : t->subject;
	int r = check_account(cx, api, t, name, how);
	if (r < 0)
		return r;
	ret->kind = CALLER_ACCOUNT;
	ret->name = name;
	act_as(cx, pv_printf(cx->arena, "argocd:%s", name), t->expires);
	return 0;
}

/* ---- roles of projects ---- */

static const pv_val *
role_named(const pv_val *project, const char *name)
{
	const pv_val *roles = pv_at(project, "spec.roles");
	for (size_t i = 0; i < pv_count(roles); i++)
		if (pv_streq(pv_text_at(pv_item(roles, i), "name", ""), name))
			return pv_item(roles, i);
	return NULL;
}

static int
project_of(pv_ctx *cx, pv_api *api, const jwt_claims *t, caller *ret)
{
	pv_str rest = pv_str_of(t->subject + strlen("proj:")), name;
	const pv_val *project, *role = NULL;
	if (pv_str_next(&rest, ':', &name) && rest.len) {
		ret->project = pv_strndup(cx->arena, name.s, name.len);
		project = settings_stored(cx, api, ARGO "/AppProject", ARGOCD_NS, ret->project);
		role = role_named(project, rest.s);
		if (role && !is_listed(pv_get(role, "jwtTokens"), t) &&
		    !is_listed(pv_get(pv_get(pv_at(project, "status.jwtTokensByRole"), rest.s), "items"), t))
			role = NULL;
	}
	if (!role)
		return refuse(cx, "the project's role does not have the token (any more)");
	ret->kind = CALLER_PROJECT;
	ret->name = t->subject;
	act_as(cx, t->subject, t->expires);
	return 0;
}

static int
by_token(pv_ctx *cx, pv_api *api, const char *text, caller *ret)
{
	jwt_claims t;
	int r = token_read(cx, api, text, &t);
	if (r < 0)
		return r;
	ret->issued = t.issued;
	ret->token = t.id;
	ret->expires = t.expires;
	return pv_starts_with(t.subject, "proj:") ? project_of(cx, api, &t, ret)
						  : account_of(cx, api, &t, ret);
}

/* ---- whoever it is ---- */

/* The cookie's value: it may be split, argocd.token and argocd.token-1, but what we give is short. */
static const char *
cookie_of(pv_ctx *cx, const pv_http_req *req)
{
	pv_str rest = pv_str_of(pv_http_header(req, "Cookie")), one;
	size_t len = strlen(ARGOCD_COOKIE "=");
	while (pv_str_next(&rest, ';', &one)) {
		one = pv_str_trim(one);
		if (one.len > len && strncmp(one.s, ARGOCD_COOKIE "=", len) == 0)
			return pv_strndup(cx->arena, one.s + len, one.len - len);
	}
	return NULL;
}

static const char *
bearer_of(const pv_http_req *req)
{
	const char *header = pv_http_header(req, "Authorization");
	return header && (pv_starts_with(header, "Bearer ") || pv_starts_with(header, "bearer ")) ? header + 7
												  : NULL;
}

static int
by_kubernetes(pv_ctx *cx, pv_http_req *req, pv_api *api, caller *ret)
{
	const pv_identity *id = cx->identity;
	bool ambient = !pv_streq(id->how, "token");
	int r = pv_auth_impersonate(cx, pv_api_auth(api), req);
	if (r < 0)
		return r;
	id = cx->identity;
	ret->kind = CALLER_KUBERNETES;
	ret->name = id->user;
	ret->groups = id->groups ? id->groups : no_groups;
	ret->expires = id->expires / PV_SEC;
	ret->ambient = ambient;
	return 0;
}

static void
be_nobody(pv_ctx *cx, caller *ret)
{
	*ret = (caller){.name = "", .groups = no_groups};
	act_as(cx, "argocd:", 0);
}

int
caller_find(pv_ctx *cx, pv_http_req *req, pv_api *api, caller *ret)
{
	const pv_identity *id = cx->identity;
	const char *bearer = bearer_of(req), *cookie;
	be_nobody(cx, ret);
	if (bearer && token_is_ours(cx, bearer))
		return by_token(cx, api, bearer, ret);
	if (id && !pv_streq(id->how, "anonymous")) {
		cx->identity = (void *)(uintptr_t)id;
		return by_kubernetes(cx, req, api, ret);
	}
	if (bearer)
		return refuse(cx, "the token is nobody's here");
	cookie = cookie_of(cx, req);
	ret->ambient = cookie != NULL;
	return cookie ? by_token(cx, api, cookie, ret) : 0;
}
