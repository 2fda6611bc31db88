/* admit: mutators, then constraints, at every write that is not exempt; and what is wrong with
 * Gatekeeper's own objects before they are stored.  Every constraint is asked, so a person sees all that
 * is wrong at once; one that cannot be asked does what it does when it is violated. */
#include <string.h>

#include "base/str.h"
#include "core/admission/request.h"
#include "core/enforcement/why.h"
#include "governance/gatekeeper/gatekeeper.h"
#include "governance/gatekeeper/set.h"
#include "governance/review/review.h"
#include "lang/json/json.h"

#define NOTE "validation.gatekeeper.sh/violations" /* in the audit log */
#define IGNORE "admission.gatekeeper.sh/ignore"    /* label of namespaces that are left alone */

static bool
is_ours(const pv_resource *res)
{
	return pv_ends_with(res->group, ".gatekeeper.sh");
}

/* Labels, the Config and what is exempt from all policies. */
static int
is_exempt(pv_ctx *cx, const pv_admit *admit, const char *process, const pv_val *space, bool *ret)
{
	const pv_key key = {admit->resource->type, admit->ns ? admit->ns : "", admit->name};

	*ret = !admit->serving || is_ours(admit->resource) || admit->operation == PV_OP_CONNECT ||
	       review_exempt(admit->resource, admit->subresource, admit->ns) ||
	       pv_get(pv_at(space, "metadata.labels"), IGNORE);
	if (*ret)
		return 0;
	return gk_set_excludes(cx, admit->serving, process, &key, ret);
}

/* The label exempts from everything: who may write a namespace may not do that, but who says so in the Config. */
static int
check_ignored(pv_ctx *cx, const pv_admit *admit)
{
	const pv_key key = {admit->resource->type, "", admit->name};
	bool exempt;
	int r;

	if (!pv_get(pv_at(admit->object, "metadata.labels"), IGNORE) ||
	    pv_streq(admit->name, "gatekeeper-system") || review_exempt(admit->resource, "", admit->name))
		return 0;
	r = gk_set_excludes(cx, admit->serving, "webhook", &key, &exempt);
	if (r < 0 || exempt)
		return r;
	return pv_fail(
		cx, PV_EFORBIDDEN,
		"Only exempt namespace can have the " IGNORE " label: expected \"%s\" in "
		"spec.match[].excludedNamespaces of the Config gatekeeper-system/config (processes: webhook)",
		admit->name);
}

/* ---- mutating ---- */

static int
mutate(pv_ctx *cx, pv_admit *admit)
{
	static const char *const operations[] = {"CREATE", "UPDATE"};
	const pv_val *space;
	const gk_expander *e;
	gk_mutable m;
	bool exempt;
	int r;

	/* What such a write may change of a Pod is not what a mutator would. */
	if (admit->operation > PV_OP_UPDATE || !admit->object ||
	    pv_streq(admit->subresource, "ephemeralcontainers") || pv_streq(admit->subresource, "resize"))
		return 0;
	space = pv_admission_namespace(cx, admit);
	r = is_exempt(cx, admit, "mutation-webhook", space, &exempt);
	if (r < 0 || exempt)
		return r;
	r = gk_set_expander(cx, admit->serving, &e);
	if (r < 0 || !e->mutators.all.len)
		return r;
	m = (gk_mutable){.object = admit->object,
			 .space = space,
			 .source = "Original",
			 .operation = operations[admit->operation],
			 .api = admit->serving,
			 .user = admit->identity ? admit->identity->user : NULL};
	r = gk_mutate(cx, &e->mutators, &m, &m.object);
	if (r < 0)
		return pv_wrap(cx, r, "mutation.gatekeeper.sh");
	admit->object = m.object;
	return 0;
}

/* ---- validating ---- */

static void
note(pv_ctx *cx, const pv_admit *admit, const pv_vec *findings)
{
	pv_listb list;
	pv_val all;

	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < findings->len; i++) {
		const gk_finding *f = PV_AT(gk_finding, findings, i);
		pv_objb b;

		pv_objb_init(&b, cx->arena);
		pv_objb_puts(&b, "kind", f->constraint->kind);
		pv_objb_puts(&b, "name", f->constraint->name);
		pv_objb_puts(&b, "enforcementAction", f->action);
		pv_objb_puts(&b, "message", f->message);
		pv_listb_add(&list, pv_objb_end(&b));
	}
	all = pv_listb_end(&list);
	pv_admission_note(admit, NOTE, pv_json_text(cx->arena, &all));
}

static void
tell_one(pv_ctx *cx, const pv_admit *admit, const gk_finding *f, const pv_ruling *ruling, pv_vec *denials)
{
	bool denies = gk_finding_does(f, "deny"), warns = gk_finding_does(f, "warn");

	if (denies && ruling->effect == PV_EFFECT_DENY) {
		pv_denial *d = pv_vec_add(denials);

		d->policy = pv_strdup(cx->arena, f->constraint->name);
		d->message = f->message;
	}
	if ((warns || (denies && ruling->rollout)) && ruling->effect >= PV_EFFECT_WARN && admit->warnings) {
		const char *text = pv_printf(cx->arena, "[%s] %s", f->constraint->name,
					     pv_enforcement_words(cx, ruling, f->message));

		pv_vec_push(admit->warnings, &text);
	}
}

static void
tell(pv_ctx *cx, const pv_admit *admit, pv_vec *findings, pv_vec *denials)
{
	pv_vec kept;

	pv_vec_init(&kept, cx->arena, sizeof(gk_finding));
	gk_findings_sort(findings);
	for (size_t i = 0; i < findings->len; i++) {
		const gk_finding *f = PV_AT(gk_finding, findings, i);
		const pv_rule_name rule = {.kind = f->constraint->kind, .name = f->constraint->name};
		pv_ruling ruling = pv_enforcement_write(cx, admit, &rule, gk_finding_effect(f));

		if (ruling.effect == PV_EFFECT_NONE)
			continue;
		tell_one(cx, admit, f, &ruling, denials);
		pv_vec_push(&kept, f);
	}
	if (kept.len)
		note(cx, admit, &kept);
}

static int
judge(pv_ctx *cx, const pv_admit *admit, const gk_book *book, const pv_val *space, pv_vec *findings)
{
	bool is_space = pv_streq(admit->resource->type, "/Namespace");
	gk_review review = gk_review_admit(cx, admit, is_space ? NULL : space);
	const pv_val *object = review.object ? review.object : review.old;
	const gk_expansion how = {book, GK_AT_ADMISSION, review.operation};
	const gk_expander *e;
	int r;

	gk_judge(cx, book, &review, GK_AT_ADMISSION, findings);
	r = gk_set_expander(cx, admit->serving, &e);
	if (r < 0 || !e->templates.len || !object || admit->operation == PV_OP_CONNECT)
		return r;
	return gk_expand_judge(cx, e, &how, object, is_space ? NULL : space, findings);
}

/* ---- why ---- */

static bool
is_alike(const pv_denial *d, const char *policy, const char *message)
{
	return pv_streq(policy, d->policy) && pv_streq(message, d->message);
}

/* Of the i-th denial; of those that say the same each has its own. */
static const gk_finding *
same_finding(const pv_vec *findings, const pv_vec *denials, size_t from, size_t i)
{
	const pv_denial *d = PV_AT(pv_denial, denials, i);
	size_t alike = 0;

	for (size_t k = from; k < i; k++)
		alike += is_alike(d, PV_AT(pv_denial, denials, k)->policy,
				  PV_AT(pv_denial, denials, k)->message);
	for (size_t k = 0; k < findings->len; k++) {
		const gk_finding *f = PV_AT(gk_finding, findings, k);

		if (is_alike(d, f->constraint->name, f->message) && alike-- == 0)
			return f;
	}
	return NULL;
}

/* The constraints that refused, asked again for what that stands on: only who is refused waits for it. */
static int
explain(pv_ctx *cx, const pv_admit *admit, const gk_book *book, const pv_val *space, pv_vec *denials,
	size_t from)
{
	gk_book asked = *book;
	pv_vec findings;
	int r;

	asked.explains = true;
	pv_vec_init(&asked.rules, cx->arena, sizeof(gk_rule));
	for (size_t i = 0; i < book->rules.len; i++) {
		const gk_rule *rule = PV_AT(gk_rule, &book->rules, i);
		bool refused = false;

		for (size_t k = from; k < denials->len; k++)
			refused = refused ||
				  pv_streq(PV_AT(pv_denial, denials, k)->policy, rule->constraint->name);
		if (refused)
			pv_vec_push(&asked.rules, rule);
	}
	pv_vec_init(&findings, cx->arena, sizeof(gk_finding));
	r = judge(cx, admit, &asked, space, &findings);
	for (size_t i = from; r == 0 && i < denials->len; i++) {
		pv_denial *d = PV_AT(pv_denial, denials, i);
		const gk_finding *f = same_finding(&findings, denials, from, i);
		pv_rule_name rule = {.name = d->policy};

		if (!f)
			continue;
		rule.kind = f->constraint->kind;
		d->why = pv_box(cx->arena, pv_why_entry(cx, &rule, d->message, f->basis));
		d->field = pv_why_field(d->why);
	}
	return r;
}

static int
validate(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	bool written = admit->serving && admit->operation <= PV_OP_UPDATE && !pv_api_alone(admit->serving) &&
		       !(admit->subresource && *admit->subresource);
	size_t before = denials->len;
	const pv_val *space;
	pv_vec findings;
	gk_book book;
	bool exempt;
	int r = 0;

	if (written && is_ours(admit->resource))
		return gk_check_own(cx, admit);
	if (written && pv_streq(admit->resource->type, "/Namespace"))
		r = check_ignored(cx, admit);
	if (r < 0)
		return r;
	space = admit->serving ? pv_admission_namespace(cx, admit) : NULL;
	r = is_exempt(cx, admit, "webhook", space, &exempt);
	if (r < 0 || exempt)
		return r;
	r = gk_set_book(cx, admit->serving, &book);
	if (r < 0 || !book.rules.len)
		return r;
	pv_vec_init(&findings, cx->arena, sizeof(gk_finding));
	r = judge(cx, admit, &book, space, &findings);
	if (r == 0)
		tell(cx, admit, &findings, denials);
	if (r == 0 && denials->len > before)
		r = explain(cx, admit, &book, space, denials, before);
	return r;
}

const pv_admission gatekeeper_admission = {
	.name = "gatekeeper",
	.abroad = true,
	.mutate = mutate,
	.validate = validate,
};
