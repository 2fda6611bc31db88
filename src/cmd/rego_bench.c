/* rego_bench: `pave rego bench`: how long one evaluation takes, in process, with
 * policy, data and input parsed before. */
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "base/time.h"
#include "cmd/rego_eval.h"
#include "cmd/verbs.h"

enum { SAMPLES = 1000 };

typedef struct bench {
	const pv_rego_query *query;
	pv_rego_eval eval;
	int64_t samples[SAMPLES]; /* picoseconds of one evaluation, sorted at the end */
	size_t n;                 /* samples */
	uint64_t runs, steps;
	int64_t ns;
	size_t bytes;
	size_t rows;
} bench;

/* `n` evaluations in a row, each a turn of its own. */
static int
repeat(pv_ctx *cx, bench *b, uint64_t n, int64_t *ret_ns)
{
	pv_rego_result result;
	int64_t start = pv_mono();
	for (uint64_t i = 0; i < n; i++) {
		int r = pv_rego_run(cx, b->query, &b->eval, &result);
		if (r < 0)
			return r;
		b->bytes = pv_arena_used(cx->arena);
		b->steps = result.steps;
		b->rows = result.sets.len;
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

/* About a second (three at most), in equal batches; a batch is long enough to be
 * timed well. */
static int
measure(pv_ctx *cx, bench *b)
{
	int64_t ns = 0;
	uint64_t batch = 1;
	int r = 0;
	while (r == 0 && ns < PV_SEC / SAMPLES) {
		r = repeat(cx, b, batch, &ns);
		if (ns < PV_SEC / SAMPLES)
			batch *= 2;
		if (batch > 1u << 20)
			break;
	}
	while (r == 0 && b->n < SAMPLES && (b->ns < 3 * PV_SEC || b->n < 3)) {
		r = repeat(cx, b, batch, &ns);
		b->samples[b->n++] = ns * 1000 / (int64_t)batch;
		b->ns += ns;
		b->runs += batch;
	}
	qsort(b->samples, b->n, sizeof b->samples[0], by_number);
	return r;
}

/* The samples are in picoseconds, and in order. */
static double
percentile(const bench *b, size_t p)
{
	size_t at = b->n * p / 100;
	return (double)b->samples[at] / 1000;
}

static void
show(const bench *b)
{
	printf("evaluations  %llu\n", (unsigned long long)b->runs);
	printf("mean         %.1f ns/op\n", (double)b->ns / (double)b->runs);
	printf("median       %.1f ns/op\n", percentile(b, 50));
	printf("p99          %.1f ns/op\n", percentile(b, 99));
	printf("min          %.1f ns/op\n", percentile(b, 0));
	printf("memory       %zu bytes/op from the turn's arena\n", b->bytes);
	printf("steps        %llu/op\n", (unsigned long long)b->steps);
	printf("results      %zu\n", b->rows);
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	rego_source src = {0};
	pv_rego *rego = NULL;
	pv_rego_query *query = NULL;
	static bench b;
	pv_ctx turn;
	int r = rego_source_load(cx, args, &src);
	if (r == 0)
		r = rego_source_compile(cx, args, &src, &rego, &query);
	if (r < 0)
		return r;
	b = (bench){.query = query, .eval = {.input = src.input, .data = src.from.data, .now_ns = pv_now()}};
	pv_ctx_init(&turn, "rego-bench");
	r = measure(&turn, &b);
	if (r < 0)
		r = pv_fail(cx, PV_EINVALID, "%s", pv_error_text(&turn));
	else
		show(&b);
	pv_ctx_done(&turn);
	pv_rego_query_free(query);
	pv_rego_unref(rego);
	return r;
}

static const pv_option options[] = {
	{"data", 'd', "PATH", "modules and documents, as for `rego eval`; repeats"},
	{"bundle", 'b', "PATH", "a bundle: a folder or an archive; repeats"},
	{"input", 'i', "FILE", "the input document (JSON or YAML)"},
	{"v0-compatible", 0, NULL, "read modules and the query as Rego v0"},
	{"v1-compatible", 0, NULL, "read them as Rego v1 (default)"},
	{0},
};

const pv_verb rego_bench_verb = {
	.name = "rego bench",
	.usage = "QUERY",
	.summary = "measure how long one evaluation of a Rego query takes",
	.help = "Parses and compiles once, then evaluates for about a second.\n\n"
		"  pave rego bench -d policy.rego -i review.json 'data.kubernetes.admission.deny'",
	.options = options,
	.run = run,
};
