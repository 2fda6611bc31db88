/* review: the input document of admission policies.  Private. */
#pragma once
#include "core/admission/admission.h"

/* admission.k8s.io/v1 AdmissionReview of a write on its way in. */
pv_val review_of(pv_ctx *cx, const pv_admit *admit);
/* The same for an object that exists already, as if it were created now. */
pv_val review_of_object(pv_ctx *cx, const pv_resource *res, const pv_val *object);
/* Is the write exempt from policies?  (README.md lists what is and why.) */
bool review_exempt(const pv_resource *res, const char *subresource, const char *ns);
