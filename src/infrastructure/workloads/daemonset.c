/* DaemonSet: one Pod on each node that takes it.
 * Source: k8s.io/kubernetes/pkg/controller/daemon (daemon_controller.go, update.go). */
#include "base/str.h"
#include "infrastructure/node/node.h"
#include "infrastructure/workloads/revision.h"
#include "infrastructure/workloads/workloads.h"

struct daemon {
	pv_ctx *cx;
	pv_plan *plan;
	const pv_val *object, *spec; /* spec: the Pods', tolerations included */
	struct revision update;
	int64_t max_surge, max_unavailable;
	pv_vec places; /* struct place, one a node */
};

struct place { /* a node and what is there */
	const char *node;
	enum node_fit fit;
	size_t any;                /* Pods there, those that end or have ended among them */
	pv_vec ended;              /* const pv_val *: Succeeded or Failed */
	const pv_val *old, *fresh; /* what runs there: of an older template, of the one of now */
	pv_vec surplus;            /* const pv_val *: more than the two */
};

/* ---- what there is ---- */

/* What a daemon has to bear: it is there when nothing else is. */
static pv_val
tolerations(pv_ctx *cx, const pv_val *own, bool host_network)
{
	static const char *const bears[][2] = {
		{"node.kubernetes.io/not-ready", "NoExecute"},
		{"node.kubernetes.io/unreachable", "NoExecute"},
		{"node.kubernetes.io/disk-pressure", "NoSchedule"},
		{"node.kubernetes.io/memory-pressure", "NoSchedule"},
		{"node.kubernetes.io/pid-pressure", "NoSchedule"},
		{"node.kubernetes.io/unschedulable", "NoSchedule"},
		{"node.kubernetes.io/network-unavailable", "NoSchedule"},
	};
	pv_listb b;

	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(own); i++)
		pv_listb_add(&b, *pv_item(own, i));
	for (size_t i = 0; i < PV_LEN(bears) - !host_network; i++) {
		pv_objb t;

		pv_objb_init(&t, cx->arena);
		pv_objb_puts(&t, "key", bears[i][0]);
		pv_objb_puts(&t, "operator", "Exists");
		pv_objb_puts(&t, "effect", bears[i][1]);
		pv_listb_add(&b, pv_objb_end(&t));
	}
	return pv_listb_end(&b);
}

static const pv_val *
older(const pv_val *a, const pv_val *b)
{
	return created_at(b) < created_at(a) ? b : a;
}

/* The oldest of each template is the one; others are too many. */
static void
settle_in(struct place *p, const pv_val **slot, const pv_val *pod)
{
	const pv_val *first = *slot ? older(*slot, pod) : pod, *other = first == pod ? *slot : pod;

	*slot = first;
	if (other)
		pv_vec_push(&p->surplus, &other);
}

static void
look_at(struct daemon *d, struct place *p, const pv_vec *pods)
{
	pv_vec_init(&p->ended, d->cx->arena, sizeof(const pv_val *));
	pv_vec_init(&p->surplus, d->cx->arena, sizeof(const pv_val *));
	for (size_t i = 0; i < pods->len; i++) {
		const pv_val *pod = *PV_AT(const pv_val *, pods, i);

		if (!pv_streq(pv_text_at(pod, "spec.nodeName", ""), p->node))
			continue;
		p->any++;
		if (is_deleting(pod))
			continue;
		if (!pod_active(pod))
			pv_vec_push(&p->ended, &pod);
		else
			settle_in(p, pv_streq(revision_label(pod), d->update.hash) ? &p->fresh : &p->old,
				  pod);
	}
}

static bool
available(struct daemon *d, const pv_val *pod)
{
	int64_t wait = 0;
	bool yes = pod && pod_available(pod, pv_i64_at(d->object, "spec.minReadySeconds", 0),
					pv_plan_now(d->plan), &wait);

	if (wait)
		pv_plan_requeue(d->plan, wait);
	return yes;
}

static void
gather(struct daemon *d, const pv_vec *pods)
{
	pv_vec nodes;

	pv_plan_list(d->cx, d->plan, "v1/Node", NULL, NULL, &nodes);
	pv_vec_init(&d->places, d->cx->arena, sizeof(struct place));
	for (size_t i = 0; i < nodes.len; i++) {
		const pv_val *node = *PV_AT(const pv_val *, &nodes, i);
		struct place *p = pv_vec_add(&d->places);
		const char *why;

		p->node = meta_name(node);
		p->fit = node_fit(node, d->spec, &why);
		look_at(d, p, pods);
	}
}

/* ---- what shall be ---- */

static void
start_on(struct daemon *d, const char *node, const char *why)
{
	const char *prefix = pv_printf(d->cx->arena, "%s-", meta_name(d->object));
	pv_val labels = object1(d->cx->arena, REVISION_LABEL, pv_string(d->cx->arena, d->update.hash));
	pv_val pod =
		pod_of_template(d->cx, d->object, pv_at(d->object, "spec.template"), NULL, prefix, &labels);

	pod = pv_with(d->cx->arena, &pod, "spec", *d->spec);
	pod = pv_with_at(d->cx->arena, &pod, "spec.nodeName", pv_string(d->cx->arena, node));
	pv_plan_create(d->cx, d->plan, pv_box(d->cx->arena, pod));
	pv_plan_reason(d->cx, d->plan, "node %s: %s", node, why);
}

static void
stop(struct daemon *d, const pv_val *pod, const char *why)
{
	if (!pod)
		return;
	pv_plan_delete(d->cx, d->plan, pod, NULL);
	pv_plan_reason(d->cx, d->plan, "Pod %s goes: %s", meta_name(pod), why);
}

static void
stop_all(struct daemon *d, const pv_vec *pods, const char *why)
{
	for (size_t i = 0; i < pods->len; i++)
		stop(d, *PV_AT(const pv_val *, pods, i), why);
}

/* One Pod where one belongs, none where none does; while one ends, none is made beside it. */
static void
people(struct daemon *d, struct place *p)
{
	stop_all(d, &p->ended, "it has ended");
	stop_all(d, &p->surplus, "one is enough");
	if (p->fit == NODE_TAKES && p->any == 0)
		start_on(d, p->node, "it has no Pod");
	if (p->fit == NODE_REFUSES) {
		stop(d, p->old, "its node does not take it any more");
		stop(d, p->fresh, "its node does not take it any more");
	}
}

/* Old ones go first: those that are down anyway, and others while maxUnavailable allows. */
static void
replace(struct daemon *d)
{
	int64_t budget = d->max_unavailable;

	for (size_t i = 0; i < d->places.len; i++) {
		struct place *p = PV_AT(struct place, &d->places, i);

		if (p->fit == NODE_TAKES && !available(d, p->old ? p->old : p->fresh))
			budget--;
	}
	for (size_t i = 0; i < d->places.len; i++) {
		struct place *p = PV_AT(struct place, &d->places, i);

		if (p->fit != NODE_TAKES || !p->old)
			continue;
		if (p->fresh)
			stop(d, p->old, "the new one is there");
		else if (!available(d, p->old) || budget-- > 0)
			stop(d, p->old, "its template is older");
	}
}

/* New ones come first, at most maxSurge nodes at a time; the old one goes when its successor is up. */
static void
surge(struct daemon *d)
{
	int64_t budget = d->max_surge;

	for (size_t i = 0; i < d->places.len; i++) {
		struct place *p = PV_AT(struct place, &d->places, i);

		if (p->fit != NODE_TAKES || !p->old || !p->fresh)
			continue;
		if (available(d, p->old))
			budget--;
		if (!available(d, p->old))
			stop(d, p->old, "it is down, and its successor is there");
		else if (available(d, p->fresh))
			stop(d, p->old, "its successor is up");
	}
	for (size_t i = 0; i < d->places.len; i++) {
		struct place *p = PV_AT(struct place, &d->places, i);

		if (p->fit == NODE_TAKES && p->old && !p->fresh && (!available(d, p->old) || budget-- > 0))
			start_on(d, p->node, "its Pod is of an older template");
	}
}

/* ---- status ---- */

static pv_val
status_of(struct daemon *d)
{
	int64_t desired = 0, current = 0, updated = 0, ready = 0, up = 0, misplaced = 0;
	pv_objb b;

	for (size_t i = 0; i < d->places.len; i++) {
		struct place *p = PV_AT(struct place, &d->places, i);
		const pv_val *pod = p->old ? p->old : p->fresh;

		if (p->fit != NODE_TAKES) {
			misplaced += p->any > 0;
			continue;
		}
		desired++;
		current += p->any > 0;
		updated += p->fresh && !p->old;
		ready += pod && pod_ready(pod);
		up += available(d, pod);
	}
	pv_objb_init(&b, d->cx->arena);
	pv_objb_put(&b, "desiredNumberScheduled", pv_int(desired));
	pv_objb_put(&b, "currentNumberScheduled", pv_int(current));
	pv_objb_put(&b, "updatedNumberScheduled", pv_int(updated));
	pv_objb_put(&b, "numberReady", pv_int(ready));
	pv_objb_put(&b, "numberAvailable", pv_int(up));
	pv_objb_put(&b, "numberUnavailable", pv_int(desired - up));
	pv_objb_put(&b, "numberMisscheduled", pv_int(misplaced));
	pv_objb_put(&b, "observedGeneration", pv_int(pv_i64_at(d->object, "metadata.generation", 0)));
	pv_objb_put(&b, "collisionCount", pv_int(d->update.collisions));
	return pv_objb_end(&b);
}

static void
read_spec(struct daemon *d)
{
	const pv_val *spec = pv_at(d->object, "spec.template.spec");
	bool host_network = pv_truth_at(spec, "hostNetwork", false);

	d->spec =
		pv_box(d->cx->arena, pv_with(d->cx->arena, spec, "tolerations",
					     tolerations(d->cx, pv_get(spec, "tolerations"), host_network)));
}

static void
read_limits(struct daemon *d)
{
	const pv_val *rolling = pv_at(d->object, "spec.updateStrategy.rollingUpdate");
	int64_t desired = 0;

	for (size_t i = 0; i < d->places.len; i++)
		desired += PV_AT(struct place, &d->places, i)->fit == NODE_TAKES;
	d->max_surge = scaled(pv_get(rolling, "maxSurge"), desired, true, 0);
	d->max_unavailable = scaled(pv_get(rolling, "maxUnavailable"), desired, true, 1);
	if (d->max_surge == 0 && d->max_unavailable < 1)
		d->max_unavailable = 1;
}

static int
reconcile(pv_ctx *cx, const pv_val *object, pv_plan *plan)
{
	struct daemon d = {.cx = cx, .plan = plan, .object = object};
	bool on_delete = pv_streq(pv_text_at(object, "spec.updateStrategy.type", ""), "OnDelete");
	pv_vec pods;

	pods_of(cx, plan, object, pv_at(object, "spec.selector"), &pods);
	d.update = revision_keep(cx, plan, object, &pods);
	read_spec(&d);
	gather(&d, &pods);
	read_limits(&d);
	for (size_t i = 0; !is_deleting(object) && i < d.places.len; i++)
		people(&d, PV_AT(struct place, &d.places, i));
	if (!is_deleting(object) && !on_delete) {
		if (d.max_surge > 0)
			surge(&d);
		else
			replace(&d);
	}
	pv_plan_status(cx, plan, status_of(&d));
	return 0;
}

const pv_controller daemonset_controller = {
	.name = "daemonset",
	.component = "daemonset-controller",
	.tells = pod_told,
	.kind = "apps/v1/DaemonSet",
	.reconcile = reconcile,
	.edits = workload_edits,
};
