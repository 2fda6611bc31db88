/* rego_test: what running tests and telling of them share.  Private to cmd. */
#pragma once
#include "cmd/rego_eval.h"
#include "cmd/rego_measure.h"

enum rego_outcome { REGO_PASS, REGO_FAIL, REGO_SKIP, REGO_ERROR };

typedef struct rego_case {  /* of a test that has several */
	const pv_val *keys; /* of its head: a list */
	bool passed;
} rego_case;

typedef struct rego_test {
	pv_rego_rule rule;
	enum rego_outcome outcome;
	int64_t ns;
	const char *error;       /* REGO_ERROR */
	const char *output;      /* of print(); "" if none */
	pv_vec cases;            /* rego_case */
	pv_vec trace;            /* struct pv_rego_step */
	rego_measured *measured; /* NULL: nobody asked */
	pv_vec explained;        /* const char *: lines, in its place if there are any (--explain) */
} rego_test;

void rego_test_pretty(pv_ctx *cx, const pv_vec *tests, bool verbose);
/* Those that pass as what one takes, as Go's benchmarks are told or with the test's own name. */
void rego_test_bench(pv_ctx *cx, const pv_vec *tests, bool go, bool memory);
void rego_test_json(pv_ctx *cx, const pv_vec *tests);
