/* scale: the autoscaling/v1 view of anything that has replicas. */
#include "core/api/impl.h"
#include "lang/selector/selector.h"

/* ".spec.replicas" -> "spec.replicas" */
static const char *
dotted(const char *path)
{
	return path && path[0] == '.' ? path + 1 : path;
}

static const char *
selector_text(pv_ctx *cx, const pv_resource *res, const pv_val *object)
{
	const pv_val *v = res->scale_selector ? pv_at(object, dotted(res->scale_selector)) : NULL;
	pv_selector *sel;
	pv_objb b;
	pv_val box;

	if (pv_is(v, PV_STRING))
		return v->s;
	if (!pv_is(v, PV_OBJECT))
		return NULL;
	if (!pv_get(v, "matchLabels") &&
	    !pv_get(v, "matchExpressions")) { /* ReplicationController: plain labels */
		pv_objb_init(&b, cx->arena);
		pv_objb_put(&b, "matchLabels", *v);
		box = pv_objb_end(&b);
		v = &box;
	}
	if (pv_selector_from(cx, v, &sel) < 0) {
		(void)pv_recover(cx);
		return NULL;
	}
	return pv_selector_text(cx->arena, sel);
}

int
scale_of(pv_ctx *cx, const pv_resource *res, const pv_val *object, pv_val *ret)
{
	static const char *const copied[] = {"name", "namespace", "uid", "resourceVersion",
					     "creationTimestamp"};
	const char *selector = selector_text(cx, res, object);
	pv_objb meta, spec, status, scale;
	int64_t wanted = pv_i64_at(object, dotted(res->scale_spec), 0);

	pv_objb_init(&meta, cx->arena);
	for (size_t i = 0; i < PV_LEN(copied); i++)
		if (meta_get(object, copied[i]))
			pv_objb_put(&meta, copied[i], *meta_get(object, copied[i]));
	pv_objb_init(&spec, cx->arena);
	if (wanted)
		pv_objb_put(&spec, "replicas", pv_int(wanted));
	pv_objb_init(&status, cx->arena);
	pv_objb_put(&status, "replicas",
		    pv_int(res->scale_status ? pv_i64_at(object, dotted(res->scale_status), 0) : 0));
	pv_objb_puts(&status, "selector", selector);
	pv_objb_init(&scale, cx->arena);
	pv_objb_put(&scale, "kind", pv_string_ref("Scale"));
	pv_objb_put(&scale, "apiVersion", pv_string_ref("autoscaling/v1"));
	pv_objb_put(&scale, "metadata", pv_objb_end(&meta));
	pv_objb_put(&scale, "spec", pv_objb_end(&spec));
	pv_objb_put(&scale, "status", pv_objb_end(&status));
	*ret = pv_objb_end(&scale);
	return 0;
}

int
scale_into(pv_ctx *cx, const pv_resource *res, const pv_val *object, const pv_val *scale, const pv_val **ret)
{
	const pv_val *wanted = pv_at(scale, "spec.replicas");
	const char *version = meta_text(scale, "resourceVersion");
	int64_t replicas = pv_i64(wanted, 0);
	pv_val v;

	if (api_is_kind(cx, scale, "autoscaling/v1", "Scale") < 0)
		return -PV_EBADREQUEST;
	if (wanted && !pv_is(wanted, PV_NUMBER) && !pv_is(wanted, PV_NULL))
		return pv_fail(cx, PV_EBADREQUEST,
			       "Scale in version \"v1\" cannot be handled as a Scale: spec.replicas: "
			       "expected a whole number, found a %s",
			       pv_type_name(wanted));
	if (replicas < 0) {
		pv_vec causes;

		pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
		api_cause(cx, &causes, "FieldValueInvalid", "spec.replicas",
			  "Invalid value: %lld: must be greater than or equal to 0", (long long)replicas);
		return api_invalid(cx, res, meta_text(object, "name"), &causes);
	}
	v = pv_with_at(cx->arena, object, dotted(res->scale_spec), pv_int(replicas));
	if (version[0])
		v = meta_with(cx, &v, "resourceVersion", pv_string(cx->arena, version));
	*ret = pv_box(cx->arena, v);
	return 0;
}
