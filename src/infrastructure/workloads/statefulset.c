/* StatefulSet: Pods with numbers, in order, each with its own claims.
 * Source: k8s.io/kubernetes/pkg/controller/statefulset/stateful_set_control.go. */
#include "infrastructure/workloads/statefulset.h"

#include "base/str.h"
#include "infrastructure/workloads/adopt.h"
#include "infrastructure/workloads/workloads.h"

#define MOST 10000

/* ---- which Pods there are ---- */

static bool
is_member(pv_ctx *cx, const pv_val *set, const pv_val *pod)
{
	return ordinal_of(cx, set, pod) >= 0;
}

static int
highest_first(const void *a, const void *b)
{
	const char *x = meta_name(*(const pv_val *const *)a), *y = meta_name(*(const pv_val *const *)b);
	size_t lx = pv_str_of(x).len, ly = pv_str_of(y).len;

	if (lx != ly)
		return lx > ly ? -1 : 1;
	return -pv_str_cmp(pv_str_of(x), pv_str_of(y));
}

static void
gather(struct set *s, const pv_vec *pods)
{
	s->pods = pv_new_array(s->cx->arena, const pv_val *, (size_t)s->replicas + 1);
	pv_vec_init(&s->condemned, s->cx->arena, sizeof(const pv_val *));
	for (size_t i = 0; i < pods->len; i++) {
		const pv_val *pod = *PV_AT(const pv_val *, pods, i);
		int64_t number = ordinal_of(s->cx, s->object, pod), n = number - s->start;

		if (number < 0)
			continue;
		if (n >= 0 && n < s->replicas)
			s->pods[n] = pod;
		else
			pv_vec_push(&s->condemned, &pod);
	}
	pv_vec_sort(&s->condemned, highest_first);
}

/* Up, and for minReadySeconds: only such a Pod lets the next step begin. */
static bool
settled(struct set *s, const pv_val *pod)
{
	int64_t wait = 0;
	bool available = pod && !is_deleting(pod) && pod_active(pod) &&
			 pod_available(pod, pv_i64_at(s->object, "spec.minReadySeconds", 0),
				       pv_plan_now(s->plan), &wait);

	if (wait)
		pv_plan_requeue(s->plan, wait);
	return available;
}

static void
drop(struct set *s, const pv_val *pod, const char *why)
{
	if (!is_deleting(pod))
		pv_plan_delete(s->cx, s->plan, pod, NULL);
	pv_plan_reason(s->cx, s->plan, "Pod %s goes: %s", meta_name(pod), why);
}

/* ---- one step: up, down, over ---- */

/* True if all are there and, in order, settled. */
static bool
fill(struct set *s)
{
	for (int64_t n = 0; n < s->replicas; n++) {
		const pv_val *pod = s->pods[n];
		const char *name =
			pv_printf(s->cx->arena, "%s-%lld", meta_name(s->object), (long long)(n + s->start));

		(void)ordinal_claims(s, name, pod, false);
		if (pod && !pod_active(pod) && !is_deleting(pod)) /* it ended: a new one takes its name */
			drop(s, pod, "it has ended");
		else if (!pod)
			ordinal_make(s, n);
		if (!s->parallel && !settled(s, pod))
			return false;
	}
	return true;
}

/* From the highest number down; in order, one at a time.  A claim that shall end with its Pod
 * has to know it before. */
static void
shrink(struct set *s)
{
	for (size_t i = 0; i < s->condemned.len; i++) {
		const pv_val *pod = *PV_AT(const pv_val *, &s->condemned, i);

		if (ordinal_claims(s, meta_name(pod), pod, true))
			drop(s, pod, "its number is not wanted any more");
		if (!s->parallel)
			return;
	}
}

/* From the highest number down to the partition, so that at most maxUnavailable of all are down;
 * one that is down already costs nothing. */
static void
roll(struct set *s)
{
	int64_t budget = s->max_unavailable;

	for (int64_t n = 0; n < s->replicas; n++)
		budget -= !settled(s, s->pods[n]);
	for (int64_t n = s->replicas - 1; n >= s->partition; n--) {
		const pv_val *pod = s->pods[n];

		if (!pod || is_deleting(pod) || pv_streq(revision_label(pod), s->update.name) ||
		    (budget <= 0 && settled(s, pod)))
			continue;
		drop(s, pod, "its template is older");
		budget -= settled(s, pod);
	}
}

/* ---- status ---- */

struct tally {
	int64_t there, ready, available, current, updated;
};

static void
count(struct set *s, const pv_val *pod, struct tally *t)
{
	const char *revision = revision_label(pod);
	bool stays = !is_deleting(pod);

	t->there++;
	t->ready += stays && pod_ready(pod);
	t->available += settled(s, pod);
	t->updated += stays && pv_streq(revision, s->update.name);
	t->current += stays && pv_streq(revision, s->current ? s->current : s->update.name);
}

static pv_val
status_of(struct set *s)
{
	struct tally t = {0};
	const char *current = s->current ? s->current : s->update.name;
	bool done;
	pv_objb b;

	for (int64_t n = 0; n < s->replicas; n++)
		if (s->pods[n])
			count(s, s->pods[n], &t);
	for (size_t i = 0; i < s->condemned.len; i++)
		count(s, *PV_AT(const pv_val *, &s->condemned, i), &t);
	done = !s->on_delete && t.updated == s->replicas && t.ready == s->replicas && t.there == s->replicas;
	pv_objb_init(&b, s->cx->arena);
	pv_objb_put(&b, "observedGeneration", pv_int(pv_i64_at(s->object, "metadata.generation", 0)));
	pv_objb_put(&b, "replicas", pv_int(t.there));
	pv_objb_put(&b, "readyReplicas", pv_int(t.ready));
	pv_objb_put(&b, "availableReplicas", pv_int(t.available));
	pv_objb_put(&b, "updatedReplicas", pv_int(t.updated));
	pv_objb_put(&b, "currentReplicas", pv_int(done ? t.updated : t.current));
	pv_objb_puts(&b, "updateRevision", s->update.name);
	pv_objb_puts(&b, "currentRevision", done ? s->update.name : current);
	pv_objb_put(&b, "collisionCount", pv_int(s->update.collisions));
	return pv_objb_end(&b);
}

static void
read_spec(struct set *s)
{
	const pv_val *rolling = pv_at(s->object, "spec.updateStrategy.rollingUpdate");
	const char *last = pv_text_at(s->object, "status.currentRevision", "");

	s->start = pv_i64_at(s->object, "spec.ordinals.start", 0);
	s->partition = pv_i64_at(rolling, "partition", 0);
	s->max_unavailable = scaled(pv_get(rolling, "maxUnavailable"), s->replicas, true, 1);
	if (s->max_unavailable < 1)
		s->max_unavailable = 1;
	s->parallel = pv_streq(pv_text_at(s->object, "spec.podManagementPolicy", ""), "Parallel");
	s->on_delete = pv_streq(pv_text_at(s->object, "spec.updateStrategy.type", ""), "OnDelete");
	s->current = *last ? last : NULL;
}

static int
reconcile(pv_ctx *cx, const pv_val *object, pv_plan *plan)
{
	struct set s = {.cx = cx, .plan = plan, .object = object, .replicas = replicas_of(object, 1)};
	const struct adoption how = {"v1/Pod", "pods-without-owner", pv_at(object, "spec.selector"),
				     is_member};
	pv_vec pods;

	if (s.replicas > MOST)
		return pv_fail(cx, PV_EINVALID, "spec.replicas: at most %d, found %lld", MOST,
			       (long long)s.replicas);
	read_spec(&s);
	adopt(cx, plan, object, &how, &pods);
	s.update = revision_keep(cx, plan, object, &pods);
	gather(&s, &pods);
	if (!is_deleting(object) && fill(&s)) {
		shrink(&s);
		if (s.condemned.len == 0 && !s.on_delete)
			roll(&s);
	}
	pv_plan_status(cx, plan, status_of(&s));
	return 0;
}

static const char *
told(pv_ctx *cx, const pv_val *set, const pv_val *other, bool deleted)
{
	const char *kind = pv_text_at(other, "kind", "");

	if (pv_streq(kind, "Pod"))
		return pv_printf(cx->arena, "%s Pod %s in StatefulSet %s successful",
				 deleted ? "delete" : "create", meta_name(other), meta_name(set));
	return NULL;
}

const pv_controller statefulset_controller = {
	.name = "statefulset",
	.component = "statefulset-controller",
	.tells = told,
	.kind = "apps/v1/StatefulSet",
	.reconcile = reconcile,
	.edits = workload_edits,
};
