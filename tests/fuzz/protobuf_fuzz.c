/* Any bytes behind the envelope's first four are a Pod, a Deployment or an ordinary
 * error; what is read can be written as JSON. */
#include "base/buf.h"
#include "core/kinds/kinds.h"
#include "core/resource/resource.h"
#include "lang/json/json.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const types[] = {"core.v1.Pod", "apps.v1.Deployment", "core.v1.Secret", "rbac.v1.Role",
				    "authorization.v1.SubjectAccessReview"};

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
