/* blocked: a sync that failed for what applying would still say.  When applying would not say it any
 * more (the namespace is there, the CRD is, the policy is another), the sync goes on by itself, as it does
 * after a change of the spec: neither is told to Pave, so what failed is tried dry now and then. */
#include "base/buf.h"
#include "base/digest.h"
#include "base/str.h"
#include "base/time.h"
#include "delivery/application/destination.h"
#include "delivery/application/operation.h"
#include "delivery/application/sources.h"
#include "lang/json/json.h"

#define PAUSE_LEAST (2 * PV_SEC)
#define PAUSE_MOST (60 * PV_SEC)

const item *
op_item(const app *a, const pv_val *result)
{
	for (size_t i = 0; i < a->items.len; i++) {
		const item *it = PV_AT(item, &a->items, i);
		if (it->want && pv_streq(it->kind, pv_text_at(result, "kind", "")) &&
		    pv_streq(it->name, pv_text_at(result, "name", "")) &&
		    pv_streq(it->ns, pv_text_at(result, "namespace", "")) &&
		    pv_streq(it->group, pv_text_at(result, "group", "")))
			return it;
	}
	return NULL;
}

static const char *
problem_of(app *a, const item *it)
{
	const pv_val *ahead;
	const char *why;
	if (it->problem)
		return it->problem;
	if (destination_predict(a, it, &ahead) == 0)
		return NULL;
	why = pv_strdup(a->cx->arena, pv_error_text(a->cx));
	pv_recover(a->cx);
	return why;
}

const char *
op_obstacle(app *a, const pv_val *state)
{
	const pv_val *list = pv_at(state, "syncResult.resources");
	for (size_t i = 0; i < pv_count(list); i++) {
		const item *it = pv_streq(pv_text_at(pv_item(list, i), "status", ""), "SyncFailed")
					 ? op_item(a, pv_item(list, i))
					 : NULL;
		const char *why = it ? problem_of(a, it) : NULL;
		if (why)
			return why;
	}
	return NULL;
}

/* The longer it has been so, the longer until it is tried again. */
static int64_t
pause_after(int64_t age)
{
	int64_t pause = age / 8;
	return pause < PAUSE_LEAST ? PAUSE_LEAST : pause > PAUSE_MOST ? PAUSE_MOST : pause;
}

/* While it waits with its own commit, what is compared may be a newer one: that says nothing of it. */
bool
op_unblocked(app *a, const pv_val *state)
{
	if (!pv_get(state, OP_BLOCKED) || !a->compared || !sources_are_at(a, pv_get(state, "syncResult")))
		return false;
	if (!op_obstacle(a, state))
		return true;
	pv_plan_requeue(a->plan, pause_after(pv_plan_now(a->plan) - pv_time_at(state, "finishedAt")));
	return false;
}

const char *
op_spec(const app *a)
{
	uint8_t digest[32];
	pv_buf b;
	pv_buf_init(&b, a->cx->arena);
	pv_json_write_sorted(&b, a->spec);
	pv_sha256(b.s, b.len, digest);
	return pv_hex(a->cx->arena, digest, 8);
}

bool
op_outdated(const app *a, const pv_val *state)
{
	const char *spec = pv_text_at(state, OP_SPEC, NULL);
	return spec && pv_get(state, "finishedAt") && !op_terminating(state) &&
	       pv_truth_at(state, "operation.initiatedBy.automated", false) && !pv_streq(spec, op_spec(a));
}
