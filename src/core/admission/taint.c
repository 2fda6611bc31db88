/* A new Node takes no Pods yet: whoever looks after nodes takes the taint off when it is ready (upstream
 * plugin/pkg/admission/nodetaint). */
#include "base/str.h"
#include "core/admission/node.h"

#define KEY "node.kubernetes.io/not-ready"
#define EFFECT "NoSchedule"

static bool
is_tainted(const pv_val *taints)
{
	for (size_t i = 0; i < pv_count(taints); i++)
		if (pv_streq(pv_text_at(pv_item(taints, i), "key", ""), KEY) &&
		    pv_streq(pv_text_at(pv_item(taints, i), "effect", ""), EFFECT))
			return true;
	return false;
}

static int
mutate(pv_ctx *cx, pv_admit *admit)
{
	const pv_val *taints = pv_at(admit->object, "spec.taints");
	pv_listb more;
	pv_objb taint;
	pv_val list;

	if (!pv_streq(admit->resource->type, "/Node") || admit->operation != PV_OP_CREATE ||
	    *admit->subresource || is_tainted(taints))
		return 0;
	pv_objb_init(&taint, cx->arena);
	pv_objb_puts(&taint, "key", KEY);
	pv_objb_puts(&taint, "effect", EFFECT);
	pv_listb_init(&more, cx->arena);
	pv_listb_add(&more, pv_objb_end(&taint));
	list = pv_listb_end(&more);
	admit->object = pv_box(cx->arena, pv_with_at(cx->arena, admit->object, "spec.taints",
						     pv_list_union(cx->arena, taints, &list)));
	return 0;
}

const pv_admission taint_admission = {.name = "node-taint", .mutate = mutate};
