/* Nodes and RuntimeClasses (kubernetes pkg/apis/core/validation, pkg/apis/node/validation). */
#include "core/kinds/behaviour.h"
#include <string.h>

/* The older field names the first of the Pod networks: what either says, both say.  All that is there can be
 * had, if nothing else is said. */
const pv_val *
pv_node_fill(pv_ctx *cx, const pv_val *node)
{
	const pv_val *one = pv_at(node, "spec.podCIDR"), *all = pv_at(node, "spec.podCIDRs"),
		     *capacity = pv_at(node, "status.capacity");

	if (pv_count(capacity))
		node = pv_fill_at(cx, node, "status.allocatable", *capacity);

	if (*pv_text(one, "") && !pv_eq(one, pv_item(all, 0)))
		return pv_box(cx->arena,
			      pv_with_at(cx->arena, node, "spec.podCIDRs", pv_list_of(cx->arena, one, 1)));
	if (!*pv_text(one, "") && pv_is(pv_item(all, 0), PV_STRING))
		return pv_box(cx->arena, pv_with_at(cx->arena, node, "spec.podCIDR", *pv_item(all, 0)));
	return node;
}

/* What a node has and says where it is. */
static void
check_state(pv_faults *f, const pv_val *status)
{
	static const char *const amounts[] = {"allocatable", "capacity"};
	const pv_val *addresses = pv_get(status, "addresses");
	pv_map *seen = pv_map_new(f->cx->arena);

	for (size_t l = 0; l < PV_LEN(amounts); l++) {
		const pv_val *list = pv_get(status, amounts[l]);

		for (size_t i = 0; i < pv_count(list); i++) {
			const pv_member *m = pv_sorted(list, i);

			pv_resource_value_check(f, m->key.s, &m->val,
						pv_below(f, pv_below(f, "status", amounts[l]), m->key.s));
		}
	}
	for (size_t i = 0; i < pv_count(addresses); i++)
		if (pv_seen(f, seen, pv_item(addresses, i)))
			pv_duplicate(f, pv_nth(f, "status.addresses", i), pv_item(addresses, i));
}

size_t
pv_node_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	static const char *const once[][2] = {{"podCIDRs", "podCIDR"}, {"providerID", "providerID"}};
	const pv_val *now = pv_get(object, "spec"), *was = pv_get(old, "spec"),
		     *nets = pv_get(now, "podCIDRs"), *taints = pv_get(now, "taints");
	pv_map *seen = pv_map_new(f->cx->arena);

	check_state(f, pv_get(object, "status"));
	for (size_t i = 0; i < pv_count(taints); i++) {
		const pv_val *taint = pv_item(taints, i);
		const char *key = pv_printf(f->cx->arena, "%s:%s", pv_text_at(taint, "key", ""),
					    pv_text_at(taint, "effect", ""));

		if (pv_map_puts(seen, key, f))
			pv_duplicate(f, pv_nth(f, "metadata.taints", i), taint);
	}
	if (pv_count(nets) == 2 &&
	    !strchr(pv_text(pv_item(nets, 0), ""), ':') == !strchr(pv_text(pv_item(nets, 1), ""), ':'))
		pv_fault_value(f, "spec.podCIDRs", nets,
			       "may specify no more than one CIDR for each IP family");
	for (size_t i = 0; i < PV_LEN(once); i++) {
		const pv_val *had = pv_get(was, once[i][0]);

		if (had && had->len && !pv_eq(had, pv_get(now, once[i][0])))
			pv_forbidden(f, pv_below(f, "spec", once[i][0]),
				     pv_printf(f->cx->arena,
					       "node updates may not change %s except from \"\" to valid",
					       once[i][1]));
	}
	if (old && !pv_eq(pv_get(now, "externalID"), pv_get(was, "externalID")))
		pv_forbidden(f, "spec.externalID", "may not be updated");
	return f->n;
}

size_t
pv_runtimeclass_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *list = pv_at(object, "scheduling.tolerations");
	pv_map *seen = pv_map_new(f->cx->arena);

	pv_overhead_check(f, pv_at(object, "overhead.podFixed"), "overhead");
	pv_labels_check(f, pv_at(object, "scheduling.nodeSelector"), "scheduling.nodeSelector");
	pv_tolerations_check(f, list, "scheduling.tolerations.tolerations");
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_seen(f, seen, pv_item(list, i)))
			pv_duplicate(f, pv_nth(f, "scheduling.tolerations", i), pv_item(list, i));
	pv_check_same(f, object, old, "handler");
	return f->n;
}
