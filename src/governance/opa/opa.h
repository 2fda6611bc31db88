/* governance/opa: OPA as a server: its REST API, bundles and decision logs.
 * Const rows; routes are called from the threads of the API. */
#pragma once
#include "core/module.h"

int opa_run(pv_ctx *cx, const pv_args *args); /* `pave rego run` */
