/* merge: a strategic merge patch as kustomize applies it: items of a patch come before those that
 * were there, and null or $patch: delete takes away. */
#include <string.h>

#include "delivery/kustomize/merge.h"

#define MERGE_DEPTH 1000

enum directive { D_MERGE, D_REPLACE, D_DELETE };

typedef struct merger {
	kust_state *s;
	unsigned depth;
} merger;

/* *ret NULL: there is nothing.  dest and patch: NULL if absent. */
static int merge(merger *m, const pv_val *dest, const pv_val *patch, kust_type type, const pv_val **ret);

static bool
nothing(const pv_val *v)
{
	return v == NULL || v->type == PV_NULL;
}

static int
directive_of(merger *m, const pv_val *marked, enum directive *ret)
{
	const char *text = pv_scalar_text(m->s->cx->arena, pv_get(marked, "$patch"));
	static const char *const names[] = {"merge", "replace", "delete"};
	for (size_t i = 0; i < PV_LEN(names); i++)
		if (pv_streq(text, names[i])) {
			*ret = (enum directive)i;
			return 0;
		}
	return pv_fail(m->s->cx, PV_EINVALID, "unknown patch strategy '%s'", text);
}

/* ---- maps ---- */

static int
merge_fields(merger *m, const pv_val *dest, const pv_val *patch, const kust_type *type, const pv_val **ret)
{
	pv_objb b;
	int r = 0;
	pv_objb_init(&b, m->s->cx->arena);
	for (size_t i = 0; r == 0 && i < dest->len; i++) {
		const pv_member *f = &dest->members[i];
		const pv_val *other = pv_getv(patch, &f->key), *now = &f->val;
		if (other)
			r = merge(m, &f->val, other, kust_type_field(m->s, type, pv_text(&f->key, "")), &now);
		if (r == 0 && now)
			pv_objb_add(&b, f->key, *now);
	}
	for (size_t i = 0; r == 0 && dest != patch && i < patch->len; i++) {
		const pv_member *f = &patch->members[i];
		const pv_val *now;
		if (pv_getv(dest, &f->key))
			continue;
		r = merge(m, NULL, &f->val, kust_type_field(m->s, type, pv_text(&f->key, "")), &now);
		if (r == 0 && now)
			pv_objb_add(&b, f->key, *now);
	}
	*ret = pv_box(m->s->cx->arena, pv_objb_end(&b));
	return r;
}

static int
merge_map(merger *m, const pv_val *dest, const pv_val *patch, kust_type type, const pv_val **ret)
{
	enum directive d = D_MERGE;
	*ret = dest;
	if (patch == NULL)
		return 0;
	*ret = NULL;
	if (patch->type == PV_NULL)
		return 0;
	if (pv_get(patch, "$patch")) {
		int r = directive_of(m, patch, &d);
		if (r < 0)
			return r;
		patch = pv_box(m->s->cx->arena, pv_without(m->s->cx->arena, patch, "$patch"));
	}
	if (d == D_DELETE)
		return 0;
	if (d == D_REPLACE || nothing(dest))
		dest = patch;
	if (type.schema == NULL && type.api == NULL) {
		int r = kust_type_of(m->s, dest, &type);
		if (r < 0)
			return r;
	}
	return merge_fields(m, dest, patch, &type, ret);
}

/* ---- lists ---- */

typedef struct item {
	const pv_val *v;
	const char *values[KUST_KEYS]; /* of the keys; "" for none */
	struct item *other;            /* of the other list, that it is merged with */
	const pv_val *merged;
} item;

static item *
items_of(merger *m, const pv_val *list, const kust_type *type)
{
	pv_arena *arena = m->s->cx->arena;
	item *all = pv_new_array(arena, item, pv_count(list) + 1);
	for (size_t i = 0; i < pv_count(list); i++) {
		all[i].v = pv_item(list, i);
		for (size_t k = 0; k < type->n; k++) {
			const pv_val *v = pv_get(all[i].v, type->keys[k]);
			all[i].values[k] = nothing(v) ? "" : pv_scalar_text(arena, v);
		}
		if (type->n == 0)
			all[i].values[0] = pv_scalar_text(arena, all[i].v);
	}
	return all;
}

/* Some key says the same, and none says another thing. */
static bool
fits(const item *a, const item *b, size_t n)
{
	bool some = false;
	for (size_t k = 0; k < n; k++) {
		if (pv_streq(a->values[k], b->values[k]))
			some |= *a->values[k] != '\0';
		else if (*a->values[k] && *b->values[k])
			return false;
	}
	return some;
}

static const char *
tuple(merger *m, const item *i, size_t n)
{
	pv_buf b;
	pv_buf_init(&b, m->s->cx->arena);
	for (size_t k = 0; k < n; k++)
		pv_buf_printf(&b, "%zu:%s", strlen(i->values[k]), i->values[k]);
	return b.s;
}

static bool
is_whole(const item *i, size_t n)
{
	for (size_t k = 0; k < n; k++)
		if (!*i->values[k])
			return false;
	return true;
}

static void
pair_up(merger *m, item *patch, size_t n_patch, item *dest, size_t n_dest, size_t n)
{
	pv_map *whole = pv_map_new(m->s->cx->arena);
	bool all = true;
	for (size_t i = n_dest; i-- > 0;) {
		all &= is_whole(&dest[i], n);
		pv_map_puts(whole, tuple(m, &dest[i], n), &dest[i]);
	}
	for (size_t i = 0; i < n_patch; i++) {
		item *found = is_whole(&patch[i], n) ? pv_map_finds(whole, tuple(m, &patch[i], n)) : NULL;
		for (size_t k = 0; !found && !(all && is_whole(&patch[i], n)) && k < n_dest; k++)
			if (!dest[k].other && fits(&patch[i], &dest[k], n))
				found = &dest[k];
		patch[i].other = found;
		if (found)
			found->other = &patch[i];
	}
}

static int
merge_item(merger *m, item *p, const kust_type *type)
{
	kust_type own = {.schema = type->schema, .api = type->api};
	const pv_val *v;
	int r = merge(m, p->other ? p->other->v : NULL, p->v, own, &v);
	if (r < 0 || v == NULL || (v->type == PV_OBJECT && v->len == 0))
		return r;
	for (size_t k = 0; k < type->n; k++) /* a patch that replaces may have left its key out */
		if (*p->values[k] && !pv_get(v, type->keys[k]))
			v = pv_box(m->s->cx->arena, pv_with(m->s->cx->arena, v, type->keys[k],
							    pv_string(m->s->cx->arena, p->values[k])));
	p->merged = v;
	if (p->other)
		p->other->merged = v;
	return 0;
}

/* How many keys have a value in any of them: as many tell items apart. */
static size_t
keys_in_use(const item *a, size_t n_a, const item *b, size_t n_b, size_t n)
{
	size_t used = 0;
	for (size_t k = 0; k < n; k++) {
		bool some = false;
		for (size_t i = 0; !some && i < n_a; i++)
			some = *a[i].values[k] != '\0';
		for (size_t i = 0; !some && i < n_b; i++)
			some = *b[i].values[k] != '\0';
		used += some;
	}
	return used;
}

static int
merge_items(merger *m, const pv_val *dest, const pv_val *patch, const kust_type *type, const pv_val **ret)
{
	size_t n = type->n ? type->n : 1, n_patch = pv_count(patch), n_dest = pv_count(dest);
	item *ours = items_of(m, dest, type), *theirs = items_of(m, patch, type);
	pv_listb b;
	int r = 0;
	pair_up(m, theirs, n_patch, ours, n_dest, n);
	for (size_t i = 0; r == 0 && i < n_patch; i++)
		r = merge_item(m, &theirs[i], type);
	bool stay = keys_in_use(ours, n_dest, theirs, n_patch, n) > 1;
	pv_listb_init(&b, m->s->cx->arena);
	for (size_t i = 0; i < n_patch; i++)
		if (theirs[i].merged && !(stay && theirs[i].other) &&
		    (!theirs[i].other || theirs[i].other->other == &theirs[i]))
			pv_listb_add(&b, *theirs[i].merged);
	for (size_t i = 0; i < n_dest; i++) {
		if (!ours[i].other)
			pv_listb_add(&b, *ours[i].v);
		else if (stay && ours[i].merged)
			pv_listb_add(&b, *ours[i].merged);
	}
	*ret = pv_box(m->s->cx->arena, pv_listb_end(&b));
	return r;
}

static int
merge_list(merger *m, const pv_val *dest, const pv_val *patch, const kust_type *type, const pv_val **ret)
{
	enum directive d = D_MERGE;
	const pv_val *marked = NULL;
	pv_listb b;
	*ret = patch ? (patch->type == PV_NULL ? NULL : patch) : dest;
	if (!type->merge || patch == NULL || patch->type == PV_NULL)
		return 0;
	pv_listb_init(&b, m->s->cx->arena);
	for (size_t i = 0; i < patch->len; i++) {
		if (!marked && pv_get(&patch->items[i], "$patch") && patch->items[i].len == 1)
			marked = &patch->items[i];
		else
			pv_listb_add(&b, patch->items[i]);
	}
	int r = marked ? directive_of(m, marked, &d) : 0;
	if (r < 0)
		return r;
	if (marked)
		patch = pv_box(m->s->cx->arena, pv_listb_end(&b));
	if (d == D_DELETE)
		return *ret = NULL, 0;
	if (d == D_REPLACE)
		return *ret = patch, 0;
	return merge_items(m, nothing(dest) ? NULL : dest, patch, type, ret);
}

/* ---- any ---- */

static const char *
kind_name(const pv_val *v)
{
	return v->type == PV_OBJECT ? "MappingNode" : v->type == PV_LIST ? "SequenceNode" : "ScalarNode";
}

static int
merge(merger *m, const pv_val *dest, const pv_val *patch, kust_type type, const pv_val **ret)
{
	const pv_val *first = nothing(dest) ? patch : dest;
	int r;
	if (nothing(first)) {
		*ret = patch == NULL ? dest : NULL;
		return 0;
	}
	if (!nothing(dest) && !nothing(patch) && !pv_streq(kind_name(dest), kind_name(patch)))
		return pv_fail(
			m->s->cx, PV_EINVALID,
			"wrong node kind: expected %s but got %s: a patch has %s where the object has %s",
			kind_name(dest), kind_name(patch), pv_type_name(patch), pv_type_name(dest));
	if (m->depth >= MERGE_DEPTH)
		return pv_fail(m->s->cx, PV_ETOOLARGE, "a patch lies more than %d levels deep", MERGE_DEPTH);
	m->depth++;
	if (first->type == PV_OBJECT)
		r = merge_map(m, dest, patch, type, ret);
	else if (first->type == PV_LIST)
		r = merge_list(m, dest, patch, &type, ret);
	else {
		*ret = patch ? (patch->type == PV_NULL ? NULL : patch) : dest;
		r = 0;
	}
	m->depth--;
	return r;
}

int
kust_merge(kust_state *s, const pv_val *dest, const pv_val *patch, const pv_val **ret)
{
	merger m = {.s = s};
	kust_type type;
	int r = kust_type_of(s, dest, &type);
	return r < 0 ? r : merge(&m, dest, patch, type, ret);
}
