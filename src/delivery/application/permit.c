/* permit: an Application is applied with Pave's own rights, so writing one grants what it
 * deploys.  As with roles, nobody grants more than they hold: who does not hold every right
 * needs an AppProject of namespace argocd that admits the Application's namespace, and its
 * lists are then the limit.  https://argo-cd.readthedocs.io/en/stable/operator-manual/app-any-namespace/ */
#include "base/str.h"
#include "core/api/api.h"
#include "delivery/application/app.h"
#include "delivery/application/application.h"
#include "delivery/application/project.h"
#include "lang/glob/glob.h"

static const pv_val *
governing(pv_ctx *cx, const pv_admit *admit, const char *name)
{
	pv_key key = {"argoproj.io/AppProject", PROJECT_HOME, name};
	const pv_rec *rec = pv_store_find(cx, pv_api_store(admit->serving), &key);
	const pv_val *project = rec ? pv_rec_val(rec) : NULL;
	return project_admits_namespace(project, admit->ns) ? project : NULL;
}

/* A sync of another revision than the Application names deploys what its author did not choose. */
static bool
picks_a_revision(pv_arena *arena, const pv_val *old, const pv_val *new)
{
	const char *asked = pv_text_at(new, "operation.sync.revision", "");
	const char *target = pv_text_at(application_source(arena, new), "targetRevision", "HEAD");
	const pv_val *several = pv_at(new, "operation.sync.revisions");
	if (pv_count(several) && !pv_eq(several, pv_at(old, "operation.sync.revisions")))
		return true;
	return *asked && !pv_streq(asked, pv_text_at(old, "operation.sync.revision", "")) &&
	       !pv_streq(asked, *target ? target : "HEAD");
}

/* So does one that keeps it at another. */
static bool
goes_back(const pv_val *old, const pv_val *new)
{
	const pv_val *was = pv_get(pv_at(old, "metadata.annotations"), APPLICATION_HELD),
		     *is = pv_get(pv_at(new, "metadata.annotations"), APPLICATION_HELD);
	return is && (!was || !pv_eq(was, is));
}

/* Does the write change what is deployed?  A refresh, a label or a plain sync does not. */
static bool
changes_what_is_deployed(pv_arena *arena, const pv_val *old, const pv_val *new)
{
	static const char *const parts[] = {"spec", "operation.sync.source", "operation.sync.sources",
					    "operation.sync.manifests", "status"};
	for (size_t i = 0; i < PV_LEN(parts); i++) {
		const pv_val *was = old ? pv_at(old, parts[i]) : NULL, *is = pv_at(new, parts[i]);
		if (is && (!was || !pv_eq(was, is)))
			return true;
	}
	return picks_a_revision(arena, old, new) || goes_back(old, new);
}

bool
application_admits_namespace(pv_arena *arena, const char *patterns, const char *ns)
{
	pv_str rest = pv_str_of(patterns ? patterns : ""), one;
	if (rest.len == 0 || pv_streq(ns, PROJECT_HOME))
		return true;
	while (pv_str_next(&rest, ',', &one)) {
		one = pv_str_trim(one);
		if (one.len && pv_glob_spans(pv_strndup(arena, one.s, one.len), ns))
			return true;
	}
	return false;
}

static void
refuse(pv_vec *denials, const char *field, const char *message)
{
	pv_denial *d = pv_vec_add(denials);
	*d = (pv_denial){.policy = "applications", .message = message, .field = field};
}

static bool
holds_all(pv_ctx *cx, const pv_admit *admit)
{
	return pv_auth_holds_all(cx, pv_api_auth(admit->serving), admit->identity);
}

const char *
application_refused(pv_ctx *cx, const pv_admit *admit, const char *what, const char *project)
{
	const char *name = *project ? project : "default";
	if (governing(cx, admit, name) || holds_all(cx, admit))
		return NULL;
	return pv_printf(cx->arena,
			 "user \"%s\" does not hold every right, so the %s needs an AppProject \"%s\" in "
			 "namespace " PROJECT_HOME " that admits namespace \"%s\" (spec.sourceNamespaces)",
			 admit->identity->user, what, name, admit->ns);
}

bool
application_permits_repo(pv_arena *arena, const pv_val *home, const pv_val *own, const char *ns,
			 const char *name, const char *repo)
{
	const pv_val *project = project_admits_namespace(home, ns) ? home : own; /* as project_of() */
	return project ? project_permits_repo(arena, project, repo) : !home && pv_streq(name, "default");
}

bool
application_permits_destination(const pv_val *home, const pv_val *own, const char *ns, const char *name,
				const char *server, const char *cluster, const char *namespace)
{
	const pv_val *project = project_admits_namespace(home, ns) ? home : own; /* as project_of() */
	const clusters_place place = {.name = cluster, .server = server};
	return project ? project_permits_place(project, &place, namespace)
		       : !home && pv_streq(name, "default");
}

bool
application_has_project(const pv_val *home, const pv_val *own, const char *ns, const char *name)
{
	return project_admits_namespace(home, ns) || own || (!home && pv_streq(name, "default"));
}

static void
check_application(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	const char *why = NULL;
	if (changes_what_is_deployed(cx->arena, admit->old, admit->object))
		why = application_refused(cx, admit, "Application",
					  pv_text_at(admit->object, "spec.project", ""));
	if (why)
		refuse(denials, "spec.project", why);
}

static int
validate(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	if (!pv_streq(admit->resource->group, "argoproj.io") || admit->identity->internal)
		return 0;
	if (pv_streq(admit->resource->kind, "Application") && admit->object)
		check_application(cx, admit, denials);
	else if (pv_streq(admit->resource->kind, "AppProject") && !pv_streq(admit->ns, PROJECT_HOME) &&
		 !holds_all(cx, admit))
		refuse(denials, "metadata.namespace",
		       "outside namespace " PROJECT_HOME " only who holds every right writes an AppProject");
	else if (pv_streq(admit->resource->kind, "AppProject") && admit->operation == PV_OP_DELETE &&
		 pv_streq(admit->ns, PROJECT_HOME) && pv_streq(admit->name, "default"))
		refuse(denials, "metadata.name",
		       "the default project may be changed, not deleted: without it the Applications that it limits would be "
		       "limited by nothing");
	return 0;
}

const pv_admission application_admission = {.name = "applications", .validate = validate};
