#include "base/str.h"
#include "base/vec.h"
#include "core/schema/node.h"
#include <string.h>

#define MAX_DEPTH 1000

typedef struct prune {
	pv_ctx *cx;
	pv_vec *unknown;       /* const char *, or NULL */
	bool whole;            /* the value is an object with apiVersion, kind and metadata */
	const pv_schema *meta; /* of its metadata; NULL: kept as it is */
} prune;

/* kept: unknown fields are, whatever the schema says; so are those of what stands in a list that keeps them. */
static const pv_val *prune_node(prune *p, const pv_schema *s, const pv_val *v, const char *path, bool kept,
				size_t depth);

/* Built only when somebody wants to know. */
static const char *
below(prune *p, const char *path, const char *name)
{
	return p->unknown ? pv_path_field(p->cx->arena, path, name) : "";
}

static const pv_schema *
schema_of(const pv_schema *s, const pv_member *m)
{
	const pv_prop *prop = pv_schema_prop(s, m->key.s, m->key.len);

	return prop ? prop->schema : s->rest;
}

/* What every whole object has, whatever its schema says. */
static bool
is_identity(const prune *p, const pv_schema *s, const char *name, size_t depth)
{
	bool whole = s->flags & PV_S_EMBEDDED || (depth == 0 && p->whole);

	return whole &&
	       (pv_streq(name, "apiVersion") || pv_streq(name, "kind") || pv_streq(name, "metadata"));
}

/* A null where null is not allowed and no default stands ready means absent; what it means in
 * built-in kinds is known when they are decoded (core/kinds/decode.c). */
static bool
is_nothing(const pv_schema *s, const pv_val *v)
{
	return v->type == PV_NULL && !(s->flags & (PV_S_NULLABLE | PV_S_BUILTIN)) &&
	       !(s->facets && s->facets->def);
}

static const pv_schema nothing; /* no field of it is known */

static const pv_val *
prune_object(prune *p, const pv_schema *s, const pv_val *v, const char *path, bool kept, size_t depth)
{
	/* Fields that a preserving node does name are pruned by their own schemas. */
	bool changed = false, preserves = kept || s->flags & PV_S_PRESERVE;
	pv_objb b;

	pv_objb_init(&b, p->cx->arena);
	for (size_t i = 0; i < v->len; i++) {
		const pv_member *m = &v->members[i];
		bool identity = is_identity(p, s, m->key.s, depth);
		const pv_schema *inner = identity ? NULL : schema_of(s, m);
		const pv_val *pruned = &m->val;

		if (identity) {
			if (p->meta && pv_streq(m->key.s, "metadata"))
				pruned = prune_node(p, p->meta, &m->val, below(p, path, "metadata"), false,
						    depth + 1);
		} else if (inner && is_nothing(inner, &m->val)) {
			changed = true;
			continue;
		} else if (inner) {
			pruned = prune_node(p, inner, &m->val, below(p, path, m->key.s), false, depth + 1);
		} else if (s->flags & PV_S_CLOSED && !preserves) {
			pruned = prune_node(p, &nothing, &m->val, below(p, path, m->key.s), false, depth + 1);
		} else if (!preserves) {
			const char *name = below(p, path, m->key.s);

			changed = true;
			if (p->unknown)
				pv_vec_push(p->unknown, &name);
			continue;
		}
		changed |= pruned != &m->val;
		pv_objb_add(&b, m->key, *pruned);
	}
	return changed ? pv_box(p->cx->arena, pv_objb_end(&b)) : v;
}

static const pv_val *
prune_list(prune *p, const pv_schema *s, const pv_val *v, const char *path, bool kept, size_t depth)
{
	pv_val *items = NULL;

	for (size_t i = 0; i < v->len; i++) {
		const char *at = p->unknown ? pv_path_index(p->cx->arena, path, i) : "";
		const pv_val *pruned =
			prune_node(p, s->items ? s->items : &nothing, &v->items[i], at, kept, depth + 1);

		if (pruned != &v->items[i] && !items) {
			items = pv_new_array(p->cx->arena, pv_val, v->len);
			memcpy(items, v->items, v->len * sizeof(pv_val));
		}
		if (items)
			items[i] = *pruned;
	}
	return items ? pv_box(p->cx->arena, pv_list_of(p->cx->arena, items, v->len)) : v;
}

static const pv_val *
prune_node(prune *p, const pv_schema *s, const pv_val *v, const char *path, bool kept, size_t depth)
{
	bool preserves;

	if (!s || depth > MAX_DEPTH)
		return v;
	preserves = kept || s->flags & PV_S_PRESERVE;
	/* What stands where a text should is refused; of it nothing is known. */
	if (v->type == PV_OBJECT)
		return s->type == PV_T_OBJECT || s->type == PV_T_ANY || !(s->flags & PV_S_BUILTIN)
			       ? prune_object(p, s, v, path, kept, depth)
			       : v;
	if (v->type == PV_LIST && (s->items || !(preserves || s->flags & PV_S_BUILTIN)))
		return prune_list(p, s, v, path, preserves, depth);
	return v;
}

const pv_val *
pv_schema_prune(pv_ctx *cx, const pv_schema *schema, const pv_val *v, pv_vec *ret_unknown)
{
	prune p = {.cx = cx, .unknown = ret_unknown};

	return v ? prune_node(&p, schema, v, "", false, 0) : v;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const pv_val *
pv_schema_prune_whole(pv_ctx *cx, const pv_schema *schema, const pv_schema *meta, const pv_val *v,
		      pv_vec *ret_unknown)
{
	prune p = {cx, ret_unknown, true, meta};

	v = v ? prune_node(&p, schema, v, "", false, 0) : v;
	if (ret_unknown)
		pv_vec_sort(ret_unknown, by_text);
	return v;
}
