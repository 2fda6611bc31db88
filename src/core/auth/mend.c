/* What a stored role or binding lacks of the one that every server has. */
#include "base/str.h"
#include "core/auth/breakdown.h"
#include "core/auth/impl.h"
#include "core/auth/rbac_impl.h"
#include "core/auth/roles.h"

/* An object of texts with what it lacks of another; what both have stays. */
static pv_val
united_texts(pv_arena *arena, const pv_val *have, const pv_val *want)
{
	pv_objb b;

	pv_objb_from(&b, arena, have);
	for (size_t i = 0; i < pv_member_count(want); i++)
		if (!pv_getv(have, &want->members[i].key))
			pv_objb_putv(&b, want->members[i].key, want->members[i].val);
	return pv_objb_end(&b);
}

static pv_val
one_text(pv_arena *arena, const char *text)
{
	pv_val v = pv_string_ref(text);

	return pv_list_of(arena, &v, 1);
}

/* The rule that answers one question. */
static pv_val
rule_for(pv_arena *arena, const pv_attributes *what)
{
	pv_objb b;

	pv_objb_init(&b, arena);
	if (what->url) {
		pv_objb_put(&b, "nonResourceURLs", one_text(arena, what->url));
	} else {
		pv_objb_put(&b, "apiGroups", one_text(arena, what->group));
		if (*what->name)
			pv_objb_put(&b, "resourceNames", one_text(arena, what->name));
		pv_objb_put(&b, "resources",
			    one_text(arena, *what->subresource ? pv_printf(arena, "%s/%s", what->resource,
									   what->subresource)
							       : what->resource));
	}
	pv_objb_put(&b, "verbs", one_text(arena, what->verb));
	return pv_objb_end(&b);
}

static bool
any_matches(const pv_vec *rules, const pv_attributes *what)
{
	for (size_t i = 0; i < rules->len; i++)
		if (rbac_rule_matches(PV_AT(rule, rules, i), what))
			return true;
	return false;
}

/* The rules, and one for each right that they lack (as Kubernetes 1.34 adds them). */
static pv_val
united_rules(pv_ctx *cx, const pv_val *have, const pv_val *want)
{
	pv_vec held;
	pv_listb b;

	pv_vec_init(&held, cx->arena, sizeof(rule));
	rbac_add_rules(cx->arena, have, &held);
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(have); i++)
		pv_listb_add(&b, *pv_item(have, i));
	for (size_t i = 0; i < pv_count(want); i++) {
		breakdown rights = breakdown_of(cx, pv_item(want, i));

		for (size_t j = 0; j < breakdown_size(&rights); j++) {
			pv_attributes what = breakdown_question(cx, &rights, "", j);

			if (!any_matches(&held, &what))
				pv_listb_add(&b, rule_for(cx->arena, &what));
		}
	}
	return pv_listb_end(&b);
}

/* The field of both, as `now`, unless that would say the same as there is. */
static void
put(pv_arena *arena, pv_val *object, const char *path, pv_val now)
{
	if (pv_count(&now) && !(pv_at(object, path) && pv_eq(pv_at(object, path), &now)))
		*object = pv_with_at(arena, object, path, now);
}

const pv_val *
roles_mended(pv_ctx *cx, const pv_val *have, const pv_val *want)
{
	static const char *const fields[] = {"metadata.annotations", "metadata.labels"};
	static const char *const lists[] = {"aggregationRule.clusterRoleSelectors", "subjects"};
	pv_arena *arena = cx->arena;
	pv_val out = *have;

	if (pv_streq(pv_text(pv_get(pv_at(have, "metadata.annotations"), RBAC_AUTOUPDATE), ""), "false"))
		return NULL;
	if (pv_get(want, "roleRef") && !pv_eq(pv_get(have, "roleRef"), pv_get(want, "roleRef")))
		out = pv_with(arena, &out, "roleRef", *pv_get(want, "roleRef"));
	for (size_t i = 0; i < PV_LEN(fields); i++)
		put(arena, &out, fields[i],
		    united_texts(arena, pv_at(have, fields[i]), pv_at(want, fields[i])));
	for (size_t i = 0; i < PV_LEN(lists); i++)
		put(arena, &out, lists[i],
		    pv_list_union(arena, pv_at(have, lists[i]), pv_at(want, lists[i])));
	put(arena, &out, "rules", united_rules(cx, pv_get(have, "rules"), pv_get(want, "rules")));
	return pv_eq(&out, have) ? NULL : pv_box(arena, out);
}
