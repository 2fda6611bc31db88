/* literal: JSON whose numbers keep their texts (lang/value/literal.h).  Pure. */
#pragma once
#include "lang/json/json.h"

/* As pv_json_parse(). */
PV_MUST_USE int pv_json_parse_literal(pv_ctx *cx, pv_str text, const pv_json_opts *opts, const pv_val **ret);
