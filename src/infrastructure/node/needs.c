/* Words: kubernetes pkg/kubelet/kubelet_pods.go, pkg/volume/{configmap,secret,projected}, pkg/scheduler. */
#include "infrastructure/node/needs.h"

#include "base/str.h"
#include "core/admission/quota/quota.h"

typedef struct needs {
	pv_ctx *cx;
	pv_plan *plan;
	const char *ns;
} needs;

static const struct source {
	const char *kind, *said, *env, *key, *volume, *name; /* its fields in envFrom, valueFrom, volumes */
} sources[] = {
	{"v1/ConfigMap", "configmap", "configMapRef", "configMapKeyRef", "configMap", "name"},
	{"v1/Secret", "secret", "secretRef", "secretKeyRef", "secret", "secretName"},
};

static bool
has_key(const pv_val *object, const char *key)
{
	return pv_get(pv_get(object, "data"), key) || pv_get(pv_get(object, "binaryData"), key);
}

/* What keeps `ref` from being read; key NULL: the whole of it is. */
static const char *
lack_of(const needs *n, const struct source *s, const pv_val *ref, const char *name, const char *key)
{
	const pv_val *object;

	if (!ref || !*name || pv_truth(pv_get(ref, "optional"), false))
		return NULL;
	object = pv_plan_find(n->cx, n->plan, s->kind, n->ns, name);
	if (!object)
		return pv_printf(n->cx->arena, "%s \"%s\" not found", s->said, name);
	if (key && !has_key(object, key))
		return pv_printf(n->cx->arena, "couldn't find key %s in %s %s/%s", key, s->kind + 3, n->ns,
				 name);
	return NULL;
}

static const char *
variable_lack(const needs *n, const pv_val *c)
{
	const pv_val *from = pv_get(c, "envFrom"), *env = pv_get(c, "env");
	const char *why = NULL;

	for (size_t s = 0; !why && s < PV_LEN(sources); s++) {
		for (size_t i = 0; !why && i < pv_count(from); i++) {
			const pv_val *ref = pv_get(pv_item(from, i), sources[s].env);

			why = lack_of(n, &sources[s], ref, pv_text_at(ref, "name", ""), NULL);
		}
		for (size_t i = 0; !why && i < pv_count(env); i++) {
			const pv_val *ref = pv_get(pv_get(pv_item(env, i), "valueFrom"), sources[s].key);

			why = lack_of(n, &sources[s], ref, pv_text_at(ref, "name", ""),
				      pv_text_at(ref, "key", ""));
		}
	}
	return why;
}

/* One source of a volume, and the keys that it makes files of. */
static const char *
files_lack(const needs *n, const struct source *s, const pv_val *ref, const char *name)
{
	const pv_val *items = pv_get(ref, "items");
	const char *why = lack_of(n, s, ref, name, NULL);

	for (size_t i = 0; !why && i < pv_count(items); i++)
		if (lack_of(n, s, ref, name, pv_text_at(pv_item(items, i), "key", "")))
			why = pv_printf(n->cx->arena, "references non-existent %s key: %s",
					s == &sources[0] ? "config" : "secret",
					pv_text_at(pv_item(items, i), "key", ""));
	return why;
}

static const char *
volume_lack(const needs *n, const pv_val *volume)
{
	const pv_val *parts = pv_at(volume, "projected.sources");
	const char *why = NULL;

	for (size_t s = 0; !why && s < PV_LEN(sources); s++) {
		const pv_val *ref = pv_get(volume, sources[s].volume);

		why = files_lack(n, &sources[s], ref, pv_text_at(ref, sources[s].name, ""));
		for (size_t i = 0; !why && i < pv_count(parts); i++) {
			ref = pv_get(pv_item(parts, i), sources[s].volume);
			why = files_lack(n, &sources[s], ref, pv_text_at(ref, "name", ""));
		}
	}
	if (!why)
		return NULL;
	return pv_printf(n->cx->arena, "MountVolume.SetUp failed for volume \"%s\" : %s",
			 pv_text_at(volume, "name", ""), why);
}

bool
pod_lacks(pv_ctx *cx, pv_plan *plan, const pv_val *pod, pod_lack *ret)
{
	static const char *const lists[] = {"spec.initContainers", "spec.containers"};
	const pv_val *volumes = pv_at(pod, "spec.volumes");
	const needs n = {cx, plan, pv_text_at(pod, "metadata.namespace", "")};

	*ret = (pod_lack){0};
	for (size_t i = 0; !ret->message && i < pv_count(volumes); i++)
		ret->message = volume_lack(&n, pv_item(volumes, i));
	for (size_t l = 0; !ret->message && l < PV_LEN(lists); l++) {
		const pv_val *list = pv_at(pod, lists[l]);

		for (size_t i = 0; !ret->message && i < pv_count(list); i++) {
			ret->message = variable_lack(&n, pv_item(list, i));
			ret->container = ret->message ? pv_item(list, i) : NULL;
			ret->is_init = l == 0;
		}
	}
	return ret->message != NULL;
}

const char *
pod_claim_missing(pv_ctx *cx, pv_plan *plan, const pv_val *pod)
{
	const pv_val *volumes = pv_at(pod, "spec.volumes");

	for (size_t i = 0; i < pv_count(volumes); i++) {
		const char *name = pv_text_at(pv_item(volumes, i), "persistentVolumeClaim.claimName", "");

		if (*name && !pv_plan_find(cx, plan, "v1/PersistentVolumeClaim",
					   pv_text_at(pod, "metadata.namespace", ""), name))
			return pv_printf(cx->arena, "persistentvolumeclaim \"%s\" not found", name);
	}
	return NULL;
}

/* ---- amounts ---- */

const char *
pod_exceeds(pv_ctx *cx, const pv_val *pod, const pv_val *node)
{
	const pv_val *room = pv_at(node, "status.allocatable");
	const char *all = NULL;
	pv_vec wanted;

	pv_vec_init(&wanted, cx->arena, sizeof(quota_amount));
	quota_pod_sum(cx, pod, "requests", &wanted);
	for (size_t i = 0; room && i < wanted.len; i++) {
		const quota_amount *a = PV_AT(quota_amount, &wanted, i);
		const pv_val *has = pv_get(room, a->name);
		pv_quantity most = {0};

		if (a->q.nano <= 0 || (!has && pv_streq(a->name, "ephemeral-storage")))
			continue;
		if (pv_quantity_of(has, &most) && pv_quantity_cmp(&a->q, &most) <= 0)
			continue;
		all = pv_printf(cx->arena, "%s%sInsufficient %s", all ? all : "", all ? ", 1 " : "", a->name);
	}
	return all;
}
