/* Deployment: a ReplicaSet for each template it ever had, and a rollout between them. */
#include "base/str.h"
#include "base/time.h"
#include "infrastructure/workloads/deployment_status.h"
#include "infrastructure/workloads/pods.h"
#include "infrastructure/workloads/rollout.h"
#include "infrastructure/workloads/workloads.h"

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
	pv_vec sets, all;
	pv_plan_owned(cx, plan, "apps/v1/ReplicaSet", &sets);
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
	for (size_t i = 0; i < r->n; i++) {
		int64_t revision = annotation_int(r->all[i].object, REVISION, 0);
		if (&r->all[i] != but && revision > highest)
			highest = revision;
	}
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
	for (size_t i = 0; i < pv_count(own); i++) {
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

static void
create_newest(pv_ctx *cx, pv_plan *plan, const pv_val *d, const struct rollout *r)
{
	const pv_val *tmpl = pv_at(d, "spec.template");
	char *hash = template_hash(cx->arena, tmpl, pv_i64_at(d, "status.collisionCount", 0));
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
	pv_plan_event(cx, plan, "Normal", "ScalingReplicaSet", "Scaled up replica set %s from 0 to %lld",
		      name, (long long)size);
	pv_plan_reason(cx, plan, "new template: replica set %s", name);
}

static void
resize(pv_ctx *cx, pv_plan *plan, const pv_val *d, const struct rollout *r, const struct rs *rs)
{
	pv_val annotations = annotations_for(cx, rs == r->newest ? d : rs->object, r,
					     annotation_int(rs->object, REVISION, 1));
	pv_objb b;
	if (rs->want == rs->have)
		return;
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "metadata", object1(cx->arena, "annotations", annotations));
	pv_objb_put(&b, "spec", object1(cx->arena, "replicas", pv_int(rs->want)));
	pv_plan_patch(cx, plan, rs->object, "", pv_objb_end(&b));
	pv_plan_event(cx, plan, "Normal", "ScalingReplicaSet", "Scaled %s replica set %s from %lld to %lld",
		      rs->want > rs->have ? "up" : "down", meta_name(rs->object), (long long)rs->have,
		      (long long)rs->want);
	pv_plan_reason(cx, plan, "replica set %s %lld -> %lld", meta_name(rs->object), (long long)rs->have,
		       (long long)rs->want);
}

/* Something other than the sizes, which change with the size only. */
static bool
lacks(const pv_val *object, const pv_val *annotations)
{
	for (size_t i = 0; i < pv_count(annotations); i++) {
		const pv_member *m = &annotations->members[i];
		const pv_val *have = pv_getv(pv_at(object, "metadata.annotations"), &m->key);
		bool size =
			pv_streq(pv_text(&m->key, ""), DESIRED) || pv_streq(pv_text(&m->key, ""), MAXIMUM);
		if (!size && (!have || !pv_eq(have, &m->val)))
			return true;
	}
	return false;
}

/* An old template that is wanted again (rollback) becomes the highest revision. */
static void
raise_revision(pv_ctx *cx, pv_plan *plan, const pv_val *d, const struct rollout *r)
{
	int64_t highest, own;
	pv_val annotations;
	if (r->newest) {
		highest = highest_revision(r, r->newest) + 1;
		own = annotation_int(r->newest->object, REVISION, 0);
		own = own < highest ? highest : own;
		annotations = annotations_for(cx, d, r, own);
		if (lacks(r->newest->object, &annotations))
			pv_plan_patch(cx, plan, r->newest->object, "",
				      object2(cx->arena, "metadata", "annotations", annotations));
	} else {
		own = highest_revision(r, NULL) + 1;
	}
	if (annotation_int(d, REVISION, 0) != own)
		pv_plan_patch(
			cx, plan, d, "",
			object2(cx->arena, "metadata", "annotations",
				object1(cx->arena, REVISION, pv_stringf(cx->arena, "%lld", (long long)own))));
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

static size_t
with_pods(const struct rollout *r, struct rs **ret_only)
{
	size_t n = 0;
	for (size_t i = 0; i < r->n; i++)
		if (r->all[i].have > 0) {
			*ret_only = &r->all[i];
			n++;
		}
	return n;
}

/* Scaling is not a rollout: what runs is scaled as it is. */
static void
scale(struct rollout *r)
{
	struct rs *only = NULL;
	size_t n = with_pods(r, &only);
	if (n == 1)
		only->want = r->replicas;
	else if (!r->recreate)
		rollout_share(r);
}

static bool
old_pods_running(const struct rollout *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (&r->all[i] != r->newest && pv_i64_at(r->all[i].object, "status.replicas", 0) > 0)
			return true;
	return false;
}

static void
clean_up(pv_ctx *cx, pv_plan *plan, const pv_val *d, const struct rollout *r)
{
	int64_t limit = pv_i64_at(d, "spec.revisionHistoryLimit", 10), empty = 0;
	for (size_t i = 0; i < r->n; i++)
		empty += &r->all[i] != r->newest && r->all[i].have == 0;
	for (size_t i = 0; i < r->n && empty > limit; i++) {
		const struct rs *rs = &r->all[i];
		if (rs == r->newest || rs->have > 0 || pv_i64_at(rs->object, "status.replicas", 0) > 0)
			continue;
		pv_plan_delete(cx, plan, rs->object, NULL);
		empty--;
	}
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
	if (replicas_changed(&r)) {
		scale(&r);
	} else if (!paused) {
		raise_revision(cx, plan, d, &r);
		if (!r.newest && !(r.recreate && rollout_total(&r) > 0))
			create_newest(cx, plan, d, &r);
		rollout_step(&r, old_pods_running(&r));
	}
	for (size_t i = 0; i < r.n; i++)
		resize(cx, plan, d, &r, &r.all[i]);
	pv_plan_status(cx, plan, deployment_status(cx, plan, d, &r, &complete));
	if (complete && !paused)
		clean_up(cx, plan, d, &r);
	return 0;
}

const pv_controller deployment_controller = {
	.name = "deployment",
	.kind = "apps/v1/Deployment",
	.reconcile = reconcile,
};
