/* hook: objects that are run around a sync instead of kept.  Private. */
#pragma once
#include "core/reconcile/reconcile.h"

/* Of a sync up to PHASE_NONE; then those around the deletion of an Application. */
enum phase {
	PHASE_PRE,
	PHASE_SYNC,
	PHASE_POST,
	PHASE_FAIL,
	PHASE_NONE,
	PHASE_BEFORE_DELETE,
	PHASE_AFTER_DELETE
};

bool hook_is(const pv_val *object);
/* Does the hook run in that phase? */
bool hook_runs(const pv_val *object, enum phase phase);
/* The first word of argocd.argoproj.io/hook that names no hook; NULL: all do. */
const char *hook_unknown(pv_arena *arena, const pv_val *object);
const char *phase_name(enum phase phase); /* "PreSync" */
enum phase phase_named(const char *name);
int64_t hook_wave(const pv_val *object); /* of hooks and of other objects */
/* "BeforeHookCreation", "HookSucceeded", "HookFailed": does the object ask for it? */
bool hook_policy(const pv_val *object, const char *policy);
