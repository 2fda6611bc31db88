/* What the Pods on a node use.  Looked up in the store when a node asks: a node reads a secret once, not often, and
 * no graph has to be kept. */
#include <string.h>

#include "base/str.h"
#include "core/auth/impl.h"
#include "core/auth/node.h"

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

/* Does the text, or NULL for any, stand at the path?  As deep as the path is long. */
static bool
stands_at(const pv_val *v, const char *path, const char *text)
{
	const char *list = strstr(path, "[].");
	char head[64];

	if (!list)
		return text ? pv_streq(pv_text_at(v, path, ""), text) : *pv_text_at(v, path, "") != '\0';
	memcpy(head, path, (size_t)(list - path)); /* of the table: none is longer */
	head[list - path] = '\0';
	v = pv_at(v, head);
	for (size_t i = 0; pv_is(v, PV_LIST) && i < pv_count(v); i++)
		if (stands_at(pv_item(v, i), list + 3, text))
			return true;
	return false;
}

bool
node_pod_names(const pv_val *pod, enum node_thing thing)
{
	for (size_t i = 0; i < PV_LEN(places); i++)
		if (places[i].thing == thing && stands_at(pod, places[i].path, NULL))
			return true;
	return false;
}

/* The claim that is made for a volume of the Pod's is named after both. */
static bool
has_own_claim(pv_ctx *cx, const pv_val *pod, const char *name)
{
	const pv_val *volumes = pv_at(pod, "spec.volumes");

	for (size_t i = 0; i < pv_count(volumes); i++) {
		const pv_val *one = pv_item(volumes, i);

		if (pv_get(one, "ephemeral") &&
		    pv_streq(pv_printf(cx->arena, "%s-%s", pv_text_at(pod, "metadata.name", ""),
				       pv_text_at(one, "name", "")),
			     name))
			return true;
	}
	return false;
}

typedef struct query {
	pv_ctx *cx;
	pv_store *store;
	const char *node;
	enum node_thing thing;
	const char *ns, *name;
} query;

/* A node could make what stands for a Pod that it started by itself, so that gives it nothing. */
static bool
pod_uses(const query *q, const pv_val *pod)
{
	if (pv_get(pv_at(pod, "metadata.annotations"), MIRROR))
		return false;
	for (size_t i = 0; i < PV_LEN(places); i++)
		if (places[i].thing == q->thing && stands_at(pod, places[i].path, q->name))
			return true;
	return q->thing == NODE_CLAIM && has_own_claim(q->cx, pod, q->name);
}

/* Most Pods are on other nodes, which their bytes tell. */
static bool
is_on_node(const query *q, const pv_rec *rec)
{
	pv_str json = pv_rec_json(rec);

	return memmem(json.s, json.len, q->node, strlen(q->node)) &&
	       pv_streq(pv_text_at(pv_rec_val(rec), "spec.nodeName", ""), q->node);
}

static bool
keep_pod(const pv_rec *rec, void *arg)
{
	const query *q = arg;

	return is_on_node(q, rec) && pod_uses(q, pv_rec_val(rec));
}

static bool
finds(const query *q, const char *type, const char *ns, bool (*keep)(const pv_rec *rec, void *arg))
{
	const pv_list_query list = {
		.type = type, .ns = ns, .limit = 1, .keep = keep, .arg = (void *)(uintptr_t)q};
	pv_listing found = {0};

	if (pv_store_list(q->cx, q->store, &list, &found) < 0)
		(void)pv_recover(q->cx);
	return found.len > 0;
}

/* ---- volumes ---- */

static bool
is_claimed(const query *q, const pv_val *volume)
{
	query claim = *q;

	claim.thing = NODE_CLAIM;
	claim.ns = pv_text_at(volume, "spec.claimRef.namespace", "");
	claim.name = pv_text_at(volume, "spec.claimRef.name", "");
	return *claim.name && finds(&claim, "/Pod", claim.ns, keep_pod);
}

/* What a node mounts a volume with.  Of a CSI driver's it is not what its controller attaches and grows it with. */
static const char *const volume_secrets[] = {
	"spec.cephfs.secretRef",       "spec.cinder.secretRef",        "spec.csi.nodePublishSecretRef",
	"spec.csi.nodeStageSecretRef", "spec.csi.nodeExpandSecretRef", "spec.flexVolume.secretRef",
	"spec.iscsi.secretRef",        "spec.rbd.secretRef",           "spec.scaleIO.secretRef",
	"spec.storageos.secretRef",
};

static bool
keep_volume(const pv_rec *rec, void *arg)
{
	const query *q = arg;
	const pv_val *volume = pv_rec_val(rec);
	const char *home = pv_text_at(volume, "spec.claimRef.namespace", "");
	bool named = pv_streq(pv_text_at(volume, "spec.azureFile.secretName", ""), q->name) &&
		     pv_streq(pv_text_at(volume, "spec.azureFile.secretNamespace", home), q->ns);

	for (size_t i = 0; !named && i < PV_LEN(volume_secrets); i++) {
		const pv_val *ref = pv_at(volume, volume_secrets[i]);

		named = pv_streq(pv_text_at(ref, "name", ""), q->name) &&
			pv_streq(pv_text_at(ref, "namespace", home), q->ns);
	}
	return named && is_claimed(q, volume);
}

bool
node_uses(pv_ctx *cx, pv_store *store, const char *node, enum node_thing thing, const char *ns,
	  const char *name)
{
	const query q = {
		.cx = cx,
		.store = store,
		.node = node,
		.thing = thing,
		.ns = ns,
		.name = name,
	};
	const char *type = thing == NODE_VOLUME ? "/PersistentVolume" : "/Pod";
	const pv_rec *rec;

	if (thing == NODE_POD || thing == NODE_VOLUME) {
		rec = pv_store_find(cx, store, &(pv_key){type, thing == NODE_POD ? ns : "", name});
		return rec && (thing == NODE_POD ? is_on_node(&q, rec) : is_claimed(&q, pv_rec_val(rec)));
	}
	return finds(&q, "/Pod", ns, keep_pod) ||
	       (thing == NODE_SECRET && finds(&q, "/PersistentVolume", NULL, keep_volume));
}
