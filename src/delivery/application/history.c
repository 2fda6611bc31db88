/* history: what was deployed one after another, told by its commits: GET /delivery/history/NAMESPACE/NAME
 * for whoever may get the Application.  Out of the repository's mirror, so after a restart, too. */
#include <string.h>

#include "base/str.h"
#include "core/api/api.h"
#include "core/git/git.h"
#include "delivery/application/app.h"
#include "delivery/application/application.h"
#include "delivery/application/project.h"
#include "lang/json/json.h"

#define TOLD_MOST 50 /* the newest entries */
#define PROJECT "argoproj.io/AppProject"

static const pv_val *
stored_project(pv_ctx *cx, pv_api *api, const char *ns, const char *name)
{
	pv_key key = {PROJECT, ns, name};
	const pv_rec *rec = pv_store_find(cx, pv_api_store(api), &key);
	return rec ? pv_rec_val(rec) : NULL;
}

/* Who may write the Application's status decides what it names: the project's limit holds here, too. */
bool
application_may_read(pv_ctx *cx, pv_api *api, const pv_val *object, const char *repo)
{
	const char *ns = pv_text_at(object, "metadata.namespace", ""),
		   *named = pv_text_at(object, "spec.project", ""), *name = *named ? named : "default";
	return application_permits_repo(cx->arena, stored_project(cx, api, PROJECT_HOME, name),
					stored_project(cx, api, ns, name), ns, name, repo);
}

/* As project_allows_destination and project_refuses, of what is stored. */
bool
application_may_reach(pv_ctx *cx, pv_api *api, const pv_val *object, const clusters_place *place,
		      const char *group, const char *kind, const char *ns, const char *object_name)
{
	const char *own = pv_text_at(object, "metadata.namespace", ""),
		   *named = pv_text_at(object, "spec.project", ""), *name = *named ? named : "default";
	const pv_val *home = stored_project(cx, api, PROJECT_HOME, name),
		     *project =
			     project_admits_namespace(home, own) ? home : stored_project(cx, api, own, name);
	const item it = {.group = group, .kind = kind, .ns = ns, .name = object_name};
	const char *to = *ns ? ns : pv_text_at(object, "spec.destination.namespace", "");
	if (!project)
		return !home && pv_streq(name, "default");
	return project_permits_place(project, place, to) && project_permits_kind(project, &it) &&
	       !pv_count(pv_at(project, "spec.destinationServiceAccounts")) &&
	       (!pv_truth_at(project, "spec.permitOnlyProjectScopedClusters", false) ||
		pv_streq(place->project, pv_text_at(project, "metadata.name", "")));
}

/* The entries that are of this repository, oldest first; ids: of each. */
static pv_val
steps_of(pv_ctx *cx, const pv_val *history, const char *repo, pv_listb *ids)
{
	size_t n = pv_count(history);
	const char *before = NULL;
	pv_listb steps;
	pv_listb_init(&steps, cx->arena);
	for (size_t i = n > TOLD_MOST ? n - TOLD_MOST : 0; i < n; i++) {
		const pv_val *entry = pv_item(history, i);
		const char *revision = pv_text_at(entry, "revision", "");
		pv_objb b;
		if (!pv_streq(pv_text_at(entry, "source.repoURL", ""), repo) ||
		    *pv_text_at(entry, "source.chart", "")) /* a version of a chart is no commit */
			continue;
		pv_objb_init(&b, cx->arena);
		pv_objb_puts(&b, "commit", revision);
		pv_objb_puts(&b, "before", before);
		pv_objb_puts(&b, "path", pv_text_at(entry, "source.path", ""));
		pv_listb_add(&steps, pv_objb_end(&b));
		pv_listb_add(ids, pv_int(pv_i64_at(entry, "id", 0)));
		before = revision;
	}
	return pv_listb_end(&steps);
}

static int
tell(pv_ctx *cx, pv_api *api, const pv_val *object, pv_listb *items)
{
	const char *repo = pv_text_at(application_source(cx->arena, object), "repoURL", "");
	pv_facts *facts = pv_facts_of(api);
	pv_val steps, ids, told;
	pv_listb list;
	int r;
	pv_listb_init(&list, cx->arena);
	steps = steps_of(cx, pv_at(object, "status.history"), repo, &list);
	ids = pv_listb_end(&list);
	if (!pv_count(&steps))
		return 0;
	if (!application_may_read(cx, api, object, repo))
		return pv_fail(cx, PV_EFORBIDDEN, "repository %s is not permitted in project '%s'",
			       pv_git_plain_url(cx->arena, repo),
			       pv_text_at(object, "spec.project", "default"));
	if (!facts)
		return pv_fail(cx, PV_EUNAVAILABLE, "no controllers run in this process");
	r = pv_git_log(cx, facts, repo, &steps, &told);
	for (size_t i = 0; r == 0 && i < pv_count(&ids); i++)
		pv_listb_add(items,
			     pv_with(cx->arena, pv_item(pv_get(&told, "steps"), i), "id", *pv_item(&ids, i)));
	return r;
}

/* "/delivery/history/NAMESPACE/NAME", raw. */
static bool
parse(pv_ctx *cx, const char *path, pv_call *ret)
{
	pv_str rest = pv_str_of(path + strlen(HISTORY_ROUTE)), ns;
	if (!pv_str_next(&rest, '/', &ns) || !ns.len || !rest.len || memchr(rest.s, '/', rest.len))
		return false;
	ret->ns = pv_percent_decode(cx->arena, pv_strndup(cx->arena, ns.s, ns.len));
	ret->name = pv_percent_decode(cx->arena, pv_strndup(cx->arena, rest.s, rest.len));
	return ret->ns && ret->name;
}

int
app_history(pv_ctx *cx, pv_http_req *req, pv_api *api)
{
	pv_call call = {.subresource = ""};
	const pv_val *object;
	pv_listb items;
	pv_val v;
	int r;
	call.resource = pv_resource_find(cx, pv_api_registry(api), "argoproj.io", "v1alpha1", "applications");
	if (!call.resource || !parse(cx, pv_http_path(req), &call))
		return pv_fail(cx, PV_ENOTFOUND,
			       "expected " HISTORY_ROUTE "NAMESPACE/NAME of an Application, found %s",
			       pv_http_path(req));
	pv_listb_init(&items, cx->arena);
	r = pv_api_get(cx, api, &call, &object);
	if (r == 0)
		r = tell(cx, api, object, &items);
	if (r < 0)
		return r;
	v = pv_with(cx->arena, NULL, "items", pv_listb_end(&items));
	pv_http_set(req, "Cache-Control", "no-cache, private");
	pv_http_reply(req, 200, "application/json", pv_str_of(pv_json_text(cx->arena, &v)), NULL, NULL);
	return 0;
}
