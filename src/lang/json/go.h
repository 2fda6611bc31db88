/* go: faults in the words of Go's encoding/json, for what must answer as a program in Go does.
 * Pure; texts live in the arena that is given, or for ever. */
#pragma once
#include "lang/value/value.h"

/* What encoding/json says in the place of a parser's message `what`. */
const char *pv_json_go_fault(pv_arena *arena, const char *what);
const char *pv_json_go_kind(const pv_val *v); /* "array", "bool", ... */
