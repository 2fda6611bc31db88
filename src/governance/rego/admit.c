/* admit: policies at admission.  Every policy is asked, so a person sees all that is
 * wrong at once.  One in deny mode that cannot be evaluated refuses: there is no failing
 * open; one on trial warns, and breaks nobody. */
#include "base/heap.h"
#include "base/str.h"
#include "core/enforcement/why.h"
#include "governance/rego/check.h"
#include "governance/rego/rego.h"
#include "governance/review/review.h"
#include "governance/rego/set.h"

/* One write, while the policies are asked. */
typedef struct asking {
	const pv_admit *admit;
	const pv_val *review;
	pv_vec *denials;
	pv_listb warnings; /* for the teller */
} asking;

struct kept {
	rego_teller tell;
};

static const char teller_key; /* its address is the name */

void
rego_keep_teller(pv_api *api, rego_teller tell)
{
	struct kept *k = pv_heap_new(sizeof *k);
	k->tell = tell;
	pv_api_keep(api, &teller_key, k, pv_heap_free);
}

static void
warn(pv_ctx *cx, asking *w, const finding *f, const pv_ruling *ruling)
{
	const char *text = pv_printf(cx->arena, "[%s] %s", policy_name(f->policy),
				     pv_enforcement_words(cx, ruling, f->message));
	if (w->admit->warnings)
		pv_vec_push(w->admit->warnings, &text);
	pv_listb_add(&w->warnings, pv_string_ref(text));
}

static void
deny(const finding *f, pv_vec *denials)
{
	pv_denial *d = pv_vec_add(denials);
	d->policy = policy_name(f->policy);
	d->message = f->message;
	d->field = f->field;
}

static void
tell(pv_ctx *cx, asking *w, const finding *f)
{
	const pv_rule_name rule = rego_rule_name(cx, policy_name(f->policy), f->warning);
	bool warns = f->warning || policy_mode(f->policy) == MODE_WARN;
	pv_ruling ruling = pv_enforcement_write(cx, w->admit, &rule, warns ? PV_EFFECT_WARN : PV_EFFECT_DENY);

	if (ruling.effect == PV_EFFECT_WARN)
		warn(cx, w, f, &ruling);
	else if (ruling.effect == PV_EFFECT_DENY)
		deny(f, w->denials);
}

/* What its denials stand on, as findings that were explained have it. */
static void
explain(pv_ctx *cx, const policy *p, const pv_vec *findings, pv_vec *denials, size_t from)
{
	for (size_t i = from; i < denials->len; i++) {
		pv_denial *d = PV_AT(pv_denial, denials, i);
		const pv_rule_name rule = rego_rule_name(cx, policy_name(p), false);
		const pv_val *basis = NULL;

		for (size_t k = 0; k < findings->len && !basis; k++)
			if (pv_streq(PV_AT(finding, findings, k)->message, d->message))
				basis = PV_AT(finding, findings, k)->basis;
		d->why = pv_box(cx->arena, pv_why_entry(cx, &rule, d->message, basis));
		d->field = d->field ? d->field : pv_why_field(d->why);
	}
}

/* A policy that refused is asked again for what that stands on: only who is refused waits for it.  One that asks
 * the network tells so at once, for that would be asked twice. */
static void
ask(pv_ctx *cx, asking *w, const in_force *at_work)
{
	size_t before = w->denials->len;
	bool asks = policy_asks(at_work->policy);
	pv_vec findings, explained;
	if (policy_mode(at_work->policy) == MODE_AUDIT)
		return;
	pv_vec_init(&findings, cx->arena, sizeof(finding));
	if (policy_eval(cx, at_work, w->review, asks, &findings) < 0) {
		finding *f = pv_vec_add(&findings);
		f->policy = at_work->policy;
		f->message = pv_strdup(cx->arena, pv_error_text(cx));
		pv_recover(cx);
	}
	for (size_t i = 0; i < findings.len; i++)
		tell(cx, w, PV_AT(finding, &findings, i));
	if (w->denials->len == before)
		return;
	pv_vec_init(&explained, cx->arena, sizeof(finding));
	if (!asks && policy_eval(cx, at_work, w->review, true, &explained) < 0)
		pv_recover(cx);
	explain(cx, at_work->policy, asks ? &findings : &explained, w->denials, before);
}

static void
report(pv_ctx *cx, asking *w, size_t first)
{
	const struct kept *k = pv_api_kept(w->admit->serving, &teller_key);
	pv_val warnings = pv_listb_end(&w->warnings);
	rego_decision d = {w->admit, w->review, w->denials, first, &warnings};
	if (k)
		k->tell(cx, w->admit->serving, &d);
}

/* A policy on its way in must load, or it would be in force some day and not today. */
static int
judge_policy(pv_ctx *cx, const pv_admit *admit)
{
	const char *doubt;
	pv_vec others;
	int r = 0;
	if (admit->operation == PV_OP_DELETE)
		return 0;
	doubt = policy_overlooked(cx, admit->object);
	if (policy_is(admit->object) && !policy_same(admit->object, admit->old)) {
		r = set_maps(cx, pv_api_store(admit->serving), admit->object, &others);
		if (r == 0) {
			const rego_bundles bundles = bundles_now(cx, admit->serving);
			r = check_policy(cx, admit->object, &others, &bundles, &doubt);
		}
	}
	if (r == 0 && doubt && admit->warnings)
		pv_vec_push(admit->warnings, &doubt);
	return r;
}

bool
rego_is_wrong(pv_ctx *cx, const pv_admit *admit)
{
	pv_admit silent = *admit;
	silent.warnings = NULL;
	if (judge_policy(cx, &silent) == 0)
		return false;
	pv_recover(cx);
	return true;
}

static int
validate(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	uint64_t generation;
	pv_vec policies;
	pv_val review;
	int r;
	if (pv_streq(admit->resource->type, "/ConfigMap") && (r = judge_policy(cx, admit)) < 0)
		return r;
	if (review_exempt(admit->resource, admit->subresource, admit->ns))
		return 0;
	r = set_policies(cx, admit->serving, &policies, &generation);
	if (r < 0 || policies.len == 0)
		return r;
	review = review_of(cx, admit);
	asking w = {.admit = admit, .review = &review, .denials = denials};
	size_t first = denials->len;
	pv_listb_init(&w.warnings, cx->arena);
	for (size_t i = 0; i < policies.len; i++)
		ask(cx, &w, PV_AT(in_force, &policies, i));
	report(cx, &w, first);
	return 0;
}

const pv_admission rego_admission = {
	.name = "rego",
	.abroad = true,
	.validate = validate,
};
