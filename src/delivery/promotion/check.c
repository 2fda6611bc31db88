/* check: who writes a Promotion has Pave write an Application, and its repository, in their place: they must be
 * permitted to do so themselves.  Approvals take a verb of their own. */
#include "base/str.h"
#include "core/admission/approval.h"
#include "core/api/api.h"
#include "delivery/application/application.h"
#include "delivery/promotion/inside.h"

typedef struct check {
	pv_ctx *cx;
	const pv_admit *admit;
	pv_vec *denials;
} check;

static void
refuse(check *c, const char *field, const char *reason, const char *message)
{
	pv_denial *d = pv_vec_add(c->denials);
	*d = (pv_denial){.message = message, .field = field, .reason = reason};
}

/* ---- what is written ---- */

static void
check_carry(check *c, const pv_val *list)
{
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *one = pv_item(list, i);
		const char *at = pv_printf(c->cx->arena, "spec.carry[%zu]", i),
			   *what = pv_text_at(one, "what", "");
		bool named = pv_get(one, "name"), file = pv_get(one, "file"), field = pv_get(one, "field");
		if (named == pv_streq(what, "Revision"))
			refuse(c, pv_printf(c->cx->arena, "%s.name", at), "Invalid",
			       named ? "a revision has no name"
				     : "expected the name of the image or parameter");
		if (file != field)
			refuse(c, pv_printf(c->cx->arena, "%s.%s", at, file ? "field" : "file"), "Invalid",
			       "file and field go together");
	}
}

static void
check_same(check *c, const pv_val *spec)
{
	if (pv_streq(pv_text_at(spec, "from.application", ""), pv_text_at(spec, "to.application", "?")))
		refuse(c, "spec.to.application", "Invalid",
		       "expected another Application than spec.from names");
}

/* ---- who ---- */

static bool
may(check *c, const char *verb, const char *name)
{
	const pv_attributes what = {.verb = verb,
				    .group = "argoproj.io",
				    .resource = "applications",
				    .subresource = "",
				    .ns = c->admit->ns,
				    .name = name};
	return pv_auth_allows(c->cx, pv_api_auth(c->admit->serving), c->admit->identity, &what, NULL);
}

static void
check_rights(check *c, const char *side, const char *verb, const pv_val *spec)
{
	const char *name = pv_text_at(pv_get(spec, side), "application", "");
	if (!may(c, verb, name))
		refuse(c, pv_printf(c->cx->arena, "spec.%s.application", side), "Forbidden",
		       pv_printf(
			       c->cx->arena,
			       "user \"%s\" cannot %s application \"%s\": a Promotion does that for who writes it",
			       c->admit->identity->user, verb, name));
}

/* As if they wrote the Application themselves. */
static void
check_project(check *c, const pv_val *spec)
{
	const char *name = pv_text_at(spec, "to.application", ""), *why;
	const pv_key key = {"argoproj.io/Application", c->admit->ns, name};
	const pv_rec *rec = pv_store_find(c->cx, pv_api_store(c->admit->serving), &key);
	if (!rec && !pv_auth_holds_all(c->cx, pv_api_auth(c->admit->serving), c->admit->identity)) {
		refuse(c, "spec.to.application", "Invalid",
		       pv_printf(c->cx->arena,
				 "there is no application \"%s\" in namespace \"%s\": write it first", name,
				 c->admit->ns));
		return;
	}
	why = rec ? application_refused(c->cx, c->admit, "Promotion",
					pv_text_at(pv_rec_val(rec), "spec.project", ""))
		  : NULL;
	if (why)
		refuse(c, "spec.to.application", "Forbidden", why);
}

/* Who approves or pauses has nothing else written than was to be before; without a gate more would be. */
static bool
writes_else(const check *c, const pv_val *spec, const pv_val *before)
{
	static const char *const parts[] = {"from", "to", "carry", "git", "gates"};
	bool same = before;
	for (size_t i = 0; same && i < PV_LEN(parts); i++) {
		const pv_val *was = pv_get(before, parts[i]), *is = pv_get(spec, parts[i]);
		same = was && is ? pv_eq(was, is) : !was && !is;
	}
	return !same && c->admit->identity && !c->admit->identity->internal && c->admit->serving;
}

/* ---- approvals ---- */

static void
check_approvals(check *c, const pv_val *spec, const pv_val *before)
{
	const pv_val *list = pv_get(spec, "approvals"), *back = pv_get(spec, "rollback");
	for (size_t i = 0; i < pv_count(list); i++) {
		const char *path = pv_printf(c->cx->arena, "spec.approvals[%zu]", i);
		if (!pv_approval_is_new(list, i, pv_get(before, "approvals")))
			continue;
		pv_approval_person(c->cx, c->admit, c->denials, pv_printf(c->cx->arena, "%s.by", path),
				   pv_text_at(pv_item(list, i), "by", ""));
		pv_approval_right(c->cx, c->admit, c->denials, path);
	}
	if (back && !(before && pv_eq(back, pv_get(before, "rollback")))) {
		pv_approval_person(c->cx, c->admit, c->denials, "spec.rollback.by",
				   pv_text_at(back, "by", ""));
		pv_approval_right(c->cx, c->admit, c->denials, "spec.rollback");
	}
	/* Who need not ask any more has approved of all that comes. */
	if (pv_streq(pv_text_at(before, "approval", ""), "Manual") &&
	    !pv_streq(pv_text_at(spec, "approval", ""), "Manual"))
		pv_approval_right(c->cx, c->admit, c->denials, "spec.approval");
}

static int
validate(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	const pv_val *spec = pv_get(admit->object, "spec"), *before = pv_get(admit->old, "spec");
	check c = {cx, admit, denials};
	if (!pv_streq(admit->resource->group, PROMOTION_GROUP) ||
	    !pv_streq(admit->resource->kind, "Promotion") || (admit->subresource && *admit->subresource) ||
	    !spec || (before && pv_eq(spec, before)))
		return 0;
	check_same(&c, spec);
	check_carry(&c, pv_get(spec, "carry"));
	check_approvals(&c, spec, before);
	if (!writes_else(&c, spec, before))
		return 0;
	check_rights(&c, "from", "get", spec);
	check_rights(&c, "to", "update", spec);
	check_project(&c, spec);
	return 0;
}

const pv_admission promotion_admission = {.name = "promotions", .validate = validate};
