/* input: what is given to a verb, in a file or on standard input.  Private to cmd; one thread. */
#pragma once
#include "base/ctx.h"
#include "base/str.h"

/* All of it.  -PV_ETOOLARGE beyond what any verb takes. */
PV_MUST_USE int input_load(pv_ctx *cx, pv_str *ret);
/* Of a file, of at most 64 MB, or of standard input ("-"); *ret_name is what errors call it. */
PV_MUST_USE int input_load_file(pv_ctx *cx, const char *file, pv_str *ret, const char **ret_name);
/* By how it begins: {a: 1} is YAML. */
bool input_is_json(pv_str text);
