/* parser: the state of one template being parsed; shared by the files of this folder. */
#pragma once
#include <string.h>
#include "lang/jsonpath/step.h"

struct parser {
	pv_ctx *cx;
	const char *text, *p, *end;
	size_t depth;
};

int jsonpath_fail(const struct parser *in, const char *what);
struct step *jsonpath_add(pv_vec *steps, enum step_kind kind);
/* Parses a piece that stands for itself: an item of a union, a side of a comparison. */
PV_MUST_USE int jsonpath_inner(struct parser *in, const char *p, const char *end, struct steps *ret);
PV_MUST_USE int jsonpath_field(struct parser *in, pv_vec *steps);  /* in->p is behind the '.' */
PV_MUST_USE int jsonpath_array(struct parser *in, pv_vec *steps);  /* at "[" */
PV_MUST_USE int jsonpath_filter(struct parser *in, pv_vec *steps); /* at "[?(" */

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}
