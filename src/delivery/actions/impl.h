/* actions: what the files of this folder share.  Private. */
#pragma once
#include "base/str.h"
#include "base/vec.h"
#include "delivery/actions/actions.h"
#include "lang/rule/rule.h"

typedef struct target {
	const pv_val *object;
	pv_str group;
	const char *kind;
	int64_t now;
} target;

extern const pv_rule_form action_rule_form;
/* Adds to the list, and makes: by a set of rules.  run: 0 if the kind has no such action. */
void rules_list(pv_ctx *cx, const pv_rule_set *set, const target *t, pv_listb *ret);
PV_MUST_USE int rules_run(pv_ctx *cx, const pv_rule_set *set, const target *t, const char *name,
			  const pv_val *params, pv_val *ret);
/* The same by the user's Lua.  *ret_merge: ours count, too.  list: 0 if there is no script for the kind. */
PV_MUST_USE int scripts_list(pv_ctx *cx, const custom *c, const target *t, pv_listb *ret, bool *ret_merge);
PV_MUST_USE int scripts_run(pv_ctx *cx, const custom *c, const target *t, const char *name,
			    const pv_val *params, pv_val *ret, bool *ret_merge);
pv_val action_row(pv_arena *arena, const char *name, bool disabled, const char *icon, const char *title,
		  pv_val params);
pv_val impact(pv_arena *arena, const char *operation, pv_val resource);
