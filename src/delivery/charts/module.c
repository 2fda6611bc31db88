#include "core/module.h"
#include "delivery/charts/impl.h"

static const pv_fact_kind *const facts[] = {&charts_version_fact, &charts_image_fact, NULL};
static const pv_job_kind fetch_job = {.name = "fetch-chart", .run = charts_fetch_job, .network = true};
static const pv_job_kind *const jobs[] = {&fetch_job, NULL};

extern const pv_module delivery_charts_module;
const pv_module delivery_charts_module = {
	.name = "delivery/charts",
	.summary = "Helm charts from repositories and registries, and images of manifests",
	.facts = facts,
	.jobs = jobs,
};
