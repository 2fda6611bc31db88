/* portal/catalog: Backstage's entities as resources: what a valid one is, where they come
 * from (Git), how they relate, and what is missing.
 * Thread-safe: no state; what is returned lives in the arena of the ctx. */
#pragma once
#include "core/module.h"

typedef struct entity_fault {
	const char *path;    /* spec.owner, metadata.tags[0]; "" for the whole entity */
	const char *message; /* as Backstage words it */
} entity_fault;

/* Adds every fault of an entity (of entity_fault); none means Backstage would accept it. */
void entity_validate(pv_ctx *cx, const pv_val *entity, pv_vec *faults);
/* Has it a kind and an apiVersion of the catalog? */
bool entity_is_known(const pv_val *entity);
/* The address in {$text: https://...} ($json, $yaml), which stays as it is in a field of spec:
 * nothing here reads other hosts.  NULL if that is not what v is. */
const char *entity_elsewhere(const pv_val *v);

/* [kind:][namespace/]name, with what is left out filled in; false if it is malformed or has
 * no kind.  The parts are lower-cased, as references are compared. */
typedef struct entity_ref {
	const char *kind, *ns, *name;
} entity_ref;
bool entity_ref_parse(pv_arena *arena, const char *text, const char *default_kind, const char *default_ns,
		      entity_ref *ret);
char *entity_ref_text(pv_arena *arena, const entity_ref *ref); /* kind:namespace/name */
