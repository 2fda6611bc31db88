/* view: what is told about an Application beside itself. */
#include <string.h>

#include "base/str.h"
#include "core/git/git.h"
#include "delivery/application/application.h"
#include "delivery/argocd/events.h"
#include "delivery/argocd/far.h"

static int
tree(call *c)
{
	pv_vec nodes;
	target f;
	int r = application_find(c, c->part[0], "get", &f);
	if (r == 0)
		r = tree_of(c, &f, &nodes);
	return r < 0 ? r : call_answer(c, tree_show(c, &nodes));
}

/* Of the Application, or of an object that is of it. */
static int
events(call *c)
{
	const char *name = call_query(c, "resourceName"), *ns = call_query(c, "resourceNamespace"),
		   *uid = call_query(c, "resourceUID");
	const node *of = NULL;
	clusters_place at;
	pv_vec nodes;
	target f;
	int r = application_find(c, c->part[0], "get", &f);
	if (r < 0)
		return r;
	if (!*name && !*uid)
		return events_answer(c, f.right, f.ns, "Application", f.name, "");
	r = clusters_which(c->cx, c->api, pv_at(f.object, "spec.destination"), &at);
	if (r == 0 && at.secret)
		return far_events(c, &f, &at, ns, name, uid);
	if (r == 0)
		r = tree_of(c, &f, &nodes);
	for (size_t i = 0; r == 0 && !of && i < nodes.len; i++) {
		const node *n = PV_AT(node, &nodes, i);
		if (pv_streq(n->name, name) && pv_streq(n->ns, ns) && n->rec &&
		    (!*uid || pv_streq(uid, pv_text_at(pv_rec_val(n->rec), "metadata.uid", ""))))
			of = n;
	}
	if (r == 0 && !of)
		r = pv_fail(c->cx, PV_EBADREQUEST, "%s not found as part of application %s", name, f.name);
	return r < 0 ? r : events_answer(c, f.right, of->ns, of->kind, of->name, uid);
}

static const pv_val *
source_of(call *c, const target *f)
{
	const pv_val *sources = pv_at(f->object, "spec.sources");
	int64_t at = 0;
	if (!pv_count(sources))
		return application_source(c->cx->arena, f->object);
	if (!pv_parse_int(pv_str_of(call_query(c, "sourceIndex")), &at) || at < 0 ||
	    at >= (int64_t)pv_count(sources))
		at = 0;
	return pv_item(sources, (size_t)at);
}

static int
metadata(call *c)
{
	const char *repo;
	const pv_val *step;
	pv_val told, ask;
	pv_objb b;
	target f;
	int r = application_find(c, c->part[0], "get", &f);
	if (r < 0)
		return r;
	repo = pv_text_at(source_of(c, &f), "repoURL", "");
	if (!application_may_read(c->cx, c->api, f.object, repo))
		return pv_fail(c->cx, PV_EFORBIDDEN,
			       "permission denied: the project does not permit the repository");
	if (!pv_facts_of(c->api))
		return pv_fail(c->cx, PV_EUNAVAILABLE, "no controllers run in this process");
	ask = pv_with(c->cx->arena, NULL, "commit", pv_string_ref(c->part[1]));
	ask = pv_with(c->cx->arena, &ask, "path", pv_string_ref(""));
	ask = pv_list_of(c->cx->arena, &ask, 1);
	r = pv_git_log(c->cx, pv_facts_of(c->api), repo, &ask, &told);
	if (r < 0)
		return r;
	step = pv_item(pv_get(&told, "steps"), 0);
	if (!pv_get(step, "author"))
		return pv_fail(c->cx, PV_EBADREQUEST,
			       "revision %s is not in the repository as it was fetched", c->part[1]);
	pv_objb_init(&b, c->cx->arena);
	pv_objb_puts(&b, "author",
		     pv_printf(c->cx->arena, "%s <%s>", pv_text_at(step, "author", ""),
			       pv_text_at(step, "email", "")));
	pv_objb_puts(&b, "date", pv_text_at(step, "date", NULL));
	pv_objb_puts(&b, "message", pv_text_at(step, "subject", ""));
	return call_answer(c, pv_objb_end(&b));
}

/* Whether one is open the controller knows alone (delivery/application): a sync outside of it waits. */
static int
windows(call *c)
{
	const pv_val *project;
	target f;
	pv_val v;
	int r = application_find(c, c->part[0], "get", &f);
	if (r < 0)
		return r;
	project =
		settings_stored(c->cx, c->api, ARGO "/AppProject", ARGOCD_NS, application_project(f.object));
	if (pv_count(pv_at(project, "spec.syncWindows")))
		return pv_fail(c->cx, PV_EUNSUPPORTED,
			       "which of the project's syncWindows are active is not told yet");
	v = pv_with(c->cx->arena, NULL, "assignedWindows", pv_list_of(c->cx->arena, NULL, 0));
	v = pv_with(c->cx->arena, &v, "activeWindows", pv_list_of(c->cx->arena, NULL, 0));
	return call_answer(c, pv_with(c->cx->arena, &v, "canSync", pv_bool(true)));
}

static int
links(call *c)
{
	target f;
	int r = application_find(c, c->part[0], "get", &f);
	return r < 0 ? r : links_answer(c, "application.links");
}

const struct path application_view_paths[] = {
	{"GET", "v1/applications/{}/resource-tree", tree, 0},
	{"GET", "v1/applications/{}/events", events, 0},
	{"GET", "v1/applications/{}/revisions/{}/metadata", metadata, 0},
	{"GET", "v1/applications/{}/syncwindows", windows, 0},
	{"GET", "v1/applications/{}/links", links, 0},
	{NULL, NULL, NULL, 0},
};
