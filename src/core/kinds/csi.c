/* What CSI drivers say of themselves, of nodes and of room (kubernetes pkg/apis/storage/validation). */
#include "base/map.h"
#include "core/kinds/behaviour.h"
#include "core/kinds/names.h"

/* The fault that a name is told by, upstream, beside its syntax. */
static void
check_node_driver(pv_faults *f, const pv_val *driver, const char *path)
{
	const pv_val *keys = pv_get(driver, "topologyKeys");
	pv_map *seen = pv_map_new(f->cx->arena);

	for (size_t i = 0; i < pv_count(keys); i++) {
		const char *key = pv_text(pv_item(keys, i), ""), *why = pv_name_qualified(pv_str_of(key));

		if (!*key)
			pv_required(f, path, NULL);
		if (why)
			pv_fault_value(f, path, pv_item(keys, i), why);
		if (pv_map_puts(seen, key, f))
			pv_duplicate(f, path, pv_item(keys, i));
	}
}

size_t
pv_csinode_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *list = pv_at(object, "spec.drivers");
	const pv_map *had = pv_list_index(f, pv_at(old, "spec.drivers"), "name");

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *was = pv_map_finds(had, pv_text_at(pv_item(list, i), "name", ""));

		if (was && !pv_eq(was, pv_item(list, i)))
			pv_fault_value(f, "spec.drivers", pv_item(list, i), "field is immutable");
	}
	for (size_t i = 0; i < pv_count(list); i++)
		check_node_driver(f, pv_item(list, i), pv_nth(f, "spec.drivers", i));
	pv_check_once(f, list, "spec.drivers", "name");
	return f->n;
}

size_t
pv_csicapacity_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	static const char *const fixed[] = {"nodeTopology", "storageClassName"};

	for (size_t i = 0; i < PV_LEN(fixed); i++)
		pv_check_same(f, object, old, fixed[i]);
	pv_selector_check(f, pv_get(object, "nodeTopology"), "nodeTopology");
	return f->n;
}

size_t
pv_csidriver_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *attach = pv_at(object, "spec.attachRequired"),
		     *modes = pv_at(object, "spec.volumeLifecycleModes"),
		     *tokens = pv_at(object, "spec.tokenRequests");

	if (old && !pv_eq(attach, pv_at(old, "spec.attachRequired")))
		pv_fault_value(f, "spec.attachedRequired", attach, "field is immutable");
	pv_check_same(f, object, old, "spec.volumeLifecycleModes");
	for (size_t i = 0; i < pv_count(modes); i++)
		if (!pv_streq(pv_text(pv_item(modes, i), ""), "Persistent") &&
		    !pv_streq(pv_text(pv_item(modes, i), ""), "Ephemeral"))
			pv_unsupported(f, "spec.volumeLifecycleModes", pv_item(modes, i),
				       "\"Persistent\", \"Ephemeral\"");
	pv_check_once(f, tokens, "spec.tokenRequests", "audience");
	return f->n;
}
