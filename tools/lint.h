/* lint: what clang-tidy is told, since it sees one file at a time: that a failure is
 * negative.  Without it, each function whose result comes back through `ret` would
 * seem to leave it unset.  Only `make lint` includes this. */
#pragma once
#include "base/ctx.h"

#define pv_fail(cx, code, ...) ((void)pv_fail(cx, code, __VA_ARGS__), -(code))
#define pv_fail_at(cx, code, ...) ((void)pv_fail_at(cx, code, __VA_ARGS__), -(code))
#define pv_wrap(cx, r, ...) ((void)pv_wrap(cx, r, __VA_ARGS__), (r))
