/* A claim that is deleted stays while a Pod uses it, a volume while a claim has it, a class of attributes while
 * a claim or a volume names it: admission gave each a finalizer (core/admission/classes.c), and here it is taken
 * away (upstream pkg/controller/volume/pvcprotection, pvprotection and vacprotection). */
#include "core/lifecycle/protection.h"

#include "base/str.h"

#define CLAIM "kubernetes.io/pvc-protection"
#define VOLUME "kubernetes.io/pv-protection"
#define ATTRIBUTES "kubernetes.io/vac-protection"

/* A Pod that has no node yet will find the claim gone, or going, and wait. */
void
protection_keys(pv_ctx *cx, const pv_val *pod, pv_vec *ret)
{
	const char *ns = pv_text_at(pod, "metadata.namespace", ""),
		   *own = pv_text_at(pod, "metadata.name", "");
	const pv_val *volumes = pv_at(pod, "spec.volumes");

	if (!*pv_text_at(pod, "spec.nodeName", ""))
		return;
	for (size_t i = 0; i < pv_count(volumes); i++) {
		const pv_val *one = pv_item(volumes, i);
		const char *claim = pv_text_at(one, "persistentVolumeClaim.claimName", NULL), *key;

		if (!claim && pv_get(one, "ephemeral"))
			claim = pv_printf(cx->arena, "%s-%s", own, pv_text_at(one, "name", ""));
		if (!claim)
			continue;
		key = pv_printf(cx->arena, "%s/%s", ns, claim);
		pv_vec_push(ret, &key);
	}
}

/* The object's finalizers without this one, if it is being deleted and has it. */
static void
let_go(pv_ctx *cx, pv_plan *plan, const pv_val *object, const char *finalizer)
{
	const pv_val *have = pv_at(object, "metadata.finalizers");
	pv_listb b;
	pv_val patch;

	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(have); i++)
		if (!pv_streq(pv_text(pv_item(have, i), ""), finalizer))
			pv_listb_add(&b, *pv_item(have, i));
	if (b.len == pv_count(have))
		return;
	patch = pv_with_at(cx->arena, NULL, "metadata.finalizers", pv_listb_end(&b));
	pv_plan_patch(cx, plan, object, "", patch);
	pv_plan_reason(cx, plan, "nobody uses it any more");
}

static int
of_claim(pv_ctx *cx, const pv_val *claim, pv_plan *plan)
{
	const char *key = pv_printf(cx->arena, "%s/%s", pv_text_at(claim, "metadata.namespace", ""),
				    pv_text_at(claim, "metadata.name", ""));
	pv_vec users;

	if (!pv_at(claim, "metadata.deletionTimestamp"))
		return 0;
	pv_plan_named(cx, plan, PV_PODS_BY_CLAIM, key, &users);
	if (users.len)
		pv_plan_summary(cx, plan, "being deleted, and used by Pod %s, which is waited for",
				PV_AT(pv_place, &users, 0)->name);
	else
		let_go(cx, plan, claim, CLAIM);
	return 0;
}

static int
of_volume(pv_ctx *cx, const pv_val *volume, pv_plan *plan)
{
	if (!pv_at(volume, "metadata.deletionTimestamp"))
		return 0;
	if (pv_streq(pv_text_at(volume, "status.phase", ""), "Bound"))
		pv_plan_summary(cx, plan, "being deleted, and bound to a claim, which is waited for");
	else
		let_go(cx, plan, volume, VOLUME);
	return 0;
}

/* Who of them has it, is to have it, or is on the way to it; NULL: nobody. */
static const pv_val *
user_of(pv_ctx *cx, pv_plan *plan, const char *kind, const char *class)
{
	static const char *const places[] = {"spec.volumeAttributesClassName",
					     "status.currentVolumeAttributesClassName",
					     "status.modifyVolumeStatus.targetVolumeAttributesClassName"};
	pv_vec all;

	pv_plan_list(cx, plan, kind, NULL, NULL, &all);
	for (size_t i = 0; i < all.len; i++)
		for (size_t k = 0; k < PV_LEN(places); k++)
			if (pv_streq(pv_text_at(*PV_AT(const pv_val *, &all, i), places[k], ""), class))
				return *PV_AT(const pv_val *, &all, i);
	return NULL;
}

static int
of_attributes(pv_ctx *cx, const pv_val *class, pv_plan *plan)
{
	const char *name = pv_text_at(class, "metadata.name", "");
	const pv_val *user;

	if (!pv_at(class, "metadata.deletionTimestamp"))
		return 0;
	user = user_of(cx, plan, "v1/PersistentVolumeClaim", name);
	if (!user)
		user = user_of(cx, plan, "v1/PersistentVolume", name);
	if (user)
		pv_plan_summary(cx, plan, "being deleted, and named by %s %s, which is waited for",
				pv_text_at(user, "kind", ""), pv_text_at(user, "metadata.name", ""));
	else
		let_go(cx, plan, class, ATTRIBUTES);
	return 0;
}

const pv_controller claim_protection_controller = {
	.name = "pvc-protection-controller",
	.kind = "v1/PersistentVolumeClaim",
	.needle = CLAIM,
	.reconcile = of_claim,
};

const pv_controller volume_protection_controller = {
	.name = "pv-protection-controller",
	.kind = "v1/PersistentVolume",
	.needle = VOLUME,
	.reconcile = of_volume,
};

const pv_controller attributes_protection_controller = {
	.name = "volumeattributesclass-protection-controller",
	.kind = "storage.k8s.io/v1/VolumeAttributesClass",
	.needle = ATTRIBUTES,
	.reconcile = of_attributes,
};
