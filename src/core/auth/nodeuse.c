/* What a Pod uses, and what a volume is mounted with: read out of the objects. */
#include <string.h>

#include "base/str.h"
#include "core/auth/nodepods.h"

/* A node could make what stands for a Pod that it started by itself, so that gives it nothing. */
#define MIRROR "kubernetes.io/config.mirror"

/* Where a Pod names what it uses; "[]": each of a list. */
static const struct {
	enum node_thing thing;
	const char *path;
} places[] = {
	{NODE_SECRET, "spec.imagePullSecrets[].name"},
	{NODE_SECRET, "spec.containers[].env[].valueFrom.secretKeyRef.name"},
	{NODE_SECRET, "spec.containers[].envFrom[].secretRef.name"},
	{NODE_SECRET, "spec.initContainers[].env[].valueFrom.secretKeyRef.name"},
	{NODE_SECRET, "spec.initContainers[].envFrom[].secretRef.name"},
	{NODE_SECRET, "spec.ephemeralContainers[].env[].valueFrom.secretKeyRef.name"},
	{NODE_SECRET, "spec.ephemeralContainers[].envFrom[].secretRef.name"},
	{NODE_SECRET, "spec.volumes[].secret.secretName"},
	{NODE_SECRET, "spec.volumes[].projected.sources[].secret.name"},
	{NODE_SECRET, "spec.volumes[].azureFile.secretName"},
	{NODE_SECRET, "spec.volumes[].cephfs.secretRef.name"},
	{NODE_SECRET, "spec.volumes[].cinder.secretRef.name"},
	{NODE_SECRET, "spec.volumes[].csi.nodePublishSecretRef.name"},
	{NODE_SECRET, "spec.volumes[].flexVolume.secretRef.name"},
	{NODE_SECRET, "spec.volumes[].iscsi.secretRef.name"},
	{NODE_SECRET, "spec.volumes[].rbd.secretRef.name"},
	{NODE_SECRET, "spec.volumes[].scaleIO.secretRef.name"},
	{NODE_SECRET, "spec.volumes[].storageos.secretRef.name"},
	{NODE_CONFIG, "spec.containers[].env[].valueFrom.configMapKeyRef.name"},
	{NODE_CONFIG, "spec.containers[].envFrom[].configMapRef.name"},
	{NODE_CONFIG, "spec.initContainers[].env[].valueFrom.configMapKeyRef.name"},
	{NODE_CONFIG, "spec.initContainers[].envFrom[].configMapRef.name"},
	{NODE_CONFIG, "spec.ephemeralContainers[].env[].valueFrom.configMapKeyRef.name"},
	{NODE_CONFIG, "spec.ephemeralContainers[].envFrom[].configMapRef.name"},
	{NODE_CONFIG, "spec.volumes[].configMap.name"},
	{NODE_CONFIG, "spec.volumes[].projected.sources[].configMap.name"},
	{NODE_CLAIM, "spec.volumes[].persistentVolumeClaim.claimName"},
	{NODE_DEVICES, "spec.resourceClaims[].resourceClaimName"},
	{NODE_DEVICES, "status.resourceClaimStatuses[].resourceClaimName"},
	{NODE_DEVICES, "status.extendedResourceClaimStatus.resourceClaimName"},
	{NODE_ACCOUNT, "spec.serviceAccountName"},
};

/* Is there a text at the path?  Those are added to *ret (const char *), if it is not NULL.  As deep as the path is
 * long. */
static bool
read_path(const pv_val *v, const char *path, pv_vec *ret)
{
	const char *list = strstr(path, "[]."), *text;
	bool any = false;
	char head[64];

	if (!list) {
		text = pv_text_at(v, path, "");
		if (*text && ret)
			pv_vec_push(ret, &text);
		return *text != '\0';
	}
	memcpy(head, path, (size_t)(list - path)); /* of the table: none is longer */
	head[list - path] = '\0';
	v = pv_at(v, head);
	for (size_t i = 0; pv_is(v, PV_LIST) && i < pv_count(v); i++)
		if (read_path(pv_item(v, i), list + 3, ret))
			any = true;
	return any;
}

bool
node_pod_names(const pv_val *pod, enum node_thing thing)
{
	for (size_t i = 0; i < PV_LEN(places); i++)
		if (places[i].thing == thing && read_path(pod, places[i].path, NULL))
			return true;
	return false;
}

/* The claim that is made for a volume of the Pod's is named after both. */
static void
add_own_claims(pv_ctx *cx, const pv_val *pod, pv_vec *ret)
{
	const pv_val *volumes = pv_at(pod, "spec.volumes");

	for (size_t i = 0; i < pv_count(volumes); i++) {
		const pv_val *one = pv_item(volumes, i);

		if (pv_get(one, "ephemeral"))
			*(node_use *)pv_vec_add(ret) =
				(node_use){NODE_CLAIM,
					   pv_printf(cx->arena, "%s-%s", pv_text_at(pod, "metadata.name", ""),
						     pv_text_at(one, "name", ""))};
	}
}

void
node_pod_uses(pv_ctx *cx, const pv_val *pod, pv_vec *ret)
{
	if (pv_get(pv_at(pod, "metadata.annotations"), MIRROR))
		return;
	for (size_t i = 0; i < PV_LEN(places); i++) {
		pv_vec names;

		pv_vec_init(&names, cx->arena, sizeof(const char *));
		read_path(pod, places[i].path, &names);
		for (size_t j = 0; j < names.len; j++)
			*(node_use *)pv_vec_add(ret) =
				(node_use){places[i].thing, *PV_AT(const char *, &names, j)};
	}
	add_own_claims(cx, pod, ret);
}

/* What a node mounts a volume with.  Of a CSI driver's it is not what its controller attaches and grows it with. */
static const struct {
	const char *ref, *name, *ns;
} volume_secrets[] = {
	{"spec.azureFile", "secretName", "secretNamespace"},
	{"spec.cephfs.secretRef", "name", "namespace"},
	{"spec.cinder.secretRef", "name", "namespace"},
	{"spec.csi.nodePublishSecretRef", "name", "namespace"},
	{"spec.csi.nodeStageSecretRef", "name", "namespace"},
	{"spec.csi.nodeExpandSecretRef", "name", "namespace"},
	{"spec.flexVolume.secretRef", "name", "namespace"},
	{"spec.iscsi.secretRef", "name", "namespace"},
	{"spec.rbd.secretRef", "name", "namespace"},
	{"spec.scaleIO.secretRef", "name", "namespace"},
	{"spec.storageos.secretRef", "name", "namespace"},
};

void
node_volume_secrets(const pv_val *volume, pv_vec *ret)
{
	const char *home = pv_text_at(volume, "spec.claimRef.namespace", "");

	for (size_t i = 0; i < PV_LEN(volume_secrets); i++) {
		const pv_val *ref = pv_at(volume, volume_secrets[i].ref);
		node_secret one = {pv_text_at(ref, volume_secrets[i].ns, home),
				   pv_text_at(ref, volume_secrets[i].name, "")};

		if (*one.name)
			pv_vec_push(ret, &one);
	}
}
