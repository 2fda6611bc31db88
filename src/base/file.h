/* file: whole files in and out.  Blocks.  Any thread: no state.  Every error names the path. */
#pragma once
#include "base/ctx.h"

/* Reads all of it; NUL behind the bytes.  -PV_ENOTFOUND; -PV_ETOOLARGE over `limit`. */
PV_MUST_USE int pv_file_load(pv_ctx *cx, const char *path, size_t limit, pv_str *ret);
/* As load, and refuses (-PV_EFORBIDDEN) a file that group or others may read. */
PV_MUST_USE int pv_file_load_secret(pv_ctx *cx, const char *path, size_t limit, pv_str *ret);
/* Replaces the file at once: a reader sees the old bytes or the new ones, also
 * after a crash.  `mode` such as 0600. */
PV_MUST_USE int pv_file_save(pv_ctx *cx, const char *path, pv_str bytes, unsigned mode);
/* Makes the directory and those above it; fine if it is there. */
PV_MUST_USE int pv_dir_make(pv_ctx *cx, const char *path, unsigned mode);
