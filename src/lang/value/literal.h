/* literal: numbers that keep the text their author gave them (1.0, 1E3, -0), for languages that print them so:
 * decimals whose text is not the canonical one.  They compare, hash and calculate as what they say.  Pure. */
#pragma once
#include "lang/value/value.h"

/* As pv_number(); a text that is not canonical is kept. */
bool pv_literal(pv_arena *arena, const char *s, size_t len, pv_val *ret);
/* The int or double that says what a number says; false if none does. */
bool pv_number_simple(const pv_val *v, pv_val *ret);
