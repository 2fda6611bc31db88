/* Impersonation headers: each name is a question to RBAC with the verb impersonate. */
#include <string.h>

#include "base/str.h"
#include "core/auth/impl.h"

static int
may(pv_ctx *cx, pv_auth *auth, const char *group, const char *resource, const char *ns, const char *name)
{
	pv_attributes what = {"impersonate", group, resource, "", ns, name, NULL};

	return pv_auth_check(cx, auth, &what);
}

static int
may_user(pv_ctx *cx, pv_auth *auth, const char *user)
{
	const char *rest = user + strlen(PV_SA_PREFIX), *colon;

	if (!pv_starts_with(user, PV_SA_PREFIX) || !(colon = strchr(rest, ':')))
		return may(cx, auth, "", "users", "", user);
	return may(cx, auth, "", "serviceaccounts", pv_strndup(cx->arena, rest, (size_t)(colon - rest)), colon + 1);
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

int
pv_auth_impersonate(pv_ctx *cx, pv_auth *auth, pv_http_req *req)
{
	const char *user = pv_http_header(req, "Impersonate-User"), *uid = pv_http_header(req, "Impersonate-Uid");
	const char *group = pv_http_header(req, "Impersonate-Group"), *end = NULL;
	pv_identity *who;
	pv_vec groups;
	int r;

	if (!user)
		return group || uid ? pv_fail(cx, PV_EBADREQUEST,
		                              "requested impersonation of a group or uid without impersonating a user: "
		                              "send Impersonate-User too")
		                    : 0;
	r = may_user(cx, auth, user);
	pv_vec_init(&groups, cx->arena, sizeof(const char *));
	if (group) { /* repeated headers reach us joined by commas */
		pv_str rest = pv_str_of(group), piece;

		while (r == 0 && pv_str_next(&rest, ',', &piece)) {
			const char *one;

			piece = pv_str_trim(piece);
			one = pv_strndup(cx->arena, piece.s, piece.len);
			r = may(cx, auth, "", "groups", "", one);
			pv_vec_push(&groups, &one);
		}
	} else if (pv_starts_with(user, PV_SA_PREFIX)) {
		sa_groups(cx, user, &groups);
	}
	if (r == 0 && uid)
		r = may(cx, auth, "authentication.k8s.io", "uids", "", uid);
	if (r < 0)
		return r;
	pv_vec_push(&groups, &end);
	who = identity_new(cx, user, uid, "impersonation");
	if (pv_streq(user, "system:anonymous"))
		who->groups = NULL;
	else
		identity_groups(cx, who, groups.data);
	cx->identity = who;
	return 0;
}
