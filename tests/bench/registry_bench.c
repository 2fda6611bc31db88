/* Figures of the registry, in processor time of one thread: building it at start,
 * loading the 188 real CRDs (where the outside suite lies beside the project),
 * and what each step of one object takes.  Peer (Kubernetes 1.36.4 on this kind
 * of machine): 241 CRDs in 25 s and 885 MB. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/time.h"
#include "base/vec.h"
#include "bench/timing.h"
#include "core/api/openapi.h"
#include "core/api/table.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

#define ROUNDS 2000

static double
ms_since(int64_t start)
{
	return (double)(thread_ns() - start) / 1e6;
}

static pv_str
load(pv_ctx *cx, const char *path)
{
	FILE *f = fopen(path, "r");
	char room[65536];
	pv_buf b;
	size_t n;

	pv_buf_init(&b, cx->arena);
	if (f == NULL)
		return (pv_str){"", 0};
	while ((n = fread(room, 1, sizeof room, f)) > 0)
		pv_buf_add(&b, room, n);
	fclose(f);
	return (pv_str){b.s, b.len};
}

static void
load_crds(pv_ctx *cx, pv_registry *registry, const char *home)
{
	pv_str text = load(cx, pv_printf(cx->arena, "%s/crds.expected.jsonl", home)), line;
	double before = resident_mb(), reading = 0, bytes = 0, took, held;
	int64_t start = thread_ns();
	size_t n = 0;

	while (pv_str_next(&text, '\n', &line)) {
		const pv_val *row, *crd;
		int64_t begin = thread_ns();
		pv_str yaml;
		pv_ctx one;
		int r;

		if (line.len == 0)
			continue;
		pv_ctx_init(&one, "crd");
		r = pv_json_parse(&one, line, NULL, &row);
		yaml = r == 0 ? load(&one,
				     pv_printf(one.arena, "%s/%s", home, pv_text(pv_get(row, "file"), "")))
			      : (pv_str){"", 0};
		bytes += (double)yaml.len;
		r = pv_yaml_parse(&one, yaml, NULL, &crd);
		reading += ms_since(begin);
		if (r == 0 && pv_i64(pv_get(row, "code"), 0) == 201)
			r = pv_registry_put_crd(&one, registry, pv_text_at(crd, "metadata.name", ""), crd);
		if (r < 0)
			printf("%s\n", pv_error_text(&one));
		n += r == 0;
		pv_ctx_done(&one);
	}
	if (n == 0) {
		printf("no CRDs: %s is not here\n", home);
		return;
	}
	took = ms_since(start);
	held = resident_mb() - before;
	printf("%zu CRDs, %.1f MB of YAML: %.0f ms, of it %.0f ms reading; %.1f MB more resident\n", n,
	       bytes / 1e6, took, reading, held);
}

static const char deployment[] =
	"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop, labels: {app: web}}\n"
	"spec:\n  replicas: 3\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: "
	"{app: web}}\n"
	"    spec:\n      containers:\n      - name: web\n        image: "
	"registry.example.org/shop/web:1.4.2\n"
	"        ports: [{containerPort: 8080, name: http}]\n        env: [{name: A, value: b}, {name: C, "
	"value: d}]\n"
	"        resources: {requests: {cpu: 100m, memory: 128Mi}, limits: {memory: 256Mi}}\n"
	"        readinessProbe: {httpGet: {path: /ready, port: http}}\n";

static void
one_object(pv_ctx *cx, pv_registry *registry)
{
	const pv_resource *res = pv_resource_of_type(cx, registry, "apps/Deployment");
	double prune = 0, fill = 0, check = 0, cells = 0;
	const pv_val *object;

	if (pv_yaml_parse(cx, pv_str_of(deployment), NULL, &object) < 0)
		abort();
	for (int i = 0; i < ROUNDS; i++) {
		const pv_val *v = object;
		int64_t t = thread_ns();
		pv_ctx turn;
		pv_vec causes;

		pv_ctx_init(&turn, "turn");
		pv_vec_init(&causes, turn.arena, sizeof(pv_cause));
		v = pv_resource_prune(&turn, res, v, NULL);
		prune += ms_since(t);
		t = thread_ns();
		v = pv_resource_default(&turn, res, v);
		fill += ms_since(t);
		t = thread_ns();
		if (pv_resource_validate(&turn, res, v, NULL, "", &causes, NULL))
			printf("%s: %s\n", PV_AT(pv_cause, &causes, 0)->field,
			       PV_AT(pv_cause, &causes, 0)->message);
		check += ms_since(t);
		t = thread_ns();
		(void)pv_table_cells(&turn, res, v, 1);
		cells += ms_since(t);
		pv_ctx_done(&turn);
	}
	printf("one Deployment: prune %.1f us, default %.1f us, validate %.1f us, table row %.1f us\n",
	       prune * 1e3 / ROUNDS, fill * 1e3 / ROUNDS, check * 1e3 / ROUNDS, cells * 1e3 / ROUNDS);
}

static void
documents(pv_ctx *cx, pv_registry *registry)
{
	static const char *const paths[] = {"/openapi/v3", "/openapi/v3/api/v1", "/openapi/v3/apis/apps/v1"};

	for (size_t i = 0; i < PV_LEN(paths); i++) {
		pv_document_query query = {.path = paths[i]};
		pv_document doc = {0};
		int64_t start = thread_ns();
		double first;

		if (pv_openapi(cx, registry, &query, &doc) < 0)
			abort();
		first = ms_since(start);
		start = thread_ns();
		if (pv_openapi(cx, registry, &query, &doc) < 0)
			abort();
		printf("%s: %zu kB, first %.1f ms, then %.3f ms\n", paths[i], doc.body.len / 1024, first,
		       ms_since(start));
	}
}

int
main(int argc, char **argv)
{
	const char *home = argc > 1 ? argv[1] : PAVE_SOURCE_DIR "/../shared/conformance/apiplane";
	double before = resident_mb();
	int64_t start = thread_ns();
	pv_registry *registry;
	pv_ctx cx;

	pv_ctx_init(&cx, "bench");
	if (pv_registry_new(&cx, &registry) < 0) {
		printf("%s\n", pv_error_text(&cx));
		return 1;
	}
	printf("registry at start: %.1f ms, %.1f MB\n", ms_since(start), resident_mb() - before);
	load_crds(&cx, registry, home);
	one_object(&cx, registry);
	documents(&cx, registry);
	pv_ctx_done(&cx);
	pv_registry_free(registry);
	return 0;
}
