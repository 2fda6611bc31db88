#include "base/str.h"
#include "core/schema/node.h"
#include <string.h>

#define MAX_DEPTH 1000

/* One filling: each default that is put in takes its bytes from what is left, or is left out.  A list of
 * items that a body writes as {} would otherwise become as large as their default is. */
typedef struct filling {
	pv_arena *arena;
	size_t left;
} filling;

static const pv_val *fill(filling *f, const pv_schema *s, const pv_val *v, size_t depth);

static const pv_val *
default_of(filling *f, const pv_schema *s)
{
	size_t cost = s->facets && s->facets->def ? s->facets->def_len + 1 : 0;

	if (!cost || f->left < cost) {
		f->left = cost ? 0 : f->left; /* nothing smaller is let in behind it either */
		return NULL;
	}
	f->left -= cost;
	return s->facets->def;
}

/* A null where null is not allowed counts as absent when there is a default
 * (apiextensions defaulting), and everywhere in built-in kinds. */
static bool
is_absent(const pv_schema *s, const pv_val *v, bool pointer)
{
	if (v && v->type == PV_STRING && !v->len && s->flags & PV_S_BUILTIN && !pointer)
		return true; /* text of built-in kinds: the zero value gets the default */
	return !v || (v->type == PV_NULL && !(s->flags & PV_S_NULLABLE));
}

static const pv_val *
fill_object(filling *f, const pv_schema *s, const pv_val *v, size_t depth)
{
	pv_objb b;
	bool changed = false;

	for (size_t i = 0; i < s->n_props; i++) {
		const pv_prop *prop = &s->props[i];
		const pv_val *old = pv_get(v, prop->name), *now = old;

		const pv_val *given = is_absent(prop->schema, old, prop->flags & PV_P_POINTER)
					      ? default_of(f, prop->schema)
					      : NULL;

		if (given)
			now = given;
		if (now && now->type != PV_NULL && prop->schema->flags & PV_S_DEFAULTS)
			now = fill(f, prop->schema, now, depth + 1);
		if (now == old || !now)
			continue;
		if (!changed)
			pv_objb_from(&b, f->arena, v);
		changed = true;
		pv_objb_put(&b, prop->name, *now);
	}
	for (size_t i = 0; s->rest && s->rest->flags & PV_S_DEFAULTS && i < v->len; i++) {
		const pv_member *m = &v->members[i];
		const pv_val *now;

		if (pv_schema_prop(s, m->key.s, m->key.len))
			continue;
		now = fill(f, s->rest, &m->val, depth + 1);
		if (now == &m->val)
			continue;
		if (!changed)
			pv_objb_from(&b, f->arena, v);
		changed = true;
		pv_objb_putv(&b, m->key, *now);
	}
	return changed ? pv_box(f->arena, pv_objb_end(&b)) : v;
}

static const pv_val *
fill_list(filling *f, const pv_schema *s, const pv_val *v, size_t depth)
{
	pv_val *items = NULL;

	for (size_t i = 0; i < v->len; i++) {
		const pv_val *old = &v->items[i], *now = old;

		const pv_val *given = is_absent(s->items, old, false) ? default_of(f, s->items) : NULL;

		if (given)
			now = given;
		now = fill(f, s->items, now, depth + 1);
		if (now != old && !items) {
			items = pv_new_array(f->arena, pv_val, v->len);
			memcpy(items, v->items, v->len * sizeof(pv_val));
		}
		if (items)
			items[i] = *now;
	}
	return items ? pv_box(f->arena, pv_list_of(f->arena, items, v->len)) : v;
}

static const pv_val *
fill(filling *f, const pv_schema *s, const pv_val *v, size_t depth)
{
	if (!s || !v || depth > MAX_DEPTH)
		return v;
	if (v->type == PV_OBJECT)
		return fill_object(f, s, v, depth);
	if (v->type == PV_LIST && s->items)
		return fill_list(f, s, v, depth);
	return v;
}

const pv_val *
schema_fill(pv_arena *arena, const pv_schema *schema, const pv_val *v, bool *ret_whole)
{
	filling f = {.arena = arena, .left = PV_DEFAULTS_MOST};
	const pv_val *filled = schema->flags & PV_S_DEFAULTS ? fill(&f, schema, v, 0) : v;

	*ret_whole = f.left > 0;
	return filled;
}

const pv_val *
pv_schema_default(pv_ctx *cx, const pv_schema *schema, const pv_val *v)
{
	bool whole;

	return schema ? schema_fill(cx->arena, schema, v, &whole) : v;
}
