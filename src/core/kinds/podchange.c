/* What of a Pod may change, and by which subresource (upstream validation.go: ValidatePodUpdate,
 * ValidatePodEphemeralContainersUpdate, ValidatePodResize). */
#include "base/map.h"
#include "core/kinds/behaviour.h"

#define NODE_TERMS "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"

/* The spec without what may change, or is judged on its own. */
static pv_val
fixed_part(pv_ctx *cx, const pv_val *spec, bool may_bind)
{
	static const char *const lists[] = {"containers", "initContainers"};
	static const char *const loose[] = {"activeDeadlineSeconds", "tolerations", "schedulingGates"};
	pv_val v = *spec;

	for (size_t i = 0; i < PV_LEN(loose); i++)
		v = pv_without(cx->arena, &v, loose[i]);
	if (may_bind)
		v = pv_without(cx->arena, &v, "nodeName");
	for (size_t i = 0; i < PV_LEN(lists); i++) {
		const pv_val *list = pv_get(&v, lists[i]);
		pv_listb b;

		if (!list)
			continue;
		pv_listb_init(&b, cx->arena);
		for (size_t k = 0; k < pv_count(list); k++)
			pv_listb_add(&b, pv_without(cx->arena, pv_item(list, k), "image"));
		v = pv_with(cx->arena, &v, lists[i], pv_listb_end(&b));
	}
	return v;
}

static void
check_new_pod(pv_faults *f, const pv_val *spec)
{
	if (pv_count(pv_get(spec, "ephemeralContainers")))
		pv_forbidden(f, "spec.ephemeralContainers", "cannot be set on create");
	if (*pv_text(pv_get(spec, "nodeName"), "") && pv_count(pv_get(spec, "schedulingGates")))
		pv_forbidden(f, "spec.nodeName", "cannot be set until all schedulingGates have been cleared");
}

static bool
is_mirror(pv_faults *f, const pv_val *old, const char *why)
{
	bool mirror = pv_get(pv_at(old, "metadata.annotations"), "kubernetes.io/config.mirror");

	if (mirror)
		pv_forbidden(f, "spec", why);
	return mirror;
}

/* ---- ephemeralcontainers: more of them come, and none changes ---- */

static void
check_debugging(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *now = pv_at(object, "spec.ephemeralContainers"),
		     *had = pv_at(old, "spec.ephemeralContainers");
	const pv_map *left = pv_list_index(f, now, "name");

	if (is_mirror(f, old, "static pods do not support ephemeral containers"))
		return;
	for (size_t i = 0; i < pv_count(had); i++) {
		const char *name = pv_text_at(pv_item(had, i), "name", "");
		const pv_val *kept = pv_map_finds(left, name);

		if (!kept || !pv_eq(kept, pv_item(had, i)))
			pv_forbidden(f, "spec.ephemeralContainers",
				     pv_printf(f->cx->arena,
					       "existing ephemeral containers \"%s\" may not be %s", name,
					       kept ? "changed" : "removed"));
	}
}

/* ---- resize: cpu and memory of containers ---- */

static bool
removed(const pv_val *now, const pv_val *had)
{
	for (size_t i = 0; i < pv_member_count(had); i++)
		if (!pv_getv(now, &had->members[i].key))
			return true;
	return false;
}

/* The container with the cpu and memory that it had. */
static pv_val
with_old_amounts(pv_ctx *cx, const pv_val *container, const pv_val *old)
{
	static const char *const amounts[] = {"cpu", "memory"}, *const lists[] = {"requests", "limits"};
	const pv_val *now = pv_get(container, "resources"), *had = pv_get(old, "resources");
	pv_val none = pv_object_of(cx->arena, NULL, 0, NULL, NULL), v = now ? *now : none;

	for (size_t i = 0; i < PV_LEN(lists); i++) {
		const pv_val *list = pv_get(now, lists[i]), *was = pv_get(had, lists[i]);
		pv_val made = list ? *list : none;

		for (size_t k = 0; k < PV_LEN(amounts); k++) {
			const pv_val *one = pv_get(was, amounts[k]);

			made = one ? pv_with(cx->arena, &made, amounts[k], *one)
				   : pv_without(cx->arena, &made, amounts[k]);
		}
		v = pv_count(&made) || was ? pv_with(cx->arena, &v, lists[i], made)
					   : pv_without(cx->arena, &v, lists[i]);
	}
	return pv_count(&v) || had ? pv_with(cx->arena, container, "resources", v)
				   : pv_without(cx->arena, container, "resources");
}

static bool
same_places(pv_faults *f, const pv_val *now, const pv_val *had, const char *list)
{
	const char *path = pv_below(f, "spec", list);
	bool same = true;

	if (pv_count(now) != pv_count(had)) {
		pv_forbidden(f, path,
			     pv_printf(f->cx->arena, "%s may not be added or removed on resize", list));
		return false;
	}
	for (size_t i = 0; i < pv_count(now); i++) {
		if (pv_eq(pv_get(pv_item(now, i), "name"), pv_get(pv_item(had, i), "name")))
			continue;
		pv_forbidden(f, pv_below(f, pv_nth(f, path, i), "name"),
			     pv_printf(f->cx->arena, "%s may not be renamed or reordered on resize", list));
		same = false;
	}
	return same;
}

static void
check_resized(pv_faults *f, const pv_val *now, const pv_val *had, const char *path, bool sidecar)
{
	static const char *const lists[] = {"requests", "limits"};
	pv_val kept = with_old_amounts(f->cx, now, had);

	for (size_t i = 0; i < PV_LEN(lists); i++)
		if (removed(pv_get(pv_get(now, "resources"), lists[i]),
			    pv_get(pv_get(had, "resources"), lists[i])))
			pv_forbidden(f, pv_printf(f->cx->arena, "%s.resources.%s", path, lists[i]),
				     pv_printf(f->cx->arena, "resource %s cannot be removed", lists[i]));
	if (!pv_eq(&kept, had))
		pv_forbidden(f, "spec",
			     sidecar ? "only cpu and memory resources for sidecar containers are mutable"
				     : "only cpu and memory resources are mutable");
}

static void
check_resized_init(pv_faults *f, const pv_val *now, const pv_val *had, const char *path)
{
	if (pv_streq(pv_text_at(had, "restartPolicy", ""), "Always"))
		check_resized(f, now, had, path, true);
	else if (!pv_eq(now, had))
		pv_forbidden(f, "spec", "resources for non-sidecar init containers are immutable");
}

static void
check_resize(pv_faults *f, const pv_val *object, const pv_val *old)
{
	static const char *const lists[] = {"initContainers", "containers"};
	const pv_val *spec = pv_get(object, "spec"), *was = pv_get(old, "spec"),
		     *class = pv_at(object, "status.qosClass");
	bool placed = true;

	if (is_mirror(f, old, "static pods cannot be resized"))
		return;
	if (pv_streq(pv_text_at(was, "os.name", ""), "windows")) {
		pv_forbidden(f, "spec", "windows pods cannot be resized");
		return;
	}
	if (!pv_streq(pv_text_at(old, "status.qosClass", pv_pod_class(f->cx, old)),
		      pv_pod_class(f->cx, object)))
		pv_fault_value(f, "spec", class, "Pod QOS Class may not change as a result of resizing");
	for (size_t l = 0; l < PV_LEN(lists); l++)
		placed &= same_places(f, pv_get(spec, lists[l]), pv_get(was, lists[l]), lists[l]);
	for (size_t l = 0; placed && l < PV_LEN(lists); l++)
		for (size_t i = 0; i < pv_count(pv_get(was, lists[l])); i++) {
			const pv_val *now = pv_item(pv_get(spec, lists[l]), i),
				     *had = pv_item(pv_get(was, lists[l]), i);
			const char *path = pv_nth(f, pv_below(f, "spec", lists[l]), i);

			if (l == 0)
				check_resized_init(f, now, had, path);
			else
				check_resized(f, now, had, path, false);
		}
}

/* ---- tolerations: more of them come, and only their patience changes ---- */

static void
check_tolerations(pv_faults *f, const pv_val *now, const pv_val *had)
{
	pv_map *seen = pv_map_new(f->cx->arena);

	for (size_t i = 0; i < pv_count(now); i++) {
		pv_val one = pv_without(f->cx->arena, pv_item(now, i), "tolerationSeconds");

		(void)pv_seen(f, seen, &one);
	}
	for (size_t i = 0; i < pv_count(had); i++) {
		pv_val one = pv_without(f->cx->arena, pv_item(had, i), "tolerationSeconds");

		if (pv_seen(f, seen, &one))
			continue;
		pv_forbidden(f, "spec.tolerations",
			     "existing toleration can not be modified except its tolerationSeconds");
		return;
	}
}

/* ---- the object itself: images, less time, fewer gates; its node is the binding's to say ---- */

static void
check_deadline(pv_faults *f, const pv_val *now, const pv_val *had)
{
	const char *path = "spec.activeDeadlineSeconds";

	if (had && !now)
		pv_fault_value(f, path, NULL, "must not update from a positive integer to nil value");
	else if (had && pv_i64(now, 0) > pv_i64(had, 0))
		pv_fault_value(f, path, now, "must be less than or equal to previous value");
}

static void
check_gates(pv_faults *f, const pv_val *now, const pv_val *had)
{
	const pv_map *known = pv_list_index(f, had, "name");

	for (size_t i = 0; i < pv_count(now); i++) {
		const char *name = pv_text_at(pv_item(now, i), "name", "");

		if (!pv_map_finds(known, name))
			pv_forbidden(f, pv_below(f, pv_nth(f, "spec.schedulingGates", i), "name"),
				     pv_printf(f->cx->arena,
					       "only deletion is allowed, but found new scheduling gate '%s'",
					       name));
	}
}

static bool
same_counts(pv_faults *f, const pv_val *spec, const pv_val *was)
{
	static const char *const lists[] = {"containers", "initContainers"};
	bool same = true;

	for (size_t i = 0; i < PV_LEN(lists); i++) {
		if (pv_count(pv_get(spec, lists[i])) == pv_count(pv_get(was, lists[i])))
			continue;
		pv_forbidden(f, pv_below(f, "spec", lists[i]),
			     "pod updates may not add or remove containers");
		same = false;
	}
	return same;
}

/* ---- what waits at a gate may still be told where to go, ever more narrowly ---- */

static bool
begins_with(const pv_val *now, const pv_val *had)
{
	for (size_t i = 0; i < pv_count(had); i++)
		if (!pv_eq(pv_item(now, i), pv_item(had, i)))
			return false;
	return true;
}

/* A term of nothing matches nothing: what is added to it lets more nodes in. */
static bool
is_narrower(const pv_val *term, const pv_val *old)
{
	static const char *const parts[] = {"matchExpressions", "matchFields"};
	size_t n = 0;

	for (size_t i = 0; i < PV_LEN(parts); i++) {
		if (!begins_with(pv_get(term, parts[i]), pv_get(old, parts[i])))
			return false;
		n += pv_count(pv_get(old, parts[i]));
	}
	return n || pv_eq(term, old);
}

static void
check_narrowed(pv_faults *f, const pv_val *spec, const pv_val *was)
{
	const char *path = "spec." NODE_TERMS;
	const pv_val *picks = pv_get(spec, "nodeSelector"), *picked = pv_get(was, "nodeSelector"),
		     *now = pv_at(spec, NODE_TERMS), *had = pv_at(was, NODE_TERMS);

	for (size_t i = 0; i < pv_member_count(picked); i++) {
		if (pv_eq(pv_getv(picks, &picked->members[i].key), &picked->members[i].val))
			continue;
		pv_fault_value(f, "spec.nodeSelector", picks,
			       "only additions to spec.nodeSelector are allowed (no mutations or deletions)");
		break;
	}
	if (pv_count(had) && pv_count(now) != pv_count(had)) {
		pv_fault_value(f, path, now,
			       "no additions/deletions to non-empty NodeSelectorTerms list are allowed");
		return;
	}
	for (size_t i = 0; i < pv_count(had); i++) {
		const pv_val *term = pv_item(now, i), *old = pv_item(had, i);

		if (!is_narrower(term, old))
			pv_fault_value(f, pv_nth(f, path, i), term,
				       "only additions are allowed (no mutations or deletions)");
	}
}

/* What is left to compare of a Pod that waited at a gate. */
static pv_val
without_place(pv_ctx *cx, const pv_val *spec, bool by_node)
{
	pv_val v = pv_without(cx->arena, spec, "nodeSelector");

	if (by_node)
		v = pv_without_at(cx->arena, &v, "affinity.nodeAffinity");
	return by_node && !pv_count(pv_get(&v, "affinity")) ? pv_without(cx->arena, &v, "affinity") : v;
}

static void
check_updated(pv_faults *f, const pv_val *spec, const pv_val *was)
{
	bool may_bind = pv_streq(f->subresource, "binding") && !*pv_text(pv_get(was, "nodeName"), "");
	bool by_node = pv_at(spec, "affinity.nodeAffinity") || pv_at(was, "affinity.nodeAffinity");
	pv_val now, had;

	if (!same_counts(f, spec, was))
		return;
	check_deadline(f, pv_get(spec, "activeDeadlineSeconds"), pv_get(was, "activeDeadlineSeconds"));
	check_gates(f, pv_get(spec, "schedulingGates"), pv_get(was, "schedulingGates"));
	now = fixed_part(f->cx, spec, may_bind);
	had = fixed_part(f->cx, was, may_bind);
	if (pv_count(pv_get(was, "schedulingGates"))) {
		check_narrowed(f, spec, was);
		now = without_place(f->cx, &now, by_node);
		had = without_place(f->cx, &had, by_node);
	}
	if (!pv_eq(&now, &had))
		pv_forbidden(f, "spec",
			     "pod updates may not change fields other than `spec.containers[*].image`,"
			     "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` "
			     "(only additions to "
			     "existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set "
			     "to 1 if it was "
			     "previously negative)");
}

/* ---- all ---- */

size_t
pv_pod_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *spec = pv_get(object, "spec"), *was = pv_get(old, "spec");

	pv_podspec_check(f, spec, "spec", NULL, true);
	if (!old)
		check_new_pod(f, spec);
	check_tolerations(f, pv_get(spec, "tolerations"), pv_get(was, "tolerations"));
	if (pv_streq(f->subresource, "ephemeralcontainers"))
		check_debugging(f, object, old);
	else if (pv_streq(f->subresource, "resize"))
		check_resize(f, object, old);
	else if (spec && was)
		check_updated(f, spec, was);
	return f->n;
}
