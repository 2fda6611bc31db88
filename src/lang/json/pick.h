/* pick: parts of a JSON text without reading the rest: for lists of what is large.  Pure; what is wanted lives in
 * the arena of the ctx that read it. */
#pragma once
#include "base/buf.h"
#include "base/str.h"

/* Parts of an object: "metadata(name,labels),status(history[-1](revision))".  Members by their names as they are
 * written in JSON, in brackets what of them (else all), of each item of a list, after [-1] of its last item only. */
typedef struct pv_json_parts pv_json_parts;

/* -PV_EBADREQUEST; *ret lives in cx->arena. */
PV_MUST_USE int pv_json_parts_parse(pv_ctx *cx, const char *text, const pv_json_parts **ret);
/* Appends the parts of a compact JSON text that pv_json_write() wrote: many times faster than reading it. */
void pv_json_pick(pv_buf *out, pv_str json, const pv_json_parts *parts);
