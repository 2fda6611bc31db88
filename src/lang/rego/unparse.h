/* rego/unparse: a tree that nobody wrote as text, in the form that `opa fmt` gives it: no places of
 * it are looked at.  Private to this folder. */
#pragma once
#include "base/buf.h"
#include "lang/rego/ast.h"

void rg_unparse_body(pv_buf *b, const rg_body *body); /* a line each statement */
void rg_unparse_module(pv_buf *b, const rg_module *m);
