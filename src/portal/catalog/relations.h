/* relations: what an entity's spec says of others, in pairs, and the index that finds who
 * says something of it.  Private. */
#pragma once
#include "portal/catalog/catalog.h"

typedef struct relation {
	const char *type, *reverse; /* ownedBy, ownerOf */
	const char *target;         /* kind:namespace/name, lower case */
} relation;

/* Its own reference. */
char *entity_self(pv_arena *arena, const pv_val *entity);
/* What its spec says: elements are relation.  Malformed references are left out. */
void relations_out(pv_ctx *cx, const pv_val *entity, pv_vec *ret);

/* Index "entity-relations": by what it refers to, and how.  Index "entity": by its own reference. */
void relations_keys(pv_ctx *cx, const pv_val *entity, pv_vec *ret);
void entity_keys(pv_ctx *cx, const pv_val *entity, pv_vec *ret);

/* .status.relations: both directions, sorted as Backstage sorts them. */
pv_val relations_status(pv_ctx *cx, pv_plan *plan, const pv_val *entity);
