/* relations: https://backstage.io/docs/features/software-catalog/well-known-relations */
#include "portal/catalog/relations.h"

#include <string.h>

#include "base/str.h"

struct row {
	const char *kind, *field, *default_kind, *type, *reverse;
};

static const struct row rows[] = {
	{"Component", "owner", "group", "ownedBy", "ownerOf"},
	{"Component", "subcomponentOf", "component", "partOf", "hasPart"},
	{"Component", "system", "system", "partOf", "hasPart"},
	{"Component", "providesApis", "api", "providesApi", "apiProvidedBy"},
	{"Component", "consumesApis", "api", "consumesApi", "apiConsumedBy"},
	{"Component", "dependsOn", NULL, "dependsOn", "dependencyOf"},
	{"Component", "dependencyOf", NULL, "dependencyOf", "dependsOn"},
	{"API", "owner", "group", "ownedBy", "ownerOf"},
	{"API", "system", "system", "partOf", "hasPart"},
	{"Resource", "owner", "group", "ownedBy", "ownerOf"},
	{"Resource", "dependsOn", NULL, "dependsOn", "dependencyOf"},
	{"Resource", "dependencyOf", NULL, "dependencyOf", "dependsOn"},
	{"Resource", "system", "system", "partOf", "hasPart"},
	{"System", "owner", "group", "ownedBy", "ownerOf"},
	{"System", "domain", "domain", "partOf", "hasPart"},
	{"Domain", "owner", "group", "ownedBy", "ownerOf"},
	{"Domain", "subdomainOf", "domain", "partOf", "hasPart"},
	{"Group", "parent", "group", "childOf", "parentOf"},
	{"Group", "children", "group", "parentOf", "childOf"},
	{"Group", "members", "user", "hasMember", "memberOf"},
	{"User", "memberOf", "group", "memberOf", "hasMember"},
	{"Template", "owner", "group", "ownedBy", "ownerOf"},
};

char *
entity_self(pv_arena *arena, const pv_val *entity)
{
	entity_ref ref = {pv_str_lower(arena, pv_text_at(entity, "kind", "")),
			  pv_str_lower(arena, pv_text_at(entity, "metadata.namespace", "default")),
			  pv_str_lower(arena, pv_text_at(entity, "metadata.name", ""))};
	return entity_ref_text(arena, &ref);
}

static void
add(pv_ctx *cx, const pv_val *entity, const struct row *row, const pv_val *text, pv_vec *ret)
{
	entity_ref ref;
	relation *r;
	if (!entity_ref_parse(cx->arena, pv_text(text, ""), row->default_kind,
			      pv_text_at(entity, "metadata.namespace", "default"), &ref))
		return;
	r = pv_vec_add(ret);
	r->type = row->type;
	r->reverse = row->reverse;
	r->target = entity_ref_text(cx->arena, &ref);
}

void
relations_out(pv_ctx *cx, const pv_val *entity, pv_vec *ret)
{
	const char *kind = pv_text_at(entity, "kind", "");
	const pv_val *spec = pv_get(entity, "spec");
	pv_vec_init(ret, cx->arena, sizeof(relation));
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const pv_val *v = pv_streq(rows[i].kind, kind) ? pv_get(spec, rows[i].field) : NULL;
		if (pv_is(v, PV_STRING))
			add(cx, entity, &rows[i], v, ret);
		for (size_t k = 0; pv_is(v, PV_LIST) && k < pv_count(v); k++)
			add(cx, entity, &rows[i], pv_item(v, k), ret);
	}
}

/* Under the reference and the relation as it is seen from there: so the other side never
 * reads this entity, and hears of it only when a relation comes or goes. */
static char *
incoming_key(pv_arena *arena, const char *type, const char *target)
{
	return pv_printf(arena, "%s %s", type, target);
}

void
relations_keys(pv_ctx *cx, const pv_val *entity, pv_vec *ret)
{
	pv_vec out;
	relations_out(cx, entity, &out);
	for (size_t i = 0; i < out.len; i++) {
		const relation *r = PV_AT(relation, &out, i);
		const char *key = incoming_key(cx->arena, r->reverse, r->target);
		pv_vec_push(ret, &key);
	}
}

void
entity_keys(pv_ctx *cx, const pv_val *entity, pv_vec *ret)
{
	const char *self = entity_self(cx->arena, entity);
	pv_vec_push(ret, &self);
}

static int
by_type_and_target(const void *a, const void *b)
{
	const relation *x = a, *y = b;
	int c = pv_str_cmp(pv_str_of(x->type), pv_str_of(y->type));
	return c ? c : pv_str_cmp(pv_str_of(x->target), pv_str_of(y->target));
}

static char *
ref_of_place(pv_arena *arena, const pv_place *place)
{
	const char *kind = strrchr(place->type, '/');
	entity_ref ref = {pv_str_lower(arena, kind ? kind + 1 : place->type), pv_str_lower(arena, place->ns),
			  pv_str_lower(arena, place->name)};
	return entity_ref_text(arena, &ref);
}

static bool
asked_before(size_t row)
{
	for (size_t i = 0; i < row; i++)
		if (pv_streq(rows[i].reverse, rows[row].reverse))
			return true;
	return false;
}

static void
add_incoming(pv_ctx *cx, pv_plan *plan, const char *self, pv_vec *all)
{
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_vec places;
		if (asked_before(i))
			continue;
		pv_plan_named(cx, plan, "entity-relations", incoming_key(cx->arena, rows[i].reverse, self),
			      &places);
		for (size_t k = 0; k < places.len; k++) {
			relation in = {rows[i].reverse, rows[i].type,
				       ref_of_place(cx->arena, PV_AT(pv_place, &places, k))};
			pv_vec_push(all, &in);
		}
	}
}

pv_val
relations_status(pv_ctx *cx, pv_plan *plan, const pv_val *entity)
{
	const char *self = entity_self(cx->arena, entity);
	const relation *last = NULL;
	pv_listb b;
	pv_vec all;
	relations_out(cx, entity, &all);
	add_incoming(cx, plan, self, &all);
	pv_vec_sort(&all, by_type_and_target);
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < all.len; i++) {
		const relation *r = PV_AT(relation, &all, i);
		pv_objb o;
		if (last && by_type_and_target(last, r) == 0)
			continue;
		last = r;
		pv_objb_init(&o, cx->arena);
		pv_objb_puts(&o, "type", r->type);
		pv_objb_puts(&o, "targetRef", r->target);
		pv_listb_add(&b, pv_objb_end(&o));
	}
	return pv_listb_end(&b);
}
