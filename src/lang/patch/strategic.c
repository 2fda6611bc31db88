/* Strategic merge patch, as apimachinery's strategicpatch applies it on the server:
 * directives, parallel lists and element orders.  What a field's type says about
 * its list comes from the caller's look-up. */
#include <string.h>
#include "base/map.h"
#include "base/turn.h"
#include "lang/patch/elements.h"

static pv_smp_field
look_up(const struct smp *s, const void *type, const char *field)
{
	return type != NULL ? s->lookup(type, field) : (pv_smp_field){.type = NULL};
}

/* "$prefix/name" -> "name", else NULL. */
static const char *
behind(const char *key, const char *prefix)
{
	return pv_starts_with(key, prefix) ? key + strlen(prefix) : NULL;
}

/* ---- $retainKeys ---- */

/* Fills `work` with the members of the original that the patch retains. */
static int
retain(struct smp *s, const pv_val *original, const pv_val *patch, pv_map *work)
{
	const pv_val *keys = pv_get(patch, RETAIN_KEYS);
	pv_vec listed = elements_of(s, pv_is(keys, PV_LIST) ? keys : NULL);
	struct elements_index index = elements_index_of(s, &listed, NULL);

	if (keys != NULL && keys->type != PV_LIST)
		return pv_fail(s->cx, PV_EBADREQUEST,
			       "strategic merge patch: $retainKeys must be a list of keys, found %s",
			       pv_type_name(keys));
	for (size_t i = 0; keys != NULL && i < patch->len; i++) {
		const pv_member *m = &patch->members[i];

		if (m->val.type == PV_NULL || strcmp(m->key.s, RETAIN_KEYS) == 0 ||
		    behind(m->key.s, DELETE_PRIMITIVES) || behind(m->key.s, ELEMENT_ORDER))
			continue;
		if (elements_find(&index, &m->key) < 0)
			return pv_fail(s->cx, PV_EBADREQUEST,
				       "strategic merge patch: invalid patch format of $retainKeys: the "
				       "patch sets \"%.*s\", which is "
				       "not in the list",
				       PV_CLIP(m->key.s));
	}
	for (size_t i = 0; pv_is(original, PV_OBJECT) && i < original->len; i++) {
		const pv_member *m = &original->members[i];

		if (keys == NULL || elements_find(&index, &m->key) >= 0)
			pv_map_put(work, m->key.s, m->key.len, (void *)(uintptr_t)&m->val);
	}
	return 0;
}

/* ---- lists ---- */

/* Sorts the patch's items: plain ones, keys to delete, and whether to replace. */
static int
special_items(struct smp *s, const pv_val *patch, const char *key, pv_vec *plain, pv_vec *doomed,
	      bool *ret_replace)
{
	*ret_replace = false;
	for (size_t i = 0; i < patch->len; i++) {
		const pv_val *item = &patch->items[i], *directive = pv_get(item, DIRECTIVE);
		const char *what = pv_text(directive, "");

		if (directive == NULL) {
			pv_vec_push(plain, &item);
		} else if (strcmp(what, "delete") == 0) {
			const pv_val *wanted = pv_get(item, key);

			if (wanted == NULL)
				return elements_no_key(s, item, key);
			pv_vec_push(doomed, &wanted);
		} else if (strcmp(what, "replace") == 0) {
			*ret_replace = true;
		} else if (strcmp(what, "merge") == 0) {
			return pv_fail(
				s->cx, PV_EINVALID,
				"strategic merge patch: merging lists cannot yet be specified in the patch");
		} else {
			return smp_bad_directive(s, directive);
		}
	}
	return 0;
}

static pv_vec
survivors(struct smp *s, const pv_val *original, const pv_vec *doomed, const char *key)
{
	struct elements_index index = elements_index_of(s, doomed, NULL);
	pv_vec all = elements_of(s, original);
	size_t n = 0;

	for (size_t i = 0; i < all.len; i++) {
		const pv_val *item = elements_at(&all, i), *known_by = pv_get(item, key);

		if (known_by == NULL || elements_find(&index, known_by) < 0)
			*PV_AT(const pv_val *, &all, n++) = item;
	}
	all.len = n;
	return all;
}

/* An item of the patch goes into the one of the same key, or is added. */
static int
merge_items(struct smp *s, pv_vec *have, const pv_vec *patch, const char *key, const void *type)
{
	struct elements_index old = elements_index_of(s, have, key), new = elements_index_of(s, patch, key);
	size_t *added = pv_new_array(s->cx->arena, size_t, patch->len); /* where each new item went */

	for (size_t i = 0; i < patch->len; i++) {
		const pv_val *item = elements_at(patch, i), *wanted = pv_get(item, key), *merged = NULL;
		ptrdiff_t at, first;
		int r;

		if (wanted == NULL)
			return elements_no_key(s, item, key);
		at = elements_find(&old, wanted);
		first = elements_find(&new, wanted);
		if (at < 0 && first == (ptrdiff_t)i) {
			added[i] = have->len;
			merged = pv_box(s->cx->arena, smp_without_directives(s, item));
			pv_vec_push(have, &merged);
			continue;
		}
		at = at < 0 ? (ptrdiff_t)added[first] : at;
		r = pv_ctx_check(s->cx); /* an item may be patched many times, and be large */
		if (r == 0)
			r = smp_merge(s, elements_at(have, (size_t)at), item, type, &merged);
		if (r < 0)
			return r;
		*PV_AT(const pv_val *, have, (size_t)at) = merged;
	}
	return 0;
}

/* A list whose items are known by a key. */
static int
merge_keyed(struct smp *s, const pv_val *original, const pv_val *patch, const pv_smp_field *field,
	    pv_vec *ret)
{
	pv_vec have, before, plain = elements_of(s, NULL), doomed = elements_of(s, NULL),
			     nothing = elements_of(s, NULL);
	bool replace;
	int r;

	if (field->merge_key == NULL)
		return pv_fail(s->cx, PV_EINVALID,
			       "strategic merge patch: cannot merge lists without merge key");
	r = special_items(s, patch, field->merge_key, &plain, &doomed, &replace);
	if (r < 0)
		return r;
	if (replace) {
		*ret = plain;
		return elements_order(s, &plain, &nothing, &plain, field->merge_key, ret);
	}
	before = survivors(s, original, &doomed, field->merge_key);
	have = survivors(s, original, &doomed, field->merge_key);
	r = merge_items(s, &have, &plain, field->merge_key, field->type);
	if (r < 0)
		return r;
	*ret = have;
	return elements_order(s, &have, &plain, &before, field->merge_key, ret);
}

/* A list of scalars, as a set. */
static int
merge_scalars(struct smp *s, const pv_val *original, const pv_val *patch, bool deletes, pv_vec *ret)
{
	pv_vec have = elements_of(s, original), given = elements_of(s, patch), all = elements_of(s, original);
	pv_vec merged = elements_of(s, NULL);
	struct elements_index index;

	for (size_t i = 0; i < given.len && !deletes; i++)
		pv_vec_push(&all, PV_AT(const pv_val *, &given, i));
	index = elements_index_of(s, deletes ? &given : &all, NULL);
	for (size_t i = 0; i < all.len; i++) {
		const pv_val *v = elements_at(&all, i);
		ptrdiff_t first = elements_find(&index, v);

		if (deletes ? first < 0 : first == (ptrdiff_t)i)
			pv_vec_push(&merged, &v);
	}
	*ret = merged;
	return deletes ? 0 : elements_order(s, &merged, &given, &have, NULL, ret);
}

/* Two lists under the field's strategy; *ret gets the items. */
static int
merge_lists(struct smp *s, const pv_val *original, const pv_val *patch, const pv_smp_field *field,
	    bool deletes, pv_vec *ret)
{
	enum element_kind kind;
	int r;

	if (!field->merge && !deletes) {
		*ret = elements_of(s, patch);
		return 0;
	}
	r = elements_kind(s, original, patch, &kind);
	if (r < 0)
		return r;
	if (kind == ELEMENT_NONE) {
		*ret = elements_of(s, original);
		return 0;
	}
	if (kind == ELEMENT_OBJECT)
		return merge_keyed(s, original, patch, field, ret);
	return merge_scalars(s, original, patch, deletes, ret);
}

/* ---- $setElementOrder ---- */

static int
want_list(struct smp *s, const char *key, const pv_val *v)
{
	if (v == NULL || v->type == PV_LIST)
		return 0;
	return pv_fail(s->cx, PV_EINVALID, "strategic merge patch: %.*s: expected a list, found %s",
		       PV_CLIP(key), pv_type_name(v));
}

static int
ordered_list(struct smp *s, const pv_val *patch, const pv_member *directive, const char *key,
	     const void *type, pv_map *work)
{
	const pv_val *have = pv_map_finds(work, key), *given = pv_get(patch, key);
	pv_smp_field field = look_up(s, type, key);
	pv_vec merged, order, original;
	int r = want_list(s, directive->key.s, &directive->val);

	if (r == 0 && type != NULL && !field.known)
		r = pv_fail(s->cx, PV_EINVALID, "strategic merge patch: %.*s: there is no such field",
			    PV_CLIP(directive->key.s));
	if (pv_is(have, PV_NULL))
		have = NULL;
	if (r == 0)
		r = want_list(s, key, have);
	if (r == 0)
		r = want_list(s, key, given);
	if (r < 0 || (have == NULL && given == NULL))
		return r;
	order = elements_of(s, &directive->val);
	original = elements_of(s, have);
	r = elements_check_order(s, given, &order, field.merge_key);
	if (r < 0)
		return r;
	if (given == NULL)
		merged = original;
	else if (have == NULL)
		merged = elements_of(s, pv_box(s->cx->arena, smp_without_directives(s, given)));
	else
		r = merge_lists(s, have, given, &field, false, &merged);
	if (r == 0)
		r = elements_order(s, &merged, &order, &original, field.merge_key, &merged);
	if (r == 0)
		pv_map_puts(work, key, elements_list(s, &merged));
	return r;
}

/* ---- objects ---- */

static int
merge_member(struct smp *s, const pv_member *m, const void *type, pv_map *work)
{
	const char *deleting = behind(m->key.s, DELETE_PRIMITIVES),
		   *key = deleting != NULL ? deleting : m->key.s;
	size_t len = deleting != NULL ? strlen(deleting) : m->key.len;
	const pv_val *have = pv_map_find(work, key, len), *merged = NULL;
	pv_smp_field field;
	pv_vec items;
	int r = 0;

	if (m->val.type == PV_NULL) {
		pv_map_del(work, key, len);
		return 0;
	}
	if (have == NULL || have->type != m->val.type) {
		if (deleting == NULL)
			pv_map_put(
				work, key, len,
				(void *)(uintptr_t)pv_box(s->cx->arena, smp_without_directives(s, &m->val)));
		return 0;
	}
	field = look_up(s, type, key);
	if (m->val.type == PV_OBJECT && !field.replace) {
		r = smp_merge(s, have, &m->val, field.type, &merged);
	} else if (m->val.type == PV_LIST) {
		r = merge_lists(s, have, &m->val, &field, deleting != NULL, &items);
		if (r == 0)
			merged = elements_list(s, &items);
	} else {
		merged = &m->val;
	}
	if (r == 0)
		pv_map_put(work, key, len, (void *)(uintptr_t)merged);
	return r;
}

/* The whole patch is a directive: $patch: replace or delete. */
static int
whole_directive(struct smp *s, const pv_val *patch, const pv_val *directive, const pv_val **ret)
{
	const char *what = pv_text(directive, "");
	pv_objb b;

	pv_objb_init(&b, s->cx->arena);
	if (strcmp(what, "replace") == 0)
		pv_objb_from(&b, s->cx->arena, patch);
	else if (strcmp(what, "delete") != 0)
		return smp_bad_directive(s, directive);
	pv_objb_del(&b, DIRECTIVE);
	*ret = pv_box(s->cx->arena, pv_objb_end(&b));
	return 0;
}

static const pv_val *
object_of(struct smp *s, pv_map *work)
{
	pv_objb b;
	pv_str key;
	void *v;
	size_t pos = 0;

	pv_objb_init(&b, s->cx->arena);
	while (pv_map_each(work, &pos, &key, &v))
		pv_objb_add(&b, pv_stringn(s->cx->arena, key.s, key.len), *(const pv_val *)v);
	return pv_box(s->cx->arena, pv_objb_end(&b));
}

int
smp_merge(struct smp *s, const pv_val *original, const pv_val *patch, const void *type, const pv_val **ret)
{
	const pv_val *directive = pv_get(patch, DIRECTIVE);
	pv_map *work = pv_map_new(s->cx->arena);
	int r;

	if (directive != NULL)
		return whole_directive(s, patch, directive, ret);
	r = retain(s, original, patch, work);
	for (size_t i = 0; r == 0 && i < patch->len; i++) {
		const char *key = behind(patch->members[i].key.s, ELEMENT_ORDER);

		if (key != NULL)
			r = ordered_list(s, patch, &patch->members[i], key, type, work);
	}
	for (size_t i = 0; r == 0 && i < patch->len; i++) {
		const pv_member *m = &patch->members[i];
		const char *key = pv_text(&m->key, "");

		if (strcmp(key, RETAIN_KEYS) == 0 || behind(key, ELEMENT_ORDER) != NULL)
			continue;
		if (pv_get(patch, pv_printf(s->cx->arena, ELEMENT_ORDER "%s", key)) != NULL &&
		    m->val.type != PV_NULL)
			continue; /* merged with its order */
		r = merge_member(s, m, type, work);
	}
	if (r == 0)
		*ret = object_of(s, work);
	return r;
}

int
pv_patch_strategic(pv_ctx *cx, const pv_val *doc, const pv_val *patch, const void *type, pv_smp_lookup lookup,
		   const pv_val **ret)
{
	struct smp s = {.cx = cx, .lookup = lookup};
	const pv_val *result = NULL;
	int r;

	if (!pv_is(patch, PV_OBJECT))
		return pv_fail(cx, PV_EINVALID, "strategic merge patch: expected an object, found %s",
			       pv_type_name(patch));
	r = smp_merge(&s, doc, patch, type, &result);
	if (r < 0)
		return r;
	if (!pv_depth_within(result, PV_PATCH_DEPTH))
		return pv_fail(cx, PV_EBADREQUEST,
			       "the patched object is nested deeper than the limit of %d levels",
			       PV_PATCH_DEPTH);
	*ret = result;
	return 0;
}
