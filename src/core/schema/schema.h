/* schema: the shape of a kind, from the facts table (built-in kinds) or from a
 * CRD's structural schema.  One model for validation, pruning, defaulting,
 * strategic merge, server-side apply and OpenAPI.  Immutable; counted by its
 * resource; any thread. */
#pragma once
#include "lang/patch/patch.h"
#include "lang/value/value.h"

typedef struct pv_schema pv_schema;

/* How server-side apply and merges see a node. */
enum pv_list_type { PV_LIST_ATOMIC, PV_LIST_SET, PV_LIST_MAP };
enum pv_map_type { PV_MAP_GRANULAR, PV_MAP_ATOMIC };

/* From a CRD's openAPIV3Schema; every fault is a cause (field path under `path`). */
PV_MUST_USE int pv_schema_from_crd(pv_ctx *cx, const pv_val *openapi, const char *path, pv_schema **ret);
pv_schema *pv_schema_ref(pv_schema *schema);
pv_schema *pv_schema_unref(pv_schema *schema);

/* The same with what apiVersion, kind and metadata are whatever a CRD says of them, also of the objects in it; meta:
 * ObjectMeta, NULL: open.
 * Lives as long as the arena and the two. */
const pv_schema *pv_schema_whole(pv_arena *arena, const pv_schema *schema, const pv_schema *meta);
const pv_schema *pv_schema_field(const pv_schema *schema, const char *name); /* NULL if unknown */
/* Is it a property of its own, and not one of additionalProperties? */
bool pv_schema_declares(const pv_schema *schema, const char *name);
const pv_schema *pv_schema_items(const pv_schema *schema);
bool pv_schema_preserves_unknown(const pv_schema *schema);
bool pv_schema_nullable(const pv_schema *schema); /* may the value be null, and stay so? */
enum pv_list_type pv_schema_list(const pv_schema *schema, const char *const **ret_keys, size_t *ret_n);
enum pv_map_type pv_schema_map(const pv_schema *schema);
pv_smp_field pv_schema_smp(const void *type, const char *field); /* pv_smp_lookup over pv_schema */

/* Adds a cause for each violation (all of them); the caller turns them into -PV_EINVALID.
 * Returns the number found. */
size_t pv_schema_validate(pv_ctx *cx, const pv_schema *schema, const pv_val *v, const char *under,
			  pv_vec *ret_causes /* of pv_cause */);
/* The same for the schema's CEL rules; old: what the write replaces, or NULL.  Rules that what stays as it
 * was does not obey go to ret_eased, which may be NULL. */
size_t pv_schema_judge(pv_ctx *cx, const pv_schema *schema, const pv_val *v, const pv_val *old,
		       pv_vec *ret_causes, pv_vec *ret_eased);
/* Is it as it was, to an update that is not to blame for what it leaves alone (KEP-4008)? */
bool pv_schema_same(pv_ctx *cx, const pv_schema *schema, const pv_val *now, const pv_val *was);
/* What tells an item of a list of the type map from the others; NULL: the list is none, or a key is missing. */
const char *pv_schema_item_key(pv_ctx *cx, const pv_schema *list, const pv_val *item);
/* The items of such a list by that, the first of equal ones (const pv_val *); NULL: it is none. */
pv_map *pv_schema_keyed(pv_ctx *cx, const pv_schema *list, const pv_val *v);
/* Is it about items that a set or a map has twice, or that have no keys? */
bool pv_schema_is_list_fault(const pv_cause *cause);
/* Defaults filled in; the result shares what did not change.  No more than PV_DEFAULTS_MOST bytes of
 * them: what lacks the rest is larger than any store takes (PV_RECORD_MOST). */
#define PV_DEFAULTS_MOST (8u << 20)
const pv_val *pv_schema_default(pv_ctx *cx, const pv_schema *schema, const pv_val *v);
/* Unknown fields dropped; their paths are added to ret_unknown (const char *), may be NULL. */
const pv_val *pv_schema_prune(pv_ctx *cx, const pv_schema *schema, const pv_val *v, pv_vec *ret_unknown);
bool pv_format_is_known(const char *format); /* texts of other formats are not looked at */
