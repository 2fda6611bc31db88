/* project: AppProjects of namespace argocd, and the tokens of their roles.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/projects/ */
#include "base/map.h"
#include "base/str.h"
#include "base/time.h"
#include "base/vec.h"
#include "delivery/argocd/impl.h"
#include "delivery/argocd/events.h"

#define PROJECT ARGO "/AppProject"
#define TOKENS_MOST 1000 /* of one role */

static int
find_project(call *c, const char *name, const char *action, const pv_rec **ret, enum right *ret_right)
{
	pv_key key = {PROJECT, ARGOCD_NS, name};
	int r = rights_check(c->rights, "projects", action, name, ARGOCD_NS, name, ret_right);
	if (r < 0)
		return r;
	*ret = pv_store_find(c->cx, pv_api_store(c->api), &key);
	return *ret ? 0 : pv_fail(c->cx, PV_ENOTFOUND, "appprojects.argoproj.io \"%s\" not found", name);
}

/* What a token is known by is shown, as upstream does: it is no secret. */
static int
list(call *c)
{
	pv_list_query query = {.type = PROJECT, .ns = ARGOCD_NS};
	const char *wanted = call_query(c, "name");
	pv_listb items;
	pv_listing all;
	pv_val v;
	int r = pv_store_list(c->cx, pv_api_store(c->api), &query, &all);
	if (r < 0)
		return r;
	pv_listb_init(&items, c->cx->arena);
	for (size_t i = 0; i < all.len; i++) {
		const char *name = pv_rec_key(all.recs[i])->name;
		if ((!*wanted || pv_streq(wanted, name)) &&
		    rights_have(c->rights, "projects", "get", name, ARGOCD_NS, name))
			pv_listb_add(&items, *pv_rec_val(all.recs[i]));
	}
	v = pv_with(c->cx->arena, NULL, "resourceVersion",
		    pv_stringf(c->cx->arena, "%lld", (long long)all.rev));
	v = pv_with(c->cx->arena, NULL, "metadata", v);
	return call_answer(c, pv_with(c->cx->arena, &v, "items", pv_listb_end(&items)));
}

static int
get(call *c)
{
	const pv_rec *rec;
	int r = find_project(c, c->part[0], "get", &rec, NULL);
	return r < 0 ? r : call_answer(c, *pv_rec_val(rec));
}

/* What argocd-cm says beside a project limits nothing here, so it is refused where it is said. */
static int
check_global(call *c)
{
	return *settings_text(c->cx, c->api, "argocd-cm", "globalProjects", "")
		       ? pv_fail(c->cx, PV_EUNSUPPORTED,
				 "globalProjects of ConfigMap argocd/argocd-cm is not supported yet")
		       : 0;
}

/* With the destinations and repositories of its own. */
static int
detailed(call *c)
{
	const pv_rec *rec;
	pv_val clusters, repositories, v;
	int r = find_project(c, c->part[0], "get", &rec, NULL);
	if (r == 0)
		r = check_global(c);
	if (r == 0)
		r = place_of_project(c, c->part[0], &clusters, &repositories);
	if (r < 0)
		return r;
	v = pv_with(c->cx->arena, NULL, "project", *pv_rec_val(rec));
	v = pv_with(c->cx->arena, &v, "globalProjects", pv_list_of(c->cx->arena, NULL, 0));
	v = pv_with(c->cx->arena, &v, "repositories", repositories);
	return call_answer(c, pv_with(c->cx->arena, &v, "clusters", clusters));
}

static int
global_projects(call *c)
{
	const pv_rec *rec;
	int r = find_project(c, c->part[0], "get", &rec, NULL);
	if (r == 0)
		r = check_global(c);
	return r < 0 ? r
		     : call_answer(c,
				   pv_with(c->cx->arena, NULL, "items", pv_list_of(c->cx->arena, NULL, 0)));
}

static int
windows(call *c)
{
	const pv_rec *rec;
	const pv_val *list_of_them;
	int r = find_project(c, c->part[0], "get", &rec, NULL);
	if (r < 0)
		return r;
	list_of_them = pv_at(pv_rec_val(rec), "spec.syncWindows");
	return call_answer(c, pv_with(c->cx->arena, NULL, "windows",
				      list_of_them ? *list_of_them : pv_list_of(c->cx->arena, NULL, 0)));
}

static int
events(call *c)
{
	enum right right;
	const pv_rec *rec;
	int r = find_project(c, c->part[0], "get", &rec, &right);
	return r < 0 ? r
		     : events_answer(c, right, ARGOCD_NS, "AppProject", c->part[0],
				     pv_text_at(pv_rec_val(rec), "metadata.uid", ""));
}

static int
links(call *c)
{
	const pv_rec *rec;
	int r = find_project(c, c->part[0], "get", &rec, NULL);
	return r < 0 ? r : links_answer(c, "project.links");
}

/* ---- writing ---- */

static int
read_project(call *c, pv_val *ret)
{
	const pv_val *sent = pv_get(c->body, "project");
	int r;
	if (!pv_is(sent, PV_OBJECT) || !*pv_text_at(sent, "metadata.name", ""))
		return pv_fail(c->cx, PV_EBADREQUEST,
			       "expected {\"project\": {\"metadata\": {\"name\": ...}, \"spec\": ...}}");
	*ret = pv_with(c->cx->arena, sent, "kind", pv_string_ref("AppProject"));
	*ret = pv_with(c->cx->arena, ret, "apiVersion", pv_string_ref(ARGO "/v1alpha1"));
	*ret = pv_with_at(c->cx->arena, ret, "metadata.namespace", pv_string_ref(ARGOCD_NS));
	*ret = pv_without(c->cx->arena, ret, "status");
	if (!pv_get(ret, "spec"))
		*ret = pv_with(c->cx->arena, ret, "spec", pv_object_of(c->cx->arena, NULL, 0, NULL, NULL));
	r = policy_check_project(c->cx, ret);
	return r < 0 ? pv_wrap(c->cx, r, "project %s", pv_text_at(ret, "metadata.name", "")) : 0;
}

/* Of a destination its cluster, of a repository all of it. */
static const char *
place_of(const pv_val *v)
{
	const char *server = pv_text_at(v, "server", "");
	return pv_is(v, PV_STRING) ? pv_text(v, "") : *server ? server : pv_text_at(v, "name", "");
}

static int
check_places(call *c, const char *resource, const pv_val *had, const pv_val *wanted)
{
	pv_map *known = pv_map_new(c->cx->arena);
	int r = 0;
	for (size_t i = 0; i < pv_count(had); i++)
		pv_map_puts(known, place_of(pv_item(had, i)), known);
	for (size_t i = 0; r == 0 && i < pv_count(wanted); i++)
		if (!pv_map_finds(known, place_of(pv_item(wanted, i))))
			r = rights_check(c->rights, resource, "update", place_of(pv_item(wanted, i)),
					 ARGOCD_NS, "", NULL);
	return r;
}

/* By the policy, who may update a project lets it on to other clusters and repositories only where they may update
 * those; and to other kinds where they may update all of its clusters. */
static int
check_wider(call *c, const pv_val *was, const pv_val *spec)
{
	static const char *const kinds[] = {"clusterResourceWhitelist", "clusterResourceBlacklist",
					    "namespaceResourceWhitelist", "namespaceResourceBlacklist"};
	bool same = true;
	int r;
	for (size_t i = 0; i < PV_LEN(kinds); i++)
		same = same && pv_eq(pv_get(was, kinds[i]), pv_get(spec, kinds[i]));
	r = check_places(c, "clusters", same ? pv_get(was, "destinations") : NULL,
			 pv_get(spec, "destinations"));
	return r < 0 ? r
		     : check_places(c, "repositories", pv_get(was, "sourceRepos"),
				    pv_get(spec, "sourceRepos"));
}

static int
replace(call *c, const pv_rec *rec, const pv_val *wanted, enum right right)
{
	const pv_val *was = pv_rec_val(rec), *made;
	pv_call to = call_on(c, "appprojects", ARGOCD_NS, pv_rec_key(rec)->name, right);
	pv_val v = pv_with(c->cx->arena, was, "spec", *pv_get(wanted, "spec"));
	static const char *const parts[] = {"metadata.labels", "metadata.annotations", "metadata.finalizers"};
	int r = right == RIGHT_POLICY ? check_wider(c, pv_get(was, "spec"), pv_get(wanted, "spec")) : 0;
	if (r < 0)
		return r;
	for (size_t i = 0; i < PV_LEN(parts); i++)
		if (pv_at(wanted, parts[i]))
			v = pv_with_at(c->cx->arena, &v, parts[i], *pv_at(wanted, parts[i]));
	r = pv_api_update(c->cx, c->api, &to, pv_box(c->cx->arena, v), &made);
	return r < 0 ? r : call_answer(c, *made);
}

static int
create(call *c)
{
	enum right right;
	const pv_val *made;
	const char *name;
	pv_val v;
	pv_key key;
	const pv_rec *rec;
	pv_call to;
	int r = read_project(c, &v);
	if (r < 0)
		return r;
	name = pv_text_at(&v, "metadata.name", "");
	r = rights_check(c->rights, "projects", "create", name, ARGOCD_NS, name, &right);
	if (r < 0)
		return r;
	key = (pv_key){PROJECT, ARGOCD_NS, name};
	rec = pv_store_find(c->cx, pv_api_store(c->api), &key);
	if (rec && pv_eq(pv_get(pv_rec_val(rec), "spec"), pv_get(&v, "spec")))
		return call_answer(c, *pv_rec_val(rec));
	if (rec && !pv_truth_at(c->body, "upsert", false))
		return pv_fail(c->cx, PV_EBADREQUEST,
			       "existing project spec is different, use upsert flag to force update");
	if (rec) {
		r = rights_check(c->rights, "projects", "update", name, ARGOCD_NS, name, &right);
		return r < 0 ? r : replace(c, rec, &v, right);
	}
	to = call_on(c, "appprojects", ARGOCD_NS, name, right);
	r = pv_api_create(c->cx, c->api, &to, pv_box(c->cx->arena, v), &made);
	return r < 0 ? r : call_answer(c, *made);
}

static int
update(call *c)
{
	enum right right;
	const pv_rec *rec;
	pv_val v;
	int r = read_project(c, &v);
	if (r == 0 && !pv_streq(pv_text_at(&v, "metadata.name", ""), c->part[0]))
		r = pv_fail(c->cx, PV_EBADREQUEST, "expected metadata.name to be %s as in the path, found %s",
			    c->part[0], pv_text_at(&v, "metadata.name", ""));
	if (r == 0)
		r = find_project(c, c->part[0], "update", &rec, &right);
	return r < 0 ? r : replace(c, rec, &v, right);
}

/* Applications would be left without what limits them. */
static int
check_unused(call *c, const char *name)
{
	pv_list_query query = {.type = ARGO "/Application"};
	pv_listing all;
	size_t used = 0;
	int r = pv_store_list(c->cx, pv_api_store(c->api), &query, &all);
	for (size_t i = 0; r == 0 && i < all.len; i++)
		used += pv_streq(pv_text_at(pv_rec_val(all.recs[i]), "spec.project", ""), name);
	return r < 0 || !used
		       ? r
		       : pv_fail(c->cx, PV_EBADREQUEST, "project is referenced by %zu applications", used);
}

static int
remove_it(call *c)
{
	enum right right;
	const pv_rec *rec;
	const pv_val *left;
	pv_call to;
	int r;
	if (pv_streq(c->part[0], "default"))
		return pv_fail(c->cx, PV_EBADREQUEST, "name 'default' is reserved and cannot be deleted");
	r = find_project(c, c->part[0], "delete", &rec, &right);
	if (r == 0)
		r = check_unused(c, c->part[0]);
	to = call_on(c, "appprojects", ARGOCD_NS, c->part[0], right);
	if (r == 0)
		r = pv_api_delete(c->cx, c->api, &to, &left);
	return r < 0 ? r : call_answer_nothing(c);
}

/* ---- tokens of roles ---- */

static size_t
role_at(const pv_val *roles, const char *name)
{
	size_t i = 0;
	while (i < pv_count(roles) && !pv_streq(pv_text_at(pv_item(roles, i), "name", ""), name))
		i++;
	return i;
}

static bool
is_token(const pv_val *row, const char *iat, const char *id)
{
	const char *own = pv_text_at(row, "id", "");
	int64_t issued = -1;
	if (*id)
		return pv_streq(own, id);
	return pv_parse_int(pv_str_of(iat), &issued) && pv_i64_at(row, "iat", 0) == issued;
}

/* Both places are written: spec.roles[].jwtTokens, and status.jwtTokensByRole as upstream keeps it. */
static int
put_tokens(call *c, const pv_rec *rec, size_t at, const char *role, pv_val rows, enum right right)
{
	const pv_val *was = pv_rec_val(rec), *made;
	pv_call to = call_on(c, "appprojects", ARGOCD_NS, pv_rec_key(rec)->name, right);
	pv_val roles = *pv_at(was, "spec.roles"), items = pv_with(c->cx->arena, NULL, "items", rows), v, by;
	pv_listb b;
	pv_listb_init(&b, c->cx->arena);
	for (size_t i = 0; i < pv_count(&roles); i++)
		pv_listb_add(&b, i == at ? pv_with(c->cx->arena, pv_item(&roles, i), "jwtTokens", rows)
					 : *pv_item(&roles, i));
	v = pv_with_at(c->cx->arena, was, "spec.roles", pv_listb_end(&b));
	by = pv_with(c->cx->arena, pv_at(was, "status.jwtTokensByRole"), role, items);
	v = pv_with_at(c->cx->arena, &v, "status.jwtTokensByRole", by);
	return pv_api_update(c->cx, c->api, &to, pv_box(c->cx->arena, v), &made);
}

/* Listed in either place. */
static pv_val
tokens_of(call *c, const pv_val *project, size_t at, const char *role)
{
	const pv_val *spec = pv_get(pv_item(pv_at(project, "spec.roles"), at), "jwtTokens");
	const pv_val *status = pv_get(pv_get(pv_at(project, "status.jwtTokensByRole"), role), "items");
	pv_val none = pv_list_of(c->cx->arena, NULL, 0);
	return pv_list_union(c->cx->arena, spec ? spec : &none, status ? status : &none);
}

static int
find_role(call *c, const pv_rec **ret, size_t *ret_at, enum right *ret_right)
{
	const char *project = c->part[0], *role = c->part[1];
	const pv_val *roles;
	int r = find_project(c, project, "update", ret, ret_right);
	if (r < 0)
		return r;
	roles = pv_at(pv_rec_val(*ret), "spec.roles");
	*ret_at = role_at(roles, role);
	return *ret_at < pv_count(roles) ? 0
					 : pv_fail(c->cx, PV_ENOTFOUND,
						   "role '%s' does not exist in project '%s'", role, project);
}

static int
create_token(call *c)
{
	enum right right;
	const pv_rec *rec;
	const char *text;
	pv_val rows, row;
	size_t at;
	jwt_claims t;
	int r = find_role(c, &rec, &at, &right);
	if (r == 0)
		r = token_wished(c, &t);
	t.subject = pv_printf(c->cx->arena, "proj:%s:%s", c->part[0], c->part[1]);
	if (r < 0)
		return r;
	rows = tokens_of(c, pv_rec_val(rec), at, c->part[1]);
	for (size_t i = 0; i < pv_count(&rows); i++)
		if (is_token(pv_item(&rows, i), "", t.id))
			return pv_fail(c->cx, PV_EBADREQUEST, "rpc error: token id '%s' has been used", t.id);
	if (pv_count(&rows) >= TOKENS_MOST)
		return pv_fail(c->cx, PV_EBADREQUEST, "a role has at most %d tokens: delete some",
			       TOKENS_MOST);
	row = pv_with(c->cx->arena, NULL, "iat", pv_int(t.issued));
	if (t.expires)
		row = pv_with(c->cx->arena, &row, "exp", pv_int(t.expires));
	row = pv_with(c->cx->arena, &row, "id", pv_string_ref(t.id));
	row = pv_list_of(c->cx->arena, &row, 1);
	r = token_sign(c->cx, c->api, &t, &text);
	if (r == 0)
		r = put_tokens(c, rec, at, c->part[1], pv_list_union(c->cx->arena, &rows, &row), right);
	return r < 0 ? r : call_answer(c, pv_with(c->cx->arena, NULL, "token", pv_string_ref(text)));
}

static int
delete_token(call *c)
{
	enum right right;
	const pv_rec *rec;
	const char *id = call_query(c, "id");
	pv_val rows;
	pv_listb kept;
	size_t at;
	int r = find_role(c, &rec, &at, &right);
	if (r < 0)
		return r;
	rows = tokens_of(c, pv_rec_val(rec), at, c->part[1]);
	pv_listb_init(&kept, c->cx->arena);
	for (size_t i = 0; i < pv_count(&rows); i++)
		if (!is_token(pv_item(&rows, i), c->part[2], id))
			pv_listb_add(&kept, *pv_item(&rows, i));
	if (kept.len < pv_count(&rows))
		r = put_tokens(c, rec, at, c->part[1], pv_listb_end(&kept), right);
	return r < 0 ? r : call_answer_nothing(c);
}

const struct path project_paths[] = {
	{"GET", "v1/projects", list, 0},
	{"POST", "v1/projects", create, 0},
	{"GET", "v1/projects/{}", get, 0},
	{"PUT", "v1/projects/{}", update, 0},
	{"DELETE", "v1/projects/{}", remove_it, 0},
	{"GET", "v1/projects/{}/detailed", detailed, 0},
	{"GET", "v1/projects/{}/globalprojects", global_projects, 0},
	{"GET", "v1/projects/{}/syncwindows", windows, 0},
	{"GET", "v1/projects/{}/events", events, 0},
	{"GET", "v1/projects/{}/links", links, 0},
	{"POST", "v1/projects/{}/roles/{}/token", create_token, 0},
	{"DELETE", "v1/projects/{}/roles/{}/token/{}", delete_token, 0},
	{NULL, NULL, NULL, 0},
};
