/* file: whole files in and out.  Blocks.  Any thread: no state.  Every error names the path. */
#pragma once
#include "base/ctx.h"

/* Reads all of it; NUL behind the bytes.  -PV_ENOTFOUND; -PV_ETOOLARGE over `limit`. */
PV_MUST_USE int pv_file_load(pv_ctx *cx, const char *path, size_t limit, pv_str *ret);
/* As load, and refuses (-PV_EFORBIDDEN) a file that group or others may read. */
PV_MUST_USE int pv_file_load_secret(pv_ctx *cx, const char *path, size_t limit, pv_str *ret);
/* Replaces the file at once: a reader sees the old bytes or the new ones, also
 * after a crash, and the new ones once it has returned.  `mode` such as 0600. */
PV_MUST_USE int pv_file_save(pv_ctx *cx, const char *path, pv_str bytes, unsigned mode);
/* Renames within a directory, and replaces what is there.  When it returns the new name outlives a loss of power. */
PV_MUST_USE int pv_file_move(pv_ctx *cx, const char *from, const char *to);
/* So do the names that were made or removed beside `path`. */
PV_MUST_USE int pv_dir_sync_of(pv_ctx *cx, const char *path);
/* Makes the directory, and those above it with 0755; fine if it is there. */
PV_MUST_USE int pv_dir_make(pv_ctx *cx, const char *path, unsigned mode);
/* Removes it with all below it, as far as that can be. */
void pv_dir_drop(const char *path);
/* So of those in the folder, which is nobody else's, whose names begin so and that were not written to for a day: what
 * a program that was killed left. */
void pv_dir_sweep(pv_arena *arena, const char *folder, const char *prefix);
