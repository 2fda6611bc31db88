/* What a typical CEL rule of a CRD takes, and what it holds once it is compiled. */
#include <stdio.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/time.h"
#include "bench/timing.h"
#include "lang/cel/cel.h"
#include "lang/json/json.h"

#define ROUNDS 20
#define BATCH 2000

typedef struct example {
	const char *name, *rule, *figure;
} example;

static void
measure(pv_ctx *cx, const example *e, pv_cel_val self)
{
	static const pv_cel_var vars[] = {{.name = "self"}, {.name = "oldSelf"}};
	pv_cel_env env = {.vars = vars, .n_vars = PV_LEN(vars), .homogeneous = true};
	pv_cel_val values[] = {self, self}, v;
	pv_arena *arena = pv_arena_new("program");
	const pv_cel *program;
	double best = 0;
	pv_ctx turn;

	PV_ASSERT(pv_cel_compile(cx, arena, &env, pv_str_of(e->rule), &program) == 0);
	pv_ctx_init(&turn, "bench");
	for (int i = 0; i < ROUNDS; i++) {
		int64_t start = pv_cpu();

		for (int k = 0; k < BATCH; k++) {
			pv_cel_run run = {.vars = values, .limit = 1000000};

			PV_ASSERT(pv_cel_eval(&turn, program, &run, &v) == 0 && pv_cel_true(&v));
			pv_ctx_reset(&turn);
		}
		double ns = (double)(pv_cpu() - start) / BATCH;
		best = best == 0 || ns < best ? ns : best;
	}
	pv_ctx_done(&turn);
	printf("%-36s %8.0f ns %8zu bytes compiled\n", e->name, best, pv_arena_used(arena));
	if (e->figure)
		figure(e->figure, best);
	pv_arena_free(arena);
}

int
main(void)
{
	static const example examples[] = {
		{"a field is immutable", "self.class == oldSelf.class", "CEL rule, two fields compared"},
		{"one of two fields", "has(self.selector) != has(self.class)", NULL},
		{"each of three ports",
		 "self.ports.all(p, p.number > 0 && p.number < 65536 && p.name.size() <= 15)",
		 "CEL rule, three conditions on each of three ports"},
		{"a name's pattern", "self.class.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
		 "CEL rule, a name's pattern"},
	};
	const pv_val *doc;
	pv_ctx cx;

	pv_ctx_init(&cx, "bench");
	PV_ASSERT(
		pv_json_parse(
			&cx,
			PV_STR("{\"class\":\"fast\",\"ports\":[{\"name\":\"http\",\"number\":80},{\"name\":\"https\",\"number\":443},"
			       "{\"name\":\"metrics\",\"number\":9090}]}"),
			NULL, &doc) == 0);
	for (size_t i = 0; i < PV_LEN(examples); i++)
		measure(&cx, &examples[i], pv_cel_of(cx.arena, NULL, NULL, doc));
	pv_ctx_done(&cx);
	return 0;
}
