/* rego/metadata: annotations: blocks of comments that start with "# METADATA" and
 * are YAML behind the hash signs (OPA's policy annotations).  Of this folder: the parser's. */
#pragma once
#include "lang/rego/ast.h"

/* Reads the blocks among the comments (rg_loc) and gives each to what follows it: a
 * rule (rule->metadata, ->document) or the package.  A block that is no YAML is an error. */
void rg_metadata_attach(rg_errors *errors, pv_arena *arena, rg_module *m, const pv_vec *comments);
