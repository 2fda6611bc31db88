/* A node's writes of Pods, and of tokens for their accounts. */
#include "base/str.h"
#include "core/admission/node.h"
#include "core/api/api.h"
#include "core/auth/node.h"

#define MIRROR "kubernetes.io/config.mirror"
#define AUDIENCE_VERB "request-serviceaccounts-token-audience"

/* ---- what stands for a Pod that the node started by itself ---- */

static const char *
owner_fault(const node_write *w)
{
	const pv_val *owners = pv_at(w->admit->object, "metadata.ownerReferences"), *one = pv_item(owners, 0),
		     *self = node_stored(w, "/Node", "", w->node);
	const char *uid = pv_text_at(one, "uid", ""), *kept = pv_text_at(self, "metadata.uid", "");
	const char *what = NULL;

	if (pv_count(owners) > 1)
		what = "a single owner reference";
	else if (!one || !pv_streq(pv_text_at(one, "apiVersion", ""), "v1") ||
		 !pv_streq(pv_text_at(one, "kind", ""), "Node") ||
		 !pv_streq(pv_text_at(one, "name", ""), w->node))
		what = "an owner reference";
	else if (!pv_truth_at(one, "controller", false))
		what = "a controller owner reference";
	if (what)
		return pv_printf(w->cx->arena, "node \"%s\" can only create pods with %s set to itself",
				 w->node, what);
	if (pv_truth_at(one, "blockOwnerDeletion", false))
		return pv_printf(w->cx->arena,
				 "node \"%s\" must not set blockOwnerDeletion on an owner reference",
				 w->node);
	return pv_streq(uid, kept) ? NULL
				   : pv_printf(w->cx->arena, "node %s UID mismatch: expected %s got %s",
					       w->node, uid, kept);
}

static bool
has_volume(const pv_val *pod, const char *kind, const char *source)
{
	const pv_val *volumes = pv_at(pod, "spec.volumes");

	for (size_t i = 0; i < pv_count(volumes); i++) {
		const pv_val *one = pv_get(pv_item(volumes, i), kind), *list = pv_get(one, "sources");

		if (one && !source)
			return true;
		for (size_t j = 0; source && j < pv_count(list); j++)
			if (pv_get(pv_item(list, j), source))
				return true;
	}
	return false;
}

/* A node could read whatever such a Pod named. */
static const char *
use_fault(const node_write *w)
{
	static const struct {
		enum node_thing thing;
		const char *plural;
	} uses[] = {{NODE_ACCOUNT, "serviceaccounts"},
		    {NODE_SECRET, "secrets"},
		    {NODE_CONFIG, "configmaps"},
		    {NODE_CLAIM, "persistentvolumeclaims"},
		    {NODE_DEVICES, "resourceclaims"}};
	const pv_val *pod = w->admit->object;
	const char *found = NULL;

	for (size_t i = 0; !found && i < PV_LEN(uses); i++)
		if (node_pod_names(pod, uses[i].thing))
			found = uses[i].plural;
	if (!found && has_volume(pod, "ephemeral", NULL))
		found = "persistentvolumeclaims (via ephemeral volumes)";
	if (!found && has_volume(pod, "projected", "serviceAccountToken"))
		found = "serviceaccounts (via projected volumes)";
	return found ? pv_printf(w->cx->arena, "node \"%s\" can not create pods that reference %s", w->node,
				 found)
		     : NULL;
}

static const char *
create_fault(const node_write *w)
{
	const pv_val *pod = w->admit->object;
	const char *why;

	if (!pv_get(pv_at(pod, "metadata.annotations"), MIRROR))
		return pv_printf(w->cx->arena,
				 "pod does not have \"" MIRROR
				 "\" annotation, node \"%s\" can only create mirror pods",
				 w->node);
	if (!pv_streq(pv_text_at(pod, "spec.nodeName", ""), w->node))
		return pv_printf(w->cx->arena,
				 "node \"%s\" can only create pods with spec.nodeName set to itself",
				 w->node);
	why = owner_fault(w);
	return why ? why : use_fault(w);
}

/* ---- Pods ---- */

static bool
is_ours(const node_write *w, const pv_val *pod)
{
	return pv_streq(pv_text_at(pod, "spec.nodeName", ""), w->node);
}

static const char *
status_fault(const node_write *w)
{
	const pv_val *old = w->admit->old, *now = w->admit->object;

	if (!is_ours(w, old))
		return pv_printf(
			w->cx->arena,
			"node \"%s\" can only update pod status for pods with spec.nodeName set to itself",
			w->node);
	if (!pv_eq(pv_at(old, "metadata.labels"), pv_at(now, "metadata.labels")))
		return pv_printf(w->cx->arena, "node \"%s\" cannot update labels through pod status",
				 w->node);
	if (!pv_eq(pv_at(old, "status.resourceClaimStatuses"), pv_at(now, "status.resourceClaimStatuses")) ||
	    !pv_eq(pv_at(old, "status.extendedResourceClaimStatus"),
		   pv_at(now, "status.extendedResourceClaimStatus")))
		return pv_printf(w->cx->arena, "node \"%s\" cannot update resource claim statues", w->node);
	return NULL;
}

/* That there is no such Pod is told later. */
static const char *
eviction_fault(const node_write *w)
{
	const pv_val *pod = node_stored(w, "/Pod", w->admit->ns, w->admit->name);

	return !pod || is_ours(w, pod)
		       ? NULL
		       : pv_printf(w->cx->arena,
				   "node %s can only evict pods with spec.nodeName set to itself", w->node);
}

const char *
node_pod_refusal(const node_write *w)
{
	const pv_admit *a = w->admit;

	if (pv_streq(a->subresource, "status") && a->operation == PV_OP_UPDATE)
		return status_fault(w);
	if (pv_streq(a->subresource, "eviction"))
		return eviction_fault(w);
	if (*a->subresource)
		return pv_printf(
			w->cx->arena,
			"unexpected pod subresource \"%s\", only 'status' and 'eviction' are allowed",
			a->subresource);
	if (a->operation == PV_OP_CREATE)
		return create_fault(w);
	if (a->operation != PV_OP_DELETE)
		return pv_printf(w->cx->arena, "node \"%s\" can only create and delete mirror pods", w->node);
	return is_ours(w, a->old)
		       ? NULL
		       : pv_printf(w->cx->arena,
				   "node \"%s\" can only delete pods with spec.nodeName set to itself",
				   w->node);
}

/* ---- tokens ---- */

static bool
driver_asks_for(const node_write *w, const char *driver, const char *audience)
{
	const pv_val *asked =
		pv_at(node_stored(w, "storage.k8s.io/CSIDriver", "", driver), "spec.tokenRequests");

	for (size_t i = 0; i < pv_count(asked); i++)
		if (pv_streq(pv_text_at(pv_item(asked, i), "audience", ""), audience))
			return true;
	return false;
}

/* The driver of a volume of a Pod's, inline or claimed; "" for none. */
static const char *
driver_of(const node_write *w, const pv_val *pod, const pv_val *volume)
{
	const char *claim = pv_text_at(volume, "persistentVolumeClaim.claimName", "");
	const pv_val *bound;

	if (pv_get(volume, "csi"))
		return pv_text_at(volume, "csi.driver", "");
	if (pv_get(volume, "ephemeral"))
		claim = pv_printf(w->cx->arena, "%s-%s", pv_text_at(pod, "metadata.name", ""),
				  pv_text_at(volume, "name", ""));
	bound = *claim ? node_stored(w, "/PersistentVolumeClaim", w->admit->ns, claim) : NULL;
	bound = bound ? node_stored(w, "/PersistentVolume", "", pv_text_at(bound, "spec.volumeName", ""))
		      : NULL;
	return pv_text_at(bound, "spec.csi.driver", "");
}

static bool
mounts_token(const pv_val *volume, const char *audience)
{
	const pv_val *sources = pv_at(volume, "projected.sources");

	for (size_t i = 0; i < pv_count(sources); i++) {
		const pv_val *token = pv_get(pv_item(sources, i), "serviceAccountToken");

		if (token && pv_streq(pv_text_at(token, "audience", ""), audience))
			return true;
	}
	return false;
}

/* A token is for whom the Pod says that it is, or a driver of its volumes; or by a right of the node's. */
static const char *
audience_fault(const node_write *w, const pv_val *pod, const char *audience)
{
	const pv_attributes what = {AUDIENCE_VERB,  "",   audience, "", w->admit->ns,
				    w->admit->name, NULL, NULL};
	const pv_val *volumes = pv_at(pod, "spec.volumes");

	for (size_t i = 0; i < pv_count(volumes); i++) {
		const char *driver = driver_of(w, pod, pv_item(volumes, i));

		if (mounts_token(pv_item(volumes, i), audience) ||
		    (*driver && driver_asks_for(w, driver, audience)))
			return NULL;
	}
	if (pv_auth_allows(w->cx, pv_api_auth(w->admit->serving), w->admit->identity, &what, NULL))
		return NULL;
	return pv_printf(w->cx->arena,
			 "audience \"%s\" not found in pod spec volume, %s is not authorized to request "
			 "tokens for this audience",
			 audience, w->admit->identity->user);
}

const char *
node_token_refusal(const node_write *w)
{
	const pv_val *spec = pv_get(w->admit->object, "spec"), *ref = pv_get(spec, "boundObjectRef"),
		     *audiences = pv_get(spec, "audiences"), *pod;
	const char *name = pv_text_at(ref, "name", ""), *uid = pv_text_at(ref, "uid", ""), *kept;

	if (!pv_streq(w->admit->subresource, "token"))
		return NULL;
	if (!pv_streq(pv_text_at(ref, "apiVersion", ""), "v1") ||
	    !pv_streq(pv_text_at(ref, "kind", ""), "Pod") || !*name)
		return "node requested token not bound to a pod";
	if (!*uid)
		return "node requested token with a pod binding without a uid";
	pod = node_stored(w, "/Pod", w->admit->ns, name);
	kept = pv_text_at(pod, "metadata.uid", "");
	if (!pod)
		return pv_printf(w->cx->arena, "pod \"%s\" not found", name);
	if (!pv_streq(uid, kept))
		return pv_printf(
			w->cx->arena,
			"the UID in the bound object reference (%s) does not match the UID in record. "
			"The object might have been deleted and then recreated",
			uid);
	if (!is_ours(w, pod))
		return "node requested token bound to a pod scheduled on a different node";
	if (pv_count(audiences) > 1)
		return "node may only request 0 or 1 audiences";
	return audience_fault(w, pod, pv_text(pv_item(audiences, 0), ""));
}
