/* rego_bench: `pave rego bench`: how long one evaluation takes, in process, with
 * policy, data and input parsed before. */
#include <stdio.h>

#include "base/str.h"
#include "base/time.h"
#include "cmd/rego_eval.h"
#include "cmd/rego_measure.h"
#include "cmd/verbs.h"
#include "core/outside/outside.h"

typedef struct bench {
	rego_measured m;
	const pv_rego_query *query;
	const pv_rego_partial_opts *partial; /* NULL: it is evaluated as a whole */
	pv_rego *rego;
	pv_rego_eval eval;
	size_t rows;
} bench;

static int
evaluate(pv_ctx *cx, void *arg)
{
	bench *b = arg;
	pv_rego_result result;
	int r = pv_rego_run(cx, b->query, &b->eval, &result);
	b->rows = r == 0 ? result.sets.len : 0;
	return r;
}

static int
evaluate_partially(pv_ctx *cx, void *arg)
{
	bench *b = arg;
	pv_rego_left left;
	int r = pv_rego_partial(cx, b->rego, b->partial, &left);
	b->rows = r == 0 ? left.queries.len : 0;
	return r;
}

/* ---- what it prints: as `opa bench` ---- */

typedef struct row {
	const char *name;
	double value;
} row;

#define HISTOGRAM "histogram_timer_rego_query_eval_ns_"

/* Of row, in nanoseconds. */
static void
list_extra(pv_ctx *cx, const bench *b, pv_vec *ret)
{
	pv_vec ns;
	pv_vec_init(ret, cx->arena, sizeof(row));
	pv_vec_init(&ns, cx->arena, sizeof(int64_t));
	for (size_t i = 0; i < b->m.n; i++)
		pv_vec_push(&ns, &b->m.samples[i]);
	pv_val spread = rego_spread(cx->arena, &ns);
	for (uint32_t i = 0; i < spread.len; i++) {
		const char *name = spread.members[i].key.s;
		bool count = pv_streq(name, "count");
		*(row *)pv_vec_add(ret) =
			(row){pv_printf(cx->arena, HISTOGRAM "%s", name),
			      count ? (double)b->m.runs : pv_f64(&spread.members[i].val, 0) / 1000};
	}
}

static void
show_pretty(pv_ctx *cx, const bench *b, bool memory)
{
	pv_vec rows, extra;
	pv_vec_init(&rows, cx->arena, sizeof(row));
	*(row *)pv_vec_add(&rows) = (row){"samples", (double)b->m.runs};
	*(row *)pv_vec_add(&rows) = (row){"ns/op", (double)b->m.ns / (double)b->m.runs};
	if (memory)
		*(row *)pv_vec_add(&rows) = (row){"B/op", (double)b->m.bytes};
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
	pv_objb_put(&o, "N", pv_int((int64_t)b->m.runs));
	pv_objb_put(&o, "T", pv_int(b->m.ns));
	if (memory)
		pv_objb_put(&o, "MemBytes", pv_int((int64_t)(b->m.bytes * b->m.runs)));
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
		printf("BenchmarkOPAEval\t%8llu\t%12.1f ns/op", (unsigned long long)b->m.runs,
		       (double)b->m.ns / (double)b->m.runs);
		if (memory)
			printf("\t%8zu B/op", b->m.bytes);
		puts("");
	} else {
		show_pretty(cx, b, memory);
	}
}

static int
once(pv_ctx *cx, const pv_args *args, bench *b)
{
	pv_ctx turn;
	pv_ctx_init(&turn, "rego-bench");
	int r = rego_measure(&turn, b->partial ? evaluate_partially : evaluate, b, &b->m);
	if (r < 0)
		r = pv_fail(cx, PV_EINVALID, "%s", pv_error_text(&turn));
	else if (b->rows == 0 && !pv_streq(pv_args_text(args, "fail", "true"), "false"))
		r = pv_fail(cx, PV_EINVALID,
			    "undefined result: nothing was measured that counts (--fail=false)");
	else
		show(cx, b, args);
	pv_ctx_done(&turn);
	return r;
}

static int
settings(pv_ctx *cx, const pv_args *args, int64_t *ret_count, bench *ret)
{
	const char *format = pv_args_text(args, "format", "pretty");
	if (!pv_streq(format, "pretty") && !pv_streq(format, "json") && !pv_streq(format, "gobench"))
		return pv_fail(cx, PV_EUSAGE, "--format: expected pretty, json or gobench, found %s", format);
	if (pv_args_has(args, "unknowns") && !pv_args_has(args, "partial"))
		return pv_fail(cx, PV_EUSAGE, "--unknowns: expected --partial beside it");
	if (pv_args_has(args, "partial") && (pv_args_has(args, "package") || pv_args_has(args, "import")))
		return pv_fail(cx, PV_EUNSUPPORTED,
			       "--package, --import: not supported beside --partial; write whole paths");
	int r = pv_args_number(cx, args, "count", 1, 1, ret_count);
	if (r == 0)
		r = rego_target_check(cx, args);
	return r < 0 ? r : pv_outside_hold(cx, args, NULL, &ret->eval.outside);
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	static bench b; /* too large for a stack */
	pv_rego_partial_opts partial;
	rego_source src = {0};
	pv_rego_query *query = NULL;
	int64_t count;
	b = (bench){0};
	int r = settings(cx, args, &count, &b);
	if (r == 0)
		r = rego_source_load(cx, args, &src);
	if (r == 0)
		r = rego_source_compile(cx, args, &src, &b.rego, &query);
	b.query = query;
	b.eval.input = src.input;
	b.eval.data = src.from.data;
	b.eval.now_ns = pv_now();
	if (r == 0 && pv_args_has(args, "partial")) {
		partial = rego_partial_opts(cx, args, &src, &b.eval);
		b.partial = &partial;
	}
	for (int64_t i = 0; r == 0 && i < count; i++)
		r = once(cx, args, &b);
	pv_rego_query_free(query);
	pv_rego_unref(b.rego);
	return rego_told_once(cx, r);
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
	{"partial", 'p', NULL, "measure how long it takes to find what is left of the query"},
	{"unknowns", 'u', "PATH", "with --partial: a document that is not known; repeats (default: input)"},
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
	{"shutdown-grace-period", 0, "N", "goes with --e2e"},
	{"shutdown-wait-period", 0, "N", "goes with --e2e"},
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
