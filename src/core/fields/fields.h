/* fields: who set which field: metadata.managedFields (server-side apply, KEP-555;
 * structured-merge-diff).  Pure functions over objects, but for what converts them; any thread. */
#pragma once
#include "core/resource/resource.h"

/* The other versions of a kind: what a manager wrote in one is compared as that one sees it. */
typedef struct pv_fields_versions {
	void *arg;
	/* The kind of `resource` at api_version; NULL: there is no such version any more. */
	const pv_resource *(*find)(void *arg, const pv_resource *resource, const char *api_version);
	int (*convert)(pv_ctx *cx, void *arg, const pv_resource *to, const pv_val *object,
		       const pv_val **ret);
} pv_fields_versions;

typedef struct pv_fields_write { /* who writes what, and when */
	const pv_resource *resource;
	const char *subresource, *manager; /* NULL: none, and "unknown" */
	int64_t now_ns;
	const pv_fields_versions *versions; /* NULL: all have the paths of `resource` */
} pv_fields_write;

/* Records a create (old NULL), PUT or patch: the manager owns what it changed, others
 * lose what it changed or removed.  *object gets its new managedFields; an object whose
 * managedFields are [] or [{}] gives up tracking. */
PV_MUST_USE int pv_fields_update(pv_ctx *cx, const pv_fields_write *by, const pv_val *old,
				 const pv_val **object);

/* Can all of these managedFields be understood? */
bool pv_fields_readable(pv_ctx *cx, const pv_val *managed);

/* Can the intent be one?  -PV_EINTERNAL with no reason, as upstream: it has fields that the kind does not declare,
 * values of other types, elements of one name. */
PV_MUST_USE int pv_fields_check(pv_ctx *cx, const pv_resource *resource, const pv_val *intent);
/* Its nulls where none may be and none stay what they were: what an intent says null of and somebody filled stays as
 * it is.  merged: the object with the intent over it.  *ret: of pv_cause. */
void pv_fields_nulls(pv_ctx *cx, const pv_resource *resource, const pv_val *intent, const pv_val *merged,
		     pv_vec *ret);
/* "(default/web; apps/v1, Kind=Deployment)": how such faults name an object */
char *pv_fields_label(pv_arena *arena, const pv_resource *resource, const pv_val *object);

/* Server-side apply of `intent`, which was checked, onto `live` (NULL: there is none): merged, without what
 * the manager's last intent had and nobody else owns.  -PV_ECONFLICT with a cause
 * FieldManagerConflict for each field that another manager has, unless `force`. */
PV_MUST_USE int pv_fields_apply(pv_ctx *cx, const pv_fields_write *by, bool force, const pv_val *live,
				const pv_val *intent, const pv_val **ret);

/* `config` on top of `live`, as an apply merges them, and nobody owns more than before. */
PV_MUST_USE int pv_fields_merge(pv_ctx *cx, const pv_resource *resource, const pv_val *live,
				const pv_val *config, const pv_val **ret);

/* The migration from client-side to server-side apply: what the manager `from`, and whoever wrote
 * kubectl's annotation of the last applied configuration, holds by updates is from now on what
 * `to` applied.  So the next apply of `to` removes what of it is no longer wanted.  The object
 * itself if there is nothing to take over. */
const pv_val *pv_fields_take_over(pv_ctx *cx, const pv_resource *resource, const char *from, const char *to,
				  const pv_val *live);
