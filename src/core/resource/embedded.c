/* Whole objects inside of objects (x-kubernetes-embedded-resource): they have an identity, and metadata as
 * any other; a name is theirs to leave out. */
#include "base/str.h"
#include "base/vec.h"
#include "core/kinds/names.h"
#include "core/resource/impl.h"
#include <string.h>

#define MOST_DEEP 200

static void look(pv_faults *f, const pv_resource *res, const pv_schema *s, const pv_val *v, const char *at,
		 size_t depth);

static void
check_version(pv_faults *f, const pv_val *v, const char *path)
{
	const char *text = pv_text(v, ""), *slash = strchr(text, '/');

	if (slash && strchr(slash + 1, '/'))
		pv_fault_value(f, path, v,
			       pv_printf(f->cx->arena, "unexpected GroupVersion string: %s", text));
}

static void
check_kind(pv_faults *f, const pv_val *v, const char *path)
{
	const char *lower = pv_str_lower(f->cx->arena, pv_text(v, "")),
		   *why = *lower ? pv_name_label1035(pv_str_of(lower)) : NULL;

	if (why)
		pv_fault_value(
			f, path, v,
			pv_printf(f->cx->arena, "may have mixed case, but should otherwise match: %s", why));
}

/* The faults of its metadata, which are told as if it were the object itself. */
static void
check_metadata(pv_faults *f, const pv_resource *res, const pv_val *meta, const char *at)
{
	pv_vec causes;
	pv_faults own = {.cx = f->cx, .causes = &causes};
	const pv_val *ns = pv_get(meta, "namespace");

	pv_vec_init(&causes, f->cx->arena, sizeof(pv_cause));
	if (meta && meta->type != PV_NULL && res->meta)
		own.n += pv_schema_validate(f->cx, res->meta, meta, "metadata", &causes);
	if (!own.n) {
		pv_meta_check_parts(&own, meta);
		if (*pv_text(ns, "") && pv_name_label(pv_strv(ns)))
			pv_fault_value(&own, "metadata.namespace", ns, pv_name_label(pv_strv(ns)));
	}
	for (size_t i = 0; i < causes.len; i++) {
		const pv_cause *c = PV_AT(pv_cause, &causes, i);

		pv_fault(f, c->reason, pv_path_field(f->cx->arena, at, c->field), "%s", c->message);
	}
}

static void
look_below(pv_faults *f, const pv_resource *res, const pv_schema *s, const pv_val *v, const char *at,
	   size_t depth)
{
	for (size_t i = 0; v->type == PV_LIST && s->items && i < v->len; i++)
		look(f, res, s->items, &v->items[i], pv_path_index(f->cx->arena, at, i), depth + 1);
	for (size_t i = 0; v->type == PV_OBJECT && i < v->len; i++) {
		const pv_member *m = &v->members[i];
		const pv_prop *prop = pv_schema_prop(s, m->key.s, m->key.len);
		const pv_schema *child = prop ? prop->schema : s->rest;

		if (child && child->flags & PV_S_EMBEDS)
			look(f, res, child, &m->val,
			     prop ? pv_path_field(f->cx->arena, at, m->key.s)
				  : pv_path_key(f->cx->arena, at, m->key.s),
			     depth + 1);
	}
}

static void
look(pv_faults *f, const pv_resource *res, const pv_schema *s, const pv_val *v, const char *at, size_t depth)
{
	if (!(s->flags & PV_S_EMBEDS) || depth > MOST_DEEP)
		return;
	if (s->flags & PV_S_EMBEDDED && v->type == PV_OBJECT) {
		check_version(f, pv_get(v, "apiVersion"), pv_path_field(f->cx->arena, at, "apiVersion"));
		check_kind(f, pv_get(v, "kind"), pv_path_field(f->cx->arena, at, "kind"));
		check_metadata(f, res, pv_get(v, "metadata"), at);
	}
	look_below(f, res, s, v, at, depth);
}

void
pv_embedded_check(pv_faults *f, const pv_resource *res, const pv_val *object)
{
	look(f, res, res->schema, object, "", 0);
}

/* ---- as upstream decodes it ---- */

static const pv_val *decoded(pv_ctx *cx, const pv_resource *res, const pv_schema *s, const pv_val *v,
			     size_t depth);

static const pv_val *
decoded_items(pv_ctx *cx, const pv_resource *res, const pv_schema *s, const pv_val *v, size_t depth)
{
	pv_val *items = NULL;

	for (size_t i = 0; s->items && i < v->len; i++) {
		const pv_val *item = decoded(cx, res, s->items, &v->items[i], depth + 1);

		if (item == &v->items[i])
			continue;
		if (!items) {
			items = pv_new_array(cx->arena, pv_val, v->len);
			memcpy(items, v->items, v->len * sizeof(pv_val));
		}
		items[i] = *item;
	}
	return items ? pv_box(cx->arena, pv_list_of(cx->arena, items, v->len)) : v;
}

static const pv_val *
decoded_metadata(pv_ctx *cx, const pv_resource *res, const pv_val *meta)
{
	if (meta->type == PV_NULL)
		return pv_box(cx->arena, pv_object_of(cx->arena, NULL, 0, NULL, NULL));
	return res->meta && meta->type == PV_OBJECT ? pv_kind_decode(cx, res->meta, meta) : meta;
}

static const pv_val *
decoded_members(pv_ctx *cx, const pv_resource *res, const pv_schema *s, const pv_val *v, size_t depth)
{
	bool changed = false;
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	for (size_t i = 0; i < v->len; i++) {
		const pv_member *m = &v->members[i];
		const pv_prop *prop = pv_schema_prop(s, m->key.s, m->key.len);
		const pv_schema *child = prop ? prop->schema : s->rest;
		const pv_val *now = &m->val;

		if (s->flags & PV_S_EMBEDDED && pv_streq(m->key.s, "metadata"))
			now = decoded_metadata(cx, res, now);
		else if (child)
			now = decoded(cx, res, child, now, depth + 1);
		changed |= now != &m->val;
		pv_objb_add(&b, m->key, *now);
	}
	return changed ? pv_box(cx->arena, pv_objb_end(&b)) : v;
}

static const pv_val *
decoded(pv_ctx *cx, const pv_resource *res, const pv_schema *s, const pv_val *v, size_t depth)
{
	if (!(s->flags & PV_S_EMBEDS) || depth > MOST_DEEP)
		return v;
	if (v->type == PV_LIST)
		return decoded_items(cx, res, s, v, depth);
	return v->type == PV_OBJECT ? decoded_members(cx, res, s, v, depth) : v;
}

const pv_val *
pv_embedded_decode(pv_ctx *cx, const pv_resource *res, const pv_val *object)
{
	return res->schema ? decoded(cx, res, res->schema, object, 0) : object;
}
