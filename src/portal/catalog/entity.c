/* entity: .status of every catalog entity, one function for all kinds; and the same
 * validation at admission that files get. */
#include "portal/catalog/entity.h"

#include "base/str.h"
#include "base/time.h"
#include "portal/catalog/catalog.h"
#include "portal/catalog/gaps.h"
#include "portal/catalog/relations.h"

#define ERRORS "pave.dev/source-errors" /* put there by the source: what is wrong with a newer version */

static int
reconcile(pv_ctx *cx, const pv_val *entity, pv_plan *plan)
{
	const char *error = pv_text(pv_get(pv_at(entity, "metadata.annotations"), ERRORS), NULL);
	pv_listb items;
	pv_objb b;
	pv_listb_init(&items, cx->arena);
	if (error) {
		error = pv_printf(cx->arena, "%s; the last good version stands", error);
		pv_plan_summary(cx, plan, "its document is broken: %s", error);
		if (!pv_streq(pv_text_at(entity, "status.items.0.message", NULL), error))
			pv_plan_event(cx, plan, "Warning", "SourceFault", "%s", error);
		pv_objb_init(&b, cx->arena);
		pv_objb_puts(&b, "type", "backstage.io/catalog-processing");
		pv_objb_puts(&b, "level", "error");
		pv_objb_puts(&b, "message", error);
		pv_listb_add(&items, pv_objb_end(&b));
	}
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "relations", relations_status(cx, plan, entity));
	pv_objb_put(&b, "gaps", gaps_of(cx, plan, entity));
	pv_objb_put(&b, "items", pv_listb_end(&items));
	pv_plan_status(cx, plan, pv_objb_end(&b));
	return 0;
}

#define KINDS(X) \
	X(component, "backstage.io/v1alpha1/Component", "catalog-component") \
	X(api, "backstage.io/v1alpha1/API", "catalog-api") \
	X(resource, "backstage.io/v1alpha1/Resource", "catalog-resource") \
	X(system_, "backstage.io/v1alpha1/System", "catalog-system") \
	X(domain, "backstage.io/v1alpha1/Domain", "catalog-domain") \
	X(group, "backstage.io/v1alpha1/Group", "catalog-group") \
	X(user, "backstage.io/v1alpha1/User", "catalog-user") \
	X(location, "backstage.io/v1alpha1/Location", "catalog-location") \
	X(template, "scaffolder.backstage.io/v1beta3/Template", "catalog-template")

#define CONTROLLER(symbol, version_kind, label) \
	static const pv_controller symbol = {.name = (label), .kind = (version_kind), .reconcile = reconcile};
#define LISTED(symbol, version_kind, label) &(symbol),
#define INDEXED(symbol, version_kind, label) \
	{"entity-relations", version_kind, NULL, relations_keys}, {"entity", version_kind, NULL, entity_keys},

/* clang-format off */
KINDS(CONTROLLER)
const pv_controller *const catalog_controllers[] = {KINDS(LISTED) &catalog_source_controller, NULL};
const pv_index_row catalog_indexes[] = {KINDS(INDEXED) {0}};
/* clang-format on */

/* ---- admission ---- */

/* What the API adds to an entity is not the author's. */
static const pv_val *
as_written(pv_ctx *cx, const pv_val *object)
{
	static const char *const ours[] = {"managedFields",
					   "resourceVersion",
					   "generation",
					   "creationTimestamp",
					   "ownerReferences",
					   "finalizers",
					   "uid",
					   "deletionTimestamp",
					   "deletionGracePeriodSeconds",
					   "selfLink",
					   "generateName"};
	pv_val v = pv_without(cx->arena, object, "status"), meta = *pv_get(object, "metadata");
	for (size_t i = 0; i < PV_LEN(ours); i++)
		meta = pv_without(cx->arena, &meta, ours[i]);
	return pv_box(cx->arena, pv_with(cx->arena, &v, "metadata", meta));
}

static int
validate(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	pv_vec faults;
	bool catalog = pv_streq(admit->resource->group, "backstage.io") ||
		       pv_streq(admit->resource->group, "scaffolder.backstage.io");
	if (!catalog || !admit->object || *admit->subresource ||
	    pv_at(admit->object, "metadata.deletionTimestamp"))
		return 0;
	pv_vec_init(&faults, cx->arena, sizeof(entity_fault));
	entity_validate(cx, as_written(cx, admit->object), &faults);
	for (size_t i = 0; i < faults.len; i++) {
		const entity_fault *f = PV_AT(entity_fault, &faults, i);
		pv_denial *d = pv_vec_add(denials);
		d->policy = "catalog";
		d->message = f->message;
		d->field = f->path;
	}
	return 0;
}

const pv_admission catalog_admission = {.name = "catalog", .validate = validate};
