/* check: what may be written in exemptions and rollouts, beside their schemas: an end that is one, selectors
 * that can be read, and names of those who say yes that are theirs.  Pave's own controllers bring what was
 * approved elsewhere (a repository). */
#include "base/map.h"
#include "base/str.h"
#include "base/time.h"
#include "core/admission/approval.h"
#include "governance/rollout/inside.h"
#include "governance/rollout/rollout.h"

#define GROUP "governance.pave.dev"

typedef struct check {
	pv_ctx *cx;
	const pv_admit *admit;
	pv_vec *denials;
} check;

static void
refuse(check *c, const char *field, const char *message)
{
	pv_denial *d = pv_vec_add(c->denials);

	*d = (pv_denial){.message = message, .field = field, .reason = "Invalid"};
}

static void
warn(const pv_admit *admit, const char *text)
{
	if (text && admit->warnings)
		pv_vec_push(admit->warnings, &text);
}

static void
check_selector(check *c, const pv_val *where, const char *path, const char *name)
{
	const pv_val *selector = pv_get(where, name);
	pv_selector *s;

	if (!selector || pv_selector_from(c->cx, selector, &s) == 0)
		return;
	refuse(c, pv_printf(c->cx->arena, "%s.%s", path, name),
	       pv_strdup(c->cx->arena, pv_error_text(c->cx)));
	(void)pv_recover(c->cx);
}

/* ---- exemptions ---- */

static void
check_exemption(check *c, const pv_val *spec)
{
	int64_t now = pv_now(), until = 0;

	if (!pv_time_parse(pv_strv(pv_get(spec, "until")), &until) || until <= now ||
	    until > now + PV_EXEMPTION_LONGEST)
		refuse(c, "spec.until",
		       pv_printf(c->cx->arena, "expected a time between now and %s, found \"%s\"",
				 pv_time_format(c->cx->arena, now + PV_EXEMPTION_LONGEST),
				 pv_text_at(spec, "until", "")));
	check_selector(c, pv_get(spec, "objects"), "spec.objects", "selector");
	check_selector(c, pv_get(spec, "objects"), "spec.objects", "namespaceSelector");
	pv_approval_person(c->cx, c->admit, c->denials, "spec.approvedBy",
			   pv_text_at(spec, "approvedBy", ""));
}

/* ---- rollouts ---- */

static void
check_environments(check *c, const pv_val *list)
{
	pv_map *names = pv_map_new(c->cx->arena);

	for (size_t i = 0; i < pv_count(list); i++) {
		const char *path = pv_printf(c->cx->arena, "spec.environments[%zu]", i),
			   *name = pv_text_at(pv_item(list, i), "name", "");

		if (pv_map_puts(names, name, c))
			refuse(c, pv_printf(c->cx->arena, "%s.name", path),
			       pv_printf(c->cx->arena, "\"%s\" is the name of another one, too", name));
		check_selector(c, pv_item(list, i), path, "namespaceSelector");
	}
}

/* Of a rollback, an approval of more than it goes back to would lead straight on again. */
static bool
outlives(const pv_val *rollback, const pv_val *approval)
{
	return pv_enforcement_holds(rollback, pv_text_at(approval, "environment", "")) &&
	       pv_effect_of(pv_text_at(approval, "stage", "")) > pv_effect_of(pv_text_at(rollback, "to", ""));
}

static void
check_approvals(check *c, const pv_val *spec)
{
	const pv_val *list = pv_get(spec, "approvals"), *before = pv_at(c->admit->old, "spec.approvals");

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *one = pv_item(list, i);
		const char *path = pv_printf(c->cx->arena, "spec.approvals[%zu]", i);

		if (pv_approval_is_new(list, i, before)) {
			pv_approval_person(c->cx, c->admit, c->denials,
					   pv_printf(c->cx->arena, "%s.by", path), pv_text_at(one, "by", ""));
			pv_approval_right(c->cx, c->admit, c->denials, path);
		}
		if (outlives(pv_get(spec, "rollback"), one))
			refuse(c, path, "take it away with the rollback, or it would lead straight on again");
	}
}

static bool
is_same_place(const pv_val *a, const pv_val *b)
{
	static const char *const members[] = {"name", "namespaces", "namespaceSelector"};
	bool same = true;

	for (size_t i = 0; i < PV_LEN(members); i++)
		same = same && pv_eq(pv_get(a, members[i]), pv_get(b, members[i]));
	return same;
}

/* Who need not ask any more has approved of all that comes.  So has who moves an object to another environment,
 * which may be at Enforce, or lets go of a policy, which does what it says itself then. */
static void
check_approval(check *c, const pv_val *spec)
{
	const pv_val *before = pv_get(c->admit->old, "spec"), *policies = pv_get(before, "policies"),
		     *places = pv_get(before, "environments");

	if (!pv_streq(pv_text_at(before, "approval", ""), "Manual"))
		return;
	if (!pv_streq(pv_text_at(spec, "approval", ""), "Manual"))
		pv_approval_right(c->cx, c->admit, c->denials, "spec.approval");
	if (!pv_eq(pv_get(before, "policyChange"), pv_get(spec, "policyChange")))
		pv_approval_right(c->cx, c->admit, c->denials,
				  "spec.policyChange"); /* Continue: what was approved outlives a change */
	for (size_t i = 0; i < pv_count(policies); i++)
		if (!pv_list_has(pv_get(spec, "policies"), pv_item(policies, i)))
			pv_approval_right(c->cx, c->admit, c->denials, "spec.policies");
	for (size_t i = 0; i < pv_count(places); i++)
		if (!is_same_place(pv_item(places, i), pv_item(pv_get(spec, "environments"), i)))
			pv_approval_right(c->cx, c->admit, c->denials,
					  pv_printf(c->cx->arena, "spec.environments[%zu]", i));
}

static const char *
enforced_in(const pv_val *rollout)
{
	const pv_val *list = pv_at(rollout, "status.environments");

	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), "stage", ""), "Enforce"))
			return pv_text_at(pv_item(list, i), "name", "");
	return NULL;
}

/* What comes to a rollout that is through would be refused without any warning. */
static void
check_policies(check *c, const pv_val *spec)
{
	const pv_val *list = pv_get(spec, "policies"), *before = pv_at(c->admit->old, "spec.policies");
	const char *place = enforced_in(c->admit->old);

	for (size_t i = 0; place && before && i < pv_count(list); i++)
		if (!pv_list_has(before, pv_item(list, i)))
			refuse(c, pv_printf(c->cx->arena, "spec.policies[%zu]", i),
			       pv_printf(c->cx->arena,
					 "%s would refuse at once in \"%s\", which is at Enforce: make "
					 "another PolicyRollout for it",
					 rollout_policy_text(c->cx, pv_item(list, i)), place));
}

/* May an object come to be where less happens?  From the first environment that is not as it was on, those that are
 * not at Enforce may have others. */
static bool
moves_objects(const pv_val *rollout, const pv_val *places)
{
	const pv_val *before = pv_at(rollout, "spec.environments");
	size_t i = 0;

	while (i < pv_count(places) && is_same_place(pv_item(places, i), pv_item(before, i)))
		i++;
	for (; i < pv_count(places); i++) {
		const char *name = pv_text_at(pv_item(places, i), "name", "");

		if (!pv_streq(pv_text_at(pv_enforcement_state(rollout, name), "stage", ""), "Enforce"))
			return true;
	}
	return false;
}

/* A rollout only softens: one that takes in what is in force lets through what was refused.  That is a decision as
 * the way to Enforce is. */
static int
check_let_go(check *c, const pv_val *spec)
{
	bool moves = moves_objects(c->admit->old, pv_get(spec, "environments"));
	const pv_val *list = pv_get(spec, "policies"), *before = pv_at(c->admit->old, "spec.policies");
	int r = 0;

	for (size_t i = 0; r == 0 && c->admit->serving && i < pv_count(list); i++) {
		const pv_val *named = pv_item(list, i);
		const char *name = NULL;

		if (moves || !pv_list_has(before, named))
			r = rollout_in_force(c->cx, pv_api_store(c->admit->serving), named, &name);
		if (r < 0 || !name)
			continue;
		pv_approval_right(c->cx, c->admit, c->denials,
				  pv_printf(c->cx->arena, "spec.policies[%zu]", i));
		warn(c->admit, pv_printf(c->cx->arena,
					 "%s is in force: what comes to environments of this rollout it does "
					 "not refuse from now on, until they come to Enforce",
					 name));
	}
	return r;
}

static int
check_rollout(check *c, const pv_val *spec)
{
	check_environments(c, pv_get(spec, "environments"));
	check_approvals(c, spec);
	check_approval(c, spec);
	check_policies(c, spec);
	return check_let_go(c, spec);
}

/* What it names may come later; somebody who misspelt it wants to know now. */
static int
warn_of_missing(pv_ctx *cx, const pv_admit *admit, const pv_val *spec)
{
	const char *missing = NULL;
	int r = admit->serving ? rollout_missing(cx, pv_api_store(admit->serving), pv_get(spec, "policies"),
						 &missing)
			       : 0;

	warn(admit, missing);
	warn(admit, rollout_strangers(cx, spec));
	if (r == 0 && admit->serving && admit->warnings &&
	    !(admit->old && pv_eq(pv_at(admit->old, "spec.environments"), pv_get(spec, "environments")) &&
	      pv_eq(pv_at(admit->old, "spec.objects"), pv_get(spec, "objects"))))
		r = rollout_tell_places(cx, pv_api_store(admit->serving), spec, admit->warnings);
	return r;
}

/* What else follows of other environments. */
static void
warn_of_environments(pv_ctx *cx, const pv_admit *admit, const pv_val *spec)
{
	const pv_val *list = pv_get(spec, "environments"), *old = pv_at(admit->old, "status.environments");

	for (size_t i = 0; old && i < pv_count(list); i++) {
		const char *name = pv_text_at(pv_item(list, i), "name", "");

		if (!pv_enforcement_state(admit->old, name))
			warn(admit,
			     pv_printf(cx->arena, "environment \"%s\" is new: it begins at Audit", name));
	}
	for (size_t i = 0; i < pv_count(old); i++) {
		const char *name = pv_text_at(pv_item(old, i), "name", "");

		if (!rollout_has_environment(list, name))
			warn(admit,
			     pv_printf(cx->arena,
				       "without environment \"%s\" the policies do in it at once what "
				       "they say themselves, unless another environment has its objects",
				       name));
	}
}

static void
warn_of_end(pv_ctx *cx, const pv_admit *admit)
{
	const char *text = pv_printf(
		cx->arena, "without PolicyRollout %s its policies do at once what they say themselves",
		admit->name);

	if (!pv_streq(pv_text_at(admit->old, "status.phase", ""), "Enforced"))
		warn(admit, text);
}

static int
validate(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	const pv_val *spec = pv_get(admit->object, "spec"), *before = pv_get(admit->old, "spec");
	check c = {cx, admit, denials};
	bool rollout = pv_streq(admit->resource->kind, "PolicyRollout");
	int r = 0;

	if (!pv_streq(admit->resource->group, GROUP) || (admit->subresource && *admit->subresource))
		return 0;
	if (admit->operation == PV_OP_DELETE) {
		if (rollout)
			warn_of_end(cx, admit);
		return 0;
	}
	if (!spec || (before && pv_eq(spec, before)))
		return 0;
	if (rollout) {
		r = check_rollout(&c, spec);
		warn_of_environments(cx, admit, spec);
	} else {
		check_exemption(&c, spec);
	}
	return r < 0 ? r : warn_of_missing(cx, admit, spec);
}

const pv_admission rollout_admission = {
	.name = "policy-rollouts",
	.validate = validate,
};
