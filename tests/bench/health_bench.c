/* How many objects a thread judges in a second: by a rule, by Kubernetes' own check, by a user's Lua. */
#include <stdio.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/time.h"
#include "bench/timing.h"
#include "delivery/health/health.h"
#include "lang/json/json.h"

#define ROUNDS 20

typedef struct example {
	const char *name, *object, *script, *figure;
	int batch;
} example;

static const pv_val *
parsed(pv_ctx *cx, const char *text)
{
	const pv_val *v;
	PV_ASSERT(pv_json_parse(cx, pv_str_of(text), NULL, &v) == 0);
	return v;
}

static const custom *
scripts(pv_ctx *cx, const char *script)
{
	pv_objb data, map;
	if (!script)
		return NULL;
	pv_objb_init(&data, cx->arena);
	pv_objb_puts(&data, "resource.customizations.health.cert-manager.io_Certificate", script);
	pv_objb_init(&map, cx->arena);
	pv_objb_put(&map, "data", pv_objb_end(&data));
	return custom_of(cx, pv_box(cx->arena, pv_objb_end(&map)), 0);
}

static void
measure(pv_ctx *cx, const example *e)
{
	const pv_val *object = parsed(cx, e->object);
	const custom *c = scripts(cx, e->script);
	double best = 0;
	pv_ctx turn;

	pv_ctx_init(&turn, "bench");
	for (int i = 0; i < ROUNDS; i++) {
		int64_t start = pv_cpu();

		for (int k = 0; k < e->batch; k++) {
			const char *message;

			PV_ASSERT(health_of(&turn, c, object, &message) == HEALTHY);
			pv_ctx_reset(&turn);
		}
		double ns = (double)(pv_cpu() - start) / e->batch;
		best = best == 0 || ns < best ? ns : best;
	}
	pv_ctx_done(&turn);
	printf("%-44s %10.0f /s\n", e->name, 1e9 / best);
	if (e->figure)
		figure(e->figure, 1e9 / best);
}

#define CERTIFICATE \
	"{\"apiVersion\":\"cert-manager.io/v1\",\"kind\":\"Certificate\",\"metadata\":{\"name\":\"web\"}," \
	"\"status\":{\"conditions\":[{\"type\":\"Issuing\",\"status\":\"False\"},{\"type\":\"Ready\"," \
	"\"status\":\"True\",\"message\":\"Certificate is up to date\"}]}}"

int
main(void)
{
	static const example examples[] = {
		{"a Certificate, by a rule", CERTIFICATE, NULL, "objects judged by a rule, one thread",
		 20000},
		{"a Deployment, by the built-in check",
		 "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"generation\":2},\"spec\":{"
		 "\"replicas\":3},\"status\":{\"observedGeneration\":2,\"replicas\":3,\"updatedReplicas\":3,"
		 "\"availableReplicas\":3}}",
		 NULL, NULL, 20000},
		{"a Certificate, by a user's Lua", CERTIFICATE,
		 "for i, c in ipairs(obj.status.conditions) do\n"
		 "  if c.type == 'Ready' and c.status == 'True' then\n"
		 "    return {status = 'Healthy', message = c.message}\n"
		 "  end\n"
		 "end\n",
		 "objects judged by a user's Lua, one thread", 200},
	};
	pv_ctx cx;

	pv_ctx_init(&cx, "bench");
	for (size_t i = 0; i < PV_LEN(examples); i++)
		measure(&cx, &examples[i]);
	pv_ctx_done(&cx);
	return 0;
}
