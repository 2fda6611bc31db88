/* A Pod's READY, STATUS and RESTARTS (kubernetes pkg/printers: printPod). */
#include "base/str.h"
#include "base/time.h"
#include "core/kinds/cells.h"

typedef struct pod {
	size_t total, ready;
	int64_t restarts;
	const char *reason;
	int64_t last_restart; /* ns, 0: none */
} pod;

static void
restarted(pod *p, const pv_val *status)
{
	int64_t at;

	p->restarts += pv_i64(pv_get(status, "restartCount"), 0);
	if (pv_time_parse(pv_str_of(pv_text_at(status, "lastState.terminated.finishedAt", "")), &at) &&
	    at > p->last_restart)
		p->last_restart = at;
}

static const char *
ended(const cell *c, const char *prefix, const pv_val *terminated)
{
	const char *reason = pv_text(pv_get(terminated, "reason"), "");
	int64_t signal = pv_i64(pv_get(terminated, "signal"), 0);

	if (*reason)
		return pv_printf(c->cx->arena, "%s%s", prefix, reason);
	if (signal)
		return pv_printf(c->cx->arena, "%sSignal:%lld", prefix, (long long)signal);
	return pv_printf(c->cx->arena, "%sExitCode:%lld", prefix,
			 (long long)pv_i64(pv_get(terminated, "exitCode"), 0));
}

static bool
is_sidecar(const cell *c, const char *name)
{
	const pv_val *list = pv_at(c->object, "spec.initContainers");

	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text(pv_get(pv_item(list, i), "name"), ""), name))
			return pv_streq(pv_text(pv_get(pv_item(list, i), "restartPolicy"), ""), "Always");
	return false;
}

/* true: an init container still holds the Pod up, and the reason says how. */
static bool
initialising(const cell *c, pod *p)
{
	const pv_val *list = pv_at(c->object, "status.initContainerStatuses");
	size_t all = pv_count(pv_at(c->object, "spec.initContainers"));

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *s = pv_item(list, i), *gone = pv_at(s, "state.terminated");
		const char *waiting = pv_text_at(s, "state.waiting.reason", "");

		restarted(p, s);
		if (gone && pv_i64(pv_get(gone, "exitCode"), -1) == 0)
			continue;
		if (is_sidecar(c, pv_text(pv_get(s, "name"), "")) && pv_truth(pv_get(s, "started"), false)) {
			p->ready += pv_truth(pv_get(s, "ready"), false);
			continue;
		}
		if (gone)
			p->reason = ended(c, "Init:", gone);
		else if (*waiting && !pv_streq(waiting, "PodInitializing"))
			p->reason = pv_printf(c->cx->arena, "Init:%s", waiting);
		else
			p->reason = pv_printf(c->cx->arena, "Init:%zu/%zu", i, all);
		return true;
	}
	return false;
}

static void
running(const cell *c, pod *p)
{
	const pv_val *list = pv_at(c->object, "status.containerStatuses");
	const pv_val *ready = pv_cell_condition(pv_at(c->object, "status.conditions"), "Ready");
	bool any = false;

	p->restarts = 0;
	p->last_restart = 0;
	for (size_t i = pv_count(list); i-- > 0;) {
		const pv_val *s = pv_item(list, i), *gone = pv_at(s, "state.terminated");
		const char *waiting = pv_text_at(s, "state.waiting.reason", "");

		restarted(p, s);
		if (*waiting) {
			p->reason = waiting;
		} else if (gone) {
			p->reason = ended(c, "", gone);
		} else if (pv_truth(pv_get(s, "ready"), false) && pv_at(s, "state.running")) {
			any = true;
			p->ready++;
		}
	}
	if (pv_streq(p->reason, "Completed") && any)
		p->reason = pv_streq(pv_text(pv_get(ready, "status"), ""), "True") ? "Running" : "NotReady";
}

static pod
look(const cell *c)
{
	const pv_val *inits = pv_at(c->object, "spec.initContainers");
	const pv_val *scheduled = pv_cell_condition(pv_at(c->object, "status.conditions"), "PodScheduled");
	const char *why = pv_text_at(c->object, "status.reason", "");
	pod p = {.reason = pv_text_at(c->object, "status.phase", "Unknown")};

	p.total = pv_count(pv_at(c->object, "spec.containers"));
	for (size_t i = 0; i < pv_count(inits); i++)
		p.total += pv_streq(pv_text(pv_get(pv_item(inits, i), "restartPolicy"), ""), "Always");
	if (*why)
		p.reason = why;
	if (pv_streq(pv_text(pv_get(scheduled, "reason"), ""), "SchedulingGated"))
		p.reason = "SchedulingGated";
	if (!initialising(c, &p) ||
	    pv_streq(pv_text(pv_get(pv_cell_condition(pv_at(c->object, "status.conditions"), "Initialized"),
				    "status"),
			     ""),
		     "True"))
		running(c, &p);
	if (pv_at(c->object, "metadata.deletionTimestamp")) {
		if (pv_streq(why, "NodeLost"))
			p.reason = "Unknown";
		else if (!pv_streq(p.reason, "Succeeded") && !pv_streq(p.reason, "Failed"))
			p.reason = "Terminating";
	}
	return p;
}

pv_val
pv_cell_pod_ready(const cell *c)
{
	pod p = look(c);

	return pv_stringf(c->cx->arena, "%zu/%zu", p.ready, p.total);
}

pv_val
pv_cell_pod_status(const cell *c)
{
	return pv_cell_text(c, look(c).reason);
}

pv_val
pv_cell_pod_restarts(const cell *c)
{
	pod p = look(c);

	if (p.restarts && p.last_restart)
		return pv_stringf(c->cx->arena, "%lld (%s ago)", (long long)p.restarts,
				  pv_age_format(c->cx->arena, c->now - p.last_restart));
	return pv_stringf(c->cx->arena, "%lld", (long long)p.restarts);
}

pv_val
pv_cell_pod_ip(const cell *c)
{
	return pv_cell_or(c, "status.podIP", "<none>");
}

pv_val
pv_cell_pod_node(const cell *c)
{
	return pv_cell_or(c, "spec.nodeName", "<none>");
}

pv_val
pv_cell_pod_nominated(const cell *c)
{
	return pv_cell_or(c, "status.nominatedNodeName", "<none>");
}

pv_val
pv_cell_pod_gates(const cell *c)
{
	const pv_val *gates = pv_at(c->object, "spec.readinessGates"),
		     *all = pv_at(c->object, "status.conditions");
	size_t met = 0;

	if (!pv_count(gates))
		return pv_cell_text(c, "<none>");
	for (size_t i = 0; i < pv_count(gates); i++) {
		const pv_val *has =
			pv_cell_condition(all, pv_text(pv_get(pv_item(gates, i), "conditionType"), ""));

		met += pv_streq(pv_text(pv_get(has, "status"), ""), "True");
	}
	return pv_stringf(c->cx->arena, "%zu/%zu", met, pv_count(gates));
}
