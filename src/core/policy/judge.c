/* A write against the validating policies in force. */
#include <string.h>

#include "base/str.h"
#include "core/admission/request.h"
#include "core/enforcement/enforcement.h"
#include "core/policy/policy.h"
#include "core/policy/run.h"
#include "lang/json/json.h"

#define FAILURES "validation.policy.admission.k8s.io/validation_failure" /* upstream's key */
#define NOTE_LIMIT 10240                                                 /* bytes of a value */

typedef struct turn { /* one write */
	pv_vec *denials;
	pv_vec notes;      /* of note */
	pv_listb failures; /* what bindings audit */
	pv_vec *findings; /* of pv_policy_finding: of what exists, instead of all that; NULL: it is a write */
	bool explains;    /* these with what they stand on */
} turn;

typedef struct note {
	const char *key;
	pv_vec values; /* of const char * */
} note;

/* ---- what becomes of a failure ---- */

static pv_val
failure(policy_run *run, size_t rule, const char *message)
{
	const policy_binding *b = run->binding;
	pv_objb f;

	pv_objb_init(&f, run->cx->arena);
	pv_objb_puts(&f, "message", message);
	pv_objb_puts(&f, "policy", run->policy->name);
	pv_objb_puts(&f, "binding", b->name);
	pv_objb_put(&f, "expressionIndex", pv_int((int64_t)rule));
	pv_objb_put(&f, "validationActions", *pv_at(b->object, "spec.validationActions"));
	return pv_objb_end(&f);
}

/* Whose params are Secrets is not told what is in them. */
static const pv_val *
basis_of(policy_run *run, size_t i)
{
	const pv_why_reader how = {.object = "object",
				   .params = "params",
				   .hides = pv_streq(run->seen.resource->type, "/Secret"),
				   .hides_params = pv_streq(run->policy->param_kind, "Secret")};

	return policy_basis(run, i, run->seen.object, &how);
}

static pv_rule_name
name_of(policy_run *run, size_t i)
{
	return (pv_rule_name){.kind = "ValidatingAdmissionPolicy",
			      .name = run->policy->name,
			      .rule = pv_printf(run->cx->arena, "validations[%zu]", i)};
}

/* ruled: by its i-th validation, not because it could not be asked. */
static const pv_val *
why_of(policy_run *run, size_t i, bool ruled, const char *message)
{
	const pv_rule_name rule = name_of(run, i);

	return pv_box(run->cx->arena, pv_why_entry(run->cx, &rule, message, ruled ? basis_of(run, i) : NULL));
}

static pv_denial *
deny(policy_run *run, turn *t, const char *reason, const char *message)
{
	pv_denial *d = pv_vec_add(t->denials);

	d->reason = reason;
	d->message = pv_printf(run->cx->arena, "ValidatingAdmissionPolicy '%s'%s denied request: %s",
			       run->policy->name, policy_with_binding(run), message);
	return d;
}

static void
find(policy_run *run, turn *t, size_t rule, bool ruled, const policy_verdict *verdict)
{
	const policy_binding *b = run->binding;
	pv_policy_finding *f = pv_vec_add(t->findings);

	*f = (pv_policy_finding){.policy = pv_strdup(run->cx->arena, run->policy->name),
				 .binding = pv_strdup(run->cx->arena, b ? b->name : ""),
				 .message = verdict->message,
				 .rule = rule,
				 .failed = verdict->failed,
				 .action = !b || b->denies ? "deny"
					   : b->warns      ? "warn"
							   : "audit",
				 .basis = ruled && t->explains ? basis_of(run, rule) : NULL};
}

static void
warn(policy_run *run, const char *message)
{
	const char *text = pv_printf(
		run->cx->arena, "Validation failed for ValidatingAdmissionPolicy '%s' with binding '%s': %s",
		run->policy->name, run->binding->name, message);

	if (run->admit->warnings)
		pv_vec_push(run->admit->warnings, &text);
}

static pv_ruling
rule_on(policy_run *run, size_t i)
{
	const policy_binding *b = run->binding;
	const pv_rule_name rule = name_of(run, i);

	return pv_enforcement_write(run->cx, run->admit, &rule,
				    b->denies  ? PV_EFFECT_DENY
				    : b->warns ? PV_EFFECT_WARN
					       : PV_EFFECT_AUDIT);
}

static void
report(policy_run *run, turn *t, size_t rule, bool ruled, const policy_verdict *verdict)
{
	const policy_binding *b = run->binding;
	const char *message = verdict->message;
	pv_ruling ruling;

	if (t->findings) {
		find(run, t, rule, ruled, verdict);
		return;
	}
	ruling = rule_on(run, rule);
	if (b->denies && ruling.effect == PV_EFFECT_DENY) {
		pv_denial *d = deny(run, t, verdict->reason, message);

		d->why = why_of(run, rule, ruled, message);
		d->field = pv_why_field(d->why);
	}
	if ((b->warns || (b->denies && ruling.rollout)) && ruling.effect >= PV_EFFECT_WARN)
		warn(run, pv_enforcement_words(run->cx, &ruling, message));
	if ((b->audits || ruling.rollout) && ruling.effect != PV_EFFECT_NONE)
		pv_listb_add(&t->failures, failure(run, rule, message));
}

static void
fail(policy_run *run, void *arg, const char *reason, const char *message)
{
	const policy_verdict verdict = {message, reason ? reason : "Invalid", true};
	turn *t = arg;

	if (run->policy->ignores_errors)
		return;
	if (reason || t->findings)
		report(run, t, 0, false, &verdict);
	else /* whatever the binding's actions are, as upstream */
		deny(run, t, "Invalid", message);
}

/* ---- audit annotations ---- */

/* Several bindings and params may give a value to the same key: each is told once. */
static void
add_note(policy_run *run, turn *t, const char *key, pv_str value)
{
	const char *text = pv_strndup(run->cx->arena, value.s, value.len);
	note *n = NULL;

	if (value.len > NOTE_LIMIT)
		text = pv_strndup(run->cx->arena, text, pv_str_clip(text, NOTE_LIMIT).len);
	for (size_t i = 0; i < t->notes.len && !n; i++)
		if (pv_streq(PV_AT(note, &t->notes, i)->key, key))
			n = PV_AT(note, &t->notes, i);
	if (!n) {
		n = pv_vec_add(&t->notes);
		n->key = key;
		pv_vec_init(&n->values, run->cx->arena, sizeof(const char *));
	}
	for (size_t i = 0; i < n->values.len; i++)
		if (pv_streq(*PV_AT(const char *, &n->values, i), text))
			return;
	pv_vec_push(&n->values, &text);
}

static void
annotate(policy_run *run, turn *t, const policy_expr *e)
{
	const char *error;
	pv_cel_val v;

	if (!policy_evaluate(run, e, &v, &error)) {
		if (!run->policy->ignores_errors) /* whatever the binding's actions are, as upstream */
			deny(run, t, "Invalid",
			     pv_printf(run->cx->arena, "expression '%s' resulted in error: %s", e->text,
				       error));
	} else if (v.kind == PV_CEL_STRING && pv_str_trim((pv_str){v.s, v.len}).len) {
		add_note(run, t, e->name, pv_str_trim((pv_str){v.s, v.len}));
	}
}

static void
tell(pv_ctx *cx, const pv_admit *admit, turn *t)
{
	pv_val failures = pv_listb_end(&t->failures);

	for (size_t i = 0; i < t->notes.len; i++) {
		const note *n = PV_AT(note, &t->notes, i);
		pv_buf text;

		pv_buf_init(&text, cx->arena);
		for (size_t k = 0; k < n->values.len; k++)
			pv_buf_printf(&text, "%s%s", k ? ", " : "", *PV_AT(const char *, &n->values, k));
		pv_admission_note(admit, n->key, text.s);
	}
	if (pv_count(&failures))
		pv_admission_note(admit, FAILURES, pv_json_text(cx->arena, &failures));
}

/* ---- validations ---- */

static bool
asks_who(const char *text)
{
	return text && (strstr(text, "authorizer") || strstr(text, "userInfo"));
}

static bool
conditions_ask_who(const expr_conditions *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (asks_who(all->list[i].text))
			return true;
	return false;
}

static bool
any_asks_who(const policy_expr *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (asks_who(list[i].text))
			return true;
	return false;
}

/* False: it does not apply, or cannot be judged, which is told. */
static bool
begins(policy_run *run, void *arg)
{
	const char *error;

	policy_begin(run, run->seen.object);
	if (policy_applies(run, &error))
		return true;
	if (error)
		fail(run, arg, "Invalid", error);
	return false;
}

/* All that the rules have against the write; if they cost too much, that alone. */
static bool
judge_rules(policy_run *run, turn *t, bool whoever)
{
	const policy *p = run->policy;
	policy_verdict *found = pv_new_array(run->cx->arena, policy_verdict, p->n_rules + 1);

	for (size_t i = 0; i < p->n_rules && !run->over; i++)
		if (!whoever || (!asks_who(p->rules[i].expr.text) && !asks_who(p->rules[i].message.text)))
			found[i] = policy_violation(run, i);
	if (run->over) {
		fail(run, t, "Invalid", EXPR_SPENT);
		return false;
	}
	for (size_t i = 0; i < p->n_rules; i++)
		if (found[i].message)
			report(run, t, i, true, &found[i]);
	return true;
}

/* Of what exists: the rules that hold whoever wrote it. */
static int
judge_existing(policy_run *run, void *arg)
{
	const policy *p = run->policy;

	if (!conditions_ask_who(&p->conditions) && !any_asks_who(p->variables, p->n_variables) &&
	    begins(run, arg))
		(void)judge_rules(run, arg, true);
	return 0;
}

int
pv_policy_any(pv_ctx *cx, pv_api *api, bool *ret)
{
	const policy_set *set;
	int r = policy_now(cx, api, &set);

	*ret = false;
	for (size_t i = 0; r == 0 && i < set->validating.n; i++)
		*ret = *ret || set->validating.list[i].n_bindings;
	return r;
}

int
pv_policy_find(pv_ctx *cx, pv_api *api, const pv_resource *resource, const pv_val *object, bool explains,
	       pv_vec *ret)
{
	turn t = {.findings = ret, .explains = explains};
	const policy_caller caller = {&t, judge_existing, fail};
	const pv_admit admit = pv_admission_of(api, resource, object);
	const policy_set *set;
	int r = policy_exempts(resource) ? 1 : policy_now(cx, api, &set);

	return r == 0 ? policy_each(cx, &admit, &set->validating, &caller) : r < 0 ? r : 0;
}

static int
judge(policy_run *run, void *arg)
{
	const policy *p = run->policy;

	if (!begins(run, arg) || !judge_rules(run, arg, false))
		return 0;
	for (size_t i = 0; i < p->n_annotations; i++)
		annotate(run, arg, &p->annotations[i]);
	return 0;
}

static int
validate(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	turn t = {.denials = denials};
	const policy_caller caller = {&t, judge, fail};
	const policy_set *set;
	int r;

	if (policy_exempts(admit->resource) || !admit->serving)
		return 0;
	pv_vec_init(&t.notes, cx->arena, sizeof(note));
	pv_listb_init(&t.failures, cx->arena);
	r = policy_now(cx, admit->serving, &set);
	if (r == 0)
		r = policy_each(cx, admit, &set->validating, &caller);
	if (r == 0)
		tell(cx, admit, &t);
	return r;
}

const pv_admission policy_validating = {
	.name = "ValidatingAdmissionPolicy",
	.abroad = true,
	.validate = validate,
};
