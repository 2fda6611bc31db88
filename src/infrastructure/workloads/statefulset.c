/* StatefulSet: Pods with numbers, in order, each with its own claims. */
#include "base/str.h"
#include "infrastructure/workloads/pods.h"
#include "infrastructure/workloads/revision.h"
#include "infrastructure/workloads/workloads.h"

#define REVISION_LABEL "controller-revision-hash"
#define NAME_LABEL "statefulset.kubernetes.io/pod-name"
#define MOST 10000

struct set {
	pv_ctx *cx;
	pv_plan *plan;
	const pv_val *object;
	int64_t replicas, start, partition;
	bool parallel, on_delete;
	const char *update, *current; /* revisions: of the template now, and of the last finished roll-out */
	const pv_val **pods;          /* by ordinal, NULL: missing */
	pv_vec extra;                 /* const pv_val *: beyond the replicas, highest first */
};

/* ---- which Pods there are ---- */

static int64_t
ordinal_of(const struct set *s, const pv_val *pod)
{
	const char *prefix = pv_printf(s->cx->arena, "%s-", meta_name(s->object)), *name = meta_name(pod);
	int64_t n;
	if (!pv_starts_with(name, prefix) || !pv_parse_int(pv_str_of(name + pv_str_of(prefix).len), &n))
		return -1;
	return n - s->start;
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
gather(struct set *s)
{
	pv_vec pods;
	pods_of(s->cx, s->plan, s->object, pv_at(s->object, "spec.selector"), &pods);
	s->pods = pv_new_array(s->cx->arena, const pv_val *, (size_t)s->replicas + 1);
	pv_vec_init(&s->extra, s->cx->arena, sizeof(const pv_val *));
	for (size_t i = 0; i < pods.len; i++) {
		const pv_val *pod = *PV_AT(const pv_val *, &pods, i);
		int64_t n = ordinal_of(s, pod);
		if (n >= 0 && n < s->replicas)
			s->pods[n] = pod;
		else if (n >= 0)
			pv_vec_push(&s->extra, &pod);
	}
	pv_vec_sort(&s->extra, highest_first);
}

/* ---- making one ---- */

static pv_val
claim_volume(struct set *s, const char *volume, const char *claim)
{
	pv_objb b;
	pv_objb_init(&b, s->cx->arena);
	pv_objb_puts(&b, "name", volume);
	pv_objb_put(&b, "persistentVolumeClaim", object1(s->cx->arena, "claimName", pv_string(s->cx->arena, claim)));
	return pv_objb_end(&b);
}

/* Claims outlive their Pod: made once, never deleted here. */
static void
ensure_claim(struct set *s, const pv_val *tmpl, const char *claim)
{
	pv_val object, meta;
	if (pv_plan_find(s->cx, s->plan, "v1/PersistentVolumeClaim", meta_ns(s->object), claim))
		return;
	meta = pv_with(s->cx->arena, pv_get(tmpl, "metadata"), "name", pv_string(s->cx->arena, claim));
	meta = pv_with(s->cx->arena, &meta, "namespace", pv_string(s->cx->arena, meta_ns(s->object)));
	object = pv_with(s->cx->arena, tmpl, "metadata", meta);
	object = pv_with(s->cx->arena, &object, "apiVersion", pv_string_ref("v1"));
	object = pv_with(s->cx->arena, &object, "kind", pv_string_ref("PersistentVolumeClaim"));
	object = pv_without(s->cx->arena, &object, "status");
	pv_plan_apply(s->cx, s->plan, pv_box(s->cx->arena, object));
}

static pv_val
with_claims(struct set *s, pv_val pod, const char *name)
{
	const pv_val *templates = pv_at(s->object, "spec.volumeClaimTemplates"), *volumes = pv_at(&pod, "spec.volumes");
	pv_listb b;
	if (!pv_count(templates))
		return pod;
	pv_listb_init(&b, s->cx->arena);
	for (size_t i = 0; i < pv_count(volumes); i++)
		pv_listb_add(&b, *pv_item(volumes, i));
	for (size_t i = 0; i < pv_count(templates); i++) {
		const char *volume = pv_text_at(pv_item(templates, i), "metadata.name", "");
		const char *claim = pv_printf(s->cx->arena, "%s-%s", volume, name);
		ensure_claim(s, pv_item(templates, i), claim);
		pv_listb_add(&b, claim_volume(s, volume, claim));
	}
	return pv_with_at(s->cx->arena, &pod, "spec.volumes", pv_listb_end(&b));
}

static void
make(struct set *s, int64_t n)
{
	const char *name = pv_printf(s->cx->arena, "%s-%lld", meta_name(s->object), (long long)(n + s->start));
	const char *revision = n < s->partition && s->current ? s->current : s->update;
	const pv_val *tmpl = revision_template(s->cx, s->plan, s->object, revision);
	pv_objb labels;
	pv_val extra, pod;
	pv_objb_init(&labels, s->cx->arena);
	pv_objb_puts(&labels, REVISION_LABEL, revision);
	pv_objb_puts(&labels, NAME_LABEL, name);
	pv_objb_puts(&labels, "apps.kubernetes.io/pod-index", pv_printf(s->cx->arena, "%lld", (long long)(n + s->start)));
	extra = pv_objb_end(&labels);
	pod = pod_of_template(s->cx, s->object, tmpl, name, NULL, &extra);
	pod = pv_with_at(s->cx->arena, &pod, "spec.hostname", pv_string(s->cx->arena, name));
	pod = pv_with_at(s->cx->arena, &pod, "spec.subdomain", pv_string(s->cx->arena, pv_text_at(s->object, "spec.serviceName", "")));
	pv_plan_create(s->cx, s->plan, pv_box(s->cx->arena, with_claims(s, pod, name)));
	pv_plan_reason(s->cx, s->plan, "Pod %s is missing", name);
}

static void
drop(struct set *s, const pv_val *pod, const char *why)
{
	if (!is_deleting(pod))
		pv_plan_delete(s->cx, s->plan, pod, NULL);
	pv_plan_reason(s->cx, s->plan, "Pod %s goes: %s", meta_name(pod), why);
}

static bool
settled(struct set *s, const pv_val *pod)
{
	int64_t wait = 0;
	bool available = pod && !is_deleting(pod) &&
	                 pod_available(pod, pv_i64_at(s->object, "spec.minReadySeconds", 0), pv_plan_now(s->plan), &wait);
	if (wait)
		pv_plan_requeue(s->plan, wait);
	return available;
}

/* ---- one step: up, down, over ---- */

static bool
fill(struct set *s)
{
	for (int64_t n = 0; n < s->replicas; n++) {
		const pv_val *pod = s->pods[n];
		if (pod && !pod_active(pod) && !is_deleting(pod)) /* it ended: a new one takes its name */
			drop(s, pod, "it has ended");
		else if (!pod)
			make(s, n);
		if (!s->parallel && !settled(s, pod))
			return false;
	}
	return true;
}

static void
shrink(struct set *s)
{
	for (size_t i = 0; i < s->extra.len; i++) {
		drop(s, *PV_AT(const pv_val *, &s->extra, i), "fewer replicas are wanted");
		if (!s->parallel)
			return;
	}
}

static const char *
revision_of(const pv_val *pod)
{
	return pv_text(pv_get(pv_at(pod, "metadata.labels"), REVISION_LABEL), "");
}

/* From the highest number down to the partition, one at a time. */
static void
roll(struct set *s)
{
	if (s->on_delete)
		return;
	for (int64_t n = s->replicas - 1; n >= s->partition; n--) {
		if (s->pods[n] && !pv_streq(revision_of(s->pods[n]), s->update)) {
			drop(s, s->pods[n], "its template is older");
			return;
		}
		if (!settled(s, s->pods[n]))
			return;
	}
}

static pv_val
status_of(struct set *s)
{
	int64_t there = (int64_t)s->extra.len, ready = 0, available = 0, current = 0, updated = 0;
	bool done;
	pv_objb b;
	for (int64_t n = 0; n < s->replicas; n++) {
		if (!s->pods[n])
			continue;
		there++;
		ready += pod_ready(s->pods[n]);
		available += settled(s, s->pods[n]);
		updated += pv_streq(revision_of(s->pods[n]), s->update);
		current += s->current && pv_streq(revision_of(s->pods[n]), s->current);
	}
	done = updated == s->replicas && ready == s->replicas && s->extra.len == 0;
	pv_objb_init(&b, s->cx->arena);
	pv_objb_put(&b, "observedGeneration", pv_int(pv_i64_at(s->object, "metadata.generation", 0)));
	pv_objb_put(&b, "replicas", pv_int(there));
	pv_objb_put(&b, "readyReplicas", pv_int(ready));
	pv_objb_put(&b, "availableReplicas", pv_int(available));
	pv_objb_put(&b, "updatedReplicas", pv_int(updated));
	pv_objb_put(&b, "currentReplicas", pv_int(done ? updated : current));
	pv_objb_puts(&b, "updateRevision", s->update);
	pv_objb_puts(&b, "currentRevision", done || !s->current ? s->update : s->current);
	pv_objb_put(&b, "collisionCount", pv_int(0));
	return pv_objb_end(&b);
}

static int
reconcile(pv_ctx *cx, const pv_val *object, pv_plan *plan)
{
	struct set s = {.cx = cx, .plan = plan, .object = object, .replicas = replicas_of(object, 1)};
	const char *last = pv_text_at(object, "status.currentRevision", "");
	if (s.replicas > MOST)
		return pv_fail(cx, PV_EINVALID, "spec.replicas: at most %d, found %lld", MOST, (long long)s.replicas);
	s.start = pv_i64_at(object, "spec.ordinals.start", 0);
	s.partition = pv_i64_at(object, "spec.updateStrategy.rollingUpdate.partition", 0);
	s.parallel = pv_streq(pv_text_at(object, "spec.podManagementPolicy", ""), "Parallel");
	s.on_delete = pv_streq(pv_text_at(object, "spec.updateStrategy.type", ""), "OnDelete");
	s.current = *last ? last : NULL;
	s.update = revision_keep(cx, plan, object);
	gather(&s);
	if (!is_deleting(object) && fill(&s)) {
		shrink(&s);
		if (s.extra.len == 0)
			roll(&s);
	}
	pv_plan_status(cx, plan, status_of(&s));
	return 0;
}

const pv_controller statefulset_controller = {
	.name = "statefulset",
	.kind = "apps/v1/StatefulSet",
	.reconcile = reconcile,
};
