/* Any document as an object of any kind, as a CRD and its object, and as text of a
 * quantity: pruned, completed, checked, shown in a table.  What comes out of
 * pruning and defaulting must stay as it is when done again. */
#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "core/api/table.h"
#include "lang/quantity/quantity.h"
#include "core/resource/resource.h"
#include "lang/json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static pv_registry *registry;

static void
steps(pv_ctx *cx, const pv_resource *res, const pv_val *object)
{
	pv_vec causes, unknown;
	const pv_val *v;

	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	pv_vec_init(&unknown, cx->arena, sizeof(const char *));
	v = pv_resource_default(cx, res, pv_resource_prune(cx, res, object, &unknown));
	pv_resource_validate(cx, res, v, object, "", &causes, NULL);
	pv_resource_validate(cx, res, v, NULL, "status", &causes, NULL);
	(void)pv_table_cells(cx, res, v, 1);
	(void)pv_resource_as(cx, res, object);
	PV_ASSERT(pv_eq(pv_resource_prune(cx, res, v, NULL), v));
	PV_ASSERT(pv_eq(pv_resource_default(cx, res, v), v));
}

static void
as_crd(pv_ctx *cx, const pv_val *crd)
{
	const pv_val *status, *object = pv_get(crd, "object");
	const pv_resource *res;

	if (pv_registry_crd_status(cx, registry, crd, NULL, &status) < 0)
		pv_recover(cx);
	if (pv_registry_put_crd(cx, registry, "fuzz", crd) < 0) {
		pv_recover(cx);
		return;
	}
	for (size_t pos = 0; pv_resource_each(cx, registry, &pos, &res);)
		if (object && res->crd && pv_eq(pv_get(res->crd, "metadata"), pv_get(crd, "metadata")))
			steps(cx, res, object);
	if (pv_registry_put_crd(cx, registry, "fuzz", NULL) < 0)
		pv_recover(cx);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	pv_str text = {(const char *)data, len};
	const pv_resource *res;
	const pv_val *v;
	pv_quantity q, again;
	pv_ctx cx;

	pv_ctx_init(&cx, "fuzz");
	if (!registry && pv_registry_new(&cx, &registry) < 0)
		__builtin_trap();
	if (pv_quantity_parse(text, &q)) {
		PV_ASSERT(pv_quantity_parse(pv_str_of(pv_quantity_format(cx.arena, &q)), &again));
		PV_ASSERT(pv_quantity_cmp(&q, &again) == 0);
	}
	if (pv_json_parse(&cx, text, NULL, &v) < 0) {
		pv_recover(&cx);
	} else if (pv_is(v, PV_OBJECT)) {
		res = pv_resource_of_kind(&cx, registry, pv_text(pv_get(v, "apiVersion"), "apps/v1"),
					  pv_text(pv_get(v, "kind"), "Deployment"));
		if (res && res->schema)
			steps(&cx, res, v);
		if (pv_get(pv_get(v, "spec"), "versions"))
			as_crd(&cx, v);
	}
	pv_ctx_done(&cx);
	return 0;
}
