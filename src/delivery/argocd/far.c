#include "delivery/argocd/far.h"

#include "base/httpc.h"
#include "base/str.h"
#include "delivery/application/application.h"

static void
let_go(void *s)
{
	spoke_let_go(s);
}

int
far_permitted(call *c, const target *f, const clusters_place *at, const char *group, const char *kind,
	      const char *ns, const char *name)
{
	return application_may_reach(c->cx, c->api, f->object, at, group, kind, ns, name)
		       ? 0
		       : pv_fail(c->cx, PV_EFORBIDDEN,
				 "permission denied: the project does not permit %s %s in %s", kind, name,
				 at->name);
}

/* Of what lies elsewhere Kubernetes' RBAC of this server says nothing: by it, who may change what is deployed there has
 * it in hand. */
static int
reach(call *c, const target *f, const clusters_place *at, const node *n, spoke **ret)
{
	int r = 0;
	if (f->right != RIGHT_POLICY)
		r = rights_check(c->rights, "applications", "update", f->rbac, f->ns, f->name, NULL);
	if (r < 0 || !n)
		return r;
	r = far_permitted(c, f, at, n->group, n->kind, n->ns, n->name);
	if (r == 0)
		r = spoke_hold(c->cx, c->api, at->secret, ret);
	if (r == 0)
		pv_arena_defer(c->cx->arena, let_go, *ret);
	return r;
}

int
far_find(call *c, const target *f, const clusters_place *at, const node *n, pv_call *of, spoke **ret,
	 const pv_val **ret_live)
{
	const pv_val *live = NULL;
	int r = reach(c, f, at, n, ret);
	*ret_live = NULL;
	if (r < 0 || !n)
		return r;
	r = spoke_resource(c->cx, *ret,
			   *n->group ? pv_printf(c->cx->arena, "%s/%s", n->group, n->version) : n->version,
			   n->kind, &of->resource);
	if (r == 0 && of->resource)
		r = spoke_find(c->cx, *ret, of, &live);
	if (r < 0 || !live || !tree_claims(c, f, n, live))
		return r;
	of->expect_uid = pv_text_at(live, "metadata.uid", NULL);
	*ret_live = live;
	return 0;
}

static int
answer_events(call *c, spoke *s, const node *n, const char *uid)
{
	pv_call of = {.ns = *n->ns ? n->ns : "default", .name = "", .grace_seconds = -1};
	const char *fields =
		pv_printf(c->cx->arena, "involvedObject.kind=%s,involvedObject.name=%s,involvedObject.uid=%s",
			  n->kind, n->name, uid);
	const pv_val *list;
	pv_val v;
	int r = spoke_resource(c->cx, s, "v1", "Event", &of.resource);
	if (r == 0 && !of.resource)
		r = pv_fail(c->cx, PV_ENOTFOUND, "the cluster serves no events");
	if (r == 0)
		r = spoke_list(
			c->cx, s, &of,
			pv_printf(c->cx->arena, "fieldSelector=%s", pv_url_escape(c->cx->arena, fields)),
			&list);
	if (r < 0)
		return r;
	v = pv_with(c->cx->arena, NULL, "metadata", pv_object_of(c->cx->arena, NULL, 0, NULL, NULL));
	return call_answer(c, pv_with(c->cx->arena, &v, "items", *pv_get(list, "items")));
}

int
far_events(call *c, const target *f, const clusters_place *at, const char *ns, const char *name,
	   const char *uid)
{
	pv_vec nodes;
	int r = tree_of(c, f, &nodes);
	for (size_t i = 0; r == 0 && i < nodes.len; i++) {
		const node *n = PV_AT(node, &nodes, i);
		pv_call of = {.ns = n->ns, .name = n->name, .subresource = "", .grace_seconds = -1};
		const pv_val *live;
		spoke *s = NULL;
		if (!pv_streq(n->name, name) || !pv_streq(n->ns, ns))
			continue;
		r = far_find(c, f, at, n, &of, &s, &live);
		if (r == 0 && live && (!*uid || pv_streq(uid, of.expect_uid)))
			return answer_events(c, s, n, of.expect_uid);
	}
	return r < 0 ? r
		     : pv_fail(c->cx, PV_EBADREQUEST, "%s not found as part of application %s", name,
			       f->name);
}
