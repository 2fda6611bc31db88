#include "core/lifecycle/addresses.h"
#include "core/lifecycle/components.h"
#include "core/lifecycle/protection.h"

static const pv_view *const views[] = {&component_statuses, NULL};

static const pv_controller *const controllers[] = {
	&service_addresses_controller, &free_addresses_controller,        &claim_protection_controller,
	&volume_protection_controller, &attributes_protection_controller, NULL};

static const pv_index_row indexes[] = {{PV_PODS_BY_CLAIM, "v1/Pod", "nodeName", protection_keys}, {0}};

extern const pv_module core_lifecycle_module;
const pv_module core_lifecycle_module = {
	.name = "core/lifecycle",
	.summary =
		"Owners, namespaces, Events, credentials, addresses, claims in use, and how the server's parts are",
	.views = views,
	.controllers = controllers,
	.indexes = indexes,
};
