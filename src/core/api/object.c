/* Small questions about and changes to an API object. */
#include "core/api/impl.h"

pv_val
meta_with(pv_ctx *cx, const pv_val *object, const char *key, pv_val v)
{
	const pv_val *meta = pv_get(object, "metadata");
	pv_val empty = pv_object_of(cx->arena, NULL, 0, NULL, NULL);

	if (!pv_is(meta, PV_OBJECT))
		meta = &empty;
	return pv_with(cx->arena, object, "metadata", pv_with(cx->arena, meta, key, v));
}

pv_val
meta_without(pv_ctx *cx, const pv_val *object, const char *key)
{
	const pv_val *meta = pv_get(object, "metadata");

	if (!pv_get(meta, key))
		return *object;
	return pv_with(cx->arena, object, "metadata", pv_without(cx->arena, meta, key));
}

const pv_val *
meta_get(const pv_val *object, const char *key)
{
	return pv_get(pv_get(object, "metadata"), key);
}

const char *
meta_text(const pv_val *object, const char *key)
{
	return pv_text(meta_get(object, key), "");
}

bool
meta_deleting(const pv_val *object)
{
	return meta_text(object, "deletionTimestamp")[0] != '\0';
}

bool
meta_finalized(const pv_val *object)
{
	bool namespace = pv_streq(pv_text_at(object, "kind", ""), "Namespace") &&
			 pv_streq(pv_text_at(object, "apiVersion", ""), "v1");

	if (pv_count(meta_get(object, "finalizers")) > 0)
		return false;
	return !namespace || pv_count(pv_at(object, "spec.finalizers")) == 0;
}

bool
meta_has_finalizer(const pv_val *object, const char *name)
{
	return pv_list_has_text(meta_get(object, "finalizers"), name);
}

const pv_val *
meta_with_finalizer(pv_ctx *cx, const pv_val *object, const char *name, bool wanted)
{
	const pv_val *list = meta_get(object, "finalizers");
	pv_listb out;
	pv_val made;

	if (meta_has_finalizer(object, name) == wanted)
		return object;
	pv_listb_init(&out, cx->arena);
	for (size_t i = 0; i < pv_count(list); i++)
		if (!pv_streq(pv_text(pv_item(list, i), ""), name))
			pv_listb_add(&out, *pv_item(list, i));
	if (wanted)
		pv_listb_add(&out, pv_string_ref(name));
	made = pv_listb_end(&out);
	return pv_box(cx->arena, pv_count(&made) ? meta_with(cx, object, "finalizers", made)
						 : meta_without(cx, object, "finalizers"));
}

const pv_val *
object_ordered(pv_ctx *cx, const pv_val *object)
{
	static const char *const first[] = {"apiVersion", "kind", "metadata"};
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	for (size_t i = 0; i < PV_LEN(first); i++) {
		const pv_val *v = pv_get(object, first[i]);

		if (v)
			pv_objb_put(&b, first[i], *v);
	}
	for (size_t i = 0; i < pv_member_count(object); i++) {
		const pv_member *m = &object->members[i];
		bool before = false;

		for (size_t j = 0; j < PV_LEN(first); j++)
			before = before || pv_streq(m->key.s, first[j]);
		if (!before)
			pv_objb_add(&b, m->key, m->val);
	}
	return pv_box(cx->arena, pv_objb_end(&b));
}

static bool
is_envelope(const char *key)
{
	return pv_streq(key, "metadata") || pv_streq(key, "status") || pv_streq(key, "apiVersion") ||
	       pv_streq(key, "kind");
}

static bool
covers(const pv_val *a, const pv_val *b)
{
	for (size_t i = 0; i < pv_member_count(a); i++) {
		const pv_member *m = &a->members[i];

		if (!is_envelope(m->key.s) && !pv_eq(&m->val, pv_get(b, m->key.s)))
			return false;
	}
	return true;
}

bool
object_same_spec(const pv_val *a, const pv_val *b)
{
	return covers(a, b) && covers(b, a);
}

pv_val
object_with_condition(pv_ctx *cx, const pv_val *object, const char *type, pv_val condition)
{
	const pv_val *list = pv_at(object, "status.conditions");
	bool placed = false;
	pv_listb b;

	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(list); i++) {
		bool same = pv_streq(pv_text_at(pv_item(list, i), "type", ""), type);

		if (!same || !placed)
			pv_listb_add(&b, same ? condition : *pv_item(list, i));
		placed |= same;
	}
	if (!placed)
		pv_listb_add(&b, condition);
	return pv_with_at(cx->arena, object, "status.conditions", pv_listb_end(&b));
}
