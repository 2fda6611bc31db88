/* evaluate: what a policy's rules say of a review, and why. */
#include <string.h>

#include "base/gate.h"
#include "base/str.h"
#include "base/time.h"
#include "core/enforcement/why.h"
#include "governance/rego/policy_priv.h"
#include "lang/json/json.h"

#define STEPS 1000000
#define MEMORY ((size_t)256 << 20)
#define CPU_TIME (5 * PV_SEC) /* of all its rules on one object */
#define AT_ONCE 4             /* evaluations: their memory is bounded together too */
#define WAITING_AT_ONCE 16    /* of those that ask the network: most of the time they wait */
#define FINDINGS_MOST 1000
#define MESSAGE_MOST 16384 /* bytes */

/* Copied, for the memory of an evaluation goes with it; cut where a character ends. */
static const char *
kept(pv_ctx *cx, const char *text)
{
	pv_str shown = pv_str_clip(text ? text : "", MESSAGE_MOST);

	if (!text || !text[shown.len])
		return text ? pv_strdup(cx->arena, text) : NULL;
	return pv_printf(cx->arena, "%.*s... (cut)", (int)shown.len, text);
}

typedef struct evaluation { /* of one policy */
	const policy *p;
	const pv_val *data, *review;
	const struct pv_rego_outside *outside;
	int64_t start;
	bool explains;
	pv_rego_result result; /* of the rule that is asked */
} evaluation;

/* Of the body of that rule that gave it. */
static const pv_val *
basis_of(pv_ctx *cx, const evaluation *e, bool warning, const pv_val *value)
{
	pv_why_reader how = pv_why_of_requests;

	how.hides = pv_streq(pv_text_at(e->review, "request.kind.kind", ""), "Secret");
	for (size_t i = 0; i < e->result.held.len; i++) {
		const pv_rego_held *one = PV_AT(pv_rego_held, &e->result.held, i);

		if (pv_ends_with(one->rule, warning ? ".warn" : ".deny") &&
		    (!one->value || pv_eq(one->value, value)))
			return pv_box(cx->arena, pv_why_rego(cx, one, &how));
	}
	return NULL;
}

/* A rule's result: "text", {"msg": "text", "field": "spec.x"}, or anything, printed. */
static void
add_finding(pv_ctx *cx, const evaluation *e, bool warning, const pv_val *v, pv_vec *ret)
{
	const char *text = pv_text(v, pv_text_at(v, "msg", pv_text_at(v, "message", NULL)));
	finding *f = ret->len < FINDINGS_MOST ? pv_vec_add(ret) : NULL;
	if (!f)
		return;
	f->policy = e->p;
	f->warning = warning;
	f->basis = e->explains ? basis_of(cx, e, warning, v) : NULL;
	f->message = text ? text : pv_json_text(cx->arena, v);
	f->field = pv_text_at(v, "field", NULL);
	if (ret->len == FINDINGS_MOST)
		f->message = "more violations than are listed";
}

void
policy_shorten_error(pv_ctx *cx, const char *name)
{
	pv_error *e = cx->err;
	size_t len = strlen(name);
	if (e->causes && !e->causes->next)
		e->message = pv_printf(cx->arena, "%s: %s", e->causes->reason, e->causes->message);
	if (e->file && strncmp(e->file, name, len) == 0 && e->file[len] == '/')
		e->file += len + 1;
}

static int
eval_rule(pv_ctx *cx, evaluation *e, const struct rule *rule, pv_vec *ret)
{
	pv_rego_eval eval = {.input = e->review,
			     .data = e->data,
			     .now_ns = pv_now(),
			     .steps = STEPS,
			     .memory = MEMORY,
			     .cpu_ns = CPU_TIME,
			     .strict_builtin_errors = e->p->strict,
			     .explains = e->explains,
			     .outside = e->outside,
			     .cpu_from = e->start};
	int r = pv_rego_run(cx, rule->query, &eval, &e->result);
	if (r < 0) {
		policy_shorten_error(cx, e->p->name);
		return pv_wrap(cx, r, "could not be evaluated");
	}
	for (size_t i = 0; i < e->result.expressions.len; i++) {
		const pv_val *value = pv_item(*PV_AT(const pv_val *, &e->result.expressions, i), 0);
		if (pv_is(value, PV_SET) || pv_is(value, PV_LIST))
			for (size_t k = 0; k < pv_count(value); k++)
				add_finding(cx, e, rule->warning, pv_item(value, k), ret);
		else if (pv_is(value, PV_OBJECT)) /* v1's deny[msg] if: {msg: true} */
			for (size_t k = 0; k < pv_count(value); k++)
				add_finding(cx, e, rule->warning, &pv_sorted(value, k)->key, ret);
		else if (pv_is(value, PV_STRING))
			add_finding(cx, e, rule->warning, value, ret);
		else if (pv_truth(value, false))
			add_finding(cx, e, rule->warning, pv_box(cx->arena, pv_string_ref("refused")), ret);
	}
	return 0;
}

/* Its findings and its error outlive the evaluation. */
static int
keep(pv_ctx *cx, pv_ctx *inner, int r, const pv_vec *found, pv_vec *ret)
{
	const pv_error *e = inner->err;
	for (size_t i = 0; i < found->len; i++) {
		finding f = *PV_AT(finding, found, i);
		f.message = kept(cx, f.message);
		f.field = kept(cx, f.field);
		f.basis = f.basis ? pv_box(cx->arena, pv_copy(cx->arena, f.basis)) : NULL;
		pv_vec_push(ret, &f);
	}
	return r < 0 ? pv_fail_at(cx, e->code, kept(cx, e->file), e->line, e->column, "%s",
				  kept(cx, e->message))
		     : 0;
}

/* In an arena of its own: what many policies need for many objects is not needed at once. */
int
policy_eval(pv_ctx *cx, const in_force *at_work, const pv_val *review, bool explains, pv_vec *ret)
{
	static pv_gate gate = PV_GATE(AT_ONCE), waiting = PV_GATE(WAITING_AT_ONCE);
	const policy *p = at_work->policy;
	pv_gate *at = p->asks ? &waiting : &gate;
	evaluation e = {.p = p,
			.data = at_work->data,
			.outside = at_work->outside,
			.review = review,
			.start = pv_cpu(),
			.explains = explains};
	pv_ctx inner;
	pv_vec found;
	int r = 0;
	if (p->error)
		return pv_fail(cx, PV_EINVALID, "does not load: %s", p->error);
	pv_gate_enter(at);
	pv_ctx_init(&inner, "policy");
	inner.deadline_ns = cx->deadline_ns; /* of what waits for the network */
	pv_vec_init(&found, inner.arena, sizeof(finding));
	for (size_t i = 0; r == 0 && i < p->n_rules; i++)
		r = eval_rule(&inner, &e, &p->rules[i], &found);
	r = keep(cx, &inner, r, &found, ret);
	pv_ctx_done(&inner);
	pv_gate_leave(at);
	return r;
}
