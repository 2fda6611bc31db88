/* What Gatekeeper's whole library (templates and sample constraints, where the outside suite lies beside the
 * project) costs: one Pod's admission, the audit of 10,000 objects, a pass after one change, and the reports of
 * them all.  Processor time; the audit's is of all its threads, and one figure of it is by the clock. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "bench/inside.h"
#include "bench/timing.h"
#include "governance/gatekeeper/auditor.h"
#include "governance/gatekeeper/gatekeeper.h"
#include "governance/gatekeeper/gator.h"
#include "governance/report/report.h"

static size_t objects = 10000; /* OBJECTS */
#define SPACES 50
static size_t admissions = 5000; /* ADMISSIONS */
#define CHANGES 40

/* ---- the library ---- */

static int64_t revision; /* of each put: what is another has another generation */

static void
put(pv_ctx *cx, pv_store *store, const char *type, const pv_val *object)
{
	const pv_val *meta = pv_get(object, "metadata");
	pv_val whole = *object, filled;
	pv_objb b;
	pv_write write;

	pv_objb_from(&b, cx->arena, meta);
	pv_objb_puts(&b, "uid", pv_printf(cx->arena, "u-%lld", (long long)++revision));
	pv_objb_put(&b, "generation", pv_int(revision));
	filled = pv_objb_end(&b);
	whole = pv_with(cx->arena, &whole, "metadata", filled);
	write = (pv_write){.key = {type, pv_text_at(object, "metadata.namespace", ""),
				   pv_text_at(object, "metadata.name", "")},
			   .doc = pv_box(cx->arena, whole),
			   .expect = PV_REV_ANY};
	must(cx, pv_store_write(cx, store, &write, 1));
}

/* Each sample under a name of its own: many are called the same. */
static void
put_constraint(pv_ctx *cx, pv_store *store, const pv_val *c, size_t n)
{
	const char *kind = pv_text_at(c, "kind", ""),
		   *name = pv_printf(cx->arena, "%s-%zu", pv_text_at(c, "metadata.name", ""), n);
	pv_val meta = pv_with(cx->arena, pv_get(c, "metadata"), "name", pv_string(cx->arena, name)),
	       whole = pv_with(cx->arena, c, "metadata", meta);

	put(cx, store, pv_printf(cx->arena, "constraints.gatekeeper.sh/%s", kind), &whole);
}

static size_t
load(pv_ctx *cx, pv_store *store, const char *pattern)
{
	glob_t found;
	size_t n = 0;

	if (glob(pattern, 0, NULL, &found) != 0)
		return 0;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		pv_vec list;

		pv_vec_init(&list, cx->arena, sizeof(const pv_val *));
		must(cx, gator_objects(cx, found.gl_pathv[i], "sample", &list));
		for (size_t k = 0; k < list.len; k++, n++) {
			const pv_val *o = *PV_AT(const pv_val *, &list, k);

			if (gator_is(o, GK_TEMPLATES, NULL))
				put(cx, store, GK_TEMPLATES "/ConstraintTemplate", o);
			else
				put_constraint(cx, store, o, n);
		}
	}
	globfree(&found);
	return n;
}

/* ---- what exists ---- */

#define LABELS "\"labels\":{\"app\":\"web-%zu\",\"owner\":\"team-a.agilebank.demo\"}"
#define CONTAINER \
	"{\"name\":\"%s\",\"image\":\"%s/%s:1.2\",\"ports\":[{\"containerPort\":8080}],\"env\":[{\"name\":\"A\",\"value\":\"b\"}]," \
	"\"resources\":{\"limits\":{\"cpu\":\"100m\",\"memory\":\"256Mi\"},\"requests\":{\"cpu\":\"100m\",\"memory\":\"256Mi\"}}," \
	"\"livenessProbe\":{\"httpGet\":{\"path\":\"/\",\"port\":8080}},\"readinessProbe\":{\"httpGet\":{\"path\":\"/\"," \
	"\"port\":8080}},\"securityContext\":{\"allowPrivilegeEscalation\":false,\"readOnlyRootFilesystem\":true," \
	"\"runAsUser\":1000,\"capabilities\":{\"drop\":[\"ALL\"]}},\"volumeMounts\":[{\"name\":\"tmp\",\"mountPath\":\"/tmp\"}]}"
#define POD_SPEC \
	"{\"securityContext\":{\"runAsNonRoot\":true,\"fsGroup\":1000,\"seccompProfile\":{\"type\":\"RuntimeDefault\"}}," \
	"\"initContainers\":[" CONTAINER "],\"containers\":[" CONTAINER "," CONTAINER "]," \
	"\"volumes\":[{\"name\":\"tmp\",\"emptyDir\":{}}]}"

static const char *
pod_spec(pv_ctx *cx, size_t i)
{
	const char *registry = i % 4 == 0 ? "docker.io" : "openpolicyagent"; /* a quarter violates */

	return pv_printf(cx->arena, POD_SPEC, "wait", registry, "wait", "web", registry, "web", "log",
			 registry, "log");
}

static const pv_val *
pod(pv_ctx *cx, size_t i)
{
	return parsed(cx,
		      pv_printf(cx->arena,
				"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"web-%zu\","
				"\"namespace\":\"ns-%zu\"," LABELS "},\"spec\":%s}",
				i, i % SPACES, i, pod_spec(cx, i)));
}

static const pv_val *
workload(pv_ctx *cx, const char *kind, size_t i)
{
	return parsed(
		cx,
		pv_printf(cx->arena,
			  "{\"apiVersion\":\"apps/v1\",\"kind\":\"%s\",\"metadata\":{\"name\":\"web-%zu\","
			  "\"namespace\":\"ns-%zu\"," LABELS "},\"spec\":{\"replicas\":3,\"selector\":"
			  "{\"matchLabels\":{\"app\":\"web-%zu\"}},\"template\":{\"metadata\":{" LABELS
			  "},\"spec\":%s}}}",
			  kind, i, i % SPACES, i, i, i, pod_spec(cx, i)));
}

static const pv_val *
service(pv_ctx *cx, size_t i)
{
	return parsed(
		cx,
		pv_printf(cx->arena,
			  "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"web-%zu\","
			  "\"namespace\":\"ns-%zu\"," LABELS "},\"spec\":{\"type\":\"ClusterIP\","
			  "\"selector\":{\"app\":\"web-%zu\"},\"ports\":[{\"port\":80}]}}",
			  i, i % SPACES, i, i));
}

static const pv_val *
ingress(pv_ctx *cx, size_t i)
{
	return parsed(
		cx, pv_printf(cx->arena,
			      "{\"apiVersion\":\"networking.k8s.io/v1\",\"kind\":\"Ingress\",\"metadata\":{"
			      "\"name\":\"web-%zu\",\"namespace\":\"ns-%zu\"," LABELS "},\"spec\":{\"tls\":[{"
			      "\"hosts\":[\"web-%zu.example.com\"]}],\"rules\":[{\"host\":"
			      "\"web-%zu.example.com\"}]}}",
			      i, i % SPACES, i, i, i));
}

static const char *
space_text(pv_ctx *cx, size_t i, const char *label)
{
	return pv_printf(cx->arena,
			 "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"ns-%zu\","
			 "\"labels\":{\"owner\":\"%s\"}}}",
			 i, label);
}

/* Of ten objects seven are Pods; the rest is what makes and finds them. */
static void
put_one(pv_ctx *cx, pv_store *store, size_t i)
{
	switch (i % 20) {
	case 0:
	case 1: put(cx, store, "apps/Deployment", workload(cx, "Deployment", i)); break;
	case 2:
	case 3: put(cx, store, "apps/ReplicaSet", workload(cx, "ReplicaSet", i)); break;
	case 4: put(cx, store, "/Service", service(cx, i)); break;
	case 5: put(cx, store, "networking.k8s.io/Ingress", ingress(cx, i)); break;
	default: put(cx, store, "/Pod", pod(cx, i));
	}
}

static void
put_all(pv_ctx *cx, pv_store *store)
{
	pv_ctx turn;

	pv_ctx_init(&turn, "put");
	for (size_t i = 0; i < SPACES; i++)
		put(cx, store, "/Namespace", parsed(cx, space_text(cx, i, "a.agilebank.demo")));
	for (size_t i = 0; SPACES + i < objects; i++) {
		put_one(&turn, store, i);
		pv_ctx_reset(&turn);
	}
	pv_ctx_done(&turn);
	put(cx, store, "syncset.gatekeeper.sh/SyncSet",
	    parsed(cx,
		   "{\"apiVersion\":\"syncset.gatekeeper.sh/v1alpha1\",\"kind\":\"SyncSet\",\"metadata\":{"
		   "\"name\":\"all\"},\"spec\":{\"gvks\":[{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Service\"},"
		   "{\"group\":\"networking.k8s.io\",\"version\":\"v1\",\"kind\":\"Ingress\"},"
		   "{\"group\":\"storage.k8s.io\",\"version\":\"v1\",\"kind\":\"StorageClass\"},"
		   "{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Namespace\"},"
		   "{\"group\":\"policy\",\"version\":\"v1\",\"kind\":\"PodDisruptionBudget\"},"
		   "{\"group\":\"apps\",\"version\":\"v1\",\"kind\":\"Deployment\"}]}}"));
}

/* ---- measuring ---- */

static void
measure_admissions(pv_ctx *cx, pv_api *api)
{
	static timing t;
	pv_admit admit = {.operation = PV_OP_CREATE,
			  .subresource = "",
			  .ns = "ns-1",
			  .name = "web-1",
			  .uid = "1",
			  .serving = api,
			  .resource = pv_resource_of_kind(cx, pv_api_registry(api), "v1", "Pod"),
			  .identity = pv_auth_identity(cx)};
	const pv_val *clean = pod(cx, 1), *bad = pod(cx, 4);
	size_t found = 0;
	pv_ctx turn;

	pv_ctx_init(&turn, "admission");
	for (size_t i = 0; i < admissions; i++) {
		int64_t start = thread_ns();
		pv_vec denials;

		admit.object = i % 2 ? clean : bad;
		pv_vec_init(&denials, turn.arena, sizeof(pv_denial));
		must(&turn, gatekeeper_admission.mutate(&turn, &admit));
		must(&turn, gatekeeper_admission.validate(&turn, &admit, &denials));
		found += denials.len;
		pv_ctx_reset(&turn);
		timing_add(&t, thread_ns() - start);
	}
	pv_ctx_done(&turn);
	printf("an admission of a Pod: p50 %.3f ms, p99 %.3f ms, mean %.3f ms, %.1f violations each\n",
	       timing_ms(&t, 0.5), timing_ms(&t, 0.99), (double)t.sum_ns / (double)admissions / 1e6,
	       (double)found / (double)admissions);
	figure("a Pod's admission by Gatekeeper's library, p99", timing_ms(&t, 0.99));
	figure("Pods admitted by Gatekeeper's library, a second of one core",
	       (double)admissions * 1e9 / (double)t.sum_ns);
}

/* Milliseconds of processors, of all threads. */
static double
audit_ms(pv_api *api, int64_t *ret_total)
{
	int64_t start = process_ns(), total = 0;
	const pv_val *all;
	pv_ctx cx;
	double ms;

	pv_ctx_init(&cx, "audit");
	must(&cx, gk_auditor_now(&cx, api, &all));
	ms = (double)(process_ns() - start) / 1e6;
	for (size_t i = 0; i < pv_count(all); i++)
		for (size_t k = 0; k < pv_count(&all->members[i].val); k++)
			total += pv_i64_at(&all->members[i].val.members[k].val, "total", 0);
	*ret_total = total;
	pv_ctx_done(&cx);
	return ms;
}

/* The slowest of some passes, each after one write. */
static double
after_each(pv_ctx *cx, pv_api *api, const char *what, void (*change)(pv_ctx *cx, pv_store *store, size_t i))
{
	double most = 0, sum = 0;
	int64_t total;

	for (size_t i = 0; i < CHANGES; i++) {
		double ms;

		change(cx, pv_api_store(api), i);
		ms = audit_ms(api, &total);
		sum += ms;
		most = ms > most ? ms : most;
	}
	printf("a pass after one %s: mean %.2f ms, most %.2f ms\n", what, sum / CHANGES, most);
	return most;
}

static void
change_pod(pv_ctx *cx, pv_store *store, size_t i)
{
	put(cx, store, "/Pod", pod(cx, 20 * i + 10));
}

static void
change_service(pv_ctx *cx, pv_store *store, size_t i)
{
	put(cx, store, "/Service", service(cx, 20 * i + 4));
}

static void
change_space(pv_ctx *cx, pv_store *store, size_t i)
{
	put(cx, store, "/Namespace",
	    parsed(cx, space_text(cx, i % SPACES, i % 2 ? "x.agilebank.demo" : "y")));
}

static void
measure_audit(pv_ctx *cx, pv_api *api)
{
	int64_t total, again, start = pv_mono();
	double first = audit_ms(api, &total), most, s = (double)(pv_mono() - start) / 1e9;

	printf("the audit of %zu objects: %.2f s, %.0f ms of processors, %lld violations; once more: %.2f ms\n",
	       objects, s, first, (long long)total, audit_ms(api, &again));
	figure("audit of 10,000 objects by Gatekeeper's library", s);
	figure("audit of 10,000 objects by Gatekeeper's library, of a core", first / 1e3);
	most = after_each(cx, api, "Pod is another", change_pod);
	figure("the audit after a Pod is another, the slowest", most);
	most = after_each(cx, api, "Service is another", change_service);
	figure("the audit after a Service is another, the slowest", most);
	most = after_each(cx, api, "Namespace has another label", change_space);
	figure("the audit after a Namespace's labels are others, the slowest", most);
}

static void
measure_reports(pv_api *api)
{
	for (int i = 0; i < 2; i++) {
		int64_t start = thread_ns();
		pv_vec reports;
		pv_ctx cx;
		double ms;

		pv_ctx_init(&cx, "reports");
		pv_vec_init(&reports, cx.arena, sizeof(const pv_val *));
		must(&cx, report_reports.list(&cx, api, NULL, &reports));
		ms = (double)(thread_ns() - start) / 1e6;
		printf("all PolicyReports, %zu: %.1f ms\n", reports.len, ms);
		if (i)
			figure("PolicyReports of 10,000 objects listed", ms);
		pv_ctx_done(&cx);
	}
}

static void
measure(pv_ctx *cx, pv_api *api, const char *home)
{
	pv_store *store = pv_api_store(api);
	size_t templates = load(cx, store, pv_printf(cx->arena, "%s/*/*/template.yaml", home)),
	       constraints = load(cx, store, pv_printf(cx->arena, "%s/*/*/samples/*/constraint*.yaml", home));

	if (!templates) {
		printf("no templates: %s is not here\n", home);
		return;
	}
	printf("%zu templates, %zu constraints\n", templates, constraints);
	put_all(cx, store);
	measure_admissions(cx, api);
	if (objects <= SPACES)
		return; /* for a profiler */
	measure_audit(cx, api);
	measure_reports(api);
}

int
main(void)
{
	const char *suites = getenv("PAVE_CONFORMANCE"), *many = getenv("OBJECTS"),
		   *often = getenv("ADMISSIONS");
	inside b;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (many)
		objects = strtoul(many, NULL, 10);
	if (often)
		admissions = strtoul(often, NULL, 10);
	inside_open(&b);
	measure(&b.cx, b.api,
		pv_printf(b.cx.arena, "%s/policy/gatekeeper-library",
			  suites ? suites : "../shared/conformance"));
	inside_close(&b);
	return 0;
}
