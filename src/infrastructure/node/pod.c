/* pod: a Pod's life on the simulated node, from its spec, its annotations and the clock.
 * Every turn derives the state that is due now; nothing is remembered outside .status. */
#include "base/str.h"
#include "base/time.h"
#include "infrastructure/node/act.h"
#include "infrastructure/node/needs.h"
#include "infrastructure/node/node.h"
#include "infrastructure/node/resize.h"
#include "infrastructure/node/tell.h"

#define CREATING (150 * PV_MS) /* images, sandbox */
#define CRASH_AFTER (200 * PV_MS)
#define ROUNDS_MOST 10000 /* restarts that are believed */
#define MESSAGE "Running on the simulated node: no container was started"

enum state { WAITING, RUNNING, ENDED };

struct life { /* what is due now */
	const pv_val *pod;
	int64_t now, started;                 /* started: when the node took it, ns */
	const char *phase, *reason, *message; /* of the Pod; reason and message may be NULL */
	enum state state;
	bool ready;
	const char *waiting, *waiting_message;
	const pod_lack *lack; /* what keeps it from starting, or NULL */
	int64_t restarts, ended_at, running_since;
	int exit_code;
	const char *exit_reason;
	int64_t next; /* look again after, ns; 0 = when something changes */
	resize resize;
};

static void
wait_for(struct life *l, int64_t at)
{
	int64_t wait = at - l->now;
	if (wait > 0 && (l->next == 0 || wait < l->next))
		l->next = wait;
}

static void
be_waiting(struct life *l, const char *reason, const char *message)
{
	l->state = WAITING;
	l->waiting = reason;
	l->waiting_message = message;
}

static void
run_to_ready(struct life *l, int64_t since)
{
	int64_t ready_at = since + act_ready_after(l->pod);
	l->phase = "Running";
	l->state = RUNNING;
	l->running_since = since;
	l->ready = act_of(l->pod) != ACT_HANG && l->now >= ready_at;
	if (act_of(l->pod) != ACT_HANG)
		wait_for(l, ready_at);
}

/* A Job's Pod: runs its time, then ends. */
static void
run_to_end(struct life *l, int64_t since)
{
	int64_t end = since + act_run_for(l->pod);
	bool fails = act_of(l->pod) != ACT_RUN;
	run_to_ready(l, since);
	wait_for(l, end);
	if (l->now < end)
		return;
	l->state = ENDED;
	l->ready = false;
	l->next = 0;
	l->ended_at = end;
	l->phase = fails ? "Failed" : "Succeeded";
	l->exit_code = fails ? act_exit_code(l->pod) : 0;
	l->exit_reason = !fails ? "Completed" : act_of(l->pod) == ACT_OOM ? "OOMKilled" : "Error";
}

/* Runs a moment, ends badly, waits, runs again.  Time says which round it is. */
static void
run_and_crash(struct life *l, int64_t since, int64_t runs)
{
	int64_t begin = since, round = 0;
	l->exit_code = act_exit_code(l->pod);
	l->exit_reason = act_of(l->pod) == ACT_OOM ? "OOMKilled" : "Error";
	while (l->now >= begin + runs + act_backoff(round))
		begin += runs + act_backoff(round++);
	l->phase = "Running";
	l->restarts = round;
	l->running_since = begin;
	if (l->now < begin + runs) {
		l->state = RUNNING;
		l->ended_at = round ? begin - act_backoff(round - 1) : 0;
		wait_for(l, begin + runs);
		return;
	}
	l->ended_at = begin + runs;
	l->restarts = round + 1;
	be_waiting(l, "CrashLoopBackOff", "back-off restarting failed container (simulated)");
	wait_for(l, begin + runs + act_backoff(round));
}

static bool
crashes(const pv_val *pod)
{
	enum act act = act_of(pod);
	return act == ACT_CRASH || act == ACT_OOM || act == ACT_FAIL;
}

static int64_t
crash_after(const pv_val *pod)
{
	return act_ends(pod) ? act_run_for(pod) : CRASH_AFTER;
}

/* How far it has come by what .status says, ns since the node took it: the clock says less only if it
 * was set back, and then its life goes on from here. */
static int64_t
lived_at_least(const pv_val *pod)
{
	const pv_val *container = pv_item(pv_at(pod, "status.containerStatuses"), 0);
	const pv_val *ready = pv_condition_find(pv_at(pod, "status.conditions"), "Ready");
	int64_t rounds = pv_i64_at(container, "restartCount", 0), at = CREATING;
	if (!pv_streq(pv_text_at(pod, "status.phase", ""), "Running"))
		return 0;
	if (!crashes(pod))
		return at + (pv_streq(pv_text_at(ready, "status", ""), "True") ? act_ready_after(pod) : 0);
	if (rounds > 0 && pv_at(container, "state.waiting")) { /* for the one that is counted already */
		at += crash_after(pod);
		rounds--;
	}
	for (int64_t i = 0; i < rounds && i < ROUNDS_MOST; i++)
		at += crash_after(pod) + act_backoff(i);
	return at;
}

static void
live(struct life *l)
{
	int64_t begin = l->started + CREATING;
	enum act act = act_of(l->pod);
	l->phase = "Pending";
	if (l->lack) {
		be_waiting(l, l->lack->container ? "CreateContainerConfigError" : "ContainerCreating",
			   l->lack->message);
	} else if (l->now < begin) {
		be_waiting(l, "ContainerCreating", NULL);
		wait_for(l, begin);
	} else if (act == ACT_IMAGE_PULL) {
		be_waiting(l, "ImagePullBackOff", "Back-off pulling image (simulated)");
	} else if (act == ACT_BAD_IMAGE) {
		be_waiting(l, "InvalidImageName",
			   "the image's name cannot be parsed: invalid reference format");
	} else if (act_ends(l->pod) && act != ACT_HANG && (act == ACT_RUN || !act_restarts(l->pod))) {
		run_to_end(l, begin);
	} else if (crashes(l->pod)) {
		run_and_crash(l, begin, crash_after(l->pod));
	} else {
		run_to_ready(l, begin);
	}
}

/* ---- from a life to a status ---- */

static pv_val
terminated(pv_ctx *cx, const struct life *l)
{
	/* Of the run before, if it runs again. */
	int64_t began = l->running_since > l->ended_at ? l->ended_at - crash_after(l->pod) : l->running_since;
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "exitCode", pv_int(l->exit_code));
	pv_objb_puts(&b, "reason", l->exit_reason);
	pv_objb_puts(&b, "startedAt", pv_time_format(cx->arena, began));
	pv_objb_puts(&b, "finishedAt", pv_time_format(cx->arena, l->ended_at));
	return pv_objb_end(&b);
}

static pv_val
one(pv_ctx *cx, const char *key, pv_val v)
{
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, key, v);
	return pv_objb_end(&b);
}

static pv_val
state_val(pv_ctx *cx, const struct life *l, const pv_val *spec)
{
	pv_objb b;
	if (l->state == ENDED)
		return one(cx, "terminated", terminated(cx, l));
	pv_objb_init(&b, cx->arena);
	if (l->lack && l->lack->container && l->lack->container != spec) {
		pv_objb_puts(&b, "reason", l->lack->is_init ? "PodInitializing" : "ContainerCreating");
		return one(cx, "waiting", pv_objb_end(&b));
	}
	if (l->state == RUNNING) {
		pv_objb_puts(&b, "startedAt", pv_time_format(cx->arena, l->running_since));
		return one(cx, "running", pv_objb_end(&b));
	}
	pv_objb_puts(&b, "reason", l->waiting);
	pv_objb_puts(&b, "message", l->waiting_message);
	return one(cx, "waiting", pv_objb_end(&b));
}

static pv_val
container(pv_ctx *cx, const struct life *l, const pv_val *spec)
{
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "name", pv_text_at(spec, "name", ""));
	pv_objb_puts(&b, "image", pv_text_at(spec, "image", ""));
	pv_objb_puts(&b, "imageID", "");
	pv_objb_put(&b, "ready", pv_bool(l->ready));
	pv_objb_put(&b, "started", pv_bool(l->state == RUNNING));
	pv_objb_put(&b, "restartCount", pv_int(l->restarts));
	pv_objb_put(&b, "state", state_val(cx, l, spec));
	if (l->restarts > 0 && l->ended_at)
		pv_objb_put(&b, "lastState", one(cx, "terminated", terminated(cx, l)));
	resize_tell(&l->resize, l->pod, spec, &b);
	return pv_objb_end(&b);
}

static pv_val
containers(pv_ctx *cx, const struct life *l)
{
	const pv_val *specs = pv_at(l->pod, "spec.containers");
	pv_listb b;
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(specs); i++)
		pv_listb_add(&b, container(cx, l, pv_item(specs, i)));
	return pv_listb_end(&b);
}

static pv_val
init_container(pv_ctx *cx, const struct life *l, const pv_val *spec)
{
	struct life done = *l;
	if (l->lack && (l->lack->is_init || !l->lack->container))
		return container(cx, l, spec);
	done.lack = NULL;
	done.state = ENDED;
	done.ready = true;
	done.restarts = 0;
	done.exit_code = 0;
	done.exit_reason = "Completed";
	done.running_since = done.ended_at = l->started;
	return container(cx, &done, spec);
}

static pv_val
init_containers(pv_ctx *cx, const struct life *l)
{
	const pv_val *specs = pv_at(l->pod, "spec.initContainers");
	pv_listb b;
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(specs); i++)
		pv_listb_add(&b, init_container(cx, l, pv_item(specs, i)));
	return pv_listb_end(&b);
}

static pv_val
conditions(pv_ctx *cx, const struct life *l)
{
	const char *ready = l->ready ? "True" : "False";
	bool done = pv_streq(l->phase, "Succeeded");
	const char *why = l->ready ? NULL : done ? "PodCompleted" : "ContainersNotReady";
	pv_val c = pv_null();
	c = pv_condition_set(cx, pv_at(l->pod, "status.conditions"), "PodScheduled", "True", NULL, NULL,
			     l->started);
	if (l->lack && l->lack->is_init)
		c = pv_condition_set(cx, &c, "Initialized", "False", "ContainersNotInitialized",
				     l->lack->message, l->started);
	else
		c = pv_condition_set(cx, &c, "Initialized", "True", NULL, NULL, l->started);
	c = pv_condition_set(cx, &c, "ContainersReady", ready, why, NULL, l->now);
	c = pv_condition_set(cx, &c, "Ready", ready, why, NULL, l->now);
	return resize_conditions(cx, &l->resize, &c, l->now);
}

static const char *
pod_ip(pv_ctx *cx, const pv_val *pod)
{
	uint32_t h = 2166136261u;
	for (const char *s = pv_text_at(pod, "metadata.uid", ""); *s; s++)
		h = (h ^ (uint8_t)*s) * 16777619u;
	return pv_printf(cx->arena, "10.244.%u.%u", h >> 8 & 255, (h & 255) ? (h & 255) : 1);
}

static pv_val
addresses(pv_ctx *cx, const char *ip)
{
	pv_val item = one(cx, "ip", pv_string_ref(ip));

	return pv_list_of(cx->arena, &item, 1);
}

static pv_val
status(pv_ctx *cx, const struct life *l)
{
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "phase", l->phase);
	pv_objb_puts(&b, "message", MESSAGE);
	pv_objb_puts(&b, "startTime", pv_time_format_micro(cx->arena, l->started));
	pv_objb_puts(&b, "hostIP", NODE_ADDRESS);
	pv_objb_put(&b, "hostIPs", addresses(cx, NODE_ADDRESS));
	if (!pv_streq(l->phase, "Pending")) {
		pv_objb_puts(&b, "podIP", pod_ip(cx, l->pod));
		pv_objb_put(&b, "podIPs", addresses(cx, pod_ip(cx, l->pod)));
	}
	pv_objb_puts(&b, "qosClass", pv_text_at(l->pod, "status.qosClass", "BestEffort"));
	pv_objb_put(&b, "conditions", conditions(cx, l));
	if (pv_count(pv_at(l->pod, "spec.initContainers")))
		pv_objb_put(&b, "initContainerStatuses", init_containers(cx, l));
	pv_objb_put(&b, "containerStatuses", containers(cx, l));
	if (pv_count(pv_at(l->pod, "spec.ephemeralContainers")))
		pv_objb_put(&b, "ephemeralContainerStatuses",
			    debug_statuses(cx, l->pod, !pv_streq(l->phase, "Pending"),
					   l->state == ENDED ? l->ended_at : 0, l->now));
	return pv_objb_end(&b);
}

/* Why no node takes it; NULL if this one does. */
static const char *
obstacle(pv_ctx *cx, pv_plan *plan, const pv_val *pod, const char **ret_reason)
{
	const pv_val *node;
	const char *why;

	*ret_reason = "SchedulingGated";
	if (pv_count(pv_at(pod, "spec.schedulingGates")))
		return "Scheduling is blocked due to non-empty scheduling gates";
	*ret_reason = "Unschedulable";
	node = pv_plan_find(cx, plan, "v1/Node", NULL, NODE_NAME);
	if (!node)
		return "0/0 nodes are available: the simulated node is not there; restart pave to make it "
		       "again";
	why = pod_claim_missing(cx, plan, pod);
	if (why)
		return pv_printf(cx->arena, "0/1 nodes are available: %s.", why);
	if (node_fit(node, pv_get(pod, "spec"), &why) == NODE_TAKES)
		why = pod_exceeds(cx, pod, node);
	if (!why)
		return NULL;
	return pv_printf(cx->arena, "0/1 nodes are available: 1 %s.", why);
}

static pv_val
pending(pv_ctx *cx, pv_plan *plan, const pv_val *pod, const char *reason, const char *message)
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "phase", "Pending");
	pv_objb_puts(&b, "qosClass", pv_text_at(pod, "status.qosClass", "BestEffort"));
	pv_objb_put(&b, "conditions",
		    pv_condition_set(cx, pv_at(pod, "status.conditions"), "PodScheduled", "False", reason,
				     message, pv_plan_now(plan)));
	return pv_objb_end(&b);
}

static void
bind(pv_ctx *cx, pv_plan *plan, const pv_val *pod)
{
	const char *scheduler = pv_text_at(pod, "spec.schedulerName", "default-scheduler"), *reason;
	const char *why = obstacle(cx, plan, pod, &reason);

	if (!pv_streq(scheduler, "default-scheduler")) {
		pv_plan_reason(cx, plan, "waits for its own scheduler, %s", scheduler);
		return;
	}
	if (why) {
		tell_unschedulable(cx, plan, why);
		pv_plan_reason(cx, plan, "%s", why);
		pv_plan_status(cx, plan, pending(cx, plan, pod, reason, why));
		return;
	}
	pv_plan_patch(cx, plan, pod, "binding",
		      one(cx, "spec", one(cx, "nodeName", pv_string_ref(NODE_NAME))));
	tell_scheduled(cx, plan, pod);
}

/* What it waited for has come since: its containers start now, not when the node took it. */
static bool
was_short(const pv_val *pod)
{
	const pv_val *list = pv_at(pod, "status.containerStatuses"),
		     *init = pv_at(pod, "status.initContainerStatuses");

	for (size_t i = 0; i < pv_count(list) + pv_count(init); i++) {
		const pv_val *c = i < pv_count(list) ? pv_item(list, i) : pv_item(init, i - pv_count(list));
		const char *why = pv_text_at(c, "state.waiting.reason", "");

		if (pv_streq(why, "CreateContainerConfigError") ||
		    (pv_streq(why, "ContainerCreating") && pv_at(c, "state.waiting.message")))
			return true;
	}
	return false;
}

static void
say(pv_ctx *cx, pv_plan *plan, const struct life *l)
{
	if (!pv_at(l->pod, "status.startTime"))
		tell_doubts(cx, plan, l->pod); /* once, when the node takes it */
	if (l->lack) {
		tell_lack(cx, plan, l->lack);
		pv_plan_reason(cx, plan, "%s, %s: %s", l->phase, l->waiting, l->lack->message);
		return;
	}

	const char *was = pv_text_at(l->pod, "status.phase", "Pending");
	if (pv_streq(was, "Pending") && !pv_streq(l->phase, "Pending"))
		tell_started(cx, plan, l->pod);
	if (l->waiting &&
	    l->restarts > pv_i64_at(pv_item(pv_at(l->pod, "status.containerStatuses"), 0), "restartCount", 0))
		tell_back_off(cx, plan, l->exit_reason, l->exit_code);
	pv_plan_reason(cx, plan, "%s%s%s", l->phase, l->waiting ? ", " : "", l->waiting ? l->waiting : "");
}

/* As a kubelet ends a Pod: it goes when its containers have ended, and by force when its
 * grace is over, which is when deletionTimestamp says.  What is further away than the grace is
 * long was said before the clock was set back. */
static void
end(pv_ctx *cx, const pv_val *pod, pv_plan *plan)
{
	int64_t left = pv_time_at(pod, "metadata.deletionTimestamp") - pv_plan_now(plan);
	int64_t grace = pv_seconds(pv_i64_at(pod, "metadata.deletionGracePeriodSeconds", INT32_MAX));
	int64_t takes = act_ending(pod), wait = takes > grace ? left : left - grace + takes;

	if (wait > 0 && left <= grace) {
		pv_plan_reason(cx, plan,
			       takes > grace ? "is killed when its grace is over" : "its containers end");
		pv_plan_requeue(plan, wait);
		return;
	}
	if (takes)
		tell_ending(cx, plan, pod);
	pv_plan_delete(cx, plan, pod, NULL);
}

static int
reconcile(pv_ctx *cx, const pv_val *pod, pv_plan *plan)
{
	struct life l = {.pod = pod, .now = pv_plan_now(plan)};
	pod_lack lack;
	const char *phase = pv_text_at(pod, "status.phase", ""), *node = pv_text_at(pod, "spec.nodeName", "");
	if (*node && !pv_streq(node, NODE_NAME))
		return 0;
	if (pv_at(pod, "metadata.deletionTimestamp")) {
		if (*node)
			end(cx, pod, plan);
		return 0;
	}
	if (pv_streq(phase, "Succeeded") || pv_streq(phase, "Failed"))
		return 0;
	if (!*node) {
		bind(cx, plan, pod);
		return 0;
	}
	l.started = pv_time_at(pod, "status.startTime");
	if (!l.started || l.now - l.started < lived_at_least(pod))
		l.started = l.now - lived_at_least(pod);
	if (pv_streq(phase, "Pending") || !*phase) { /* what runs keeps what it has read */
		if (pod_lacks(cx, plan, pod, &lack))
			l.lack = &lack;
		else if (was_short(pod))
			l.started = l.now;
	}
	resize_look(cx, plan, pod, &l.resize);
	live(&l);
	if (l.resize.next)
		wait_for(&l, l.now + l.resize.next);
	say(cx, plan, &l);
	pv_plan_status(cx, plan, status(cx, &l));
	if (l.next)
		pv_plan_requeue(plan, l.next);
	return 0;
}

const pv_controller simulated_node_controller = {
	.name = "simulated-node",
	.kind = "v1/Pod",
	.reconcile = reconcile,
};
