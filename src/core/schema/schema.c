#include "core/schema/node.h"
#include "base/str.h"
#include <string.h>

static int
name_cmp(const char *name, size_t len, const char *other)
{
	int order = strncmp(name, other, len);

	return order ? order : (other[len] ? -1 : 0);
}

const pv_prop *
pv_schema_prop(const pv_schema *schema, const char *name, size_t len)
{
	size_t low = 0, high = schema ? schema->n_props : 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = name_cmp(name, len, schema->props[mid].name);

		if (order == 0)
			return &schema->props[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

bool
pv_schema_declares(const pv_schema *schema, const char *name)
{
	return pv_schema_prop(schema, name, strlen(name)) != NULL;
}

const pv_schema *
pv_schema_field(const pv_schema *schema, const char *name)
{
	const pv_prop *prop = pv_schema_prop(schema, name, strlen(name));

	if (prop)
		return prop->schema;
	return schema ? schema->rest : NULL;
}

const pv_schema *
pv_schema_items(const pv_schema *schema)
{
	return schema && schema->type == PV_T_LIST ? schema->items : NULL;
}

bool
pv_schema_nullable(const pv_schema *s)
{
	return s && !(s->flags & PV_S_BUILTIN) && (s->flags & PV_S_NULLABLE || s->type == PV_T_ANY);
}

bool
pv_schema_preserves_unknown(const pv_schema *schema)
{
	return schema && schema->flags & PV_S_PRESERVE;
}

enum pv_list_type
pv_schema_list(const pv_schema *schema, const char *const **ret_keys, size_t *ret_n)
{
	if (ret_keys)
		*ret_keys = schema ? schema->keys : NULL;
	if (ret_n)
		*ret_n = schema ? schema->n_keys : 0;
	return schema ? schema->list : PV_LIST_ATOMIC;
}

enum pv_map_type
pv_schema_map(const pv_schema *schema)
{
	return schema ? schema->map : PV_MAP_GRANULAR;
}

/* Of a list's items, however deep; maps and objects describe themselves. */
static const pv_schema *
innermost(const pv_schema *schema)
{
	while (schema && schema->type == PV_T_LIST)
		schema = schema->items;
	return schema;
}

pv_smp_field
pv_schema_smp(const void *type, const char *field)
{
	const pv_schema *schema = type;
	const pv_prop *prop = pv_schema_prop(schema, field, strlen(field));
	pv_smp_field f = {0};

	if (prop) {
		f.known = true;
		f.type = innermost(prop->schema);
		f.merge = prop->flags & PV_P_MERGE;
		f.replace = prop->flags & PV_P_REPLACE;
		f.retain_keys = prop->flags & PV_P_RETAIN;
		f.merge_key = prop->merge_key;
	} else if (schema && schema->rest) {
		f.known = true;
		f.type = innermost(schema->rest);
	}
	return f;
}

pv_facets *
pv_facets_new(pv_arena *arena)
{
	pv_facets *f = pv_new(arena, pv_facets);

	f->min_len = f->max_len = f->min_items = f->max_items = f->min_props = f->max_props = -1;
	return f;
}
