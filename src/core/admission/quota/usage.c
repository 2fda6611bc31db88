/* What objects take (upstream pkg/quota/v1/evaluator/core). */
#include "base/buf.h"
#include "base/str.h"
#include "core/admission/quota/quota.h"

#include <string.h>

#define COUNT "count/"

static const pv_quantity one = {.nano = 1000000000};

const pv_quantity *
quota_find(const pv_vec *amounts, const char *name)
{
	for (size_t i = 0; i < amounts->len; i++)
		if (pv_streq(PV_AT(quota_amount, amounts, i)->name, name))
			return &PV_AT(quota_amount, amounts, i)->q;
	return NULL;
}

void
quota_add(pv_vec *amounts, const char *name, const pv_quantity *q)
{
	pv_quantity *have = (pv_quantity *)(uintptr_t)quota_find(amounts, name);
	quota_amount *made;

	if (have) {
		bool binary = have->binary || q->binary;

		*have = pv_quantity_add(have, q);
		have->binary = binary;
		return;
	}
	made = pv_vec_add(amounts);
	*made = (quota_amount){name, *q};
}

static bool
is_core(const quota_kind *kind, const char *plural)
{
	return !kind->group[0] && pv_streq(kind->plural, plural);
}

static const char *
count_name(pv_arena *arena, const quota_kind *kind)
{
	return pv_printf(arena, COUNT "%s%s%s", kind->plural, kind->group[0] ? "." : "", kind->group);
}

/* ---- pods ---- */

static bool
is_ended(const pv_val *pod)
{
	const char *phase = pv_text_at(pod, "status.phase", "");

	return pv_streq(phase, "Succeeded") || pv_streq(phase, "Failed");
}

/* The same resource under the names that quotas know it by. */
static void
add_resource(pv_ctx *cx, pv_vec *amounts, const char *name, const pv_quantity *q, bool limit)
{
	static const char *const plain[] = {"cpu", "memory", "ephemeral-storage"};
	bool basic = pv_starts_with(name, "hugepages-");

	for (size_t i = 0; i < PV_LEN(plain); i++)
		basic = basic || pv_streq(plain[i], name);
	if (!limit && basic)
		quota_add(amounts, name, q);
	if (!limit)
		quota_add(amounts, pv_printf(cx->arena, "requests.%s", name), q);
	else if (basic)
		quota_add(amounts, pv_printf(cx->arena, "limits.%s", name), q);
}

/* ---- the sum of a pod (component-helpers resource.PodRequests) ---- */

static void
add_list(const pv_val *list, pv_arena *arena, pv_vec *to)
{
	for (size_t i = 0; i < pv_member_count(list); i++) {
		pv_quantity q;

		if (pv_quantity_of(&list->members[i].val, &q))
			quota_add(to, pv_strdup(arena, list->members[i].key.s), &q);
	}
}

static void
add_all(const pv_vec *from, pv_vec *to)
{
	for (size_t i = 0; i < from->len; i++)
		quota_add(to, PV_AT(quota_amount, from, i)->name, &PV_AT(quota_amount, from, i)->q);
}

static void
take_larger(const pv_vec *from, pv_vec *to)
{
	for (size_t i = 0; i < from->len; i++) {
		const quota_amount *a = PV_AT(quota_amount, from, i);
		pv_quantity *have = (pv_quantity *)(uintptr_t)quota_find(to, a->name);

		if (!have)
			quota_add(to, a->name, &a->q);
		else if (pv_quantity_cmp(&a->q, have) > 0)
			*have = a->q;
	}
}

/* What runs before the containers: those that stay (restartPolicy Always) add to what comes after. */
static void
add_first(const pv_val *list, const char *field, pv_arena *arena, pv_vec *sum)
{
	pv_vec staying, most;

	pv_vec_init(&staying, arena, sizeof(quota_amount));
	pv_vec_init(&most, arena, sizeof(quota_amount));
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *c = pv_item(list, i), *asked = pv_get(pv_get(c, "resources"), field);
		pv_vec now;

		pv_vec_init(&now, arena, sizeof(quota_amount));
		if (pv_streq(pv_text(pv_get(c, "restartPolicy"), ""), "Always")) {
			add_list(asked, arena, sum);
			add_list(asked, arena, &staying);
			add_all(&staying, &now);
		} else {
			add_list(asked, arena, &now);
			add_all(&staying, &now);
		}
		take_larger(&now, &most);
	}
	take_larger(&most, sum);
}

void
quota_pod_sum(pv_ctx *cx, const pv_val *pod, const char *field, pv_vec *ret)
{
	const pv_val *containers = pv_at(pod, "spec.containers"), *overhead = pv_at(pod, "spec.overhead"),
		     *whole = pv_get(pv_at(pod, "spec.resources"), field);

	for (size_t i = 0; i < pv_count(containers); i++)
		add_list(pv_get(pv_get(pv_item(containers, i), "resources"), field), cx->arena, ret);
	add_first(pv_at(pod, "spec.initContainers"), field, cx->arena, ret);
	for (size_t i = 0; i < pv_member_count(whole); i++) { /* said of the whole pod: that it is */
		pv_quantity *have = (pv_quantity *)(uintptr_t)quota_find(ret, whole->members[i].key.s), q;

		if (!pv_quantity_of(&whole->members[i].val, &q))
			continue;
		if (have)
			*have = q;
		else
			quota_add(ret, pv_strdup(cx->arena, whole->members[i].key.s), &q);
	}
	for (size_t i = 0; i < pv_member_count(overhead); i++) {
		pv_quantity q;

		if (pv_quantity_of(&overhead->members[i].val, &q) &&
		    (pv_streq(field, "requests") || quota_find(ret, overhead->members[i].key.s)))
			quota_add(ret, pv_strdup(cx->arena, overhead->members[i].key.s), &q);
	}
}

static void
pod_usage(pv_ctx *cx, const pv_val *pod, pv_vec *amounts)
{
	static const char *const fields[] = {"requests", "limits"};

	if (is_ended(pod))
		return;
	quota_add(amounts, "pods", &one);
	for (size_t i = 0; i < PV_LEN(fields); i++) {
		pv_vec all;

		pv_vec_init(&all, cx->arena, sizeof(quota_amount));
		quota_pod_sum(cx, pod, fields[i], &all);
		for (size_t k = 0; k < all.len; k++)
			add_resource(cx, amounts, PV_AT(quota_amount, &all, k)->name,
				     &PV_AT(quota_amount, &all, k)->q, i == 1);
	}
}

/* ---- claims and services ---- */

static void
claim_usage(pv_ctx *cx, const pv_val *claim, pv_vec *amounts)
{
	const char *class = pv_text_at(claim, "spec.storageClassName", "");
	pv_quantity size;

	quota_add(amounts, "persistentvolumeclaims", &one);
	if (class[0])
		quota_add(
			amounts,
			pv_printf(cx->arena, "%s.storageclass.storage.k8s.io/persistentvolumeclaims", class),
			&one);
	if (!pv_quantity_of(pv_at(claim, "spec.resources.requests.storage"), &size))
		return;
	quota_add(amounts, "requests.storage", &size);
	if (class[0])
		quota_add(amounts,
			  pv_printf(cx->arena, "%s.storageclass.storage.k8s.io/requests.storage", class),
			  &size);
}

static void
service_usage(const pv_val *service, pv_vec *amounts)
{
	const char *type = pv_text_at(service, "spec.type", "");
	pv_quantity ports = {.nano = (__int128)pv_count(pv_at(service, "spec.ports")) * 1000000000};
	bool balanced = pv_streq(type, "LoadBalancer");

	quota_add(amounts, "services", &one);
	if (balanced)
		quota_add(amounts, "services.loadbalancers", &one);
	if (pv_streq(type, "NodePort") ||
	    (balanced && pv_truth_at(service, "spec.allocateLoadBalancerNodePorts", true)))
		quota_add(amounts, "services.nodeports", &ports);
}

/* Names from before count/. */
static const char *const plain[] = {"configmaps", "secrets", "replicationcontrollers", "resourcequotas"};

void
quota_usage(pv_ctx *cx, const quota_kind *kind, const pv_val *object, pv_vec *amounts)
{
	quota_add(amounts, count_name(cx->arena, kind), &one);
	if (is_core(kind, "pods"))
		pod_usage(cx, object, amounts);
	else if (is_core(kind, "persistentvolumeclaims"))
		claim_usage(cx, object, amounts);
	else if (is_core(kind, "services"))
		service_usage(object, amounts);
	for (size_t i = 0; i < PV_LEN(plain); i++)
		if (is_core(kind, plain[i]))
			quota_add(amounts, plain[i], &one);
}

static bool
is_of_pods(const char *name)
{
	static const char *const names[] = {"pods", "cpu", "memory", "ephemeral-storage"};

	for (size_t i = 0; i < PV_LEN(names); i++)
		if (pv_streq(names[i], name))
			return true;
	return pv_starts_with(name, "limits.") || pv_starts_with(name, "hugepages-") ||
	       (pv_starts_with(name, "requests.") && !pv_streq(name, "requests.storage"));
}

bool
quota_counts(const char *name, const quota_kind *kind)
{
	char full[512];
	int len = snprintf(full, sizeof full, COUNT "%s%s%s", kind->plural, kind->group[0] ? "." : "",
			   kind->group);

	if (len > 0 && (size_t)len < sizeof full && pv_streq(full, name))
		return true;
	if (is_core(kind, "pods"))
		return is_of_pods(name);
	if (is_core(kind, "persistentvolumeclaims"))
		return pv_streq(name, "persistentvolumeclaims") || pv_streq(name, "requests.storage") ||
		       strstr(name, ".storageclass.storage.k8s.io/") != NULL;
	if (is_core(kind, "services"))
		return pv_streq(name, "services") || pv_starts_with(name, "services.");
	for (size_t i = 0; i < PV_LEN(plain); i++)
		if (is_core(kind, plain[i]) && pv_streq(plain[i], name))
			return true;
	return false;
}

bool
quota_kind_of(pv_arena *arena, const char *name, quota_kind *ret)
{
	static const char *const own[] = {"services", "persistentvolumeclaims"};
	const char *rest = strncmp(name, COUNT, sizeof COUNT - 1) == 0 ? name + sizeof COUNT - 1 : NULL,
		   *dot = rest ? strchr(rest, '.') : NULL;

	if (rest) {
		*ret = (quota_kind){dot ? dot + 1 : "",
				    dot ? pv_strndup(arena, rest, (size_t)(dot - rest)) : rest};
		return true;
	}
	if (is_of_pods(name)) {
		*ret = (quota_kind){"", "pods"};
		return true;
	}
	for (size_t i = 0; i < PV_LEN(own) + PV_LEN(plain); i++) {
		quota_kind kind = {"", i < PV_LEN(own) ? own[i] : plain[i - PV_LEN(own)]};

		if (quota_counts(name, &kind)) {
			*ret = kind;
			return true;
		}
	}
	return false;
}
