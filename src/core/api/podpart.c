/* podpart: what of a Pod its subresources write; the rest stays as it was (upstream
 * registry/core/pod/strategy.go: podEphemeralContainersStrategy, podResizeStrategy). */
#include "core/api/builtin.h"

/* The containers as they were, with resources and resizePolicy of the new ones.  Those that came, went or changed
 * places are left as they are: validation says so. */
static const pv_val *
resized(pv_ctx *cx, const pv_val *was, const pv_val *now)
{
	static const char *const parts[] = {"resources", "resizePolicy"};
	pv_listb out;

	if (!was || pv_count(was) != pv_count(now))
		return now;
	pv_listb_init(&out, cx->arena);
	for (size_t i = 0; i < pv_count(was); i++) {
		const pv_val *new = pv_item(now, i);
		pv_val v = *pv_item(was, i);

		if (!pv_streq(pv_text_at(&v, "name", ""), pv_text_at(new, "name", "")))
			return now;
		for (size_t k = 0; k < PV_LEN(parts); k++) {
			const pv_val *part = pv_get(new, parts[k]);

			v = part ? pv_with(cx->arena, &v, parts[k], *part)
				 : pv_without(cx->arena, &v, parts[k]);
		}
		pv_listb_add(&out, v);
	}
	return pv_box(cx->arena, pv_listb_end(&out));
}

const pv_val *
podpart_of(pv_ctx *cx, const write_op *w, const pv_val *object, const pv_val *rest)
{
	static const char *const lists[] = {"containers", "initContainers"};
	const pv_val *old = pv_get(rest, "spec"), *new = pv_get(object, "spec"),
		     *managed = meta_get(object, "managedFields"), *part;
	bool debug = pv_streq(w->sub, "ephemeralcontainers");
	pv_val spec, v;

	if (!pv_streq(w->res->type, "/Pod") || (!debug && !pv_streq(w->sub, "resize")))
		return NULL;
	spec = old ? *old : pv_object_of(cx->arena, NULL, 0, NULL, NULL);
	if (debug) {
		part = pv_get(new, "ephemeralContainers");
		spec = part ? pv_with(cx->arena, &spec, "ephemeralContainers", *part)
			    : pv_without(cx->arena, &spec, "ephemeralContainers");
	}
	for (size_t i = 0; !debug && i < PV_LEN(lists); i++) {
		part = resized(cx, pv_get(old, lists[i]), pv_get(new, lists[i]));
		spec = part ? pv_with(cx->arena, &spec, lists[i], *part)
			    : pv_without(cx->arena, &spec, lists[i]);
	}
	v = pv_with(cx->arena, rest, "spec", spec);
	if (managed)
		v = meta_with(cx, &v, "managedFields", *managed);
	return pv_box(cx->arena, v);
}
