/* valid: what is wrong with an Application that is sent, as far as the server knows it at once; what its repository
 * says is told by its conditions.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/app-any-namespace/#application-names */
#include "base/str.h"
#include "core/git/git.h"
#include "delivery/application/application.h"
#include "delivery/argocd/impl.h"

#define PROJECT ARGO "/AppProject"

struct judged {
	call *c;
	const pv_val *object, *home, *own; /* home, own: its project in namespace argocd, and beside it */
	const char *ns, *name, *project;
};

static int
wrong(const struct judged *j, const char *what)
{
	return pv_fail(j->c->cx, PV_EBADREQUEST, "application spec for %s is invalid: InvalidSpecError: %s",
		       j->name, what);
}

/* Whether it is not there or does not admit the namespace is not told: who asks need not know. */
static int
check_project(const struct judged *j)
{
	if (application_has_project(j->home, j->own, j->ns, j->project))
		return 0;
	return pv_fail(j->c->cx, PV_EBADREQUEST,
		       "app is not allowed in project \"%s\", or the project does not exist", j->project);
}

static int
check_repo(const struct judged *j, const pv_val *source)
{
	const char *repo = pv_text_at(source, "repoURL", "");
	if (application_permits_repo(j->c->cx->arena, j->home, j->own, j->ns, j->project, repo))
		return 0;
	return wrong(j, pv_printf(j->c->cx->arena, "application repo %s is not permitted in project '%s'",
				  pv_git_plain_url(j->c->cx->arena, repo), j->project));
}

static int
check_sources(const struct judged *j)
{
	const pv_val *one = application_source(j->c->cx->arena, j->object),
		     *many = pv_at(j->object, "spec.sources");
	int r = one && !pv_count(many) ? check_repo(j, one) : 0;
	for (size_t i = 0; r == 0 && i < pv_count(many); i++)
		r = check_repo(j, pv_item(many, i));
	return r;
}

static int
check_permitted(const struct judged *j, const char *server, const char *name)
{
	const char *ns = pv_text_at(j->object, "spec.destination.namespace", "");
	if (application_permits_destination(j->home, j->own, j->ns, j->project, server, name, ns))
		return 0;
	return wrong(
		j, pv_printf(j->c->cx->arena,
			     "application destination server '%s' and namespace '%s' do not match any of the "
			     "allowed destinations in project '%s'",
			     server, ns, j->project));
}

static int
check_destination(const struct judged *j)
{
	const char *server = pv_text_at(j->object, "spec.destination.server", ""),
		   *name = pv_text_at(j->object, "spec.destination.name", ""), *found = server,
		   *called = name;
	int r;
	if (*server && *name)
		return wrong(
			j, pv_printf(j->c->cx->arena,
				     "application destination can't have both name and server defined: %s %s",
				     name, server));
	r = place_find_cluster(j->c, &found, &called);
	if (r < 0)
		return r;
	if (found)
		return check_permitted(j, found, called);
	return wrong(
		j,
		*server || *name
			? pv_printf(
				  j->c->cx->arena,
				  "there are no clusters with this %s: %s; expected one that a Secret of type "
				  "cluster in namespace argocd has, or " IN_CLUSTER,
				  *server ? "address" : "name", *server ? server : name)
			: "Destination server missing from app spec");
}

int
application_check(call *c, const pv_val *object)
{
	const char *named = pv_text_at(object, "spec.project", "");
	struct judged j = {.c = c, .object = object};
	int r;
	j.ns = pv_text_at(object, "metadata.namespace", "");
	if (!application_admits_namespace(
		    c->cx->arena,
		    settings_text(c->cx, c->api, "argocd-cmd-params-cm", "application.namespaces", ""), j.ns))
		return pv_fail(c->cx, PV_EFORBIDDEN, "namespace '%s' is not permitted", j.ns);
	if (pv_streq(call_query(c, "validate"), "false"))
		return 0;
	j.project = *named ? named : "default";
	j.name = pv_text_at(object, "metadata.name", "");
	j.home = settings_stored(c->cx, c->api, PROJECT, ARGOCD_NS, j.project);
	j.own = pv_streq(j.ns, ARGOCD_NS) ? NULL : settings_stored(c->cx, c->api, PROJECT, j.ns, j.project);
	r = check_project(&j);
	if (r == 0)
		r = check_sources(&j);
	return r < 0 ? r : check_destination(&j);
}
