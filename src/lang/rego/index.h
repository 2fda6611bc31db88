/* rego/index: what index.c finds when a policy is compiled, and evaluations look at.
 * Immutable.  Private to this folder. */
#pragma once
#include "lang/rego/program.h"

/* A comprehension that closes over variables of the body around it, as code of its own
 * that finds their values too: run once, it answers for all of them (index.c). */
#define RG_KEYS 16
struct rg_index {
	rg_code code;   /* its rows: the variables, then head (and value) */
	uint32_t nkeys; /* variables, at most RG_KEYS */
	uint8_t type;   /* enum pv_type */
};

/* The clause can only succeed if what lies at `path` equals `equals`. */
struct rg_guard {
	int32_t arg; /* of this argument; -1: of input */
	uint32_t n;
	const pv_val *path;
	const pv_val *equals;
};

struct rg_row { /* of the index of a group's clauses */
	const pv_val *equals;
	rg_clause *clause;
};

/* The keys of OP_RULEAT: their number, then an operand each. */
#define RG_PART_KEYS 32
#define RG_ANY INT32_MIN /* one that is not known */
