/* utf8: text counted in characters; str.h has those that look into one.
 * Pure functions.  Of broken text each byte that goes on with no character belongs to the one before it. */
#pragma once
#include "base/base.h"

size_t pv_utf8_count(pv_str s);               /* its characters */
size_t pv_utf8_prefix(pv_str s, size_t most); /* bytes of the first characters, at most so many */
