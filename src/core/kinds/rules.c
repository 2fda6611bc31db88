#include "base/str.h"
#include "core/kinds/table.h"
#include "core/resource/resource.h"
#include "lang/json/json.h"
#include <string.h>

typedef struct rules {
	pv_ctx *cx;
	pv_kinds *k;
	const pv_table_row *row;
	pv_map *columns; /* group/plural -> pv_vec of pv_kind_column, in cx */
	pv_map *ageless; /* group/plural, in cx */
} rules;

static int
bad_row(rules *r, const char *why)
{
	return pv_fail(r->cx, PV_EINTERNAL, "rules.tsv:%d: %s: %s", r->row->line, r->row->cell[1], why);
}

/* The property that "core.v1.PodSpec.dnsPolicy" names. */
static pv_prop *
find_prop(rules *r, const char *path)
{
	const char *dot = strrchr(path, '.');
	const pv_schema *type;
	const pv_prop *prop;

	if (!dot)
		return NULL;
	type = pv_map_find(r->k->types, path, (size_t)(dot - path));
	prop = pv_schema_prop(type, dot + 1, strlen(dot + 1));
	/* The array was made by facts.c in the same arena and is not shared yet. */
	return prop ? (pv_prop *)((uintptr_t)prop) : NULL;
}

/* The property's node, made its own so that facets can be given to it.  Unless a row says
 * otherwise, empty text is there where Go can tell it from none: in a list, and behind a pointer. */
static pv_facets *
own_facets(rules *r, pv_prop *prop, bool items)
{
	pv_arena *arena = r->k->arena;
	pv_schema *node = pv_new(arena, pv_schema);
	pv_schema *target = node;
	pv_facets *facets = pv_facets_new(arena);

	*node = *prop->schema;
	prop->schema = node;
	pv_vec_push(&r->k->nodes, &node);
	if (items && node->type == PV_T_LIST) {
		target = pv_new(arena, pv_schema);
		*target = *node->items;
		node->items = target;
	}
	if (target->facets)
		*facets = *target->facets;
	else
		facets->even = node->type == PV_T_LIST || prop->flags & PV_P_POINTER;
	target->facets = facets;
	return facets;
}

static int
rule_enum(rules *r, pv_prop *prop)
{
	pv_facets *facets = own_facets(r, prop, true);
	pv_str rest = pv_str_of(r->row->cell[2]), piece;
	pv_listb list;

	pv_listb_init(&list, r->k->arena);
	while (pv_str_next(&rest, ',', &piece))
		pv_listb_add(&list, pv_stringn(r->k->arena, piece.s, piece.len));
	facets->enums = pv_box(r->k->arena, pv_listb_end(&list));
	facets->enum_words = *r->row->cell[3] ? r->row->cell[3] : NULL;
	return 0;
}

static int
rule_default(rules *r, pv_prop *prop)
{
	pv_facets *facets = own_facets(r, prop, false);
	pv_json_opts opts = {.file = "rules.tsv"};
	const pv_val *v;
	int e;

	if (facets->def)
		return bad_row(r, "the field has a default already");
	e = pv_json_parse(r->cx, pv_str_of(r->row->cell[2]), &opts, &v);
	if (e == 0)
		facets->def = pv_box(r->k->arena, pv_copy(r->k->arena, v));
	return e;
}

/* Of a list: of each item. */
static int
rule_syntax(rules *r, pv_prop *prop)
{
	pv_syntax **end = &own_facets(r, prop, true)->syntax;

	while (*end)
		end = &(*end)->next;
	*end = pv_new(r->k->arena, pv_syntax);
	return pv_syntax_row(r->row, *end) ? 0 : bad_row(r, "no such rule, or not with these arguments");
}

static int
rule_field(rules *r)
{
	pv_prop *prop = find_prop(r, r->row->cell[1]);
	const char *op = r->row->cell[0];

	if (!prop)
		return bad_row(r, "facts.tsv has no such field");
	if (pv_streq(op, "enum"))
		return rule_enum(r, prop);
	if (pv_streq(op, "default"))
		return rule_default(r, prop);
	if (pv_streq(op, "rule"))
		return rule_syntax(r, prop);
	if (pv_streq(op, "need"))
		prop->need = r->row->cell[2];
	else if (pv_streq(op, "apart"))
		prop->flags |= PV_P_POINTER;
	else if (pv_streq(op, "off"))
		prop->flags |= PV_P_OFF | (pv_streq(r->row->cell[2], "alone") ? PV_P_ALONE : 0);
	else
		own_facets(r, prop, true)->even = pv_streq(op, "even");
	return 0;
}

static int
rule_column(rules *r)
{
	pv_vec *columns = pv_map_finds(r->columns, r->row->cell[1]);
	pv_kind_column *c;

	if (!columns) {
		columns = pv_new(r->cx->arena, pv_vec);
		pv_vec_init(columns, r->k->arena, sizeof(pv_kind_column));
		pv_map_puts(r->columns, r->row->cell[1], columns);
		if (!pv_ends_with(r->row->cell[1], "/events"))
			*(pv_kind_column *)pv_vec_add(columns) =
				(pv_kind_column){"Name", "string", "name", ".metadata.name", 0};
	}
	c = pv_vec_add(columns);
	*c = (pv_kind_column){r->row->cell[2], r->row->cell[3], "", r->row->cell[5], 0};
	if (pv_streq(c->type, "name")) { /* another object's */
		c->type = "string";
		c->format = "name";
	}
	c->priority = pv_streq(r->row->cell[4], "1");
	if (pv_streq(c->name, "Name"))
		c->format = "name";
	return 0;
}

static int
rule_kind(rules *r)
{
	pv_vec *same = pv_map_finds(r->k->by_plural, r->row->cell[1]);
	const char *op = r->row->cell[0];
	const char *const *list = pv_table_list(r->k->arena, r->row->cell[2]);

	if (!same)
		return bad_row(r, "facts.tsv has no such kind");
	for (size_t i = 0; i < same->len; i++) {
		pv_kind *kind = *PV_AT(pv_kind *, same, i);

		if (pv_streq(op, "names")) {
			kind->short_names = list;
			kind->categories = pv_table_list(r->k->arena, r->row->cell[3]);
		} else if (pv_streq(op, "idle")) {
			kind->idle = pv_strdup(r->k->arena, r->row->cell[2]);
		} else if (pv_streq(op, "ageless")) {
			pv_map_puts(r->ageless, r->row->cell[1], same);
		} else if (pv_streq(op, "deprecated")) {
			kind->deprecated = pv_strdup(r->k->arena, r->row->cell[2]);
		} else {
			kind->selectable = list;
		}
	}
	return 0;
}

static bool
shows_age(const pv_vec *columns)
{
	for (size_t i = 0; i < columns->len; i++) {
		const pv_kind_column *c = PV_AT(pv_kind_column, columns, i);

		if (pv_streq(c->path, "=age") || pv_streq(c->path, "=created") ||
		    pv_streq(c->path, "=event-last"))
			return true;
	}
	return false;
}

static void
finish_kinds(rules *r)
{
	static const pv_kind_column age = {"Age", "string", "", "=age", 0};
	pv_kinds *k = r->k;
	pv_str key;
	void *value;

	for (size_t pos = 0; pv_map_each(k->by_plural, &pos, &key, &value);) {
		pv_vec *same = value, *columns = pv_map_find(r->columns, key.s, key.len);

		if (!columns) {
			columns = pv_new(r->cx->arena, pv_vec);
			pv_vec_init(columns, k->arena, sizeof(pv_kind_column));
			*(pv_kind_column *)pv_vec_add(columns) =
				(pv_kind_column){"Name", "string", "name", ".metadata.name", 0};
		}
		if (((*PV_AT(pv_kind *, same, 0))->verbs & PV_V_CREATE) && !shows_age(columns) &&
		    !pv_map_find(r->ageless, key.s, key.len))
			pv_vec_push(columns, &age);
		for (size_t i = 0; i < same->len; i++) {
			pv_kind *kind = *PV_AT(pv_kind *, same, i);

			kind->columns = columns->data;
			kind->n_columns = columns->len;
		}
	}
}

static bool
has_defaults(const pv_schema *node)
{
	if (node->flags & PV_S_DEFAULTS)
		return true;
	if ((node->items && node->items->flags & PV_S_DEFAULTS) ||
	    (node->rest && node->rest->flags & PV_S_DEFAULTS))
		return true;
	for (size_t i = 0; i < node->n_props; i++) {
		const pv_schema *s = node->props[i].schema;

		if (s->flags & PV_S_DEFAULTS || (s->facets && s->facets->def))
			return true;
	}
	return false;
}

static bool
has_off(const pv_schema *node)
{
	if (node->flags & PV_S_OFF || (node->items && node->items->flags & PV_S_OFF) ||
	    (node->rest && node->rest->flags & PV_S_OFF))
		return true;
	for (size_t i = 0; i < node->n_props; i++)
		if (node->props[i].flags & PV_P_OFF || node->props[i].schema->flags & PV_S_OFF)
			return true;
	return false;
}

/* Copies of named types get their fields; PV_S_DEFAULTS and PV_S_OFF spread until they stay. */
static void
finish_nodes(pv_kinds *k)
{
	bool changed = true;

	for (size_t i = 0; i < k->nodes.len; i++) {
		pv_schema *node = *PV_AT(pv_schema *, &k->nodes, i);
		const pv_schema *type = node->name ? pv_map_finds(k->types, node->name) : NULL;

		if (type && !node->props) {
			node->props = type->props;
			node->n_props = type->n_props;
		}
	}
	while (changed) {
		changed = false;
		for (size_t i = 0; i < k->nodes.len; i++) {
			pv_schema *node = *PV_AT(pv_schema *, &k->nodes, i);
			uint32_t flags =
				(has_defaults(node) ? PV_S_DEFAULTS : 0) | (has_off(node) ? PV_S_OFF : 0);

			changed |= (node->flags | flags) != node->flags;
			node->flags |= flags;
		}
	}
}

int
pv_kinds_rules(pv_ctx *cx, pv_kinds *k)
{
	pv_table_row row;
	pv_table_text text;
	rules r = {cx, k, &row, pv_map_new(cx->arena), pv_map_new(cx->arena)};
	int e = pv_table_text_open(cx, k->arena, "core/kinds/rules.tsv", &text);

	while (e == 0 && pv_table_text_row(&text, &row)) {
		const char *op = row.cell[0];

		if (pv_streq(op, "column"))
			e = rule_column(&r);
		else if (pv_streq(op, "enum") || pv_streq(op, "default") || pv_streq(op, "even") ||
			 pv_streq(op, "blank") || pv_streq(op, "apart") || pv_streq(op, "rule") ||
			 pv_streq(op, "need") || pv_streq(op, "off"))
			e = rule_field(&r);
		else if (pv_streq(op, "names") || pv_streq(op, "select") || pv_streq(op, "idle") ||
			 pv_streq(op, "deprecated") || pv_streq(op, "ageless"))
			e = rule_kind(&r);
		else
			e = bad_row(&r, "unknown kind of row");
	}
	if (e == 0) {
		finish_kinds(&r);
		finish_nodes(k);
	}
	return e;
}
