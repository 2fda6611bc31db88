/* look: what a turn would see, for who asks now and cannot be called again: nothing is remembered or carried out. */
#include "core/reconcile/look.h"

#include <time.h>

#include "base/time.h"
#include "base/turn.h"
#include "core/api/runtime.h"
#include "core/reconcile/live.h"

#define LOOK_AGAIN (10 * PV_MS)

static void
note_asker(void *arg, const char *asker PV_UNUSED)
{
	*(bool *)arg = true;
}

/* What nobody else asks for is forgotten. */
static void
let_go(pv_ctx *cx, pv_runtime *rt, const pv_vec *facts)
{
	pthread_mutex_lock(&rt->lock);
	for (size_t i = 0; i < facts->len; i++) {
		const char *key = *PV_AT(const char *, facts, i);
		bool asked = false;
		index_each_asker(rt->index, dep_fact(cx->arena, key), note_asker, &asked);
		if (!asked)
			pv_facts_forget(rt->facts, key);
	}
	pthread_mutex_unlock(&rt->lock);
}

/* Of each: to look again for every one of a thousand takes a thousand times as long, and as much memory. */
static bool
all_news(pv_runtime *rt, const pv_vec *facts, int64_t since)
{
	for (size_t i = 0; i < facts->len; i++)
		if (!pv_facts_news(rt->facts, *PV_AT(const char *, facts, i), since))
			return false;
	return facts->len > 0;
}

static int
await(pv_ctx *cx, pv_runtime *rt, const pv_plan *plan, int64_t since, int64_t until)
{
	struct timespec pause = {0, LOOK_AGAIN};
	int r = 0;
	while (!all_news(rt, &plan->missing, since)) {
		r = pv_ctx_check(cx);
		if (r == 0 && pv_mono() > until)
			r = pv_fail(cx, PV_ETIMEOUT, "what was asked for is not known in time: try again");
		if (r < 0)
			return r;
		nanosleep(&pause, NULL);
	}
	return r;
}

int
pv_runtime_look(pv_ctx *cx, pv_api *api, const pv_look *ask)
{
	pv_runtime *rt = pv_api_runtime(api);
	struct world world;
	int64_t until = pv_mono() + ask->timeout_ns, began;
	void *who = cx->identity;
	pv_plan plan;
	pv_vec facts;
	int r;
	if (!rt)
		return pv_fail(cx, PV_EUNAVAILABLE, "no controllers run in this process");
	world = live_world(rt);
	pv_vec_init(&facts, cx->arena, sizeof(const char *));
	pv_auth_internal(cx, pv_printf(cx->arena, "system:pave:%s", ask->controller->name));
	do {
		plan_init(cx, &plan, ask->controller, ask->object, &world, pv_now());
		began = pv_mono();
		r = ask->look(cx, &plan, ask->arg);
		for (size_t i = 0; i < plan.facts.len; i++)
			pv_vec_push(&facts, PV_AT(const char *, &plan.facts, i));
	} while (r == 0 && (r = await(cx, rt, &plan, began, until)) == 0);
	let_go(cx, rt, &facts);
	cx->identity = who;
	return r < 0 ? r : 0;
}
