/* pods/binding and bindings: a scheduler's decision, once (upstream registry/core/pod/storage: BindingREST). */
#include <string.h>

#include "base/time.h"
#include "core/api/http.h"

/* The annotations of the Binding become the Pod's, too. */
static pv_val
annotated(pv_ctx *cx, const pv_val *pod, const pv_val *binding)
{
	const pv_val *more = meta_get(binding, "annotations");
	pv_objb b;

	if (!pv_count(more))
		return *pod;
	pv_objb_from(&b, cx->arena, meta_get(pod, "annotations"));
	for (size_t i = 0; i < pv_member_count(more); i++)
		pv_objb_putv(&b, more->members[i].key, more->members[i].val);
	return meta_with(cx, pod, "annotations", pv_objb_end(&b));
}

static int
bound(pv_ctx *cx, write_op *w, void *arg, const pv_val **ret)
{
	const pv_val *binding = arg;
	const char *had = pv_text_at(w->old, "spec.nodeName", ""), *why = NULL;
	pv_resource as = *w->res;
	pv_objb condition;
	pv_val v;

	if (meta_deleting(w->old))
		why = pv_printf(cx->arena, "pod %s is being deleted, cannot be assigned to a host", w->name);
	else if (had[0])
		why = pv_printf(cx->arena, "pod %s is already assigned to node \"%s\"", w->name, had);
	else if (pv_count(pv_at(w->old, "spec.schedulingGates")))
		why = pv_printf(cx->arena, "pod %s has non-empty .spec.schedulingGates", w->name);
	as.plural = "pods/binding";
	if (why)
		return api_conflict(cx, &as, w->name, why);
	pv_objb_init(&condition, cx->arena);
	pv_objb_puts(&condition, "type", "PodScheduled");
	pv_objb_puts(&condition, "status", "True");
	pv_objb_puts(&condition, "lastTransitionTime", pv_time_format(cx->arena, w->now));
	v = annotated(cx, w->old, binding);
	v = pv_with_at(cx->arena, &v, "spec.nodeName", *pv_at(binding, "target.name"));
	v = object_with_condition(cx, &v, "PodScheduled", pv_objb_end(&condition));
	*ret = pv_box(cx->arena, v);
	return 0;
}

static int
check(request *q, const pv_val *body)
{
	const pv_resource res = {.group = "", .kind = "Binding"};
	const char *kind = pv_text_at(body, "target.kind", "");
	pv_vec causes;

	if (q->t.sub[0] && !pv_streq(meta_text(body, "name"), q->t.name))
		return pv_fail(q->cx, PV_EBADREQUEST, "name in URL does not match name in Binding object");
	pv_vec_init(&causes, q->cx->arena, sizeof(pv_cause));
	if (kind[0] && !pv_streq(kind, "Node"))
		api_cause(q->cx, &causes, "FieldValueNotSupported", "target.kind",
			  "Unsupported value: \"%s\": supported values: \"Node\", \"<empty>\"", kind);
	if (!pv_text_at(body, "target.name", "")[0])
		api_cause(q->cx, &causes, "FieldValueRequired", "target.name", "Required value");
	return causes.len ? api_invalid(q->cx, &res, meta_text(body, "name"), &causes) : 0;
}

/* Posted to the Pod, or to the namespace's bindings with the Pod's name in it. */
int
handle_binding(request *q)
{
	const pv_val *body = NULL;
	pv_call call = {0};
	outcome out;
	write_op w;
	int r = query_write(q, "CreateOptions", &call);

	if (r == 0)
		r = may(q, "create");
	if (r == 0)
		r = body_of_kind(q, "v1", "Binding", &body);
	if (r == 0)
		r = body_of_here(q, body);
	if (r == 0)
		r = check(q, body);
	if (r == 0)
		r = posted_admit(q, &call, "v1", "Binding", &body);
	if (r < 0)
		return r;
	call.past_admission = call.permitted = true;
	call.resource = pv_resource_of_type(q->cx, q->api->registry, "/Pod");
	call.subresource = "binding";
	call.name = meta_text(body, "name");
	r = write_begin(q->cx, q->api, &call, PV_OP_UPDATE, "create", PV_V_UPDATE, &w);
	if (r == 0)
		r = op_change(q->cx, &w, bound, (void *)(uintptr_t)body, &out);
	return r < 0 ? r : answer_success(q);
}
