#include "portal/catalog/catalog.h"
#include "portal/catalog/entity.h"

static const pv_admission *const admission[] = {&catalog_admission, &catalog_source_admission, NULL};
static const pv_fact_kind *const facts[] = {&catalog_files_fact, NULL};
static const pv_job_kind *const jobs[] = {&catalog_parse_job, NULL};

extern const pv_module portal_catalog_module;
const pv_module portal_catalog_module = {
	.name = "portal/catalog",
	.summary = "the catalog: entities from Git, their relations, and what is missing",
	.controllers = catalog_controllers,
	.indexes = catalog_indexes,
	.admission = admission,
	.facts = facts,
	.jobs = jobs,
	.verbs = catalog_verbs,
};
