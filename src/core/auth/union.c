/* union: a ClusterRole with an aggregationRule says in .rules what the roles that it takes in say (upstream
 * pkg/controller/clusterroleaggregation).  The index of auth does not wait for it: this is for readers. */
#include "core/auth/union.h"

#include "base/map.h"
#include "base/str.h"
#include "lang/json/json.h"

#define KIND "rbac.authorization.k8s.io/v1/ClusterRole"

static int
by_name(const void *a, const void *b)
{
	return pv_cmp(pv_at(*(const pv_val *const *)a, "metadata.name"),
		      pv_at(*(const pv_val *const *)b, "metadata.name"));
}

/* The roles that one of the selectors matches, each once, by name. */
static void
parts_of(pv_ctx *cx, const pv_val *role, pv_plan *plan, pv_vec *ret)
{
	const pv_val *selectors = pv_at(role, "aggregationRule.clusterRoleSelectors");
	const char *self = pv_text_at(role, "metadata.name", "");
	pv_map *seen = pv_map_new(cx->arena);

	pv_vec_init(ret, cx->arena, sizeof(const pv_val *));
	for (size_t i = 0; i < pv_count(selectors); i++) {
		pv_selector *sel;
		pv_vec found;

		if (pv_selector_from(cx, pv_item(selectors, i), &sel) < 0) {
			(void)pv_recover(cx); /* validation refuses such; old ones take nothing in */
			continue;
		}
		pv_plan_list(cx, plan, KIND, NULL, sel, &found);
		for (size_t j = 0; j < found.len; j++) {
			const pv_val *one = *PV_AT(const pv_val *, &found, j);
			const char *name = pv_text_at(one, "metadata.name", "");

			if (!pv_streq(name, self) && !pv_map_puts(seen, name, seen))
				pv_vec_push(ret, &one);
		}
	}
	pv_vec_sort(ret, by_name);
}

static int
reconcile(pv_ctx *cx, const pv_val *role, pv_plan *plan)
{
	pv_map *seen = pv_map_new(cx->arena);
	pv_listb rules;
	pv_vec parts;
	pv_val now;

	if (!pv_is(pv_get(role, "aggregationRule"), PV_OBJECT) || pv_at(role, "metadata.deletionTimestamp"))
		return 0;
	parts_of(cx, role, plan, &parts);
	pv_listb_init(&rules, cx->arena);
	for (size_t i = 0; i < parts.len; i++) {
		const pv_val *theirs = pv_get(*PV_AT(const pv_val *, &parts, i), "rules");

		for (size_t j = 0; j < pv_count(theirs); j++)
			if (!pv_map_puts(seen, pv_json_text(cx->arena, pv_item(theirs, j)), seen))
				pv_listb_add(&rules, *pv_item(theirs, j));
	}
	now = pv_listb_end(&rules);
	pv_plan_summary(cx, plan, "its rules are those of %zu roles that its aggregationRule selects",
			parts.len);
	if (pv_count(&now) != pv_count(pv_get(role, "rules")) ||
	    (pv_count(&now) && !pv_eq(&now, pv_get(role, "rules")))) {
		pv_objb meta, b;

		pv_objb_init(&meta, cx->arena);
		pv_objb_puts(&meta, "name", pv_text_at(role, "metadata.name", ""));
		pv_objb_init(&b, cx->arena);
		pv_objb_puts(&b, "apiVersion", "rbac.authorization.k8s.io/v1");
		pv_objb_puts(&b, "kind", "ClusterRole");
		pv_objb_put(&b, "metadata", pv_objb_end(&meta));
		pv_objb_put(&b, "rules", now);
		pv_plan_apply(cx, plan, pv_box(cx->arena, pv_objb_end(&b)));
	}
	return 0;
}

const pv_controller union_controller = {
	.name = "clusterrole-aggregation-controller",
	.kind = KIND,
	.needle = "aggregationRule",
	.reconcile = reconcile,
};
