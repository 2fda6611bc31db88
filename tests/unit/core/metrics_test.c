/* Metrics as Prometheus would read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ctx.h"
#include "base/time.h"
#include "core/metrics/metrics.h"

static pv_ctx cx;
static pv_metrics *metrics;

static int
setup(void **state)
{
	(void)state;
	pv_ctx_init(&cx, "test");
	metrics = pv_metrics_new();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	metrics = pv_metrics_free(metrics);
	pv_ctx_done(&cx);
	return 0;
}

static const char *
shown(void)
{
	pv_buf b;

	pv_buf_init(&b, cx.arena);
	pv_metrics_format(metrics, &b);
	return b.s;
}

static void
assert_shows(const char *want)
{
	const char *text = shown();

	if (strstr(text, want) == NULL)
		fail_msg("not shown:\n%s\nbut:\n%s", want, text);
}

static void
counter_counts(void **state)
{
	pv_metric *m = pv_metric_new(metrics, &(pv_family_def){.name = "pave_things_total",
							       .help = "Things\nseen \\ \"all\".",
							       .type = PV_COUNTER});

	(void)state;
	pv_metric_add(m, 2);
	pv_metric_add(m, 3);
	assert_int_equal(pv_metric_get(m), 5);
	assert_shows("# HELP pave_things_total Things\\nseen \\\\ \"all\".\n"
		     "# TYPE pave_things_total counter\npave_things_total 5\n");
}

static void
members_have_their_own_values(void **state)
{
	pv_family *f = pv_family_new(metrics, &(pv_family_def){.name = "pave_objects",
							       .help = "Objects.",
							       .type = PV_GAUGE,
							       .labels = {"type", "why"}});
	pv_metric *a = pv_family_of(f, (const char *[]){"/Pod", "x"});
	pv_metric *b = pv_family_of(f, (const char *[]){"/Po", "dx"});

	(void)state;
	assert_ptr_not_equal(a, b);
	assert_ptr_equal(a, pv_family_of(f, (const char *[]){"/Pod", "x"}));
	pv_metric_add(a, 4);
	pv_metric_add(a, -1);
	pv_metric_set(b, -7);
	assert_shows("# TYPE pave_objects gauge\n"
		     "pave_objects{type=\"/Pod\",why=\"x\"} 3\n"
		     "pave_objects{type=\"/Po\",why=\"dx\"} -7\n");
}

static void
label_values_are_escaped(void **state)
{
	pv_family *f = pv_family_new(
		metrics,
		&(pv_family_def){.name = "odd", .help = "Odd.", .type = PV_COUNTER, .labels = {"v"}});

	(void)state;
	pv_metric_add(pv_family_of(f, (const char *[]){"a\"b\\c\nd"}), 1);
	assert_shows("odd{v=\"a\\\"b\\\\c\\nd\"} 1\n");
}

static void
histogram_is_cumulative(void **state)
{
	static const double bounds[] = {0.5, 1, 2};
	pv_family *f = pv_family_new(metrics, &(pv_family_def){.name = "lag_seconds",
							       .help = "Lag.",
							       .type = PV_HISTOGRAM,
							       .labels = {"verb"},
							       .buckets = bounds,
							       .n_buckets = 3});
	pv_metric *m = pv_family_of(f, (const char *[]){"get"});

	(void)state;
	pv_metric_observe(m, 0.5); /* a bound belongs to its bucket */
	pv_metric_observe(m, 0.75);
	pv_metric_observe(m, 2.25);
	assert_shows("# TYPE lag_seconds histogram\n"
		     "lag_seconds_bucket{verb=\"get\",le=\"0.5\"} 1\n"
		     "lag_seconds_bucket{verb=\"get\",le=\"1\"} 2\n"
		     "lag_seconds_bucket{verb=\"get\",le=\"2\"} 2\n"
		     "lag_seconds_bucket{verb=\"get\",le=\"+Inf\"} 3\n"
		     "lag_seconds_sum{verb=\"get\"} 3.5\n"
		     "lag_seconds_count{verb=\"get\"} 3\n");
}

static double
read_half(void *arg)
{
	return *(double *)arg / 2;
}

static void
computed_and_scaled(void **state)
{
	double value = 0.3;
	pv_metric *m = pv_metric_new(metrics, &(pv_family_def){.name = "busy_seconds_total",
							       .help = "Busy.",
							       .type = PV_COUNTER,
							       .scale = 1e-9});

	(void)state;
	pv_family_new(
		metrics,
		&(pv_family_def){
			.name = "half", .help = "Half.", .type = PV_GAUGE, .read = read_half, .arg = &value});
	pv_metric_add(m, 1500 * PV_MS);
	assert_shows("\nhalf 0.15\n");
	assert_shows("\nbusy_seconds_total 1.5\n");
}

static void
too_many_members_fall_together(void **state)
{
	pv_family *f = pv_family_new(
		metrics,
		&(pv_family_def){.name = "many", .help = "Many.", .type = PV_COUNTER, .labels = {"n"}});
	char value[1024];

	(void)state;
	for (int i = 0; i < PV_METRIC_MEMBERS + 10; i++) {
		snprintf(value, sizeof value, "%d", i);
		pv_metric_add(pv_family_of(f, (const char *[]){value}), 1);
	}
	memset(value, 'x', sizeof value - 1); /* longer than any label should be */
	value[sizeof value - 1] = '\0';
	pv_metric_add(pv_family_of(f, (const char *[]){value}), 1);
	assert_shows("many{n=\"other\"} 11\n");
	assert_shows("many{n=\"4095\"} 1\n");
	assert_null(strstr(shown(), "many{n=\"4096\"}"));
}

static void
process_is_known(void **state)
{
	const char *text = shown();
	const char *rss = strstr(text, "\nprocess_resident_memory_bytes ");
	const char *start = strstr(text, "\nprocess_start_time_seconds ");
	const char *fds = strstr(text, "\nprocess_open_fds ");
	double age;

	(void)state;
	assert_non_null(rss);
	assert_true(strtod(strchr(rss, ' '), NULL) > 100e3);
	assert_non_null(start);
	age = (double)pv_now() / 1e9 - strtod(strchr(start, ' '), NULL);
	assert_true(age > -60 && age < 3600);
	assert_true(strtod(strchr(fds, ' '), NULL) >= 3);
	assert_non_null(strstr(text, "\nprocess_cpu_seconds_total "));
}

static void
nothing_is_accepted(void **state)
{
	pv_family *f = pv_family_new(NULL, &(pv_family_def){.name = "n", .help = "N."});
	pv_metric *m = pv_family_of(f, NULL);

	(void)state;
	assert_null(m);
	pv_metric_add(m, 1);
	pv_metric_observe(m, 1);
	assert_int_equal(pv_metric_get(m), 0);
}

static pv_family *raced;

static void *
race(void *arg)
{
	for (int i = 0; i < 20000; i++) {
		char label[8];

		snprintf(label, sizeof label, "%d", i % 7);
		pv_metric_observe(pv_family_of(raced, (const char *[]){label}), 0.001);
	}
	return arg;
}

static void
threads_lose_nothing(void **state)
{
	pthread_t threads[4];
	int64_t sum = 0;

	(void)state;
	raced = pv_family_new(
		metrics,
		&(pv_family_def){.name = "raced", .help = "Raced.", .type = PV_HISTOGRAM, .labels = {"n"}});
	for (size_t i = 0; i < PV_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, race, NULL), 0);
	assert_non_null(shown());
	for (size_t i = 0; i < PV_LEN(threads); i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 7; i++) {
		char label[8];

		snprintf(label, sizeof label, "%d", i);
		sum += pv_metric_get(pv_family_of(raced, (const char *[]){label}));
	}
	assert_int_equal(sum, 4 * 20000);
}

int
main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(counter_counts),           CASE(members_have_their_own_values),
		CASE(label_values_are_escaped), CASE(histogram_is_cumulative),
		CASE(computed_and_scaled),      CASE(too_many_members_fall_together),
		CASE(process_is_known),         CASE(nothing_is_accepted),
		CASE(threads_lose_nothing),
	};
	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
