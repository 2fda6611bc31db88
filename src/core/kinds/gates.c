/* gates: fields of features that Kubernetes 1.34 has and leaves off (`off` rows of rules.tsv).  Its servers drop them
 * behind the decoder, so who sent one owns it, and keep them in an object that has one already. */
#include <string.h>

#include "core/kinds/table.h"

typedef struct gates {
	pv_arena *arena;
	pv_vec had; /* const pv_prop *: fields that the stored object has, each once */
} gates;

static bool
is_had(const gates *g, const pv_prop *prop)
{
	for (size_t i = 0; i < g->had.len; i++)
		if (*PV_AT(const pv_prop *, &g->had, i) == prop)
			return true;
	return false;
}

static bool
is_off_below(const pv_schema *s)
{
	return s->flags & PV_S_OFF;
}

/* The type of a member, if a field that is off is it or stands below it. */
static const pv_schema *
looked_into(const pv_schema *s, const pv_member *m, const pv_prop **ret_prop)
{
	const pv_prop *prop = pv_schema_prop(s, m->key.s, m->key.len);
	const pv_schema *below = prop ? prop->schema : s->rest;

	*ret_prop = prop;
	return below && (is_off_below(below) || (prop && prop->flags & PV_P_OFF)) ? below : NULL;
}

static void
note_had(gates *g, const pv_schema *s, const pv_val *v)
{
	for (size_t i = 0; v->type == PV_LIST && i < v->len; i++)
		if (s->items)
			note_had(g, s->items, &v->items[i]);
	for (size_t i = 0; v->type == PV_OBJECT && i < v->len; i++) {
		const pv_member *m = &v->members[i];
		const pv_prop *prop;
		const pv_schema *below = looked_into(s, m, &prop);

		if (below && prop && prop->flags & PV_P_OFF) {
			if (!is_had(g, prop))
				pv_vec_push(&g->had, &prop);
		} else if (below) {
			note_had(g, below, &m->val);
		}
	}
}

static const pv_val *shut(gates *g, const pv_schema *s, const pv_val *v);

static const pv_val *
shut_list(gates *g, const pv_schema *s, const pv_val *v)
{
	pv_val *items = NULL;

	if (!s->items || !is_off_below(s->items))
		return v;
	for (size_t i = 0; i < v->len; i++) {
		const pv_val *now = shut(g, s->items, &v->items[i]);

		if (now != &v->items[i] && !items) {
			items = pv_new_array(g->arena, pv_val, v->len);
			memcpy(items, v->items, v->len * sizeof(pv_val));
		}
		if (items)
			items[i] = *now;
	}
	return items ? pv_box(g->arena, pv_list_of(g->arena, items, v->len)) : v;
}

/* Nothing else stood in it than what takes its place along. */
static bool
is_left_bare(const pv_schema *s, const pv_val *was, const pv_val *now)
{
	const pv_prop *prop;

	if (now == was || now->type != PV_OBJECT || now->len || was->len != 1)
		return false;
	prop = pv_schema_prop(s, was->members[0].key.s, was->members[0].key.len);
	return prop && prop->flags & PV_P_ALONE;
}

static const pv_val *
shut_object(gates *g, const pv_schema *s, const pv_val *v)
{
	bool changed = false;
	pv_objb b;

	for (size_t i = 0; i < v->len; i++) {
		const pv_member *m = &v->members[i];
		const pv_prop *prop;
		const pv_schema *below = looked_into(s, m, &prop);
		bool off = below && prop && prop->flags & PV_P_OFF && !is_had(g, prop);
		const pv_val *now = !below ? &m->val : off ? NULL : shut(g, below, &m->val);

		if (now != &m->val && !changed) {
			changed = true;
			pv_objb_init(&b, g->arena);
			for (size_t k = 0; k < i; k++)
				pv_objb_add(&b, v->members[k].key, v->members[k].val);
		}
		if (changed && now && !(below && is_left_bare(below, &m->val, now)))
			pv_objb_add(&b, m->key, *now);
	}
	return changed ? pv_box(g->arena, pv_objb_end(&b)) : v;
}

static const pv_val *
shut(gates *g, const pv_schema *s, const pv_val *v)
{
	return v->type == PV_LIST ? shut_list(g, s, v) : v->type == PV_OBJECT ? shut_object(g, s, v) : v;
}

const pv_val *
pv_kind_shut(pv_ctx *cx, const pv_schema *schema, const pv_val *object, const pv_val *old)
{
	gates g = {.arena = cx->arena};

	if (!is_off_below(schema))
		return object;
	pv_vec_init(&g.had, cx->arena, sizeof(const pv_prop *));
	if (old)
		note_had(&g, schema, old);
	return shut(&g, schema, object);
}
