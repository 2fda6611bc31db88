/* requirement: one term of a label selector; shared by the files of this folder.
 * Immutable once made. */
#pragma once
#include "base/buf.h"
#include "base/str.h"
#include "base/vec.h"
#include "lang/selector/selector.h"

enum op { OP_EXISTS, OP_ABSENT, OP_EQUAL, OP_EQUAL2, OP_NOT_EQUAL, OP_IN, OP_NOT_IN, OP_GREATER, OP_LESS };

struct requirement {
	const char *key;
	enum op op;
	const char *const *values; /* sorted, unique */
	size_t n;
};

struct pv_selector {
	const struct requirement *items; /* by key; all must match */
	size_t n;
	bool nothing;
};

PV_MUST_USE int requirement_check_key(pv_ctx *cx, pv_str key);
/* Key, values and their number are such as Kubernetes accepts. */
PV_MUST_USE int requirement_check(pv_ctx *cx, const struct requirement *q);
/* Sorts the texts in place; the requirement keeps them. */
void requirement_set_values(struct requirement *q, pv_vec *values);
pv_selector *selector_new(pv_arena *arena, pv_vec *requirements);
