/* project: https://argo-cd.readthedocs.io/en/stable/user-guide/projects/ */
#include "delivery/application/project.h"

#include "base/str.h"
#include "core/git/git.h"
#include "lang/glob/glob.h"

static bool
is_default(const app *a)
{
	const char *name = pv_text_at(a->spec, "project", "default");
	return !*name || pv_streq(name, "default");
}

/* "!pattern": everything else. */
static bool
fits_or_not(const char *pattern, const char *text)
{
	return *pattern == '!' ? !pv_glob_spans(pattern + 1, text) : pv_glob_spans(pattern, text);
}

bool
project_admits_namespace(const pv_val *project, const char *ns)
{
	const pv_val *list = pv_at(project, "spec.sourceNamespaces");
	bool admits = project && pv_streq(ns, PROJECT_HOME);
	for (size_t i = 0; project && !admits && i < pv_count(list); i++)
		admits = pv_glob_spans(pv_text(pv_item(list, i), ""), ns);
	return admits;
}

/* The administrators' project first, where it admits this namespace: one of the same name
 * beside the Application must not widen it. */
const pv_val *
project_of(app *a)
{
	const char *named = pv_text_at(a->spec, "project", ""), *name = *named ? named : "default",
		   *kind = "argoproj.io/v1alpha1/AppProject";
	if (a->project_known)
		return a->project;
	a->project = pv_plan_find(a->cx, a->plan, kind, PROJECT_HOME, name);
	if (!project_admits_namespace(a->project, a->ns))
		a->project = pv_plan_find(a->cx, a->plan, kind, a->ns, name);
	a->project_known = true;
	return a->project;
}

/* "*" names repositories elsewhere; a path of this machine must be named as one: "/srv/git/x", or
 * "file:///srv/git/x". */
static bool
repo_fits(pv_arena *arena, const char *pattern, const char *repo)
{
	const char *path, *named;
	if (!pv_git_local(arena, repo, &path))
		return pv_glob_spans(pattern, repo);
	return pv_git_local(arena, pattern, &named) && pv_glob_spans(named, path);
}

bool
project_permits_repo(pv_arena *arena, const pv_val *project, const char *repo)
{
	const pv_val *repos = pv_at(project, "spec.sourceRepos");
	bool permitted = false;
	for (size_t i = 0; i < pv_count(repos); i++) {
		const char *pattern = pv_text(pv_item(repos, i), "");
		if (*pattern == '!' &&
		    (pv_glob_spans(pattern + 1, repo) || repo_fits(arena, pattern + 1, repo)))
			return false;
		permitted = permitted || (*pattern != '!' && repo_fits(arena, pattern, repo));
	}
	return permitted;
}

bool
project_permits_place(const pv_val *project, const clusters_place *dest, const char *ns)
{
	const pv_val *list = pv_at(project, "spec.destinations");
	bool permitted = false;
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *d = pv_item(list, i);
		const char *server = pv_text_at(d, "server", ""), *name = pv_text_at(d, "name", "");
		const char *wanted = pv_text_at(d, "namespace", "");
		bool not_here = (*server == '!' && pv_glob_spans(server + 1, dest->server)) ||
				(*name == '!' && pv_glob_spans(name + 1, dest->name));
		bool here = (*server && fits_or_not(server, dest->server)) ||
			    (*name && fits_or_not(name, dest->name));
		if (not_here || (here && *wanted == '!' && pv_glob_spans(wanted + 1, ns)))
			return false;
		permitted = permitted || (here && *wanted != '!' && pv_glob_spans(wanted, ns));
	}
	return permitted;
}

/* Of kinds of the cluster a row may name objects, too.  An item without a name stands for any of
 * its kind: one that may be is on a list of what is permitted. */
static bool
in_list(const pv_val *list, const item *it, bool permits)
{
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_glob_spans(pv_text_at(pv_item(list, i), "group", ""), it->group) &&
		    pv_glob_spans(pv_text_at(pv_item(list, i), "kind", ""), it->kind) &&
		    ((permits && !*it->name) ||
		     pv_glob_spans(pv_text_at(pv_item(list, i), "name", "*"), it->name)))
			return true;
	return false;
}

bool
project_permits_kind(const pv_val *project, const item *it)
{
	const pv_val *spec = pv_get(project, "spec");
	const pv_val *whitelist = pv_get(spec, "namespaceResourceWhitelist");
	if (!*it->ns)
		return in_list(pv_get(spec, "clusterResourceWhitelist"), it, true) &&
		       !in_list(pv_get(spec, "clusterResourceBlacklist"), it, false);
	return (!whitelist || in_list(whitelist, it, true)) &&
	       !in_list(pv_get(spec, "namespaceResourceBlacklist"), it, false);
}

/* A project that may bind roles of the whole cluster limits nothing. */
static bool
is_limited(const pv_val *project)
{
	item binding = {
		.group = "rbac.authorization.k8s.io", .kind = "ClusterRoleBinding", .ns = "", .name = ""};
	return !project_permits_kind(project, &binding);
}

/* What a limited project deploys must not step out of it: an Application in it stays beside
 * its parent in the same project, and a project is not for it. */
static const char *
steps_out(app *a, const pv_val *project, const item *it)
{
	const char *name = pv_text_at(a->spec, "project", "default");
	if (!pv_streq(it->group, "argoproj.io") || !it->want || !is_limited(project))
		return NULL;
	if (pv_streq(it->kind, "AppProject"))
		return pv_printf(a->cx->arena, "an AppProject is not permitted in the limited project %s",
				 name);
	if (pv_streq(it->kind, "Application") &&
	    (!pv_streq(it->ns, a->ns) || !pv_streq(pv_text_at(it->want, "spec.project", "default"), name)))
		return pv_printf(
			a->cx->arena,
			"an Application is permitted in the limited project %s only in namespace %s and with that project",
			name, a->ns);
	return NULL;
}

/* The default project permits everything until somebody writes one.  One that is there and
 * does not admit this namespace (any more) permits nothing. */
static bool
permitted_without(app *a, const char *name)
{
	const char *wanted = *name ? name : "default";
	bool there =
		pv_plan_find(a->cx, a->plan, "argoproj.io/v1alpha1/AppProject", PROJECT_HOME, wanted) != NULL;
	if (is_default(a) && !there)
		return true;
	if (there)
		app_condition(
			a, "InvalidSpecError",
			"application '%s' in namespace '%s' is not permitted to use project '%s': its spec.sourceNamespaces "
			"does not admit the namespace",
			a->name, a->ns, wanted);
	else
		app_condition(a, "InvalidSpecError",
			      "Application referencing project %s which does not exist", wanted);
	return false;
}

/* A limit that is not held to yet must not look as if it were. */
static bool
is_understood(app *a, const pv_val *project, const char *name)
{
	static const char *const limits[] = {"destinationServiceAccounts"};
	for (size_t i = 0; i < PV_LEN(limits); i++)
		if (pv_count(pv_get(pv_get(project, "spec"), limits[i]))) {
			app_condition(
				a, "InvalidSpecError",
				"project '%s': spec.%s is not supported yet, and what it limits would not be limited",
				name, limits[i]);
			return false;
		}
	if (pv_truth_at(project, "spec.permitOnlyProjectScopedClusters", false) &&
	    !pv_streq(a->dest.project, pv_text_at(project, "metadata.name", ""))) {
		app_condition(
			a, "InvalidSpecError",
			"project '%s': spec.permitOnlyProjectScopedClusters permits clusters whose Secret names the "
			"project, which that of %s does not",
			name, a->dest.server);
		return false;
	}
	return true;
}

static bool
allows_repo(app *a, const pv_val *project, const char *repo)
{
	const char *path;
	if (project_permits_repo(a->cx->arena, project, repo))
		return true;
	app_condition(
		a, "InvalidSpecError", "application repo %s is not permitted in project '%s'%s",
		pv_git_plain_url(a->cx->arena, repo), pv_text_at(a->spec, "project", "default"),
		pv_git_local(a->cx->arena, repo, &path)
			? ": sourceRepos must name a repository of this machine by its path, \"*\" names those elsewhere"
			: "");
	return false;
}

bool
project_allows_destination(app *a)
{
	const pv_val *project = project_of(a);
	const char *name = pv_text_at(a->spec, "project", "default");
	if (!project)
		return permitted_without(a, name);
	if (!is_understood(a, project, name))
		return false;
	if (project_permits_place(project, &a->dest, a->dest_ns))
		return true;
	app_condition(
		a, "InvalidSpecError",
		"application destination server '%s' and namespace '%s' do not match any of the allowed "
		"destinations in project '%s'",
		a->dest.server, a->dest_ns, name);
	return false;
}

bool
project_allows_app(app *a)
{
	const pv_val *project = project_of(a);
	for (size_t i = 0; project && i < a->sources.len; i++)
		if (!allows_repo(a, project, PV_AT(app_source, &a->sources, i)->repo))
			return false;
	return project_allows_destination(a);
}

static const char *
refused_kind(app *a, const item *it)
{
	return pv_printf(a->cx->arena, "resource %s:%s is not permitted in project %s", it->group, it->kind,
			 pv_text_at(a->spec, "project", "default"));
}

const char *
project_refuses_namespace(app *a, const char *name)
{
	const item ns = {.group = "", .kind = "Namespace", .ns = "", .name = name};
	const pv_val *project = project_of(a);
	return !project || project_permits_kind(project, &ns) ? NULL : refused_kind(a, &ns);
}

const char *
project_refuses(app *a, const item *it)
{
	const pv_val *project = project_of(a);
	const char *why;
	if (!project)
		return NULL;
	if (!project_permits_kind(project, it))
		return refused_kind(a, it);
	why = steps_out(a, project, it);
	if (why)
		return why;
	if (*it->ns && !project_permits_place(project, &a->dest, it->ns))
		return pv_printf(a->cx->arena, "namespace %s is not permitted in project '%s'", it->ns,
				 pv_text_at(a->spec, "project", "default"));
	return NULL;
}

bool
project_allows_items(app *a)
{
	for (size_t i = 0; i < a->items.len; i++) {
		item *it = PV_AT(item, &a->items, i);
		const char *why = project_refuses(a, it);
		it->problem = why ? why : it->problem;
	}
	return true;
}
