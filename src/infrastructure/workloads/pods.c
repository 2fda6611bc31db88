/* pods: the state of Pods as the workload controllers read it.
 * Rules: k8s.io/kubernetes/pkg/controller (ActivePods ordering), pkg/api/v1/pod. */
#include "infrastructure/workloads/pods.h"

#include "base/str.h"
#include "base/time.h"
#include "infrastructure/workloads/adopt.h"
#include "lang/json/json.h"

#define DELETION_COST "controller.kubernetes.io/pod-deletion-cost"

const char *
meta_name(const pv_val *object)
{
	return pv_text_at(object, "metadata.name", "");
}

const char *
meta_ns(const pv_val *object)
{
	return pv_text_at(object, "metadata.namespace", "");
}

bool
is_deleting(const pv_val *object)
{
	return pv_at(object, "metadata.deletionTimestamp") != NULL;
}

int64_t
created_at(const pv_val *object)
{
	return pv_time_at(object, "metadata.creationTimestamp");
}

int64_t
replicas_of(const pv_val *object, int64_t otherwise)
{
	return pv_i64_at(object, "spec.replicas", otherwise);
}

bool
pod_ended(const pv_val *pod)
{
	const char *phase = pv_text_at(pod, "status.phase", "");
	return pv_streq(phase, "Succeeded") || pv_streq(phase, "Failed");
}

bool
pod_active(const pv_val *pod)
{
	return !is_deleting(pod) && !pod_ended(pod);
}

bool
pod_ready(const pv_val *pod)
{
	const pv_val *ready = pv_condition_find(pv_at(pod, "status.conditions"), "Ready");
	return pv_streq(pv_text_at(ready, "status", ""), "True");
}

bool
pod_available(const pv_val *pod, int64_t min_ready, int64_t now, int64_t *ret_wait)
{
	const pv_val *ready = pv_condition_find(pv_at(pod, "status.conditions"), "Ready");
	int64_t wait;
	if (!pod_ready(pod))
		return false;
	wait = pv_time_at(ready, "lastTransitionTime") + pv_seconds(min_ready) - now;
	if (min_ready == 0 || wait <= 0 || wait > pv_seconds(min_ready))
		return true; /* ready since a time to come: since before the clock was set back */
	if (*ret_wait == 0 || wait < *ret_wait)
		*ret_wait = wait;
	return false;
}

pv_val
object1(pv_arena *arena, const char *key, pv_val v)
{
	pv_objb b;
	pv_objb_init(&b, arena);
	pv_objb_put(&b, key, v);
	return pv_objb_end(&b);
}

pv_val
object2(pv_arena *arena, const char *outer, const char *inner, pv_val v)
{
	return object1(arena, outer, object1(arena, inner, v));
}

static pv_val
merged(pv_arena *arena, const pv_val *a, const pv_val *b)
{
	pv_objb o;
	pv_objb_from(&o, arena, a);
	for (size_t i = 0; i < pv_member_count(b); i++)
		pv_objb_putv(&o, b->members[i].key, b->members[i].val);
	return pv_objb_end(&o);
}

pv_val
pod_of_template(pv_ctx *cx, const pv_val *owner, const pv_val *tmpl, const char *name, const char *prefix,
		const pv_val *extra_labels)
{
	const pv_val *finalizers = pv_at(tmpl, "metadata.finalizers"),
		     *annotations = pv_at(tmpl, "metadata.annotations");
	pv_objb meta, b;
	pv_objb_init(&meta, cx->arena);
	pv_objb_puts(&meta, "name", name);
	if (!name)
		pv_objb_puts(&meta, "generateName", prefix);
	pv_objb_puts(&meta, "namespace", meta_ns(owner));
	pv_objb_put(&meta, "labels", merged(cx->arena, pv_at(tmpl, "metadata.labels"), extra_labels));
	if (annotations)
		pv_objb_put(&meta, "annotations", *annotations);
	if (finalizers)
		pv_objb_put(&meta, "finalizers", *finalizers);
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", "v1");
	pv_objb_puts(&b, "kind", "Pod");
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	pv_objb_put(&b, "spec", *pv_get(tmpl, "spec"));
	return pv_objb_end(&b);
}

static char *
label_key(pv_arena *arena, const char *ns, const pv_member *label)
{
	return pv_printf(arena, "%s %s=%s", ns, pv_text(&label->key, ""), pv_text(&label->val, ""));
}

static bool
still_works(pv_ctx *cx PV_UNUSED, const pv_val *owner PV_UNUSED, const pv_val *pod)
{
	return pod_active(pod);
}

void
pods_of(pv_ctx *cx, pv_plan *plan, const pv_val *owner, const pv_val *selector, pv_vec *ret)
{
	const struct adoption how = {"v1/Pod", "pods-without-owner", selector, still_works};

	adopt(cx, plan, owner, &how, ret);
}

bool
pod_has_labels(const pv_val *pod, const pv_val *labels)
{
	for (size_t i = 0; i < pv_member_count(labels); i++) {
		const pv_val *have = pv_getv(pv_at(pod, "metadata.labels"), &labels->members[i].key);
		if (!have || !pv_eq(have, &labels->members[i].val))
			return false;
	}
	return true;
}

void
pods_labelled(pv_ctx *cx, pv_plan *plan, const char *ns, const pv_val *labels, pv_vec *ret)
{
	pv_vec found;
	pv_vec_init(ret, cx->arena, sizeof(const pv_val *));
	pv_plan_indexed(cx, plan, "pods-by-label", label_key(cx->arena, ns, &labels->members[0]), &found);
	for (size_t i = 0; i < found.len; i++) {
		const pv_val *pod = *PV_AT(const pv_val *, &found, i);
		if (pod_has_labels(pod, labels))
			pv_vec_push(ret, &pod);
	}
}

/* ---- indexes: so that a Pod's change runs its own workload and Service, not all of them ---- */

static void
label_keys(pv_ctx *cx, const pv_val *pod, pv_vec *ret)
{
	const pv_val *labels = pv_at(pod, "metadata.labels");
	for (size_t i = 0; i < pv_member_count(labels); i++) {
		const char *key = label_key(cx->arena, meta_ns(pod), &labels->members[i]);
		pv_vec_push(ret, &key);
	}
}

const char *
pod_told(pv_ctx *cx, const pv_val *owner PV_UNUSED, const pv_val *other, bool deleted)
{
	if (!pv_streq(pv_text_at(other, "kind", ""), "Pod"))
		return NULL;
	return pv_printf(cx->arena, "%s pod: %s", deleted ? "Deleted" : "Created", meta_name(other));
}

const pv_index_row pod_indexes[] = {
	{"pods-without-owner", "v1/Pod", NULL, adopt_orphan_keys},
	{"replicasets-without-owner", "apps/v1/ReplicaSet", NULL, adopt_orphan_keys},
	{"pods-by-label", "v1/Pod", NULL, label_keys},
	{0},
};

/* ---- which Pods are missed least ---- */

struct worth {
	const pv_val *pod;
	int64_t phase, ready, cost, since, restarts, created;
};

static struct worth
worth_of(const pv_val *pod)
{
	const pv_val *ready = pv_condition_find(pv_at(pod, "status.conditions"), "Ready");
	const pv_val *containers = pv_at(pod, "status.containerStatuses");
	const char *phase = pv_text_at(pod, "status.phase", "Pending");
	struct worth w = {.pod = pod, .ready = pod_ready(pod), .created = created_at(pod)};
	int64_t cost;

	if (*pv_text_at(pod, "spec.nodeName", ""))
		w.phase = pv_streq(phase, "Pending") ? 1 : 2;
	if (pv_parse_int(pv_strv(pv_get(pv_at(pod, "metadata.annotations"), DELETION_COST)), &cost))
		w.cost = cost;
	if (w.ready)
		w.since = pv_time_at(ready, "lastTransitionTime");
	for (size_t i = 0; i < pv_count(containers); i++)
		w.restarts += pv_i64_at(pv_item(containers, i), "restartCount", 0);
	return w;
}

/* The order of a ReplicaSet's scaling down (ActivePodsWithRanks), of one node. */
static int
by_worth(const void *a, const void *b)
{
	const struct worth *x = a, *y = b;
	const int64_t order[][2] = {
		{x->phase, y->phase}, {x->ready, y->ready},       {x->cost, y->cost},
		{y->since, x->since}, {y->restarts, x->restarts}, {y->created, x->created},
	};

	for (size_t i = 0; i < PV_LEN(order); i++)
		if (order[i][0] != order[i][1])
			return order[i][0] < order[i][1] ? -1 : 1;
	return pv_str_cmp(pv_str_of(meta_name(x->pod)), pv_str_of(meta_name(y->pod)));
}

void
pods_by_worth(pv_ctx *cx, pv_vec *pods)
{
	pv_vec all;

	pv_vec_init(&all, cx->arena, sizeof(struct worth));
	for (size_t i = 0; i < pods->len; i++) {
		struct worth w = worth_of(*PV_AT(const pv_val *, pods, i));

		pv_vec_push(&all, &w);
	}
	pv_vec_sort(&all, by_worth);
	for (size_t i = 0; i < pods->len; i++)
		*PV_AT(const pv_val *, pods, i) = PV_AT(struct worth, &all, i)->pod;
}

int64_t
scaled(const pv_val *v, int64_t total, bool up, int64_t otherwise)
{
	pv_str text = pv_strv(v);
	int64_t n;
	if (pv_is(v, PV_NUMBER))
		return pv_i64(v, otherwise);
	if (!text.len || text.s[text.len - 1] != '%' || !pv_parse_int((pv_str){text.s, text.len - 1}, &n))
		return otherwise;
	if (n > INT32_MAX) /* of a total that is an int32: no overflow, and more than all in any case */
		n = INT32_MAX;
	return up ? (n * total + 99) / 100 : n * total / 100;
}

char *
template_hash(pv_arena *arena, const pv_val *tmpl, int64_t collisions)
{
	static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
	uint32_t h = 2166136261u ^ (uint32_t)collisions; /* FNV-1a: the same in every process */
	char out[10];
	size_t n = 0;
	pv_buf b;
	pv_buf_init(&b, arena);
	pv_json_write_sorted(&b, tmpl);
	for (size_t i = 0; i < b.len; i++)
		h = (h ^ (uint8_t)b.s[i]) * 16777619u;
	do {
		out[n++] = letters[h % 27];
		h /= 27;
	} while (h > 0 && n < sizeof(out));
	return pv_strndup(arena, out, n);
}
