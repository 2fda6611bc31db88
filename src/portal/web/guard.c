/* guard: notices what may change what somebody may see: a role or a binding, a namespace
 * or an account that came or went.  Whoever holds one asks again then. */
#include <string.h>

#include "portal/web/web.h"

#define RBAC "rbac.authorization.k8s.io/"

static const char *const guarded[WEB_GUARDED] = {
	RBAC "Role",  RBAC "ClusterRole", RBAC "RoleBinding", RBAC "ClusterRoleBinding",
	"/Namespace", "/ServiceAccount",
};

int
web_guard_open(pv_ctx *cx, pv_api *api, void (*wake)(void *arg), void *arg, web_guard *guard)
{
	pv_store *store = pv_api_store(api);
	int r = 0;
	for (size_t i = 0; r == 0 && i < WEB_GUARDED; i++)
		r = pv_watch_open(cx, store, guarded[i], pv_store_rev(store), wake, arg, &guard->watches[i]);
	return r;
}

void
web_guard_close(web_guard *guard)
{
	for (size_t i = 0; i < WEB_GUARDED; i++)
		guard->watches[i] = pv_watch_close(guard->watches[i]);
}

/* The status of a namespace and the annotations of an account change nothing. */
static bool
matters(const char *type, const pv_event *event)
{
	return event->type != PV_MODIFIED || type[0] != '/';
}

bool
web_guard_noticed(pv_ctx *cx, web_guard *guard)
{
	bool noticed = false;
	for (size_t i = 0; i < WEB_GUARDED; i++) {
		pv_event event;
		int r;
		while ((r = pv_watch_next(cx, guard->watches[i], &event)) == 1)
			noticed |= matters(guarded[i], &event);
		if (r < 0) { /* fell behind: more than enough has changed */
			(void)pv_recover(cx);
			noticed = true;
		}
	}
	return noticed;
}
