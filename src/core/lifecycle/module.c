/* The module's rows: controllers, and what `kubectl get componentstatuses` asks after.  One process is all of them here; it says for
 * each whether its part does its work. */
#include "core/api/api.h"
#include "core/lifecycle/addresses.h"
#include "core/lifecycle/protection.h"
#include "core/module.h"

static pv_val
component(pv_arena *arena, const char *name, const char *ailment)
{
	pv_objb b, meta, condition;
	pv_val one;

	pv_objb_init(&condition, arena);
	pv_objb_puts(&condition, "type", "Healthy");
	pv_objb_puts(&condition, "status", ailment ? "False" : "True");
	pv_objb_puts(&condition, "message", ailment ? ailment : "ok");
	one = pv_objb_end(&condition);
	pv_objb_init(&meta, arena);
	pv_objb_puts(&meta, "name", name);
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "apiVersion", "v1");
	pv_objb_puts(&b, "kind", "ComponentStatus");
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	pv_objb_put(&b, "conditions", pv_list_of(arena, &one, 1));
	return pv_objb_end(&b);
}

static int
components(pv_ctx *cx, pv_api *api, const char *ns, pv_vec *ret)
{
	const pv_store *store = pv_api_store(api);
	const char *idle = pv_api_alone(api) ? "no controllers run in this process" : NULL;
	const struct {
		const char *name, *ailment;
	} rows[] = {{"controller-manager", idle},
		    {"scheduler", idle},
		    {"etcd-0", !pv_store_writable(store) ? "the store's disk refuses writes"
			       : !pv_store_sound(store)  ? "the database on the disk is damaged"
							 : NULL}};

	(void)ns;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const pv_val *one = pv_box(cx->arena, component(cx->arena, rows[i].name, rows[i].ailment));

		pv_vec_push(ret, &one);
	}
	return 0;
}

static const pv_view component_statuses = {
	.group = "", .version = "v1", .kind = "ComponentStatus", .list = components};
static const pv_view *const views[] = {&component_statuses, NULL};

static const pv_controller *const controllers[] = {&service_addresses_controller, &free_addresses_controller,
						   &claim_protection_controller,
						   &volume_protection_controller, NULL};

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
