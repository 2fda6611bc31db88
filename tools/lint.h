/* lint: what clang-tidy is told, since it sees one file at a time: that a failure is
 * negative.  Without it, each function whose result comes back through `ret` would
 * seem to leave it unset.  Only `make lint` includes this; where one of these functions is
 * defined, its name stands in parentheses. */
#pragma once
#include "base/ctx.h"
#include "lang/rego/builtin.h"
#include "lang/rule/rule.h"

/* cmocka's fail() and skip() do not come back. */
_Noreturn void _fail(const char *const file, const int line);
_Noreturn void _skip(const char *const file, const int line);

#define pv_fail(cx, code, ...) ((void)pv_fail(cx, code, __VA_ARGS__), -(code))
#define pv_fail_at(cx, code, ...) ((void)pv_fail_at(cx, code, __VA_ARGS__), -(code))
#define pv_wrap(cx, r, ...) ((void)pv_wrap(cx, r, __VA_ARGS__), (r))

#define pv_rule_fail(r, ...) ((void)pv_rule_fail(r, __VA_ARGS__), -1)

#define rg_fail(cx, file, loc, code, ...) ((void)rg_fail(cx, file, loc, code, __VA_ARGS__), -1)
#define rg_vm_fail(vm, code, ...) ((void)rg_vm_fail(vm, code, __VA_ARGS__), -1)
#define rg_builtin_error(vm, ...) ((void)rg_builtin_error(vm, __VA_ARGS__), -1)
#define rg_type_error(vm, ...) ((void)rg_type_error(vm, __VA_ARGS__), -1)
#define rg_operand_error(vm, n, want, got) ((void)rg_operand_error(vm, n, want, got), -1)
#define rg_operand_int(vm, v, n, ret) (rg_operand_int(vm, v, n, ret) < 0 ? -1 : 0)
