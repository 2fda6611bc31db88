/* What `kubectl get componentstatuses` asks after.  One process is all of them here; it says for each whether its
 * part does its work. */
#include "core/lifecycle/components.h"

static pv_val
component(pv_arena *arena, const char *name, const char *ailment)
{
	pv_objb condition;
	pv_val one, v;

	pv_objb_init(&condition, arena);
	pv_objb_puts(&condition, "type", "Healthy");
	pv_objb_puts(&condition, "status", ailment ? "False" : "True");
	pv_objb_puts(&condition, "message", ailment ? ailment : "ok");
	one = pv_objb_end(&condition);
	v = pv_with(arena, NULL, "apiVersion", pv_string_ref("v1"));
	v = pv_with(arena, &v, "kind", pv_string_ref("ComponentStatus"));
	v = pv_with_at(arena, &v, "metadata.name", pv_string_ref(name));
	return pv_with(arena, &v, "conditions", pv_list_of(arena, &one, 1));
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

const pv_view component_statuses = {
	.group = "", .version = "v1", .kind = "ComponentStatus", .list = components};
