/* The schema of a whole object, metadata and all. */
#include "base/str.h"
#include "core/schema/node.h"

static const pv_schema text = {.type = PV_T_STRING}, anything = {.type = PV_T_ANY};

const pv_schema *
pv_schema_whole(pv_arena *arena, const pv_schema *schema, const pv_schema *meta)
{
	const pv_prop fixed[] = {{.name = "apiVersion", .schema = &text},
				 {.name = "kind", .schema = &text},
				 {.name = "metadata", .schema = meta ? meta : &anything}};
	pv_prop *props = pv_new_array(arena, pv_prop, schema->n_props + PV_LEN(fixed));
	pv_schema *own = pv_new(arena, pv_schema);
	size_t n = 0, k = 0;

	for (size_t i = 0; i < schema->n_props || k < PV_LEN(fixed);) {
		int order = i == schema->n_props ? 1
			    : k == PV_LEN(fixed)
				    ? -1
				    : pv_str_cmp(pv_str_of(schema->props[i].name), pv_str_of(fixed[k].name));

		props[n++] = order < 0 ? schema->props[i] : fixed[k];
		i += order <= 0;
		k += order >= 0;
	}
	*own = *schema;
	own->flags &= ~(PV_S_WHOLE | PV_S_EMBEDDED | PV_S_ROOT);
	own->props = props;
	own->n_props = (uint32_t)n;
	return own;
}
