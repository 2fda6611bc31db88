/* table: a meta.k8s.io Table in columns as wide as they must be.  Private to cmd. */
#pragma once
#include "lang/value/value.h"

void table_print(pv_ctx *cx, const pv_val *table, bool with_namespace, bool wide, bool no_headers);
