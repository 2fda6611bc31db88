/* rego/builtin: what the families of builtins share.  A family is one file with a
 * flat table; a row is name, operand types, function, number of operands.
 *
 * Types: one word per operand, letters in OPA's order: s string, n number,
 * b boolean, a array, o object, t set, z null, * any.  "an" reads "one of
 * {array, number}"; checked before the function runs.
 * Private to this folder. */
#pragma once
#include "base/buf.h"
#include "base/str.h"
#include "lang/rego/vm.h"

typedef struct rg_family {
	const rg_builtin *rows;
	size_t n;
} rg_family;
#define RG_FAMILY(name) const rg_family rg_family_##name = {rows, PV_LEN(rows)}

/* Sets the error if the evaluation is strict; always returns a negative code.
 * The text is prefixed with the builtin's name. */
int rg_builtin_error(rg_vm *vm, const char *fmt, ...) PV_PRINTF(2, 3);
/* The same with eval_type_error. */
int rg_type_error(rg_vm *vm, const char *fmt, ...) PV_PRINTF(2, 3);
int rg_operand_error(rg_vm *vm, int operand, const char *want,
		     const pv_val *got); /* "must be WANT but got TYPE" */
/* A whole number operand; operand counts from 1. */
int rg_operand_int(rg_vm *vm, const pv_val *v, int operand, int64_t *ret);

static inline int
rg_ret(rg_vm *vm, pv_val v, const pv_val **ret)
{
	if (v.type >= PV_LIST)
		return rg_box(vm, v, ret);
	*ret = pv_box(vm->arena, v);
	return 0;
}
int rg_ret_bool(bool b, const pv_val **ret);
int rg_ret_buf(rg_vm *vm, const pv_buf *b, const pv_val **ret); /* its bytes as a string */
const pv_val *rg_int_val(rg_vm *vm, int64_t i);
int rg_check_waited(rg_vm *vm); /* before what waits for the network, and adds to vm->waited_ns */
pv_map *rg_cache(rg_vm *vm);    /* what builtins keep for the whole evaluation; keys begin with their name */

/* Rego's text of a value: strings quoted, sets {1, 2}, set(). */
void rg_write_term(pv_buf *b, const pv_val *v);
/* JSON over lines, as Go's json.Indent: each begins with prefix. */
void rg_write_pretty(pv_buf *b, const pv_val *v, const char *prefix, const char *indent);
