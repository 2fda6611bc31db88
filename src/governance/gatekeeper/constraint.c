#include "governance/gatekeeper/constraint.h"

#include "base/str.h"
#include "core/kinds/names.h"
#include "lang/json/json.h"

/* ---- what it must be like ---- */

static int
check_names(pv_ctx *cx, const gk_template *t, const pv_val *object)
{
	const char *name = pv_text_at(object, "metadata.name", ""), *kind = pv_text_at(object, "kind", ""),
		   *version = gk_version(pv_text_at(object, "apiVersion", "")), *why;

	if (!*name)
		return pv_fail(cx, PV_EINVALID, "invalid Constraint: missing metadata.name");
	why = pv_name_subdomain(pv_str_of(name));
	if (why)
		return pv_fail(cx, PV_EINVALID, "invalid Constraint: invalid name: \"%s\"", why);
	if (!pv_streq(kind, gk_template_kind(t)))
		return pv_fail(cx, PV_EINVALID,
			       "invalid Constraint: wrong kind \"%s\" for constraint \"%s\"; want \"%s\"",
			       kind, name, gk_template_kind(t));
	if (!pv_streq(version, "v1beta1") && !pv_streq(version, "v1alpha1"))
		return pv_fail(
			cx, PV_EINVALID,
			"invalid Constraint: unsupported version \"%s\" for Constraint \"%s\"; supported "
			"versions: map[v1alpha1:true v1beta1:true]",
			version, name);
	return 0;
}

static int
check_selectors(pv_ctx *cx, const pv_val *object)
{
	gk_match *match;
	int r = gk_match_new(cx, cx->arena, pv_at(object, "spec.match"), &match);

	return r < 0 ? pv_wrap(cx, r, "invalid Constraint") : 0;
}

static int
check_spec(pv_ctx *cx, const gk_template *t, const pv_val *object, bool *ret_schema)
{
	const pv_val *spec = pv_get(object, "spec");
	const char *name = pv_text_at(object, "metadata.name", ""), *all = "";
	pv_vec causes, unknown;

	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	pv_vec_init(&unknown, cx->arena, sizeof(const char *));
	if (pv_str_of(name).len > 63)
		all = pv_printf(cx->arena, "metadata.name: Too long: may not be more than 63 bytes");
	if (spec)
		(void)pv_schema_validate(cx, gk_template_schema(t), spec, "spec", &causes);
	for (size_t i = 0; i < causes.len; i++) {
		const pv_cause *c = PV_AT(pv_cause, &causes, i);

		all = pv_printf(cx->arena, "%s%s%s: %s", all, *all ? ", " : "", c->field, c->message);
	}
	*ret_schema = *all;
	if (*all)
		return pv_fail(cx, PV_EINVALID, "schema validation failed: %s", all);
	if (spec)
		(void)pv_schema_prune(cx, gk_template_schema(t), spec, &unknown);
	for (size_t i = 0; i < unknown.len; i++)
		all = pv_printf(cx->arena, "%s%sspec.%s", all, *all ? " " : "",
				*PV_AT(const char *, &unknown, i));
	return *all ? pv_fail(cx, PV_EINVALID, "invalid Constraint: unknown fields: [%s]", all) : 0;
}

int
gk_constraint_check(pv_ctx *cx, const gk_template *t, const pv_val *object, bool *ret_schema)
{
	int r = check_names(cx, t, object);

	*ret_schema = false;
	if (r == 0)
		r = check_selectors(cx, object);
	return r < 0 ? r : check_spec(cx, t, object, ret_schema);
}

const pv_val *
gk_constraint_default(pv_ctx *cx, const gk_template *t, const pv_val *object)
{
	const pv_val *spec = pv_get(object, "spec"), *full;

	if (!spec)
		return object;
	full = pv_schema_default(cx, gk_template_schema(t), spec);
	return full == spec ? object : pv_box(cx->arena, pv_with(cx->arena, object, "spec", *full));
}

/* ---- reading it ---- */

int
gk_constraint_read(pv_ctx *cx, pv_arena *arena, const pv_val *object, gk_constraint *ret)
{
	const pv_val *action = pv_at(object, "spec.enforcementAction");
	gk_match *match;
	int r;

	*ret = (gk_constraint){.kind = pv_text_at(object, "kind", ""),
			       .name = pv_text_at(object, "metadata.name", ""),
			       .object = pv_box(arena, pv_without(arena, object, "status")),
			       .action = pv_text(action, "deny")};
	if (action && action->type != PV_STRING)
		return pv_fail(cx, PV_EINVALID, "invalid Constraint: invalid spec.enforcementAction");
	r = gk_match_new(cx, arena, pv_at(object, "spec.match"), &match);
	ret->match = match;
	if (r == 0 && pv_streq(ret->action, "scoped") &&
	    !pv_is(pv_at(object, "spec.scopedEnforcementActions"), PV_LIST))
		r = pv_fail(cx, PV_EINVALID,
			    "missing required field: spec.scopedEnforcementActions must be defined");
	return r;
}

static bool
is_enforced(const pv_val *scoped, const char *point)
{
	const pv_val *points = pv_get(scoped, "enforcementPoints");

	for (size_t i = 0; i < pv_count(points); i++) {
		const char *name = pv_text_at(pv_item(points, i), "name", "");

		if (pv_streq(name, "*") || pv_streq(name, point))
			return true;
	}
	return false;
}

static void
add_once(pv_vec *list, const char *text)
{
	for (size_t i = 0; i < list->len; i++)
		if (pv_streq(*PV_AT(const char *, list, i), text))
			return;
	pv_vec_push(list, &text);
}

bool
gk_constraint_acts(pv_ctx *cx PV_UNUSED, const gk_constraint *c, const char *point, pv_vec *ret)
{
	const pv_val *scoped;

	if (!pv_streq(c->action, "scoped"))
		return true;
	scoped = pv_at(c->object, "spec.scopedEnforcementActions");
	for (size_t i = 0; i < pv_count(scoped); i++)
		if (is_enforced(pv_item(scoped, i), point))
			add_once(ret, pv_text_at(pv_item(scoped, i), "action", ""));
	return ret->len > 0;
}
