/* rego/num: arithmetic on exact numbers: GMP for whole numbers, 64-bit mantissas
 * (OPA's big.Float) for the rest.  GMP is used in this folder only. */
#pragma once
#include <gmp.h>

#include "lang/rego/builtin.h"

#define RG_NUM_DIGITS 100000 /* longer whole numbers are refused */

bool rg_num_whole(const pv_val *v); /* 3, 3.0, 1e21 */
/* Initialises z (mpz_clear() it in any case); false if v is not whole or too long. */
bool rg_num_get(const pv_val *v, mpz_t z);
pv_val rg_num_put(pv_arena *arena, const mpz_t z);
long double rg_num_float(const pv_val *v);
/* The shortest text that reads back; false if not finite. */
bool rg_num_from_float(pv_arena *arena, long double x, pv_val *ret);

enum rg_num_op { RG_ADD, RG_SUB, RG_MUL };
int rg_num_calc(rg_vm *vm, enum rg_num_op op, const pv_val *a, const pv_val *b, pv_val *ret);
