#include "core/module.h"
#include "delivery/clusters/impl.h"
#include "delivery/clusters/table.h"

static const pv_fact_kind *const facts[] = {&serves_fact, &look_fact, &deed_effect, &read_fact, NULL};

static const pv_index_row indexes[] = {
	{.name = CLUSTERS_INDEX, .kind = "v1/Secret", .needle = "secret-type", .keys = secret_keys},
	{0},
};

extern const pv_module delivery_clusters_module;
const pv_module delivery_clusters_module = {
	.name = "delivery/clusters",
	.summary = "other Kubernetes clusters as destinations, as Argo CD's Secrets describe them",
	.facts = facts,
	.indexes = indexes,
	.verbs = clusters_verbs,
	.start = table_start,
};
