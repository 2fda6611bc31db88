/* What CEL sees of a schema (apiserver's common.SchemaDeclType): types, and how large
 * values can be, at most as large as a request. */
#include "core/schema/rules.h"
#include "base/str.h"
#include <string.h>

#define REQUEST UINT64_C(3145728) /* bytes of a body */
#define DEPTH 200

static const pv_schema any_string = {.type = PV_T_STRING};
/* All that rules may read of metadata. */
static const pv_prop meta_props[] = {{.name = "generateName", .schema = &any_string},
				     {.name = "name", .schema = &any_string}};
static const pv_schema any_meta = {.type = PV_T_OBJECT, .n_props = PV_LEN(meta_props), .props = meta_props};

/* additionalProperties: true says nothing of the values. */
static bool
is_map(const pv_schema *s)
{
	return s->type == PV_T_OBJECT && s->rest && (s->rest->type != PV_T_ANY || s->rest->flags);
}

static enum pv_cel_kind
string_kind(const char *format)
{
	if (pv_streq(format, "byte"))
		return PV_CEL_BYTES;
	if (pv_streq(format, "duration"))
		return PV_CEL_DURATION;
	return pv_streq(format, "date") || pv_streq(format, "date-time") ? PV_CEL_TIMESTAMP : PV_CEL_STRING;
}

static pv_cel_shape
shape_of(const void *node)
{
	const pv_schema *s = node;
	pv_cel_shape shape = {.kind = PV_CEL_ABSENT,
			      .flags = s->flags & PV_S_NULLABLE ? PV_CEL_NULL_ABSENT : 0};

	if (s->flags & PV_S_INT_OR_STRING) {
		shape.flags |= PV_CEL_INT_OR_STRING;
		return shape;
	}
	switch ((enum pv_node_type)s->type) {
	case PV_T_STRING: shape.kind = string_kind(s->format); break;
	case PV_T_INTEGER: shape.kind = PV_CEL_INT; break;
	case PV_T_NUMBER: shape.kind = PV_CEL_DOUBLE; break;
	case PV_T_BOOLEAN: shape.kind = PV_CEL_BOOL; break;
	case PV_T_OBJECT: shape.kind = is_map(s) ? PV_CEL_MAP : PV_CEL_OBJECT; break;
	case PV_T_LIST:
		shape.kind = PV_CEL_LIST;
		shape.flags |= s->list == PV_LIST_SET   ? PV_CEL_SET
			       : s->list == PV_LIST_MAP ? PV_CEL_LIST_MAP
							: 0;
		shape.keys = s->keys;
		shape.n_keys = s->n_keys;
		break;
	case PV_T_ANY: shape.flags |= PV_CEL_HIDDEN; break;
	}
	return shape;
}

static const void *
field_of(const void *node, const char *name, size_t len)
{
	const pv_schema *s = node;
	const pv_prop *prop;
	pv_str text = {name, len};

	if (s->flags & (PV_S_WHOLE | PV_S_EMBEDDED)) {
		if (pv_str_is(text, "metadata"))
			return &any_meta;
		if (pv_str_is(text, "apiVersion") || pv_str_is(text, "kind"))
			return &any_string;
	}
	prop = pv_schema_prop(s, name, len);
	return prop ? prop->schema : NULL;
}

static const void *
items_of(const void *node)
{
	const pv_schema *s = node;

	return s->type == PV_T_LIST ? s->items : s->rest;
}

static uint64_t
most_of(const void *node)
{
	return shape_most(node);
}

const pv_cel_shapes rule_shapes = {shape_of, field_of, items_of, most_of};

/* ---- sizes ---- */

static bool
has_default(const pv_schema *s)
{
	return s->facets && s->facets->def;
}

/* The least bytes of its JSON. */
static uint64_t
least(const pv_schema *s, size_t depth)
{
	uint64_t n = 2;

	if (s->flags & PV_S_INT_OR_STRING || depth > DEPTH)
		return 1;
	switch ((enum pv_node_type)s->type) {
	case PV_T_BOOLEAN: return 4;
	case PV_T_INTEGER:
	case PV_T_NUMBER: return 1;
	case PV_T_STRING:
		if (pv_streq(s->format, "date-time"))
			return 21;
		return pv_streq(s->format, "date") ? 12 : pv_streq(s->format, "duration") ? 5 : 2;
	case PV_T_OBJECT:
		for (size_t i = 0; !is_map(s) && i < s->n_props; i++)
			if (s->props[i].flags & PV_P_REQUIRED && !has_default(s->props[i].schema))
				n += strlen(s->props[i].name) + least(s->props[i].schema, depth + 1) + 4;
		return n;
	case PV_T_ANY:
	case PV_T_LIST: break;
	}
	return n;
}

static uint64_t
longest_enum(const pv_val *enums)
{
	uint64_t n = 0;

	for (size_t i = 0; i < pv_count(enums); i++)
		if (pv_is(pv_item(enums, i), PV_STRING) && pv_item(enums, i)->len > n)
			n = pv_item(enums, i)->len;
	return n;
}

static uint64_t
most_text(const pv_schema *s)
{
	bool int_or_string = s->flags & PV_S_INT_OR_STRING;

	if (pv_streq(s->format, "duration") && !int_or_string)
		return 32;
	if (pv_streq(s->format, "date") && !int_or_string)
		return 12;
	if (pv_streq(s->format, "date-time") && !int_or_string)
		return 38;
	if (s->facets && s->facets->max_len >= 0)
		return (uint64_t)s->facets->max_len * (string_kind(s->format) == PV_CEL_BYTES ? 1 : 4);
	if (s->facets && s->facets->enums && string_kind(s->format) == PV_CEL_STRING && !int_or_string)
		return longest_enum(s->facets->enums);
	return REQUEST - 2;
}

uint64_t
shape_most(const pv_schema *s)
{
	if (s->type == PV_T_STRING || s->flags & PV_S_INT_OR_STRING)
		return most_text(s);
	if (s->type == PV_T_LIST && s->items)
		return s->facets && s->facets->max_items >= 0 ? (uint64_t)s->facets->max_items
							      : (REQUEST - 2) / (least(s->items, 0) + 1);
	if (is_map(s))
		return s->facets && s->facets->max_props >= 0 ? (uint64_t)s->facets->max_props
							      : (REQUEST - 2) / (least(s->rest, 0) + 6);
	return 0; /* upstream says nothing of the others */
}

uint64_t
shape_cardinality(const pv_schema *s)
{
	return REQUEST / (least(s, 0) + 1);
}
