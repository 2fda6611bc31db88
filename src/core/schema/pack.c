/* A schema as it was built -> as it is kept: what is equal lies there once.  In the CRDs of the
 * ecosystem nine nodes of ten have an equal one in the same schema.  What hangs below a piece is
 * packed before it, so pieces are equal if their bytes are. */
#include "base/map.h"
#include "core/schema/rules.h"
#include "lang/json/json.h"
#include <string.h>

typedef struct pack {
	pv_arena *arena, *turn; /* of the schema, of the packing */
	pv_map *pieces;         /* bytes -> where they lie */
	pv_map *values;         /* JSON -> pv_val */
	pv_map *ruled; /* a node with rules, before it has a place for its programs -> the one that has */
} pack;

static const pv_schema *pack_node(pack *p, const pv_schema *s);

static void *
copied(pack *p, const void *bytes, size_t size)
{
	return memcpy(pv_alloc(p->arena, size), bytes, size);
}

static const void *
piece(pack *p, const void *bytes, size_t size)
{
	void *there = pv_map_find(p->pieces, bytes, size);

	if (!there) {
		there = copied(p, bytes, size);
		pv_map_put(p->pieces, bytes, size, there);
	}
	return there;
}

static const char *
text(pack *p, const char *s)
{
	return s ? piece(p, s, strlen(s) + 1) : NULL;
}

static const char *const *
names(pack *p, const char *const *list)
{
	size_t n = 0;
	const char **out;

	if (!list)
		return NULL;
	while (list[n])
		n++;
	out = pv_new_array(p->turn, const char *, n + 1);
	for (size_t i = 0; i < n; i++)
		out[i] = text(p, list[i]);
	return piece(p, out, (n + 1) * sizeof *out);
}

static const pv_val *
value(pack *p, const pv_val *v)
{
	const char *json;
	pv_val *there;

	if (!v)
		return NULL;
	json = pv_json_text(p->turn, v);
	there = pv_map_finds(p->values, json);
	if (!there) {
		pv_val copy = pv_copy(p->arena, v);

		there = copied(p, &copy, sizeof copy);
		pv_map_puts(p->values, json, there);
	}
	return there;
}

static const pv_schema *const *
nodes(pack *p, const pv_schema *const *list)
{
	size_t n = 0;
	const pv_schema **out;

	if (!list)
		return NULL;
	while (list[n])
		n++;
	out = pv_new_array(p->turn, const pv_schema *, n + 1);
	for (size_t i = 0; i < n; i++)
		out[i] = pack_node(p, list[i]);
	return piece(p, out, (n + 1) * sizeof *out);
}

static const pv_rule *
rules(pack *p, const pv_rule *list, size_t n)
{
	pv_rule *out;

	if (!n)
		return NULL;
	out = pv_new_array(p->turn, pv_rule, n);
	memcpy(out, list, n * sizeof *out);
	for (size_t i = 0; i < n; i++) {
		out[i].text = text(p, out[i].text);
		out[i].message = text(p, out[i].message);
		out[i].expression = text(p, out[i].expression);
		out[i].reason = text(p, out[i].reason);
		out[i].field_path = text(p, out[i].field_path);
	}
	return piece(p, out, n * sizeof *out);
}

static const pv_facets *
facets(pack *p, const pv_facets *f)
{
	pv_facets out;

	if (!f)
		return NULL;
	memcpy(&out, f, sizeof out);
	out.def = value(p, f->def);
	out.enums = value(p, f->enums);
	out.rules = rules(p, f->rules, f->n_rules);
	out.programs = NULL;
	out.pattern = text(p, f->pattern);
	out.all = nodes(p, f->all);
	out.any = nodes(p, f->any);
	out.one = nodes(p, f->one);
	out.no = f->no ? pack_node(p, f->no) : NULL;
	return piece(p, &out, sizeof out);
}

static const pv_prop *
props(pack *p, const pv_prop *list, size_t n)
{
	pv_prop *out;

	if (!n)
		return NULL;
	out = pv_new_array(p->turn, pv_prop, n);
	memcpy(out, list, n * sizeof *out);
	for (size_t i = 0; i < n; i++) {
		out[i].name = text(p, out[i].name);
		out[i].schema = pack_node(p, out[i].schema);
	}
	return piece(p, out, n * sizeof *out);
}

/* Its programs are compiled for the node that it is, so it has a place for them of its own. */
static const pv_schema *
with_programs(pack *p, pv_schema *s)
{
	pv_schema *there = pv_map_find(p->ruled, (const char *)s, sizeof *s);
	pv_facets *f;

	if (there)
		return there;
	f = copied(p, s->facets, sizeof *f);
	f->programs = rules_place(p->arena);
	there = copied(p, s, sizeof *s);
	there->facets = f;
	pv_map_put(p->ruled, (const char *)s, sizeof *s, there);
	return there;
}

static const pv_schema *
pack_node(pack *p, const pv_schema *s)
{
	pv_schema out;

	memcpy(&out, s, sizeof out);
	out.props = props(p, s->props, s->n_props);
	out.items = s->items ? pack_node(p, s->items) : NULL;
	out.rest = s->rest ? pack_node(p, s->rest) : NULL;
	out.keys = names(p, s->keys);
	out.required = names(p, s->required);
	out.format = text(p, s->format);
	out.facets = facets(p, s->facets);
	return s->facets && s->facets->n_rules ? with_programs(p, &out) : piece(p, &out, sizeof out);
}

const pv_schema *
schema_pack(pv_arena *arena, pv_arena *turn, const pv_schema *built)
{
	pack p = {.arena = arena, .turn = turn};

	p.pieces = pv_map_new(turn);
	p.values = pv_map_new(turn);
	p.ruled = pv_map_new(turn);
	return pack_node(&p, built);
}
