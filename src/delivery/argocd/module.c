/* Argo CD's REST API: what its users' scripts, its UI and Backstage's plugins ask, with its accounts, projects'
 * tokens and RBAC.  https://argo-cd.readthedocs.io/en/stable/developer-guide/api-docs/ */
#include "delivery/argocd/impl.h"

extern const void *const account_owner;

const struct path *const argocd_paths[] = {application_paths,
					   application_sync_paths,
					   application_view_paths,
					   application_resource_paths,
					   application_manifest_paths,
					   application_log_paths,
					   session_paths,
					   project_paths,
					   place_paths,
					   set_paths,
					   signer_paths,
					   stream_paths,
					   absent_paths,
					   NULL};

#define ROUTE(where, what) \
	{ \
		.method = "*", .path = (where), .anonymous = true, .blocking = true, .summary = (what), \
		.handle = call_handle \
	}
#define BOTH(where, what) ROUTE(where, what), ROUTE(where "/", what)

static const pv_route routes[] = {
	ROUTE("/api/version", "Argo CD: the version"),
	BOTH("/api/v1/session", "Argo CD: signing in with a local account"),
	BOTH("/api/v1/settings", "Argo CD: settings that clients read"),
	BOTH("/api/v1/account", "Argo CD: local accounts"),
	BOTH("/api/v1/applications", "Argo CD: Applications"),
	BOTH("/api/v1/applicationsets", "Argo CD: ApplicationSets"),
	BOTH("/api/v1/projects", "Argo CD: AppProjects and their tokens"),
	BOTH("/api/v1/clusters", "Argo CD: destinations"),
	BOTH("/api/v1/repositories", "Argo CD: repositories, without their secrets"),
	BOTH("/api/v1/write-repositories", "Argo CD: repositories that are written to"),
	BOTH("/api/v1/repocreds", "Argo CD: credentials of many repositories"),
	BOTH("/api/v1/write-repocreds", "Argo CD: credentials of many repositories that are written to"),
	BOTH("/api/v1/certificates", "Argo CD: certificates of repositories"),
	BOTH("/api/v1/gpgkeys", "Argo CD: keys of signers"),
	ROUTE("/api/v1/notifications/", "Argo CD: notifications"),
	ROUTE("/api/v1/stream/", "Argo CD: what changes, as it changes"),
	{0},
};

static int
start(pv_ctx *cx PV_UNUSED, pv_api *api)
{
	pv_api_keep(api, account_owner, account_guesses_new(), account_guesses_free);
	return 0;
}

extern const pv_module delivery_argocd_module;
const pv_module delivery_argocd_module = {
	.name = "delivery/argocd",
	.summary = "Argo CD's REST API with its accounts, tokens and RBAC",
	.routes = routes,
	.start = start,
};
