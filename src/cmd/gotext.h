/* gotext: values as Go's fmt and encoding/json write them, since that is what kubectl prints.
 * Pure.  Private to cmd. */
#pragma once
#include "base/buf.h"
#include "lang/value/value.h"

/* fmt.Sprint: text as it is, map[a:1 b:2], [a b], <nil>, 1e+06. */
const char *gotext(pv_arena *arena, const pv_val *v);
/* What a terminal would obey is told instead: ESC is ^[, a carriage return is \r. */
const char *gotext_escape(pv_arena *arena, const char *text);
/* The same of everything that a terminal obeys or that turns text about (controls, C1, bidi), which others may have
 * written: \x1b, \u202e; lines and tabs stay.  And of each text in a value. */
const char *gotext_visible(pv_arena *arena, const char *text);
pv_val gotext_visible_all(pv_arena *arena, const pv_val *v);
/* json.MarshalIndent: keys sorted, and <, > and & escaped.  Ends in a newline. */
void gotext_json(pv_buf *out, const pv_val *v, int indent);
