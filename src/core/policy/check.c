/* What is about to be stored: policies that compile, bindings that lead somewhere. */
#include "base/str.h"
#include "core/policy/policy.h"
#include "core/policy/set.h"

static void
check_actions(policy_compile *c, const pv_val *actions)
{
	bool deny = false, warns = false;

	if (!pv_count(actions))
		policy_fault(c, "FieldValueRequired", "spec.validationActions",
			     "Required value: at least one validation action is required");
	for (size_t i = 0; i < pv_count(actions); i++) {
		deny = deny || pv_streq(pv_text(pv_item(actions, i), ""), "Deny");
		warns = warns || pv_streq(pv_text(pv_item(actions, i), ""), "Warn");
	}
	if (deny && warns)
		policy_fault(c, "FieldValueInvalid", "spec.validationActions",
			     "Invalid value: %s: must not contain both Deny and Warn (repeating "
			     "the same validation failure information in the API response and headers serves "
			     "no purpose)",
			     policy_shown(c, actions));
}

static void
check_params(policy_compile *c, const pv_val *ref)
{
	if (*pv_text_at(ref, "name", "") && pv_get(ref, "selector"))
		policy_fault(c, "FieldValueForbidden", "spec.paramRef.name",
			     "Forbidden: name and selector are mutually exclusive");
	if (!*pv_text_at(ref, "name", "") && !pv_get(ref, "selector"))
		policy_fault(c, "FieldValueRequired", "spec.paramRef",
			     "Required value: one of name or selector must be specified");
	if (!*pv_text_at(ref, "parameterNotFoundAction", ""))
		policy_fault(c, "FieldValueRequired", "spec.paramRef.parameterNotFoundAction",
			     "Required value");
}

void
pv_policy_check(pv_ctx *cx, const pv_val *object, pv_vec *causes)
{
	policy_compile c = {.cx = cx, .arena = cx->arena, .causes = causes};
	const char *kind = pv_text_at(object, "kind", "");
	const pv_val *spec = pv_get(object, "spec");
	policy made;

	if (!pv_ends_with(kind, "Binding")) {
		policy_read(cx, cx->arena, object, &made, causes);
		return;
	}
	if (!*pv_text_at(spec, "policyName", ""))
		policy_fault(&c, "FieldValueRequired", "spec.policyName", "Required value");
	if (pv_starts_with(kind, "Validating"))
		check_actions(&c, pv_get(spec, "validationActions"));
	if (pv_get(spec, "paramRef"))
		check_params(&c, pv_get(spec, "paramRef"));
}
