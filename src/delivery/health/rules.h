/* rules: the embedded rules/GROUP.rules: how objects of the ecosystem's kinds are doing.  Read once, then
 * immutable; any thread.  README.md has the form.  Private. */
#pragma once
#include "delivery/health/check.h"
#include "lang/rule/rule.h"

extern const pv_rule_form health_rule_form;

/* HEALTH_NONE: no rule is for the kind. */
verdict rules_judge(pv_ctx *cx, const pv_rule_set *set, pv_str group, const char *kind, const pv_val *object);
const pv_rule_set *rules_built_in(void);
