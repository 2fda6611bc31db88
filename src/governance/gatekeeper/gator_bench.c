/* gator_bench: `pave gator bench`: how long the review of an object takes, with the output of
 * `gator bench`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "governance/gatekeeper/gator.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

typedef struct measured {
	const char *engine; /* "rego", "cel" */
	size_t templates, constraints, objects, skipped;
	int64_t iterations, warmup, violations;
	int64_t setup, total; /* ns */
	pv_vec latencies;     /* int64_t, ns, sorted */
} measured;

/* ---- measuring ---- */

static bool
is_review(const pv_val *object)
{
	return !gator_is(object, GK_TEMPLATES, NULL) && !gator_is(object, GK_CONSTRAINTS, NULL);
}

/* Templates that have no code for the engine are left out with their constraints. */
static void
fit(pv_ctx *cx, const pv_vec *objects, const gk_engines *how, const char *engine, pv_vec *ret, measured *m)
{
	const char *want = pv_streq(engine, "cel") ? GK_CEL : GK_REGO;
	pv_vec dropped;

	pv_vec_init(&dropped, cx->arena, sizeof(const char *));
	pv_vec_init(ret, cx->arena, sizeof(const pv_val *));
	for (size_t i = 0; i < objects->len; i++) {
		const pv_val *o = *PV_AT(const pv_val *, objects, i);
		const char *kind = pv_text_at(o, "spec.crd.spec.names.kind", "");
		gk_template *t = NULL;

		if (!gator_is(o, GK_TEMPLATES, "ConstraintTemplate"))
			continue;
		if (gk_template_compile(cx, o, how, &t) < 0)
			(void)pv_recover(cx);
		if (t && pv_streq(gk_template_engine(t), want))
			pv_vec_push(ret, &o);
		else
			pv_vec_push(&dropped, &kind);
		gk_template_unref(t);
	}
	m->skipped = dropped.len;
	for (size_t i = 0; i < objects->len; i++) {
		const pv_val *o = *PV_AT(const pv_val *, objects, i);
		bool meant = !gator_is(o, GK_TEMPLATES, "ConstraintTemplate");

		for (size_t k = 0; meant && gator_is(o, GK_CONSTRAINTS, NULL) && k < dropped.len; k++)
			meant = !pv_streq(*PV_AT(const char *, &dropped, k), pv_text_at(o, "kind", ""));
		if (meant)
			pv_vec_push(ret, &o);
	}
}

static int
by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static int64_t
review_one(const gk_book *book, const pv_val *object, int64_t *ret_ns)
{
	pv_ctx scratch;
	gk_review review;
	pv_vec findings;
	int64_t from = pv_mono(), n;

	pv_ctx_init(&scratch, "bench");
	pv_vec_init(&findings, scratch.arena, sizeof(gk_finding));
	review = gk_review_of(&scratch, object, "Original", NULL);
	gk_judge(&scratch, book, &review, GK_AT_TOOLS, &findings);
	*ret_ns = pv_mono() - from;
	n = (int64_t)findings.len;
	pv_ctx_done(&scratch);
	return n;
}

static void
review_all(const gk_book *book, const pv_vec *objects, bool counted, measured *m)
{
	for (size_t i = 0; i < objects->len; i++) {
		const pv_val *o = *PV_AT(const pv_val *, objects, i);
		int64_t ns, found;

		if (!is_review(o))
			continue;
		found = review_one(book, o, &ns);
		if (!counted)
			continue;
		m->violations += found;
		pv_vec_push(&m->latencies, &ns);
	}
}

static int
measure(pv_ctx *cx, const pv_vec *objects, measured *m)
{
	const gk_engines how = {.no_cel = pv_streq(m->engine, "rego")};
	int64_t from = pv_mono();
	gator_policies p;
	pv_vec fitting;
	int r;

	fit(cx, objects, &how, m->engine, &fitting, m);
	r = gator_policies_load(cx, &fitting, &how, &p);
	if (r < 0)
		return r;
	m->setup = pv_mono() - from;
	m->templates = p.templates.len;
	m->constraints = p.book.rules.len;
	for (size_t i = 0; i < fitting.len; i++)
		m->objects += is_review(*PV_AT(const pv_val *, &fitting, i));
	if (!m->templates || !m->objects)
		return pv_fail(cx, PV_EINVALID, "no %s found in input for engine %s",
			       m->templates ? "objects to review" : "templates", m->engine);
	pv_vec_init(&m->latencies, cx->arena, sizeof(int64_t));
	for (int64_t i = 0; i < m->warmup; i++)
		review_all(&p.book, &fitting, false, m);
	from = pv_mono();
	for (int64_t i = 0; i < m->iterations; i++)
		review_all(&p.book, &fitting, true, m);
	m->total = pv_mono() - from;
	pv_vec_sort(&m->latencies, by_time);
	return 0;
}

/* ---- printing ---- */

static int64_t
percentile(const measured *m, size_t percent)
{
	size_t at = m->latencies.len * percent / 100;

	return *PV_AT(int64_t, &m->latencies, at < m->latencies.len ? at : m->latencies.len - 1);
}

static int64_t
mean(const measured *m)
{
	int64_t sum = 0;

	for (size_t i = 0; i < m->latencies.len; i++)
		sum += *PV_AT(int64_t, &m->latencies, i);
	return sum / (int64_t)m->latencies.len;
}

static const char *
time_text(pv_ctx *cx, int64_t ns)
{
	if (ns < 1000)
		return pv_printf(cx->arena, "%lldns", (long long)ns);
	if (ns < 1000000)
		return pv_printf(cx->arena, "%.2f\xc2\xb5s", (double)ns / 1e3);
	return ns < PV_SEC ? pv_printf(cx->arena, "%.2fms", (double)ns / 1e6)
			   : pv_printf(cx->arena, "%.2fs", (double)ns / 1e9);
}

static double
throughput(const measured *m)
{
	return m->total ? (double)m->latencies.len * 1e9 / (double)m->total : 0;
}

static void
print_table(pv_ctx *cx, const measured *m)
{
	printf("=== Benchmark Results: %s Engine ===\n\nConfiguration:\n",
	       pv_streq(m->engine, "cel") ? "CEL" : "REGO");
	printf("  Templates:      %zu\n  Constraints:    %zu\n  Objects:        %zu\n", m->templates,
	       m->constraints, m->objects);
	printf("  Iterations:     %lld\n  Total Reviews:  %zu\n", (long long)m->iterations, m->latencies.len);
	if (m->skipped)
		printf("\nSkipped:\n  Templates without code for the engine:  %zu\n", m->skipped);
	printf("\nTiming:\n  Setup Duration:             %s\n  Total Duration:             %s\n",
	       time_text(cx, m->setup), time_text(cx, m->total));
	printf("  Throughput:                 %.2f reviews/sec\n\nLatency (per review):\n", throughput(m));
	printf("  Min:   %s\n  Max:   %s\n  Mean:  %s\n", time_text(cx, percentile(m, 0)),
	       time_text(cx, percentile(m, 100)), time_text(cx, mean(m)));
	printf("  P50:   %s\n  P95:   %s\n  P99:   %s\n", time_text(cx, percentile(m, 50)),
	       time_text(cx, percentile(m, 95)), time_text(cx, percentile(m, 99)));
	printf("\nResults:\n  Violations Found:  %lld\n", (long long)m->violations);
}

static pv_val
latencies_of(pv_ctx *cx, const measured *m)
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "min", time_text(cx, percentile(m, 0)));
	pv_objb_puts(&b, "max", time_text(cx, percentile(m, 100)));
	pv_objb_puts(&b, "mean", time_text(cx, mean(m)));
	pv_objb_puts(&b, "p50", time_text(cx, percentile(m, 50)));
	pv_objb_puts(&b, "p95", time_text(cx, percentile(m, 95)));
	pv_objb_puts(&b, "p99", time_text(cx, percentile(m, 99)));
	return pv_objb_end(&b);
}

static pv_val
json_of(pv_ctx *cx, const measured *m)
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "engine", m->engine);
	pv_objb_put(&b, "templateCount", pv_int((int64_t)m->templates));
	pv_objb_put(&b, "constraintCount", pv_int((int64_t)m->constraints));
	pv_objb_put(&b, "objectCount", pv_int((int64_t)m->objects));
	pv_objb_put(&b, "iterations", pv_int(m->iterations));
	pv_objb_put(&b, "concurrency", pv_int(1));
	pv_objb_put(&b, "totalReviews", pv_int((int64_t)m->latencies.len));
	pv_objb_puts(&b, "setupDuration", time_text(cx, m->setup));
	pv_objb_puts(&b, "totalDuration", time_text(cx, m->total));
	pv_objb_put(&b, "latencies", latencies_of(cx, m));
	pv_objb_put(&b, "violationCount", pv_int(m->violations));
	pv_objb_put(&b, "reviewsPerSecond", pv_double(throughput(m)));
	pv_objb_put(&b, "referentialDataSupported", pv_bool(pv_streq(m->engine, "rego")));
	return pv_objb_end(&b);
}

static void
print_list(pv_ctx *cx, const pv_val *list, bool json)
{
	pv_buf b;

	pv_buf_init(&b, cx->arena);
	if (json)
		pv_json_write_pretty(&b, list, 2);
	else
		pv_yaml_write(&b, list);
	fputs(b.s, stdout);
}

/* ---- the command ---- */

static int
check_options(pv_ctx *cx, const pv_args *args)
{
	static const char *const none[] = {"compare", "save",      "memory",
					   "stats",   "threshold", "min-threshold"};
	int r = gator_refuse_images(cx, args);

	for (size_t i = 0; r == 0 && i < PV_LEN(none); i++)
		if (pv_args_has(args, none[i]))
			r = pv_fail(cx, PV_EUSAGE, "--%s is not supported: compare what --output json prints",
				    none[i]);
	if (r == 0 && !pv_streq(pv_args_text(args, "concurrency", "1"), "1"))
		r = pv_fail(cx, PV_EUSAGE,
			    "--concurrency: expected 1, found \"%s\": reviews are measured one after another",
			    pv_args_text(args, "concurrency", ""));
	return r;
}

static int
run(pv_ctx *cx, const pv_args *args, const char *engine, const pv_vec *objects)
{
	static const char *const engines[] = {"rego", "cel"};
	const char *format = pv_args_text(args, "output", "table");
	bool table = pv_streq(format, "table"), first = true;
	pv_listb list;
	pv_val all;

	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < PV_LEN(engines); i++) {
		measured m = {.engine = engines[i]};
		int r = pv_args_number(cx, args, "iterations", 1, 1000, &m.iterations);

		if (r == 0)
			r = pv_args_number(cx, args, "warmup", 0, 10, &m.warmup);
		if (r < 0)
			return r;
		if (!pv_streq(engine, "all") && !pv_streq(engine, engines[i]))
			continue;
		r = measure(cx, objects, &m);
		if (r < 0)
			return gator_fatal(cx, r, "running benchmark");
		if (table && !first)
			putchar('\n');
		first = false;
		if (table)
			print_table(cx, &m);
		pv_listb_add(&list, json_of(cx, &m));
	}
	all = pv_listb_end(&list);
	if (!table)
		print_list(cx, &all, pv_streq(format, "json"));
	return PV_EXIT_OK;
}

int
gator_bench(pv_ctx *cx, const pv_args *args)
{
	const char *engine = pv_args_text(args, "engine", "cel"),
		   *format = pv_args_text(args, "output", "table");
	pv_vec objects;
	int r = check_options(cx, args);

	if (r == 0 && !pv_streq(engine, "rego") && !pv_streq(engine, "cel") && !pv_streq(engine, "all"))
		r = pv_fail(cx, PV_EUSAGE, "--engine: expected rego, cel or all, found \"%s\"", engine);
	if (r == 0 && !pv_streq(format, "table") && !pv_streq(format, "json") && !pv_streq(format, "yaml"))
		r = pv_fail(cx, PV_EUSAGE, "--output: expected table, json or yaml, found \"%s\"", format);
	if (r < 0)
		return r;
	r = gator_sources(cx, args, &objects);
	return r < 0 ? gator_fatal(cx, r, NULL) : run(cx, args, engine, &objects);
}
