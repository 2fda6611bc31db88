/* Deployment: a ReplicaSet for each template it ever had, and a rollout between them. */
#include "base/str.h"
#include "base/time.h"
#include "infrastructure/workloads/adopt.h"
#include "infrastructure/workloads/deployment_status.h"
#include "infrastructure/workloads/pods.h"
#include "infrastructure/workloads/rollout.h"
#include "infrastructure/workloads/workloads.h"

#define SET "apps/v1/ReplicaSet"
#define HASH_LABEL "pod-template-hash"
#define REVISION "deployment.kubernetes.io/revision"
#define DESIRED "deployment.kubernetes.io/desired-replicas"
#define MAXIMUM "deployment.kubernetes.io/max-replicas"
#define LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"

static int64_t
annotation_int(const pv_val *object, const char *key, int64_t otherwise)
{
	int64_t n;
	pv_str text = pv_strv(pv_get(pv_at(object, "metadata.annotations"), key));
	return pv_parse_int(text, &n) ? n : otherwise;
}

static int
by_age(const void *a, const void *b)
{
	const struct rs *x = a, *y = b;
	if (x->created != y->created)
		return x->created < y->created ? -1 : 1;
	return pv_str_cmp(pv_str_of(meta_name(x->object)), pv_str_of(meta_name(y->object)));
}

static bool
same_template(pv_ctx *cx, const pv_val *d, const pv_val *rs)
{
	const pv_val *labels = pv_at(rs, "spec.template.metadata.labels");
	pv_val bare = pv_without(cx->arena, labels, HASH_LABEL);
	pv_val tmpl = pv_with_at(cx->arena, pv_at(rs, "spec.template"), "metadata.labels", bare);
	return pv_eq(&tmpl, pv_at(d, "spec.template"));
}

static void
gather(pv_ctx *cx, pv_plan *plan, const pv_val *d, struct rollout *r)
{
	const struct adoption how = {SET, "replicasets-without-owner", pv_at(d, "spec.selector"), NULL};
	pv_vec sets, all;
	adopt(cx, plan, d, &how, &sets);
	pv_vec_init(&all, cx->arena, sizeof(struct rs));
	for (size_t i = 0; i < sets.len; i++) {
		const pv_val *object = *PV_AT(const pv_val *, &sets, i);
		struct rs *rs;
		if (is_deleting(object))
			continue;
		rs = pv_vec_add(&all);
		rs->object = object;
		rs->have = rs->want = replicas_of(object, 1);
		rs->available = pv_i64_at(object, "status.availableReplicas", 0);
		rs->created = created_at(object);
		rs->revision = annotation_int(object, REVISION, 0);
		rs->max_before = annotation_int(object, MAXIMUM, 0);
	}
	pv_vec_sort(&all, by_age);
	r->all = all.data;
	r->n = all.len;
	for (size_t i = 0; i < r->n && !r->newest; i++)
		if (same_template(cx, d, r->all[i].object))
			r->newest = &r->all[i];
}

static int64_t
highest_revision(const struct rollout *r, const struct rs *but)
{
	int64_t highest = 0;

	for (size_t i = 0; i < r->n; i++)
		if (&r->all[i] != but && r->all[i].revision > highest)
			highest = r->all[i].revision;
	return highest;
}

/* The annotations of `from`, without those that are its own business, and the marks: the newest
 * set follows its Deployment, an old one says for ever what was said of it (the cause of a change). */
static pv_val
annotations_for(pv_ctx *cx, const pv_val *from, const struct rollout *r, int64_t revision)
{
	const pv_val *own = pv_at(from, "metadata.annotations");
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_member_count(own); i++) {
		const char *key = pv_text(&own->members[i].key, "");
		if (!pv_streq(key, LAST_APPLIED) && !pv_starts_with(key, "deployment.kubernetes.io/") &&
		    !pv_starts_with(key, "argocd.argoproj.io/"))
			pv_objb_putv(&b, own->members[i].key, own->members[i].val);
	}
	pv_objb_put(&b, REVISION, pv_stringf(cx->arena, "%lld", (long long)revision));
	pv_objb_put(&b, DESIRED, pv_stringf(cx->arena, "%lld", (long long)r->replicas));
	pv_objb_put(&b, MAXIMUM, pv_stringf(cx->arena, "%lld", (long long)(r->replicas + r->max_surge)));
	return pv_objb_end(&b);
}

/* A hash whose name no other ReplicaSet has. */
static char *
free_hash(pv_ctx *cx, pv_plan *plan, const pv_val *d, struct rollout *r)
{
	for (;; r->collisions++) {
		char *hash = template_hash(cx->arena, pv_at(d, "spec.template"), r->collisions);
		const char *name = pv_printf(cx->arena, "%s-%s", meta_name(d), hash);

		if (!pv_plan_find(cx, plan, SET, meta_ns(d), name))
			return hash;
	}
}

static void
create_newest(pv_ctx *cx, pv_plan *plan, const pv_val *d, struct rollout *r)
{
	const pv_val *tmpl = pv_at(d, "spec.template");
	char *hash = free_hash(cx, plan, d, r);
	char *name = pv_printf(cx->arena, "%s-%s", meta_name(d), hash);
	int64_t size = rollout_first_size(r);
	pv_val mark = pv_string(cx->arena, hash),
	       labels = pv_with(cx->arena, pv_at(tmpl, "metadata.labels"), HASH_LABEL, mark);
	pv_objb meta, spec, b;
	pv_objb_init(&meta, cx->arena);
	pv_objb_puts(&meta, "name", name);
	pv_objb_puts(&meta, "namespace", meta_ns(d));
	pv_objb_put(&meta, "labels", labels);
	pv_objb_put(&meta, "annotations", annotations_for(cx, d, r, highest_revision(r, NULL) + 1));
	pv_objb_init(&spec, cx->arena);
	pv_objb_put(&spec, "replicas", pv_int(size));
	pv_objb_put(&spec, "minReadySeconds", pv_int(pv_i64_at(d, "spec.minReadySeconds", 0)));
	pv_objb_put(&spec, "selector",
		    pv_with_at(cx->arena, pv_at(d, "spec.selector"), "matchLabels." HASH_LABEL, mark));
	pv_objb_put(&spec, "template", pv_with_at(cx->arena, tmpl, "metadata.labels", labels));
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", "apps/v1");
	pv_objb_puts(&b, "kind", "ReplicaSet");
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	pv_objb_put(&b, "spec", pv_objb_end(&spec));
	pv_plan_create(cx, plan, pv_box(cx->arena, pv_objb_end(&b)));
	if (size)
		pv_plan_event(cx, plan, "Normal", "ScalingReplicaSet",
			      "Scaled up replica set %s from 0 to %lld", name, (long long)size);
	pv_plan_reason(cx, plan, "new template: replica set %s", name);
	r->created = name;
}

static bool
lacks(const pv_val *object, const pv_val *annotations)
{
	for (size_t i = 0; i < pv_member_count(annotations); i++) {
		const pv_member *m = &annotations->members[i];
		const pv_val *have = pv_getv(pv_at(object, "metadata.annotations"), &m->key);

		if (!have || !pv_eq(have, &m->val))
			return true;
	}
	return false;
}

/* Brings a ReplicaSet to its size and marks; the newest follows its Deployment in all. */
static void
write_set(pv_ctx *cx, pv_plan *plan, const pv_val *d, const struct rollout *r, const struct rs *rs)
{
	bool newest = rs == r->newest;
	int64_t min_ready = pv_i64_at(d, "spec.minReadySeconds", 0);
	pv_val annotations = annotations_for(cx, newest ? d : rs->object, r, rs->revision);
	pv_objb spec, b;

	pv_objb_init(&spec, cx->arena);
	if (rs->want != rs->have)
		pv_objb_put(&spec, "replicas", pv_int(rs->want));
	if (newest && pv_i64_at(rs->object, "spec.minReadySeconds", 0) != min_ready)
		pv_objb_put(&spec, "minReadySeconds", pv_int(min_ready));
	if (spec.len == 0 && (!(newest || rs->want > 0) || !lacks(rs->object, &annotations)))
		return;
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "metadata", object1(cx->arena, "annotations", annotations));
	if (spec.len > 0)
		pv_objb_put(&b, "spec", pv_objb_end(&spec));
	pv_plan_patch(cx, plan, rs->object, "", pv_objb_end(&b));
	if (rs->want == rs->have)
		return;
	pv_plan_event(cx, plan, "Normal", "ScalingReplicaSet", "Scaled %s replica set %s from %lld to %lld",
		      rs->want > rs->have ? "up" : "down", meta_name(rs->object), (long long)rs->have,
		      (long long)rs->want);
	pv_plan_reason(cx, plan, "replica set %s %lld -> %lld", meta_name(rs->object), (long long)rs->have,
		       (long long)rs->want);
}

/* An old template that is wanted again (rollback) becomes the highest revision. */
static void
raise_revision(pv_ctx *cx, pv_plan *plan, const pv_val *d, struct rollout *r)
{
	int64_t own = highest_revision(r, r->newest) + 1;
	pv_val mark;

	if (r->newest && r->newest->revision > own)
		own = r->newest->revision;
	if (r->newest)
		r->newest->revision = own;
	if (annotation_int(d, REVISION, 0) == own)
		return;
	mark = object1(cx->arena, REVISION, pv_stringf(cx->arena, "%lld", (long long)own));
	/* With the status, for it is no new generation. */
	pv_plan_patch(cx, plan, d, "status", object2(cx->arena, "metadata", "annotations", mark));
}

static bool
replicas_changed(const struct rollout *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->all[i].have > 0 &&
		    annotation_int(r->all[i].object, DESIRED, r->replicas) != r->replicas)
			return true;
	return false;
}

/* Recreate waits until they are gone, not only told to go. */
static bool
old_pods_running(pv_ctx *cx, pv_plan *plan, const pv_val *d, const struct rollout *r)
{
	for (size_t i = 0; r->recreate && i < r->n; i++) {
		const pv_val *set = r->all[i].object, *labels = pv_at(set, "spec.selector.matchLabels");
		pv_vec pods;

		if (&r->all[i] == r->newest || !pv_count(labels))
			continue;
		pods_labelled(cx, plan, meta_ns(d), labels, &pods);
		for (size_t k = 0; k < pods.len; k++) {
			const pv_val *pod = *PV_AT(const pv_val *, &pods, k);

			if (pv_owned_by(pod, set) && !pod_ended(pod))
				return true;
		}
	}
	return false;
}

static int
by_revision(const void *a, const void *b)
{
	const struct rs *x = *(const struct rs *const *)a, *y = *(const struct rs *const *)b;

	return x->revision < y->revision ? -1 : x->revision > y->revision;
}

/* The oldest revisions beyond the history's limit go. */
static void
clean_up(pv_ctx *cx, pv_plan *plan, const pv_val *d, const struct rollout *r)
{
	int64_t limit = pv_i64_at(d, "spec.revisionHistoryLimit", 10);
	pv_vec empty;

	pv_vec_init(&empty, cx->arena, sizeof(const struct rs *));
	for (size_t i = 0; i < r->n; i++) {
		const struct rs *rs = &r->all[i];

		if (rs != r->newest && rs->have == 0 && pv_i64_at(rs->object, "status.replicas", 0) == 0)
			pv_vec_push(&empty, &rs);
	}
	pv_vec_sort(&empty, by_revision);
	for (size_t i = 0; (int64_t)(empty.len - i) > limit; i++)
		pv_plan_delete(cx, plan, (*PV_AT(const struct rs *, &empty, i))->object, NULL);
}

static void
roll_out(pv_ctx *cx, pv_plan *plan, const pv_val *d, struct rollout *r)
{
	bool old_ones = old_pods_running(cx, plan, d, r);

	raise_revision(cx, plan, d, r);
	if (!r->newest && !(r->recreate && (old_ones || rollout_total(r) > 0)))
		create_newest(cx, plan, d, r);
	rollout_step(r, old_ones);
}

/* The first line of `pave why`; why Pods do not run, their causes say. */
static void
sum_up(pv_ctx *cx, pv_plan *plan, const pv_val *d, const struct rollout *r)
{
	const char *progress =
		pv_text_at(pv_condition_find(pv_at(d, "status.conditions"), "Progressing"), "reason", "");
	const char *revision = pv_text(pv_get(pv_at(d, "metadata.annotations"), REVISION), NULL);
	long long wanted = (long long)r->replicas, ready = 0;
	for (size_t i = 0; i < r->n; i++)
		if (&r->all[i] == r->newest)
			ready = (long long)r->all[i].available;
	if (pv_truth_at(d, "spec.paused", false))
		pv_plan_summary(cx, plan,
				"paused (spec.paused): %lld of %lld Pods of the newest template run", ready,
				wanted);
	else if (ready >= wanted && r->reported <= wanted)
		pv_plan_summary(cx, plan, "rolled out: %lld of %lld Pods run%s%s", ready, wanted,
				revision ? ", revision " : "", revision ? revision : "");
	else if (pv_streq(progress, "ProgressDeadlineExceeded"))
		pv_plan_summary(cx, plan,
				"stuck: %lld of %lld Pods of the newest template run, and none more came "
				"within %llds",
				ready, wanted, (long long)pv_i64_at(d, "spec.progressDeadlineSeconds", 600));
	else if (pv_streq(progress, "NewReplicaSetAvailable"))
		pv_plan_summary(cx, plan, "rolled out before, now %lld of %lld Pods run", ready, wanted);
	else
		pv_plan_summary(cx, plan, "rolling out: %lld of %lld Pods of the newest template run", ready,
				wanted);
}

static int
reconcile(pv_ctx *cx, const pv_val *d, pv_plan *plan)
{
	struct rollout r = {.newest = NULL};
	bool paused = pv_truth_at(d, "spec.paused", false), complete;
	rollout_limits(d, &r);
	gather(cx, plan, d, &r);
	if (is_deleting(d)) {
		pv_plan_status(cx, plan, deployment_status(cx, plan, d, &r, &complete));
		return 0;
	}
	if (paused || replicas_changed(&r))
		rollout_scale(cx, &r);
	else
		roll_out(cx, plan, d, &r);
	sum_up(cx, plan, d, &r);
	for (size_t i = 0; i < r.n; i++)
		write_set(cx, plan, d, &r, &r.all[i]);
	pv_plan_status(cx, plan, deployment_status(cx, plan, d, &r, &complete));
	if (complete || paused)
		clean_up(cx, plan, d, &r);
	return 0;
}

const pv_controller deployment_controller = {
	.name = "deployment",
	.component = "deployment-controller",
	.kind = "apps/v1/Deployment",
	.reconcile = reconcile,
	.edits = workload_edits,
};
