/* Claims that ask for devices as an administrator may: only where the namespace allows it (upstream
 * pkg/registry/resource/utils.go). */
#include "core/api/builtin.h"
#include "core/kinds/kinds.h"

#define ALLOWS "resource.kubernetes.io/admin-access"

/* The first that asks; n: none does. */
static size_t
asks(const pv_val *list, const char *path)
{
	size_t n = pv_count(list), i = 0;

	while (i < n && !pv_truth_at(pv_item(list, i), path, false))
		i++;
	return i;
}

static bool
allows(pv_ctx *cx, const write_op *w)
{
	const pv_rec *ns = pv_store_find(cx, w->api->store, &(pv_key){"/Namespace", "", w->ns});

	return ns && pv_streq(pv_text(pv_get(meta_get(pv_rec_val(ns), "labels"), ALLOWS), ""), "true");
}

static void
refuse(pv_ctx *cx, pv_vec *causes, const char *path, size_t i)
{
	api_cause(cx, causes, "FieldValueForbidden", pv_printf(cx->arena, "%s[%zu].adminAccess", path, i),
		  "Forbidden: admin access to devices requires the `" ALLOWS
		  ": true` label on the containing namespace");
}

void
device_judge(pv_ctx *cx, const write_op *w, const pv_val *object, pv_vec *causes)
{
	static const char *const results = "status.allocation.devices.results";
	bool of_template = pv_streq(w->res->kind, "ResourceClaimTemplate");
	const pv_val *requests =
		pv_at(object, of_template ? "spec.spec.devices.requests" : "spec.devices.requests");
	const pv_val *granted = pv_at(w->old, results), *given = pv_at(object, results);
	size_t i = asks(requests, "exactly.adminAccess");

	if (!w->old && i < pv_count(requests) && !allows(cx, w))
		refuse(cx, causes, "spec.devices.requests", i);
	i = pv_streq(w->sub, "status") ? asks(given, "adminAccess") : pv_count(given);
	if (i < pv_count(given) && asks(granted, "adminAccess") == pv_count(granted) && !allows(cx, w))
		refuse(cx, causes, results, i);
}
