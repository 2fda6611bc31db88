#include "infrastructure/node/tell.h"

#include "base/str.h"
#include "infrastructure/node/act.h"
#include "infrastructure/node/node.h"

static const pv_teller scheduler = {.component = "default-scheduler"};
static const pv_teller kubelet = {.component = "kubelet", .node = NODE_NAME};

void
tell_scheduled(pv_ctx *cx, pv_plan *plan, const pv_val *pod)
{
	pv_plan_event_by(cx, plan, &scheduler, "Normal", "Scheduled", "Successfully assigned %s/%s to %s",
			 pv_text_at(pod, "metadata.namespace", ""), pv_text_at(pod, "metadata.name", ""),
			 NODE_NAME);
}

void
tell_unschedulable(pv_ctx *cx, pv_plan *plan, const char *why)
{
	pv_plan_event_by(cx, plan, &scheduler, "Warning", "FailedScheduling", "%s", why);
}

void
tell_doubts(pv_ctx *cx, pv_plan *plan, const pv_val *pod)
{
	pv_vec doubts;

	pv_vec_init(&doubts, cx->arena, sizeof(const char *));
	act_doubts(cx, pv_at(pod, "metadata.annotations"), "metadata.annotations", &doubts);
	for (size_t i = 0; i < doubts.len; i++)
		pv_plan_event(cx, plan, "Warning", "UnknownSimulation", "%s",
			      *PV_AT(const char *, &doubts, i));
}

void
tell_lack(pv_ctx *cx, pv_plan *plan, const pod_lack *lack)
{
	pv_plan_event_by(cx, plan, &kubelet, "Warning", lack->container ? "Failed" : "FailedMount", "%s%s",
			 lack->container ? "Error: " : "", lack->message);
}

/* One of each container, in order; words: in front of its name. */
static void
of_each(pv_ctx *cx, pv_plan *plan, const pv_val *pod, const char *list, const char *reason, const char *words)
{
	const pv_val *all = pv_get(pv_get(pod, "spec"), list);

	for (size_t i = 0; i < pv_count(all); i++) {
		const char *name = pv_text_at(pv_item(all, i), "name", "");
		pv_teller by = kubelet;

		by.field = pv_printf(cx->arena, "spec.%s{%s}", list, name);
		pv_plan_event_by(cx, plan, &by, "Normal", reason, "%s%s", words, name);
	}
}

/* No image is pulled, and nobody says so. */
void
tell_started(pv_ctx *cx, pv_plan *plan, const pv_val *pod)
{
	static const char *const lists[] = {"initContainers", "containers"};

	for (size_t i = 0; i < PV_LEN(lists); i++) {
		of_each(cx, plan, pod, lists[i], "Created", "Created container: ");
		of_each(cx, plan, pod, lists[i], "Started", "Started container ");
	}
}

void
tell_back_off(pv_ctx *cx, pv_plan *plan, const char *reason, int code)
{
	pv_plan_event_by(cx, plan, &kubelet, "Warning", "BackOff",
			 "Back-off restarting failed container: %s, exit code %d (simulated)", reason, code);
}

void
tell_ending(pv_ctx *cx, pv_plan *plan, const pv_val *pod)
{
	of_each(cx, plan, pod, "containers", "Killing", "Stopping container ");
}
