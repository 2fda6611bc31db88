/* rego/tests: what `rego test` needs of the compiler and the evaluator: tests as rules of
 * their own that tell their cases, and which rules and statements ran.
 * Private to this folder. */
#pragma once
#include "lang/rego/program.h"

/* Renames tests of one name, and lets test_x[case] tell each case that it begins. */
void rg_tests_prepare(rg_program *p);

void rg_cover_step(struct pv_rego_cover *cover, const rg_code *code, uint32_t step);
void rg_cover_rule(struct pv_rego_cover *cover, const rg_code *code); /* it has a solution */
