#include "core/module.h"
#include "delivery/application/app.h"
#include "delivery/application/preview.h"

static const pv_controller *const controllers[] = {&application_controller, NULL};
static const pv_fact_kind *const facts[] = {
	&manifests_fact, &chart_fact, &kustomization_fact, &jq_fact, &hydrate_effect, &plugin_manifests_fact,
	&sync_effect,    NULL};
static const pv_job_kind *const jobs[] = {&render_job, &chart_job,  &kustomization_job,
					  &jq_job,     &plugin_job, NULL};

static const pv_admission *const admission[] = {&application_admission, NULL};

static const pv_route routes[] = {
	{.method = "GET",
	 .path = HISTORY_ROUTE,
	 .blocking = true,
	 .summary = "the commits that an Application deployed one after another",
	 .handle = app_history},
	{.method = "GET",
	 .path = PREVIEW_ROUTE,
	 .blocking = true,
	 .summary = "what an Application would come to, at its own revision or at another",
	 .handle = app_preview},
	{.method = "POST",
	 .path = CHANGES_ROUTE,
	 .blocking = true,
	 .summary = "what a change of a repository would change of which Applications",
	 .handle = app_changes},
	{0},
};

extern const pv_module delivery_application_module;
const pv_module delivery_application_module = {
	.name = "delivery/application",
	.summary = "Argo CD's Applications: what Git says, kept that way",
	.controllers = controllers,
	.indexes = application_indexes,
	.admission = admission,
	.verbs = application_verbs,
	.facts = facts,
	.jobs = jobs,
	.routes = routes,
};
