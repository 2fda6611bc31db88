/* permit: who may write an ApplicationSet.  It makes Applications, so it needs what they need: who does not hold
 * every right needs an AppProject that admits the namespace, and must say which one in the template itself. */
#include <string.h>

#include "base/str.h"
#include "core/api/api.h"
#include "core/schema/schema.h"
#include "delivery/application/application.h"
#include "delivery/applicationset/appset.h"

static void
refuse(pv_vec *denials, const char *field, const char *message)
{
	pv_denial *d = pv_vec_add(denials);
	*d = (pv_denial){.policy = "applicationsets", .message = message, .field = field};
}

static void
check_project(pv_ctx *cx, const pv_admit *admit, const pv_val *template, const char *field, pv_vec *denials)
{
	const char *project = pv_text_at(template, "spec.project", "");
	const char *why = application_refused(cx, admit, "ApplicationSet", project);
	if (why && strstr(project, "{{"))
		why = pv_printf(
			cx->arena,
			"user \"%s\" does not hold every right, so the project must be said here, and not be made from "
			"parameters",
			admit->identity->user);
	field = pv_printf(cx->arena, "%s.spec.project", field);
	if (why)
		refuse(denials, field, pv_printf(cx->arena, "%s: %s", field, why));
}

/* The definition leaves it open what a generator's own template says: it is held to that of Applications here. */
static void
check_fields(pv_ctx *cx, const pv_admit *admit, const pv_val *template, const char *field)
{
	const pv_resource *res = pv_resource_of_kind(cx, pv_api_registry(admit->serving),
						     "argoproj.io/v1alpha1", "Application");
	const pv_schema *spec = res && res->schema ? pv_schema_field(res->schema, "spec") : NULL;
	pv_vec unknown;
	if (!spec || !admit->warnings || !pv_get(template, "spec"))
		return;
	pv_vec_init(&unknown, cx->arena, sizeof(const char *));
	(void)pv_schema_prune(cx, spec, pv_get(template, "spec"), &unknown);
	for (size_t i = 0; i < unknown.len; i++) {
		const char *warning = pv_printf(cx->arena, "unknown field \"%s.template.spec.%s\"", field,
						*PV_AT(const char *, &unknown, i));
		pv_vec_push(admit->warnings, &warning);
	}
}

/* Templates of generators, wherever they stand. */
static void
check_generators(pv_ctx *cx, const pv_admit *admit, const pv_val *list, const char *field, int depth,
		 pv_vec *denials)
{
	for (size_t i = 0; depth < 4 && i < pv_count(list); i++) {
		const pv_val *kinds = pv_item(list, i);
		for (size_t k = 0; pv_is(kinds, PV_OBJECT) && k < pv_member_count(kinds); k++) {
			const pv_val *of = &kinds->members[k].val;
			const char *at = pv_printf(cx->arena, "%s[%zu].%s", field, i,
						   pv_text(&kinds->members[k].key, ""));
			if (*pv_text_at(of, "template.spec.project", ""))
				check_project(cx, admit, pv_get(of, "template"),
					      pv_printf(cx->arena, "%s.template", at), denials);
			check_fields(cx, admit, pv_get(of, "template"), at);
			check_generators(cx, admit, pv_get(of, "generators"),
					 pv_printf(cx->arena, "%s.generators", at), depth + 1, denials);
		}
	}
}

static int
validate(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	const pv_val *spec = pv_get(admit->object, "spec"), *was = pv_get(admit->old, "spec");
	if (!pv_streq(admit->resource->group, "argoproj.io") ||
	    !pv_streq(admit->resource->kind, "ApplicationSet") || admit->identity->internal || !spec ||
	    (was && pv_eq(spec, was)))
		return 0;
	check_project(cx, admit, pv_get(spec, "template"), "spec.template", denials);
	check_generators(cx, admit, pv_get(spec, "generators"), "spec.generators", 0, denials);
	return 0;
}

const pv_admission applicationset_admission = {.name = "applicationsets", .validate = validate};
