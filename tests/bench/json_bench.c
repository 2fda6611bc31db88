/* Figures of reading and writing documents, in MB of text a second of processor time:
 * JSON beside a memcpy of the same bytes (the limit) and cJSON (Debian's
 * libcjson1, loaded if it is there); YAML beside libyaml's events alone.
 *	json_bench [FILE.json...]
 * Without arguments: a list of made-up Deployments, and Kubernetes' OpenAPI document
 * when the field's test data lies beside the project. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <yaml.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/time.h"
#include "bench/timing.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

#define ROUNDS 15
#define DEPLOYMENTS 2500

struct cjson { /* the peer's functions; all NULL if it is not installed */
	void *(*parse)(const char *text);
	char *(*print)(const void *item);
	void (*drop)(void *item);
};

static double
seconds_since(int64_t start)
{
	return (double)(thread_ns() - start) / 1e9;
}

static struct cjson
load_cjson(void)
{
	void *lib = dlopen("libcjson.so.1", RTLD_NOW);
	struct cjson c = {NULL, NULL, NULL};

	if (lib == NULL) {
		puts("libcjson1 is not installed (apt install libcjson1): no comparison");
		return c;
	}
	*(void **)&c.parse = dlsym(lib, "cJSON_Parse");
	*(void **)&c.print = dlsym(lib, "cJSON_PrintUnformatted");
	*(void **)&c.drop = dlsym(lib, "cJSON_Delete");
	return c;
}

/* ---- documents ---- */

static pv_str
made_up(pv_ctx *cx)
{
	const pv_val *one = NULL;
	pv_listb items;
	pv_objb list;
	pv_buf b;
	static const char text[] =
		"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"checkout\","
		"\"namespace\":\"shop\",\"labels\":{\"app.kubernetes.io/"
		"name\":\"checkout\",\"team\":\"payments\"},"
		"\"annotations\":{\"pave.dev/runbook\":\"https://docs.example.org/checkout/runbook\"},"
		"\"generation\":12},\"spec\":{\"replicas\":3,\"selector\":{\"matchLabels\":{\"app\":"
		"\"checkout\"}},"
		"\"template\":{\"metadata\":{\"labels\":{\"app\":\"checkout\"}},\"spec\":{\"containers\":[{"
		"\"name\":"
		"\"web\",\"image\":\"registry.example.org/shop/"
		"checkout:1.42.0\",\"args\":[\"--listen\",\":8080\"],"
		"\"ports\":[{\"containerPort\":8080,\"protocol\":\"TCP\"}],\"resources\":{\"limits\":{"
		"\"cpu\":\"500m\","
		"\"memory\":\"256Mi\"},\"requests\":{\"cpu\":\"100m\",\"memory\":\"128Mi\"}},"
		"\"readinessProbe\":"
		"{\"httpGet\":{\"path\":\"/healthz\",\"port\":8080},\"periodSeconds\":10}}],"
		"\"terminationGracePeriodSeconds\":30}}},\"status\":{\"replicas\":3,\"readyReplicas\":3,"
		"\"conditions\":[{\"type\":\"Available\",\"status\":\"True\",\"lastUpdateTime\":"
		"\"2026-11-25T07:47:56Z\",\"message\":\"Deployment has minimum availability.\"}]}}";

	PV_ASSERT(pv_json_parse(cx, PV_STR(text), NULL, &one) == 0);
	pv_listb_init(&items, cx->arena);
	for (int i = 0; i < DEPLOYMENTS; i++)
		pv_listb_add(&items, pv_with_at(cx->arena, one, "metadata.name",
						pv_stringf(cx->arena, "checkout-%d", i)));
	pv_objb_init(&list, cx->arena);
	pv_objb_puts(&list, "apiVersion", "v1");
	pv_objb_puts(&list, "kind", "List");
	pv_objb_put(&list, "items", pv_listb_end(&items));
	pv_buf_init(&b, cx->arena);
	pv_json_write(&b, pv_box(cx->arena, pv_objb_end(&list)));
	return (pv_str){b.s, b.len};
}

static pv_str
load(pv_ctx *cx, const char *path)
{
	FILE *file = fopen(path, "rb");
	char chunk[65536];
	pv_buf b;

	pv_buf_init(&b, cx->arena);
	if (file == NULL)
		return (pv_str){NULL, 0};
	for (size_t n; (n = fread(chunk, 1, sizeof(chunk), file)) > 0;)
		pv_buf_add(&b, chunk, n);
	fclose(file);
	return (pv_str){b.s, b.len};
}

/* ---- measuring: the best of the rounds ---- */

struct figures {
	double copy, parse, write, freeze, peer_parse, peer_write;
	size_t tree, frozen;
};

static void
keep_best(double *best, double seconds)
{
	if (*best == 0 || seconds < *best)
		*best = seconds;
}

static void
measure_ours(struct figures *f, pv_str text)
{
	const pv_val *v = NULL, *frozen;
	pv_ctx cx;
	pv_buf out;
	char *copy = malloc(text.len);
	int64_t start;

	pv_ctx_init(&cx, "bench");
	pv_buf_init(&out, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		start = thread_ns();
		memcpy(copy, text.s, text.len);
		keep_best(&f->copy, seconds_since(start));
		pv_ctx_reset(&cx);
		start = thread_ns();
		PV_ASSERT(pv_json_parse(&cx, text, NULL, &v) == 0);
		keep_best(&f->parse, seconds_since(start));
		f->tree = pv_arena_used(cx.arena);
		pv_buf_clear(&out);
		start = thread_ns();
		pv_json_write(&out, v);
		keep_best(&f->write, seconds_since(start));
		start = thread_ns();
		frozen = pv_freeze(v);
		keep_best(&f->freeze, seconds_since(start));
		f->frozen = pv_frozen_size(frozen);
		pv_unref(frozen);
	}
	PV_ASSERT(memcmp(copy, text.s, text.len) == 0);
	free(copy);
	pv_buf_done(&out);
	pv_ctx_done(&cx);
}

static void
measure_peer(struct figures *f, const struct cjson *c, const char *text)
{
	for (int i = 0; c->parse != NULL && i < ROUNDS; i++) {
		int64_t start = thread_ns();
		void *item = c->parse(text);
		char *out;

		keep_best(&f->peer_parse, seconds_since(start));
		start = thread_ns();
		out = c->print(item);
		keep_best(&f->peer_write, seconds_since(start));
		free(out);
		c->drop(item);
	}
}

static double
events_alone(pv_str text)
{
	double best = 0;

	for (int i = 0; i < 3; i++) {
		int64_t start = thread_ns();
		bool more = true;
		yaml_parser_t parser;
		yaml_event_t event;

		PV_ASSERT(yaml_parser_initialize(&parser));
		yaml_parser_set_input_string(&parser, (const unsigned char *)text.s, text.len);
		while (more && yaml_parser_parse(&parser, &event)) {
			more = event.type != YAML_STREAM_END_EVENT;
			yaml_event_delete(&event);
		}
		yaml_parser_delete(&parser);
		keep_best(&best, seconds_since(start));
	}
	return best;
}

static void
bench_yaml(pv_str json)
{
	const pv_val *v = NULL, *again = NULL;
	double parse = 0, write = 0, events;
	pv_ctx cx, round;
	pv_buf text;

	pv_ctx_init(&cx, "bench");
	pv_ctx_init(&round, "bench");
	pv_buf_init(&text, NULL);
	PV_ASSERT(pv_json_parse(&cx, json, NULL, &v) == 0);
	for (int i = 0; i < 3; i++) {
		int64_t start = thread_ns();

		pv_buf_clear(&text);
		pv_yaml_write(&text, v);
		keep_best(&write, seconds_since(start));
		pv_ctx_reset(&round);
		start = thread_ns();
		PV_ASSERT(pv_yaml_parse(&round, (pv_str){text.s, text.len}, NULL, &again) == 0);
		keep_best(&parse, seconds_since(start));
	}
	PV_ASSERT(pv_eq(v, again));
	events = events_alone((pv_str){text.s, text.len});
	printf("  YAML %5.1f MB  parse %5.0f MB/s (libyaml's events alone %.0f: %.2f of it)  write %5.0f "
	       "MB/s\n",
	       (double)text.len / 1e6, (double)text.len / 1e6 / parse, (double)text.len / 1e6 / events,
	       events / parse, (double)text.len / 1e6 / write);
	pv_buf_done(&text);
	pv_ctx_done(&round);
	pv_ctx_done(&cx);
}

static struct figures
bench(const char *name, pv_str text, const struct cjson *c)
{
	struct figures f = {0};
	double mb = (double)text.len / 1e6;

	measure_ours(&f, text);
	measure_peer(&f, c, text.s);
	printf("%s, %.1f MB (memcpy %.0f MB/s)\n", name, mb, mb / f.copy);
	printf("  parse  %5.0f MB/s", mb / f.parse);
	if (f.peer_parse > 0)
		printf("  cJSON %4.0f: %.2f times as fast", mb / f.peer_parse, f.peer_parse / f.parse);
	printf("\n  write  %5.0f MB/s", mb / f.write);
	if (f.peer_write > 0)
		printf("  cJSON %4.0f: %.2f times as fast", mb / f.peer_write, f.peer_write / f.write);
	printf("\n  freeze %5.0f MB/s\n  memory %.2f of the text as a tree, %.2f frozen\n", mb / f.freeze,
	       (double)f.tree / (double)text.len, (double)f.frozen / (double)text.len);
	bench_yaml(text);
	return f;
}

int
main(int argc, char **argv)
{
	static const char *const beside[] = {
		PAVE_SOURCE_DIR "/../shared/conformance/apiplane/openapi/swagger-v2-k8s-1.34.json",
		PAVE_SOURCE_DIR "/../../shared/conformance/apiplane/openapi/swagger-v2-k8s-1.34.json",
	};
	struct cjson c = load_cjson();
	pv_str text;
	pv_ctx cx;

	pv_ctx_init(&cx, "bench");
	if (argc < 2) {
		struct figures f;

		text = made_up(&cx);
		f = bench("2,500 Deployments", text, &c);
		figure("JSON parsed, Deployments", (double)text.len / 1e6 / f.parse);
		if (f.peer_parse > 0)
			figure("JSON parsed, Deployments, to cJSON", f.peer_parse / f.parse);
	}
	for (int i = 1; i < argc; i++) {
		text = load(&cx, argv[i]);
		if (text.s != NULL)
			bench(argv[i], text, &c);
		else
			printf("%s: cannot be read\n", argv[i]);
	}
	for (size_t i = 0; argc < 2 && i < PV_LEN(beside); i++) {
		text = load(&cx, beside[i]);
		if (text.s == NULL)
			continue;
		bench("Kubernetes' OpenAPI v2 document", text, &c);
		break;
	}
	pv_ctx_done(&cx);
	return 0;
}
