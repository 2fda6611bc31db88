/* rego_bench: `pave rego bench`: how long one evaluation takes, in process, with
 * policy, data and input parsed before. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "base/time.h"
#include "cmd/rego_eval.h"
#include "cmd/verbs.h"
#include "core/outside/outside.h"

enum { SAMPLES = 1000 };

typedef struct bench {
	const pv_rego_query *query;
	pv_rego_eval eval;
	int64_t samples[SAMPLES]; /* picoseconds of one evaluation, sorted at the end */
	size_t n;                 /* samples */
	uint64_t runs;
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

/* ---- what it prints: as `opa bench` ---- */

/* The samples are in picoseconds, and in order. */
static double
percentile(const bench *b, double p)
{
	size_t at = (size_t)((double)b->n * p / 100);
	return (double)b->samples[at < b->n ? at : b->n - 1] / 1000;
}

static double
deviation(const bench *b, double mean)
{
	double sum = 0;
	for (size_t i = 0; i < b->n; i++)
		sum += ((double)b->samples[i] / 1000 - mean) * ((double)b->samples[i] / 1000 - mean);
	return sqrt(sum / (double)b->n);
}

typedef struct row {
	const char *name;
	double value;
} row;

#define HISTOGRAM "histogram_timer_rego_query_eval_ns_"

/* Of row. */
static void
list_extra(pv_ctx *cx, const bench *b, pv_vec *ret)
{
	static const char *const percents[] = {"75", "90", "95", "99", "99.9", "99.99"};
	double mean = (double)b->ns / (double)b->runs;
	const row more[] = {{HISTOGRAM "count", (double)b->runs},
			    {HISTOGRAM "max", percentile(b, 100)},
			    {HISTOGRAM "mean", mean},
			    {HISTOGRAM "median", percentile(b, 50)},
			    {HISTOGRAM "min", percentile(b, 0)},
			    {HISTOGRAM "stddev", deviation(b, mean)}};
	pv_vec_init(ret, cx->arena, sizeof(row));
	for (size_t i = 0; i < PV_LEN(percents); i++) {
		double p = 0;
		(void)pv_parse_double(pv_str_of(percents[i]), &p);
		*(row *)pv_vec_add(ret) =
			(row){pv_printf(cx->arena, HISTOGRAM "%s%%", percents[i]), percentile(b, p)};
	}
	for (size_t i = 0; i < PV_LEN(more); i++)
		pv_vec_push(ret, &more[i]);
}

static void
show_pretty(pv_ctx *cx, const bench *b, bool memory)
{
	pv_vec rows, extra;
	pv_vec_init(&rows, cx->arena, sizeof(row));
	*(row *)pv_vec_add(&rows) = (row){"samples", (double)b->runs};
	*(row *)pv_vec_add(&rows) = (row){"ns/op", (double)b->ns / (double)b->runs};
	if (memory)
		*(row *)pv_vec_add(&rows) = (row){"B/op", (double)b->bytes};
	list_extra(cx, b, &extra);
	for (size_t i = 0; i < extra.len; i++)
		pv_vec_push(&rows, PV_AT(row, &extra, i));
	puts("+-------------------------------------------+----------------+");
	for (size_t i = 0; i < rows.len; i++)
		printf("| %-41s | %14.*f |\n", PV_AT(row, &rows, i)->name,
		       PV_AT(row, &rows, i)->value < 1000 && i > 0 ? 1 : 0, PV_AT(row, &rows, i)->value);
	puts("+-------------------------------------------+----------------+");
}

static void
show_json(pv_ctx *cx, const bench *b, bool memory)
{
	pv_objb o, more;
	pv_vec extra;
	pv_objb_init(&o, cx->arena);
	pv_objb_put(&o, "N", pv_int((int64_t)b->runs));
	pv_objb_put(&o, "T", pv_int(b->ns));
	if (memory)
		pv_objb_put(&o, "MemBytes", pv_int((int64_t)(b->bytes * b->runs)));
	list_extra(cx, b, &extra);
	pv_objb_init(&more, cx->arena);
	for (size_t i = 0; i < extra.len; i++)
		pv_objb_put(&more, PV_AT(row, &extra, i)->name, pv_double(PV_AT(row, &extra, i)->value));
	pv_objb_put(&o, "Extra", pv_objb_end(&more));
	pv_val all = pv_objb_end(&o);
	rego_print_json(cx, stdout, &all);
}

static void
show(pv_ctx *cx, const bench *b, const pv_args *args)
{
	const char *format = pv_args_text(args, "format", "pretty");
	bool memory = !pv_streq(pv_args_text(args, "benchmem", "true"), "false");
	if (pv_streq(format, "json")) {
		show_json(cx, b, memory);
	} else if (pv_streq(format, "gobench")) {
		printf("BenchmarkOPAEval\t%8llu\t%12.1f ns/op", (unsigned long long)b->runs,
		       (double)b->ns / (double)b->runs);
		if (memory)
			printf("\t%8zu B/op", b->bytes);
		puts("");
	} else {
		show_pretty(cx, b, memory);
	}
}

static int
once(pv_ctx *cx, const pv_args *args, const pv_rego_query *query, const rego_source *src,
     const pv_rego_outside *outside)
{
	static bench b;
	pv_ctx turn;
	b = (bench){
		.query = query,
		.eval = {
			.input = src->input, .data = src->from.data, .now_ns = pv_now(), .outside = outside}};
	pv_ctx_init(&turn, "rego-bench");
	int r = measure(&turn, &b);
	if (r < 0)
		r = pv_fail(cx, PV_EINVALID, "%s", pv_error_text(&turn));
	else if (b.rows == 0 && !pv_streq(pv_args_text(args, "fail", "true"), "false"))
		r = pv_fail(cx, PV_EINVALID,
			    "undefined result: nothing was measured that counts (--fail=false)");
	else
		show(cx, &b, args);
	pv_ctx_done(&turn);
	return r;
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	const char *format = pv_args_text(args, "format", "pretty");
	rego_source src = {0};
	pv_rego *rego = NULL;
	pv_rego_query *query = NULL;
	int64_t count;
	const pv_rego_outside *outside = NULL;
	if (!pv_streq(format, "pretty") && !pv_streq(format, "json") && !pv_streq(format, "gobench"))
		return pv_fail(cx, PV_EUSAGE, "--format: expected pretty, json or gobench, found %s", format);
	int r = pv_args_number(cx, args, "count", 1, 1, &count);
	if (r == 0)
		r = rego_target_check(cx, args);
	if (r == 0)
		r = pv_outside_hold(cx, args, NULL, &outside);
	if (r == 0)
		r = rego_source_load(cx, args, &src);
	if (r == 0)
		r = rego_source_compile(cx, args, &src, &rego, &query);
	for (int64_t i = 0; r == 0 && i < count; i++)
		r = once(cx, args, query, &src, outside);
	pv_rego_query_free(query);
	pv_rego_unref(rego);
	return r;
}

static const pv_option options[] = {
	{"data", 'd', "PATH", "modules and documents, as for `rego eval`; repeats"},
	{"bundle", 'b', "PATH", "a bundle: a folder or an archive; repeats"},
	{"ignore", 0, "GLOB", "names in folders that are left out; repeats"},
	{"package", 0, "PATH", "the query may name this package's rules as its modules do"},
	{"import", 0, "PATH", "the query may name this as a module that imports it does; repeats"},
	{"input", 'i', "FILE", "the input document (JSON or YAML)"},
	{"stdin-input", 'I', NULL, "read the input document from stdin"},
	{"stdin", 0, NULL, "read the query from stdin"},
	{"format", 'f', "pretty|json|gobench", "how to print (default: pretty)"},
	{"count", 0, "N", "how often to measure (default: 1)"},
	{"benchmem", 0, "true|false", "print the memory of an evaluation (default: true)"},
	{"fail", 0, "true|false", "exit 1 if the result is undefined (default: true)"},
	{"v0-compatible", 0, NULL, "read modules and the query as Rego v0"},
	{"v1-compatible", 0, NULL, "read them as Rego v1 (default)"},
	{"schema", 's', "PATH", "JSON Schema of the input, or a folder of those that METADATA names"},
	{"target", 't', "rego", "what evaluates it (rego)"},
	{"optimize-store-for-read-speed", 0, NULL, "of no effect: documents are held ready for reading"},
	{"allow-net", 0, "HOST,...", "hosts that http.send and net.lookup_ip_addr may ask (default: none)"},
	{0},
};

static const pv_option refused[] = {
	{"config-file", 'c', "FILE", "goes with --e2e"},
	{"e2e", 0, NULL, "measure a running server with a load generator"},
	{"metrics", 0, "true|false", "the spread is always told, of evaluation alone"},
	{"partial", 'p', NULL, "whole evaluations are measured"},
	{"shutdown-grace-period", 0, "N", "goes with --e2e"},
	{"shutdown-wait-period", 0, "N", "goes with --e2e"},
	{"unknowns", 'u', "PATH", "goes with --partial"},
	{0},
};

const pv_verb rego_bench_verb = {
	.name = "rego bench",
	.usage = "QUERY",
	.summary = "measure how long one evaluation of a Rego query takes, as `opa bench` does",
	.help = "Parses and compiles once, then evaluates for about a second.\n\n"
		"  pave rego bench -d policy.rego -i review.json 'data.kubernetes.admission.deny'",
	.options = options,
	.refused = refused,
	.run = run,
};
