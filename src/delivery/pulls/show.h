/* show: a change, as application_changes finds it, for people.  Pure; what is returned lives in the arena.  Private. */
#pragma once
#include "base/buf.h"
#include "lang/value/value.h"

/* What it comes to. */
typedef struct verdict {
	size_t applications, changed, added, deleted, hidden, refused, warned, failed;
	const char *words; /* "2 Applications, 3 objects changed, 1 refused" */
} verdict;
verdict show_verdict(pv_arena *arena, const pv_val *change);
/* May it be merged?  Nothing is refused, and what could be rendered before still can. */
bool show_is_good(const verdict *v);
/* As Markdown, of `most` bytes at most, or as plain text (most: SIZE_MAX for all of it). */
pv_str show_markdown(pv_arena *arena, const pv_val *change, size_t most);
pv_str show_text(pv_arena *arena, const pv_val *change, size_t most);
