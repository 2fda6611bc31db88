/* fields: who set which field: metadata.managedFields (server-side apply, KEP-555;
 * structured-merge-diff).  Pure functions over objects; any thread.
 * Versions of a kind are taken to have the same paths (conversion strategy None). */
#pragma once
#include "core/resource/resource.h"

/* Records a create (old NULL), PUT or patch: the manager owns what it changed, others
 * lose what it changed or removed.  *object gets its new managedFields; an object whose
 * managedFields are [] or [{}] gives up tracking. */
PV_MUST_USE int pv_fields_update(pv_ctx *cx, const pv_resource *resource, const char *subresource,
				 const char *manager, int64_t now_ns, const pv_val *old,
				 const pv_val **object);

/* Server-side apply of `intent` onto `live` (NULL: there is none): merged, without what
 * the manager's last intent had and nobody else owns.  -PV_ECONFLICT with a cause
 * FieldManagerConflict for each field that another manager has, unless `force`. */
PV_MUST_USE int pv_fields_apply(pv_ctx *cx, const pv_resource *resource, const char *subresource,
				const char *manager, bool force, int64_t now_ns, const pv_val *live,
				const pv_val *intent, const pv_val **ret);
