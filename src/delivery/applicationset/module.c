#include "core/module.h"
#include "delivery/applicationset/appset.h"
#include "delivery/applicationset/forge.h"

static const pv_controller *const controllers[] = {&applicationset_controller, NULL};
static const pv_admission *const admission[] = {&applicationset_admission, NULL};

static const pv_fact_kind *const facts[] = {&forge_fact, &plugin_fact, &say_effect, NULL};
static const pv_job_kind *const jobs[] = {&forge_job, NULL};

extern const pv_verb applicationset_verbs[];

static const pv_index_row indexes[] = {
	{.name = CLUSTERS_INDEX, .kind = "v1/Secret", .needle = "secret-type", .keys = appset_clusters_keys},
	{0},
};

extern const pv_module delivery_applicationset_module;
const pv_module delivery_applicationset_module = {
	.name = "delivery/applicationset",
	.summary = "Argo CD's ApplicationSets: Applications out of lists, clusters, repositories and forges",
	.controllers = controllers,
	.admission = admission,
	.indexes = indexes,
	.facts = facts,
	.jobs = jobs,
	.verbs = applicationset_verbs,
};
