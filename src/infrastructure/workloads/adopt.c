/* Source: k8s.io/kubernetes/pkg/controller/controller_ref_manager.go. */
#include "infrastructure/workloads/adopt.h"

#include "base/str.h"
#include "infrastructure/workloads/pods.h"

static bool
has_controller(const pv_val *object)
{
	const pv_val *refs = pv_at(object, "metadata.ownerReferences");

	for (size_t i = 0; i < pv_count(refs); i++)
		if (pv_truth_at(pv_item(refs, i), "controller", false))
			return true;
	return false;
}

/* The object's owners without `owner`, and with it again if it is to be one. */
static void
write_owners(pv_ctx *cx, pv_plan *plan, const pv_val *owner, const pv_val *object, bool owned)
{
	const pv_val *refs = pv_at(object, "metadata.ownerReferences");
	const char *uid = pv_text_at(owner, "metadata.uid", "");
	pv_listb b;

	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(refs); i++)
		if (!pv_streq(pv_text_at(pv_item(refs, i), "uid", ""), uid))
			pv_listb_add(&b, *pv_item(refs, i));
	if (owned)
		pv_listb_add(&b, pv_owner_ref(cx->arena, owner));
	pv_plan_patch(cx, plan, object, "",
		      object2(cx->arena, "metadata", "ownerReferences", pv_listb_end(&b)));
	pv_plan_reason(cx, plan, "%s %s: its labels %s the selector", owned ? "adopts" : "lets go of",
		       meta_name(object), owned ? "match" : "no longer match");
}

static void
keep(pv_ctx *cx, pv_plan *plan, const pv_val *owner, const pv_selector *sel, const struct adoption *how,
     pv_vec *ret)
{
	pv_vec owned;

	pv_plan_owned(cx, plan, how->kind, &owned);
	for (size_t i = 0; i < owned.len; i++) {
		const pv_val *object = *PV_AT(const pv_val *, &owned, i);

		if (!pv_owned_by(object, owner))
			continue;
		if (!sel || pv_selector_match(sel, pv_at(object, "metadata.labels")))
			pv_vec_push(ret, &object);
		else
			write_owners(cx, plan, owner, object, false);
	}
}

static void
take(pv_ctx *cx, pv_plan *plan, const pv_val *owner, const pv_selector *sel, const struct adoption *how,
     pv_vec *ret)
{
	pv_vec found;

	pv_plan_indexed(cx, plan, how->index, meta_ns(owner), &found);
	for (size_t i = 0; i < found.len; i++) {
		const pv_val *object = *PV_AT(const pv_val *, &found, i);

		if (is_deleting(object) || !pv_selector_match(sel, pv_at(object, "metadata.labels")) ||
		    (how->fits && !how->fits(cx, owner, object)))
			continue;
		write_owners(cx, plan, owner, object, true);
		pv_vec_push(ret, &object);
	}
}

void
adopt(pv_ctx *cx, pv_plan *plan, const pv_val *owner, const struct adoption *how, pv_vec *ret)
{
	pv_selector *sel = NULL;

	pv_vec_init(ret, cx->arena, sizeof(const pv_val *));
	if (!is_deleting(owner) && pv_selector_from(cx, how->selector, &sel) < 0) {
		pv_recover(cx); /* validation refuses such a selector; old objects adopt nothing */
		sel = NULL;
	}
	keep(cx, plan, owner, sel, how, ret);
	if (sel)
		take(cx, plan, owner, sel, how, ret);
}

void
adopt_orphan_keys(pv_ctx *cx PV_UNUSED, const pv_val *object, pv_vec *ret)
{
	const char *ns = meta_ns(object);

	if (!has_controller(object))
		pv_vec_push(ret, &ns);
}
