/* status: makes the kind of a template's constraints, and says on templates and mutators whether they
 * are in force. */
#include "base/str.h"
#include "governance/gatekeeper/gatekeeper.h"
#include "governance/gatekeeper/mutator.h"
#include "governance/gatekeeper/template.h"
#include "lang/json/json.h"

#define WHO "pave" /* in status.byPod: there is one of us */

static pv_val
error_of(pv_ctx *cx, const char *code, const char *message)
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "code", code);
	pv_objb_puts(&b, "message", message);
	return pv_objb_end(&b);
}

/* [{id, observedGeneration, errors}] */
static pv_val
by_pod(pv_ctx *cx, const pv_val *object, const char *code, const char *error, const char *uid_field)
{
	pv_val one, fault;
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "id", WHO);
	pv_objb_puts(&b, uid_field, pv_text_at(object, "metadata.uid", NULL));
	pv_objb_put(&b, "observedGeneration", pv_int(pv_i64_at(object, "metadata.generation", 1)));
	if (error) {
		fault = error_of(cx, code, error);
		pv_objb_put(&b, "errors", pv_list_of(cx->arena, &fault, 1));
	}
	one = pv_objb_end(&b);
	return pv_list_of(cx->arena, &one, 1);
}

static const char *
taken_error(pv_ctx *cx)
{
	const char *text = pv_strdup(cx->arena, pv_error_text(cx));

	(void)pv_recover(cx);
	return text;
}

/* ---- templates ---- */

static int
reconcile_template(pv_ctx *cx, const pv_val *object, pv_plan *plan)
{
	const char *error = NULL;
	gk_template *t = NULL;
	pv_objb status;
	pv_vec crds;

	if (pv_at(object, "metadata.deletionTimestamp"))
		return 0;
	if (gk_template_compile(cx, object, NULL, &t) < 0)
		error = taken_error(cx);
	pv_vec_init(&crds, cx->arena, sizeof(const pv_val *));
	if (!error) {
		const pv_val *crd = pv_box(cx->arena, gk_constraint_crd(cx, object));

		pv_vec_push(&crds, &crd);
		pv_plan_own(cx, plan, "apiextensions.k8s.io/v1/CustomResourceDefinition", &crds);
		pv_plan_reason(cx, plan, "%s is a kind of constraints, judged by %s", gk_template_kind(t),
			       gk_template_engine(t));
	} else {
		pv_plan_event(cx, plan, "Warning", "TemplateError", "%s", error);
		pv_plan_reason(cx, plan, "%s", error);
	}
	gk_template_unref(t);
	pv_objb_init(&status, cx->arena);
	pv_objb_put(&status, "created", pv_bool(!error));
	pv_objb_put(&status, "byPod", by_pod(cx, object, "create_error", error, "templateUID"));
	pv_plan_status(cx, plan, pv_objb_end(&status));
	return 0;
}

static const pv_controller template = {
	.name = "gatekeeper-template",
	.kind = GK_TEMPLATES "/v1/ConstraintTemplate",
	.reconcile = reconcile_template,
};

/* ---- mutators ---- */

static const char *const kinds[] = {"v1/Assign", "v1alpha1/AssignImage", "v1/AssignMetadata", "v1/ModifySet"};

/* All others are read: what one is in conflict with may come and go. */
static const char *
conflicts_of(pv_ctx *cx, pv_plan *plan, const pv_val *object)
{
	gk_mutators set;
	gk_mutator *own = NULL;
	pv_vec all;

	gk_mutators_init(&set, cx->arena);
	for (size_t k = 0; k < PV_LEN(kinds); k++) {
		pv_vec_init(&all, cx->arena, sizeof(const pv_val *));
		pv_plan_list(cx, plan, pv_printf(cx->arena, GK_MUTATIONS "/%s", kinds[k]), NULL, NULL, &all);
		for (size_t i = 0; i < all.len; i++) {
			const pv_val *other = *PV_AT(const pv_val *, &all, i);
			gk_mutator *m = NULL;

			if (gk_mutator_new(cx, cx->arena, other, &m) < 0) {
				(void)pv_recover(cx);
				continue;
			}
			if (gk_mutators_add(cx, &set, m) < 0)
				(void)pv_recover(cx);
			if (pv_streq(pv_text_at(other, "metadata.uid", ""),
				     pv_text_at(object, "metadata.uid", NULL)))
				own = m;
		}
	}
	return own ? gk_mutator_conflicts(cx, &set, own) : "";
}

static int
reconcile_mutator(pv_ctx *cx, const pv_val *object, pv_plan *plan)
{
	const char *error = NULL, *conflicts, *code = "ErrConflictingSchema";
	gk_mutator *m;
	pv_objb status;

	if (pv_at(object, "metadata.deletionTimestamp"))
		return 0;
	if (gk_mutator_new(cx, cx->arena, object, &m) < 0) {
		error = taken_error(cx);
		code = "ErrInvalid";
	} else if (*(conflicts = conflicts_of(cx, plan, object))) {
		error = pv_printf(cx->arena, "the following mutators have conflicting schemas: %s",
				  conflicts);
	}
	pv_plan_reason(cx, plan, "%s", error ? error : "the mutator is in force");
	if (error)
		pv_plan_event(cx, plan, "Warning", "MutatorError", "%s", error);
	pv_objb_init(&status, cx->arena);
	pv_objb_put(&status, "byPod", by_pod(cx, object, code, error, "mutatorUID"));
	pv_plan_status(cx, plan, pv_objb_end(&status));
	return 0;
}

#define MUTATOR(suffix, kind_of) \
	static const pv_controller suffix = {.name = "gatekeeper-" #suffix, \
					     .kind = GK_MUTATIONS "/" kind_of, \
					     .reconcile = reconcile_mutator}
MUTATOR(assign, "v1/Assign");
MUTATOR(assignimage, "v1alpha1/AssignImage");
MUTATOR(assignmetadata, "v1/AssignMetadata");
MUTATOR(modifyset, "v1/ModifySet");

const pv_controller *const gatekeeper_controllers[] = {
	&template, &gatekeeper_audit_controller, &assign, &assignimage, &assignmetadata, &modifyset, NULL};
