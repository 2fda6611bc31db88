/* rules: the embedded rules/GROUP.rules: how objects of the ecosystem's kinds are doing.  Read once, then
 * immutable; any thread.  README.md has the form.  Private. */
#pragma once
#include "delivery/health/check.h"

typedef struct rules rules; /* in an arena */

rules *rules_new(pv_arena *arena);
/* Adds a file's; `file` is its path, whose name without .rules is the group.  -PV_EINVALID "FILE:3:7: .." */
PV_MUST_USE int rules_read(pv_ctx *cx, rules *set, const char *file, pv_str text);
/* The verdict of the kind's own rule, or of the first with a wildcard that matches; HEALTH_NONE: none has one. */
verdict rules_judge(pv_ctx *cx, const rules *set, pv_str group, const char *kind, const pv_val *object);
/* Those that the program has. */
const rules *rules_built_in(void);
