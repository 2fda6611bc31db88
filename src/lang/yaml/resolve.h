/* resolve: what a plain scalar means (YAML 1.1 as go-yaml v2 resolves it, the
 * reader under sigs.k8s.io/yaml).  Pure. */
#pragma once
#include "base/str.h"
#include "lang/value/value.h"

enum yaml_kind { YAML_STR, YAML_BOOL, YAML_NULL, YAML_INT, YAML_FLOAT, YAML_NOT_FINITE, YAML_TIMESTAMP };

/* Fills *ret but for YAML_STR, YAML_TIMESTAMP (text to keep) and YAML_NOT_FINITE. */
enum yaml_kind yaml_resolve(pv_arena *arena, pv_str s, pv_val *ret);
/* Whether the text would not come back as a string if it were written plain. */
bool yaml_needs_quotes(pv_arena *arena, pv_str s);
/* The text with U+FFFD for each byte that is not UTF-8, as Go writes it. */
void yaml_mend(pv_buf *b, pv_str s);
/* Go's strconv.FormatFloat(x, 'g', -1, ..) from a number's canonical JSON text. */
void yaml_float_text(pv_buf *b, pv_str json);
/* A float as a key: go-yaml prints it with the precision of a float32. */
const char *yaml_float_key(pv_arena *arena, double d);
