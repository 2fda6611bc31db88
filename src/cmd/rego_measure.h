/* rego_measure: how long something takes that is done again and again, and how such numbers spread.
 * Private to cmd; one thread. */
#pragma once
#include "base/vec.h"
#include "lang/value/value.h"

enum { REGO_SAMPLES = 1000 };

typedef struct rego_measured {
	int64_t samples[REGO_SAMPLES]; /* picoseconds of one time, sorted */
	size_t n;                      /* samples */
	uint64_t runs;
	int64_t ns;   /* of all of them */
	size_t bytes; /* that one took */
} rego_measured;

/* About a second (three at most), in equal batches; a batch is long enough to be timed well.  Each time is a
 * turn of its own, in cx, whose error is left there. */
PV_MUST_USE int rego_measure(pv_ctx *cx, int (*once)(pv_ctx *cx, void *arg), void *arg, rego_measured *ret);

/* p of 100, of n sorted numbers, between two where none is just there. */
double rego_percentile(const int64_t *sorted, size_t n, double p);
double rego_mean(const int64_t *numbers, size_t n);
/* {count, max, mean, median, min, stddev, 75%, ... 99.99%} of int64_t, which it sorts. */
pv_val rego_spread(pv_arena *arena, pv_vec *numbers);
