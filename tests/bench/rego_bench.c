/* Figures of policy evaluation, per evaluation in processor time of this thread: the
 * two admission rules on a Deployment, OPA's own RBAC example
 * (published by OPA: 40 us), 1,000 rules behind the index, one member of a document
 * of 10,000, and data documents, one of 15 MB, that are only looked into, never copied.
 * Base data is measured too.  With a policy's file, a rule and a file of input (or -) it prints
 * the nanoseconds of an evaluation and no more: for rego.py, which has peers beside it. */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/str.h"
#include "bench/timing.h"
#include "lang/json/json.h"
#include "lang/rego/rego.h"

#define ROUNDS 15
#define BATCH 2000

typedef struct policy {
	const char *name, *module, *query, *input, *data;
	bool v0;
} policy;

static const char admission[] =
	"package kubernetes.admission\n"
	"deny[msg] {\n input.request.kind.kind == \"Deployment\"\n"
	" container := input.request.object.spec.template.spec.containers[_]\n"
	" not startswith(container.image, \"registry.internal.company.com/\")\n"
	" msg := sprintf(\"Image '%v' must be sourced from the internal registry\", [container.image])\n}\n"
	"deny[msg] {\n input.request.kind.kind == \"Deployment\"\n"
	" container := input.request.object.spec.template.spec.containers[_]\n"
	" not container.resources.limits\n"
	" msg := sprintf(\"Container '%v' must declare resource limits\", [container.name])\n}\n";

static const char review[] =
	"{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"705ab4f5\","
	"\"kind\":{\"group\":\"apps\",\"version\":\"v1\",\"kind\":\"Deployment\"},\"name\":\"web\",\"namespace\":\"shop\","
	"\"operation\":\"CREATE\",\"userInfo\":{\"username\":\"admin\",\"groups\":[\"system:masters\"]},"
	"\"object\":{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"web\",\"namespace\":\"shop\","
	"\"labels\":{\"app\":\"web\"}},\"spec\":{\"replicas\":3,\"selector\":{\"matchLabels\":{\"app\":\"web\"}},"
	"\"template\":{\"metadata\":{\"labels\":{\"app\":\"web\"}},\"spec\":{\"containers\":[{\"name\":\"web\","
	"\"image\":\"nginx:1.25\",\"ports\":[{\"containerPort\":80}]},{\"name\":\"proxy\","
	"\"image\":\"registry.internal.company.com/proxy:2\",\"resources\":{\"limits\":{\"cpu\":\"1\"}}}]}}}}}}";

static const char rbac[] =
	"package rbac\n"
	"default allow := false\n"
	"allow if { some role; user_has[role]; permits[role] }\n"
	"user_has contains role if { b := data.bindings[_]; b.user == input.subject; role := b.roles[_] }\n"
	"permits contains role if { r := data.roles[_]; role := r.name; p := r.permissions[_]\n"
	" p.resource == input.resource; p.action == input.action }\n";

static char *
many_rules(pv_arena *arena, int n)
{
	pv_buf b;
	pv_buf_init(&b, arena);
	pv_buf_adds(&b, "package many\n");
	for (int i = 0; i < n; i++)
		pv_buf_printf(&b, "allow if { input.method == \"m%d\"; input.path == \"p%d\" }\n", i, i);
	return b.s;
}

static char *
many_users(pv_arena *arena, int n)
{
	pv_objb users, doc;
	pv_objb_init(&users, arena);
	for (int i = 0; i < n; i++) {
		pv_objb user;
		pv_objb_init(&user, arena);
		pv_objb_put(&user, "age", pv_int(i % 90));
		pv_objb_add(&users, pv_stringf(arena, "u%d", i), pv_objb_end(&user));
	}
	pv_objb_init(&doc, arena);
	pv_objb_put(&doc, "users", pv_objb_end(&users));
	pv_val v = pv_objb_end(&doc);
	return pv_json_text(arena, &v);
}

static const pv_val *
parsed(pv_ctx *cx, const char *text)
{
	const pv_val *v = NULL;
	if (text)
		PV_ASSERT(pv_json_parse(cx, pv_str_of(text), NULL, &v) == 0);
	return v;
}

/* 110,000 bindings of roles, without a space: what they take frozen, to their raw JSON. */
static double
base_data(pv_ctx *cx)
{
	pv_buf text;
	const pv_val *v, *frozen;
	pv_buf_init(&text, cx->arena);
	for (int i = 0; i < 110000; i++)
		pv_buf_printf(&text,
			      "%s{\"user\":\"user-%06d\",\"roles\":[\"viewer\",\"editor-%d\"],"
			      "\"namespace\":\"team-%d\",\"active\":true,\"level\":%d}",
			      i ? "," : "[", i, i % 40, i % 500, i % 9);
	pv_buf_adds(&text, "]");
	PV_ASSERT(pv_json_parse(cx, (pv_str){text.s, text.len}, NULL, &v) == 0);
	frozen = pv_freeze(v);
	double times = (double)pv_frozen_size(frozen) / (double)text.len;
	pv_unref(frozen);
	return times;
}

static double
measure(pv_ctx *cx, const policy *p, bool quiet)
{
	pv_rego_module m = {.name = "bench.rego", .text = pv_str_of(p->module)};
	pv_rego_opts opts = {.v0 = p->v0};
	pv_rego *rego;
	pv_rego_query *query;
	pv_rego_result result;
	pv_ctx turn;
	double best = 0;
	size_t bytes = 0;
	pv_rego_eval eval = {.input = parsed(cx, p->input), .data = parsed(cx, p->data), .now_ns = 1};
	PV_ASSERT(pv_rego_compile(cx, &m, 1, &opts, &rego) == 0);
	PV_ASSERT(pv_rego_prepare(cx, rego, p->query, &query) == 0);
	pv_ctx_init(&turn, "bench");
	for (int i = 0; i < ROUNDS; i++) {
		int64_t start = thread_ns();
		for (int k = 0; k < BATCH; k++) {
			PV_ASSERT(pv_rego_run(&turn, query, &eval, &result) == 0 && result.sets.len == 1);
			bytes = pv_arena_used(turn.arena);
			pv_ctx_reset(&turn);
		}
		double us = (double)(thread_ns() - start) / 1000 / BATCH;
		best = best == 0 || us < best ? us : best;
	}
	pv_ctx_done(&turn);
	pv_rego_query_free(query);
	pv_rego_unref(rego);
	if (!quiet)
		printf("%-36s %8.2f us %8zu bytes\n", p->name, best, bytes);
	return best;
}

static char *
load(pv_ctx *cx, const char *path)
{
	pv_str text;
	if (path[0] == '-')
		return NULL;
	if (pv_file_load(cx, path, 1 << 20, &text) < 0) {
		fprintf(stderr, "rego_bench: %s\n", pv_error_text(cx));
		exit(1);
	}
	return pv_strndup(cx->arena, text.s, text.len);
}

static int
one(pv_ctx *cx, char **argv)
{
	policy p = {argv[1], load(cx, argv[1]), argv[2], load(cx, argv[3]), NULL, false};
	printf("%.0f\n", measure(cx, &p, true) * 1000);
	pv_ctx_done(cx);
	return 0;
}

int
main(int argc, char **argv)
{
	pv_ctx cx;
	double slowest = 0;
	pv_ctx_init(&cx, "bench");
	if (argc == 4)
		return one(&cx, argv);
	const policy policies[] = {
		{"two admission rules, a Deployment", admission, "data.kubernetes.admission.deny", review,
		 NULL, true},
		{"OPA's RBAC example", rbac, "data.rbac.allow",
		 "{\"subject\":\"bob\",\"resource\":\"foo123\",\"action\":\"write\"}",
		 "{\"bindings\":[{\"user\":\"alice\",\"roles\":[\"dev\",\"test\"]},{\"user\":\"bob\",\"roles\":[\"test\"]}],"
		 "\"roles\":[{\"name\":\"dev\",\"permissions\":[{\"resource\":\"foo123\",\"action\":\"write\"}]},"
		 "{\"name\":\"test\",\"permissions\":[{\"resource\":\"foo123\",\"action\":\"read\"}]}]}",
		 false},
		{"1,000 rules, one applies", many_rules(cx.arena, 1000), "data.many.allow",
		 "{\"method\":\"m700\",\"path\":\"p700\"}", NULL, false},
		{"one member of 10,000",
		 "package b\np[k] := v if { some k; v := data.users[k].age; v > 10 }\nq := p[\"u500\"]",
		 "data.b.q", NULL, many_users(cx.arena, 10000), false},
		{"a function over 10,000 users' data",
		 "package b\nf(users) := users.u77.age\nq := f(data.users)", "data.b.q", NULL,
		 many_users(cx.arena, 10000), false},
		{"one rule over 15 MB of data", "package b\nq if data.users[input.user].age > 10", "data.b.q",
		 "{\"user\": \"u400100\"}", many_users(cx.arena, 750000), false},
	};
	figure("two Rego rules on a Deployment", measure(&cx, &policies[0], false));
	for (size_t i = 1; i < PV_LEN(policies); i++) {
		double us = measure(&cx, &policies[i], false);
		slowest = us > slowest ? us : slowest;
	}
	figure("the slowest of five other policies", slowest);
	figure("base data of policies, to its raw JSON", base_data(&cx));
	pv_ctx_done(&cx);
	return 0;
}
