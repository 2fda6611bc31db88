/* review: what every policy engine here is asked about, and which writes none of them is.  Pure. */
#pragma once
#include "core/admission/admission.h"

/* admission.k8s.io/v1 AdmissionReview of a write on its way in. */
pv_val review_of(pv_ctx *cx, const pv_admit *admit);
/* What is written below an object that policies are asked about all the same, as rules of webhooks name it; NULL
 * ends. */
extern const char *const review_subresources[];
/* Is the write exempt from policies?  (governance/rego/README.md lists what is and why.) */
bool review_exempt(const pv_resource *res, const char *subresource, const char *ns);
