/* Disruption: how many of a PodDisruptionBudget's Pods may be evicted now; core/api spends it.
 * Rules and words: k8s.io/kubernetes/pkg/controller/disruption. */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "infrastructure/workloads/pods.h"
#include "infrastructure/workloads/workloads.h"
#include "lang/diff/diff.h"

#define EVICTED_WITHIN (120 * PV_SEC) /* else the eviction is taken for failed */

struct budget {
	const pv_val *pdb;
	pv_plan *plan;
	pv_vec pods, unmanaged; /* const pv_val *; const char * */
	int64_t expected, desired, healthy, allowed;
	pv_val disrupted; /* name -> when, of the evictions under way */
};

/* ---- which Pods ---- */

static int
find_pods(pv_ctx *cx, struct budget *b)
{
	const pv_val *selector = pv_at(b->pdb, "spec.selector"), *labels = pv_get(selector, "matchLabels");
	pv_selector *sel;
	pv_vec all;
	int r = pv_selector_from(cx, selector, &sel);

	pv_vec_init(&b->pods, cx->arena, sizeof(const pv_val *));
	if (r < 0 || !selector)
		return r;
	if (pv_count(labels))
		pods_labelled(cx, b->plan, meta_ns(b->pdb), labels, &all);
	else
		pv_plan_list(cx, b->plan, "v1/Pod", meta_ns(b->pdb), NULL, &all);
	for (size_t i = 0; i < all.len; i++) {
		const pv_val *pod = *PV_AT(const pv_val *, &all, i);

		if (pv_selector_match(sel, pv_at(pod, "metadata.labels")))
			pv_vec_push(&b->pods, &pod);
	}
	return 0;
}

/* ---- how many there shall be ---- */

static const pv_val *
controller_of(const pv_val *object)
{
	const pv_val *refs = pv_at(object, "metadata.ownerReferences");

	for (size_t i = 0; i < pv_count(refs); i++)
		if (pv_truth_at(pv_item(refs, i), "controller", false))
			return pv_item(refs, i);
	return NULL;
}

/* The object that a reference means; NULL if it is gone. */
static const pv_val *
owner_at(pv_ctx *cx, struct budget *b, const pv_val *ref)
{
	const char *kind =
		pv_printf(cx->arena, "%s/%s", pv_text_at(ref, "apiVersion", ""), pv_text_at(ref, "kind", ""));
	const pv_val *owner = pv_plan_find(cx, b->plan, kind, meta_ns(b->pdb), pv_text_at(ref, "name", ""));

	return pv_streq(pv_text_at(owner, "metadata.uid", ""), pv_text_at(ref, "uid", "")) ? owner : NULL;
}

static const pv_val *
version_of(const pv_val *crd, const char *version)
{
	const pv_val *list = pv_at(crd, "spec.versions");

	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), "name", ""), version))
			return pv_item(list, i);
	return NULL;
}

/* Where a custom kind's objects say how many they want; -PV_E* if they do not. */
static int
custom_path(pv_ctx *cx, struct budget *b, const pv_val *ref, const char **ret)
{
	const char *version = pv_text_at(ref, "apiVersion", ""), *slash = strchr(version, '/');
	const char *group = pv_strndup(cx->arena, version, slash ? (size_t)(slash - version) : 0);
	const char *kind = pv_text_at(ref, "kind", ""), *path, *plural = NULL;
	pv_vec crds;

	pv_plan_list(cx, b->plan, "apiextensions.k8s.io/v1/CustomResourceDefinition", NULL, NULL, &crds);
	for (size_t i = 0; i < crds.len; i++) {
		const pv_val *crd = *PV_AT(const pv_val *, &crds, i);

		if (!pv_streq(pv_text_at(crd, "spec.group", ""), group) ||
		    !pv_streq(pv_text_at(crd, "spec.names.kind", ""), kind))
			continue;
		plural = meta_name(crd);
		path = pv_text_at(version_of(crd, slash ? slash + 1 : version),
				  "subresources.scale.specReplicasPath", "");
		*ret = path + (*path == '.');
		if (*path)
			return 0;
	}
	if (!plural)
		plural = pv_printf(cx->arena, "%ss%s%s", pv_str_lower(cx->arena, kind), slash ? "." : "",
				   group);
	return pv_fail(cx, PV_EINVALID, "%s does not implement the scale subresource", plural);
}

/* *ret_owner NULL: it is gone, and counts for nothing. */
static int
scale_of(pv_ctx *cx, struct budget *b, const pv_val *ref, const pv_val **ret_owner, int64_t *ret)
{
	static const char *const known[] = {"v1/ReplicationController", "apps/v1/ReplicaSet",
					    "apps/v1/Deployment", "apps/v1/StatefulSet"};
	const char *kind = pv_printf(cx->arena, "%s/%s", pv_text_at(ref, "apiVersion", ""),
				     pv_text_at(ref, "kind", "")),
		   *path = NULL;
	const pv_val *owner, *above;
	int r = 0;

	for (size_t i = 0; i < PV_LEN(known) && !path; i++)
		path = pv_streq(known[i], kind) ? "spec.replicas" : NULL;
	if (!path)
		r = custom_path(cx, b, ref, &path);
	if (r < 0)
		return r;
	owner = owner_at(cx, b, ref);
	above = pv_streq(kind, "apps/v1/ReplicaSet") ? controller_of(owner) : NULL;
	if (pv_streq(pv_text_at(above, "kind", ""), "Deployment"))
		owner = owner_at(cx, b, above);
	*ret_owner = owner;
	*ret = owner ? pv_i64_at(owner, path, 0) : 0;
	return 0;
}

static bool
is_among(const pv_vec *list, const pv_val *one)
{
	for (size_t i = 0; i < list->len; i++)
		if (pv_streq(pv_text_at(*PV_AT(const pv_val *, list, i), "metadata.uid", ""),
			     pv_text_at(one, "metadata.uid", "")))
			return true;
	return false;
}

/* The sum of what the controllers of the Pods want, each once. */
static int
expected_scale(pv_ctx *cx, struct budget *b)
{
	pv_vec owners;

	pv_vec_init(&owners, cx->arena, sizeof(const pv_val *));
	for (size_t i = 0; i < b->pods.len; i++) {
		const pv_val *pod = *PV_AT(const pv_val *, &b->pods, i), *ref = controller_of(pod), *owner;
		const char *name = meta_name(pod);
		int64_t scale = 0;
		int r;

		if (!ref) {
			pv_vec_push(&b->unmanaged, &name);
			continue;
		}
		r = scale_of(cx, b, ref, &owner, &scale);
		if (r < 0)
			return r;
		if (!owner || is_among(&owners, owner))
			continue;
		pv_vec_push(&owners, &owner);
		b->expected += scale;
	}
	return 0;
}

static int64_t
at_least_0(int64_t n)
{
	return n > 0 ? n : 0;
}

static int
count_wanted(pv_ctx *cx, struct budget *b)
{
	const pv_val *max = pv_at(b->pdb, "spec.maxUnavailable"), *min = pv_at(b->pdb, "spec.minAvailable");
	int r = 0;

	if (!max && pv_is(min, PV_NUMBER)) {
		b->expected = (int64_t)b->pods.len;
		b->desired = pv_i64(min, 0);
		return 0;
	}
	if (max || min)
		r = expected_scale(cx, b);
	if (max)
		b->desired = at_least_0(b->expected - scaled(max, b->expected, true, 0));
	else if (min)
		b->desired = scaled(min, b->expected, true, 0);
	return r;
}

/* ---- how many there are ---- */

/* Evicted Pods do not count, until they are gone or the eviction has come to nothing. */
static void
count_healthy(pv_ctx *cx, struct budget *b)
{
	const pv_val *had = pv_at(b->pdb, "status.disruptedPods");
	int64_t now = pv_plan_now(b->plan);
	bool wait = false;
	pv_objb left;

	pv_objb_init(&left, cx->arena);
	for (size_t i = 0; i < b->pods.len; i++) {
		const pv_val *pod = *PV_AT(const pv_val *, &b->pods, i), *when = pv_get(had, meta_name(pod));
		int64_t at;

		if (is_deleting(pod))
			continue;
		if (!when || !pv_time_parse(pv_strv(when), &at)) {
			b->healthy += pod_ready(pod);
		} else if (at + EVICTED_WITHIN < now) {
			b->healthy += pod_ready(pod);
			pv_plan_event(cx, b->plan, "Warning", "NotDeleted",
				      "Pod %s/%s was expected by PDB %s/%s to be deleted but it wasn't",
				      meta_ns(pod), meta_name(pod), meta_ns(b->pdb), meta_name(b->pdb));
		} else { /* a time to come is of a clock that was set back since */
			pv_objb_put(&left, meta_name(pod),
				    at > now ? pv_string_ref(pv_time_format(cx->arena, now)) : *when);
			wait = true;
		}
	}
	b->disrupted = pv_objb_end(&left);
	if (wait)
		pv_plan_requeue(b->plan, EVICTED_WITHIN + PV_SEC);
	b->allowed = b->expected > 0 ? at_least_0(b->healthy - b->desired) : 0;
}

/* ---- what is said of it ---- */

static pv_val
conditions(pv_ctx *cx, const struct budget *b, const char *failure)
{
	const char *reason = failure ? "SyncFailed" : b->allowed ? "SufficientPods" : "InsufficientPods";
	const pv_val *generation = pv_at(b->pdb, "metadata.generation");
	pv_val list = pv_condition_set(cx, pv_at(b->pdb, "status.conditions"), "DisruptionAllowed",
				       b->allowed ? "True" : "False", reason, failure ? failure : "",
				       pv_plan_now(b->plan));
	pv_listb out;

	pv_listb_init(&out, cx->arena);
	for (size_t i = 0; i < pv_count(&list); i++) {
		const pv_val *c = pv_item(&list, i);
		bool ours = generation && pv_streq(pv_text_at(c, "type", ""), "DisruptionAllowed");

		pv_listb_add(&out, ours ? pv_with(cx->arena, c, "observedGeneration", *generation) : *c);
	}
	return pv_listb_end(&out);
}

/* Written only over the version that was read: an eviction in between must not be forgotten. */
static bool
write_status(pv_ctx *cx, struct budget *b, pv_val status)
{
	const pv_val *old = pv_get(b->pdb, "status"), *rev = pv_at(b->pdb, "metadata.resourceVersion");
	pv_val none = pv_object_of(cx->arena, NULL, 0, NULL, NULL), patch;

	if (pv_eq(old, &status))
		return false;
	patch = object1(cx->arena, "status", pv_diff_merge(cx->arena, old ? old : &none, &status));
	if (rev)
		patch = pv_with(cx->arena, &patch, "metadata", object1(cx->arena, "resourceVersion", *rev));
	pv_plan_patch(cx, b->plan, b->pdb, "status", patch);
	return true;
}

static pv_val
status_of(pv_ctx *cx, const struct budget *b)
{
	const pv_val *generation = pv_at(b->pdb, "metadata.generation");
	pv_objb o;

	pv_objb_init(&o, cx->arena);
	if (generation)
		pv_objb_put(&o, "observedGeneration", *generation);
	if (pv_count(&b->disrupted))
		pv_objb_put(&o, "disruptedPods", b->disrupted);
	pv_objb_put(&o, "disruptionsAllowed", pv_int(b->allowed));
	pv_objb_put(&o, "currentHealthy", pv_int(b->healthy));
	pv_objb_put(&o, "desiredHealthy", pv_int(b->desired));
	pv_objb_put(&o, "expectedPods", pv_int(b->expected));
	pv_objb_put(&o, "conditions", conditions(cx, b, NULL));
	return pv_objb_end(&o);
}

/* Nobody knows how many there shall be: nothing may be evicted. */
static int
fail_safe(pv_ctx *cx, struct budget *b)
{
	const pv_val *old = pv_get(b->pdb, "status");
	const char *why = pv_strdup(cx->arena, pv_error_text(cx));
	pv_val status = pv_object_of(cx->arena, NULL, 0, NULL, NULL);

	(void)pv_recover(cx);
	b->allowed = 0;
	status = pv_with(cx->arena, old ? old : &status, "disruptionsAllowed", pv_int(0));
	if (pv_at(b->pdb, "metadata.generation"))
		status = pv_with(cx->arena, &status, "observedGeneration",
				 *pv_at(b->pdb, "metadata.generation"));
	status = pv_with(cx->arena, &status, "conditions", conditions(cx, b, why));
	if (write_status(cx, b, status))
		pv_plan_event(cx, b->plan, "Warning", "CalculateExpectedPodCountFailed",
			      "Failed to calculate the number of expected pods: %s", why);
	pv_plan_reason(cx, b->plan, "no Pod may be evicted: %s", why);
	return 0;
}

static void
say(pv_ctx *cx, struct budget *b)
{
	if (b->pods.len == 0)
		pv_plan_event(cx, b->plan, "Normal", "NoPods", "No matching pods found");
	if (b->unmanaged.len)
		pv_plan_event(cx, b->plan, "Warning", "UnmanagedPods",
			      "Pods selected by this PodDisruptionBudget were found to be unmanaged. As a "
			      "result, the status of the PDB cannot be calculated correctly, which may "
			      "result in undefined behavior. To account for these pods please set "
			      "\".spec.minAvailable\" field of the PDB to an integer value.");
}

static int
reconcile(pv_ctx *cx, const pv_val *pdb, pv_plan *plan)
{
	struct budget b = {.pdb = pdb, .plan = plan};
	int r;

	if (is_deleting(pdb))
		return 0;
	pv_vec_init(&b.unmanaged, cx->arena, sizeof(const char *));
	r = find_pods(cx, &b);
	if (r == 0)
		r = count_wanted(cx, &b);
	if (r < 0)
		return fail_safe(cx, &b);
	count_healthy(cx, &b);
	if (write_status(cx, &b, status_of(cx, &b)))
		say(cx, &b);
	pv_plan_reason(cx, plan, "%lld of %lld Pods are healthy, %lld needed: %lld may be evicted",
		       (long long)b.healthy, (long long)b.expected, (long long)b.desired,
		       (long long)b.allowed);
	return 0;
}

const pv_controller disruption_controller = {
	.name = "disruption",
	.component = "controllermanager",
	.kind = "policy/v1/PodDisruptionBudget",
	.reconcile = reconcile,
};
