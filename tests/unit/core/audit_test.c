/* The audit log as a reader of its file sees it. */
#include "unit/core/store_case.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/time.h"
#include "core/audit/audit.h"
#include "core/metrics/metrics.h"
#include "lang/json/json.h"

static store_case c; /* for its folder */
static pv_metrics *metrics;
static pv_audit_conf conf;
static pv_audit *audit;

static int
setup(void **state)
{
	(void)state;
	case_begin(&c);
	case_dir(&c);
	metrics = pv_metrics_new();
	conf = (pv_audit_conf){.dir = c.dir, .metrics = metrics};
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	audit = pv_audit_close(audit);
	metrics = pv_metrics_free(metrics);
	case_end(&c);
	return 0;
}

static void
open_audit(void)
{
	assert_int_equal(pv_audit_open(&c.cx, &conf, &audit), 0);
}

static pv_str
file(const char *name)
{
	FILE *f = fopen(pv_printf(c.cx.arena, "%s/%s", c.dir, name), "r");
	char *s = pv_alloc(c.cx.arena, 8 << 20);
	size_t n = 0;

	if (f != NULL) {
		n = fread(s, 1, (8 << 20) - 1, f);
		fclose(f);
	}
	s[n] = '\0';
	return (pv_str){s, n};
}

static size_t
lines(pv_str text)
{
	const pv_val *doc;
	size_t n = 0;

	while (pv_json_next(&c.cx, &text, NULL, &doc) == 0 && doc != NULL)
		n++;
	assert_null(c.cx.err);
	return n;
}

static int64_t
metric(const char *name)
{
	return pv_metric_get(
		pv_metric_new(metrics, &(pv_family_def){.name = name, .help = "", .type = PV_COUNTER}));
}

static void
event_is_kubernetes_own(void **state)
{
	static const char want[] =
		"{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/"
		"v1\",\"level\":\"Metadata\",\"auditID\":\"i-1\","
		"\"stage\":\"ResponseComplete\",\"requestURI\":\"/apis/apps/v1/namespaces/n/deployments/web/"
		"scale?x=\\\"\","
		"\"verb\":\"update\",\"user\":{\"username\":\"ann\"},\"impersonatedUser\":{\"username\":\"bob\"},"
		"\"sourceIPs\":[\"127.0.0.1\"],"
		"\"userAgent\":\"kubectl/"
		"1.33\",\"objectRef\":{\"resource\":\"deployments\",\"namespace\":\"n\","
		"\"name\":\"web\",\"apiGroup\":\"apps\",\"apiVersion\":\"v1\",\"subresource\":\"scale\"},"
		"\"responseStatus\":{\"metadata\":{},\"status\":\"Failure\",\"message\":\"no\",\"reason\":"
		"\"Forbidden\",\"details\":{\"kind\":\"deployments\"},"
		"\"code\":403},"
		"\"requestReceivedTimestamp\":\"2026-11-25T08:00:00.000001Z\","
		"\"stageTimestamp\":\"2026-11-25T08:00:00.002000Z\"}\n"
		"{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/"
		"v1\",\"level\":\"Metadata\",\"auditID\":\"i-2\","
		"\"stage\":\"ResponseComplete\",\"requestURI\":\"/healthz\",\"verb\":\"get\",\"user\":{},"
		"\"responseStatus\":{\"metadata\":{},\"code\":200},"
		"\"requestReceivedTimestamp\":\"1970-01-01T00:00:00.000000Z\","
		"\"stageTimestamp\":\"1970-01-01T00:00:00.000000Z\"}\n";
	int64_t at = INT64_C(1795593600) * PV_SEC;

	(void)state;
	open_audit();
	pv_audit_add(audit, &(pv_audit_event){.id = "i-1",
					      .verb = "update",
					      .uri = "/apis/apps/v1/namespaces/n/deployments/web/scale?x=\"",
					      .user = pv_str_of("{\"username\":\"ann\"}"),
					      .as = pv_str_of("{\"username\":\"bob\"}"),
					      .peer = "127.0.0.1",
					      .agent = "kubectl/1.33",
					      .group = "apps",
					      .version = "v1",
					      .resource = "deployments",
					      .subresource = "scale",
					      .ns = "n",
					      .name = "web",
					      .status = 403,
					      .reason = "Forbidden",
					      .message = "no",
					      .details = pv_str_of("{\"kind\":\"deployments\"}"),
					      .received_ns = at + 1000,
					      .done_ns = at + 2 * PV_MS});
	pv_audit_add(audit, &(pv_audit_event){.id = "i-2", .verb = "get", .uri = "/healthz", .status = 200});
	audit = pv_audit_close(audit);
	assert_string_equal(file("audit.log").s, want);
	assert_int_equal(metric("pave_audit_events_total"), 2);
}

static void
file_is_for_the_owner(void **state)
{
	struct stat st;

	(void)state;
	open_audit();
	assert_int_equal(stat(pv_printf(c.cx.arena, "%s/audit.log", c.dir), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void
goes_on_where_it_stopped(void **state)
{
	FILE *f;

	(void)state;
	open_audit();
	pv_audit_add(audit, &(pv_audit_event){.id = "1", .status = 200});
	audit = pv_audit_close(audit);
	f = fopen(pv_printf(c.cx.arena, "%s/audit.log", c.dir), "a");
	assert_non_null(f);
	fputs("{\"cut\":1}", f); /* as a crash may leave it */
	fclose(f);
	open_audit();
	pv_audit_add(audit, &(pv_audit_event){.id = "2", .status = 200});
	audit = pv_audit_close(audit);
	assert_int_equal(lines(file("audit.log")), 3);
	assert_non_null(strstr(file("audit.log").s, "{\"cut\":1}\n{\"kind\""));
}

/* Adds, and waits until all of it is in the file or dropped. */
static void
add_and_wait(int n, const char *uri)
{
	int64_t before = metric("pave_audit_events_total") + metric("pave_audit_dropped_total");
	int64_t until = pv_mono() + 120 * PV_SEC;

	for (int i = 0; i < n; i++)
		pv_audit_add(audit, &(pv_audit_event){.id = "x", .uri = uri, .status = 200});
	while (metric("pave_audit_events_total") + metric("pave_audit_dropped_total") < before + n)
		assert_true(pv_mono() < until);
}

static void
rotates_by_size(void **state)
{
	(void)state;
	conf.max_bytes = 1000; /* three lines of some 300 bytes */
	conf.keep = 2;
	open_audit();
	for (int i = 0; i < 20; i++)
		add_and_wait(1, pv_printf(c.cx.arena, "/%d", i));
	audit = pv_audit_close(audit);
	assert_true(file("audit.log").len <= 1000 && file("audit.log").len > 0);
	assert_true(file("audit.log.1").len <= 1000 && file("audit.log.1").len > 600);
	assert_true(file("audit.log.2").len > 600);
	assert_int_equal(file("audit.log.3").len, 0);
	assert_non_null(strstr(file("audit.log").s, "\"/19\""));
	assert_true(lines(file("audit.log")) + lines(file("audit.log.1")) + lines(file("audit.log.2")) >= 7);
}

static void
full_disk_drops_whole_lines(void **state)
{
	struct rlimit old, small;

	(void)state;
	open_audit();
	add_and_wait(1, "/before");
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 500;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	add_and_wait(3, "/while");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	add_and_wait(1, "/after");
	audit = pv_audit_close(audit);
	assert_true(metric("pave_audit_dropped_total") > 0);
	assert_int_equal(lines(file("audit.log")), metric("pave_audit_events_total"));
	assert_non_null(strstr(file("audit.log").s, "/before"));
	assert_non_null(strstr(file("audit.log").s, "/after"));
}

static void
missing_folder_is_named(void **state)
{
	(void)state;
	conf.dir = "/nonexistent/pave";
	assert_int_equal(pv_audit_open(&c.cx, &conf, &audit), -PV_EUNAVAILABLE);
	assert_non_null(strstr(pv_error_text(&c.cx), "/nonexistent/pave/audit.log: No such file"));
	pv_recover(&c.cx);
	audit = NULL;
	pv_audit_add(NULL, &(pv_audit_event){.id = "x"});
}

static void *
add_many(void *arg)
{
	for (int i = 0; i < 2000; i++)
		pv_audit_add(audit, &(pv_audit_event){.id = arg, .uri = "/some/path", .status = 200});
	return NULL;
}

static void
threads_do_not_mix(void **state)
{
	static char id[] = "abcd";
	pthread_t threads[4];

	(void)state;
	open_audit();
	for (size_t i = 0; i < PV_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, add_many, id), 0);
	for (size_t i = 0; i < PV_LEN(threads); i++)
		pthread_join(threads[i], NULL);
	audit = pv_audit_close(audit);
	assert_int_equal(lines(file("audit.log")), metric("pave_audit_events_total"));
	assert_int_equal(metric("pave_audit_events_total") + metric("pave_audit_dropped_total"), 8000);
}

int
main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(event_is_kubernetes_own),     CASE(file_is_for_the_owner),
		CASE(goes_on_where_it_stopped),    CASE(rotates_by_size),
		CASE(full_disk_drops_whole_lines), CASE(missing_folder_is_named),
		CASE(threads_do_not_mix),
	};
	return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
