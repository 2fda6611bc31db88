/* A node's writes of what is its own: its Node, Lease, CSINode and ResourceSlices, requests for its certificates, and
 * the status of claims. */
#include "core/admission/node.h"

#include <string.h>

#include "base/buf.h"
#include "base/pki.h"
#include "base/str.h"
#include "core/api/api.h"

const pv_val *
node_stored(const node_write *w, const char *type, const char *ns, const char *name)
{
	const pv_rec *rec = pv_store_find(w->cx, pv_api_store(w->admit->serving), &(pv_key){type, ns, name});

	return rec ? pv_rec_val(rec) : NULL;
}

/* ---- labels ---- */

static bool
is_domain(pv_str domain, const char *of)
{
	size_t len = strlen(of);

	return domain.len >= len && memcmp(domain.s + domain.len - len, of, len) == 0 &&
	       (domain.len == len || domain.s[domain.len - len - 1] == '.');
}

/* Of Kubernetes' own labels a node sets those that kubelets set; by the others Pods may be kept from it. */
static bool
may_set(const char *key)
{
	static const char *const usual[] = {
		"kubernetes.io/hostname",
		"kubernetes.io/arch",
		"kubernetes.io/os",
		"beta.kubernetes.io/instance-type",
		"beta.kubernetes.io/os",
		"beta.kubernetes.io/arch",
		"failure-domain.beta.kubernetes.io/zone",
		"failure-domain.beta.kubernetes.io/region",
		"topology.kubernetes.io/zone",
		"topology.kubernetes.io/region",
	};
	const char *slash = strchr(key, '/');
	pv_str domain = {key, slash ? (size_t)(slash - key) : 0};

	for (size_t i = 0; i < PV_LEN(usual); i++)
		if (pv_streq(key, usual[i]))
			return true;
	if (is_domain(domain, "kubelet.kubernetes.io") || is_domain(domain, "node.kubernetes.io"))
		return true;
	return !is_domain(domain, "kubernetes.io") && !is_domain(domain, "k8s.io");
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
add_differing(pv_vec *keys, const pv_val *labels, const pv_val *others)
{
	for (size_t i = 0; i < pv_count(labels); i++) {
		const pv_member *one = pv_sorted(labels, i);
		const char *key = pv_text(&one->key, "");

		if (!may_set(key) && !pv_eq(&one->val, pv_get(others, key)))
			pv_vec_push(keys, &key);
	}
}

/* "a, b"; NULL: it may set all that it does. */
static const char *
forbidden_labels(const node_write *w)
{
	const pv_val *now = pv_at(w->admit->object, "metadata.labels"),
		     *was = pv_at(w->admit->old, "metadata.labels");
	const char *last = NULL;
	pv_vec keys;
	pv_buf text;

	pv_vec_init(&keys, w->cx->arena, sizeof(const char *));
	add_differing(&keys, now, was);
	add_differing(&keys, was, now);
	if (!keys.len)
		return NULL;
	pv_vec_sort(&keys, by_name);
	pv_buf_init(&text, w->cx->arena);
	for (size_t i = 0; i < keys.len; i++) {
		const char *key = *PV_AT(const char *, &keys, i);

		if (i && pv_streq(key, last)) /* it is on both sides */
			continue;
		pv_buf_printf(&text, "%s%s", i ? ", " : "", key);
		last = key;
	}
	return text.s;
}

/* ---- Nodes ---- */

static bool
differs(const node_write *w, const char *path)
{
	return !pv_eq(pv_at(w->admit->old, path), pv_at(w->admit->object, path));
}

static const char *
node_refusal(const node_write *w)
{
	const char *labels, *what = NULL;

	if (!pv_streq(w->admit->name, w->node))
		return pv_printf(w->cx->arena, "node \"%s\" is not allowed to modify node \"%s\"", w->node,
				 w->admit->name);
	if (w->admit->operation == PV_OP_DELETE)
		return NULL;
	if (pv_at(w->admit->object, "spec.configSource") && differs(w, "spec.configSource"))
		return pv_printf(w->cx->arena, "node \"%s\" is not allowed to %s configSource", w->node,
				 w->admit->old ? "update configSource to a new non-nil"
					       : "create pods with a non-nil");
	labels = forbidden_labels(w);
	if (!w->admit->old)
		return labels ? pv_printf(w->cx->arena,
					  "node \"%s\" is not allowed to set the following labels: %s",
					  w->node, labels)
			      : NULL;
	if (differs(w, "metadata.ownerReferences"))
		what = "ownerReferences";
	else if (differs(w, "spec.taints"))
		what = "taints";
	if (what)
		return pv_printf(w->cx->arena, "node \"%s\" is not allowed to modify %s", w->node, what);
	return labels ? pv_printf(w->cx->arena, "is not allowed to modify labels: %s", labels) : NULL;
}

/* ---- what is named as the node, or says its name ---- */

static const char *
lease_refusal(const node_write *w)
{
	return pv_streq(w->admit->name, w->node)
		       ? NULL
		       : "can only access node lease with the same name as the requesting node";
}

static const char *
csinode_refusal(const node_write *w)
{
	return pv_streq(w->admit->name, w->node)
		       ? NULL
		       : "can only access CSINode with the same name as the requesting node";
}

static const char *
slice_refusal(const node_write *w)
{
	const pv_val *slice = w->admit->operation == PV_OP_DELETE ? w->admit->old : w->admit->object;

	if (pv_streq(pv_text_at(slice, "spec.nodeName", ""), w->node))
		return NULL;
	return w->admit->operation == PV_OP_DELETE
		       ? "can only delete ResourceSlice with the same NodeName as the requesting node"
		       : "can only create ResourceSlice with the same NodeName as the requesting node";
}

/* Of a claim it tells how large its volume has become. */
static const char *
claim_refusal(const node_write *w)
{
	static const char *const telling[] = {"capacity", "conditions", "allocatedResources",
					      "allocatedResourceStatuses"};
	pv_val was, is;

	if (!pv_streq(w->admit->subresource, "status") || w->admit->operation != PV_OP_UPDATE)
		return pv_printf(w->cx->arena, "node \"%s\" may only update PVC status", w->node);
	was = pv_without_at(w->cx->arena, w->admit->old, "metadata.managedFields");
	is = pv_without_at(w->cx->arena, w->admit->object, "metadata.managedFields");
	for (size_t i = 0; i < PV_LEN(telling); i++) {
		const char *path = pv_printf(w->cx->arena, "status.%s", telling[i]);

		was = pv_without_at(w->cx->arena, &was, path);
		is = pv_without_at(w->cx->arena, &is, path);
	}
	return pv_eq(&was, &is)
		       ? NULL
		       : pv_printf(w->cx->arena,
				   "node \"%s\" is not allowed to update fields other than status.capacity, "
				   "status.conditions and the status.allocatedResource* of its growing",
				   w->node);
}

static const char *
csr_refusal(const node_write *w)
{
	const char *signer = pv_text_at(w->admit->object, "spec.signerName", ""),
		   *wanted = w->admit->identity->user;
	pv_cert_request asked;
	size_t len = 0;
	uint8_t *pem;

	if (w->admit->operation != PV_OP_CREATE ||
	    (!pv_streq(signer, "kubernetes.io/kubelet-serving") &&
	     !pv_streq(signer, "kubernetes.io/kube-apiserver-client-kubelet")))
		return NULL;
	pem = pv_unbase64(w->cx->arena, pv_strv(pv_at(w->admit->object, "spec.request")), false, &len);
	if (pv_pki_read_request(w->cx, (pv_str){(const char *)pem, pem ? len : 0}, &asked) < 0) {
		const char *why = pv_printf(w->cx->arena, "unable to parse csr: %s", pv_error_text(w->cx));

		(void)pv_recover(w->cx);
		return why;
	}
	return pv_streq(asked.cn, wanted)
		       ? NULL
		       : pv_printf(w->cx->arena, "can only create a node CSR with CN=%s", wanted);
}

/* ---- the hook ---- */

static const struct {
	const char *type;
	const char *(*refusal)(const node_write *w);
} own[] = {
	{"/Pod", node_pod_refusal},
	{"/Node", node_refusal},
	{"/ServiceAccount", node_token_refusal},
	{"/PersistentVolumeClaim", claim_refusal},
	{"coordination.k8s.io/Lease", lease_refusal},
	{"storage.k8s.io/CSINode", csinode_refusal},
	{"resource.k8s.io/ResourceSlice", slice_refusal},
	{"certificates.k8s.io/CertificateSigningRequest", csr_refusal},
};

static void
judge(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	const char *node = admit->identity ? pv_auth_node(admit->identity) : NULL, *why = NULL;
	const node_write w = {cx, admit, node};

	for (size_t i = 0; node && admit->serving && !why && i < PV_LEN(own); i++)
		if (pv_streq(own[i].type, admit->resource->type))
			why = *node ? own[i].refusal(&w) : "could not determine node";
	if (why)
		*(pv_denial *)pv_vec_add(denials) = (pv_denial){.message = why, .reason = "Forbidden"};
}

/* As upstream before anything is filled in or checked: what the node sent is judged. */
static int
mutate(pv_ctx *cx, pv_admit *admit)
{
	pv_vec denials;

	pv_vec_init(&denials, cx->arena, sizeof(pv_denial));
	judge(cx, admit, &denials);
	return denials.len ? pv_admission_deny(cx, admit, &denials, false) : 0;
}

const pv_admission node_admission = {.name = "node-restriction", .plain = true, .mutate = mutate};
