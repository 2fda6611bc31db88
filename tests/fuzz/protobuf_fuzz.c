/* Any bytes are a Pod, a CustomResourceDefinition or an ordinary error; what is read can be
 * written as JSON, and in protobuf, which is read as the same again. */
#include "base/buf.h"
#include "core/kinds/kinds.h"
#include "core/resource/resource.h"
#include "lang/json/json.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const types[] = {"core.v1.Pod",
				    "apps.v1.Deployment",
				    "core.v1.Secret",
				    "rbac.v1.Role",
				    "authorization.v1.SubjectAccessReview",
				    "apiextensions.v1.CustomResourceDefinition",
				    "admissionregistration.v1.ValidatingAdmissionPolicy",
				    "policy.v1.PodDisruptionBudget"};

/* Times beyond year 9999, which no JSON of Kubernetes has, cannot be written. */
static void
comes_back(pv_ctx *cx, const pv_schema *schema, const pv_val *v)
{
	pv_protobuf envelope;
	const pv_val *again;
	pv_buf out;

	pv_buf_init(&out, cx->arena);
	if (pv_protobuf_write(cx, schema, v, false, &out) < 0) {
		PV_ASSERT(pv_recover(cx) == PV_EINTERNAL);
		return;
	}
	PV_ASSERT(pv_protobuf_envelope(cx, (pv_str){out.s, out.len}, &envelope) == 0);
	PV_ASSERT(pv_protobuf_parse(cx, &envelope, schema, &again) == 0);
	PV_ASSERT(pv_eq(v, again));
}

static void
read_as(pv_ctx *cx, const pv_protobuf *envelope, const pv_schema *schema)
{
	const pv_val *v;
	pv_buf text;

	if (pv_protobuf_parse(cx, envelope, schema, &v) < 0) {
		PV_ASSERT(pv_recover(cx) == PV_EBADREQUEST);
		return;
	}
	pv_buf_init(&text, cx->arena);
	pv_json_write(&text, v);
	comes_back(cx, schema, v);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static pv_registry *registry;
	pv_protobuf envelope = {"v1", "Pod", {(const char *)data, size}};
	pv_ctx cx;

	pv_ctx_init(&cx, "fuzz");
	if (!registry && pv_registry_new(&cx, &registry) < 0)
		pv_panic(__FILE__, __LINE__, "no registry");
	for (size_t i = 0; i < PV_LEN(types); i++)
		read_as(&cx, &envelope, pv_registry_type(registry, types[i]));
	if (pv_protobuf_envelope(&cx, envelope.raw, &envelope) < 0)
		(void)pv_recover(&cx);
	pv_ctx_done(&cx);
	return 0;
}
