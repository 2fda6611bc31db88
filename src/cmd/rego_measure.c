#include "cmd/rego_measure.h"

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/ctx.h"
#include "base/str.h"
#include "base/time.h"

static int
repeat(pv_ctx *cx, rego_measured *m, int (*once)(pv_ctx *, void *), void *arg, uint64_t n, int64_t *ret_ns)
{
	int64_t start = pv_mono();
	for (uint64_t i = 0; i < n; i++) {
		int r = once(cx, arg);
		if (r < 0)
			return r;
		m->bytes = pv_arena_used(cx->arena);
		pv_ctx_reset(cx);
	}
	*ret_ns = pv_mono() - start;
	return 0;
}

static int
by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

int
rego_measure(pv_ctx *cx, int (*once)(pv_ctx *cx, void *arg), void *arg, rego_measured *ret)
{
	int64_t ns = 0;
	uint64_t batch = 1;
	int r = 0;
	*ret = (rego_measured){0};
	while (r == 0 && ns < PV_SEC / REGO_SAMPLES) {
		r = repeat(cx, ret, once, arg, batch, &ns);
		if (ns < PV_SEC / REGO_SAMPLES)
			batch *= 2;
		if (batch > 1u << 20)
			break;
	}
	while (r == 0 && ret->n < REGO_SAMPLES && (ret->ns < 3 * PV_SEC || ret->n < 3)) {
		r = repeat(cx, ret, once, arg, batch, &ns);
		ret->samples[ret->n++] = ns * 1000 / (int64_t)batch;
		ret->ns += ns;
		ret->runs += batch;
	}
	qsort(ret->samples, ret->n, sizeof ret->samples[0], by_number);
	return r;
}

double
rego_percentile(const int64_t *sorted, size_t n, double p)
{
	double at = p / 100 * (double)(n + 1), below = floor(at);
	size_t i = (size_t)below;
	if (n == 0)
		return 0;
	if (at < 1)
		return (double)sorted[0];
	if (i >= n)
		return (double)sorted[n - 1];
	return (double)sorted[i - 1] + (at - below) * (double)(sorted[i] - sorted[i - 1]);
}

double
rego_mean(const int64_t *numbers, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += (double)numbers[i];
	return n ? sum / (double)n : 0;
}

static double
deviation(const int64_t *numbers, size_t n)
{
	double mean = rego_mean(numbers, n), sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += ((double)numbers[i] - mean) * ((double)numbers[i] - mean);
	return n ? sqrt(sum / (double)n) : 0;
}

pv_val
rego_spread(pv_arena *arena, pv_vec *numbers)
{
	static const struct {
		const char *name;
		double p;
	} percents[] = {{"75%", 75}, {"90%", 90},     {"95%", 95},
			{"99%", 99}, {"99.9%", 99.9}, {"99.99%", 99.99}};
	const int64_t *x = numbers->data;
	size_t n = numbers->len;
	pv_objb o;
	pv_vec_sort(numbers, by_number);
	pv_objb_init(&o, arena);
	for (size_t i = 0; i < PV_LEN(percents); i++)
		pv_objb_put(&o, percents[i].name, pv_double(rego_percentile(x, n, percents[i].p)));
	pv_objb_put(&o, "count", pv_int((int64_t)n));
	pv_objb_put(&o, "max", pv_int(n ? x[n - 1] : 0));
	pv_objb_put(&o, "mean", pv_double(rego_mean(x, n)));
	pv_objb_put(&o, "median", pv_double(rego_percentile(x, n, 50)));
	pv_objb_put(&o, "min", pv_int(n ? x[0] : 0));
	pv_objb_put(&o, "stddev", pv_double(deviation(x, n)));
	return pv_objb_end(&o);
}
