/* versions: what a rollout's policies say, so that it is seen when they come to say something else: who was
 * warned was warned of what they said before. */
#include "base/buf.h"
#include "base/digest.h"
#include "base/str.h"
#include "governance/rollout/inside.h"
#include "lang/json/json.h"

#define DIGEST_LEN 16 /* hex digits: enough to see a change */
#define KEPT_MOST 500
#define OTHERS ", and others"
#define TEXT_MOST 800 /* of what changed: an event has it, and status.history 30 times */

/* Members of an object, without what says only how strongly it acts: the rollout holds that. */
static pv_val
without(pv_ctx *cx, const pv_val *object, const char *const *left_out)
{
	pv_objb b;

	pv_objb_from(&b, cx->arena, object);
	for (; *left_out; left_out++)
		(void)pv_objb_del(&b, *left_out);
	return pv_objb_end(&b);
}

static pv_val
bindings_of(pv_ctx *cx, pv_plan *plan, const char *policy)
{
	static const char *const deeds[] = {"validationActions", NULL};
	pv_vec all;
	pv_listb b;

	pv_vec_init(&all, cx->arena, sizeof(const pv_val *));
	pv_plan_list(cx, plan, "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding", NULL, NULL,
		     &all);
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < all.len; i++) {
		const pv_val *spec = pv_get(*PV_AT(const pv_val *, &all, i), "spec");

		if (pv_streq(pv_text_at(spec, "policyName", ""), policy))
			pv_listb_add(&b, without(cx, spec, deeds));
	}
	return pv_listb_end(&b);
}

static void
put(pv_objb *b, const char *key, const pv_val *v)
{
	if (v)
		pv_objb_put(b, key, *v);
}

/* Without its template a constraint says nothing, and neither it nor the template may be there yet. */
static bool
says_something(pv_ctx *cx, pv_plan *plan, const char *kind)
{
	return pv_streq(kind, "ConfigMap") || pv_streq(kind, "ValidatingAdmissionPolicy") ||
	       pv_plan_find(cx, plan, "templates.gatekeeper.sh/v1/ConstraintTemplate", NULL,
			    pv_str_lower(cx->arena, kind));
}

static pv_val
said_by(pv_ctx *cx, pv_plan *plan, const char *kind, const pv_val *policy)
{
	static const char *const actions[] = {"enforcementAction", "scopedEnforcementActions", NULL};
	static const char *const notes[] = {"pave.dev/rego-version", "pave.dev/strict-builtin-errors",
					    "pave.dev/bundle", "pave.dev/package"};
	const pv_val *marks = pv_at(policy, "metadata.annotations"), *spec = pv_get(policy, "spec");
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	if (pv_streq(kind, "ConfigMap")) {
		put(&b, "data", pv_get(policy, "data"));
		for (size_t i = 0; i < PV_LEN(notes); i++)
			put(&b, notes[i], pv_get(marks, notes[i]));
	} else if (pv_streq(kind, "ValidatingAdmissionPolicy")) {
		put(&b, "spec", spec);
		pv_objb_put(&b, "bindings", bindings_of(cx, plan, pv_text_at(policy, "metadata.name", "")));
	} else {
		put(&b, "template",
		    pv_at(pv_plan_find(cx, plan, "templates.gatekeeper.sh/v1/ConstraintTemplate", NULL,
				       pv_str_lower(cx->arena, kind)),
			  "spec.targets"));
		if (spec)
			pv_objb_put(&b, "spec", without(cx, spec, actions));
	}
	return pv_objb_end(&b);
}

static pv_val
entry_of(pv_ctx *cx, pv_plan *plan, const char *kind, const pv_val *policy)
{
	const pv_val said = said_by(cx, plan, kind, policy);
	pv_buf text;
	char *digest;
	pv_objb b;

	pv_buf_init(&text, cx->arena);
	pv_json_write_sorted(&text, &said);
	digest = pv_sha256_hex(cx->arena, text.s, text.len);
	digest[DIGEST_LEN] = '\0';
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "kind", kind);
	pv_objb_puts(&b, "namespace", pv_text_at(policy, "metadata.namespace", NULL));
	pv_objb_puts(&b, "name", pv_text_at(policy, "metadata.name", ""));
	pv_objb_puts(&b, "digest", digest);
	return pv_objb_end(&b);
}

static const pv_val *
find(const pv_val *list, const pv_val *entry)
{
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *one = pv_item(list, i);

		if (pv_streq(pv_text_at(one, "kind", ""), pv_text_at(entry, "kind", "")) &&
		    pv_streq(pv_text_at(one, "namespace", ""), pv_text_at(entry, "namespace", "")) &&
		    pv_streq(pv_text_at(one, "name", ""), pv_text_at(entry, "name", "")))
			return one;
	}
	return NULL;
}

static void
tell(pv_ctx *cx, const pv_val *before, const pv_val *entry, pv_buf *ret)
{
	const pv_val *known = find(before, entry);

	if (known && pv_streq(pv_text_at(known, "digest", ""), pv_text_at(entry, "digest", "")))
		return;
	if (ret->len < TEXT_MOST)
		pv_buf_printf(ret, "%s%s %s", ret->len ? ", " : "", rollout_policy_text(cx, entry),
			      known ? "changed" : "is new");
	else if (!pv_ends_with(ret->s, OTHERS))
		pv_buf_adds(ret, OTHERS);
}

/* One that is not there just now, which spec.policies still names: as it was, for it may come again the same. */
static void
keep_missing(const pv_val *named, const pv_val *before, const pv_val *now, pv_listb *ret)
{
	for (size_t i = 0; i < pv_count(before) && ret->len < KEPT_MOST; i++) {
		const pv_val *one = pv_item(before, i);
		const pv_rule_name rule = {.kind = pv_text_at(one, "kind", ""),
					   .ns = pv_text_at(one, "namespace", NULL),
					   .name = pv_text_at(one, "name", "")};

		if (!find(now, one) && pv_enforcement_names(named, &rule))
			pv_listb_add(ret, *one);
	}
}

pv_val
rollout_versions(pv_ctx *cx, pv_plan *plan, const pv_val *rollout, const char **ret_changed)
{
	const pv_val *named = pv_at(rollout, "spec.policies"), *before = pv_at(rollout, "status.policies");
	pv_listb list;
	pv_buf changed;
	pv_val now;

	pv_listb_init(&list, cx->arena);
	pv_buf_init(&changed, cx->arena);
	for (size_t i = 0; i < pv_count(named); i++) {
		const char *kind = pv_text_at(pv_item(named, i), "kind", "");
		pv_vec all;

		if (!says_something(cx, plan, kind))
			continue;
		rollout_policies(cx, plan, pv_item(named, i), &all);
		for (size_t k = 0; k < all.len && list.len < KEPT_MOST; k++) {
			pv_val entry = entry_of(cx, plan, kind, *PV_AT(const pv_val *, &all, k));
			const pv_val so_far = pv_list_of(cx->arena, list.items, list.len);

			if (find(&so_far, &entry))
				continue;
			if (before)
				tell(cx, before, &entry, &changed);
			pv_listb_add(&list, entry);
		}
	}
	now = pv_list_of(cx->arena, list.items, list.len);
	keep_missing(named, before, &now, &list);
	*ret_changed = changed.len ? changed.s : NULL;
	return pv_listb_end(&list);
}
