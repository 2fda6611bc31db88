/* check: what is wrong with Gatekeeper's own objects, before they are in force. */
#include <string.h>

#include "base/near.h"
#include "base/str.h"
#include "governance/gatekeeper/external.h"
#include "governance/gatekeeper/set.h"
#include "lang/json/json.h"

static void
warn(const pv_admit *admit, const char *text)
{
	if (text && admit->warnings)
		pv_vec_push(admit->warnings, &text);
}

/* Those that there are would be of no template any more, and judge nothing. */
static int
check_same_kind(pv_ctx *cx, const pv_admit *admit)
{
	static const char path[] = "spec.crd.spec.names.kind";
	const char *was = pv_text_at(admit->old, path, ""), *now = pv_text_at(admit->object, path, "");

	return !admit->old || pv_streq(was, now)
		       ? 0
		       : pv_fail(cx, PV_EINVALID,
				 "%s: expected \"%s\", the kind of the constraints that there are, found "
				 "\"%s\": delete the template first, and with it its constraints",
				 path, was, now);
}

static int
check_template(pv_ctx *cx, const pv_admit *admit)
{
	const pv_val *object = admit->object, *operations = pv_at(object, "spec.targets.0.operations");
	gk_template *t = NULL;
	int r;

	if (pv_list_has_text(operations, "*") && pv_count(operations) > 1)
		return pv_fail(
			cx, PV_EINVALID,
			"spec.targets[0].operations: if '*' is present, must not specify other operations");
	r = gk_template_compile(cx, object, NULL, &t);
	if (r == 0 && gk_template_doubt(t))
		warn(admit, pv_strdup(cx->arena, gk_template_doubt(t)));
	gk_template_unref(t);
	return r == 0 ? check_same_kind(cx, admit) : r;
}

static int
check_action(pv_ctx *cx, const char *action, const char *field, bool scoped)
{
	static const char *const known[] = {"deny", "dryrun", "warn", "scoped"};
	pv_near near = {.word = action};

	for (size_t i = 0; i < PV_LEN(known) - !scoped; i++) {
		if (pv_streq(known[i], action))
			return 0;
		pv_near_try(&near, known[i]);
	}
	return pv_fail(cx, PV_EINVALID, "%s: expected one of [deny dryrun warn%s], found \"%s\"%s%s%s", field,
		       scoped ? " scoped" : "", action, near.best ? "; did you mean " : "",
		       near.best ? near.best : "", near.best ? "?" : "");
}

static int
check_scoped(pv_ctx *cx, const pv_val *object)
{
	const pv_val *list = pv_at(object, "spec.scopedEnforcementActions");
	int r = 0;

	for (size_t i = 0; r == 0 && i < pv_count(list); i++) {
		const char *field = pv_printf(cx->arena, "spec.scopedEnforcementActions[%zu]", i);
		const pv_val *one = pv_item(list, i), *points = pv_get(one, "enforcementPoints");

		r = check_action(cx, pv_text_at(one, "action", ""), pv_printf(cx->arena, "%s.action", field),
				 false);
		for (size_t k = 0; r == 0 && k < pv_count(points); k++) {
			const char *name = pv_text_at(pv_item(points, k), "name", "");

			if (pv_streq(name, "vap.k8s.io"))
				r = pv_fail(
					cx, PV_EUNSUPPORTED,
					"%s.enforcementPoints[%zu].name: vap.k8s.io is not supported: Pave "
					"evaluates CEL itself and makes no ValidatingAdmissionPolicy of it; expected "
					"%s, %s, %s or *",
					field, k, GK_AT_ADMISSION, GK_AT_AUDIT, GK_AT_TOOLS);
		}
	}
	return r;
}

/* Gatekeeper takes any name, and any scope; these decide nothing. */
static void
warn_of_words(pv_ctx *cx, const pv_admit *admit)
{
	static const char *const points[] = {GK_AT_ADMISSION, GK_AT_AUDIT, GK_AT_TOOLS, "*"};
	const pv_val *list = pv_at(admit->object, "spec.scopedEnforcementActions");
	const char *scope = pv_text_at(admit->object, "spec.match.scope", "");

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *names = pv_get(pv_item(list, i), "enforcementPoints");

		for (size_t k = 0; k < pv_count(names); k++) {
			const char *name = pv_text_at(pv_item(names, k), "name", "");
			bool known = false;

			for (size_t n = 0; n < PV_LEN(points); n++)
				known = known || pv_streq(name, points[n]);
			if (!known)
				warn(admit,
				     pv_printf(cx->arena,
					       "spec.scopedEnforcementActions[%zu].enforcementPoints[%zu]"
					       ".name: nothing is judged at \"%s\": expected %s, %s, %s or *",
					       i, k, name, points[0], points[1], points[2]));
		}
	}
	if (*scope && !pv_streq(scope, "*") && !pv_streq(scope, "Cluster") && !pv_streq(scope, "Namespaced"))
		warn(admit,
		     pv_printf(cx->arena,
			       "spec.match.scope: \"%s\" stands for everything: expected *, Cluster or "
			       "Namespaced",
			       scope));
}

static bool
lists(const pv_val *list, const char *name)
{
	return pv_count(list) == 0 || pv_list_has_text(list, "*") || pv_list_has_text(list, name);
}

/* What it names may be served later; somebody who misspelt it wants to know now. */
static void
warn_of_kinds(pv_ctx *cx, const pv_admit *admit)
{
	const pv_val *rows = pv_at(admit->object, "spec.match.kinds");

	for (size_t i = 0; admit->warnings && admit->serving && i < pv_count(rows); i++) {
		const pv_val *groups = pv_get(pv_item(rows, i), "apiGroups"),
			     *kinds = pv_get(pv_item(rows, i), "kinds");
		const pv_resource *res;
		size_t pos = 0;
		bool served = false;

		while (!served && pv_resource_each(cx, pv_api_registry(admit->serving), &pos, &res))
			served = lists(groups, res->group) && lists(kinds, res->kind);
		if (served)
			continue;
		warn(admit,
		     pv_printf(cx->arena,
			       "spec.match.kinds[%zu]: nothing of %s %s is served here now: it matches no "
			       "object",
			       i, groups ? pv_json_text(cx->arena, groups) : "any",
			       kinds ? pv_json_text(cx->arena, kinds) : "any"));
	}
}

static int
check_constraint(pv_ctx *cx, const pv_admit *admit)
{
	const pv_val *object = admit->object;
	const char *action = pv_text_at(object, "spec.enforcementAction", "");
	const gk_template *t;
	gk_constraint c;
	bool schema;
	int r = gk_set_template(cx, admit->serving, pv_text_at(object, "kind", ""), &t);

	if (r == 0 && t)
		r = gk_constraint_check(cx, t, object, &schema);
	if (r == 0)
		r = gk_constraint_read(cx, cx->arena, object, &c);
	if (r == 0 && *action)
		r = check_action(cx, action, "spec.enforcementAction", true);
	if (r == 0)
		r = check_scoped(cx, object);
	if (r == 0) {
		warn_of_words(cx, admit);
		warn_of_kinds(cx, admit);
	}
	return r;
}

static int
check_mutator(pv_ctx *cx, const pv_val *object)
{
	gk_mutator *m;

	return gk_mutator_new(cx, cx->arena, object, &m);
}

static int
check_config(pv_ctx *cx, const pv_val *object)
{
	const char *name = pv_text_at(object, "metadata.name", ""),
		   *ns = pv_text_at(object, "metadata.namespace", "");

	if (!pv_streq(name, "config"))
		return pv_fail(cx, PV_EINVALID, "config resource must have name 'config', found '%s'", name);
	if (!pv_streq(ns, "gatekeeper-system"))
		return pv_fail(cx, PV_EINVALID,
			       "config resource must be in namespace 'gatekeeper-system', found '%s'", ns);
	if (pv_count(pv_at(object, "spec.validation.traces")))
		return pv_fail(
			cx, PV_EUNSUPPORTED,
			"spec.validation.traces is not supported: `pave gator verify -v` shows what print() says");
	return 0;
}

static bool
same_spec(const pv_admit *admit)
{
	const pv_val *old = pv_get(admit->old, "spec"), *now = pv_get(admit->object, "spec");

	return admit->old && (old == now || (old && now && pv_eq(old, now)));
}

int
gk_check_own(pv_ctx *cx, const pv_admit *admit)
{
	const char *group = admit->resource->group, *kind = admit->resource->kind;

	if (!admit->object || same_spec(admit) || pv_at(admit->object, "metadata.deletionTimestamp"))
		return 0;
	if (pv_streq(group, GK_CONSTRAINTS))
		return check_constraint(cx, admit);
	if (pv_streq(kind, "ConstraintTemplate"))
		return check_template(cx, admit);
	if (pv_streq(kind, "ExpansionTemplate"))
		return gk_expansion_check(cx, admit->object);
	if (gk_is_mutator(admit->object))
		return check_mutator(cx, admit->object);
	if (pv_streq(kind, "Config"))
		return check_config(cx, admit->object);
	if (pv_streq(kind, "Provider"))
		return gk_external_check(cx, admit->object);
	return 0;
}
