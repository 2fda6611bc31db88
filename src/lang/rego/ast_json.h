/* rego/ast_json: a module's tree as a document, with the member names of OPA's ast
 * package: what rego.parse_module gives and `pave rego parse -f json` prints.
 * Private to this folder but for pv_rego_parse() in rego.h. */
#pragma once
#include "lang/rego/ast.h"

pv_val rg_body_json(pv_arena *arena, const rg_body *body);
pv_val rg_module_json(pv_arena *arena, const rg_module *m);
