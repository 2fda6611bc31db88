/* Impersonation headers: each name is a question to RBAC with the verb impersonate. */
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "core/auth/impl.h"

static int
may(pv_ctx *cx, pv_auth *auth, const char *group, const char *resource, const char *ns, const char *name)
{
	pv_attributes what = {"impersonate", group, resource, "", ns, name, NULL, NULL};

	return pv_auth_check(cx, auth, &what);
}

static int
may_user(pv_ctx *cx, pv_auth *auth, const char *user)
{
	const char *rest = user + strlen(PV_SA_PREFIX), *colon;

	if (!pv_starts_with(user, PV_SA_PREFIX) || !(colon = strchr(rest, ':')))
		return may(cx, auth, "", "users", "", user);
	return may(cx, auth, "", "serviceaccounts", pv_strndup(cx->arena, rest, (size_t)(colon - rest)),
		   colon + 1);
}

/* The groups of a service account follow from its name. */
static void
sa_groups(pv_ctx *cx, const char *user, pv_vec *groups)
{
	const char *rest = user + strlen(PV_SA_PREFIX), *colon = strchr(rest, ':'), *one;

	if (!colon)
		return;
	one = "system:serviceaccounts";
	pv_vec_push(groups, &one);
	one = pv_printf(cx->arena, "system:serviceaccounts:%.*s", (int)(colon - rest), rest);
	pv_vec_push(groups, &one);
}

/* Every Impersonate-Group header is one group; each is asked for. */
static int
asked_groups(pv_ctx *cx, pv_auth *auth, pv_http_req *req, pv_vec *groups)
{
	const char *name, *value;
	size_t pos = 0;
	int r = 0;

	while (r == 0 && pv_http_header_each(req, &pos, &name, &value)) {
		const char *one;

		if (strcasecmp(name, "Impersonate-Group") != 0)
			continue;
		one = pv_strdup(cx->arena, value);
		r = may(cx, auth, "", "groups", "", one);
		pv_vec_push(groups, &one);
	}
	return r;
}

#define EXTRA "Impersonate-Extra-"

/* Every Impersonate-Extra-KEY header is one value of that key, which is in lower case and
 * percent-encoded; each is asked for (apiserver endpoints/filters/impersonation.go). */
static int
asked_extra(pv_ctx *cx, pv_auth *auth, pv_http_req *req, pv_vec *extra)
{
	const char *name, *value;
	size_t pos = 0;
	int r = 0;

	while (r == 0 && pv_http_header_each(req, &pos, &name, &value)) {
		const char *key, *one;

		if (strncasecmp(name, EXTRA, strlen(EXTRA)) != 0)
			continue;
		key = pv_percent_decode(cx->arena, pv_str_lower(cx->arena, name + strlen(EXTRA)));
		if (!key)
			return pv_fail(cx, PV_EBADREQUEST,
				       "header %s: expected a key, percent-encoded where it is no token",
				       name);
		one = pv_strdup(cx->arena, value);
		r = pv_auth_check(cx, auth,
				  &(pv_attributes){"impersonate", "authentication.k8s.io", "userextras", key,
						   "", one, NULL, NULL});
		pv_vec_push(extra, &key);
		pv_vec_push(extra, &one);
	}
	return r;
}

static bool
asks(pv_http_req *req)
{
	const char *name, *value;
	size_t pos = 0;

	while (pv_http_header_each(req, &pos, &name, &value))
		if (strncasecmp(name, "Impersonate-", strlen("Impersonate-")) == 0)
			return true;
	return false;
}

static pv_identity *
other(pv_ctx *cx, const char *user, const char *uid, pv_vec *groups, pv_vec *extra)
{
	const char *end = NULL, *stranger = "system:unauthenticated";
	pv_identity *who = identity_new(cx, user, uid, "impersonation");
	bool nobody = pv_streq(user, "system:anonymous");

	if (groups->len == 0 && pv_starts_with(user, PV_SA_PREFIX))
		sa_groups(cx, user, groups);
	if (nobody)
		pv_vec_push(groups, &stranger);
	pv_vec_push(groups, &end);
	if (nobody)
		who->groups = groups->data;
	else
		identity_groups(cx, who, groups->data);
	if (extra->len) {
		pv_vec_push(extra, &end);
		who->extra = extra->data;
	}
	who->by = pv_auth_identity(cx);
	return who;
}

int
pv_auth_impersonate(pv_ctx *cx, pv_auth *auth, pv_http_req *req)
{
	const char *user = pv_http_header(req, "Impersonate-User"),
		   *uid = pv_http_header(req, "Impersonate-Uid");
	pv_vec groups, extra;
	int r;

	if (!asks(req))
		return 0;
	if (!user)
		return pv_fail(cx, PV_EBADREQUEST,
			       "requested impersonation of a group, uid or extra without a user: send "
			       "Impersonate-User too");
	pv_vec_init(&groups, cx->arena, sizeof(const char *));
	pv_vec_init(&extra, cx->arena, sizeof(const char *));
	r = may_user(cx, auth, user);
	if (r == 0)
		r = asked_groups(cx, auth, req, &groups);
	if (r == 0 && uid)
		r = may(cx, auth, "authentication.k8s.io", "uids", "", uid);
	if (r == 0)
		r = asked_extra(cx, auth, req, &extra);
	if (r == 0)
		cx->identity = other(cx, user, uid, &groups, &extra);
	return r;
}
