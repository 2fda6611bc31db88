/* rego/metadata: annotations: blocks of comments that start with "# METADATA" and
 * are YAML behind the hash signs (OPA's policy annotations).  Of this folder: the parser's. */
#pragma once
#include "lang/rego/errors.h"

/* Reads the blocks among the comments (rg_loc) and gives each to what follows it: a rule or the package.  What
 * OPA refuses of one is an error. */
void rg_metadata_attach(rg_errors *errors, pv_arena *arena, rg_module *m, const pv_vec *comments);

/* ---- metadata_check.c ---- */

bool rg_metadata_has(const char *name); /* is there such a member? */
/* NULL, or what is wrong of a block; *ret_line: in which of its lines, 0: in the block. */
const char *rg_metadata_fault(pv_ctx *cx, pv_str text, const pv_val *block, int *ret_line);
/* of: what follows, "package", "rule", "import", "": nothing. */
void rg_metadata_check_scope(rg_errors *errors, const rg_module *m, const rg_note *n, const char *of);
