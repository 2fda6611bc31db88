#include "base/str.h"
#include "core/kinds/table.h"
#include "core/resource/resource.h"
#include <string.h>

static const struct scalar {
	const char *name;
	uint8_t type;
	uint32_t flags;
	const char *format, *component;
} scalars[] = {
	{"string", PV_T_STRING, 0, NULL, NULL},
	{"int32", PV_T_INTEGER, 0, "int32", NULL},
	{"int64", PV_T_INTEGER, 0, "int64", NULL},
	{"double", PV_T_NUMBER, 0, "double", NULL},
	{"boolean", PV_T_BOOLEAN, 0, NULL, NULL},
	{"byte", PV_T_STRING, 0, "byte", NULL},
	{"time", PV_T_STRING, 0, "date-time", "meta.v1.Time"},
	{"microtime", PV_T_STRING, PV_S_MICRO, "date-time", "meta.v1.MicroTime"},
	{"quantity", PV_T_ANY, PV_S_QUANTITY, NULL, "pkg.api.resource.Quantity"},
	{"intstr", PV_T_ANY, PV_S_INT_OR_STRING, "int-or-string", "pkg.util.intstr.IntOrString"},
	{"raw", PV_T_OBJECT, PV_S_PRESERVE, NULL, "pkg.runtime.RawExtension"},
	{"fields", PV_T_OBJECT, PV_S_PRESERVE, NULL, "meta.v1.FieldsV1"},
	{"any", PV_T_ANY, PV_S_PRESERVE, NULL, "apiextensions.v1.JSON"},
	{"any-or-list", PV_T_ANY, PV_S_PRESERVE, NULL, "apiextensions.v1.JSONSchemaPropsOrArray"},
	{"any-or-bool", PV_T_ANY, PV_S_PRESERVE, NULL, "apiextensions.v1.JSONSchemaPropsOrBool"},
	{"any-or-names", PV_T_ANY, PV_S_PRESERVE, NULL, "apiextensions.v1.JSONSchemaPropsOrStringArray"},
};

static pv_schema *
node_new(pv_kinds *k, enum pv_node_type type)
{
	pv_schema *node = pv_new(k->arena, pv_schema);

	node->type = (uint8_t)type;
	node->flags = PV_S_BUILTIN;
	pv_vec_push(&k->nodes, &node);
	return node;
}

static void
add_scalars(pv_kinds *k)
{
	for (size_t i = 0; i < PV_LEN(scalars); i++) {
		pv_schema *node = pv_new(k->arena, pv_schema);

		node->type = scalars[i].type;
		node->flags = PV_S_BUILTIN | scalars[i].flags;
		node->format = scalars[i].format;
		node->component = scalars[i].component;
		node->map = PV_MAP_ATOMIC; /* "raw": of one owner, as no other server knows what is in it */
		pv_map_puts(k->types, scalars[i].name, node);
		if (node->component)
			pv_map_puts(k->types, node->component, node);
	}
}

static const pv_schema *
type_of(pv_kinds *k, const char *name)
{
	bool list = pv_starts_with(name, "[]");

	if (list || pv_starts_with(name, "{}")) {
		pv_schema *node = node_new(k, list ? PV_T_LIST : PV_T_OBJECT);

		*(list ? &node->items : &node->rest) = type_of(k, name + 2);
		return node;
	}
	return pv_map_finds(k->types, name);
}

/* "map=a+b,merge=a,req" onto the field and its list. */
static void
attributes(pv_kinds *k, const char *text, pv_prop *prop)
{
	pv_str rest = pv_str_of(text), a;
	pv_schema *node = NULL;

	while (pv_str_next(&rest, ',', &a)) {
		const char *word = pv_strndup(k->arena, a.s, a.len);

		if (pv_streq(word, "req")) {
			prop->flags |= PV_P_REQUIRED;
		} else if (pv_streq(word, "retain")) {
			prop->flags |= PV_P_RETAIN;
		} else if (pv_streq(word, "replace")) {
			prop->flags |= PV_P_REPLACE;
		} else if (pv_streq(word, "ptr")) {
			prop->flags |= PV_P_POINTER;
		} else if (pv_streq(word, "keep")) {
			prop->flags |= PV_P_KEEP;
		} else if (pv_starts_with(word, "merge")) {
			prop->flags |= PV_P_MERGE;
			prop->merge_key = word[5] == '=' ? word + 6 : NULL;
		} else if (!pv_streq(word, "-")) {
			if (!node) { /* the list's or map's own node: change a copy */
				node = node_new(k, PV_T_ANY);
				*node = *prop->schema;
				prop->schema = node;
			}
			if (pv_streq(word, "set")) {
				node->list = PV_LIST_SET;
			} else if (pv_streq(word, "atomic")) {
				node->map = PV_MAP_ATOMIC;
			} else if (pv_streq(word, "granular")) {
				node->map = PV_MAP_GRANULAR;
				prop->flags |= PV_P_GRANULAR;
			} else if (pv_starts_with(word, "map=")) {
				pv_str keys = pv_str_of(word + 4), key;
				const char **names = pv_new_array(k->arena, const char *, keys.len + 1);

				node->list = PV_LIST_MAP;
				while (pv_str_next(&keys, '+', &key))
					names[node->n_keys++] = pv_strndup(k->arena, key.s, key.len);
				node->keys = names;
			}
		}
	}
}

static void
proto_number(const char *text, pv_prop *prop)
{
	pv_str rest = pv_str_of(text), piece;
	int64_t n;

	for (size_t i = 0; i < PV_LEN(prop->number) && pv_str_next(&rest, '.', &piece); i++)
		if (pv_parse_int(piece, &n))
			prop->number[i] = (uint16_t)n;
}

static unsigned
verb_bits(const char *text)
{
	static const struct {
		const char *name;
		unsigned bit;
	} verbs[] = {
		{"get", PV_V_GET},       {"list", PV_V_LIST},
		{"watch", PV_V_WATCH},   {"create", PV_V_CREATE},
		{"update", PV_V_UPDATE}, {"patch", PV_V_PATCH},
		{"delete", PV_V_DELETE}, {"deletecollection", PV_V_DELETECOLLECTION},
	};
	pv_str rest = pv_str_of(text), piece;
	unsigned bits = 0;

	while (pv_str_next(&rest, ',', &piece))
		for (size_t i = 0; i < PV_LEN(verbs); i++)
			if (pv_str_is(piece, verbs[i].name))
				bits |= verbs[i].bit;
	return bits;
}

static const char *
core_or(const char *group)
{
	return pv_streq(group, "-") ? "" : group;
}

static pv_kind *
add_kind(pv_kinds *k, const pv_table_row *row)
{
	pv_kind *kind = pv_new(k->arena, pv_kind);
	const char *key;
	pv_vec *same;

	kind->group = core_or(row->cell[1]);
	kind->version = row->cell[2];
	kind->kind = row->cell[3];
	kind->plural = row->cell[4];
	kind->singular = pv_str_lower(k->arena, kind->kind);
	kind->namespaced = pv_streq(row->cell[5], "ns");
	kind->verbs = verb_bits(row->cell[6]);
	kind->schema = pv_map_finds(k->types, row->cell[7]);
	kind->fill = pv_kind_fill_of(kind->group, kind->kind);
	kind->give = pv_kind_give_of(kind->group, kind->kind);
	kind->check = pv_kind_check_of(kind->group, kind->kind);
	kind->status_check = pv_kind_status_check_of(kind->group, kind->kind);
	pv_vec_push(&k->kinds, &kind);

	key = pv_printf(k->arena, "%s/%s", row->cell[1], kind->plural);
	same = pv_map_finds(k->by_plural, key);
	if (!same) {
		same = pv_new(k->arena, pv_vec);
		pv_vec_init(same, k->arena, sizeof(pv_kind *));
		pv_map_puts(k->by_plural, key, same);
	}
	pv_vec_push(same, &kind);
	return kind;
}

static void
add_sub(pv_kinds *k, pv_kind *kind, const pv_table_row *row)
{
	pv_kind_sub *subs = pv_new_array(k->arena, pv_kind_sub, kind->n_subs + 1);
	pv_str rest = pv_str_of(row->cell[3]), piece;
	pv_kind_sub *sub = &subs[kind->n_subs];

	if (kind->n_subs)
		memcpy(subs, kind->subs, kind->n_subs * sizeof(*subs));
	sub->name = row->cell[1];
	sub->verbs = verb_bits(row->cell[2]);
	pv_str_next(&rest, '/', &piece);
	sub->group = pv_str_is(piece, "-") ? "" : pv_strndup(k->arena, piece.s, piece.len);
	pv_str_next(&rest, '/', &piece);
	sub->version = pv_strndup(k->arena, piece.s, piece.len);
	sub->kind = pv_strndup(k->arena, rest.s, rest.len);
	kind->subs = subs;
	kind->n_subs++;
}

static int
prop_cmp(const void *a, const void *b)
{
	return strcmp(((const pv_prop *)a)->name, ((const pv_prop *)b)->name);
}

static void
close_type(pv_kinds *k, pv_schema *type, pv_vec *props)
{
	pv_prop *copy;

	if (!type || !props->len)
		return;
	pv_vec_sort(props, prop_cmp);
	copy = pv_new_array(k->arena, pv_prop, props->len);
	memcpy(copy, props->data, props->len * sizeof(*copy));
	type->props = copy;
	type->n_props = (uint32_t)props->len;
	props->len = 0;
}

/* First pass: every type has an address. */
static int
name_types(pv_ctx *cx, pv_kinds *k, const char *path)
{
	pv_table_text text;
	pv_table_row row;
	int r = pv_table_text_open(cx, cx->arena, path, &text);

	while (r == 0 && pv_table_text_row(&text, &row)) {
		pv_schema *type;

		if (row.cell[0][0] != 'T')
			continue;
		type = node_new(k, PV_T_OBJECT);
		type->name = pv_strdup(k->arena, row.cell[1]);
		type->map = pv_streq(row.cell[2], "atomic") ? PV_MAP_ATOMIC : PV_MAP_GRANULAR;
		if (pv_streq(type->name, "meta.v1.ObjectMeta"))
			type->flags |= PV_S_META;
		pv_map_puts(k->types, type->name, type);
	}
	return r;
}

static int
add_field(pv_ctx *cx, pv_kinds *k, pv_vec *props, const pv_table_row *row, const char *path)
{
	pv_prop *prop = pv_vec_add(props);

	prop->name = row->cell[1];
	prop->schema = type_of(k, row->cell[2]);
	if (!prop->schema)
		return pv_fail(cx, PV_EINTERNAL, "%s:%d: no type %s", path, row->line, row->cell[2]);
	prop->place = (uint16_t)props->len;
	attributes(k, row->cell[3], prop);
	proto_number(row->cell[4], prop);
	return 0;
}

int
pv_kinds_facts(pv_ctx *cx, pv_kinds *k, const char *path)
{
	pv_table_text text;
	pv_table_row row;
	pv_vec props;
	pv_schema *type = NULL;
	pv_kind *kind = NULL;
	int r;

	add_scalars(k);
	pv_vec_init(&props, cx->arena, sizeof(pv_prop));
	r = name_types(cx, k, path);
	if (r == 0)
		r = pv_table_text_open(cx, k->arena, path, &text);
	while (r == 0 && pv_table_text_row(&text, &row)) {
		switch (row.cell[0][0]) {
		case 'T':
			close_type(k, type, &props);
			type = pv_map_finds(k->types, row.cell[1]);
			break;
		case 'F': r = add_field(cx, k, &props, &row, path); break;
		case 'K':
			close_type(k, type, &props);
			kind = add_kind(k, &row);
			break;
		case 'S':
			if (kind)
				add_sub(k, kind, &row);
			break;
		}
	}
	return r;
}
