/* regex_priv: what searching for all matches (regex_all.c) asks of the one file that knows RE2.  Private. */
#pragma once
#ifdef __cplusplus
extern "C" {
#endif
#include "base/regex.h"

bool pv_re_is_empty(const pv_re *re); /* the pattern "" */
#ifdef __cplusplus
}
#endif
