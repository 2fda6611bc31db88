/* The schema of a whole object, metadata and all; and of the objects in it. */
#include "base/str.h"
#include "core/schema/node.h"

static const pv_schema text = {.type = PV_T_STRING}, anything = {.type = PV_T_ANY};

/* The properties of `own` and those that every object has. */
static void
add_identity(pv_arena *arena, const pv_schema *meta, pv_schema *own)
{
	const pv_prop fixed[] = {{.name = "apiVersion", .schema = &text},
				 {.name = "kind", .schema = &text},
				 {.name = "metadata", .schema = meta ? meta : &anything}};
	pv_prop *props = pv_new_array(arena, pv_prop, own->n_props + PV_LEN(fixed));
	size_t n = 0, k = 0;

	for (size_t i = 0; i < own->n_props || k < PV_LEN(fixed);) {
		int order = i == own->n_props ? 1
			    : k == PV_LEN(fixed)
				    ? -1
				    : pv_str_cmp(pv_str_of(own->props[i].name), pv_str_of(fixed[k].name));

		props[n++] = order < 0 ? own->props[i] : fixed[k];
		i += order <= 0;
		k += order >= 0;
	}
	own->flags &= ~(PV_S_WHOLE | PV_S_EMBEDDED | PV_S_ROOT);
	own->props = props;
	own->n_props = (uint32_t)n;
}

/* A schema as deep as a CRD's may be: a tree. */
static const pv_schema *
whole(pv_arena *arena, const pv_schema *s, const pv_schema *meta, bool object)
{
	pv_schema *own;
	pv_prop *props;

	if (!s || !(object || s->flags & PV_S_EMBEDS))
		return s;
	own = pv_new(arena, pv_schema);
	*own = *s;
	if (s->flags & PV_S_EMBEDS) {
		props = pv_new_array(arena, pv_prop, s->n_props);
		for (size_t i = 0; i < s->n_props; i++) {
			props[i] = s->props[i];
			props[i].schema = whole(arena, s->props[i].schema, meta, false);
		}
		own->props = props;
		own->items = whole(arena, s->items, meta, false);
		own->rest = whole(arena, s->rest, meta, false);
	}
	if (object || s->flags & PV_S_EMBEDDED)
		add_identity(arena, meta, own);
	return own;
}

const pv_schema *
pv_schema_whole(pv_arena *arena, const pv_schema *schema, const pv_schema *meta)
{
	return whole(arena, schema, meta, true);
}
