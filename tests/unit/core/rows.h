/* rows: a test's table, a file of JSON of one line a row.  One thread; a row lives as long as the call. */
#pragma once
#include "base/ctx.h"
#include "lang/value/value.h"

typedef void rows_each(pv_ctx *cx, const pv_val *row, void *arg); /* cx: the row's own */

/* Of tests/unit/core/FILE; fails the test if a line is no JSON. */
void rows_read(const char *file, rows_each *each, void *arg);
