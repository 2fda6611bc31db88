/* packed: documents as gzip, made and read in one piece.  Only of our own making:
 * the length that a frame claims is believed.  Pure; internal to core/api. */
#pragma once
#include "base/buf.h"
#include "base/ctx.h"

bool packed_taken(const char *accept_encoding); /* NULL: no */
PV_MUST_USE int packed_write(pv_ctx *cx, pv_str text, pv_buf *out);
PV_MUST_USE int packed_read(pv_ctx *cx, pv_str packed, pv_str *ret); /* lives as long as cx */
