/* JSON merge patch, RFC 7386. */
#include "lang/patch/patch.h"

/* Both are as deep as their reader allowed, so the recursion is limited. */
static pv_val
merge(pv_arena *arena, const pv_val *doc, const pv_val *patch)
{
	pv_objb b;

	if (!pv_is(patch, PV_OBJECT))
		return *patch;
	if (!pv_is(doc, PV_OBJECT))
		doc = NULL;
	pv_objb_init(&b, arena);
	for (size_t i = 0; doc != NULL && i < doc->len; i++) {
		const pv_member *m = &doc->members[i];
		const pv_val *change = pv_getv(patch, &m->key);

		if (change == NULL)
			pv_objb_add(&b, m->key, m->val);
		else if (change->type != PV_NULL)
			pv_objb_add(&b, m->key, merge(arena, &m->val, change));
	}
	for (size_t i = 0; i < patch->len; i++) {
		const pv_member *m = &patch->members[i];

		if (m->val.type != PV_NULL && pv_getv(doc, &m->key) == NULL)
			pv_objb_add(&b, m->key, merge(arena, NULL, &m->val));
	}
	return pv_objb_end(&b);
}

int
pv_patch_merge(pv_ctx *cx, const pv_val *doc, const pv_val *patch, const pv_val **ret)
{
	const pv_val *result = pv_box(cx->arena, merge(cx->arena, doc, patch));

	if (!pv_depth_within(result, PV_PATCH_DEPTH))
		return pv_fail(cx, PV_EINVALID,
			       "the patched object is nested deeper than the limit of %d levels",
			       PV_PATCH_DEPTH);
	*ret = result;
	return 0;
}
