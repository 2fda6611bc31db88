/* review: https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/ */
#include "governance/review/review.h"

#include <string.h>

#include "base/str.h"
#include "core/admission/request.h"

static pv_val
envelope(pv_ctx *cx, pv_val request)
{
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "apiVersion", pv_string_ref("admission.k8s.io/v1"));
	pv_objb_put(&b, "kind", pv_string_ref("AdmissionReview"));
	pv_objb_put(&b, "request", request);
	return pv_objb_end(&b);
}

pv_val
review_of(pv_ctx *cx, const pv_admit *a)
{
	return envelope(cx, pv_admission_request(cx, a));
}

/* What somebody wants, not what a controller reports. */
const char *const review_subresources[] = {"*/scale",
					   "pods/eviction",
					   "pods/binding",
					   "pods/exec",
					   "pods/attach",
					   "pods/portforward",
					   "pods/ephemeralcontainers",
					   "pods/resize",
					   "serviceaccounts/token",
					   NULL};

static bool
is_asked_about(const char *subresource)
{
	for (const char *const *name = review_subresources; *name; name++)
		if (pv_streq(subresource, strchr(*name, '/') + 1))
			return true;
	return false;
}

bool
review_exempt(const pv_resource *res, const char *subresource, const char *ns)
{
	static const char *const namespaces[] = {"kube-system", "kube-public", "kube-node-lease",
						 "pave-system"};
	static const char *const types[] = {"/Event", "events.k8s.io/Event", "/Node",
					    "coordination.k8s.io/Lease"};
	if (subresource && *subresource && !is_asked_about(subresource))
		return true;
	for (size_t i = 0; i < PV_LEN(namespaces); i++)
		if (pv_streq(ns, namespaces[i]))
			return true;
	for (size_t i = 0; i < PV_LEN(types); i++)
		if (pv_streq(res->type, types[i]))
			return true;
	return pv_streq(res->group, "authentication.k8s.io") || pv_streq(res->group, "authorization.k8s.io");
}
