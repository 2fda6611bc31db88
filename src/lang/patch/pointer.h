/* pointer: JSON Pointers (RFC 6901), token by token; shared in this folder. */
#pragma once
#include "base/str.h"
#include "lang/patch/patch.h"

/* The next token, unescaped; false at the end or if *rest is malformed. */
bool pointer_next(pv_arena *arena, const char **rest, pv_str *ret);
/* A list index: digits without a leading zero. */
bool pointer_index(pv_str token, size_t *ret);
