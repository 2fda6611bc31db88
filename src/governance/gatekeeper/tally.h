/* tally: how many violations each constraint has, and which objects they are of, in order.  Kept up by
 * what changes about one object; one thread.  Private. */
#pragma once
#include "base/ctx.h"
#include "lang/value/value.h"

#define GK_LISTED_MOST 20 /* violations that a status lists of a constraint; all are counted */

typedef struct gk_tallies gk_tallies;

gk_tallies *gk_tallies_new(void);
void gk_tallies_clear(gk_tallies *t);
void gk_tallies_free(gk_tallies *t);
/* The object's rows ([{kind, constraint, violation}]; NULL: none) are others now.  One without a violation does
 * not count. */
void gk_tallies_change(gk_tallies *t, const char *object, const pv_val *before, const pv_val *now);
/* {KIND: {CONSTRAINT: {total, violations}}} of those that are violated; rows() gives an object's. */
pv_val gk_tallies_value(pv_ctx *cx, const gk_tallies *t,
			const pv_val *(*rows)(void *arg, const char *object, size_t i), void *arg);
