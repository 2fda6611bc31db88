/* A kubelet allocates at once what the node has, and then brings the containers there; what the node never has is
 * infeasible (KEP-1287).  Here both are a moment apart, so that who waits for it sees each state.
 * Conditions: pkg/kubelet/status/status_manager.go. */
#include "infrastructure/node/resize.h"

#include "base/str.h"
#include "base/time.h"
#include "infrastructure/node/needs.h"
#include "infrastructure/node/node.h"

#define RESIZING (150 * PV_MS)
#define PENDING "PodResizePending"
#define IN_PROGRESS "PodResizeInProgress"

static const pv_val *
named(const pv_val *list, const char *name)
{
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), "name", ""), name))
			return pv_item(list, i);
	return NULL;
}

static const pv_val *
status_of(const pv_val *pod, const pv_val *spec)
{
	const char *name = pv_text_at(spec, "name", "");
	const pv_val *found = named(pv_at(pod, "status.containerStatuses"), name);

	return found ? found : named(pv_at(pod, "status.initContainerStatuses"), name);
}

static bool
is_given(const pv_val *spec, const pv_val *status)
{
	const pv_val *has = pv_get(status, "resources");

	return !has || (pv_eq(pv_at(spec, "resources.requests"), pv_get(has, "requests")) &&
			pv_eq(pv_at(spec, "resources.limits"), pv_get(has, "limits")));
}

void
resize_look(pv_ctx *cx, pv_plan *plan, const pv_val *pod, resize *ret)
{
	static const char *const lists[] = {"spec.containers", "spec.initContainers"};
	const pv_val *begun = pv_condition_find(pv_at(pod, "status.conditions"), IN_PROGRESS), *node;
	int64_t left;

	*ret = (resize){0};
	for (size_t l = 0; l < PV_LEN(lists); l++) {
		const pv_val *list = pv_at(pod, lists[l]);

		for (size_t i = 0; i < pv_count(list); i++)
			ret->wished |= !is_given(pv_item(list, i), status_of(pod, pv_item(list, i)));
	}
	if (!ret->wished)
		return;
	node = pv_plan_find(cx, plan, "v1/Node", NULL, NODE_NAME);
	ret->infeasible = node ? pod_exceeds(cx, pod, node) : NULL;
	if (ret->infeasible)
		return;
	left = begun ? pv_time_at(begun, "lastTransitionTime") + RESIZING - pv_plan_now(plan) : RESIZING;
	ret->done = left <= 0;
	ret->next = ret->done ? 0 : left < RESIZING ? left : RESIZING; /* the clock may have been set back */
}

void
resize_tell(const resize *r, const pv_val *pod, const pv_val *spec, pv_objb *status)
{
	const pv_val *had = status_of(pod, spec), *wanted = pv_get(spec, "resources"),
		     *requests = pv_get(wanted, "requests"), *actual = pv_get(had, "resources");

	if (!pv_count(wanted))
		return;
	if (actual && r->infeasible)
		requests = pv_get(had, "allocatedResources");
	if (!actual || !r->wished || r->done)
		actual = wanted;
	if (requests)
		pv_objb_put(status, "allocatedResources", *requests);
	pv_objb_put(status, "resources", *actual);
}

pv_val
resize_conditions(pv_ctx *cx, const resize *r, const pv_val *conditions, int64_t now)
{
	pv_val c = *conditions;
	const char *why;

	if (!r->wished || !r->infeasible)
		c = pv_condition_remove(cx, &c, PENDING);
	if (!r->wished || r->infeasible || r->done)
		c = pv_condition_remove(cx, &c, IN_PROGRESS);
	if (!r->wished || r->done)
		return c;
	if (!r->infeasible)
		return pv_condition_set(cx, &c, IN_PROGRESS, "True", NULL, NULL, now);
	why = pv_printf(cx->arena, "Node didn't have enough capacity: %s", r->infeasible);
	return pv_condition_set(cx, &c, PENDING, "True", "Infeasible", why, now);
}

/* ---- containers that came to debug ---- */

static pv_val
debug_state(pv_ctx *cx, const pv_val *had, bool started, int64_t ended, int64_t now)
{
	const char *since = pv_text_at(had, "state.running.startedAt", "");
	pv_objb state, of;

	pv_objb_init(&of, cx->arena);
	if (started && !ended) {
		pv_objb_puts(&of, "startedAt", since[0] ? since : pv_time_format(cx->arena, now));
	} else if (since[0] && ended) { /* killed with its Pod */
		pv_objb_put(&of, "exitCode", pv_int(137));
		pv_objb_puts(&of, "reason", "Error");
		pv_objb_puts(&of, "startedAt", since);
		pv_objb_puts(&of, "finishedAt", pv_time_format(cx->arena, ended));
	} else {
		pv_objb_puts(&of, "reason", "ContainerCreating");
	}
	pv_objb_init(&state, cx->arena);
	pv_objb_put(&state,
		    started && !ended   ? "running"
		    : since[0] && ended ? "terminated"
					: "waiting",
		    pv_objb_end(&of));
	return pv_objb_end(&state);
}

pv_val
debug_statuses(pv_ctx *cx, const pv_val *pod, bool started, int64_t ended, int64_t now)
{
	const pv_val *specs = pv_at(pod, "spec.ephemeralContainers");
	pv_listb out;

	pv_listb_init(&out, cx->arena);
	for (size_t i = 0; i < pv_count(specs); i++) {
		const pv_val *spec = pv_item(specs, i);
		const char *name = pv_text_at(spec, "name", "");
		const pv_val *had = named(pv_at(pod, "status.ephemeralContainerStatuses"), name);
		pv_objb b;

		pv_objb_init(&b, cx->arena);
		pv_objb_puts(&b, "name", name);
		pv_objb_puts(&b, "image", pv_text_at(spec, "image", ""));
		pv_objb_puts(&b, "imageID", "");
		pv_objb_put(&b, "ready", pv_bool(false)); /* no probe asks it */
		pv_objb_put(&b, "restartCount", pv_int(0));
		pv_objb_put(&b, "state", debug_state(cx, had, started, ended, now));
		pv_listb_add(&out, pv_objb_end(&b));
	}
	return pv_listb_end(&out);
}
