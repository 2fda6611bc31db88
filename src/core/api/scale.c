/* scale: the autoscaling/v1 view of anything that has replicas. */
#include "core/api/builtin.h"
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

pv_val
scale_of(pv_ctx *cx, const pv_resource *res, const pv_val *object)
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
	return pv_objb_end(&scale);
}

static pv_resource
kind_of(const write_op *w)
{
	const pv_schema *schema = pv_registry_type(w->api->registry, "autoscaling.v1.Scale");

	return (pv_resource){.kind = "Scale",
			     .group = "autoscaling",
			     .version = "v1",
			     .plural = "",
			     .type = "",
			     .api_version = "autoscaling/v1",
			     .schema = schema,
			     .whole = schema,
			     .meta = pv_registry_type(w->api->registry, "meta.v1.ObjectMeta"),
			     .namespaced = w->res->namespaced};
}

/* The replicas of a Scale in the object's own place. */
static int
into(pv_ctx *cx, const write_op *w, const pv_val *scale, const pv_val *object, const pv_val **ret)
{
	int64_t replicas = pv_i64_at(scale, "spec.replicas", 0);
	pv_vec causes;

	if ((replicas < 0 && !w->res->crd) ||
	    replicas > INT32_MAX) { /* a custom kind's is judged with the object */
		pv_resource scaled = kind_of(w);

		pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
		api_cause(cx, &causes, "FieldValueInvalid", "spec.replicas",
			  "Invalid value: %lld: must be %s", (long long)replicas,
			  replicas < 0 ? "greater than or equal to 0" : "at most 2147483647");
		return api_invalid(cx, &scaled, w->name, &causes);
	}
	*ret = pv_box(cx->arena, pv_with_at(cx->arena, object, dotted(w->res->scale_spec), pv_int(replicas)));
	return 0;
}

/* ---- at admission ---- */

const pv_val *
scale_shown(pv_ctx *cx, const write_op *w, const pv_val *object)
{
	return pv_streq(w->sub, "scale") ? pv_box(cx->arena, scale_of(cx, w->res, object)) : object;
}

void
scale_ask(pv_ctx *cx, const write_op *w, pv_admit *admit)
{
	pv_resource *kind;

	if (!pv_streq(w->sub, "scale"))
		return;
	kind = pv_new(cx->arena, pv_resource);
	*kind = kind_of(w);
	admit->of = kind;
	admit->object = scale_shown(cx, w, admit->object);
	admit->old = scale_shown(cx, w, admit->old);
}

int
scale_take(pv_ctx *cx, const write_op *w, const pv_val *scale, const pv_val **object)
{
	pv_resource kind = kind_of(w);
	const char *why;

	if (api_check_types(cx, kind.schema, scale, "", kind.api_version, kind.kind) == 0)
		return into(cx, w, scale, *object, object);
	why = cx->err->message;
	(void)pv_recover(cx);
	return pv_fail(cx, PV_EINTERNAL, "Internal error occurred: what admission made of the Scale: %s",
		       why);
}

/* ---- writing ---- */

/* It is a Scale, of this object, with fields and values that a Scale has. */
static int
check(pv_ctx *cx, const write_op *w, const pv_val **scale)
{
	pv_resource kind = kind_of(w);
	write_op as_scale = *w;
	int r = 0;

	as_scale.res = &kind;
	if (w->call->exact)
		r = api_check_intent(cx, &as_scale, &kind, scale);
	if (r == 0)
		r = write_identify(cx, &as_scale, scale);
	if (r == 0)
		r = api_check_types(cx, kind.schema, *scale, "", kind.api_version, kind.kind);
	return r < 0 ? r : write_prune(cx, &as_scale, scale);
}

static int
changed(pv_ctx *cx, write_op *w, const pv_val *scale, const pv_val **ret)
{
	static const char *const conditions[] = {"uid", "resourceVersion"};
	pv_val v;
	int r = check(cx, w, &scale);

	if (r < 0)
		return r;
	v = *w->old;
	for (size_t i = 0; i < PV_LEN(conditions); i++)
		if (*meta_text(scale, conditions[i]))
			v = meta_with(cx, &v, conditions[i], *meta_get(scale, conditions[i]));
	return into(cx, w, scale, &v, ret);
}

/* Of what is applied, the number is the manager's, in its place in the object. */
static int
applied(pv_ctx *cx, write_op *w, const pv_val *scale, const pv_val **ret)
{
	const pv_val *intent;
	pv_objb meta, b;
	pv_val made;
	int r = api_can_apply(cx, w->call, scale);

	if (r == 0)
		r = check(cx, w, &scale);
	if (r < 0)
		return r;
	pv_objb_init(&meta, cx->arena);
	pv_objb_puts(&meta, "name", w->name);
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", w->res->api_version);
	pv_objb_puts(&b, "kind", w->res->kind);
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	made = pv_objb_end(&b);
	intent = &made;
	if (pv_at(scale, "spec.replicas"))
		r = into(cx, w, scale, intent, &intent);
	if (r < 0)
		return r;
	w->skip_fields = true;
	return write_merge(cx, w, w->old, intent, ret);
}

int
scale_change(pv_ctx *cx, write_op *w, void *arg, const pv_val **ret)
{
	const scale_args *args = arg;
	const pv_val *wished = args->body;
	pv_val scale;
	int r = 0;

	if (args->patch && args->kind == PV_PATCH_APPLY)
		return applied(cx, w, args->body, ret);
	scale = scale_of(cx, w->res, w->old);
	if (args->patch && args->kind == PV_PATCH_JSON)
		r = patch_json(cx, w, &scale, args->body, &wished);
	else if (args->patch)
		r = pv_patch_merge(cx, &scale, args->body, &wished);
	if (r == 0)
		r = changed(cx, w, wished, ret);
	return args->patch ? patch_read(cx, w, wished, r) : r;
}
